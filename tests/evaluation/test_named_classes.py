"""What is found of named and of other classes, and the texts that an evaluation chooses."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.errors import UserError
from mmdatasetdm.evaluation import NamedClassesMetric
from mmdatasetdm.evaluation.named_classes import TEXTS, with_text
from mmdatasetdm.registry import DATASETS

CLASSES = ('background', 'cat', 'dog')


def score(labels: list, probs: list, names) -> dict:
    probs = torch.tensor(probs).T[:, None]  # (classes, 1, W)
    sample = dict(
        present_classes=names,
        gt_sem_seg=dict(data=torch.tensor([[labels]])),
        pred_sem_seg=dict(data=probs.argmax(0, keepdim=True)),
        seg_logits=dict(data=probs),
    )
    metric = NamedClassesMetric()
    metric.dataset_meta = dict(classes=CLASSES)
    metric.process({}, [sample])
    return metric.evaluate(1)


def test_named_and_unnamed_pixels_are_told_apart():
    labels = [0, 1, 1, 2, 2, 2, 2, 255]
    probs = [(0.9, 0.1, 0), (0, 1, 0), (0.6, 0.4, 0), (0, 0, 1), (0.5, 0.5, 0), (0.4, 0.3, 0.3), (0, 1, 0), (1, 0, 0)]
    assert score(labels, probs, ('cat',)) == {'named_right': 50, 'unnamed_right': 25, 'unnamed_sure_background': 25}
    assert score(labels, probs, None) == {'named_right': 33.33}, 'a text of an unknown image names all'
    assert score(labels, probs, ()) == {'unnamed_right': 33.33, 'unnamed_sure_background': 33.33}


def test_its_background_is_a_class():
    metric = NamedClassesMetric(background='floor')
    metric.dataset_meta = dict(classes=CLASSES)
    with pytest.raises(UserError, match=r"background is 'floor'; the classes are \['background', 'cat', 'dog'\]"):
        metric.process({}, [{}])


@pytest.mark.parametrize('task', ['semantic-phrase-20shot_1xb8-300iters', 'depth-50shot_1xb8-500iters'])
def test_texts_of_an_evaluation(task):
    config = Config.fromfile(f'configs/datasetdm/datasetdm_toyroom_{task}_toyroom-128x128.py')
    init_default_scope(config.default_scope)
    found = {}
    for kind in TEXTS:
        changed = with_text(config, kind, split='val')
        data = DATASETS.build(changed.test_dataloader.dataset)
        found[kind] = [data[index]['data_samples'].present_classes for index in range(6)]
        assert found[kind] == [data[index]['data_samples'].present_classes for index in range(6)], 'the same each time'
        metrics = [metric['type'] for metric in changed.test_evaluator]
        assert ('mmdatasetdm.NamedClassesMetric' in metrics) == task.startswith('semantic')
    assert set(found['untold']) == {None} and set(found['nothing']) == {()}
    for told, half in zip(found['told'], found['half'], strict=True):
        assert set(half) < set(told) if len(told) > 1 else half == told
    assert len(config.test_dataloader.dataset.get('pipeline', [])) < 5, 'the config itself stays as it is'


def test_a_decoder_of_one_text_has_nothing_to_compare():
    config = Config.fromfile('configs/datasetdm/datasetdm_toyroom_semantic-100shot_1xb4-500iters_camvid-256x256.py')
    with pytest.raises(UserError, match='no pipeline of its val images names their classes'):
        with_text(config, 'told', split='val')
