from pathlib import Path

import numpy as np
import pytest
from mmcv.transforms import BaseTransform
from mmengine.registry import init_default_scope
from mmseg.datasets import BaseSegDataset
from PIL import Image

from mmdatasetdm.datasets.few_shot import FewShotDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS
from mmdatasetdm.toyroom.paths import TOYROOM_DATA

OBJECTS = tuple((TOYROOM_DATA / 'classes.txt').read_text().split())[1:]
CLASSES = ('background', 'red', 'green', 'blue')


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """24 images; image i is mostly class 1 + i % 3."""
    monkeypatch.chdir(tmp_path)
    init_default_scope('mmseg')
    root = tmp_path / 'data'
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    names = [f'{index:03}' for index in range(24)]
    for index, name in enumerate(names):
        mask = np.zeros((8, 8), np.uint8)
        mask[:3], mask[3], mask[4] = 1 + index % 3, 1 + (index + 1) % 3, 255
        Image.fromarray(mask).save(root / 'masks' / f'{name}.png')
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(root / 'images' / f'{name}.jpg')
    (root / 'train.txt').write_text('\n'.join(names))
    return root


def make(root: Path, **changes) -> FewShotDataset:
    dataset = {
        'type': 'BaseSegDataset',
        'data_root': str(root),
        'ann_file': 'train.txt',
        'data_prefix': {'img_path': 'images', 'seg_map_path': 'masks'},
        'metainfo': {'classes': CLASSES},
        'pipeline': [],
    }
    return FewShotDataset(**{'dataset': dataset, **changes})


def names(dataset: FewShotDataset) -> list[str]:
    return [Path(dataset.get_data_info(index)['img_path']).stem for index in range(len(dataset))]


def test_all_of_the_list_without_a_number(root):
    assert len(make(root)) == 24


def test_so_many_of_each_class_by_their_largest(root):
    dataset = make(root, per_class=4)
    assert sorted(int(name) % 3 for name in names(dataset)) == [0] * 4 + [1] * 4 + [2] * 4
    assert dataset.metainfo['classes'] == CLASSES
    assert dataset[0]['img_path'].endswith(f'{names(dataset)[0]}.jpg')


def test_the_choice_is_kept_and_larger_ones_contain_it(root):
    few = names(make(root, per_class=2))
    (kept,) = Path('work_dirs/few_shot').iterdir()
    assert kept.read_text().split() == few
    for mask in (root / 'masks').iterdir():
        mask.write_bytes(b'')  # no longer read
    assert names(make(root, per_class=2, check=False)) == few


def test_a_kept_list_that_was_cut_is_made_again(root):
    few = names(make(root, per_class=2))
    (kept,) = Path('work_dirs/few_shot').iterdir()
    for text in ('\n'.join(few[:3]) + '\n', '', '\n'.join([few[0]] * 6), '\n'.join([*few[:5], 'nothing'])):
        kept.write_text(text)
        assert names(make(root, per_class=2)) == few
        assert kept.read_text().split() == few


def test_images_of_one_name_in_two_folders_are_two(root):
    for index in range(6):
        for folder in ('images', 'masks'):
            file = next((root / folder).glob(f'{index:03}.*'))
            for place in ('a', 'b'):
                (root / folder / place).mkdir(exist_ok=True)
                (root / folder / place / file.name).write_bytes(file.read_bytes())
    (root / 'train.txt').write_text(''.join(f'{place}/{index:03}\n' for place in 'ab' for index in range(6)))
    dataset = make(root, per_class=4)
    found = [dataset.get_data_info(index)['img_path'] for index in range(len(dataset))]
    assert len(set(found)) == 12, 'with the stem as their name there would be six'
    (root / 'few.txt').write_text('b/003\na/003\n')
    listed = make(root, listed='few.txt')
    found = [listed.get_data_info(index)['img_path'] for index in range(len(listed))]
    assert found == [str(root / 'images/b/003.jpg'), str(root / 'images/a/003.jpg')]
    (root / 'few.txt').write_text('003\n')
    with pytest.raises(UserError, match=r"as '003'; a name is the path below the folder of images, without suffix"):
        make(root, listed='few.txt')


