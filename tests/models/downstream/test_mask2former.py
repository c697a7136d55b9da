"""Mask2Former on labels with ignored pixels: they teach nothing, neither in mmseg's nor in mmdet's form."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData
from mmseg.structures import SegDataSample

from mmdatasetdm.models.downstream.mask2former import VALID, IgnoresPixels
from mmdatasetdm.registry import MODELS

CONFIGS = sorted(Path(__file__).parents[3].glob('configs/mask2former/*.py'))
TOY = 'configs/mask2former/mask2former_r18_1xb8-2k_toyroom-{}real-128x128.py'
SIDE = 128
FEATURES = ((32, 4), (64, 8), (128, 16), (256, 32))  # channels and stride of each


@pytest.fixture(params=['semantic', 'instance'])
def kind(request):
    yield request.param
    init_default_scope('mmseg')


def build(kind: str, **changes) -> torch.nn.Module:
    config = Config.fromfile(TOY.format('instance-' if kind == 'instance' else ''))
    init_default_scope(config.default_scope)
    torch.manual_seed(0)
    head = config.model['panoptic_head' if kind == 'instance' else 'decode_head']
    head.update(changes)
    if kind == 'instance':
        head.update(train_cfg=config.model.train_cfg, test_cfg=config.model.test_cfg)
    head = MODELS.build(head)
    head.init_weights()
    return head


def features(count: int = 1) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    return tuple(torch.randn(count, channels, SIDE // stride, SIDE // stride) for channels, stride in FEATURES)


def labelled(kind: str, ignored: slice, *, size: int = SIDE) -> object:
    """Class 1 in the upper half of the image but for the rows that are ignored."""
    if kind == 'semantic':
        labels = torch.zeros(1, size, size, dtype=torch.long)
        labels[:, : size // 2] = 1
        labels[:, ignored] = 255
        return SegDataSample(gt_sem_seg=PixelData(data=labels), metainfo=dict(img_shape=(size, size)))
    sample = DetDataSample(metainfo=dict(img_shape=(size, size)))
    found, crowd = np.zeros((2, 1, size, size), np.uint8)
    found[:, : size // 2], crowd[:, ignored] = 1, 1
    found[:, ignored] = 0
    for key, mask, label in (('gt_instances', found, 1), ('ignored_instances', crowd, 0)):
        masks = BitmapMasks(mask, size, size)
        sample.set_field(InstanceData(labels=torch.tensor([label]), masks=masks), key, dtype=InstanceData)
    return sample


def losses(head: torch.nn.Module, samples: list, levels: tuple | None = None) -> tuple[dict, list, list]:
    """Losses, class logits and mask logits of every layer; the logits keep their gradients."""
    kept = []

    def keep(module, args, outputs):
        for output in (*outputs[0], *outputs[1]):
            output.retain_grad()
        kept.extend(outputs)

    hook = head.register_forward_hook(keep)
    levels = features(len(samples)) if levels is None else levels
    args = (levels, samples) if isinstance(samples[0], DetDataSample) else (levels, samples, None)
    torch.manual_seed(2)
    found = head.loss(*args)
    hook.remove()
    return found, *kept


def test_ignored_rows_have_no_gradient(kind):
    found, _, masks = losses(build(kind), [labelled(kind, slice(32, 96))])
    sum(found.values()).backward()
    for layer in masks:
        rows = layer.grad[0].abs().sum((0, 2))  # at stride 4
        assert not rows[8:24].any()
        assert (rows[:8] > 0).all() and (rows[24:] > 0).all()


def test_what_is_ignored_does_not_change_the_losses(kind):
    head, levels = build(kind), features()
    with torch.no_grad():
        first, _, masks = losses_without_gradient(head, [labelled(kind, slice(32, 96))], levels)
        for layer in masks:
            layer[:, :, 9:23] = 7.0  # no point of a valid row reads them
        torch.manual_seed(2)
        second = again(head, [labelled(kind, slice(32, 96))], masks, first['scores'])
    torch.testing.assert_close(second['loss_mask'], first['loss_mask'])
    torch.testing.assert_close(second['loss_dice'], first['loss_dice'])


def losses_without_gradient(head, samples, levels):
    scores, masks = head(levels, samples)
    masks = [layer.clone() for layer in masks]
    torch.manual_seed(2)
    return dict(again(head, samples, masks, scores), scores=scores), scores, masks


def again(head, samples, masks, scores) -> dict:
    """Losses of these logits."""
    if isinstance(samples[0], SegDataSample):
        instances, metas = head._seg_data_to_instance_data(samples)
    else:
        found = samples[0].gt_instances
        valid = torch.from_numpy(samples[0].ignored_instances.masks.masks[0] == 0)
        instances = [InstanceData(labels=found.labels, masks=found.masks.to_tensor(torch.long, 'cpu'))]
        metas = [{VALID: valid}]
    return head.loss_by_feat(scores, masks, instances, metas)


def test_a_query_on_ignored_pixels_is_no_mistake(kind):
    head = build(kind)
    sample = labelled(kind, slice(64, 128))
    scores, masks = head(features(), [sample])
    masks = [torch.full_like(layer, -9.0) for layer in masks]
    for layer in masks:
        layer[:, 0, :16], layer[:, 1, 16:] = 9, 9  # one on the object, one where nobody knows, and 18 of nothing
    scores = [layer.detach().requires_grad_() for layer in scores]
    sum(again(head, [sample], masks, scores).values()).backward()
    for layer in scores:
        assert layer.grad[0, 0].any() and layer.grad[0, 2].any() and not layer.grad[0, 1].any()


def test_without_ignored_pixels_the_losses_are_the_stock_ones(kind):
    sample = labelled(kind, slice(0, 0))
    ours, _, _ = losses(build(kind), [sample])
    stock, _, _ = losses(build(kind, type='Mask2FormerHead'), [labelled(kind, slice(0, 0))])
    assert ours.keys() == stock.keys()
    for name, value in stock.items():  # other points, and labels that are not interpolated
        torch.testing.assert_close(ours[name], value, rtol=0.05, atol=0.02)


@pytest.mark.parametrize('ignored', [slice(0, 0), slice(0, 128)], ids=['empty', 'ignored'])
def test_images_without_an_object_have_a_finite_loss(kind, ignored):
    head, sample = build(kind), labelled(kind, slice(0, 128))
    if kind == 'instance':
        masks = np.zeros((0, SIDE, SIDE), np.uint8)
        sample.gt_instances = InstanceData(
            labels=torch.zeros(0, dtype=torch.long), masks=BitmapMasks(masks, SIDE, SIDE)
        )
        if ignored == slice(0, 0):
            del sample.ignored_instances
    found, _, masks = losses(head, [sample, labelled(kind, slice(0, 0))])
    total = sum(found.values())
    total.backward()
    assert torch.isfinite(total) and not any(layer.grad[0].any() for layer in masks)


def test_padded_images_with_crowds_are_trained_on():
    from mmdet.models.data_preprocessors import DetDataPreprocessor

    init_default_scope('mmdet')
    pad = DetDataPreprocessor(pad_size_divisor=32, pad_mask=True)
    inputs = [torch.zeros(3, side, side, dtype=torch.uint8) for side in (100, SIDE)]
    samples = [labelled('instance', slice(64, 100), size=100), labelled('instance', slice(64, 128))]
    batch = pad(dict(inputs=inputs, data_samples=samples), training=True)
    found, _, masks = losses(build('instance'), batch['data_samples'])
    sum(found.values()).backward()
    rows = masks[-1].grad[0].abs().sum(0)
    assert not rows[16:25, :25].any() and rows[16:25, 25:].any() and rows[25:].any(), 'only the crowd is ignored'
    init_default_scope('mmseg')


@pytest.mark.parametrize('path', CONFIGS, ids=[path.stem for path in CONFIGS])
def test_every_config_ignores_what_is_ignored(path):
    config = Config.fromfile(path)
    head = config.model.get('panoptic_head') or config.model.decode_head
    init_default_scope(config.default_scope)
    assert issubclass(MODELS.get(head.type), IgnoresPixels)
    init_default_scope('mmseg')
