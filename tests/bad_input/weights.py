"""Wrong numbers of a training, pretrained files that are not the backbone's, depth labels of another scale."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from tests.bad_input.case import Case

ROOT = Path(__file__).parents[2]
SEMANTIC = ROOT / 'configs/deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128.py'
DEPTH = ROOT / 'configs/depthformer/depthformer_tiny_1xb8-2k_toyroom-real-128x128.py'


def train(config: Path, *options: str) -> Callable[[Path], Sequence[str]]:
    """Arguments of tools/train.py with --cfg-options, in a work folder of its own; {} is that folder."""

    def args(folder: Path) -> Sequence[str]:
        given = [option.replace('{}', str(folder)) for option in options]
        return [str(config), '--work-dir', str(folder / 'work'), '--cfg-options', *given]

    return args


def number(key: str, value: str, *words: str) -> Case:
    """One number of a training that is out of its range or none."""
    return Case(f'{key} {value}', 'train', train(SEMANTIC, f'{key}={value}'), (SEMANTIC.name, f'{key} is', *words))


def pretrained(name: str, content: object, *words: str) -> Case:
    """A pretrained file that is not the backbone's; text is written as it is, None is no file."""

    def args(folder: Path) -> Sequence[str]:
        file = folder / 'pretrained.pth'
        if isinstance(content, str):
            file.write_text(content)
        elif content is not None:
            torch.save(content, file)
        return train(DEPTH, 'model.backbone.pretrained={}/pretrained.pth')(folder)

    return Case(name, 'train', args, ('pretrained weights', 'pretrained.pth', *words))


def depth(name: str, change: str, *words: str) -> Case:
    """A depth config with a changed pipeline: ``change`` is Python that sees the stock one as ``steps``."""

    def args(folder: Path) -> Sequence[str]:
        file = folder / 'changed.py'
        file.write_text(
            f'_base_ = {str(DEPTH)!r}\nsteps = _base_.train_dataloader.dataset.pipeline\n'
            f'train_dataloader = dict(dataset=dict(pipeline={change}))\n'
        )
        return [str(file), '--work-dir', str(folder / 'work')]

    return Case(name, 'train', args, words)


LENGTH = 'it must be a whole number, 1 or more'
RATE = 'it must be a number above 0'
CASES = [
    number('train_cfg.max_iters', '0', LENGTH),
    number('train_cfg.max_iters', '-3', LENGTH),
    number('train_cfg.max_iters', '2.5', LENGTH),
    number('train_cfg.max_iters', 'many', LENGTH),
    number('train_cfg.max_iters', 'True', LENGTH),
    number('train_cfg.val_interval', '0', LENGTH),
    number('train_dataloader.batch_size', '0', LENGTH),
    number('train_dataloader.batch_size', '1.5', LENGTH),
    number('val_dataloader.batch_size', '0', LENGTH),
    number('train_dataloader.num_workers', '-1', 'it must be a whole number, 0 or more'),
    number('param_scheduler.0.begin', '-1', 'it must be a whole number, 0 or more'),
    number('optim_wrapper.optimizer.lr', '0', RATE),
    number('optim_wrapper.optimizer.lr', '-0.1', RATE),
    number('optim_wrapper.optimizer.lr', 'fast', RATE),
    number('optim_wrapper.optimizer.lr', 'nan', RATE),
    number('optim_wrapper.optimizer.lr', 'None', RATE),
    Case(
        'a schedule that ends before it begins',
        'train',
        train(SEMANTIC, 'param_scheduler.1.begin=2000'),
        ('param_scheduler.1 ends at 2000, before it begins at 2000',),
    ),
    Case(
        'more iterations than the schedule has',
        'train',
        train(SEMANTIC, 'train_cfg.max_iters=3000'),
        ('3000 iterations long', 'the learning rate is 0 from 2000 on', 'param_scheduler.1.end=3000'),
    ),
    pretrained('no pretrained file', None, 'no such checkpoint file'),
    pretrained('a pretrained file that is text', 'weights', 'is not a checkpoint'),
    pretrained('a pretrained file without tensors', {'model': {'epoch': 3}}, 'it holds no tensors'),
    pretrained('a pretrained file of another model', {'fc.weight': torch.zeros(1)}, 'of SwinTransformer are not in it'),
    pretrained(
        'a pretrained file of another size',
        {'patch_embed.proj.weight': torch.zeros(96, 3, 4, 4), 'layers.0.blocks.0.attn.qkv.bias': torch.zeros(288)},
        'not of the sizes of SwinTransformer',
        '(96, 3, 4, 4) instead of (24, 3, 4, 4)',
    ),
    Case(
        'no pretrained file of a ResNet',
        'train',
        train(SEMANTIC, 'model.pretrained={}/resnet.pth'),
        ('pretrained weights', 'resnet.pth', 'no such checkpoint file'),
    ),
    Case(
        'a range of depths that is none',
        'train',
        train(DEPTH, 'model.decode_head.max_depth=0'),
        ('depths from 0.001 to 0 m', 'it must be 0 < min_depth < max_depth'),
    ),
    depth(
        'depth files in millimetres that are read as metres',
        '[steps[0], dict(steps[1], depth_rescale_factor=1.0), *steps[2:]]',
        'none of the depth labels of 8 images',
        'depth_rescale_factor',
    ),
    depth(
        'a crop that is not in the images',
        "[*steps[:2], dict(type='mmdatasetdm.CropRegion', top=45, bottom=472, left=43, right=608), *steps[2:]]",
        'is 128x128, but rows 45 to 472',
        '640x480',
    ),
    depth(
        'a crop without rows',
        "[*steps[:2], dict(type='mmdatasetdm.CropRegion', top=45, bottom=45, left=43, right=608), *steps[2:]]",
        'CropRegion: rows 45 to 45',
    ),
]
