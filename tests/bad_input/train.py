"""Wrong inputs of tools/train.py and tools/test.py: configs, options, checkpoints and places."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bad_input.case import Case

REAL = 'configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128.py'
SYNTHETIC = 'configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-synthetic-128x128.py'
DECODER = 'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'


def config(text: str | bytes, *options: str, name: str = 'config.py') -> Callable[[Path], Sequence[str]]:
    """A config with this text, its work folder, and further options."""

    def args(folder: Path) -> Sequence[str]:
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        given = [option.format(folder=folder) for option in options]
        return [str(folder / name), '--work-dir', str(folder / 'work'), *given]

    return args


def given(path: str, *options: str, **files: str | bytes) -> Callable[[Path], Sequence[str]]:
    """A shipped config with a work folder, further options and files."""

    def args(folder: Path) -> Sequence[str]:
        for name, content in files.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return [path, '--work-dir', str(folder / 'work'), *(option.format(folder=folder) for option in options)]

    return args


def option(text: str, path: str = REAL) -> Callable[[Path], Sequence[str]]:
    return given(path, '--cfg-options', text)


def tested(content: bytes | None, *options: str) -> Callable[[Path], Sequence[str]]:
    """tools/test.py with a checkpoint file of this content."""

    def args(folder: Path) -> Sequence[str]:
        if content is not None:
            (folder / 'last.pth').write_bytes(content)
        return [REAL, str(folder / 'last.pth'), '--work-dir', str(folder / 'work'), *options]

    return args


POINTER = b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'
CASES = [
    Case('no config', 'train', [], ('required: config',)),
    Case('no such config', 'train', ['configs/nothing.py'], ('configs/nothing.py', 'no such config')),
    Case(
        "no data of the paper's",
        'train',
        option('train_dataloader.dataset.dataset.data_root=none', 'configs/datasetdm/voc_100shot.py'),
        ('none/JPEGImages does not exist', 'VOCtrainval', 'MMDATASETDM_VOC'),
    ),
    Case(
        'data in no folder',
        'train',
        given('configs/datasetdm/voc_100shot.py', '--data-root', '{folder}/none'),
        ('--data-root', 'none is no folder'),
    ),
    Case('data of another set', 'train', given(DECODER, '--data-root', '{folder}'), ('reads no data that',)),
    Case(
        'pretrained weights that are not there',
        'train',
        option('model.pretrained=none.pth'),
        ('pretrained weights none.pth', 'no such'),
    ),
    Case('a misspelt config', 'train', [DECODER.replace('20shot', '20shots')], ('no such config', 'did you mean')),
    Case('a config with a fault', 'train', config('model = modle'), ('NameError', 'modle', 'line 1')),
    Case('half a config', 'train', config('model = dict('), ('cannot be read', 'line 1')),
    Case('a picture for a config', 'train', config(b'\x89PNG\r\n\x1a\n\0'), ('config.py cannot be read',)),
    Case('no model', 'train', config('x = 1'), ('no `model`',)),
    Case('a recipe for a config', 'train', ['configs/generate/voc.py'], ('voc.py', 'no `model`')),
    Case('a base that is not there', 'train', config("_base_ = './base.py'"), ('cannot be read', 'base.py')),
    Case('an import that is not there', 'train', config("custom_imports = dict(imports=['nolib'])"), ('nolib',)),
    Case('an option without value', 'train', option('seed'), ("'seed'", 'KEY=VALUE')),
    Case('an option that is not there', 'train', option('trian_cfg.max_iters=1'), ('trian_cfg', 'train_cfg')),
    Case('a launcher that is not there', 'train', given(REAL, '--launcher', 'ssh'), ("'ssh'", 'slurm')),
    Case('a model of no such type', 'train', option('model.type=NoSegmentor'), ("'NoSegmentor'", 'registry')),
    Case(
        'an argument that is not there', 'train', option('model.decode_head.depth=3'), ('unexpected keyword', 'depth')
    ),
    Case('no iterations', 'train', option('train_cfg.max_iters=0'), ('max_iters',)),
    Case('iterations that are a text', 'train', option('train_cfg.max_iters=many'), ('max_iters', 'many')),
    Case('no such hook', 'train', option('default_hooks.logger.type=NoHook'), ("'NoHook'", 'registry')),
    Case('no images', 'train', option('train_dataloader.dataset.data_root=none'), ('none',)),
    Case('no list of images', 'train', option('train_dataloader.dataset.ann_file=none.txt'), ('none.txt',)),
    Case('no generated images', 'train', option('train_dataloader.dataset.root=none', SYNTHETIC), ('none', 'generate')),
    Case('no generator', 'train', option('model.backbone.generator=./none', DECODER), ("'./none'", 'generator')),
    Case('weights that are not there', 'train', option('load_from=none.pth'), ('none.pth',)),
    Case('weights that are text', 'train', given(REAL, '--cfg-options', 'load_from={folder}/w', w='no'), ('w',)),
    Case('a work folder that is a file', 'train', config(f"_base_ = '{Path(REAL).resolve()}'", name='work'), ('work',)),
    Case('no checkpoint named', 'test', [REAL], ('required: checkpoint',)),
    Case('no such checkpoint', 'test', tested(None), ('last.pth', 'no such checkpoint')),
    Case('an empty checkpoint', 'test', tested(b''), ('last.pth',)),
    Case('a checkpoint of git-lfs', 'test', tested(POINTER), ('last.pth', 'git')),
    Case('half a checkpoint', 'test', tested(b'PK\x03\x04' + bytes(99)), ('last.pth',)),
    Case('a text for a checkpoint', 'test', tested(b'weights'), ('last.pth',)),
    Case('no such config to test', 'test', ['nothing.py', 'last.pth'], ('no such',)),
    Case('an option without value in a test', 'test', tested(b'', '--cfg-options', 'x'), ("'x'", 'KEY=VALUE')),
]
