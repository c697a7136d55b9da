"""The denoisers that were published, at their true size: with random weights they show what a pass costs.

The configs are the published ones; what changes neither shapes nor operations is left at the defaults of diffusers.
Their numbers of parameters are those that the checkpoints' cards give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from diffusers import (
    FluxTransformer2DModel,
    PixArtTransformer2DModel,
    SanaTransformer2DModel,
    SD3Transformer2DModel,
    UNet2DConditionModel,
)
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmdatasetdm.diffusion.families import (
    DeepFloydIF,
    Flux,
    PixArt,
    Sana,
    StableDiffusion,
    StableDiffusion3,
    StableDiffusionXL,
)
from mmdatasetdm.diffusion.families.base import RawFeatures
from mmdatasetdm.diffusion.families.codecs import PixelCodec
from mmdatasetdm.diffusion.families.transformer import TransformerDenoiser
from mmdatasetdm.diffusion.families.unet import UNetDenoiser
from mmdatasetdm.diffusion.text_encoder import TextEmbedding


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A denoiser without weights.

    Attributes:
        family: of generators.
        network: class of its UNet or transformer in diffusers.
        config: of the network.
        stride: of its latents.
        tokens, width: of an encoded text, (tokens, width).
        pooled: width of its pooled vector; 0: there is none.
        masked: the padding of a text is not attended to.
    """

    family: type[UNetDenoiser] | type[TransformerDenoiser]
    network: type[Any]
    config: Mapping[str, Any] = field(default_factory=dict)
    stride: int = 8
    tokens: int
    width: int
    pooled: int = 0
    masked: bool = False

    @torch.no_grad()
    def build(self, *, device: torch.device | str = 'meta', dtype: torch.dtype = torch.float32) -> DenoiserAlone:
        """With random weights; on the device 'meta' without any, in no time and no memory."""
        with torch.device('meta'):
            network = nn.Module.to(self.network(**self.config).eval().requires_grad_(False), dtype)
        if torch.device(device).type != 'meta':
            network = network.to_empty(device=device)
            for tensor in network.buffers():
                tensor.zero_()
            for parameter in network.parameters():
                _fill(parameter)
        return DenoiserAlone(self, network)


class DenoiserAlone:
    """A denoiser of an architecture, without text encoder and autoencoder, and its passes over random input.

    Attributes:
        parameters: their number.
        image_size: side of the images that it was made for, in pixels.
        channels: stride -> channels of the features there.
    """

    def __init__(self, architecture: Architecture, network: Any) -> None:
        self.architecture = architecture
        self.denoiser = architecture.family.from_network(network)
        self.denoiser.images = PixelCodec()  # SDXL and PixArt-alpha tell the network the size of the image
        self.parameters = sum(parameter.numel() for parameter in network.parameters())
        self.image_size = self.denoiser.latent_size * architecture.stride
        self.channels = {architecture.stride * 2**level: n for level, n in self.denoiser.channels.items()}

    def inputs(self, batch: int) -> tuple[Tensor, Tensor, TextEmbedding]:
        """Latents, timestep and texts of ``predict``."""
        made, one = self.denoiser, self.architecture
        new = partial(torch.randn, device=made.device, dtype=made.dtype)
        side = made.latent_size
        text = TextEmbedding(
            hidden=new(batch, one.tokens, one.width),
            token_ids=torch.zeros(batch, one.tokens, device=made.device),
            mask=torch.ones(batch, one.tokens, device=made.device) if one.masked else None,
            pooled=new(batch, one.pooled) if one.pooled else None,
        )
        return new(batch, made.latent_channels, side, side), torch.tensor(1, device=made.device), text

    @torch.no_grad()
    def denoise(self, batch: int = 1) -> Tensor:
        """A pass of sampling."""
        return self.denoiser.predict(*self.inputs(batch))

    @torch.no_grad()
    def extract(self, batch: int = 1) -> RawFeatures:
        """An extraction pass."""
        return self.denoiser.extract(*self.inputs(batch), attention_of=batch)

    def teraflops(self) -> float:
        """Operations of a pass over one image, 10^12."""
        with FlopCounterMode(display=False) as counter:
            self.denoise()
        return counter.get_total_flops() / 1e12


