"""Checkpoints with random weights of the small configs, and stock tools run in this process."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope, init_default_scope
from mmengine.visualization import Visualizer
from PIL import Image

from mmdatasetdm.__main__ import find_tool
from mmdatasetdm.registry import DATASETS, MODELS

ROOT = Path(__file__).parents[2]


def config_file(name: str) -> str:
    return str(ROOT / f'configs/{name}.py')


@pytest.fixture(scope='session')
def checkpoint_of(tmp_path_factory) -> Callable[[str], str]:
    """A checkpoint of a config's model as it begins, with the data set's metainfo as a training keeps it."""
    folder, made = tmp_path_factory.mktemp('checkpoints'), {}

    def make(name: str) -> str:
        if name not in made:
            config = Config.fromfile(config_file(name))
            init_default_scope(config.default_scope)
            meta = {}
            if 'toyroom-' in name:  # the world; a generator is followed by an underscore
                meta['dataset_meta'] = DATASETS.build(dict(config.test_dataloader.dataset, lazy_init=True)).metainfo
            elif config.default_scope == 'mmpose':
                from mmpose.datasets.datasets.utils import parse_pose_metainfo

                meta['dataset_meta'] = parse_pose_metainfo(dict(from_file='configs/_base_/datasets/coco.py'))
            made[name] = folder / f'{Path(name).name}.pth'
            torch.save(dict(state_dict=MODELS.build(config.model).state_dict(), meta=meta), made[name])
        return str(made[name])

    return make


@pytest.fixture(scope='session')
def photograph(tmp_path_factory) -> str:
    """A picture that nobody labelled, 150 x 101: no stride divides that."""
    path = tmp_path_factory.mktemp('photograph') / 'photo.jpg'
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (101, 150, 3), dtype=np.uint8)).save(path)
    return str(path)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty working directory, and nothing left of mmengine's global state."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for kind in (MMLogger, MessageHub, DefaultScope, Visualizer, *Visualizer.__subclasses__()):
        kind._instance_dict.clear()


@pytest.fixture
def run(monkeypatch) -> Callable[..., None]:
    """Run a tool by its name (mmdet::test.py, or a file) as a command line would."""

    def run_tool(tool: str, *arguments: object) -> None:
        script = str(find_tool(tool) if '::' in tool else ROOT / tool)
        for kind in (MMLogger, MessageHub, DefaultScope, Visualizer, *Visualizer.__subclasses__()):
            kind._instance_dict.clear()
        monkeypatch.setattr(sys, 'argv', [script, *map(str, arguments)])
        try:
            runpy.run_path(script, run_name='__main__')
        except SystemExit as ended:
            assert ended.code in (0, None), ended.code

    return run_tool
