"""DiffusionPoseEstimator: heat maps of whole images, joints inside of known boxes, AP by pycocotools."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

import mmdatasetdm  # noqa: F401
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS, METRICS, MODELS

pytest.importorskip('mmpose', reason='mmpose is not installed')
from mmdatasetdm.models.pose_estimators.diffusion import inside


@pytest.fixture(scope='module')
def config() -> Config:
    return Config.fromfile('configs/datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128.py')


@pytest.fixture
def model(config, toy_generator_folder):
    init_default_scope('mmpose')
    settings = config.copy().model
    names = ['sofa', 'lamp']
    settings.backbone.update(generator=str(toy_generator_folder), cache=None, class_phrases=names)
    torch.manual_seed(0)
    return MODELS.build(settings)


@pytest.fixture
def batch(config) -> tuple[torch.Tensor, list]:
    init_default_scope('mmpose')
    data = DATASETS.build(config.train_dataloader.dataset)
    items = [data[index] for index in range(3)]
    return torch.stack([item['inputs'] for item in items]).float() / 127.5 - 1, [item['data_samples'] for item in items]


def test_training_crops_show_the_person(config):
    init_default_scope('mmpose')
    data = DATASETS.build(config.train_dataloader.dataset)
    assert len(data) >= 10
    told = 0
    for index in range(len(data)):
        sample = data[index]['data_samples']
        assert sample.present_classes in (('person',), (), None)  # names are dropped at random
        told += sample.present_classes == ('person',)
        shown = sample.gt_instances.transformed_keypoints if 'transformed_keypoints' in sample.gt_instances else None
        joints = sample.gt_instance_labels.keypoint_weights.sum()
        assert joints > 0 and (shown is None or (shown >= -64).all())
    assert told > len(data) / 3


def test_training_reaches_every_parameter_and_helps(model, batch):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = model.loss(*batch)['loss_kpt']
        loss.backward()
        assert all(parameter.grad is not None for parameter in model.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


def test_mixed_precision_ends_at_the_heat_maps(model, batch):
    # mmpose reads them with numpy, which has no bfloat16
    plain = model.loss(*batch)['loss_kpt']
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = model.loss(*batch)['loss_kpt']
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, plain, rtol=0.05, atol=0)


def test_heat_maps_of_another_size_are_one_line(model, batch):
    inputs, samples = batch
    larger = torch.nn.functional.interpolate(inputs, scale_factor=2)
    with pytest.raises(UserError, match=r'heat maps are 64x64, but .* 128x128 .*: set heatmap_size=\(128, 128\)'):
        model.loss(larger, samples)


def test_heat_maps_are_read_inside_of_a_box():
    maps = torch.ones(2, 8, 8)
    assert inside(maps, (4, 8, 6, 9), (2, 2))[0].nonzero().tolist() == [[4, 2], [4, 3], [5, 2], [5, 3]]
    assert torch.equal(inside(maps, None, (2, 2)), maps)
    assert inside(maps, (-30, -30, -10, -10), (2, 2)).sum() > 0, 'a box beside the image leaves a corner, not nothing'


def test_perfect_joints_have_an_ap_of_one(config):
    init_default_scope('mmpose')
    data = DATASETS.build(config.val_dataloader.dataset)
    metric = METRICS.build(config.val_evaluator)
    metric.dataset_meta = data.metainfo
    for index in range(len(data)):
        sample = data[index]['data_samples']
        truth = sample.gt_instances
        found = dict(keypoints=truth.keypoints, keypoint_scores=np.ones(truth.keypoints.shape[:2]))
        metric.process(
            {},
            [
                dict(
                    sample.metainfo,
                    id=sample.id,
                    img_id=sample.img_id,
                    pred_instances=found,
                    gt_instances=dict(bbox_scores=truth.bbox_scores, bbox_scales=truth.bbox_scales),
                )
            ],
        )
    assert metric.evaluate(size=len(data))['coco/AP'] == pytest.approx(1.0)


def test_so_many_images_with_all_of_their_people(config):
    init_default_scope('mmpose')
    people = config.train_dataloader.dataset
    some = DATASETS.build(dict(type='mmdatasetdm.FewShotDataset', images=4, dataset=people))
    every = DATASETS.build(people)
    found = [some.get_data_info(index)['img_id'] for index in range(len(some))]
    assert len(set(found)) == 4
    assert len(found) == sum(every.get_data_info(index)['img_id'] in set(found) for index in range(len(every)))
    with pytest.raises(UserError, match='images is 1000, but there are'):
        DATASETS.build(dict(type='mmdatasetdm.FewShotDataset', images=1000, dataset=people))
