"""Cityscapes's layout: its label values, and that mmseg and Cityscapes's own scripts read what is written."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmseg.datasets import CityscapesDataset
from PIL import Image
from pycocotools.coco import COCO

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.annotators.instance import coco_instance
from mmdatasetdm.generation.records import Instance
from mmdatasetdm.generation.writers.base import build_writer_options
from mmdatasetdm.generation.writers.cityscapes import LABELS, TRAINED, CityscapesOptions, CityscapesWriter
from mmdatasetdm.visualization import write_report
from tests.generation.conftest import contents, write_depth_decoder, write_instance_decoder

NAMES = dict(chair='car', table='road', sofa='building')  # the tests' decoder knows no street
WRITER = {'writer.type': 'cityscapes', 'writer.names': NAMES}
FOLDERS = dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train')


def values(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def files(writer: CityscapesWriter, sample_id: int, **labels) -> dict[str, np.ndarray]:
    return {path: values(data) for _, path, data in writer.encode_labels(sample_id, labels)}


def test_the_labels_are_cityscapes():
    official = pytest.importorskip('cityscapesscripts.helpers.labels').labels
    there = {label.name: (label.id, label.trainId, label.hasInstances, label.color) for label in official}
    del there['license plate']  # its id is -1: no file holds it
    assert {name: tuple(label) for name, label in LABELS.items()} == there
    assert CityscapesDataset.METAINFO['classes'] == TRAINED
    assert [list(LABELS[name].colour) for name in TRAINED] == CityscapesDataset.METAINFO['palette']


def test_values_of_a_label_map():
    writer = CityscapesWriter(
        options=CityscapesOptions(city='toytown', names=dict(human='person')),
        classes=('background', 'road', 'human', 'parking', 'car'),
        categories={1: 'human', 7: 'car', 8: 'road'},
    )
    semantic = np.array([[0, 1, 2, 2, 2, 3, 4, 255]], np.uint8)

    def thing(category: int, *columns: int) -> Instance:
        mask = np.zeros((1, 8), bool)
        mask[0, list(columns)] = True
        return coco_instance(mask, category_id=category, score=0.9)

    # the first person is sure of a pixel that the masks call parking; the last object is nowhere a car by the masks
    objects = [thing(1, 2, 5), thing(1, 3), thing(7, 6, 7), thing(8, 1), thing(7, 0)]
    found = files(writer, 2_000_003, semantic=semantic, instance=objects, depth=np.full((1, 8), 2.0))
    base = 'gtFine/train/toytown/toytown_000002_000003_gtFine'
    assert found[f'{base}_labelTrainIds.png'].tolist() == [[255, 0, 11, 11, 11, 255, 13, 255]]
    assert found[f'{base}_labelIds.png'].tolist() == [[0, 7, 24, 24, 24, 9, 26, 0]]
    assert found[f'{base}_instanceIds.png'].tolist() == [[0, 7, 24000, 24001, 24, 9, 26000, 0]]
    assert found['depth/train/toytown/toytown_000002_000003_depth.png'].tolist() == [[2000] * 8]
    assert len(found) == 4 and len(files(writer, 0, semantic=semantic)) == 2


@pytest.mark.parametrize(
    ('classes', 'options', 'message'),
    [
        (('background', 'road', 'sofa', 'lamp'), {}, "writer 'cityscapes': the decoder's classes sofa, lamp are"),
        (('road',), dict(names=dict(lamp='pole')), 'writer.names: the semantic decoder has no class lamp'),
        (('road', 'lamp'), dict(names=dict(lamp='light')), "writer.names: 'light' is no class of Cityscapes; those"),
        ((), {}, "writer 'cityscapes' needs a semantic decoder"),
        (('road',), dict(city='a_b'), "writer.city is 'a_b'; it must be of letters"),
        (('road',), dict(image_format='jpg'), "writer.image_format is 'jpg'; it must be 'png'"),
        (('road',), dict(names='road'), "writer.names is 'road'; it must be a dict"),
        (('road',), dict(depth_scale=0), 'writer.depth_scale is 0; it must be 1 or more'),
        (('road',), dict(quality=90), "writer has no option 'quality'; known are type"),
    ],
)
def test_mistakes(classes, options, message):
    with pytest.raises(UserError) as error:
        CityscapesWriter(options=build_writer_options(dict(type='cityscapes', **options)), classes=classes)
    assert str(error.value).startswith(f'recipe: {message}') and '\n' not in str(error.value)


def test_an_unknown_layout():
    with pytest.raises(UserError, match=r"writer\.type is 'pixels'; known are 'cityscapes', 'coco', .*'voc'"):
        build_writer_options(dict(type='pixels'))


@pytest.fixture(scope='module')
def streets(tmp_path_factory, recipe_file, toy_generator_folder) -> tuple[Path, dict]:
    """Six samples with masks, objects and depth, and the overrides that made them."""
    from mmdatasetdm.generation import load_recipe

    folder = tmp_path_factory.mktemp('streets')
    instance = write_instance_decoder(folder, toy_generator_folder)
    depth = write_depth_decoder(folder, toy_generator_folder)
    options = {
        **WRITER,
        'decoders': dict(
            instance=dict(config=str(instance[0]), checkpoint=str(instance[1]), min_score=0.05),
            depth=dict(config=str(depth[0]), checkpoint=str(depth[1])),
        ),
        'filters': [dict(type='InstanceCount', at_most=3)],
    }
    generate(load_recipe(recipe_file, options=options), folder / 'out', num=6)
    return folder / 'out', options


def test_stopped_and_started_again(streets, make_recipe, tmp_path):
    root, options = streets
    generate(make_recipe(options), tmp_path / 'out', num=5)
    damaged = tmp_path / 'out/gtFine/train/synthetic/synthetic_000000_000001_gtFine_instanceIds.png'
    damaged.unlink()
    generate(make_recipe(options), tmp_path / 'out', num=6)
    assert contents(tmp_path / 'out') == contents(root)


def test_mmseg_reads_it(streets):
    root, _ = streets
    names = (root / 'ImageSets/Segmentation/all.txt').read_text().split()
    assert names == [f'synthetic/synthetic_000000_{i:06d}' for i in range(6)]
    every = CityscapesDataset(data_root=str(root), data_prefix=FOLDERS, pipeline=[])
    assert len(every) == 6
    train = (root / 'ImageSets/Segmentation/train.txt').read_text().split()
    stock = dict(
        type='CityscapesDataset',
        pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')],
    )
    init_default_scope('mmseg')
    dataset = SyntheticDataset(dataset=stock, root=str(root))
    assert len(dataset) == len(train) > 0
    sample = dataset[0]
    stem = f'{root}/gtFine/train/{train[0]}_gtFine'
    seen = sample['data_samples'].gt_sem_seg.data[0].numpy()
    assert (seen == np.asarray(Image.open(f'{stem}_labelTrainIds.png'))).all()
    assert {*np.unique(seen)} <= {0, 2, 11, 13, 255} and sample['inputs'].shape == (3, 64, 64)
    depth = SyntheticDataset(dataset=dict(type='NYUDataset', pipeline=[]), root=str(root))
    assert [Path(depth.get_data_info(i)['img_path']).name for i in range(len(depth))] == [
        f'{Path(name).name}_leftImg8bit.png' for name in train
    ]
    assert all(Path(depth.get_data_info(i)['depth_map_path']).is_file() for i in range(len(depth)))


def test_cityscapes_own_scripts_read_it(streets, capsys):
    pytest.importorskip('cityscapesscripts')
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as evaluation
    from cityscapesscripts.evaluation.instances2dict import instances2dict
    from cityscapesscripts.helpers.csHelpers import getCsFileInfo

    root, _ = streets
    truth = sorted(map(str, root.glob('gtFine/train/*/*_labelIds.png')))
    info = getCsFileInfo(truth[3])
    assert (info.city, info.sequenceNb, info.frameNb, info.type, info.type2) == (
        'synthetic',
        '000000',
        '000003',
        'gtFine',
        'labelIds',
    )
    evaluation.args.JSONOutput, evaluation.args.quiet = False, True
    scores = evaluation.evaluateImgLists(truth, truth, evaluation.args)
    assert scores['averageScoreClasses'] == scores['averageScoreInstClasses'] == 1.0

    objects = COCO(root / 'Annotations/instances_all.json')
    for path in truth:
        instances = path.replace('labelIds', 'instanceIds')
        ids, labels = np.asarray(Image.open(instances)).astype(int), np.asarray(Image.open(path))
        assert (np.where(ids < 1000, ids, ids // 1000) == labels).all(), 'objects lie in their class'
        (found,) = instances2dict([instances]).values()
        counted = Counter({name: sum(one['instID'] >= 1000 for one in ones) for name, ones in found.items()})
        image = objects.imgs[1 + int(getCsFileInfo(path).frameNb)]
        assert image['file_name'] == f'synthetic/synthetic_000000_{image["id"] - 1:06d}_leftImg8bit.png'
        known = Counter(objects.cats[one['category_id']]['name'] for one in objects.imgToAnns[image['id']])
        assert counted['person'] <= known['person'] and counted['car'] <= known['chair'] and not counted['building']


def test_mmdet_reads_its_instances(streets):
    root, _ = streets
    stock = dict(
        type='mmdet.CocoDataset',
        metainfo=dict(classes=('person', 'chair', 'table', 'sofa')),
        pipeline=[],
        filter_cfg=None,
    )
    dataset = SyntheticDataset(dataset=stock, root=str(root))
    assert all(Path(dataset.get_data_info(i)['img_path']).is_file() for i in range(len(dataset))) and len(dataset)


def test_the_report_shows_it(streets, tmp_path):
    root, _ = streets
    page = write_report(root, tmp_path / 'page', samples=2).read_text()
    assert f'rgb{LABELS["car"].colour}'.replace(' ', '') in page and '>chair<' in page and 'of 5 classes' in page
    assert json.loads((root / 'dataset.json').read_text())['label_names'] == {
        'background': 'unlabeled',
        'person': 'person',
        **NAMES,
    }


def test_a_finished_folder_in_the_other_layout(whole, make_recipe, tmp_path):
    generate(make_recipe(WRITER), tmp_path / 'out', relabel=whole, num=4)
    image = tmp_path / 'out/leftImg8bit/train/synthetic/synthetic_000000_000002_leftImg8bit.png'
    assert image.samefile(whole / 'JPEGImages/00000002.png')
    generate(make_recipe(), tmp_path / 'back', relabel=tmp_path / 'out')
    for name in ('JPEGImages/00000002.png', 'SegmentationClass/00000002.png'):
        assert (tmp_path / 'back' / name).read_bytes() == (whole / name).read_bytes()
