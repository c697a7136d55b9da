"""What a stock OpenMMLab data set class reads, told from the class itself."""

import inspect

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS

# by the class that all of a library's COCO-style data sets descend from: mmdet's and mmpose's
_COCO = dict(BaseDetDataset='instance', BaseCocoStyleDataset='pose')


def stock_class(config: dict) -> type:
    """The class that ``type`` names, as a build in the current scope finds it.

    Raises:
        UserError: there is none of that name.
    """
    kind = config.get('type')
    if isinstance(kind, str):
        with DATASETS.switch_scope_and_registry(None) as registry:
            kind = registry.get(kind)
    if not isinstance(kind, type):
        raise UserError(f'dataset: there is no data set class {config.get("type")!r}; give the name of a stock one')
    return kind


def reads_depth(config: dict) -> bool:
    """Whether a stock class has a ``depth_map_path``, as NYUDataset."""
    for kind in stock_class(config).__mro__[:-1]:
        prefix = inspect.signature(kind.__init__).parameters.get('data_prefix')
        if prefix is not None:
            return isinstance(prefix.default, dict) and 'depth_map_path' in prefix.default
    return False


def coco_kind(config: dict) -> str | None:
    """'instance' or 'pose' where a stock class reads COCO's JSON, as mmdet's and mmpose's CocoDataset do."""
    names = [kind.__name__ for kind in stock_class(config).__mro__]
    return next((task for name, task in _COCO.items() if name in names), None)
