"""The studies of the paper's tables from end to end, each on a miniature of its data set in the layout of its files: a
decoder is trained and validated, images are generated, a stock model is trained on them, and the table is printed.

The configs are the shipped ones on crops of 64 px, with a random-weight generator of Stable Diffusion 1.5's classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from mmengine.config import Config

from mmdatasetdm.study import StudyConfig, load_study_config
from tests.configs import miniatures
from tests.configs.studies import ROOT, ours_beside_the_papers, run_study

SMALL = ('sampler.height=64', 'sampler.width=64')
KINECT = ('sampler.height=480', 'sampler.width=640')
# study: (its data, the variables that name its folders, the stock model, overrides of the recipe). The 19 classes of
# Cityscapes go the way of its 8, NYU's 24k frames that of the 795 images, and the tables of Pascal VOC that of table 7.
STUDIES: dict[str, tuple[Callable[[Path], None], dict[str, str], str, tuple[str, ...]]] = {
    'supp_table_1': (miniatures.coco, dict(COCO=''), 'mask2former_r50', SMALL),
    'supp_table_2': (miniatures.coco, dict(COCO=''), 'simplebaseline_r50', SMALL),
    'supp_table_3': (miniatures.cityscapes, dict(CITYSCAPES=''), 'mask2former_r50', SMALL),
    'supp_table_5': (miniatures.deepfashion, dict(DEEPFASHION=''), 'mask2former_r50', SMALL),
    'supp_table_6': (miniatures.nyu, dict(NYU=''), 'depthformer_swin_l', KINECT),
    'supp_table_7': (miniatures.voc, dict(VOC=''), 'mask2former_r101', SMALL),
    'supp_table_9_voc': (miniatures.domains, dict(VOC='voc', CITYSCAPES='cityscapes'), 'mask2former_r50', SMALL),
    'coco_instance': (miniatures.coco, dict(COCO=''), 'mask2former_r50', SMALL),
}


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


@pytest.mark.parametrize('name', STUDIES)
def test_a_study_on_a_miniature_of_its_data(name, tmp_path, thin_sd15_folder, monkeypatch):
    write, variables, model, recipe_options = STUDIES[name]
    for variable, folder in variables.items():
        monkeypatch.setenv(f'MMDATASETDM_{variable}', str(tmp_path / 'data' / folder))
    write(tmp_path / 'data')
    config = small(load_study_config(ROOT / f'configs/studies/{name}.py'), model, thin_sd15_folder, tmp_path)
    study, jobs, table = run_study(
        config,
        tmp_path,
        monkeypatch,
        models=(model,),
        settings=('synthetic' if 'real+synthetic' not in config.settings else 'real+synthetic',),
        generator=str(thin_sd15_folder),
        recipe_options=recipe_options,
    )
    assert {job.kind for job in jobs} >= {'decoder', 'sample', model}
    scores = {(run['setting'], metric): value for run in study.runs() for metric, value in run['scores'].items()}
    assert len(scores) == len(config.metrics) * len(study.settings_of(model, study.labels[0]))
    if config.paper is not None:
        ours = {
            (setting, metric): here
            for (of, labels, setting, metric), here in ours_beside_the_papers(study, table).items()
            if (of, labels) == (model, str(study.labels[0]))
        }
        assert ours.keys() & scores.keys() and all(ours[key] for key in ours.keys() & scores.keys())
