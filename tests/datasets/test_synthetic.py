"""SyntheticDataset over a small generated folder, alone and beside the real data set it copies."""

import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.dataset import ConcatDataset
from mmengine.registry import init_default_scope
from mmseg.datasets import BaseSegDataset
from PIL import Image

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS
from mmdatasetdm.utils.schema import SCHEMA_VERSION

CLASSES = ('background', 'person', 'chair')
PIPELINE = [dict(type='LoadImageFromFile'), dict(type='mmseg.LoadAnnotations'), dict(type='mmseg.PackSegInputs')]
STOCK = dict(
    type='mmseg.BaseSegDataset',
    pipeline=PIPELINE,
    metainfo=dict(classes=CLASSES, palette=[[0, 0, 0], [1, 1, 1], [2, 2, 2]]),
)


@pytest.fixture
def generated(tmp_path) -> Path:
    """Three images of 8 x 8: image i has the grey value 10 i and the class i, one pixel of it ignored."""
    for folder in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (tmp_path / folder).mkdir(parents=True)
    for i in range(3):
        Image.fromarray(np.full((8, 8, 3), 10 * i, np.uint8)).save(tmp_path / f'JPEGImages/{i:08d}.png')
        mask = np.full((8, 8), i, np.uint8)
        mask[0, 0] = 255
        Image.fromarray(mask).save(tmp_path / f'SegmentationClass/{i:08d}.png')
    (tmp_path / 'ImageSets/Segmentation/train.txt').write_text('00000000\n00000001\n00000002\n')
    (tmp_path / 'dataset.json').write_text(json.dumps(dict(schema_version=SCHEMA_VERSION, classes=CLASSES)))
    return tmp_path


def test_samples_are_those_of_the_folder(generated):
    dataset = SyntheticDataset(dataset=STOCK, root=str(generated))
    assert len(dataset) == 3
    for i in range(3):
        sample = dataset[i]
        mask = sample['data_samples'].gt_sem_seg.data[0].numpy()
        assert sample['inputs'].unique().tolist() == [10 * i]
        assert mask[0, 0] == 255 and (mask.ravel()[1:] == i).all()
    assert dataset.get_data_info(2)['img_path'] == str(generated / 'JPEGImages/00000002.png')


def test_images_may_be_jpeg(generated):
    for path in (generated / 'JPEGImages').glob('*.png'):
        Image.open(path).save(path.with_suffix('.jpg'))
        path.unlink()
    assert SyntheticDataset(dataset=STOCK, root=str(generated)).get_data_info(0)['img_path'].endswith('00000000.jpg')


def test_num_takes_the_first(generated):
    dataset = SyntheticDataset(dataset=STOCK, root=str(generated), num=2)
    assert [Path(dataset.get_data_info(i)['img_path']).stem for i in range(len(dataset))] == ['00000000', '00000001']


@pytest.mark.parametrize(('num', 'count'), [(3, 3), (4, 3), (10**9, 3), (1, 1)])
def test_num_at_or_above_the_count_takes_all(generated, num, count, said):
    assert len(SyntheticDataset(dataset=STOCK, root=str(generated), num=num)) == count
    assert [f'has 3 samples, fewer than num={num}' in line for line in said] == [True] * (num > 3)


def test_beside_the_real_one(generated):
    real = dict(
        STOCK,
        data_root=str(generated),
        ann_file='ImageSets/Segmentation/train.txt',
        img_suffix='.png',
        data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
    )
    both = ConcatDataset([real, dict(type='mmdatasetdm.SyntheticDataset', dataset=STOCK, root=str(generated))])
    assert len(both) == 6
    assert both.metainfo['classes'] == CLASSES
    assert both[4]['inputs'].unique().tolist() == [10]


def test_lazy_init_reads_later(generated):
    dataset = SyntheticDataset(dataset=STOCK, root=str(generated), lazy_init=True)
    assert dataset.metainfo['classes'] == CLASSES
    dataset.full_init()
    assert len(dataset) == 3


def break_classes(root):
    (root / 'dataset.json').write_text(
        json.dumps(dict(schema_version=SCHEMA_VERSION, classes=['background', 'chair', 'dog']))
    )


def drop_a_class(root):
    (root / 'dataset.json').write_text(json.dumps(dict(schema_version=SCHEMA_VERSION, classes=CLASSES[:2])))


def empty_list(root):
    (root / 'ImageSets/Segmentation/train.txt').write_text('')


