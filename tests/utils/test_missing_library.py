"""A config of a library that is not installed says how to get it."""

import importlib.abc
import sys

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.config import read_config


class Without(importlib.abc.MetaPathFinder):
    """First on ``sys.meta_path``: a library is not installed."""

    def __init__(self, library: str) -> None:
        self.library = library

    def find_spec(self, fullname, path, target=None):
        if fullname.partition('.')[0] == self.library:
            raise ModuleNotFoundError(f'No module named {fullname!r}', name=fullname)


@pytest.fixture
def without_mmpose(monkeypatch):
    for name in [name for name in sys.modules if name.partition('.')[0] == 'mmpose']:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, 'meta_path', [Without('mmpose'), *sys.meta_path])


@pytest.mark.parametrize(
    'path',
    [
        'datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128.py',
        'topdown_heatmap/td-hm_res18_1xb8-2k_toyroom-real-128x96.py',
    ],
)
def test_mmpose_is_a_separate_install(without_mmpose, path):
    with pytest.raises(UserError, match=r'needs mmpose, which is a separate install: pip install --no-deps mmpose=='):
        read_config(f'configs/{path}', what='config')


def test_another_library(tmp_path):
    config = tmp_path / 'config.py'
    config.write_text("custom_imports = dict(imports=['mmyolk.models'])")
    with pytest.raises(UserError, match='needs mmyolk, which is not installed'):
        read_config(config, what='config')
    config.write_text("_base_ = 'mmrotate::rotated_retinanet/x.py'")
    with pytest.raises(UserError, match='needs mmrotate, which is not installed'):
        read_config(config, what='config')
