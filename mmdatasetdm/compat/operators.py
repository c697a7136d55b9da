"""The substitute for ``mmcv._ext``: deformable attention and NMS without a compiler (see :mod:`mmdatasetdm.compat`)."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
from collections.abc import Callable
from types import ModuleType
from typing import Any

_OPS = 'mmcv._ext'


class MissingOpError(RuntimeError):
    """An operator was called that only a compiled mmcv has."""


def _ms_deform_attn_forward(
    value: Any,
    spatial_shapes: Any,
    level_start_index: Any,
    sampling_locations: Any,
    attention_weights: Any,
    *,
    im2col_step: int,
) -> Any:
    """Value (B, K, heads, D), locations (B, Q, heads, levels, points, 2) in [0, 1] -> (B, Q, heads * D)."""
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    output = multi_scale_deformable_attn_pytorch(value, spatial_shapes, sampling_locations, attention_weights)
    return output.to(value.dtype)  # autocast samples in float32


def _ms_deform_attn_backward(
    value: Any,
    spatial_shapes: Any,
    level_start_index: Any,
    sampling_locations: Any,
    attention_weights: Any,
    grad_output: Any,
    grad_value: Any,
    grad_locations: Any,
    grad_weights: Any,
    *,
    im2col_step: int,
) -> None:
    """Fill the three gradients; the forward pass is computed again, as the kernel's interface passes no graph."""
    import torch

    inputs = [tensor.detach().requires_grad_() for tensor in (value, sampling_locations, attention_weights)]
    with torch.enable_grad():
        output = _ms_deform_attn_forward(
            inputs[0], spatial_shapes, level_start_index, inputs[1], inputs[2], im2col_step=im2col_step
        )
    gradients = torch.autograd.grad(output, inputs, grad_output)
    for target, gradient in zip((grad_value, grad_locations, grad_weights), gradients, strict=True):
        target.copy_(gradient)


def _nms(boxes: Any, scores: Any, *, iou_threshold: float, offset: int) -> Any:
    """Indices of the kept boxes (N, 4), best first. ``offset`` 1 counts a box's right and lower border as its own."""
    from torchvision.ops import nms

    return nms(boxes + boxes.new_tensor([0, 0, offset, offset]), scores, iou_threshold)


def _no_compiler() -> str:
    """What mmcv's environment report prints for its compilers."""
    return 'operators not compiled (mmdatasetdm.compat)'


class _OpsModule(ModuleType):
    """Stands in for ``mmcv._ext``: has every operator name, and most of them raise :class:`MissingOpError`."""

    nms = staticmethod(_nms)
    ms_deform_attn_forward = staticmethod(_ms_deform_attn_forward)
    ms_deform_attn_backward = staticmethod(_ms_deform_attn_backward)
    get_compiler_version = staticmethod(_no_compiler)
    get_compiling_cuda_version = staticmethod(_no_compiler)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args: Any, **kwargs: Any) -> Any:
            raise MissingOpError(
                f"mmcv operator '{name}' is not available: this mmcv was installed without compiled operators. "
                'To compile them (a C++17 compiler, ninja, about 30 CPU-minutes): pip install --no-build-isolation '
                '--no-deps --force-reinstall --no-cache-dir --no-binary onedl-mmcv onedl-mmcv==2.3.6'
            )

        return missing


class OpsFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last on ``sys.meta_path``: asked for ``mmcv._ext`` only when mmcv itself has none."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(fullname, self) if fullname == _OPS else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _OpsModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def has_compiled_ops() -> bool:
    """Whether mmcv's own compiled operators are in use."""
    return not isinstance(importlib.import_module(_OPS), _OpsModule)
