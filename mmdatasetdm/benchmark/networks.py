"""The operations and parameters of a stock model at its true size, from which the hours of a study are estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmdatasetdm.engine.scope import enter_scope
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import MODELS


@dataclass(frozen=True, kw_only=True)
class NetworkSize:
    """How large a stock model is.

    Attributes:
        height, width: of the images that it is trained on, in pixels.
        parameters: their number.
        operations: of a pass over one image; a multiplication and its addition are two.
    """

    height: int
    width: int
    parameters: int
    operations: int


def input_size(config: Config) -> tuple[int, int]:
    """Height and width of the images that a config of a stock model trains on.

    Raises:
        UserError: the config does not say them.
    """
    preprocessor = config.model.get('data_preprocessor') or {}
    sizes = [preprocessor.get('size'), *(part.get('size') for part in preprocessor.get('batch_augments') or ())]
    if codec := config.get('codec'):
        sizes.append(tuple(codec['input_size'])[::-1])  # mmpose gives the width first
    size = next(filter(None, sizes), None)
    if size is None:
        raise UserError(f'{config.filename}: neither its data_preprocessor nor its codec has a size')
    height, width = (size, size) if isinstance(size, int) else size
    return int(height), int(width)


@torch.no_grad()
def measure_network(config: Config) -> NetworkSize:
    """Build the model with random weights, run it once over an empty image and count.

    Args:
        config: of a model of mmseg, mmdet or mmpose.

    Raises:
        UserError: the config does not say the size of its images.
    """
    height, width = input_size(config)
    previous = DefaultScope.get_current_instance()
    enter_scope(config)
    try:
        model = revert_sync_batchnorm(MODELS.build(_without_weights(config.model))).eval()
        with FlopCounterMode(display=False) as counter:
            _forward(model, torch.zeros(1, 3, height, width))
    finally:
        if previous is not None:
            enter_scope(dict(default_scope=previous.scope_name))
    return NetworkSize(
        height=height,
        width=width,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        operations=counter.get_total_flops(),
    )


def _without_weights(model: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a model that is not initialised from pretrained weights, which would be a download."""
    stripped = {key: value for key, value in model.items() if key != 'pretrained'}
    unneeded = ('init_cfg', 'pretrained')
    stripped['backbone'] = {key: value for key, value in model['backbone'].items() if key not in unneeded}
    return stripped


def _forward(model: nn.Module, images: Tensor) -> None:
    """Backbone and head over images (1, 3, height, width)."""
    size = tuple(images.shape[-2:])
    metainfo = dict.fromkeys(('img_shape', 'ori_shape', 'pad_shape', 'batch_input_shape'), size)
    if hasattr(model, 'encode_decode'):  # mmseg's
        model.encode_decode(images, [metainfo])
    elif hasattr(model, 'panoptic_head'):
        from mmdet.structures import DetDataSample

        model(images, [DetDataSample(metainfo=metainfo)], mode='tensor')
    else:
        model(images, None, mode='tensor')
