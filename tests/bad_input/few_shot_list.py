"""Wrong inputs of tools/few_shot_list.py."""

from collections.abc import Callable, Sequence
from pathlib import Path

from mmdatasetdm.toyroom.paths import TOYROOM_DATA
from tests.bad_input.case import Case

DECODER = 'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'
FEW_SHOT = f"""
custom_imports = dict(imports=['mmdatasetdm', 'mmseg.datasets'])
default_scope = 'mmseg'
train_dataloader = dict(
    dataset=dict(
        type='mmdatasetdm.FewShotDataset',
        num=4,
        dataset=dict(
            type='BaseSegDataset',
            data_root={str(TOYROOM_DATA)!r},
            ann_file='ImageSets/Segmentation/train_20.txt',
            data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
            pipeline=[],
        ),
    )
)
"""


def config(text: str, *options: str, name: str = 'config.py') -> Callable[[Path], Sequence[str]]:
    """A config with this text, and further options."""

    def args(folder: Path) -> Sequence[str]:
        (folder / name).write_text(text)
        return [str(folder / name), *(option.format(folder=folder) for option in options)]

    return args


def few_shot(*options: str) -> Callable[[Path], Sequence[str]]:
    return config(FEW_SHOT, *options)


def dataset(option: str) -> Callable[[Path], Sequence[str]]:
    return few_shot('--cfg-options', f'train_dataloader.dataset.{option}')


CASES = [
    Case('no config', 'few_shot_list', [], ('required: config',)),
    Case('no such config', 'few_shot_list', ['nothing.py'], ('nothing.py', 'no such config')),
    Case('nearly a config', 'few_shot_list', [f'{DECODER[:-4]}.py'], ('no such config', 'did you mean')),
    Case('a folder', 'few_shot_list', lambda folder: [str(folder)], ('no such config',)),
    Case('a config with a fault', 'few_shot_list', config('x = y'), ('cannot be read', 'NameError', 'line 1')),
    Case('half a config', 'few_shot_list', config('x = ('), ('cannot be read', 'SyntaxError')),
    Case('YAML', 'few_shot_list', config('a: 1', name='config.yaml'), ('is YAML', 'Python config')),
    Case('broken JSON', 'few_shot_list', config('{', name='config.json'), ('config.json cannot be read',)),
    Case('text', 'few_shot_list', config('a cat', name='config.txt'), ('config.txt cannot be read',)),
    Case('a base that is not there', 'few_shot_list', config("_base_ = './no.py'"), ('cannot be read', 'no.py')),
    Case('a library without configs', 'few_shot_list', config("_base_ = 'mmdatasetdm::no/no.py'"), ('no/no.py',)),
    Case(
        'an import that is not there', 'few_shot_list', config("custom_imports = dict(imports=['nolib'])"), ('nolib',)
    ),
    Case('a recipe', 'few_shot_list', ['configs/generate/voc.py'], ('no train_dataloader',)),
    Case('a list of all images', 'few_shot_list', [DECODER], ('is not a mmdatasetdm.FewShotDataset',)),
    Case('no such type', 'few_shot_list', dataset('type=NoSet'), ("'NoSet'", 'registry')),
    Case('no such option', 'few_shot_list', dataset('shots=3'), ('unexpected keyword', 'shots')),
    Case('an option without value', 'few_shot_list', few_shot('--cfg-options', 'num'), ("'num'", 'KEY=VALUE')),
    Case('an option elsewhere', 'few_shot_list', few_shot('--cfg-options', 'trian.x=1'), ('has no `trian`',)),
    Case('more images than there are', 'few_shot_list', dataset('num=99'), ('99', '20')),
    Case('no data', 'few_shot_list', dataset('dataset.data_root=none'), ('none', 'does not exist')),
    Case('no list', 'few_shot_list', dataset('dataset.ann_file=none.txt'), ('none.txt',)),
    Case('two rules', 'few_shot_list', few_shot('--num', '2', '--cover', '2'), ('--cover', 'not allowed with')),
    Case('only for another rule', 'few_shot_list', few_shot('--num', '2', '--only', 'dog'), ('are for per_class',)),
    Case('no such class', 'few_shot_list', [DECODER, '--per-class', '1', '--only', 'dragon'], ('only: dragon',)),
    Case('a fraction of 2', 'few_shot_list', few_shot('--min-fraction', '2'), ('min_fraction is 2.0',)),
    Case('no labels', 'few_shot_list', lambda folder: [str(folder), '--labels', 'none'], ('give --labels',)),
    Case(
        'no classes',
        'few_shot_list',
        lambda folder: [str(folder), '--labels', str(folder), '--num', '1'],
        ('give --classes',),
    ),
    Case(
        'no such background',
        'few_shot_list',
        lambda folder: [str(folder), '--labels', str(folder), '--num', '1', '--classes', 'a,b'],
        ('--background background is not among',),
    ),
    Case(
        'no rule for a folder',
        'few_shot_list',
        lambda folder: [str(folder), '--labels', str(folder), '--classes', 'background,a'],
        ('say how many images',),
    ),
    Case(
        'labels of another kind',
        'few_shot_list',
        lambda folder: [str(folder), '--labels', __file__, '--num', '1'],
        ('neither a folder nor a COCO file',),
    ),
    Case('data that cannot move', 'few_shot_list', [DECODER, '--data-root', '.'], ('reads no data that',)),
    Case('out is a folder', 'few_shot_list', few_shot('--out', '{folder}'), ('is a folder', 'give a file')),
    Case('out is there', 'few_shot_list', few_shot('--out', '{folder}/config.py'), ('config.py exists already',)),
    Case('out below a file', 'few_shot_list', few_shot('--out', '{folder}/config.py/x'), ('cannot be written',)),
]
