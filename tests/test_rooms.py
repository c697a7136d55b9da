"""The layout of the package: each room imports only those above it, no circles, a test for each module, short files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / 'mmdatasetdm'

# from the top down; modules and folders of the package
ORDER = (
    'errors',
    'utils',
    'registry',
    'engine',
    'compat',
    'diffusion',
    'decoder',
    'models',
    'datasets',
    'evaluation',
    'generation',
    'visualization',
    'apis',
    'own_dataset',
    'toyroom',
    'study',
)
# (module, what it imports, why that is right although it is below)
UPWARD = (
    (
        'mmdatasetdm.engine.launch',
        'mmdatasetdm.compat',
        'the corrections need what the engine does, and a launch tells the error of an operator that they leave out',
    ),
    (
        'mmdatasetdm.compat.corrections',
        'mmdatasetdm.datasets.labels',
        'inside the correction of a data set class of mmseg, which runs when that library is imported',
    ),
)
# modules without a test file of their own -> the test that covers them
COVERED = {
    'mmdatasetdm.__main__': 'tests/openmmlab/test_stock_tools.py',
    'mmdatasetdm.compat.corrections': 'tests/test_compat.py',
    'mmdatasetdm.compat.operators': 'tests/test_compat.py',
    'mmdatasetdm.compat.xtcocotools': 'tests/test_compat.py',
    'mmdatasetdm.datasets.labels': 'tests/datasets/test_checks.py',
    'mmdatasetdm.datasets.stock': 'tests/datasets/test_synthetic.py',
    'mmdatasetdm.datasets.transforms.crop': 'tests/datasets/transforms/test_classes.py',
    'mmdatasetdm.datasets.wrapper': 'tests/datasets/test_synthetic.py',
    'mmdatasetdm.diffusion.families.attention_probe': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.base': 'tests/diffusion/families/test_unet.py',
    'mmdatasetdm.diffusion.families.clip': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.codecs': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.deepfloyd_if': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.flux': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.joint_text': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.pixart': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.sana': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.sd3': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.sdxl': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.shift': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.stable_diffusion': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.t5': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.families.transformer': 'tests/diffusion/families/test_families.py',
    'mmdatasetdm.diffusion.fingerprint': 'tests/diffusion/test_loading.py',
    'mmdatasetdm.diffusion.folder': 'tests/diffusion/test_loading.py',
    'mmdatasetdm.diffusion.noise': 'tests/diffusion/test_sampling.py',
    'mmdatasetdm.diffusion.phrases': 'tests/diffusion/test_text_encoder.py',
    'mmdatasetdm.diffusion.schedulers': 'tests/diffusion/test_sampling.py',
    'mmdatasetdm.diffusion.tokenizers': 'tests/diffusion/test_loading.py',
    'mmdatasetdm.engine.checkpoints': 'tests/engine/test_pretrained.py',
    'mmdatasetdm.engine.launch': 'tests/tools/test_train_cli.py',
    'mmdatasetdm.errors': 'tests/test_bad_input.py',
    'mmdatasetdm.evaluation.class_agnostic': 'tests/models/detectors/test_diffusion.py',
    'mmdatasetdm.generation.annotators.base': 'tests/generation/annotators/test_semantic.py',
    'mmdatasetdm.generation.annotators.loading': 'tests/generation/test_runner_errors.py',
    'mmdatasetdm.generation.batch': 'tests/generation/test_sources.py',
    'mmdatasetdm.generation.engines.base': 'tests/generation/engines/test_local.py',
    'mmdatasetdm.generation.pipeline': 'tests/generation/test_runner.py',
    'mmdatasetdm.generation.writers.base': 'tests/generation/writers/test_voc.py',
    'mmdatasetdm.generation.writers.coco': 'tests/generation/writers/test_readers.py',
    'mmdatasetdm.own_dataset.configs': 'tests/own_dataset/test_build.py',
    'mmdatasetdm.own_dataset.samples': 'tests/own_dataset/layouts/test_maps.py',
    'mmdatasetdm.visualization.labels': 'tests/visualization/test_pictures.py',
    'mmdatasetdm.visualization.layers': 'tests/visualization/test_gallery.py',
}
LINES = 300
# the built-in world is named by what chooses it where a person chooses nothing
DEFAULTS = (
    'mmdatasetdm.models.backbones.diffusion',
    'mmdatasetdm.apis.inferencer',
    'mmdatasetdm.diffusion.model',
    'mmdatasetdm.own_dataset.configs',
)


def module_name(path: Path) -> str:
    return '.'.join(path.relative_to(ROOT).with_suffix('').parts).removesuffix('.__init__')


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob('*.py')) if 'assets' not in path.parts}


def imports(path: Path, *, only_module_level: bool = False) -> Iterator[str]:
    """The modules of the package that a file imports, inside functions too."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    nodes = tree.body if only_module_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: a relative import, line {node.lineno}'
            names = [
                name if (name := f'{node.module}.{alias.name}') in MODULES else node.module for alias in node.names
            ]
        else:
            continue
        yield from (name for name in names if name in MODULES)


def room(module: str) -> str:
    return module.split('.')[1] if '.' in module else ''


def test_every_room_has_its_place():
    rooms = {room(module) for module in MODULES} - {'', '__main__'}
    assert rooms <= set(ORDER), 'a new room: say in ORDER which rooms it may import'


@pytest.mark.parametrize('module', MODULES)
def test_a_room_imports_only_those_above_it(module):
    if room(module) in ('', '__main__'):  # the package itself, and its command
        return
    allowed = {(importer, imported) for importer, imported, _ in UPWARD}
    place = ORDER.index(room(module))
    wrong = [
        name
        for name in imports(MODULES[module])
        if room(name) and ORDER.index(room(name)) > place and (module, name) not in allowed
    ]
    assert not wrong, f'{module} imports what is below it: {wrong}'


def test_no_circle_of_modules():
    graph = {
        module: {name for name in imports(path, only_module_level=True) if name != module}
        for module, path in MODULES.items()
        if path.name != '__init__.py'
    }
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, f'a circle: {" -> ".join((*above[above.index(module) :], module))}'
        if module not in done:
            for name in graph.get(module, ()):
                visit(name, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_no_other_room_names_the_built_in_world():
    texts = {module: path.read_text(encoding='utf-8') for module, path in MODULES.items()}
    naming = [
        module
        for module, text in texts.items()
        if room(module) not in ('', '__main__', 'toyroom') and module not in DEFAULTS and 'toyroom' in text.lower()
    ]
    assert not naming


@pytest.mark.parametrize('module', [module for module, path in MODULES.items() if path.name != '__init__.py'])
def test_every_module_has_a_test(module):
    parts = module.split('.')[1:]
    mirror = ROOT.joinpath('tests', *parts[:-1], f'test_{parts[-1]}.py')
    test = ROOT / COVERED[module] if module in COVERED else mirror
    assert test.is_file(), f'{module} has neither {mirror.relative_to(ROOT)} nor a line in COVERED'


def test_no_long_file():
    folders = ('mmdatasetdm', 'tools', 'projects', 'demo', 'configs')
    files = [path for folder in folders for path in (ROOT / folder).rglob('*.py') if '.venv' not in path.parts]
    long = [str(path.relative_to(ROOT)) for path in files if len(path.read_text('utf-8').splitlines()) > LINES]
    assert not long
