"""tools/train.py and tools/test.py: a short training, resumed and tested, and what is said about a mistake."""

import importlib.util
import re
import resource
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from PIL import Image

from mmdatasetdm.engine import launch

ROOT = Path(__file__).parents[2]
CONFIG = """
custom_imports = dict(imports=['mmdatasetdm', 'mmseg.models', 'mmseg.datasets'])
default_scope = 'mmseg'
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='SegDataPreProcessor', size=(32, 32)),
    backbone=dict(type='ResNetV1c', depth=18, base_channels=8, stem_channels=8, norm_cfg=dict(type='BN')),
    decode_head=dict(type='FCNHead', in_channels=64, in_index=3, channels=8, num_convs=1, num_classes=2,
                     norm_cfg=dict(type='BN')),
    test_cfg=dict(mode='whole'))
data = dict(
    type='BaseSegDataset', data_root={root!r}, data_prefix=dict(img_path='images', seg_map_path='masks'),
    metainfo=dict(classes=('left', 'right'), palette=[[0, 0, 0], [255, 255, 255]]),
    img_suffix='.png', seg_map_suffix='.png',
    pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')])
train_dataloader = dict(batch_size=2, num_workers=0, sampler=dict(type='InfiniteSampler'), dataset=data)
test_dataloader = dict(batch_size=1, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False), dataset=data)
test_evaluator = dict(type='IoUMetric')
train_cfg = dict(type='IterBasedTrainLoop', max_iters=2)
test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
default_hooks = dict(checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=1))
log_processor = dict(by_epoch=False)
"""


