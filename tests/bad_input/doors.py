"""Checkpoints, options and places that tools/train.py and tools/test.py cannot use, each in one line."""

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from tests.bad_input.case import Case

REAL = 'configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128.py'
OBJECTS = 'configs/datasetdm/datasetdm_toyroom_instance-50shot_1xb8-900iters_toyroom-128x128.py'
JOINTS = 'configs/datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128.py'
DECODER = 'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'


class Harmless:
    """Its pickle would write a file."""

    def __reduce__(self):
        return Path.touch, (Path('written'),)


def saved(content: object, **options: bool) -> Callable[[Path], None]:
    return lambda path: torch.save(content, path, **options)


def halved(path: Path) -> None:
    torch.save({'state_dict': {'weight': torch.zeros(4096)}}, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    torch.save({'state_dict': {'weight': torch.zeros(4096)}}, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


PICKLE = saved({'state_dict': {}, 'meta': Harmless()})
WHOLE = saved({'state_dict': {'weight': torch.zeros(2)}})


def file(make: Callable[[Path], None], *args: str, name: str = 'last.pth') -> Callable[[Path], Sequence[str]]:
    """Arguments with {} for a folder in which ``make`` wrote a file."""

    def arguments(folder: Path) -> Sequence[str]:
        make(folder / name)
        return [arg.replace('{}', str(folder)) for arg in args]

    return arguments


def tested(make: Callable[[Path], None], *options: str, config: str = REAL) -> Callable[[Path], Sequence[str]]:
    return file(make, config, '{}/last.pth', '--work-dir', '{}/work', *options)


def resumed(make: Callable[[Path], None], name: str = 'last.pth', *options: str) -> Callable[[Path], Sequence[str]]:
    where = f'{{}}/{name}'
    return file(make, REAL, '--work-dir', '{}/work', '--resume', where, *options, name=name)


def begun(make: Callable[[Path], None]) -> Callable[[Path], Sequence[str]]:
    return file(make, REAL, '--work-dir', '{}/work', '--cfg-options', 'load_from={}/last.pth')


def left(make: Callable[[Path], None]) -> Callable[[Path], Sequence[str]]:
    """``--resume`` in a work folder whose only checkpoint is this."""
    return file(make, REAL, '--work-dir', '{}', '--resume', name='iter_5.pth')


def trained(*args: str, config: str = REAL) -> Callable[[Path], Sequence[str]]:
    return lambda folder: [config, *(arg.replace('{}', str(folder)) for arg in args)]


def labelled(make: Callable[[Path], None]) -> Callable[[Path], Sequence[str]]:
    """tools/generate.py with this for a decoder's checkpoint."""
    decoder = f'semantic={DECODER},{{}}/last.pth'
    return file(make, 'configs/generate/toyroom_semantic.py', '--out', '{}/out', '--num', '1', '--decoder', decoder)


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content)


OBJECT = ('holds Python objects', 'save the state_dict')
CASES = [
    Case('a pickle that runs code', 'test', tested(PICKLE), ('last.pth', *OBJECT)),
    Case(
        'an old pickle that runs code',
        'test',
        tested(lambda path: path.write_bytes(pickle.dumps(Harmless()))),
        ('last.pth',),
    ),
    Case('a pickled model', 'test', tested(saved(torch.nn.Linear(2, 2))), ('torch.nn.modules.linear.Linear', *OBJECT)),
    Case('a checkpoint cut short', 'test', tested(halved), ('last.pth is cut short or damaged',)),
    Case('a damaged checkpoint', 'test', tested(flipped), ('last.pth is cut short or damaged',)),
    Case('a web page for a checkpoint', 'test', tested(text('<!DOCTYPE html>')), ('web page', 'download')),
    Case('a list for a checkpoint', 'test', tested(saved([1, 2])), ('last.pth', 'holds a list')),
    Case('a folder for a checkpoint', 'test', tested(Path.mkdir), ('last.pth', 'no such checkpoint')),
    Case('weights of another model', 'test', tested(WHOLE), ('last.pth does not fit', 'weight')),
    Case('weights that are none', 'test', tested(saved({'state_dict': 3})), ('last.pth does not fit',)),
    Case('a pickle to resume from', 'train', resumed(PICKLE), ('last.pth', *OBJECT)),
    Case('a damaged checkpoint to resume from', 'train', resumed(flipped), ('last.pth is cut short or damaged',)),
    Case('weights alone to resume from', 'train', resumed(WHOLE), ('at which iteration', 'load_from=')),
    Case(
        'another model to resume from',
        'train',
        resumed(saved({'meta': dict(iter=1, epoch=0), 'state_dict': {'weight': torch.zeros(2)}})),
        ('of another model', 'tensors differ'),
    ),
    Case(
        'nothing to resume from',
        'train',
        trained('--work-dir', '{}', '--resume', '{}/none.pth'),
        ('none.pth', 'no such checkpoint'),
    ),
    Case(
        'half a checkpoint in the work folder',
        'train',
        left(halved),
        ('no whole checkpoint', 'iter_5.pth is cut short'),
    ),
    Case('a pickle in the work folder', 'train', left(PICKLE), ('no whole checkpoint', 'iter_5.pth', 'Python objects')),
    Case('a pickle to begin with', 'train', begun(PICKLE), ('last.pth', *OBJECT)),
    Case('half a checkpoint to begin with', 'train', begun(halved), ('last.pth is cut short or damaged',)),
    Case('another model to begin with', 'train', begun(WHOLE), ('last.pth does not fit', 'none of its')),
    Case(
        'a YAML config',
        'train',
        file(text('model: 1'), '{}/config.yaml', name='config.yaml'),
        ('config.yaml', 'Python config'),
    ),
    Case(
        'broken JSON',
        'train',
        file(text('{"model": '), '{}/config.json', name='config.json'),
        ('config.json', 'JSONDecodeError'),
    ),
    Case('an open bracket in an option', 'train', trained('--cfg-options', 'a=[1,(2'), ('--cfg-options', 'a=[1,(2')),
    Case(
        'an option inside of a number',
        'train',
        trained('--cfg-options', 'train_cfg.max_iters.x=1'),
        ('train_cfg.max_iters.x', 'does not fit'),
    ),
    Case(
        'a work folder below a file',
        'train',
        trained('--work-dir', '/dev/null/work'),
        ('/dev/null/work cannot be made', '--work-dir'),
    ),
    Case('a name of no config of ours', 'train', ['mmdatasetdm::datasetdm/none.py'], ('none.py', 'no such config')),
    Case(
        'a learning rate that cannot be scaled',
        'train',
        trained('--work-dir', '{}', '--auto-scale-lr', '--cfg-options', 'auto_scale_lr=None'),
        ('--auto-scale-lr', 'base_batch_size'),
    ),
    Case(
        'masks in a folder of objects', 'test', tested(WHOLE, '--out', '{}/out', config=OBJECTS), ('--out', 'FILE.pkl')
    ),
    Case('masks in a folder of joints', 'test', tested(WHOLE, '--out', '{}/out', config=JOINTS), ('--out', 'FILE.pkl')),
    Case(
        'predictions below a file',
        'test',
        tested(WHOLE, '--out', '/dev/null/out'),
        ('--out /dev/null/out', 'cannot be made'),
    ),
    Case(
        'no augmentation in the config',
        'test',
        tested(WHOLE, '--tta', '--cfg-options', 'tta_model=None'),
        ('--tta', 'tta_model'),
    ),
    Case('a pickle for a decoder', 'generate', labelled(PICKLE), ('last.pth', *OBJECT)),
    Case('half a decoder', 'generate', labelled(halved), ('last.pth is cut short or damaged',)),
    Case('a git-lfs pointer for a decoder', 'generate', labelled(text('version https://git-lfs')), ('git lfs pull',)),
]
