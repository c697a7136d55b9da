"""What lets the corrections of stock modules happen right after their import (see :mod:`mmdatasetdm.compat`)."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
from collections.abc import Callable
from types import ModuleType
from typing import Any

from mmdatasetdm.compat.corrections import AFTER_IMPORT


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


class CorrectingFinder(importlib.abc.MetaPathFinder):
    """First on ``sys.meta_path``: lets the others find a module of ``AFTER_IMPORT`` and adds its correction."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname not in AFTER_IMPORT:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _CorrectingLoader(spec.loader, AFTER_IMPORT[fullname])
        return spec
