"""Pretrained weights of a backbone: keys of other layouts are converted, and what does not arrive is an error.

mmengine's ``Pretrained`` loads what fits and at best warns of the rest, so that training from nothing looks like
training from ImageNet. ``compat`` puts :func:`load_pretrained` in its place, for every backbone of every library.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from pickle import UnpicklingError
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch.nn.functional as F
from torch import Tensor

from mmdatasetdm.errors import UserError

if TYPE_CHECKING:
    from torch import nn

# Buffers that follow from the sizes: Microsoft's files hold them, other libraries compute them.
_DERIVED = re.compile(r'(^|\.)(relative_position_index|attn_mask|num_batches_tracked)$')
# Names in Microsoft's Swin -> those of OpenMMLab's.
_SWIN_NAMES = (
    (r'^layers\.', 'stages.'),
    (r'^patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'\.attn\.', '.attn.w_msa.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
)


def load_pretrained(
    module: nn.Module,
    checkpoint: str,
    *,
    prefix: str | None = None,
    map_location: str = 'cpu',
    missing: Sequence[str] = (),
) -> None:
    """Load a backbone's pretrained weights from a file, and say how many of them arrived.

    The file may be of OpenMMLab, torchvision or timm, or Microsoft's of Swin; of a whole model, the backbone is taken.

    Args:
        module: the backbone.
        checkpoint: whatever mmengine loads: a file, a URL, ``torchvision://resnet50``.
        prefix: take only the keys that begin with it, as mmengine's ``Pretrained`` does.
        map_location: device of the tensors that are read.
        missing: regular expressions of the module's tensors that the file need not have.

    Raises:
        UserError: the file cannot be read, or tensors of the module are not in it or have other shapes.
    """
    from mmengine.logging import print_log

    weights = read_pretrained(checkpoint, map_location)
    total = len(weights)
    name, own = type(module).__name__, module.state_dict()
    weights = _named_as(own, weights, prefix)
    if not weights:
        raise UserError(f"pretrained weights {checkpoint}: no tensor's name begins with '{prefix}'")
    weights = _resize_position_tables(own, weights)
    reshaped = [
        f'{key} {tuple(weights[key].shape)} instead of {tuple(own[key].shape)}'
        for key in own
        if key in weights and weights[key].shape != own[key].shape
    ]
    if reshaped:
        raise UserError(
            f'pretrained weights {checkpoint}: {len(reshaped)} tensors are not of the sizes of {name}, '
            f'e.g. {reshaped[0]}: take the file of this architecture'
        )
    result = module.load_state_dict(weights, strict=False)
    allowed = [re.compile(pattern) for pattern in missing]
    wanted = [key for key in own if not _DERIVED.search(key)]
    lacking = [
        key
        for key in result.missing_keys
        if not _DERIVED.search(key) and not any(pattern.search(key) for pattern in allowed)
    ]
    if lacking:
        raise UserError(
            f'pretrained weights {checkpoint}: {len(lacking)} of the {len(wanted)} tensors of {name} are not in it, '
            f'e.g. {lacking[0]}; it holds {_some(weights)}. Take the file of this architecture, or name what it need '
            "not have: init_cfg=dict(type='Pretrained', checkpoint=…, missing=['REGEX'])"
        )
    unused = result.unexpected_keys
    absent = sum(not _DERIVED.search(key) for key in result.missing_keys)
    print_log(
        f'pretrained weights {checkpoint}: {len(weights) - len(unused)} of {total} tensors of the file are used; '
        f'{len(wanted) - absent} of {len(wanted)} of {name} are loaded'
        + (f'; not used: {_some(unused)}' if unused else ''),
        logger='current',
    )


def converted_swin(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Microsoft's Swin in the layout of mmseg's and mmdet's; other weights as they are.

    Beside the names, the input channels of a patch merging are in another order: Microsoft joins the four neighbours
    (top left, bottom left, top right, bottom right), the channels of each together; ``nn.Unfold`` goes by channels,
    row by row in each.
    """
    if not any(re.match(r'layers\.\d+\.blocks\.\d+\.attn\.', key) for key in weights):
        return weights
    converted: dict[str, Tensor] = OrderedDict()
    for key, value in weights.items():
        if _DERIVED.search(key):
            continue
        for pattern, name in _SWIN_NAMES:
            key = re.sub(pattern, name, key)
        if '.downsample.' in key:
            # (…, 4 neighbours, channels) -> (…, channels, 4 neighbours)
            parts = value.unflatten(-1, (4, -1))[..., [0, 2, 1, 3], :]
            value = parts.transpose(-2, -1).flatten(-2).contiguous()
        converted[key] = value
    return converted


