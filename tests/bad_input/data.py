"""Wrong labelled data and generated folders, met by tools/few_shot_list.py: it builds what a training trains on."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmdatasetdm.utils.schema import SCHEMA_VERSION
from tests.bad_input.case import Case

SEMANTIC = dict(
    type='BaseSegDataset',
    ann_file='train.txt',
    data_prefix=dict(img_path='images', seg_map_path='masks'),
    metainfo=dict(classes=('background', 'cat', 'dog')),
    pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')],
)
OBJECTS = dict(
    type='mmdet.CocoDataset',
    ann_file='coco.json',
    data_prefix=dict(img='images/'),
    metainfo=dict(classes=('cat',)),
    pipeline=[dict(type='mmdet.LoadAnnotations', with_bbox=True, with_mask=True)],
)
PEOPLE = dict(type='mmpose.CocoDataset', ann_file='coco.json', data_prefix=dict(img='images/'), pipeline=[])


def write(folder: Path) -> None:
    """Three images of 12 x 8 with a list, label maps and a COCO file."""
    for name in ('images', 'masks'):
        (folder / name).mkdir()
    for index in range(3):
        Image.fromarray(np.full((8, 12, 3), 80 * index, np.uint8)).save(folder / f'images/{index}.png')
        mask(folder, np.arange(96).reshape(8, 12) % 3, index=index)
    (folder / 'train.txt').write_text('0\n1\n2\n')
    one = dict(id=1, image_id=1, category_id=1, bbox=[1, 1, 5, 5], area=25, iscrowd=0, keypoints=[2, 2, 2] * 17)
    one['segmentation'] = [[1, 1, 6, 1, 6, 6]]
    coco(folder, images=[dict(id=1, file_name='0.png', height=8, width=12)], annotations=[one])


def mask(folder: Path, ids: np.ndarray, *, index: int = 1, dtype: type = np.uint8) -> None:
    Image.fromarray(ids.astype(dtype)).save(folder / f'masks/{index}.png')


def coco(folder: Path, **parts: list) -> None:
    path = folder / 'coco.json'
    known = json.loads(path.read_text()) if path.exists() else dict(categories=[dict(id=1, name='cat')])
    path.write_text(json.dumps({**known, **parts}))


def change(**values: object) -> Callable[[Path], None]:
    """Keys of the annotation; None takes one away."""

    def do(folder: Path) -> None:
        one = {**json.loads((folder / 'coco.json').read_text())['annotations'][0], **values}
        coco(folder, annotations=[{key: value for key, value in one.items() if value is not None}])

    return do


def data(
    damage: Callable[[Path], object] = lambda folder: None, stock: dict = SEMANTIC, **options: object
) -> Callable[[Path], Sequence[str]]:
    """A config of labelled data that is damaged: the arguments of few_shot_list."""

    def args(folder: Path) -> list[str]:
        write(folder)
        damage(folder)
        suffix = dict(img_suffix='.png') if 'img_path' in stock['data_prefix'] else {}
        dataset = dict(
            type='mmdatasetdm.FewShotDataset', dataset=dict(stock, data_root=str(folder), **suffix), **options
        )
        return config(folder, dataset)

    return args


def config(folder: Path, dataset: dict) -> list[str]:
    path = folder / 'config.py'
    path.write_text(f"default_scope = 'mmseg'\ntrain_dataloader = dict(dataset={dataset!r})\n")
    return [str(path)]


def generated(description: str | None, *, names: str = '0\n', **options: object) -> Callable[[Path], Sequence[str]]:
    """A config of a generated folder whose dataset.json holds a text."""

    def args(folder: Path) -> list[str]:
        write(folder)
        if description is not None:
            (folder / 'dataset.json').write_text(description)
        (folder / 'ImageSets/Segmentation').mkdir(parents=True)
        (folder / 'ImageSets/Segmentation/train.txt').write_text(names)
        (folder / 'images').rename(folder / 'JPEGImages')
        stock = {key: value for key, value in SEMANTIC.items() if key not in ('ann_file', 'data_prefix')}
        return config(folder, dict(type='mmdatasetdm.SyntheticDataset', root=str(folder), dataset=stock, **options))

    return args


def cut(file: str) -> Callable[[Path], object]:
    return lambda folder: (folder / file).write_bytes((folder / file).read_bytes()[:40])


def listed(text: str | bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / 'train.txt').write_bytes(text.encode() if isinstance(text, str) else text)


def turned(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (12, 8)).save(folder / 'images/1.png', exif=exif)


def of_0_and_255(folder: Path) -> None:
    for index in range(3):
        mask(folder, np.resize([0, 255], (8, 12)), index=index)


RIGHT = json.dumps(dict(schema_version=SCHEMA_VERSION, classes=['background', 'cat', 'dog']))
ELSEWHERE = json.dumps({**json.loads(RIGHT), 'data_prefix': dict(img_path='/etc', seg_map_path='masks')})
ENDING = json.dumps({**json.loads(RIGHT), 'img_suffix': '.png/../../x'})
OUT = ('leads out of', 'the data set was changed')
OTHER_CLASSES = json.dumps(dict(schema_version=SCHEMA_VERSION, classes=['a', 'b']))
COLOURS = np.zeros((8, 12, 3))
ROWS = [
    ('more images than there are', data(num=4), ('num is 4', 'the list has 3 images')),
    ('num as text', data(num='3'), ("num must be a whole number of 1 or more, got '3'",)),
    ('num and per_class', data(num=2, per_class=1), ('give one of per_class, cover, balanced, num and images',)),
    ('indices of no image', data(indices=[7]), ('indices', 'below 3')),
    ('an argument that is none', data(per_clas=3), ('per_clas',)),
    ('a data set class that is none', data(stock=dict(SEMANTIC, type='Nothing')), ("no data set class 'Nothing'",)),
    ('no folder of masks', data(lambda f: (f / 'masks').rename(f / 'x'), download='Get it.'), ('masks', 'Get it.')),
    ('no file that chooses', data(listed='few.txt'), ('few.txt does not exist',)),
    ('an empty list', data(listed('')), ('train.txt', 'empty')),
    ('a list of blank lines', data(listed('\n\ufeff\n')), ('train.txt', 'empty')),
    ('a list that is no text', data(listed(b'\xff\xfe\x00')), ('train.txt', 'not UTF-8')),
    ('a name without an image', data(listed('0\n9\n')), ('train.txt', '1 of 2', 'images/9.png')),
    ('names with a suffix', data(listed('0.png\n')), ('train.txt', 'without .png')),
    ('an image that was cut', data(cut('images/2.png')), ('images/2.png', 'damaged')),
    ('a mask that was cut', data(cut('masks/2.png')), ('masks/2.png', 'damaged')),
    ('no mask', data(lambda f: (f / 'masks/2.png').unlink()), ('masks/2.png', 'no such file')),
    ('a turned photograph', data(turned), ('masks/1.png', '12x8', '8x12', 'EXIF')),
    ('a mask of another aspect', data(lambda f: mask(f, np.zeros((6, 6)))), ('masks/1.png', '6x6', '12x8')),
    ('an id that is no class', data(lambda f: mask(f, np.full((8, 12), 3))), ('masks/1.png', 'id 3', '0 to 2')),
    ('ids of 16 bits', data(lambda f: mask(f, np.full((8, 12), 300), dtype=np.uint16)), ('masks/1.png', 'id 300')),
    ('masks of 0 and 255', data(of_0_and_255), ('masks/0.png', '0 and 255', 'want 1')),
    ('a mask of colours', data(lambda f: mask(f, COLOURS)), ('masks/1.png', '3 channels')),
    ('a COCO file that was cut', data(cut('coco.json'), OBJECTS), ('coco.json', 'not readable JSON')),
    (
        'a COCO file that is a list',
        data(lambda f: (f / 'coco.json').write_text('[]'), OBJECTS),
        ('must hold the lists',),
    ),
    ('objects without area', data(change(area=None), OBJECTS), ('annotation 1', "'area'")),
    ('objects without bbox', data(change(bbox=None), OBJECTS), ('annotation 1', "'bbox'")),
    ('objects of area 0', data(change(area=0), OBJECTS), ('coco.json', '1 with area 0')),
    ('objects without masks', data(change(segmentation=None), OBJECTS), ('annotation 1', 'no segmentation')),
    ('crowds as text', data(change(iscrowd='0'), OBJECTS), ('coco.json', 'iscrowd as text')),
    ('other categories', data(lambda f: coco(f, categories=[dict(id=1, name='elf')]), OBJECTS), ('elf', 'knows none')),
    ('people of 5 joints', data(change(keypoints=[1, 1, 2] * 5), PEOPLE), ('annotation 1', '5 keypoints', '17')),
    ('people without boxes', data(change(bbox=None), PEOPLE), ('coco.json', '1 without a bbox')),
    ('an unfinished generated folder', generated(None), ('is not finished', 'tools/generate.py')),
    ('a damaged dataset.json', generated('{'), ('dataset.json', 'not readable JSON')),
    ('a dataset.json that is a list', generated('[]'), ('dataset.json', 'is not the description')),
    ('a generated folder of an older version', generated('{"schema_version": 1}'), ('schema_version 1', 'again')),
    ('a generated folder of other classes', generated(OTHER_CLASSES), ('dataset.json', 'class 0 is a')),
    ('a generated list of files above', generated(RIGHT, names='0\n../../secret\n'), ("'../../secret'", *OUT)),
    ('generated images elsewhere', generated(ELSEWHERE), ('dataset.json', "'/etc'", *OUT)),
    ('generated images of an ending', generated(ENDING), ('dataset.json', "'.png/../../x'", *OUT)),
    ('no generated samples', generated(RIGHT, num=0), ('num must be at least 1, got 0',)),
]
CASES = [Case(name, 'few_shot_list', args, words) for name, args, words in ROWS]
