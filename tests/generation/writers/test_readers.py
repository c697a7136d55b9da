"""What the engine writes, read by programs that know nothing of this package: the table of docs as a test.

A folder of the VOC layout has links of other names here where a reader wants them (``link_…``); the COCO layout, and
VOC with JPEG images, are read as they are. The neighbours read it with pycocotools, mmseg, mmdet and mmpose
(test_engine.py) and with Cityscapes's scripts (test_cityscapes.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from scipy.ndimage import binary_fill_holes

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.generation import generate, load_recipe
from tests.generation.conftest import CLASSES, write_instance_decoder, write_pose_decoder

NUM = 8
# COCO's own; readers that number the classes anew sort by them
CATEGORIES = dict(person=1, chair=62, table=67, sofa=63)
# the same samples in COCO's layout
COCO_LAYOUTS = dict(coco=dict(), coco_images=dict(image_folder='images/train2017'))


@pytest.fixture(scope='module')
def dm():
    return pytest.importorskip('datumaro', reason='datumaro is not installed')


@pytest.fixture(scope='module')
def labelled(tmp_path_factory, recipe_file, toy_generator_folder) -> Path:
    """JPEG images with masks, objects and joints; a filter keeps half of them for training."""
    pytest.importorskip('mmpose', reason='mmpose is not installed')
    folder = tmp_path_factory.mktemp('labelled')
    decoders = {}
    for task, write in dict(instance=write_instance_decoder, pose=write_pose_decoder).items():
        config, checkpoint = write(folder, toy_generator_folder)
        decoders[task] = dict(config=str(config), checkpoint=str(checkpoint))
    decoders['instance'].update(min_score=0.01, max_overlap=1.0, min_fraction=0.0, semantic='clip')
    decoders['instance'].update(category_ids=[CATEGORIES[name] for name in CLASSES[1:]])
    decoders['pose'].update(visible=0.7, labelled=0.5)
    options = {'decoders': decoders, 'writer.image_format': 'jpg'}
    out = folder / 'out'
    generate(load_recipe(recipe_file, options=options), out, num=NUM)
    lines = [json.loads(line) for line in (out / 'manifest.jsonl').read_text().splitlines()]
    middle = median(line['scores']['semantic']['confidence'] for line in lines)
    options['filters'] = [dict(type='MeanConfidence', at_least=middle)]
    generate(load_recipe(recipe_file, options=options), out, num=NUM)
    for folder, writer in COCO_LAYOUTS.items():
        other = {**options, 'writer': dict(type='coco', **writer), 'writer.image_format': 'jpg'}
        generate(load_recipe(recipe_file, options=other), out.with_name(folder), relabel=out)
    return out


def link(folder: Path, **targets: Path) -> str:
    """``folder`` with links to the targets by name."""
    folder.mkdir(parents=True)
    for name, target in targets.items():
        (folder / name).symlink_to(target)
    return str(folder)


def link_voc(folder: Path, out: Path) -> str:
    names = 'JPEGImages', 'SegmentationClass', 'ImageSets', 'labelmap.txt'
    return link(folder, **{name: out / name for name in names})


def link_coco(folder: Path, out: Path) -> str:
    return link(folder, images=out / 'JPEGImages', annotations=out / 'Annotations')


def listed(out: Path, part: str) -> list[str]:
    return (out / f'ImageSets/Segmentation/{part}.txt').read_text().split()


def rgb(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert('RGB'))


def check_image(item, path: Path) -> None:
    """That datumaro found the file, and the size and the colours in it."""
    assert Path(item.media.path).resolve() == path.resolve() and item.media.size == (64, 64)
    difference = np.abs(item.media.data[..., ::-1].astype(int) - rgb(path)).max()
    assert difference <= (0 if path.suffix == '.png' else 2), 'two decoders of JPEG may round differently'


def test_the_lists_differ(labelled):
    assert 0 < len(listed(labelled, 'train')) < len(listed(labelled, 'all')) == NUM


@pytest.mark.parametrize(('fixture', 'suffix'), [('whole', '.png'), ('labelled', '.jpg')])
def test_datumaro_reads_the_masks(dm, request, tmp_path, fixture, suffix):
    """Datumaro tells VOC's classes by their colours, which labelmap.txt names."""
    out = request.getfixturevalue(fixture)
    root = link_voc(tmp_path / 'voc', out)
    dataset = dm.Dataset.import_from(root, 'voc_segmentation')
    labels = [label.name for label in dataset.categories()[dm.AnnotationType.label]]
    assert labels == [*CLASSES, 'ignored'] and set(dataset.subsets()) == {'train', 'all'}
    seen = set()
    for part, subset in dataset.subsets().items():
        items = list(subset)
        assert [item.id for item in items] == listed(out, part)
        for item in items:
            check_image(item, out / f'JPEGImages/{item.id}{suffix}')
            indices = np.asarray(Image.open(out / f'SegmentationClass/{item.id}.png'))
            indices = np.where(indices == 255, len(CLASSES), indices)
            found = {int(one.label): one.image for one in item.annotations}
            assert len(item.annotations) == len(found) and set(found) == set(np.unique(indices))
            assert all((mask == (indices == label)).all() for label, mask in found.items())
            seen |= set(found)
    assert seen == set(range(len(labels))), 'every class and the ignored pixels'