def read_pretrained(checkpoint: str, map_location: str = 'cpu') -> dict[str, Tensor]:
    """The tensors in a file of weights, which is fetched and kept where it is a URL.

    Raises:
        UserError: it cannot be had, or is no such file; the message says where to put it.
    """
    import torch
    from mmengine.runner import CheckpointLoader

    try:
        stored = CheckpointLoader.load_checkpoint(checkpoint, map_location=map_location, logger=None)
    except (UserError, OSError, EOFError, RuntimeError, KeyError, UnpicklingError) as error:
        reason = (' '.join(str(error).split()) or type(error).__name__).removeprefix(f'{checkpoint}: ')[:200]
        hint = ''
        if '://' in checkpoint:
            hint = (
                f'; without a network, put the file on disk and name it in its place, or put {_url(checkpoint)} in '
                f'{torch.hub.get_dir()}/checkpoints'
            )
        raise UserError(f'pretrained weights {checkpoint}: {reason}{hint}') from error
    for key in ('state_dict', 'model'):
        if isinstance(stored, dict) and isinstance(stored.get(key), dict):
            stored = stored[key]
    tensors = (
        {key: value for key, value in stored.items() if isinstance(value, Tensor)} if isinstance(stored, dict) else {}
    )
    if not tensors:
        raise UserError(f'pretrained weights {checkpoint}: it holds no tensors')
    found = OrderedDict((re.sub(r'^module\.', '', key), value) for key, value in tensors.items())
    found._metadata = getattr(stored, '_metadata', OrderedDict())
    return found


def _url(checkpoint: str) -> str:
    """Where the weights are that OpenMMLab calls ``torchvision://resnet50``, or what was given."""
    from mmengine.runner import checkpoint as files

    scheme, _, name = checkpoint.partition('://')
    try:
        known = {
            'torchvision': files.get_torchvision_models,
            'open-mmlab': files.get_external_models,
            'openmmlab': files.get_external_models,
            'mmcls': files.get_mmcls_models,
        }[scheme]()
        return known[name]
    except (KeyError, ImportError, AttributeError):
        return checkpoint


def _named_as(own: dict[str, Tensor], weights: dict[str, Tensor], prefix: str | None) -> dict[str, Tensor]:
    """The weights under the module's names."""
    metadata = weights._metadata
    if prefix is None and 'backbone.' not in ''.join(own) and any(key.startswith('backbone.') for key in weights):
        prefix = 'backbone.'
    if prefix:
        prefix = prefix.rstrip('.') + '.'
        weights = OrderedDict((key[len(prefix) :], value) for key, value in weights.items() if key.startswith(prefix))
    if any(key.startswith('stages.') for key in own):
        weights = converted_swin(weights)
    weights = OrderedDict(weights)
    weights._metadata = metadata
    return weights


def _resize_position_tables(own: dict[str, Tensor], weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Relative position biases (places, heads) of another window size are interpolated, as mmseg and mmdet do.

    What follows from the window's size is left out.
    """
    for key in [key for key in weights if _DERIVED.search(key) and key in own and weights[key].shape != own[key].shape]:
        del weights[key]
    for key, table in weights.items():
        target = own.get(key)
        if not key.endswith('relative_position_bias_table') or target is None or table.shape == target.shape:
            continue
        if table.shape[1] == target.shape[1]:
            sides = [round(len(one) ** 0.5) for one in (table, target)]
            grid = table.T.unflatten(1, (sides[0], sides[0]))[None]
            grid = F.interpolate(grid, size=(sides[1], sides[1]), mode='bicubic')
            weights[key] = grid[0].flatten(1).T.contiguous()
    return weights


def _some(names: Sequence[str] | dict) -> str:
    listed = list(names)
    return ', '.join(listed[:3]) + (f' and {len(listed) - 3} more' if len(listed) > 3 else '')


def replace_initializer(weight_init: ModuleType) -> None:
    """Let ``Pretrained`` of ``mmengine.model.weight_init`` load by :func:`load_pretrained`, with its ``missing``."""
    pretrained = weight_init.PretrainedInit

    def __init__(
        self: Any,
        checkpoint: str,
        prefix: str | None = None,
        map_location: str = 'cpu',
        missing: Sequence[str] = (),
    ) -> None:
        self.checkpoint, self.prefix, self.map_location, self.missing = checkpoint, prefix, map_location, missing

    def __call__(self: Any, module: nn.Module) -> None:
        load_pretrained(
            module, self.checkpoint, prefix=self.prefix, map_location=self.map_location, missing=self.missing
        )
        if hasattr(module, '_params_init_info'):
            weight_init.update_init_info(module, init_info=self._get_init_info())

    pretrained.__init__, pretrained.__call__ = __init__, __call__


def replace_swin_loading(backbone: ModuleType) -> None:
    """Let the SwinTransformer of mmseg's or mmdet's module load by the same, instead of by code of its own."""
    stock = backbone.SwinTransformer.init_weights

    def init_weights(self: Any) -> None:
        if not self.init_cfg:
            stock(self)
            return
        from mmengine.model.weight_init import PretrainedInit

        settings = {key: value for key, value in self.init_cfg.items() if key != 'type'}
        # the norms of the outputs are the library's own: files of the classification model have none
        settings['missing'] = (*settings.get('missing', ()), r'^norm\d\.')
        PretrainedInit(**settings)(self)

    backbone.SwinTransformer.init_weights = init_weights
