"""The configs of studies: those that come with the project, and one of a data set outside of it."""

from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Metric, Study, load_study_config
from mmdatasetdm.study.config import in_file_names

ROOT = Path(__file__).parents[2]
MINE = """
task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
models = dict(net={{'real': {model!r}, 'real+synthetic': {model!r}}})
decoders = {{8: {decoder!r}}}
recipe = {recipe!r}
data_root = {root!r}
train_list = 'lists/{{labels}}.txt'
"""


@pytest.fixture
def mine(tmp_path):
    """A small study of one's own, as text."""
    for name in ('model.py', 'decoder.py', 'recipe.py'):
        (tmp_path / name).touch()
    (tmp_path / 'lists').mkdir()
    for name in ('8', '16', 'all'):
        (tmp_path / f'lists/{name}.txt').touch()
    parts = {name: str(tmp_path / f'{name}.py') for name in ('model', 'decoder', 'recipe')}
    return MINE.format(**parts, root=str(tmp_path))


def load(folder: Path, text: str):
    (folder / 'study.py').write_text(text)
    return load_study_config(folder / 'study.py')


@pytest.mark.parametrize('path', sorted((ROOT / 'configs/studies').glob('*.py')), ids=lambda path: path.stem)
def test_configs_that_come_with_the_project(path):
    config = load_study_config(path)
    assert config.metrics and config.models and config.decoders
    if config.paper:  # a table of the paper may lack a setting; what it has is run
        study = Study(config=config, out=ROOT / 'nothing', repository=ROOT)
        trained = {(m, n, s) for m in study.models for n in study.labels for s in study.settings_of(m, n)}
        assert {(row.model, row.labels, row.setting) for row in config.paper.rows} <= trained
        assert config.costs.machine and 'MMDATASETDM_' in config.data_download
        return
    assert {in_file_names(setting) for models in config.models.values() for setting in models} == {
        'real',
        'synthetic',
        'real-synthetic',
    }


def test_values_and_defaults(tmp_path, mine):
    config = load(tmp_path, mine)
    assert config.metrics == (Metric(key='mIoU', name='mIoU'),)
    assert list(config.models['net']) == ['real', 'real+synthetic'] and list(config.decoders) == [8]
    assert config.known_labels() == [8, 16] and config.listed(16) == 'lists/16.txt'
    assert config.seeds == (0, 1, 2) and config.ratio == (1, 1) and config.iterations is None


def test_lists_of_the_configs_themselves(tmp_path, mine):
    config = load(tmp_path, mine + 'train_list = None')
    assert config.known_labels() == [8] and config.listed(8) is None


@pytest.mark.parametrize(
    ('line', 'words'),
    [
        ('metric = []', 'has a key `metric`; did you mean `metrics`'),
        ('metrics = [dict(key="mIoU")]', r"metrics\[0\]: missing 1 required keyword-only argument: 'name'"),
        ('metrics = [3]', r'metrics\[0\]'),
        ('models = dict(net="nothing_{setting}.py")', 'models.net.real: there is no file nothing_real.py'),
        ('decoders = {-1: "x.py"}', 'decoders: a key must be a whole number'),
        ('seeds = [0, True]', 'seeds must be a whole number'),
        ('num = 2.5', 'num must be a whole number of 1 or more, not 2.5'),
        ('task = 3', 'task must be a text, not 3'),
    ],
)
def test_mistakes(tmp_path, mine, line, words):
    with pytest.raises(UserError, match=words):
        load(tmp_path, mine + line)
