"""Swin with a second path: a strided convolution that keeps what patches of four pixels lose."""

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.models.backbones import SwinTransformer
from torch import Tensor

from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class StemSwinTransformer(BaseModule):
    """Five scales: a 7x7 convolution of stride 2 (with norm and ReLU, without pooling), and Swin's four (4 to 32).

    Args:
        embed_dims, depths, num_heads, window_size, drop_path_rate: of mmseg's SwinTransformer, Swin-T by default.
        stem_channels: channels of the stem.
        pretrained: checkpoint of Swin, Microsoft's or OpenMMLab's; None starts from nothing.
    """

    def __init__(
        self,
        *,
        embed_dims: int = 96,
        depths: Sequence[int] = (2, 2, 6, 2),
        num_heads: Sequence[int] = (3, 6, 12, 24),
        window_size: int = 7,
        drop_path_rate: float = 0.3,
        stem_channels: int = 64,
        pretrained: str | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        norm = {'type': 'BN', 'requires_grad': True}
        self.stem = ConvModule(3, stem_channels, 7, stride=2, padding=3, norm_cfg=norm)
        self.swin = SwinTransformer(
            embed_dims=embed_dims,
            depths=tuple(depths),
            num_heads=tuple(num_heads),
            window_size=window_size,
            drop_path_rate=drop_path_rate,
            init_cfg={'type': 'Pretrained', 'checkpoint': pretrained} if pretrained else None,
        )
        self.out_channels = (stem_channels, *(embed_dims * 2**level for level in range(len(depths))))

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, H, W) -> maps at strides 2, 4, 8, 16, 32."""
        return (self.stem(images), *self.swin(images))
