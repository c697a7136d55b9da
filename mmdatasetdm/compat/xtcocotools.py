"""pycocotools in the place of xtcocotools, where mmpose has none (see :mod:`mmdatasetdm.compat`)."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
from types import ModuleType
from typing import Any

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


class XtcocoFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
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