def _fill(parameter: nn.Parameter) -> None:
    """Values that leave activations finite; what is computed of them is looked at by nobody."""
    if parameter.ndim == 1:
        parameter.fill_(0.5)
    else:
        parameter.normal_(std=parameter[0].numel() ** -0.5)


def _deepfloyd(width: int) -> dict[str, Any]:
    return dict(
        sample_size=64,
        in_channels=3,
        out_channels=6,
        block_out_channels=tuple(width * level for level in (1, 2, 3, 4)),
        layers_per_block=3,
        attention_head_dim=64,
        cross_attention_dim=4 * width,
        cross_attention_norm='group_norm',
        encoder_hid_dim=4096,
        encoder_hid_dim_type='text_proj',
        addition_embed_type='text',
        addition_embed_type_num_heads=64,
        resnet_time_scale_shift='scale_shift',
        resnet_skip_time_act=True,
        resnet_out_scale_factor=2**0.5,
        only_cross_attention=False,
        act_fn='gelu',
        time_embedding_act_fn='gelu',
        down_block_types=('ResnetDownsampleBlock2D', *('SimpleCrossAttnDownBlock2D',) * 3),
        mid_block_type='UNetMidBlock2DSimpleCrossAttn',
        mid_block_scale_factor=2**0.5,
        up_block_types=(*('SimpleCrossAttnUpBlock2D',) * 3, 'ResnetUpsampleBlock2D'),
    )


_SDXL = dict(
    sample_size=128,
    block_out_channels=(320, 640, 1280),
    down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'),
    up_block_types=('CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'),
    attention_head_dim=(5, 10, 20),
    transformer_layers_per_block=(1, 2, 10),
    cross_attention_dim=2048,
    use_linear_projection=True,
    addition_embed_type='text_time',
    addition_time_embed_dim=256,
    projection_class_embeddings_input_dim=2816,
)
_SD21 = dict(sample_size=96, cross_attention_dim=1024, attention_head_dim=(5, 10, 20, 20), use_linear_projection=True)
_PIXART = dict(
    sample_size=128,
    cross_attention_dim=1152,
    caption_channels=4096,
    interpolation_scale=2,
    use_additional_conditions=False,
)
_SD3 = dict(
    sample_size=128,
    num_layers=24,
    num_attention_heads=24,
    joint_attention_dim=4096,
    caption_projection_dim=1536,
    pooled_projection_dim=2048,
    pos_embed_max_size=192,
)

_unet = partial(Architecture, network=UNet2DConditionModel)
_if = partial(_unet, family=DeepFloydIF, stride=1, tokens=77, width=4096)

ARCHITECTURES: dict[str, Architecture] = {
    'stable-diffusion-1.5': _unet(
        family=StableDiffusion, config=dict(sample_size=64, cross_attention_dim=768), tokens=77, width=768
    ),
    'stable-diffusion-2.1': _unet(family=StableDiffusion, config=_SD21, tokens=77, width=1024),
    'sdxl': _unet(family=StableDiffusionXL, config=_SDXL, tokens=77, width=2048, pooled=1280),
    'if-i-m': _if(config=_deepfloyd(192)),
    'if-i-l': _if(config=_deepfloyd(320)),
    'if-i-xl': _if(config=_deepfloyd(704)),
    'pixart-sigma': Architecture(
        family=PixArt, network=PixArtTransformer2DModel, config=_PIXART, tokens=300, width=4096, masked=True
    ),
    'stable-diffusion-3-medium': Architecture(
        family=StableDiffusion3, network=SD3Transformer2DModel, config=_SD3, tokens=333, width=4096, pooled=2048
    ),
    'flux.1-dev': Architecture(
        family=Flux,
        network=FluxTransformer2DModel,
        config=dict(guidance_embeds=True),
        tokens=512,
        width=4096,
        pooled=768,
    ),
    'sana-1.6b': Architecture(
        family=Sana,
        network=SanaTransformer2DModel,
        config=dict(sample_size=32),
        stride=32,
        tokens=300,
        width=2304,
        masked=True,
    ),
}
