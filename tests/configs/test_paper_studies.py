"""The studies of the paper's tables from end to end, each on a miniature of its data set in the layout of its files: a
decoder is trained and validated, images are generated, a stock model is trained on them, and the table is printed.

The jobs are those of tools/study.py, in this process; their configs are the shipped ones on crops of 64 px.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.study import Job, Plan, Study, StudyConfig, load_study_config
from mmdatasetdm.utils.config import is_type
from tests.configs import miniatures

ROOT = Path(__file__).parents[2]
# random weights are sure of nothing
UNSURE = dict(
    semantic=('ignore.score=0.0', 'ignore.unnamed=None'),
    instance=('min_score=0.0', 'ignore_score=0.0'),
    pose=('visible=0.0', 'labelled=0.0'),
)
SMALL = ['sampler.steps=1', 'sampler.height=64', 'sampler.width=64', 'shard_size=2', 'batch_size=2', 'filters=[]']
# study: (its data, the variables that name its folders, the stock model, overrides of the recipe)
STUDIES: dict[str, tuple[Callable[[Path], None], dict[str, str], str, list[str]]] = {
    'supp_table_1': (miniatures.coco, dict(COCO=''), 'mask2former_r50', []),
    'supp_table_2': (miniatures.coco, dict(COCO=''), 'simplebaseline_r50', []),
    'supp_table_3': (miniatures.cityscapes, dict(CITYSCAPES=''), 'mask2former_r50', []),
    'supp_table_4': (miniatures.voc, dict(VOC=''), 'deeplabv3plus_mobilenet_crop', []),
    'supp_table_5': (miniatures.deepfashion, dict(DEEPFASHION=''), 'mask2former_r50', []),
    'supp_table_6': (miniatures.nyu, dict(NYU=''), 'depthformer_swin_l', ['sampler.height=480', 'sampler.width=640']),
    'nyu24k_depth': (miniatures.nyu, dict(NYU=''), 'depthformer_swin_l', ['sampler.height=480', 'sampler.width=640']),
    'supp_table_7': (miniatures.voc, dict(VOC=''), 'mask2former_r101', []),
    'supp_table_9_voc': (
        miniatures.domains,
        dict(VOC='voc', CITYSCAPES='cityscapes'),
        'mask2former_r50',
        [],
    ),
    'cityscapes_semantic': (miniatures.cityscapes, dict(CITYSCAPES=''), 'mask2former_r50', []),
    'coco_instance': (miniatures.coco, dict(COCO=''), 'mask2former_r50', []),
}


@pytest.fixture
def scope() -> Iterator[None]:
    yield
    init_default_scope('mmseg')


def small(config: StudyConfig, model: str, generator: Path, folder: Path) -> StudyConfig:
    """The study with miniatures of its configs, of one stock model, and of the number of labels of its decoder."""

    def shrunk(path: str) -> str:
        made = folder / Path(path).name
        if not made.is_file():
            miniatures.shrink(Config.fromfile(ROOT / path), generator).dump(made)
        return str(made)

    labels, decoder = next(iter(config.decoders.items()))
    numbers = {config.labels[0] if config.labels else labels}
    models = {model: {setting: shrunk(path) for setting, path in config.models[model].items()}}
    return replace(
        config, models=models, decoders={number: shrunk(decoder) for number in numbers}, labelled={}, labels=(*numbers,)
    )


def run(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job's command in this process."""
    script = Path(job.command[1])
    # a visualizer of its own: mmengine keeps the first one of a name, with its folder
    more = [f'visualizer.name=of_{zlib.crc32(bytes(job.done))}'] if script.stem == 'train' else []
    if job.prepare is not None:
        job.prepare()
    monkeypatch.setattr('sys.argv', [*job.command[1:], *more])
    module = import_module(f'tools.{script.stem}')
    recipe, *options = job.command[2:]  # of an image of 640 px the tool asks for a GPU
    cpu = [recipe, '--device', 'cpu', *options]
    assert not (module.main(cpu) if script.stem == 'generate' else module.main())
    if job.finish is not None:
        job.finish(1.0)
    assert job.done.is_file(), job.name


@pytest.mark.parametrize('name', STUDIES)
def test_a_study_on_a_miniature_of_its_data(name, tmp_path, thin_sd15_folder, monkeypatch, scope):
    write, variables, model, recipe_options = STUDIES[name]
    for variable, folder in variables.items():
        monkeypatch.setenv(f'MMDATASETDM_{variable}', str(tmp_path / 'data' / folder))
    write(tmp_path / 'data')
    config = load_study_config(ROOT / f'configs/studies/{name}.py')
    if config.task == 'pose':
        pytest.importorskip('mmpose', reason='mmpose is not installed')
    decoder = config.annotator or config.task
    unsure = [f'decoders.{decoder}.{option}' for option in UNSURE.get(decoder, ())]
    monkeypatch.chdir(tmp_path)
    # yapf takes longer to lay out the configs that trainings log and leave than these trainings take
    monkeypatch.setattr('yapf.yapflib.yapf_api.FormatCode', lambda text, **options: (text, True))
    config = small(config, model, thin_sd15_folder, tmp_path)
    study = Study(
        config=config,
        out=tmp_path / 'out',
        repository=ROOT,
        models=(model,),
        settings=('synthetic' if 'real+synthetic' not in config.settings else 'real+synthetic',),
        num=4,
        iterations=1,
        decoder_iterations=1,
        generator=str(thin_sd15_folder),
        recipe_options=(*SMALL, *recipe_options, *unsure),
    )
    study.bind()
    jobs = Plan(study=study).jobs()
    assert {job.kind for job in jobs} >= {'decoder', 'sample', model}
    for job in jobs:
        run(job, monkeypatch)
    table = study.write(command=f'python tools/study.py configs/studies/{name}.py')
    scores = {(run['setting'], metric): value for run in study.runs() for metric, value in run['scores'].items()}
    assert len(scores) == len(config.metrics) * len(study.settings_of(model, study.labels[0]))
    if config.paper is not None:
        lines = [line.split(' | ') for line in table.split(config.paper.source)[1].splitlines()]
        ours = {
            (setting, metric): here
            for name, labels, setting, metric, _, here, _ in lines[2:]
            if (name, labels) == (f'| {model}', str(study.labels[0]))
        }
        assert ours.keys() & scores.keys() and all(ours[key] for key in ours.keys() & scores.keys())
    if name == 'supp_table_4':
        (left,) = (tmp_path / 'out/runs').glob('*_real-synthetic_seed0/*.py')
        real, synthetic = Config.fromfile(left).train_dataloader.dataset.datasets
        assert is_type(real, 'FewShotDataset')
        assert real.leave_out == synthetic.leave_out == ['RandomFlip', 'PhotoMetricDistortion']
