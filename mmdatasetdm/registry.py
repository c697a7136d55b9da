"""The registries of mmdatasetdm: children of mmengine's, so that ``type='mmdatasetdm.X'`` works from any library.

mmengine imports this module by its name when it first meets the scope, then each registry's ``locations`` when
something is looked up in it.
"""

from mmengine import registry as root
from mmengine.registry import Registry

SCOPE = 'mmdatasetdm'

MODELS = Registry('model', parent=root.MODELS, scope=SCOPE, locations=['mmdatasetdm.models'])
DATASETS = Registry('dataset', parent=root.DATASETS, scope=SCOPE, locations=['mmdatasetdm.datasets'])
TRANSFORMS = Registry('transform', parent=root.TRANSFORMS, scope=SCOPE, locations=['mmdatasetdm.datasets'])
DATA_SAMPLERS = Registry('data sampler', parent=root.DATA_SAMPLERS, scope=SCOPE, locations=['mmdatasetdm.datasets'])
METRICS = Registry('metric', parent=root.METRICS, scope=SCOPE, locations=['mmdatasetdm.evaluation'])
