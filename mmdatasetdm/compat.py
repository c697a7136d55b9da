"""What today's OpenMMLab needs before it runs here; each entry says why.

``install()`` runs on ``import mmdatasetdm`` (from a config: ``custom_imports = dict(imports=['mmdatasetdm'])``) and
costs nothing until OpenMMLab itself is imported, so the plain-PyTorch layers work where OpenMMLab is not installed.

1. mmcv without compiled operators. The package index has mmcv with operators only as a source that compiles for half an
   hour, and mmseg, mmdet and mmpose import ``mmcv._ext`` whether they use it or not. Where it is missing, a substitute
   takes its place: deformable attention and NMS computed by PyTorch and torchvision on any device, every other operator
   an error that says how to get it. Compiled operators are used when they are there.
2. ``mmdatasetdm::`` and ``mmseg::`` config names: mmengine keeps a closed list of the packages it reads configs from,
   and finds mmseg under the name of its upstream distribution only.
3. Resuming with mmengine 0.10.7 and torch >= 2.6: the checkpoint's message hub holds HistoryBuffers and numpy's
   numbers, which ``torch.load`` refuses.
4. ``SegLocalVisualizer(classes=..., palette=...)`` stores each in the other's place.
5. mmpose without xtcocotools, whose wheels break with numpy 2 and whose source wants a compiler. Where it is missing,
   pycocotools, from which it was copied, takes its place.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_OPS = 'mmcv._ext'


class MissingOpError(RuntimeError):
    """An operator was called that only a compiled mmcv has."""


# -- 1. mmcv._ext ----------------------------------------------------------------------------------------------------
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


# -- 5. xtcocotools ---------------------------------------------------------------------------------------------------
_XTCOCO = 'xtcocotools'


def _fill_xtcoco(module: ModuleType) -> None:
    """Give ``xtcocotools`` or one of its modules the contents of pycocotools' own."""
    _, _, part = module.__name__.partition('.')
    if not part:
        module.__path__ = []
        return
    stock = importlib.import_module(f'pycocotools.{part}')
    module.__dict__.update({name: value for name, value in vars(stock).items() if not name.startswith('__')})
    if part == 'cocoeval':

        class COCOeval(stock.COCOeval):
            """With the further arguments of xtcocotools."""

            def __init__(
                self,
                cocoGt: Any = None,
                cocoDt: Any = None,
                iouType: str = 'segm',
                sigmas: Any = None,
                use_area: bool = True,
            ) -> None:
                if iouType not in ('segm', 'bbox', 'keypoints') or not use_area:
                    raise NotImplementedError(
                        f'keypoint evaluation {iouType!r} with use_area={use_area} needs xtcocotools: pip install '
                        '--no-binary xtcocotools --no-build-isolation xtcocotools (a C compiler, Cython)'
                    )
                super().__init__(cocoGt, cocoDt, iouType)
                if sigmas is not None:
                    self.params.kpt_oks_sigmas = sigmas

        module.COCOeval = COCOeval


class _XtcocoFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last on ``sys.meta_path``: asked for xtcocotools only when it is not installed."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        known = (_XTCOCO, *(f'{_XTCOCO}.{part}' for part in ('coco', 'cocoeval', 'mask')))
        if fullname not in known:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=fullname == _XTCOCO)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        _fill_xtcoco(module)


class _OpsFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
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


# -- 2. to 4.: corrections of a stock module, made right after its import ------------------------------------------
def _know_our_configs(module: ModuleType) -> None:
    # mmseg: by its import name it is found in both families, by its distribution's (mmsegmentation) only in upstream's.
    # mmdatasetdm: where a name is no distribution's, mmengine takes the folder of the module of that name; by the
    # distribution's name mmengine 0.10.7 looks into site-packages also for a package installed with `pip install -e`.
    module.MODULE2PACKAGE.update(mmseg='mmseg', mmdatasetdm='mmdatasetdm.compat')


def _allow_history_buffers(module: ModuleType) -> None:
    import numpy as np
    import torch

    def state_without_methods(self: Any) -> dict[str, Any]:
        # the stock state refers to the class's methods by getattr, which nobody should call safe; __setstate__ finds
        # them anyway
        return {**self.__dict__, 'statistics_methods': {}}

    module.HistoryBuffer.__getstate__ = state_without_methods
    kinds = ('float64', 'float32', 'int64', 'int32', 'uint8', 'bool')  # uint8: the colours of mmpose's joints
    array_parts = [np.ndarray, np.dtype, *(type(np.dtype(kind)) for kind in kinds)]
    rebuild, scalar = np.array(0).__reduce__()[0], np.float64(0).__reduce__()[0]
    # numpy 2 moved the functions; checkpoints written under numpy 1 name the old place
    places = [f'numpy.{core}.multiarray' for core in ('core', '_core')]
    aliases = [(function, f'{place}.{function.__name__}') for place in places for function in (rebuild, scalar)]
    torch.serialization.add_safe_globals([module.HistoryBuffer, *array_parts, *aliases])


def _keep_classes_and_palette_apart(module: ModuleType) -> None:
    visualizer = module.SegLocalVisualizer
    stock_init = visualizer.__init__

    def __init__(
        self: Any,
        name: str = 'visualizer',
        image: Any = None,
        vis_backends: Any = None,
        save_dir: Any = None,
        classes: Any = None,
        palette: Any = None,
        dataset_name: Any = None,
        alpha: float = 0.8,
        **others: Any,
    ) -> None:
        stock_init(self, name, image, vis_backends, save_dir, None, None, dataset_name, alpha, **others)
        self.set_dataset_meta(classes=classes, palette=palette, dataset_name=dataset_name)

    visualizer.__init__ = __init__


_AFTER_IMPORT: dict[str, Callable[[ModuleType], None]] = {
    'mmengine.config.utils': _know_our_configs,
    'mmengine.logging.history_buffer': _allow_history_buffers,
    'mmseg.visualization.local_visualizer': _keep_classes_and_palette_apart,
}


class _CorrectingLoader(importlib.abc.Loader):
    """Loads as ``loader`` does, then corrects."""

    def __init__(self, loader: Any, correct: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._correct = correct

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._correct(module)

    def __getattr__(self, name: str) -> Any:  # get_source and the like, for tracebacks and pkgutil
        return getattr(self._loader, name)


class _CorrectingFinder(importlib.abc.MetaPathFinder):
    """First on ``sys.meta_path``: lets the others find a module of ``_AFTER_IMPORT`` and adds its correction."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname not in _AFTER_IMPORT:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _CorrectingLoader(spec.loader, _AFTER_IMPORT[fullname])
        return spec


def install() -> None:
    """Put the above in force, once; modules that are imported already are corrected in place."""
    if any(isinstance(finder, _OpsFinder) for finder in sys.meta_path):
        return
    sys.meta_path += [_OpsFinder(), _XtcocoFinder()]
    sys.meta_path.insert(0, _CorrectingFinder())
    for name, correct in _AFTER_IMPORT.items():
        if name in sys.modules:
            correct(sys.modules[name])