def test_datumaro_reads_the_instances(dm, tmp_path, labelled):
    dataset = dm.Dataset.import_from(link_coco(tmp_path / 'coco', labelled), 'coco_instances')
    labels = [label.name for label in dataset.categories()[dm.AnnotationType.label]]
    assert labels == sorted(CATEGORIES, key=CATEGORIES.get) and set(dataset.subsets()) == {'train', 'all'}
    holes = 0
    for part, subset in dataset.subsets().items():
        coco = COCO(labelled / f'Annotations/instances_{part}.json')
        items = {item.attributes['id']: item for item in subset}
        assert sorted(item.id for item in items.values()) == listed(labelled, part) and set(items) == set(coco.imgs)
        for image_id, item in items.items():
            check_image(item, labelled / 'JPEGImages' / coco.imgs[image_id]['file_name'])
            semantic = np.asarray(Image.open(labelled / f'SegmentationClass/{item.id}.png'))
            masks, boxes = by_kind(item, dm.AnnotationType.mask, dm.AnnotationType.bbox)
            assert set(masks) == set(boxes) == {one['id'] for one in coco.imgToAnns[image_id]}
            for number, mask in masks.items():
                one = coco.anns[number]
                name = labels[mask.label]
                assert name == coco.cats[one['category_id']]['name'] and boxes[number].label == mask.label
                assert mask.attributes == dict(score=one['score'], is_crowd=False)
                assert (mask.image == coco.annToMask(one)).all() and mask.get_area() == one['area'] > 0
                assert set(np.unique(semantic[mask.image.astype(bool)])) <= {CLASSES.index(name), 255}
                assert boxes[number].get_bbox() == one['bbox'] == list(mask.get_bbox())
                holes += (binary_fill_holes(mask.image) != mask.image.astype(bool)).any()
    assert holes > 0, 'objects with holes were among them'


def test_datumaro_reads_the_keypoints(dm, tmp_path, labelled):
    dataset = dm.Dataset.import_from(link_coco(tmp_path / 'coco', labelled), 'coco_person_keypoints')
    categories = dataset.categories()
    assert [label.name for label in categories[dm.AnnotationType.label]] == ['person']
    (joints,) = categories[dm.AnnotationType.points].items.values()
    seen = set()
    for part, subset in dataset.subsets().items():
        coco = COCO(labelled / f'Annotations/person_keypoints_{part}.json')
        (person,) = coco.cats.values()
        assert joints.labels == person['keypoints'] and joints.joints == set(map(tuple, person['skeleton']))
        items = {item.attributes['id']: item for item in subset}
        assert sorted(item.id for item in items.values()) == listed(labelled, part) and set(items) == set(coco.imgs)
        for image_id, item in items.items():
            check_image(item, labelled / 'JPEGImages' / coco.imgs[image_id]['file_name'])
            kinds = dm.AnnotationType.points, dm.AnnotationType.bbox, dm.AnnotationType.mask
            people, boxes, masks = by_kind(item, *kinds)
            assert set(people) == set(boxes) == set(masks) == {one['id'] for one in coco.imgToAnns[image_id]}
            for number, found in people.items():
                one = coco.anns[number]
                x, y, visibility = np.array(one['keypoints']).reshape(17, 3).T
                assert np.array(found.points).reshape(17, 2).T.tolist() == [x.tolist(), y.tolist()]
                assert [state.value for state in found.visibility] == visibility.tolist()
                assert sum(state.name != 'absent' for state in found.visibility) == one['num_keypoints']
                assert boxes[number].get_bbox() == one['bbox'] and found.label == boxes[number].label == 0
                assert (masks[number].image == coco.annToMask(one)).all()
                seen |= {state.name for state in found.visibility}
    assert seen == {'absent', 'hidden', 'visible'}


