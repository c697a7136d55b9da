"""DepthFormer: the original's sizes, layer by layer; its loss; the small one learns."""

import math

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import PARAM_SCHEDULERS, init_default_scope
from mmengine.structures import PixelData
from mmseg.models.backbones import SwinTransformer
from mmseg.structures import SegDataSample
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import MODELS

CONFIG = 'configs/depthformer/depthformer_{}_1xb8-{}-128x128.py'
NYU = 'configs/depthformer/depthformer_{}_8xb2-38k_nyu-50shot-real-416x544.py'


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def hahi_parameters(channels: list[int], width: int) -> int:
    """Of the original neck, by its layers: convolutions without bias before a norm, two deformable attentions with
    eight heads, eight points and four levels, a linear layer for the reference points, an embedding a level."""
    levels = channels[1:]
    lateral = sum(c * c + 2 * c for c in channels)
    project = sum(c * width + 2 * width for c in channels)
    blend = sum((c + width) * c * 9 + 2 * c for c in channels)
    points = 8 * 4 * 8
    attention = (width + 1) * points * 2 + (width + 1) * points + 2 * (width + 1) * width
    return lateral + project + blend + 2 * attention + 2 * (width + 1) + len(levels) * width


def head_parameters(channels: list[int]) -> int:
    """Of the original head: a 1x1 convolution, then two 3x3 convolutions a step, all with bias, and the prediction."""
    *finer, below = channels
    total = below * below + below
    for width in reversed(finer):
        total += (below + width) * width * 9 + width + width * width * 9 + width
        below = width
    return total + below * 9 + 1


@pytest.mark.parametrize(
    ('name', 'dims', 'depths', 'heads', 'width'),
    [
        ('swint', 96, (2, 2, 6, 2), (3, 6, 12, 24), 256),
        ('swinl', 192, (2, 2, 18, 2), (6, 12, 24, 48), 512),
    ],
)
def test_true_size_models_have_the_originals_parameters(name, dims, depths, heads, width):
    init_default_scope('mmseg')
    config = Config.fromfile(NYU.format(name)).model
    config.backbone.pretrained = None
    torch.manual_seed(0)
    model = MODELS.build(config)
    channels = [64, *(dims * 2**level for level in range(4))]
    assert count(model.neck) == hahi_parameters(channels, width)
    assert count(model.decode_head) == head_parameters(channels)
    swin = SwinTransformer(embed_dims=dims, depths=depths, num_heads=heads)
    assert count(model.backbone) == count(swin) + 3 * 64 * 49 + 2 * 64


def samples(depth: torch.Tensor) -> list[SegDataSample]:
    meta = dict(img_shape=tuple(depth.shape[-2:]), ori_shape=tuple(depth.shape[-2:]))
    return [SegDataSample(gt_depth_map=PixelData(data=one), metainfo=meta) for one in depth]


def test_the_small_one_learns_and_predicts_at_the_size_of_its_images():
    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(CONFIG.format('tiny', '2k_toyroom-real')).model)
    images = torch.randn(2, 3, 128, 128)
    batch = samples(torch.linspace(1, 4, 128).expand(2, 1, 128, 128))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        loss = sum(model.loss(images, batch).values())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]
    found = model.eval().predict(images, batch)[0].pred_depth_map.data
    assert found.shape == (1, 128, 128) and found.min() > 0 and found.max() <= 20


def test_the_schedule_is_the_originals():
    config = Config.fromfile(NYU.format('swint'))
    base, warm_up, length = config.optim_wrapper.optimizer.lr, 12800, 38400
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    schedulers = [PARAM_SCHEDULERS.build(one, default_args=dict(optimizer=optimizer)) for one in config.param_scheduler]
    optimizer.step()
    for step in range(14000):
        if step % 1000 == 0:  # mmcv 1.x: the warm-up is a factor on a cosine over the whole training
            expected = base * (1 + math.cos(math.pi * step / length)) / 2
            if step < warm_up:
                expected *= 1 - (1 - step / warm_up) * (1 - 1e-3)
            assert optimizer.param_groups[0]['lr'] == pytest.approx(expected, rel=1e-3)
        for scheduler in schedulers:
            scheduler.step()
    assert config.train_dataloader.batch_size * 8 == config.auto_scale_lr.base_batch_size == 16


def test_a_prediction_is_the_mean_of_the_image_and_its_mirror_image():
    init_default_scope('mmseg')
    config = Config.fromfile(CONFIG.format('tiny', '2k_toyroom-real')).model
    config.test_cfg = Config.fromfile(NYU.format('swint')).model.test_cfg
    model = MODELS.build(config).eval()
    images = torch.randn(1, 3, 64, 96)
    batch = samples(torch.ones(1, 1, 64, 96))
    with torch.no_grad():
        found = model.predict(images, batch)[0].pred_depth_map.data
        single = [model.encode_decode(one, [one.metainfo for one in batch]) for one in (images, images.flip(3))]
    torch.testing.assert_close(found, (single[0] + single[1].flip(3))[0] / 2)
    assert not torch.allclose(found, single[0][0])


def test_training_images_lose_the_white_frame_and_square_ones_are_refused(tmp_path):
    init_default_scope('mmseg')
    config = Config.fromfile(NYU.format('swint'))
    pipeline = Compose(config.train_pipeline[:-1])
    for name, size in (('photograph', (480, 640)), ('square', (512, 512))):
        framed = np.full((*size, 3), 255, np.uint8)
        framed[45:472, 43:608] = 100
        Image.fromarray(framed).save(tmp_path / f'{name}.png')
        Image.fromarray(np.where(framed[..., 0] == 100, 2000, 9000).astype(np.uint16)).save(tmp_path / f'{name}_d.png')
    for _ in range(8):
        info = dict(img_path=str(tmp_path / 'photograph.png'), seg_fields=[])
        found = pipeline(dict(info, depth_map_path=str(tmp_path / 'photograph_d.png')))
        assert found['img'].shape[:2] == found['img_shape'] == found['gt_depth_map'].shape == (416, 544)
        assert found['gt_depth_map'].max() == 2 and found['img'].max() < 200
    info = dict(img_path=str(tmp_path / 'square.png'), seg_fields=[])
    with pytest.raises(UserError, match=r'square\.png is 512x512, .* 640x480 \(for generated ones, sampler\.width'):
        pipeline(dict(info, depth_map_path=str(tmp_path / 'square_d.png')))
