"""The true-size configs of stock models take a step of training: their architectures, optimizers and preprocessors."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData

from mmdatasetdm.registry import MODELS

ROOT = Path(__file__).parents[2]
SIZE = (64, 64)  # of images whose labels are pixels: the least that keeps two values a channel at stride 32
VOC = '40k_voc12-100shot-real-synthetic-512x512'
COCO = '40k_coco-800shot-real-synthetic'
Batch = tuple[list[torch.Tensor], list]


def images(size: tuple[int, int] = SIZE) -> list[torch.Tensor]:
    """Two uint8 images, since a batch norm over one value has no variance."""
    return list(torch.randint(0, 256, (2, 3, *size), dtype=torch.uint8))


def masks(config: Config) -> Batch:
    """Four classes in quarters, one corner ignored."""
    from mmseg.structures import SegDataSample

    labels = torch.randint(0, config.model.decode_head.num_classes, (2, 1, 2, 2))
    labels = labels.repeat_interleave(SIZE[0] // 2, 2).repeat_interleave(SIZE[1] // 2, 3)
    labels[..., :8, :8] = 255
    return images(), [
        SegDataSample(gt_sem_seg=PixelData(data=label), metainfo=dict(img_shape=SIZE, ori_shape=SIZE))
        for label in labels
    ]


def depth(config: Config) -> Batch:
    """Metres in the head's range."""
    from mmseg.structures import SegDataSample

    metres = 0.5 + torch.rand(2, 1, *SIZE) * (config.model.decode_head.max_depth - 0.5)
    meta = dict(img_shape=SIZE, ori_shape=SIZE)
    return images(), [SegDataSample(gt_depth_map=PixelData(data=one), metainfo=meta) for one in metres]


def objects(config: Config) -> Batch:
    """Two objects an image."""
    from mmdet.structures import DetDataSample
    from mmdet.structures.mask import BitmapMasks

    samples = []
    for _ in range(2):
        bitmaps = np.zeros((2, *SIZE), np.uint8)
        bitmaps[0, 4:30, 4:40], bitmaps[1, 32:60, 20:60] = 1, 1
        labels = torch.randint(0, config.model.panoptic_head.num_things_classes, (2,))
        boxes = torch.tensor([[4.0, 4, 40, 30], [20, 32, 60, 60]])
        sample = DetDataSample(metainfo=dict(img_shape=SIZE, ori_shape=SIZE, batch_input_shape=SIZE, pad_shape=SIZE))
        sample.gt_instances = InstanceData(labels=labels, bboxes=boxes, masks=BitmapMasks(bitmaps, *SIZE))
        samples.append(sample)
    return images(), samples


def joints(config: Config) -> Batch:
    """People of 17 joints, one of them hidden, at the codec's own size."""
    from mmpose.registry import KEYPOINT_CODECS
    from mmpose.structures import PoseDataSample

    width, height = config.codec.input_size
    codec = KEYPOINT_CODECS.build(config.codec)
    samples = []
    for _ in range(2):
        visible = np.ones((1, 17), np.float32)
        visible[0, 3] = 0
        target = codec.encode(np.random.rand(1, 17, 2) * (width - 1, height - 1), visible)
        sample = PoseDataSample(metainfo=dict(img_shape=(height, width), input_size=(width, height)))
        sample.gt_fields = PixelData(heatmaps=torch.from_numpy(target['heatmaps']))
        weights = torch.from_numpy(target['keypoint_weights'])
        sample.gt_instance_labels = InstanceData(keypoint_weights=weights)
        samples.append(sample)
    return images((height, width)), samples


CONFIGS = {
    f'deeplabv3/deeplabv3_r101-d8_4xb4-{VOC}': masks,
    f'deeplabv3plus/deeplabv3plus_r50-d8_4xb4-{VOC}': masks,
    f'deeplabv3plus/deeplabv3plus_mobilenet-v2-d8_4xb4-{VOC}': masks,
    f'mask2former/mask2former_r50_8xb2-{VOC}': masks,
    f'mask2former/mask2former_swin-b-in22k-384x384-pre_8xb2-{VOC}': masks,
    'mask2former/mask2former_r50_8xb2-lsj-368k_coco-400shot-instance-real-synthetic': objects,
    f'topdown_heatmap/td-hm_hrnet-w32_8xb64-{COCO}-256x192': joints,
    f'topdown_heatmap/td-hm_hrnet-w32_8xb64-{COCO}-384x288': joints,
    f'topdown_heatmap/td-hm_res50_8xb64-{COCO}-256x192': joints,
    'depthformer/depthformer_swint_8xb2-38k_nyu-50shot-real-synthetic-416x544': depth,
    'depthformer/depthformer_swinl_8xb2-38k_nyu-50shot-real-synthetic-416x544': depth,
}


def read(name: str) -> Config:
    """The config without pretrained weights and without the random leaving out of whole blocks; images are padded to
    ``SIZE`` instead of to that of the training.
    """
    config = Config.fromfile(ROOT / f'configs/{name}.py')
    config.model.pop('pretrained', None)
    config.model.backbone.pop('pretrained', None)
    config.model.backbone.pop('init_cfg', None)
    if 'Swin' in config.model.backbone.type:
        config.model.backbone.drop_path_rate = 0.0
    preprocessor = config.model.data_preprocessor
    if 'size' in preprocessor:
        preprocessor.size = SIZE
    for augment in preprocessor.get('batch_augments') or ():
        augment.size = SIZE
    return config


def probe(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The first values of every trainable parameter: a copy of all would be a second model in memory."""
    return {
        name: parameter.detach().flatten()[:1024].clone()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


@pytest.fixture
def clean() -> Iterator[None]:
    """One model in memory at a time."""
    yield
    init_default_scope('mmseg')
    gc.collect()


@pytest.mark.parametrize(('name', 'batch'), CONFIGS.items(), ids=[name.split('/')[1] for name in CONFIGS])
def test_a_training_step(name: str, batch: Callable[[Config], Batch], clean: None):
    config = read(name)
    if config.default_scope == 'mmpose':
        pytest.importorskip('mmpose', reason='mmpose is not installed')
    init_default_scope(config.default_scope)
    torch.manual_seed(0)
    np.random.seed(0)
    model = revert_sync_batchnorm(MODELS.build(config.model)).train()  # as the runner does without several GPUs
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    inputs, samples = batch(config)
    before = probe(model)
    losses = model.train_step(dict(inputs=inputs, data_samples=samples), optimizer)
    after = probe(model)
    assert losses['loss'] > 0
    assert all(torch.isfinite(value).all() for value in losses.values()), losses
    assert all(torch.isfinite(value).all() for value in after.values())
    # in a map smaller than its windows a shifted window may hold one position, whose bias has no gradient
    still = [key for key in before if torch.equal(before[key], after[key]) and 'relative_position_bias' not in key]
    assert not still
