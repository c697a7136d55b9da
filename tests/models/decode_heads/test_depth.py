"""DepthDecoderHead: metres, the loss and what it does not see; DiffusionDepthEstimator on a generator's features."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import DepthDecoderHead
from mmdatasetdm.registry import MODELS


def head(**changes) -> DepthDecoderHead:
    torch.manual_seed(0)
    sizes = dict(
        in_channels=(6, 8),
        stride=8,
        pixel_decoder=dict(type='mmdatasetdm.PixelDecoder', feat_channels=8, num_memory_levels=2, upsample=(2,)),
        loss=dict(type='mmdatasetdm.SiLogCriterion'),
    )
    return DepthDecoderHead(**{**sizes, **changes})


def features(batch: int = 2) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(0)
    return tuple(torch.randn(batch, c, 4 * s, 6 * s, generator=random) for c, s in ((6, 2), (8, 1)))


def samples(depth: torch.Tensor, **meta) -> list[SegDataSample]:
    return [SegDataSample(gt_depth_map=PixelData(data=one), metainfo=meta) for one in depth]


def test_depths_have_the_size_of_the_images_and_stay_in_range():
    model = head(max_depth=8.0, min_depth=0.5).eval()
    depth = model.predict(features(), [{}, {}], None)
    assert depth.shape == (2, 1, 64, 96)
    assert depth.min() >= 0.5 and depth.max() <= 8.0
    torch.testing.assert_close(depth[1:], model.predict([level[1:] for level in features()], [{}], None))


def test_an_image_without_a_depth_has_no_loss():
    nothing = head().loss(features(), samples(torch.zeros(2, 1, 64, 96)), None)['loss_silog']
    nothing.backward()
    assert nothing == 0


def test_training_reaches_every_parameter_and_helps():
    model = head(max_depth=5.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    truth = torch.linspace(1, 4, 96).expand(2, 1, 64, 96)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = model.loss(features(), samples(truth), None)['loss_silog']
        loss.backward()
        assert all(parameter.grad is not None for parameter in model.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


def test_mistakes():
    with pytest.raises(UserError, match=r'depths from 3\.0 to 2\.0 m'):
        head(min_depth=3.0, max_depth=2.0)
    with pytest.raises(UserError, match=r'loss: scale_invariance is 2\.0'):
        head(loss=dict(type='mmdatasetdm.SiLogCriterion', scale_invariance=2.0))


def test_an_estimator_predicts_at_the_size_of_the_photograph(toy_generator_folder):
    init_default_scope('mmseg')
    config = Config.fromfile('configs/datasetdm/datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128.py').model
    names = ['sofa', 'lamp']
    config.backbone.update(generator=str(toy_generator_folder), cache=None, class_phrases=names)
    model = MODELS.build(config)
    shapes = dict(img_shape=(128, 128), ori_shape=(100, 120), pad_shape=(128, 128), present_classes=('lamp',))
    batch = samples(torch.full((2, 1, 128, 128), 3.0), **shapes)
    sum(model.loss(torch.zeros(2, 3, 128, 128), batch).values()).backward()
    predicted = model.eval().predict(torch.zeros(2, 3, 128, 128), batch)
    assert predicted[0].pred_depth_map.data.shape == (1, 100, 120)
    assert {key.split('.')[0] for key in model.state_dict()} == {'backbone', 'decode_head'}