@pytest.mark.parametrize(
    ('damage', 'words'),
    [
        (
            lambda root: (root / 'dataset.json').unlink(),
            'is not finished (no dataset.json): run python tools/generate.py',
        ),
        (lambda root: (root / 'dataset.json').write_text('{'), 'is not readable JSON'),
        (
            lambda root: (root / 'dataset.json').write_text('{"schema_version": 1}'),
            f'has schema_version 1, and this version reads {SCHEMA_VERSION}; generate the data set again',
        ),
        (lambda root: (root / 'dataset.json').write_text('[1]'), 'is not the description of a generated data set'),
        (lambda root: (root / 'dataset.json').write_text('{"classes": 3}'), 'is not the description of a generated'),
        (break_classes, 'class 1 is chair there but person in the data set config'),
        (drop_a_class, 'class 2 is nothing there but chair in the data set config'),
        (empty_list, 'has no samples'),
        (lambda root: (root / 'ImageSets/Segmentation/train.txt').unlink(), 'has no ImageSets/Segmentation/train.txt'),
        (lambda root: (root / 'JPEGImages/00000000.png').unlink(), 'has no image of sample 00000000'),
    ],
)
def test_damaged_folder_is_one_line(generated, damage, words):
    damage(generated)
    with pytest.raises(UserError) as caught:
        SyntheticDataset(dataset=STOCK, root=str(generated))
    assert words in str(caught.value) and '\n' not in str(caught.value)


MASKS = [[0, 1, 2], [0, 0, 255]]


class Ade(BaseSegDataset):
    """As ADE20KDataset: in the files of its own data set the first class is 1."""

    METAINFO = dict(classes=CLASSES, palette=[[0, 0, 0], [1, 1, 1], [2, 2, 2]])

    def __init__(self, **options) -> None:
        super().__init__(reduce_zero_label=True, **options)


class Voc(BaseSegDataset):
    """A stock class with names of its own."""

    METAINFO = dict(classes=('sky', *CLASSES), palette=[[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3]])


def labels(root: Path, **stock) -> list[list[int]]:
    """What training sees of the generated label map whose ids are 0, 1, 2 and 0, 0, 255."""
    Image.fromarray(np.array(MASKS, np.uint8)).save(root / 'SegmentationClass/00000000.png')
    Image.new('RGB', (3, 2)).save(root / 'JPEGImages/00000000.png')
    dataset = SyntheticDataset(dataset=dict(dict(pipeline=PIPELINE), **stock), root=str(root))
    return dataset[0]['data_samples'].gt_sem_seg.data[0].tolist()


def test_the_zero_of_a_generated_label_map_is_its_first_class(generated):
    assert labels(generated, type=Ade) == MASKS, 'with reduce_zero_label every label would be off by one'
    real = dict(type=Ade, data_root=str(generated), data_prefix=dict(img_path='JPEGImages', seg_map_path='x'))
    both = ConcatDataset(
        [
            dict(real, ann_file='ImageSets/Segmentation/train.txt', pipeline=[]),
            dict(type='mmdatasetdm.SyntheticDataset', root=str(generated), dataset=dict(type=Ade, pipeline=PIPELINE)),
        ]
    )
    assert both.metainfo['reduce_zero_label'] is True, 'the metainfo stays that of the real data set'


@pytest.mark.parametrize(
    ('classes', 'seen'),
    [
        (CLASSES, MASKS),
        (('background', 'chair', 'person'), [[0, 2, 1], [0, 0, 255]]),
        (('background', 'person'), [[0, 1, 255], [0, 0, 255]]),
        (('chair', 'background'), [[1, 255, 0], [1, 1, 255]]),
    ],
)
def test_a_label_keeps_its_name_whatever_the_order_of_the_config(generated, classes, seen, said):
    metainfo = dict(classes=classes, palette=[[0, 0, 0]] * len(classes))
    for kind in ('mmseg.BaseSegDataset', Voc):
        assert labels(generated, type=kind, metainfo=metainfo) == seen
    left = set(CLASSES) - set(classes)
    assert [f'pixels of {", ".join(left)} are ignored' in line for line in said] == [True, True] * bool(left)


@pytest.mark.parametrize('pipeline', [[dict(type='mmseg.LoadAnnotations', reduce_zero_label=True)]])
def test_a_pipeline_that_takes_the_zero_away_by_itself(generated, pipeline):
    with pytest.raises(UserError, match='LoadAnnotations has reduce_zero_label=True; leave it out there'):
        SyntheticDataset(dataset=dict(type=Ade, pipeline=pipeline), root=str(generated))


def test_classes_that_the_stock_class_refuses(generated):
    with pytest.raises(UserError, match='is not a subset of classes'):
        SyntheticDataset(dataset=dict(type=Voc, metainfo=dict(classes=['dragon']), pipeline=[]), root=str(generated))


@pytest.mark.parametrize(
    ('names', 'classes', 'words'),
    [
        (('person', 'chair'), ('chair', 'person'), 'in another order, person, chair'),
        (('person',), ('person', 'chair'), 'has no category chair'),
        (('person', 'elf'), ('person',), 'class elf is not in the data set config'),
    ],
)
def test_categories_that_mmdet_would_call_by_other_names(generated, names, classes, words):
    (generated / 'Annotations').mkdir()
    images = [dict(id=1, file_name='00000000.png', width=8, height=8)]
    categories = [dict(id=index, name=name) for index, name in enumerate(names, start=1)]
    one = dict(id=1, image_id=1, category_id=1, bbox=[1, 1, 4, 4], area=16, iscrowd=0)
    path = generated / 'Annotations/instances_train.json'
    path.write_text(json.dumps(dict(images=images, annotations=[one], categories=categories)))
    stock = dict(type='mmdet.CocoDataset', metainfo=dict(classes=classes), pipeline=[])
    with pytest.raises(UserError, match=words):
        SyntheticDataset(dataset=stock, root=str(generated))
    images[0]['file_name'] = '../secret.png'
    path.write_text(json.dumps(dict(images=images, annotations=[one], categories=categories)))
    with pytest.raises(UserError, match=r"'../secret\.png' leads out of"):
        SyntheticDataset(dataset=stock, root=str(generated))
    path.write_text('{"images": [')
    with pytest.raises(UserError, match=r'instances_train\.json is not readable JSON'):
        SyntheticDataset(dataset=stock, root=str(generated))