def by_kind(item, *kinds) -> list[dict]:
    """An item's annotations of each kind by their id; it has no others."""
    found = [{one.id: one for one in item.annotations if one.type == kind} for kind in kinds]
    assert sum(map(len, found)) == len(item.annotations)
    return found


def test_torchvision_reads_the_masks(tmp_path, labelled):
    from torchvision.datasets import VOCSegmentation

    link_voc(tmp_path / 'VOCdevkit/VOC2012', labelled)
    dataset = VOCSegmentation(tmp_path, year='2012', image_set='train')
    names = listed(labelled, 'train')
    assert [Path(path).stem for path in dataset.images] == [Path(path).stem for path in dataset.masks] == names
    for name, (image, mask) in zip(names, dataset, strict=True):
        assert (np.asarray(image) == rgb(labelled / f'JPEGImages/{name}.jpg')).all()
        indices = np.asarray(Image.open(labelled / f'SegmentationClass/{name}.png'))
        assert mask.mode == 'P' and (np.asarray(mask) == indices).all() and image.size == mask.size == (64, 64)


def test_torchvision_finds_no_png(tmp_path, whole):
    """So writer.image_format='jpg' is said in the docs."""
    from torchvision.datasets import VOCSegmentation

    link_voc(tmp_path / 'VOCdevkit/VOC2012', whole)
    with pytest.raises(FileNotFoundError):
        VOCSegmentation(tmp_path, year='2012', image_set='train')[0]


def test_readers_of_the_voc_layout_as_it_is(dm, labelled):
    """With JPEG images: mmseg's class with its own endings of files, and datumaro on the folder itself."""
    from mmseg.datasets import BaseSegDataset

    stock = BaseSegDataset(
        data_root=str(labelled),
        ann_file='ImageSets/Segmentation/train.txt',
        data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
        metainfo=dict(classes=CLASSES),
        pipeline=[],
    )
    infos = [stock.get_data_info(index) for index in range(len(stock))]
    assert [Path(info['img_path']).stem for info in infos] == listed(labelled, 'train')
    assert all(Path(info[key]).is_file() for info in infos for key in ('img_path', 'seg_map_path'))
    dataset = dm.Dataset.import_from(str(labelled), 'voc_segmentation')
    assert set(dataset.subsets()) == {'train', 'all'} and len(list(dataset.subsets()['all'])) == NUM
    for item in dataset.subsets()['train']:
        check_image(item, labelled / f'JPEGImages/{item.id}.jpg')


def selected_ids(out: Path) -> list[int]:
    return [int(name) + 1 for name in listed(out, 'train')]


@pytest.mark.parametrize('title', ['instances', 'person_keypoints'])
def test_the_coco_layout_is_cocos(labelled, title):
    root = labelled.with_name('coco')
    coco = COCO(root / f'annotations/{title}_train2017.json')
    assert sorted(coco.imgs) == selected_ids(labelled)
    assert all(
        image['file_name'] == f'{number:012d}.jpg' and (root / 'train2017' / image['file_name']).is_file()
        for number, image in coco.imgs.items()
    )
    written = json.loads((labelled / f'Annotations/{title}_train.json').read_text())
    assert list(coco.anns.values()) == written['annotations'], 'the labels of the other layout'
    every = COCO(root / f'annotations/{title.replace("_", "-")}-all.json')
    assert sorted(every.imgs) == [*range(1, NUM + 1)]
    for number in coco.imgs:
        mask = root / f'stuffthingmaps/train2017/{number:012d}.png'
        assert mask.read_bytes() == (labelled / f'SegmentationClass/{number - 1:08d}.png').read_bytes()


