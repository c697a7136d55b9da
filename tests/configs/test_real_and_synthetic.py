"""Real and synthetic images together, for every task: files in the layouts of the official data sets beside a generated
folder, read by the shipped config, and a step of training on a batch of both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from PIL import Image
from pycocotools import mask as rle

from mmdatasetdm.generation.records import Instance, Person, SampleRecord
from mmdatasetdm.generation.scores import Scores
from mmdatasetdm.generation.writers.coco_json import write_coco
from mmdatasetdm.registry import MODELS
from mmdatasetdm.utils.schema import SCHEMA_VERSION
from tests.configs.test_training_step import SIZE, read

JOINTS = [12.0, 20.0, 2] * 17
VOC_CLASSES = 21
KINECT = (480, 640)  # height and width of NYU's images, whose frame the configs cut off


def photograph(path: Path, size: tuple[int, int] = (64, 64)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(len(path.name)).integers(0, 255, (*size, 3), dtype=np.uint8)
    Image.fromarray(values).save(path)


def label(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def listed(path: Path, names: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(names) + '\n')


def squares(index: int, classes: int) -> np.ndarray:
    values = np.zeros((64, 64), np.uint8)
    values[8:56, 8:56] = 1 + index % (classes - 1)
    return values


def describe(root: Path, **more: object) -> None:
    (root / 'dataset.json').write_text(json.dumps(dict(schema_version=SCHEMA_VERSION, img_suffix='.png', **more)))


# -- the official data sets
def voc(root: Path) -> None:
    names = [f'2007_{index:06}' for index in range(20)]
    for index, name in enumerate(names):
        photograph(root / f'JPEGImages/{name}.jpg')
        label(root / f'SegmentationClass/{name}.png', squares(index, VOC_CLASSES))
    listed(root / 'ImageSets/Segmentation/train.txt', names)


def nyu(root: Path) -> None:
    photograph(root / 'images/train/0000.jpg', KINECT)
    label(root / 'depth/train/0000.png', metres())
    for index in range(1, 50):
        (root / f'images/train/{index:04}.jpg').symlink_to('0000.jpg')
        (root / f'depth/train/{index:04}.png').symlink_to('0000.png')


def metres() -> np.ndarray:
    """1.5 m and, in a square, 1.501 m, in millimetres."""
    values = np.full(KINECT, 1500, np.uint16)
    values[100:300, 100:300] += 1
    return values


def coco_file(root: Path, file: str, categories: list[dict], **more: object) -> None:
    """As COCO's own: a record of an image and of an object have these keys, a category its supercategory."""
    images, objects = [], []
    for index in range(400):
        number = 139 + index
        images.append(
            dict(license=1, file_name=f'{number:012}.jpg', coco_url='http://images.cocodataset.org/train2017/x.jpg',
                 height=64, width=64, date_captured='2013-11-14 17:02:52', flickr_url='http://x', id=number)
        )  # fmt: skip
        objects.append(
            dict(segmentation=[[8.5, 8.5, 56.5, 8.5, 56.5, 56.5, 8.5, 56.5]], area=2304.0, iscrowd=0, image_id=number,
                 bbox=[8.5, 8.5, 48.0, 48.0], category_id=categories[index % len(categories)]['id'], id=index + 1,
                 **more)
        )  # fmt: skip
    photograph(root / 'train2017' / images[0]['file_name'])
    for image in images[1:]:
        (root / 'train2017' / image['file_name']).symlink_to(images[0]['file_name'])
    (root / 'annotations').mkdir(exist_ok=True)
    content = dict(info={}, licenses=[], images=images, annotations=objects, categories=categories)
    (root / 'annotations' / file).write_text(json.dumps(content))