def test_a_damaged_image_is_named_when_it_is_opened(generated):
    path = generated / 'JPEGImages/00000001.png'
    path.write_bytes(path.read_bytes()[:-20])
    dataset = SyntheticDataset(dataset=STOCK, root=str(generated))
    assert dataset[0] is not None
    with pytest.raises(UserError, match=r'00000001\.png: damaged'):
        dataset[1]


def test_class_balanced_dataset_and_indices(generated):
    config = dict(type='mmdatasetdm.SyntheticDataset', dataset=STOCK, root=str(generated))
    balanced = DATASETS.build(dict(type='ClassBalancedDataset', oversample_thr=1.0, dataset=config))
    assert [balanced.dataset.get_cat_ids(index) for index in range(3)] == [[0], [1], [2]] and len(balanced) == 6
    assert len(SyntheticDataset(dataset=STOCK, root=str(generated), indices=2)) == 2
    assert len(SyntheticDataset(dataset=dict(STOCK, indices=[2]), root=str(generated))) == 1


def test_absent_folder(tmp_path):
    with pytest.raises(UserError, match='does not exist: run python tools/generate'):
        SyntheticDataset(dataset=STOCK, root=str(tmp_path / 'nowhere'))


def test_wrong_arguments(generated):
    with pytest.raises(UserError, match='must not set data_root'):
        SyntheticDataset(dataset=dict(STOCK, data_root='data'), root=str(generated))
    with pytest.raises(UserError, match='num must be at least 1, got 0'):
        SyntheticDataset(dataset=STOCK, root=str(generated), num=0)


def test_depth_through_a_stock_class_that_reads_folders(generated):
    stock = dict(
        type='mmseg.NYUDataset',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='mmseg.LoadDepthAnnotation', depth_rescale_factor=1e-3),
            dict(type='mmseg.PackSegInputs'),
        ],
    )
    with pytest.raises(UserError, match='has no Depth: its recipe has no decoder for that task'):
        SyntheticDataset(dataset=stock, root=str(generated))
    (generated / 'Depth').mkdir()
    for i in range(3):
        Image.fromarray(np.full((8, 8), 1500 + i, np.uint16)).save(generated / f'Depth/{i:08d}.png')
    (generated / 'ImageSets/Segmentation/train.txt').write_text('00000000\n00000002\n')
    init_default_scope('mmseg')
    dataset = SyntheticDataset(dataset=dict(stock, type='NYUDataset'), root=str(generated))
    assert len(dataset) == 2, 'what a filter dropped stays out'
    assert dataset[1]['data_samples'].gt_depth_map.data.unique().tolist() == pytest.approx([1.502])
    assert len(SyntheticDataset(dataset=dict(stock, indices=1), root=str(generated))) == 1
    description = dict(schema_version=SCHEMA_VERSION, classes=CLASSES, recipe=dict(writer=dict(depth_scale=256)))
    (generated / 'dataset.json').write_text(json.dumps(description))
    with pytest.raises(UserError, match=r'a metre is 256 in its depth maps, but .* depth_rescale_factor=0\.001'):
        SyntheticDataset(dataset=stock, root=str(generated))
    (generated / 'dataset.json').write_text(json.dumps(dict(schema_version=SCHEMA_VERSION, classes=CLASSES)))
    assert len(SyntheticDataset(dataset=stock, root=str(generated), num=1)) == 1


@pytest.mark.parametrize(
    ('library', 'file', 'stock'),
    [
        ('mmpose', 'person_keypoints_train', {}),
        ('mmdet', 'instances_train', dict(metainfo=dict(classes=('person',)), filter_cfg=dict(filter_empty_gt=True))),
    ],
)
def test_nobody_found_is_one_line(generated, library, file, stock):
    """mmpose's own error speaks of arrays that cannot be joined."""
    pytest.importorskip(f'{library}.datasets')
    (generated / 'Annotations').mkdir()
    images = [dict(id=i, file_name=f'{i:08d}.png', width=8, height=8) for i in range(3)]
    (generated / f'Annotations/{file}.json').write_text(
        json.dumps(dict(images=images, annotations=[], categories=[dict(id=1, name='person', supercategory='person')]))
    )
    with pytest.raises(UserError, match=f'{file}.json lists no object or person|the generated data set has no samples'):
        SyntheticDataset(root=str(generated), dataset=dict(type=f'{library}.CocoDataset', pipeline=[], **stock))
