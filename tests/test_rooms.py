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
    'benchmark',
)
# (module, what it imports, why that is right although it is below)
UPWARD = (
    (
        'mmdatasetdm.engine.launch',
        'mmdatasetdm.compat',
        'the corrections need what the engine does, and a launch tells the error of an operator that they leave out',
    ),
    (
        'mmdatasetdm.engine.inputs',
        'mmdatasetdm.diffusion.folder',
        'a run looks for its generator before it builds anything; inside the function that does so',
    ),
    (
        'mmdatasetdm.compat.corrections',
        'mmdatasetdm.datasets.labels',
        'inside the correction of a data set class of mmseg, which runs when that library is imported',
    ),
    (
        'mmdatasetdm.datasets.synthetic',
        'mmdatasetdm.generation.selection',
        'inside a function, where a config chooses samples by the filters of generation',
    ),
)
# modules without a test file of their own: (the test that covers them, why, the modules)
COVERED_BY = (
    (
        'tests/openmmlab/test_stock_tools.py',
        'it starts other programs: the test starts them',
        ('mmdatasetdm.__main__',),
    ),
    (
        'tests/test_compat.py',
        'the corrections are one contract: after importing the package, what the stock libraries lack works',
        (
            'mmdatasetdm.compat.corrections',
            'mmdatasetdm.compat.finder',
            'mmdatasetdm.compat.operators',
            'mmdatasetdm.compat.xtcocotools',
        ),
    ),
    (
        'tests/datasets/test_checks.py',
        'it reads files for FewShotDataset, whose errors are what a person meets',
        ('mmdatasetdm.datasets.labels',),
    ),
    (
        'tests/datasets/test_synthetic.py',
        'no class is public but through SyntheticDataset, which is tested over every stock class',
        ('mmdatasetdm.datasets.stock',),
    ),
    (
        'tests/diffusion/families/test_families.py',
        'every family must pass the same tests, on a folder of its true classes',
        (
            'mmdatasetdm.diffusion.families.attention_probe',
            'mmdatasetdm.diffusion.families.clip',
            'mmdatasetdm.diffusion.families.codecs',
            'mmdatasetdm.diffusion.families.deepfloyd_if',
            'mmdatasetdm.diffusion.families.flux',
            'mmdatasetdm.diffusion.families.joint_text',
            'mmdatasetdm.diffusion.families.pixart',
            'mmdatasetdm.diffusion.families.sana',
            'mmdatasetdm.diffusion.families.sd3',
            'mmdatasetdm.diffusion.families.sdxl',
            'mmdatasetdm.diffusion.families.shift',
            'mmdatasetdm.diffusion.families.stable_diffusion',
            'mmdatasetdm.diffusion.families.t5',
            'mmdatasetdm.diffusion.families.transformer',
        ),
    ),
    (
        'tests/diffusion/families/test_unet.py',
        'an abstract class: its pass is tested on the UNets, which have every kind of attention',
        ('mmdatasetdm.diffusion.families.base',),
    ),
    (
        'tests/diffusion/families/test_distilled.py',
        'steps of SANA-Sprint, compared with those of its pipeline in diffusers',
        ('mmdatasetdm.diffusion.trigflow',),
    ),
    (
        'tests/diffusion/upscalers/test_base.py',
        'every upscaler must pass the same tests, on a folder of its true classes',
        (
            'mmdatasetdm.diffusion.upscalers.deepfloyd_if',
            'mmdatasetdm.diffusion.upscalers.stable_diffusion',
        ),
    ),
    (
        'tests/diffusion/test_loading.py',
        'steps of loading a generator, tested on whole and damaged folders',
        (
            'mmdatasetdm.diffusion.fingerprint',
            'mmdatasetdm.diffusion.folder',
            'mmdatasetdm.diffusion.tokenizers',
        ),
    ),
    (
        'tests/diffusion/test_sampling.py',
        'parts of sampling: its images are compared with those of the pipelines of diffusers',
        (
            'mmdatasetdm.diffusion.noise',
            'mmdatasetdm.diffusion.schedulers',
        ),
    ),
    (
        'tests/diffusion/test_text_encoder.py',
        'the tokens of a phrase are looked up in texts that an encoder has encoded',
        ('mmdatasetdm.diffusion.phrases',),
    ),
    (
        'tests/own_dataset/test_build.py',
        'it writes configs: the test loads them as the tools do',
        ('mmdatasetdm.own_dataset.configs',),
    ),
    (
        'tests/own_dataset/test_instance.py',
        'it writes configs: the test loads them as the tools do',
        ('mmdatasetdm.own_dataset.instance_configs',),
    ),
    (
        'tests/own_dataset/test_depth.py',
        'it writes configs: the test loads them as the tools do',
        ('mmdatasetdm.own_dataset.depth_configs',),
    ),
    (
        'tests/own_dataset/test_pose.py',
        'it writes configs: the test loads them as the tools do',
        ('mmdatasetdm.own_dataset.pose_configs',),
    ),
    (
        'tests/own_dataset/layouts/test_maps.py',
        'dataclasses, tested through the readers of layouts that make them',
        ('mmdatasetdm.own_dataset.samples',),
    ),
    (
        'tests/tools/test_train_cli.py',
        'it is what tools/train.py and tools/test.py call',
        ('mmdatasetdm.engine.launch',),
    ),
    (
        'tests/test_bad_input.py',
        'the error that every case there ends with',
        ('mmdatasetdm.errors',),
    ),
    (
        'tests/models/detectors/test_diffusion.py',
        'a metric of class-agnostic objects needs a detector that finds some',
        ('mmdatasetdm.evaluation.class_agnostic',),
    ),
    (
        'tests/generation/annotators/test_semantic.py',
        'the protocol and its helpers, tested through the annotator that uses all of them',
        ('mmdatasetdm.generation.annotators.base',),
    ),
    (
        'tests/generation/test_runner_errors.py',
        'it loads the decoder of a recipe; most of it is errors, which a whole generation meets',
        ('mmdatasetdm.generation.annotators.loading',),
    ),
    (
        'tests/generation/test_sources.py',
        'a dataclass, tested through the sources that make it',
        ('mmdatasetdm.generation.batch',),
    ),
    (
        'tests/generation/engines/test_local.py',
        'a protocol, tested through the engine that comes with the package',
        ('mmdatasetdm.generation.engines.base',),
    ),
    (
        'tests/generation/test_records.py',
        'dataclasses, read back with the records that hold them',
        ('mmdatasetdm.generation.scores',),
    ),
    (
        'tests/generation/writers/test_webdataset.py',
        'its two forms are those of folders and of tar shards, which are compared',
        ('mmdatasetdm.generation.storage.manifest',),
    ),
    (
        'tests/generation/test_runner.py',
        'it joins sources, annotators and writers: tested where these are real',
        (
            'mmdatasetdm.generation.pipeline',
            'mmdatasetdm.generation.start',
        ),
    ),
    (
        'tests/generation/writers/test_voc.py',
        'an abstract class, tested through the writer that adds least to it',
        ('mmdatasetdm.generation.writers.base',),
    ),
    (
        'tests/generation/writers/test_readers.py',
        'what it writes is read by pycocotools and the stock libraries',
        ('mmdatasetdm.generation.writers.coco',),
    ),
    (
        'tests/tools/test_benchmark.py',
        'the commands, tested as a person calls them',
        ('mmdatasetdm.benchmark.commands',),
    ),
    (
        'tests/visualization/test_pictures.py',
        'it reads labels back for the pictures that are tested',
        ('mmdatasetdm.visualization.labels',),
    ),
    (
        'tests/visualization/test_gallery.py',
        'its files are what the page of the gallery shows',
        ('mmdatasetdm.visualization.layers',),
    ),
)
COVERED = {module: test for test, _, modules in COVERED_BY for module in modules}
LINES = 300
# the built-in world is named by what chooses it where a person chooses nothing
DEFAULTS = (
    'mmdatasetdm.benchmark.commands',
    'mmdatasetdm.models.backbones.diffusion',
    'mmdatasetdm.apis.inferencer',
    'mmdatasetdm.diffusion.model',
    'mmdatasetdm.own_dataset.configs',
    'mmdatasetdm.own_dataset.depth_configs',
    'mmdatasetdm.own_dataset.instance_configs',
    'mmdatasetdm.own_dataset.pose_configs',
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
    assert test.is_file(), f'{module} has neither {mirror.relative_to(ROOT)} nor a place in COVERED_BY'
    assert module not in COVERED or not mirror.is_file(), f'{module} has a test of its own: take it from COVERED_BY'


def test_modules_that_others_cover_are_there():
    assert set(COVERED) <= set(MODULES)
    assert sum(len(modules) for _, _, modules in COVERED_BY) == len(COVERED)


def test_no_long_file():
    folders = ('mmdatasetdm', 'tools', 'projects', 'demo', 'configs')
    files = [path for folder in folders for path in (ROOT / folder).rglob('*.py') if '.venv' not in path.parts]
    long = [str(path.relative_to(ROOT)) for path in files if len(path.read_text('utf-8').splitlines()) > LINES]
    assert not long