def test_torchvision_reads_the_coco_layout(labelled):
    from torchvision.datasets import CocoDetection

    root = labelled.with_name('coco')
    dataset = CocoDetection(root / 'train2017', root / 'annotations/instances_train2017.json')
    assert len(dataset) == len(selected_ids(labelled))
    image, objects = dataset[0]
    assert image.size == (64, 64) and {one['image_id'] for one in objects} == {dataset.ids[0]}


@pytest.mark.parametrize(
    ('folder', 'kind'),
    [('coco', 'mmdet_coco'), ('coco_images', 'coco_instances'), ('coco_images', 'coco_person_keypoints')],
)
def test_datumaro_reads_the_coco_layout(dm, labelled, folder, kind):
    root = labelled.with_name(folder)
    title = 'person_keypoints' if 'keypoints' in kind else 'instances'
    coco = COCO(root / f'annotations/{title}_train2017.json')
    dataset = dm.Dataset.import_from(str(root), kind)
    assert set(dataset.subsets()) == {'train2017'}
    items = list(dataset)
    assert sorted(item.attributes['id'] for item in items) == selected_ids(labelled)
    for item in items:
        images = root / COCO_LAYOUTS[folder].get('image_folder', 'train2017')
        check_image(item, images / coco.imgs[item.attributes['id']]['file_name'])
        found = {one.id for one in item.annotations}
        assert found == {one['id'] for one in coco.imgToAnns[item.attributes['id']]}


def test_stock_configs_read_the_coco_layout(labelled):
    """With COCO's own paths below data_root, as every config of mmdet and mmpose has them."""
    from mmdet.datasets import CocoDataset
    from mmpose.datasets import CocoDataset as PeopleDataset

    root, names = labelled.with_name('coco'), CLASSES[1:]
    objects = CocoDataset(
        data_root=str(root),
        ann_file='annotations/instances_train2017.json',
        data_prefix=dict(img='train2017/'),
        metainfo=dict(classes=names),
        pipeline=[],
    )
    coco = COCO(root / 'annotations/instances_train2017.json')
    assert [objects.get_data_info(i)['img_id'] for i in range(len(objects))] == selected_ids(labelled)
    for index in range(len(objects)):
        info = objects.get_data_info(index)
        assert Path(info['img_path']).is_file()
        truth = [coco.cats[one['category_id']]['name'] for one in coco.imgToAnns[info['img_id']]]
        assert [names[one['bbox_label']] for one in info['instances']] == truth
    people = PeopleDataset(
        data_root=str(root),
        ann_file='annotations/person_keypoints_train2017.json',
        data_prefix=dict(img='train2017/'),
        pipeline=[],
    )
    assert len(people) and all(Path(people.get_data_info(i)['img_path']).is_file() for i in range(len(people)))


def test_synthetic_dataset_reads_the_coco_layout(labelled):
    root = labelled.with_name('coco')
    masks = SyntheticDataset(
        dataset=dict(type='mmseg.BaseSegDataset', metainfo=dict(classes=CLASSES), pipeline=[]), root=str(root)
    )
    objects = SyntheticDataset(
        dataset=dict(type='mmdet.CocoDataset', metainfo=dict(classes=CLASSES[1:]), pipeline=[]), root=str(root)
    )
    people = SyntheticDataset(dataset=dict(type='mmpose.CocoDataset', pipeline=[]), root=str(root))
    for dataset in (masks, objects):
        assert [int(Path(dataset.get_data_info(i)['img_path']).stem) for i in range(len(dataset))] == selected_ids(
            labelled
        )
    assert all(Path(masks.get_data_info(i)['seg_map_path']).is_file() for i in range(len(masks)))
    assert len(people) and Path(people.get_data_info(0)['img_path']).is_file()