def coco_objects(root: Path) -> None:
    from mmdet.datasets import CocoDataset

    names = CocoDataset.METAINFO['classes']
    categories = [
        dict(supercategory='thing', id=index + 1 + index // 11, name=name) for index, name in enumerate(names)
    ]
    coco_file(root, 'instances_train2017.json', categories)


def person() -> dict:
    """The category that the generator writes, as ``person_category`` makes it of a trained decoder's metainfo."""
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    from mmdatasetdm.generation.annotators.pose import PoseAnnotator, PoseOptions, person_category

    model = torch.nn.Module()
    model.dataset_meta = parse_pose_metainfo(dict(from_file='configs/_base_/datasets/coco.py'))
    return person_category(PoseAnnotator(model=model, options=PoseOptions(config='pose.py')))


# COCO 2017, annotations/person_keypoints_train2017.json
OFFICIAL_PERSON = dict(
    supercategory='person',
    id=1,
    name='person',
    keypoints=['nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder', 'right_shoulder',
               'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist', 'left_hip', 'right_hip', 'left_knee',
               'right_knee', 'left_ankle', 'right_ankle'],
    skeleton=[[16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9], [8, 10],
              [9, 11], [2, 3], [1, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 7]],
)  # fmt: skip


def coco_people(root: Path) -> None:
    coco_file(root, 'person_keypoints_train2017.json', [OFFICIAL_PERSON], num_keypoints=17, keypoints=JOINTS)


# -- generated folders
def synthetic_masks(root: Path) -> None:
    from mmseg.datasets import PascalVOCDataset

    for index in range(4):
        photograph(root / f'JPEGImages/{index:08}.png')
        label(root / f'SegmentationClass/{index:08}.png', squares(index, VOC_CLASSES))
    listed(root / 'ImageSets/Segmentation/train.txt', [f'{index:08}' for index in range(4)])
    describe(root, classes=PascalVOCDataset.METAINFO['classes'])


def synthetic_depth(root: Path) -> None:
    synthetic_masks(root)
    for index in range(4):
        photograph(root / f'JPEGImages/{index:08}.png', KINECT)
        label(root / f'Depth/{index:08}.png', metres())
    describe(root, recipe=dict(writer=dict(depth_scale=1000)))


def synthetic_coco(root: Path, task: str, key: str, categories: list[dict], **more: object) -> None:
    synthetic_masks(root)
    mask = rle.encode(np.asfortranarray(squares(0, 2)))
    kind = dict(instances=Instance, persons=Person)[key]
    outline = dict(size=mask['size'], counts=mask['counts'].decode())
    one = kind(category_id=1, bbox=[8.0, 8.0, 48.0, 48.0], area=2304, segmentation=outline, **more)
    common = dict(name='', prompt='', classes=[], size=[64, 64], failed=None, scores=Scores())
    records = [
        SampleRecord(id=index, files=dict(image=f'JPEGImages/{index:08}.png'), **{key: [one]}, **common)
        for index in range(4)
    ]
    write_coco(
        root / f'Annotations/{task}_train.json', lambda: records, key=key, categories=categories, folder='JPEGImages/'
    )


def synthetic_objects(root: Path) -> None:
    from mmdet.datasets import CocoDataset

    names = CocoDataset.METAINFO['classes']
    categories = [dict(id=index, name=name) for index, name in enumerate(names, start=1)]
    synthetic_coco(root, 'instances', 'instances', categories, score=0.9)


def synthetic_people(root: Path) -> None:
    synthetic_coco(root, 'person_keypoints', 'persons', [person()], num_keypoints=17, keypoints=JOINTS)


TASKS = {
    'deeplabv3plus/deeplabv3plus_mobilenet-v2-d8_4xb4-40k_voc12-100shot-real-synthetic-512x512': (
        'VOC',
        voc,
        synthetic_masks,
    ),
    'mask2former/mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-real-synthetic': (
        'COCO',
        coco_objects,
        synthetic_objects,
    ),
    'depthformer/depthformer_swint_8xb2-38k_nyu-50shot-real-synthetic-416x544': ('NYU', nyu, synthetic_depth),
    'topdown_heatmap/td-hm_res50_8xb64-40k_coco-800shot-real-synthetic-256x192': (
        'COCO',
        coco_people,
        synthetic_people,
    ),
    'topdown_heatmap/td-hm_res18_1xb8-2k_toyroom-real-synthetic-128x96': (None, None, synthetic_people),
}


def shrink(pipeline: list[dict]) -> None:
    """Crops of the size of the photographs here."""
    for transform in pipeline:
        if 'crop_size' in transform:
            transform.crop_size = SIZE
        if transform.type == 'RandomResize':
            transform.update(scale=SIZE, ratio_range=(1.0, 1.5))


@pytest.fixture
def scope() -> Iterator[None]:
    yield
    init_default_scope('mmseg')


@pytest.mark.parametrize(('name', 'files'), TASKS.items(), ids=[name.split('/')[1] for name in TASKS])
def test_a_step_on_real_and_synthetic_images(
    name: str, files: tuple[str, Callable, Callable], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scope: None
):
    variable, write_real, write_synthetic = files
    if 'topdown' in name:
        pytest.importorskip('mmpose', reason='mmpose is not installed')
    if write_real is not None:
        write_real(tmp_path / 'real')
        monkeypatch.setenv(f'MMDATASETDM_{variable}', str(tmp_path / 'real'))
    write_synthetic(tmp_path / 'synthetic')
    monkeypatch.chdir(tmp_path)
    config: Config = read(name)
    init_default_scope(config.default_scope)
    loader = config.train_dataloader
    loader.update(batch_size=2, num_workers=0, persistent_workers=False)
    real, synthetic = loader.dataset.datasets
    synthetic.root = str(tmp_path / 'synthetic')
    for key in ('num', 'images'):  # of as many labelled images as there are
        if key in real:
            real[key] = min(real[key], 400)
    if 'per_class' in real:
        real.per_class = 1
    for part in (real, synthetic):
        for pipeline in (part.get('pipeline'), part.get('dataset', {}).get('pipeline')):
            shrink(pipeline or [])

    torch.manual_seed(0)
    np.random.seed(0)
    batch = next(iter(Runner.build_dataloader(loader, seed=0)))
    folders = [str(tmp_path / 'synthetic') in sample.img_path for sample in batch['data_samples']]
    assert sorted(folders) == [False, True], 'one of each in a pair of images'
    model = revert_sync_batchnorm(MODELS.build(config.model)).train()
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    losses = model.train_step(batch, optimizer)
    assert losses['loss'] > 0 and all(torch.isfinite(value).all() for value in losses.values()), losses