class Ade(BaseSegDataset):
    """As ADE20KDataset: the zero of its files is no class."""

    METAINFO = dict(classes=CLASSES[1:], palette=[[0, 0, 0]] * 3)

    def __init__(self, **options) -> None:
        super().__init__(reduce_zero_label=True, **options)


def shown(dataset: FewShotDataset) -> list[int]:
    """Which of the three colours each image shows most of."""
    return sorted(int(name) % 3 for name in names(dataset))


def test_per_class_reads_the_labels_that_training_sees(root):
    stock = dict(data_root=str(root), ann_file='train.txt', pipeline=[])
    stock['data_prefix'] = dict(img_path='images', seg_map_path='masks')
    reduced = FewShotDataset(dataset=dict(stock, type=Ade), per_class=2)
    assert shown(reduced) == [0, 0, 1, 1, 2, 2], 'three classes, whose ids are one less than those of the files'

    subset = FewShotDataset(
        dataset=dict(stock, type=Ade, metainfo=dict(classes=('blue', 'red'), palette=[[0, 0, 0]] * 2)), per_class=2
    )
    assert shown(subset)[:2] == [0, 0] and 0 not in shown(subset)[2:], 'green is ignored, what is beside it is blue'
    assert len(subset) == 4


class ColoursToIds(BaseTransform):
    """The red value of a label map in colours."""

    def transform(self, results: dict) -> dict:
        results['gt_seg_map'] = results['gt_seg_map'][..., 2]  # mmcv gives BGR
        return results


def test_per_class_reads_masks_of_colours_and_of_16_bits(root):
    few = names(make(root, per_class=2))
    for path in (root / 'masks').iterdir():
        Image.fromarray(np.asarray(Image.open(path)).astype(np.uint16)).save(path)
    assert names(make(root, per_class=2)) == few
    for path in (root / 'masks').iterdir():
        ids = np.asarray(Image.open(path)).astype(np.uint8)
        Image.fromarray(np.stack([ids, 255 - ids, 0 * ids], -1)).save(path)
    coloured = [dict(type='LoadAnnotations'), dict(type=ColoursToIds)]
    assert names(make(root, per_class=2, pipeline=coloured)) == few
    with pytest.raises(UserError, match=r'000\.png: the label map has 3 channels; expected one of class ids'):
        make(root)


def test_larger_choices_contain_smaller_ones(root):
    assert set(names(make(root, per_class=2))) < set(names(make(root, per_class=3)))


def test_mistakes_are_named(root):
    with pytest.raises(UserError, match='class red has 8 images of its own, fewer than per_class=25'):
        make(root, per_class=25)
    with pytest.raises(UserError, match='num is 25, but the list has 24 images'):
        make(root, num=25)
    with pytest.raises(UserError, match='give one of per_class, cover, balanced, num and images'):
        make(root, num=2, per_class=2)
    with pytest.raises(UserError, match=r'nowhere/images does not exist. Download it from there'):
        make(root / 'nowhere', download='Download it from there')


def test_a_list_chooses_from_a_folder(root):
    depth = {
        'type': 'NYUDataset',
        'data_root': str(root),
        'data_prefix': {'img_path': 'images', 'depth_map_path': 'masks'},
        'pipeline': [],
    }
    (root / 'few.txt').write_text('005\n003\n')
    assert names(FewShotDataset(dataset=depth, listed='few.txt')) == ['005', '003']
    assert names(FewShotDataset(dataset=depth, listed='few.txt', num=1)) == ['005']
    (root / 'few.txt').write_text('005\n999\n')
    with pytest.raises(UserError, match=r"1 of 2 images are not in the data set, as '999';"):
        FewShotDataset(dataset=depth, listed='few.txt')
    with pytest.raises(UserError, match=r'nothing\.txt does not exist'):
        FewShotDataset(dataset=depth, listed='nothing.txt')
    (root / 'few.txt').write_text('005\n003\n005\n')
    with pytest.raises(UserError, match=r'few\.txt: 005 is listed 2 times'):
        FewShotDataset(dataset=depth, listed='few.txt')
    (root / 'few.txt').write_text('\n \n')
    with pytest.raises(UserError, match=r'few\.txt is empty'):
        FewShotDataset(dataset=depth, listed='few.txt')


