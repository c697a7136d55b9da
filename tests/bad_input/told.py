"""Names of what an image shows, backgrounds that are no class, and checkpoints that are no result of a training."""

from collections.abc import Callable
from pathlib import Path

import torch

from tests.bad_input import ignore
from tests.bad_input.case import Case

CONFIG = 'configs/datasetdm/datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128.py'
LOAD = "dict(type='LoadAnnotations'),"
NAMED = "dict(type='mmdatasetdm.PresentClasses', classes=['background', 'person', 'chair'])"


def semantic(text: str) -> Callable[[Path], list]:
    return ignore.options('semantic', text)


def work_folder(*names: str, noted: str = '', config: str = '') -> Callable[[Path], list]:
    """A recipe whose decoder's checkpoint is a work folder with these files."""

    def write(folder: Path) -> list:
        work = folder / 'work'
        work.mkdir()
        for name in names:
            torch.save(dict(state_dict={}), work / name)
        if noted:
            (work / 'last_checkpoint').write_text(noted)
        if config:
            (work / 'decoder.py').write_text(config)
        return ignore.generate(folder, checkpoint=work)

    return write


def dropping(options: str) -> Callable[[Path], list]:
    """A training that drops names."""
    return ignore.training((NAMED, f"{NAMED}, dict(type='mmdatasetdm.DropClassNames', {options})"))


def evaluation(*arguments: str) -> Callable[[Path], list]:
    """A call of tools/evaluate_names.py; '{}' is the folder, in which there are an empty folder and a checkpoint."""

    def write(folder: Path) -> list:
        (folder / 'empty').mkdir()
        torch.save(dict(state_dict={}), folder / 'x.pth')
        (folder / 'half.pth').write_bytes((folder / 'x.pth').read_bytes()[:100])
        return [*(argument.replace('{}', str(folder)) for argument in arguments), '--work-dir', folder / 'out']

    return write


CASES = [
    Case('a misspelt background', 'generate', semantic("background='backgrond'"), ("is 'backgrond'", 'person, chair')),
    Case(
        'a background that is called otherwise',
        'generate',
        semantic("background='_background_', restrict_to_prompt=True"),
        ("decoders.semantic.background is '_background_'", 'say which of them is the background'),
    ),
    Case('a background of no letters', 'generate', semantic("background=''"), ('decoders.semantic.background',)),
    Case('a background by number', 'generate', semantic('background=0'), ('decoders.semantic.background is 0', 'text')),
    Case('two backgrounds', 'generate', semantic("background=['a', 'b']"), ('decoders.semantic.background',)),
    Case('restricted by a word', 'generate', semantic("restrict_to_prompt='no'"), ("is 'no'", 'True or False')),
    Case('restricted by a number', 'generate', semantic('restrict_to_prompt=1'), ('restrict_to_prompt is 1',)),
    Case(
        'objects restricted by a word',
        'generate',
        ignore.options('instance', "restrict_to_prompt='yes'"),
        ('decoders.instance.restrict_to_prompt', 'True or False'),
    ),
    Case('unnamed above one', 'generate', semantic('ignore=dict(unnamed=2.0)'), ('ignore.unnamed is 2.0', '1 or less')),
    Case('unnamed of nan', 'generate', semantic("ignore=dict(unnamed=float('nan'))"), ('ignore.unnamed is nan',)),
    Case('unnamed by a word', 'generate', semantic("ignore=dict(unnamed='no')"), ("ignore.unnamed is 'no'", 'number')),
    Case('a work folder without a checkpoint', 'generate', work_folder(), ('decoder semantic', 'no checkpoint of a')),
    Case(
        'a work folder with the best alone',
        'generate',
        work_folder('best_mIoU_iter_9.pth'),
        ('decoder semantic', 'holds no checkpoint of a training (iter_N.pth)'),
    ),
    Case(
        'a training that stopped',
        'generate',
        work_folder('iter_2.pth', noted='iter_2.pth', config='train_cfg = dict(max_iters=4)'),
        ('stopped at iteration 2 of 4', '--resume'),
    ),
    Case(
        'a work folder with a broken config',
        'generate',
        work_folder('iter_2.pth', config='train_cfg = dict('),
        ('decoder semantic', 'cannot be read'),
    ),
    Case(
        'a checkpoint by pattern',
        'generate',
        lambda folder: ignore.generate(folder, checkpoint=folder / 'best_*.pth'),
        ('there is no checkpoint', 'best_*.pth'),
    ),
    Case('names dropped too often', 'train', dropping('some=0.8, unknown=0.4'), ('some is 0.8', 'together 1 at most')),
    Case('names dropped less than never', 'train', dropping('none=-0.1'), ('none -0.1', 'probabilities')),
    Case('labels of dropped names as objects', 'train', dropping("unnamed='drop'"), ("'keep' or 'ignore'",)),
    Case('labels of dropped names unknown', 'train', dropping("unnamed='ignore'"), ('needs the classes',)),
    Case('an option that dropping has not', 'train', dropping('half=0.5'), ("unexpected keyword argument 'half'",)),
    Case(
        'names dropped before they are there',
        'train',
        ignore.training((LOAD, f"{LOAD} dict(type='mmdatasetdm.DropClassNames', some=0.5),")),
        ('put it after PresentClasses or ListedClasses',),
    ),
    Case(
        'a background that is no class in training',
        'train',
        ignore.training((NAMED, NAMED.replace(')', ", background='void')"))),
        ("PresentClasses: background is 'void'", 'say which of them is the background'),
    ),
    Case('names of no checkpoint', 'evaluate_names', evaluation(CONFIG, '{}/no.pth'), ('no.pth',)),
    Case(
        'names of an empty folder', 'evaluate_names', evaluation(CONFIG, '{}/empty'), ('no checkpoint of a training',)
    ),
    Case('names of half a checkpoint', 'evaluate_names', evaluation(CONFIG, '{}/half.pth'), ('half.pth is cut short',)),
    Case('names without a config', 'evaluate_names', evaluation('no.py', '{}/x.pth'), ('no.py',)),
    Case(
        'names of a decoder of one text',
        'evaluate_names',
        evaluation('configs/datasetdm/datasetdm_toyroom_semantic-100shot_1xb4-500iters_camvid-256x256.py', '{}/x.pth'),
        ('the decoder reads one text for all images',),
    ),
    Case(
        'names of a text that is none', 'evaluate_names', evaluation(CONFIG, '{}/x.pth', '--texts', 'all'), ("'all'",)
    ),
    Case('names of other images', 'evaluate_names', evaluation(CONFIG, '{}/x.pth', '--split', 'train'), ("'train'",)),
    Case(
        'images that come first', 'study', ['configs/studies/toyroom_semantic.py', '--pretrain', '0.5'], ('--pretrain',)
    ),
]
