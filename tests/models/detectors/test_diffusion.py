"""DiffusionMaskFormer: its losses, its predictions, and the class-agnostic AP beside it."""

import json

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.evaluation.class_agnostic import ClassAgnosticCocoMetric
from mmdatasetdm.registry import MODELS


def build(name: str, generator, **head):
    init_default_scope('mmdet')
    config = Config.fromfile(f'configs/datasetdm/{name}.py').model
    names = ['sofa', 'lamp']
    config.backbone.update(generator=str(generator), cache=None, class_phrases=names)
    config.panoptic_head.update(head)
    torch.manual_seed(0)
    return MODELS.build(config)


@pytest.fixture
def model(toy_generator_folder):
    return build('datasetdm_toyroom_instance-50shot_1xb8-900iters_toyroom-128x128', toy_generator_folder)


@pytest.fixture(params=['queries', 'pixels'])
def either(request, toy_generator_folder):
    """The model with each head."""
    if request.param == 'queries':
        return build('datasetdm_toyroom_instance-50shot_1xb8-900iters_toyroom-128x128', toy_generator_folder)
    return build(
        'datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128',
        toy_generator_folder,
        phrase_classes=[3, 5],
    )


def sample(*objects: tuple[int, slice], crowd: slice | None = None, **meta) -> DetDataSample:
    """Objects are (label, columns): each covers the upper half of these columns."""
    shapes = dict(img_shape=(128, 128), ori_shape=(128, 128), present_classes=('lamp',), img_id=1)
    data = DetDataSample(metainfo={**shapes, **meta})
    for key, found in (('gt_instances', objects), ('ignored_instances', [(0, crowd)] if crowd else [])):
        masks = np.zeros((len(found), 128, 128), np.uint8)
        for mask, (_, columns) in zip(masks, found, strict=True):
            mask[:64, columns] = 1
        labels = torch.tensor([label for label, _ in found], dtype=torch.long)
        data.set_field(InstanceData(labels=labels, masks=BitmapMasks(masks, 128, 128)), key, dtype=InstanceData)
    return data


def test_training_reaches_every_parameter_and_helps(either):
    batch = [sample((5, slice(0, 40)), (5, slice(60, 100))), sample((1, slice(20, 90)))]
    images = torch.zeros(2, 3, 128, 128)
    images[0, :, :, :40], images[0, :, :, 60:100], images[1, :, :, 20:90] = 0.9, 0.9, -0.9
    optimizer = torch.optim.Adam(either.parameters(), lr=3e-3)
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        loss = sum(either.loss(images, batch).values())
        loss.backward()
        assert all(parameter.grad is not None for parameter in either.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]


def test_an_image_without_instances_has_a_finite_loss(either):
    loss = sum(either.loss(torch.zeros(1, 3, 128, 128), [sample()]).values())
    loss.backward()
    assert torch.isfinite(loss)


def test_predictions_are_mmdets_and_alike_in_any_batch(model):
    images = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1
    samples = [sample(ori_shape=(100, 90)), sample(ori_shape=(128, 128))]
    first, second = model.eval().predict(images, samples)
    found = first.pred_instances
    assert found.masks.shape == (20, 100, 90) and found.masks.dtype == torch.bool
    assert found.labels.max() < 12 and found.scores.max() <= 1
    (alone,) = model.predict(images[1:], [sample()])
    torch.testing.assert_close(alone.pred_instances.scores, second.pred_instances.scores, atol=1e-4, rtol=1e-3)


def test_a_checkpoint_holds_the_decoder_alone(model):
    assert {key.split('.')[0] for key in model.state_dict()} == {'backbone', 'panoptic_head'}
    assert sum(value.numel() for value in model.state_dict().values()) < 5e6


def write_truth(path, masks) -> None:
    """Two objects of classes 3 and 7 in one image."""
    annotations = []
    for index, (mask, category) in enumerate(zip(masks, (3, 7), strict=True)):
        code = rle.encode(np.asfortranarray(mask))
        annotations.append(
            dict(
                id=index + 1,
                image_id=1,
                category_id=category,
                iscrowd=0,
                area=int(mask.sum()),
                bbox=rle.toBbox(code).tolist(),
                segmentation=dict(size=list(mask.shape), counts=code['counts'].decode()),
            )
        )
    categories = [dict(id=3, name='sofa'), dict(id=7, name='lamp')]
    path.write_text(
        json.dumps(
            dict(
                images=[dict(id=1, file_name='a.jpg', width=32, height=32)],
                annotations=annotations,
                categories=categories,
            )
        )
    )


def test_class_agnostic_ap_forgives_the_class_and_not_the_mask(tmp_path):
    masks = np.zeros((2, 32, 32), np.uint8)
    masks[0, :20, :10], masks[1, 10:, 20:] = 1, 1
    write_truth(tmp_path / 'truth.json', masks)
    pred = dict(
        bboxes=torch.tensor([[0.0, 0, 10, 20], [20, 10, 32, 32]]),
        scores=torch.tensor([0.9, 0.8]),
        labels=torch.tensor([1, 1]),
        masks=torch.from_numpy(masks).bool(),
    )
    scores = []
    for found in (pred, {**pred, 'masks': pred['masks'].roll(16, 2)}):
        metric = ClassAgnosticCocoMetric(ann_file=str(tmp_path / 'truth.json'))
        metric.dataset_meta = dict(classes=('sofa', 'lamp'))
        metric.process({}, [dict(pred_instances=found, img_id=1, ori_shape=(32, 32))])
        scores.append(metric.evaluate(size=1)['agnostic/segm_mAP'])
    assert scores == [1.0, 0.0]


def test_a_file_without_categories_is_a_mistake(tmp_path):
    (tmp_path / 'truth.json').write_text(json.dumps(dict(images=[], annotations=[], categories=[])))
    with pytest.raises(UserError, match='names no categories'):
        ClassAgnosticCocoMetric(ann_file=str(tmp_path / 'truth.json'))