def test_class_balanced_dataset_asks_for_classes(root):
    config = dict(
        type='ClassBalancedDataset',
        oversample_thr=0.9,
        dataset=dict(
            type='mmdatasetdm.FewShotDataset',
            num=12,
            dataset=dict(
                type='BaseSegDataset',
                data_root=str(root),
                ann_file='train.txt',
                data_prefix=dict(img_path='images', seg_map_path='masks'),
                metainfo=dict(classes=CLASSES),
                pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')],
            ),
        ),
    )
    balanced = DATASETS.build(config)
    assert balanced.dataset.get_cat_ids(0) == [0, 1, 2] and balanced.dataset.get_cat_ids(1) == [0, 1, 3]
    assert len(balanced) >= 12 and balanced[0]['gt_seg_map'].shape == (8, 8)


def test_indices_are_mmengines(root):
    few = names(make(root))
    assert names(make(root, indices=5)) == few[:5]
    assert names(make(root, indices=24)) == few and names(make(root, indices=-2)) == few[-2:]
    assert names(make(root, num=6, indices=[1, 3])) == [few[4], few[12]]
    with pytest.raises(UserError, match='numbers below 24, the count of images'):
        make(root, indices=[30])


def test_what_openmmlabs_tools_look_for(root):
    dataset = make(root, pipeline=[dict(type='LoadImageFromFile')], num=3)
    assert (
        dataset.METAINFO['classes'] == CLASSES
        and dataset[0]['img'].shape == (8, 8, 3)
        and 'gt_seg_map' not in dataset[0]
    )
    assert [type(one).__name__ for one in dataset.pipeline.transforms] == ['LoadImageFromFile']
    assert len(list(dataset)) == 3


def objects(**rule) -> FewShotDataset:
    init_default_scope('mmdet')
    load = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True, with_mask=True)]
    stock = dict(
        type='CocoDataset',
        data_root=str(TOYROOM_DATA),
        ann_file='Annotations/instances_train_50.json',
        data_prefix=dict(img='JPEGImages/'),
        metainfo=dict(classes=OBJECTS),
        pipeline=load,
    )
    return FewShotDataset(dataset=stock, **rule)


def test_images_of_each_class_of_objects(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = objects(per_class=1)
    assert len(few) == 12 and set().union(*(few.get_cat_ids(index) for index in range(12))) == set(range(12))
    assert [few.get_data_info(index)['img_id'] for index in range(12)] == [
        again.get_data_info(index)['img_id'] for again in [objects(per_class=1)] for index in range(12)
    ], 'of the list that is kept'
    few = objects(cover=4, min_fraction=0.001)
    assert len(few) == 4 and len(set().union(*(few.get_cat_ids(index) for index in range(4)))) >= 10


def test_objects_of_one_class(tmp_path, monkeypatch):
    """The paper's class-agnostic instances: the images of the real classes' choice."""
    monkeypatch.chdir(tmp_path)
    real, one = objects(per_class=1), objects(per_class=1, one_class='object')
    assert one.metainfo['classes'] == ('object',)
    for index in range(12):
        assert one.get_data_info(index)['img_path'] == real.get_data_info(index)['img_path']
        assert len(one[index]['gt_masks']) == len(real[index]['gt_masks']) > 0
        assert not one[index]['gt_bboxes_labels'].any()
    with pytest.raises(UserError, match='one_class is for the objects of a COCO file'):
        init_default_scope('mmseg')
        stock = dict(type='BaseSegDataset', data_root=str(TOYROOM_DATA), ann_file='ImageSets/Segmentation/train_20.txt')
        folders = dict(img_path='JPEGImages', seg_map_path='SegmentationClass')
        FewShotDataset(dataset=dict(stock, data_prefix=folders), one_class='object')


def test_a_seed_chooses_at_random(root):
    few = [names(make(root, num=6, seed=seed)) for seed in (None, 0, 1)]
    assert few[0] == ['000', '004', '008', '012', '016', '020'] and few[0] != few[1] != few[2]
    assert few[1] == sorted(few[1]) == names(make(root, num=6, seed=0))
