"""Both ways train the same decoder on the same images; how long they take is not tested."""

import pytest
from mmengine.config import Config

from mmdatasetdm.benchmark import training
from mmdatasetdm.errors import UserError

SEMANTIC = 'configs/datasetdm/datasetdm_toyroom_semantic-pixel-20shot_1xb8-500iters_toyroom-128x128.py'


def small(path: str, generator) -> Config:
    config = Config.fromfile(path)
    config.model.backbone.update(generator=str(generator), class_phrases=['sofa', 'lamp'])
    config.train_dataloader.batch_size = 2
    return config


def test_a_race(toy_generator_folder, monkeypatch):
    config = small(SEMANTIC, toy_generator_folder)
    # the network's own time is not tested: each look at the clock is a second later than the one before
    ticks = iter(range(10_000))
    monkeypatch.setattr(training.time, 'process_time', lambda: float(next(ticks)))
    monkeypatch.setattr(training.time, 'perf_counter', lambda: float(next(ticks)))
    (found,) = training.race(config, seeds=[3], iterations=2, validation=2, limit=3.0)
    assert found.ours == 1 and found.steps == 2, 'two looks at the clock'
    assert found.naive == found.naive_steps == found.ratio and found.naive_steps in (1, 2, 3)
    assert 0 <= found.target < 100 and (found.reached >= found.target or found.naive == 3)
    assert config.model.backbone.cache == 'work_dirs/feature_cache', 'the config is left alone'


def test_no_masks(toy_generator_folder):
    path = SEMANTIC.replace('semantic-pixel-20shot', 'depth-50shot')
    config = Config.fromfile(path)
    config.model.backbone.generator = str(toy_generator_folder)
    with pytest.raises(UserError, match='has no decoder of masks'):
        training.race(config, seeds=[0], iterations=1)
