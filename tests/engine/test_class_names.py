"""The classes of a model and of the data that it is given, for stock models as for decoders."""

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import ConcatDataset
from mmengine.registry import init_default_scope
from mmseg.datasets import BaseSegDataset

from mmdatasetdm.engine.class_names import check_classes
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import MODELS

NAMES = tuple('abcdefghijkl')


def data(names=NAMES, pipeline=()) -> BaseSegDataset:
    return BaseSegDataset(metainfo=dict(classes=names), pipeline=list(pipeline), lazy_init=True)


@pytest.fixture
def build():
    def of(path: str, **changes) -> torch.nn.Module:
        config = Config.fromfile(f'configs/{path}.py')
        config.model.update(changes)
        init_default_scope(config.default_scope)
        return MODELS.build(config.model)

    yield of
    init_default_scope('mmseg')


def test_instances(build):
    model = build('mask2former/mask2former_r18_1xb8-2k_toyroom-instance-real-128x128')
    check_classes(model, data(), what='training')
    with pytest.raises(
        UserError, match=r'model\.panoptic_head has 12 classes, but the test data have 5 \(a, b, c, d, e\)'
    ):
        check_classes(model, data(NAMES[:5]), what='test')
    model.panoptic_head.class_weight = [1.0] * 12
    with pytest.raises(UserError, match=r'panoptic_head\.loss_cls has 12 class weights; 12 classes need 13'):
        check_classes(model, data(), what='training')


def test_masks_and_wrapped_data(build):
    model = build('mask2former/mask2former_r18_1xb8-2k_toyroom-real-128x128')
    names = ('background', *NAMES)
    named = dict(type='mmdatasetdm.PresentClasses', classes=names)
    check_classes(model, data(names, [named]), what='training')
    inner = dict(type='mmdatasetdm.FixedVariants', variants=2, transforms=[dict(named, classes=names[::-1])])
    for wrong in (data(names, [dict(named, classes=names[::-1])]), data(names, [inner])):
        with pytest.raises(
            UserError, match=r'PresentClasses of the training data has the classes l, k, j, i, h, \.\.\.'
        ):
            check_classes(model, ConcatDataset([data(names), wrong], lazy_init=True), what='training')


def test_every_head_of_a_stock_model(build):
    model = build('deeplabv3plus/deeplabv3plus_r18_1xb8-2k_toyroom-real-128x128')
    check_classes(model, data(('background', *NAMES)), what='training')
    with pytest.raises(UserError, match=r'model\.decode_head has 13 classes, but the validation data have 12'):
        check_classes(model, data(), what='validation')


def test_depth_has_no_classes(build):
    model = build('depthformer/depthformer_tiny_1xb8-2k_toyroom-real-128x128')
    check_classes(model, data(NAMES[:3]), what='training')
