"""Miniatures of the paper's data sets, each in the exact layout of its files, and of the configs that read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from mmengine.config import Config

from tests.configs.test_real_and_synthetic import JOINTS, KINECT, OFFICIAL_PERSON, label, listed, metres, photograph

SIDE = 64
# ``shrink`` makes every crop this large: a multiple of the generator's coarsest stride
CROP = (SIDE, SIDE)


def regions(ids: list[int]) -> np.ndarray:
    """A label map (64, 64) with a stripe of each id."""
    rows = np.array_split(np.arange(SIDE), len(ids))
    values = np.zeros((SIDE, SIDE), np.uint8)
    for index, some in zip(ids, rows, strict=True):
        values[some] = index
    return values


def voc(root: Path) -> None:
    """20 images, a class each, and two for validation."""
    names = [f'2007_{index:06}' for index in range(22)]
    for index, name in enumerate(names):
        photograph(root / f'JPEGImages/{name}.jpg', CROP)
        label(root / f'SegmentationClass/{name}.png', regions([0, 1 + index % 20, 255]))
    listed(root / 'ImageSets/Segmentation/train.txt', names[:20])
    listed(root / 'ImageSets/Segmentation/val.txt', names[20:])


def cityscapes(root: Path) -> None:
    """Two images of a city for training and one for validation, with label ids, converted to all sets of classes."""
    from tools.dataset_converters import cityscapes as converter

    for split, city, count in (('train', 'aachen', 2), ('val', 'lindau', 1)):
        for index in range(count):
            name = f'{split}/{city}/{city}_{index:06}_000019'
            photograph(root / f'leftImg8bit/{name}_leftImg8bit.png', CROP)
            ids = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33, 0]
            label(root / f'gtFine/{name}_gtFine_labelIds.png', regions(ids))
    assert converter.main([str(root)]) == 0


def domains(root: Path) -> None:
    """Pascal VOC and Cityscapes side by side, with the labels of the classes that both have."""
    from tools.dataset_converters import domains as converter

    voc(root / 'voc')
    cityscapes(root / 'cityscapes')
    for index in range(9):  # cars, persons and motorbikes, whatever else there is
        name = f'2007_{index:06}'
        label(root / f'voc/SegmentationClass/{name}.png', regions([0, (7, 15, 14)[index % 3]]))
    for name in ('voc', 'cityscapes'):
        assert converter.main([name, str(root / name)]) == 0


def deepfashion(root: Path) -> None:
    """Garments in four views, with all 24 classes, split by the converter."""
    from tools.dataset_converters import deepfashion as converter

    for number in range(12):
        name = f'WOMEN-Dresses-id_{number:08}-01_4_full'
        photograph(root / f'images/{name}.jpg', CROP)
        label(root / f'segm/{name}_segm.png', regions(list(range(24))))
    assert converter.main([str(root), '--val-fraction', '0.2']) == 0


def nyu(root: Path) -> None:
    """Four labelled images for training and one for test, as large as the Kinect's."""
    for split, count in (('train', 4), ('train_24k', 4), ('test', 1)):
        for index in range(count):
            photograph(root / f'images/{split}/{index:04}.jpg', KINECT)
            label(root / f'depth/{split}/{index:04}.png', metres())


