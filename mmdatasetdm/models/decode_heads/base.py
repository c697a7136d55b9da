"""What the annotators ask of a decoder's head, whatever the library that trains it: a class for each task."""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmdatasetdm.decoder.postprocess import Instances
from mmdatasetdm.models.backbones.diffusion import DiffusionFeatureBackbone


class DecoderHead:
    """Features of a generator -> labels of one task.

    Attributes:
        task: 'semantic', 'instance', 'depth' or 'pose'.
        open_vocabulary: whether it labels other class names than those of its training; an option of some heads.
    """

    task: ClassVar[str]
    open_vocabulary: bool = False

    @property
    def members(self) -> Sequence['DecoderHead']:
        """The heads whose mean this is: itself, or those of an ensemble."""
        return [self]


class SemanticHead(DecoderHead, BaseModule):
    """What mmseg's EncoderDecoder asks of a head; not a BaseDecodeHead, of whose constructor nothing would be used.

    Args:
        num_classes: number of classes, the background included where it is one.
        stride: stride of the finest feature level: predictions have the size of the images.
        ignore_index: label of the pixels that no loss counts.
    """

    task = 'semantic'
    align_corners = False

    def __init__(self, *, num_classes: int, stride: int, ignore_index: int, init_cfg: dict | None) -> None:
        super().__init__(init_cfg)
        self.num_classes = self.out_channels = num_classes
        self.stride = stride
        self.ignore_index = ignore_index

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, num_classes, H, W) at ``image_size``; they sum to 1 at every pixel."""
        raise NotImplementedError

    def predict(self, features: Sequence[Tensor], batch_img_metas: list[dict], test_cfg: dict | None) -> Tensor:
        """The same at the size of the images that went into the backbone; mmseg takes the argmax."""
        return self.predict_probs(features, image_size_of(features, self.stride))


class InstanceHead(DecoderHead, BaseModule):
    """What :class:`DiffusionMaskFormer` asks of a head.

    Args:
        num_classes: number of classes of instances, without a background.
        stride: stride of the finest feature level: predictions have the size of the images.
    """

    task = 'instance'

    def __init__(self, *, num_classes: int, stride: int, init_cfg: dict | None) -> None:
        super().__init__(init_cfg)
        self.num_classes = num_classes
        self.stride = stride

    def predict_instances(
        self, features: Sequence[Tensor], image_size: tuple[int, int], *, allowed: Tensor | None = None
    ) -> Instances:
        """The instances of a batch, with masks at ``image_size``.

        Args:
            features: levels, finest first.
            image_size: height and width.
            allowed: (B, num_classes) of 0 and 1: the classes that an image may show; None: any.
        """
        raise NotImplementedError

    def predict(self, features: Sequence[Tensor], batch_data_samples: list | None = None) -> tuple[Tensor, Tensor]:
        """Class logits (B, Q, num_classes + 1) and mask logits (B, Q, H, W) at the size of the images."""
        raise NotImplementedError


class DepthHead(DecoderHead, BaseModule):
    """What mmseg's DepthEstimator asks of a head.

    Args:
        stride: stride of the finest feature level: predictions have the size of the images.
    """

    task = 'depth'
    align_corners = False

    def __init__(self, *, stride: int, init_cfg: dict | None) -> None:
        super().__init__(init_cfg)
        self.stride, self.out_channels, self.num_classes = stride, 1, 1

    def predict_depth(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Depth (B, 1, H, W) in metres at ``image_size``."""
        raise NotImplementedError

    def predict(self, features: Sequence[Tensor], batch_img_metas: list[dict], test_cfg: dict | None) -> Tensor:
        """The same at the size of the images that went into the backbone."""
        return self.predict_depth(features, image_size_of(features, self.stride))


class PoseHead(DecoderHead):
    """Heat maps of keypoints, and what reads keypoints from them."""

    task = 'pose'

    @property
    def codec(self) -> object:
        """mmpose's codec."""
        raise NotImplementedError

    def predict_heatmaps(self, features: Sequence[Tensor]) -> Tensor:
        """Heat maps (B, K, h, w) of K keypoints."""
        raise NotImplementedError


class Decoder(Protocol):
    """A trained model as an annotator uses it: its backbone extracts features, its head labels them."""

    backbone: DiffusionFeatureBackbone
    dataset_meta: dict | None

    @property
    def decode_head(self) -> Any:
        """A :class:`DecoderHead` of the annotator's task, or an ensemble of some."""


def image_size_of(features: Sequence[Tensor], stride: int) -> tuple[int, int]:
    """Height and width of the images whose finest features have this stride."""
    height, width = features[0].shape[-2:]
    return height * stride, width * stride


def mean_of(predictions: Sequence[Tensor]) -> Tensor:
    """The mean of what several heads predict."""
    return torch.stack([prediction.float() for prediction in predictions]).mean(0)