def load_tool(name: str):
    spec = importlib.util.spec_from_file_location(f'tool_{name}', ROOT / 'tools' / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tool(monkeypatch):
    """Run a tool as a command line would; returns its exit status."""

    def run(name: str, *arguments: object) -> int:
        monkeypatch.setattr(sys, 'argv', [f'tools/{name}.py', *map(str, arguments)])
        return launch.run_tool(load_tool(name).main)

    return run


@pytest.fixture
def config(tmp_path, monkeypatch) -> Path:
    """A small stock model on two images, in a folder that is the working directory."""
    monkeypatch.chdir(tmp_path)
    # a logger of an earlier test writes to that test's stderr, which is closed
    MMLogger._instance_dict.clear()
    for folder in ('images', 'masks'):
        (tmp_path / 'data' / folder).mkdir(parents=True)
    mask = np.repeat(np.arange(2, dtype=np.uint8), 16)[None].repeat(32, axis=0)
    for i in range(2):
        Image.fromarray(mask * 200).convert('RGB').save(tmp_path / f'data/images/{i}.png')
        Image.fromarray(mask).save(tmp_path / f'data/masks/{i}.png')
    path = tmp_path / 'small.py'
    path.write_text(CONFIG.format(root=str(tmp_path / 'data')))
    return path


def the_error(capsys) -> str:
    """The one line on stderr."""
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith('error: ')
    return lines[0].removeprefix('error: ')


def test_train_resume_and_test(config, tool):
    assert tool('train', config) == 0
    folder = Path('work_dirs/small')  # the default: named after the config
    assert (folder / 'last_checkpoint').read_text().endswith('iter_2.pth')
    options = ('train_cfg.max_iters=3', 'optim_wrapper.optimizer.lr=0.5')
    assert tool('train', config, '--resume', '--cfg-options', *options) == 0
    second, third = (torch.load(folder / f'iter_{i}.pth', weights_only=False) for i in (2, 3))
    assert third['meta']['iter'] == 3
    name = 'decode_head.conv_seg.weight'
    assert not torch.equal(third['state_dict'][name], torch.zeros_like(third['state_dict'][name]))
    # the optimizer's learning rate is restored with the rest
    assert third['optimizer']['param_groups'][0]['lr'] == second['optimizer']['param_groups'][0]['lr'] == 0.01
    assert tool('test', config, folder / 'iter_3.pth', '--work-dir', 'results') == 0
    assert len(list(Path('results').glob('*/*.json'))) == 1


def test_mixed_precision_on_a_cpu(config, tool):
    assert tool('train', config, '--amp', '--cfg-options', 'train_cfg.max_iters=1') == 0
    assert 'AmpOptimWrapper' in Path('work_dirs/small/small.py').read_text()
    assert 'loss_scaler' in torch.load('work_dirs/small/iter_1.pth', weights_only=True)['optimizer']


def test_a_checkpoint_of_another_model_is_not_evaluated(config, tool, capsys):
    torch.save({'state_dict': {'other.weight': torch.zeros(1)}}, 'other.pth')
    assert tool('test', config, 'other.pth') == 2
    error = the_error(capsys)
    assert error.startswith(f'other.pth does not fit {config}')
    assert 'other.weight' in error


def test_a_file_that_is_no_checkpoint(config, tool, capsys):
    Path('noise.pth').write_bytes(b'not a checkpoint')
    assert tool('test', config, 'noise.pth') == 2
    assert the_error(capsys).startswith('noise.pth is not a checkpoint, or not a whole one')


def spoil(kind: str, path: Path) -> None:
    """Write a file that is no checkpoint; loading a pickle of it would write the file RAN."""
    if kind == 'pickle':
        torch.save({'state_dict': {}, 'meta': Harmless()}, path)
    elif kind == 'model':
        torch.save(torch.nn.Linear(2, 2), path)
    elif kind == 'cut':
        torch.save({'state_dict': {'a': torch.zeros(4096)}}, path)
        path.write_bytes(path.read_bytes()[:9000])
    elif kind == 'flipped':
        torch.save({'state_dict': {'a': torch.zeros(4096)}}, path)
        data = bytearray(path.read_bytes())
        data[9000] ^= 1
        path.write_bytes(data)
    else:
        path.write_bytes({'empty': b'', 'lfs': b'version https://git-lfs.github.com/spec/v1\nsize 1\n'}[kind])


class Harmless:
    """Its pickle runs a function when it is loaded."""

    def __reduce__(self):
        return Path.write_text, (Path('RAN'), 'it ran')


FAULTS = {
    'pickle': 'holds Python objects',
    'model': 'holds Python objects beside weights (torch.nn.modules.linear.Linear)',
    'cut': 'is cut short or damaged',
    'flipped': 'is cut short or damaged',
    'empty': 'is empty',
    'lfs': 'is a git-lfs pointer',
}


@pytest.mark.parametrize('kind', FAULTS)
def test_damaged_and_foreign_checkpoints_get_one_line_and_run_no_code(config, tool, capsys, kind):
    spoil(kind, Path('bad.pth'))
    for arguments in (
        ('test', config, 'bad.pth'),
        ('train', config, '--resume', 'bad.pth'),
        ('train', config, '--cfg-options', 'load_from=bad.pth'),
    ):
        assert tool(*arguments) == 2
        assert f'bad.pth {FAULTS[kind]}' in the_error(capsys)
    assert not Path('RAN').exists()


def test_the_config_that_a_checkpoint_holds_is_not_run(config, tool):
    assert tool('train', config, '--cfg-options', 'train_cfg.max_iters=1') == 0
    saved = Path('work_dirs/small/iter_1.pth')
    stored = torch.load(saved, weights_only=True)
    assert 'EncoderDecoder' in stored['meta']['cfg']
    for holder, key in ((stored['meta'], 'config'), (stored['meta'], 'cfg')):
        holder[key] = "__import__('pathlib').Path('RAN').write_text('it ran')\n"
    torch.save(stored, saved)
    assert tool('train', config, '--resume') == 0
    assert not Path('RAN').exists()


def test_resume_takes_the_newest_whole_checkpoint(config, tool, capsys):
    assert tool('train', config) == 0
    folder = Path('work_dirs/small')
    half = (folder / 'iter_2.pth').read_bytes()
    (folder / 'iter_2.pth').write_bytes(half[: len(half) // 2])  # as a kill leaves it
    assert tool('train', config, '--resume') == 0
    said = capsys.readouterr().out
    assert 'left out: work_dirs/small/iter_2.pth is cut short' in said
    assert 'resuming from work_dirs/small/iter_1.pth, iteration 1' in said
    assert torch.load(folder / 'iter_2.pth', weights_only=True)['meta']['iter'] == 2
    for name in ('iter_1.pth', 'iter_2.pth'):
        (folder / name).write_bytes(b'')
    assert tool('train', config, '--resume') == 2
    assert 'work_dirs/small holds no whole checkpoint to resume from' in the_error(capsys)


def test_a_full_disk_ends_in_one_line_and_resume_goes_on(config, tool, capsys):
    assert tool('train', config, '--cfg-options', 'train_cfg.max_iters=1') == 0
    size = Path('work_dirs/small/iter_1.pth').stat().st_size
    capsys.readouterr()
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, kept[1]))  # a file ends here, as on a disk that is full
    try:
        assert tool('train', config, '--resume') == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert 'File too large; free some space and go on with tools/train.py --resume' in the_error(capsys)
    assert tool('train', config, '--resume') == 0
    assert 'resuming from work_dirs/small/iter_1.pth' in capsys.readouterr().out


def test_the_learning_rate_is_scaled_by_the_batch(config, tool):
    config.write_text(config.read_text() + 'auto_scale_lr = dict(enable=False, base_batch_size=8)\n')
    assert tool('train', config, '--auto-scale-lr', '--cfg-options', 'train_cfg.max_iters=1') == 0
    stored = torch.load('work_dirs/small/iter_1.pth', weights_only=True)
    assert stored['optimizer']['param_groups'][0]['lr'] == 0.01 * 2 / 8


def test_resume_from_another_model_is_refused(config, tool, capsys):
    assert tool('train', config, '--cfg-options', 'train_cfg.max_iters=1') == 0
    capsys.readouterr()
    assert tool('train', config, '--resume', '--cfg-options', 'model.decode_head.channels=4') == 2
    assert 'iter_1.pth is of another model than' in the_error(capsys)
    assert tool('train', config, '--cfg-options', 'load_from=other.pth') == 2
    assert the_error(capsys) == 'other.pth: no such checkpoint file'
    torch.save({'state_dict': {'other.weight': torch.zeros(1)}}, 'other.pth')
    assert tool('train', config, '--cfg-options', 'load_from=other.pth') == 2
    assert 'other.pth does not fit' in the_error(capsys)
    assert tool('train', config, '--resume', 'other.pth') == 2
    assert 'does not say at which iteration' in the_error(capsys)


def test_two_checkpoints_are_kept():
    # mmengine deletes the oldest before it saves: with one, a kill in between leaves nothing
    ours = sorted((ROOT / 'configs').rglob('*.py'))
    assert len(ours) > 50
    assert not [path for path in ours if re.search(r'max_keep_ckpts=1\b', path.read_text())]


def test_an_absent_checkpoint(config, tool, capsys):
    assert tool('test', config, 'work_dirs/none.pth') == 2
    assert the_error(capsys) == 'work_dirs/none.pth: no such checkpoint file'


def test_an_absent_config_names_the_one_that_may_be_meant(config, tool, capsys):
    assert tool('train', 'smal.py') == 2
    assert the_error(capsys) == 'smal.py: no such config file; did you mean small.py?'


@pytest.mark.parametrize(
    'text, message',
    [
        ('model = dict(', "'(' was never closed"),
        ('x = 1', 'c.py: not the config of a model'),
        ("_base_ = './none.py'", 'none.py'),
        ("_base_ = './small.py'\nwrong = undefined", "NameError: name 'undefined' is not defined (line 2)"),
        ("_base_ = ['./small.py', './small.py']", 'Duplicate key'),
        ("custom_imports = dict(imports=['no_such_module'])\nmodel = dict()", 'no_such_module'),
    ],
)
def test_a_file_that_is_no_config(config, tool, capsys, text, message):
    Path('c.py').write_text(text + '\n')
    assert tool('train', 'c.py') == 2
    assert message in the_error(capsys)


@pytest.mark.parametrize(
    'option, message',
    [
        ('train_cg.max_iters=1', 'train_cg.max_iters: {config} has no `train_cg`; did you mean `train_cfg`?'),
        ('train_cfg.max_iters.x=1', 'does not fit {config}'),
        ('model.type=EncoderDecodr', "type 'EncoderDecodr' is not in the registry mmseg::model"),
        ('model.backbone.dept=18', "unexpected keyword argument 'dept'"),
        ('train_dataloader.dataset.data_root=/nowhere', '/nowhere'),
    ],
)
def test_an_option_that_does_not_fit(config, tool, capsys, option, message):
    assert tool('train', config, '--cfg-options', option) == 2
    assert message.format(config=config) in the_error(capsys)


def test_an_option_without_a_value(config, tool, capsys):
    with pytest.raises(SystemExit, match='2'):
        tool('train', config, '--cfg-options', 'max_iters')
    assert "'max_iters' is not of the form KEY=VALUE" in capsys.readouterr().err


def test_the_work_folder_of_the_config_is_kept(config):
    config.write_text(config.read_text() + "work_dir = 'mine'\n")
    tool = load_tool('train')
    sys_argv, sys.argv = sys.argv, ['train.py', str(config)]
    try:
        assert launch.load_config(tool.parse_args()).work_dir == 'mine'
    finally:
        sys.argv = sys_argv
    assert Config.fromfile(config).work_dir == 'mine'
