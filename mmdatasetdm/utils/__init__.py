"""Small things that every room uses, and what mmengine asks a package for."""

from importlib import import_module
from importlib.util import find_spec


def register_all_modules() -> None:
    """Register everything of this package, as the function of this name in mmseg, mmdet and mmpose does.

    ``mmengine.hub.get_model('mmdatasetdm::…')`` calls it. The default scope stays: it is that of a config, mmseg, mmdet
    or mmpose, and our names are found from each.
    """
    for name in ('models', 'datasets', 'evaluation'):
        import_module(f'mmdatasetdm.{name}')
    if find_spec('mmdet') is not None:
        for name in ('models.detectors', 'models.downstream.mask2former', 'evaluation.class_agnostic'):
            import_module(f'mmdatasetdm.{name}')
    if find_spec('mmpose') is not None:
        import_module('mmdatasetdm.models.pose_estimators')
