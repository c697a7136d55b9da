"""The library whose types a config means."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from mmengine.registry import DefaultScope


def enter_scope(config: Mapping) -> None:
    """From now on names of types are looked up in the library that a config names, in mmseg where it names none.

    mmengine's ``init_default_scope`` does the same, but warns at each change, and a recipe loads decoders of three
    libraries one after the other.

    Args:
        config: of a model or of data sets; ``default_scope`` is what counts.
    """
    name, current = config.get('default_scope') or 'mmseg', DefaultScope.get_current_instance()
    if current is None or current.scope_name != name:
        DefaultScope.get_instance(f'{name}-{uuid.uuid4()}', scope_name=name)
