"""The registries of mmdatasetdm.

Those of OpenMMLab's parts are children of mmengine's, so that ``type='mmdatasetdm.X'`` works from any library. mmengine
imports this module by its name when it first meets the scope, then each registry's ``locations`` when something is
looked up in it.

Those of generation hold what a recipe names by ``type``. Another package adds a kind by registering it in a module that
the recipe's ``custom_imports`` names:

    @FILTERS.register_module()
    @checked
    class Brightness: ...
"""

from importlib import import_module
from pathlib import Path

from mmengine import registry as root
from mmengine.registry import Registry

import mmdatasetdm

SCOPE = 'mmdatasetdm'

MODELS = Registry('model', parent=root.MODELS, scope=SCOPE, locations=['mmdatasetdm.models'])
DATASETS = Registry('dataset', parent=root.DATASETS, scope=SCOPE, locations=['mmdatasetdm.datasets'])
TRANSFORMS = Registry('transform', parent=root.TRANSFORMS, scope=SCOPE, locations=['mmdatasetdm.datasets'])
DATA_SAMPLERS = Registry('data sampler', parent=root.DATA_SAMPLERS, scope=SCOPE, locations=['mmdatasetdm.datasets'])
GENERATOR_FAMILIES = Registry('generator family', scope=SCOPE, locations=['mmdatasetdm.diffusion.families'])
UPSCALERS = Registry('upscaler', scope=SCOPE, locations=['mmdatasetdm.diffusion.upscalers'])
METRICS = Registry('metric', parent=root.METRICS, scope=SCOPE, locations=['mmdatasetdm.evaluation'])

_LOCATIONS = {
    name: [f'mmdatasetdm.generation.{name}'] for name in ('prompts', 'annotators', 'filters', 'writers', 'engines')
}
PROMPT_SOURCES = Registry('prompt source', scope=SCOPE, locations=_LOCATIONS['prompts'])
ANNOTATORS = Registry('annotator', scope=SCOPE, locations=_LOCATIONS['annotators'])
FILTERS = Registry('filter', scope=SCOPE, locations=_LOCATIONS['filters'])
WRITERS = Registry('writer', scope=SCOPE, locations=_LOCATIONS['writers'])
ENGINES = Registry('engine', scope=SCOPE, locations=_LOCATIONS['engines'])

BUILT_IN_GENERATORS: dict[str, Path] = {}  # name -> diffusers folder that the package ships
BUILT_IN_DECODERS: dict[str, Path] = {}  # name of a generator -> folder of decoders for it, TASK.safetensors


def add_built_in(generator: str, *, folder: Path, decoders: Path, prompts: str) -> None:
    """Register a world that comes with the package.

    Args:
        generator: the name of its generator.
        folder: where that is.
        decoders: the folder of the trained decoders that read it. A recipe names one 'GENERATOR/TASK'.
        prompts: the module of its prompt sources, imported when one is first looked up.
    """
    BUILT_IN_GENERATORS[generator] = folder
    BUILT_IN_DECODERS[generator] = decoders
    _LOCATIONS['prompts'].append(prompts)


for _name in mmdatasetdm.BUILT_IN:
    import_module(_name)