def coco(root: Path) -> None:
    """Four images for training and one for validation: objects, persons with keypoints, and the detector's boxes."""
    from mmdet.datasets import CocoDataset

    names = CocoDataset.METAINFO['classes']
    # as COCO's own, whose 80 classes have ids from 1 to 90 with gaps
    categories = [dict(supercategory='thing', id=i + 1 + i // 11, name=name) for i, name in enumerate(names)]
    outline = [[8.5, 8.5, 56.5, 8.5, 56.5, 56.5, 8.5, 56.5]]
    (root / 'annotations').mkdir(parents=True)
    for split, first, count in (('train2017', 139, 4), ('val2017', 285, 1)):
        images = [dict(file_name=f'{i:012}.jpg', height=SIDE, width=SIDE, id=i) for i in range(first, first + count)]
        for image in images:
            photograph(root / split / image['file_name'], CROP)
        boxes = [
            dict(id=i, image_id=image['id'], category_id=1, iscrowd=0, area=2304.0, bbox=[8.5, 8.5, 48.0, 48.0],
                 segmentation=outline)
            for i, image in enumerate(images, start=1)
        ]  # fmt: skip
        people = [dict(box, num_keypoints=17, keypoints=JOINTS) for box in boxes]
        for file, some, kinds in (('instances', boxes, categories), ('person_keypoints', people, [OFFICIAL_PERSON])):
            content = dict(info={}, licenses=[], images=images, annotations=some, categories=kinds)
            (root / f'annotations/{file}_{split}.json').write_text(json.dumps(content))
    found = root / 'person_detection_results/COCO_val2017_detections_AP_H_56_person.json'
    found.parent.mkdir()
    found.write_text(json.dumps([dict(image_id=285, category_id=1, bbox=[8.5, 8.5, 48.0, 48.0], score=0.9)]))


# -- configs
def shrink(config: Config, generator: Path) -> Config:
    """A shipped config on crops of 64 px and a few images, without pretrained weights, of the parts that it has.

    Args:
        config: of a decoder or of a stock model.
        generator: a small folder of the same family.
    """
    _walk(config._cfg_dict, _small_transform)  # a Config is no dict
    for part in ('train', 'val', 'test'):
        loader = config[f'{part}_dataloader']
        loader.update(num_workers=0, persistent_workers=False, batch_size=2 if part == 'train' else 1)
    _walk(config.train_dataloader.dataset, _few)
    config.auto_scale_lr.base_batch_size = 2
    model = config.model
    model.pop('pretrained', None)
    model.backbone.pop('init_cfg', None)
    preprocessor = model.data_preprocessor
    if preprocessor.get('size'):
        preprocessor.size = CROP
    if (preprocessor.get('test_cfg') or {}).get('size'):
        preprocessor.test_cfg = dict(size_divisor=SIDE)
    for augment in preprocessor.get('batch_augments') or ():
        augment.size = CROP
    if model.backbone.type == 'mmdatasetdm.DiffusionFeatureBackbone':
        model.backbone.generator = str(generator)
        _walk(model, _small_decoder)
        if 'max_per_image' in (model.get('test_cfg') or {}):
            model.test_cfg.max_per_image = 5  # as many as there are queries
        config.train_dataloader.batch_size = config.auto_scale_lr.base_batch_size = 1
    else:
        _walk(model, _small_stock)
    return config


def _walk(values: object, change: Callable[[dict], None]) -> None:
    """Change every dict inside of a config."""
    if isinstance(values, dict):
        change(values)
    for value in list(values.values()) if isinstance(values, dict) else values if isinstance(values, list) else ():
        _walk(value, change)


def _small_transform(step: dict) -> None:
    kind = str(step.get('type'))
    if 'crop_size' in step and kind == 'RandomCrop':
        step['crop_size'] = CROP
        step.pop('cat_max_ratio', None)
    elif kind == 'RandomResize':
        step.update(scale=CROP, ratio_range=(1.0, 1.5))
    elif kind == 'Resize' and 'scale' in step:
        step['scale'] = CROP
    elif kind == 'RandomChoiceResize':
        step.update(scales=[SIDE, SIDE + 16], max_size=2 * SIDE)


def _few(dataset: dict) -> None:
    for key, count in (('per_class', 1), ('cover', 2), ('num', 2), ('images', 2)):
        if str(dataset.get('type')).endswith('FewShotDataset') and dataset.get(key):
            dataset[key] = count
            if key == 'per_class' and dataset.dataset.type == 'CocoDataset':  # of 80 classes one is shown
                dataset.pop('per_class')


def _small_decoder(part: dict) -> None:
    kind = str(part.get('type')).rpartition('.')[2]
    if kind == 'PixelDecoder':
        part['feat_channels'] = 16
    elif kind == 'TransformerDecoder':
        part.update(num_queries=5, num_layers=1, feedforward_channels=16)
    elif kind == 'SetCriterion':
        part['num_points'] = 64
    elif kind == 'HeatmapHead' and part.get('conv_out_channels'):
        part.update(in_channels=16, conv_out_channels=(16,))


def _small_stock(part: dict) -> None:
    """Mask2Former with a layer each; DepthFormer, whose Swin-L has 200 M parameters, in the built-in world's sizes."""
    if 'num_points' in part and 'oversample_ratio' in part:
        part['num_points'] = 64
    if 'layer_cfg' in part:
        part['num_layers'] = 1
    kind, channels = str(part.get('type')).rpartition('.')[2], [16, 24, 48, 96, 192]
    if kind == 'StemSwinTransformer':
        part.update(embed_dims=24, depths=(1, 1, 2, 1), num_heads=(1, 2, 4, 8), window_size=4, stem_channels=16)
        part.update(drop_path_rate=0.0, pretrained=None)
    elif kind == 'HAHINeck':
        part.update(channels=channels, feat_channels=32, num_heads=4, num_points=2)
    elif kind == 'DenseDepthHead':
        part.update(channels=channels)
