"""The small configs validate photographs of several sizes, and what they draw has the colours of METAINFO."""

import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image
from pycocotools import mask as rle

from mmdatasetdm.engine import launch

SIZES = [(128, 96), (75, 101), (64, 130)]  # width, height
PERSON, DOG = 1, 12


def label_map(width: int, height: int) -> np.ndarray:
    labels = np.zeros((height, width), np.uint8)
    labels[: height // 2], labels[:, : width // 3], labels[-4:] = PERSON, DOG, 255
    return labels


@pytest.fixture
def photographs(tmp_path) -> Path:
    """A folder of ToyRoom's layout with images of several sizes: masks, and COCO's objects."""
    random, root = np.random.default_rng(0), tmp_path / 'photographs'
    for name in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation', 'Annotations'):
        (root / name).mkdir(parents=True)
    coco = dict(images=[], annotations=[], categories=[])
    for number, (width, height) in enumerate(SIZES):
        Image.fromarray(random.integers(60, 190, (height, width, 3), np.uint8)).save(root / f'JPEGImages/{number}.jpg')
        labels = label_map(width, height)
        Image.fromarray(labels).save(root / f'SegmentationClass/{number}.png')
        coco['images'].append(dict(id=number, file_name=f'{number}.jpg', width=width, height=height))
        for label, category in ((PERSON, 1), (DOG, 12)):
            code = rle.encode(np.asfortranarray(labels == label))
            coco['annotations'].append(
                dict(
                    id=len(coco['annotations']) + 1,
                    image_id=number,
                    category_id=category,
                    iscrowd=0,
                    area=int((labels == label).sum()),
                    bbox=rle.toBbox(code).tolist(),
                    segmentation=dict(size=list(labels.shape), counts=code['counts'].decode()),
                )
            )
    names = Config.fromfile('configs/_base_/datasets/toyroom_instance.py').class_names
    coco['categories'] = [dict(id=i, name=name) for i, name in enumerate(names, start=1)]
    for part in ('train_20', 'train_50', 'val', 'test'):
        (root / f'ImageSets/Segmentation/{part}.txt').write_text('\n'.join(map(str, range(len(SIZES)))))
        (root / f'Annotations/instances_{part}.json').write_text(json.dumps(coco))
    return root


def trained(path: str, root: Path, work_dir: Path, **options) -> tuple[Config, list[Path]]:
    """One iteration and a validation -> the config and the pictures that were drawn."""
    config = Config.fromfile(f'configs/{path}.py')
    init_default_scope(config.default_scope)
    changes = {f'{part}_dataloader.dataset.data_root': str(root) for part in ('train', 'val', 'test')}
    changes |= {'train_cfg.max_iters': 1, 'train_cfg.val_interval': 1, 'train_dataloader.batch_size': 2}
    config.merge_from_dict({**changes, 'default_hooks.visualization.interval': 1, **options})
    config.param_scheduler = []
    config.visualizer.name = config.experiment_name = f'{work_dir.parent.name}_{work_dir.name}'
    config.work_dir, config.launcher = str(work_dir), 'none'
    try:
        launch.build_runner(config).train()
    finally:
        init_default_scope('mmseg')
    return config, sorted(work_dir.rglob('vis_image/*.png'))


@pytest.mark.parametrize(
    'path',
    [
        'mask2former/mask2former_r18_1xb8-2k_toyroom-real-128x128',
        'deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128',
    ],
)
def test_masks(path, photographs, tmp_path):
    config, pictures = trained(path, photographs, tmp_path / 'work')
    assert len(pictures) == len(SIZES)
    palette = np.array(config.val_dataloader.dataset.metainfo.palette)
    for picture in pictures:
        drawn = np.asarray(Image.open(picture).convert('RGB')).astype(int)
        width, height = SIZES[int(picture.name.removeprefix('val_')[0])]
        assert drawn.shape == (height, 2 * width, 3), 'the label on the left, the prediction on the right'
        image = np.asarray(Image.open(photographs / f'JPEGImages/{picture.name[4]}.jpg').convert('RGB'))
        labels = label_map(width, height)
        for label in (0, PERSON, DOG):
            expected = 0.2 * image + 0.8 * palette[label]
            near = np.abs(drawn[:, :width] - expected).max(-1) <= 3
            assert near[labels == label].mean() > 0.6, 'but for the names that are written there'


def test_instances(photographs, tmp_path):
    evaluator = str(photographs / 'Annotations/instances_val.json')
    _, pictures = trained(
        'mask2former/mask2former_r18_1xb8-2k_toyroom-instance-real-128x128',
        photographs,
        tmp_path / 'work',
        **{'val_evaluator.ann_file': evaluator, 'val_dataloader.batch_size': 2},
    )
    assert pictures
