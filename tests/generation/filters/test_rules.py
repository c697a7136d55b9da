"""Filters: which samples they drop, and how that is told."""

from dataclasses import replace

import pytest

from mmdatasetdm.generation.filters.base import dropped_by
from mmdatasetdm.generation.filters.rules import (
    ClassRecall,
    IgnoredFraction,
    InstanceRecall,
    KeypointConfidence,
    MeanConfidence,
    PromptWords,
)
from mmdatasetdm.generation.records import ManifestLine, SampleRecord
from mmdatasetdm.generation.scores import InstanceScores, PoseScores, Scores, SemanticScores
from mmdatasetdm.generation.storage.statistics import Totals

MASKS = SemanticScores(fractions={'background': 0.8, 'cat': 0.1, 'dog': 0.001}, ignored=0.099, confidence=0.7)
RECORD = SampleRecord(
    id=0,
    name='00000000',
    prompt='',
    files={},
    failed=None,
    classes=['cat', 'dog', 'bus'],
    scores=Scores(semantic=MASKS),
)


@pytest.mark.parametrize(
    'rule, causes',
    [
        (ClassRecall(min_fraction=0.002), ['dog not found', 'bus not found']),
        (ClassRecall(min_fraction=0.0005), ['bus not found']),
        (ClassRecall(min_fraction=0.0005, min_recall=0.6), []),
        (ClassRecall(min_fraction=0.002, min_recall=1 / 3), []),
        (MeanConfidence(at_least=0.7), []),
        (MeanConfidence(at_least=0.71), ['below 0.71']),
        (IgnoredFraction(at_most=0.1), []),
        (IgnoredFraction(at_most=0.05), ['above 0.05']),
    ],
)
def test_causes(rule, causes):
    assert rule.causes(RECORD) == causes


@pytest.mark.parametrize(('persons', 'causes'), [(0, ['nobody found']), (1, ['below 0.5']), (2, [])])
def test_keypoints(persons, causes):
    scores = Scores(pose=PoseScores(persons=persons, confidence=[0.0, 0.4, 0.6][persons]))
    assert KeypointConfidence(at_least=0.5).causes(replace(RECORD, scores=scores)) == causes


@pytest.mark.parametrize(
    ('found', 'fraction', 'causes'),
    [(['cat'], 1.0, ['no dog', 'no bus']), (['cat', 'dog'], 0.6, []), (['bus', 'cat', 'dog'], 1.0, [])],
)
def test_instances(found, fraction, causes):
    record = replace(RECORD, scores=Scores(instance=InstanceScores(instances=len(found), found=found)))
    assert InstanceRecall(min_recall=fraction).causes(record) == causes


@pytest.mark.parametrize(
    ('prompt', 'causes'), [('Near a dog, in a room', ['has near']), ('a nearby dog', []), ('', [])]
)
def test_words(prompt, causes):
    assert PromptWords(without=['near', 'cat']).causes(replace(RECORD, prompt=prompt)) == causes


def test_phrases():
    rule = PromptWords(without=['coffee table'])
    assert rule.causes(replace(RECORD, prompt='A Coffee Table by a sofa')) == ['has coffee table']
    assert rule.causes(replace(RECORD, prompt='coffee on a table, coffee tables')) == []


def test_a_prompt_without_classes_lacks_none():
    assert ClassRecall().causes(replace(RECORD, classes=[])) == []


def test_the_first_rule_decides():
    rules = (IgnoredFraction(at_most=0.5), ClassRecall(), MeanConfidence(at_least=0.9))
    assert dropped_by(rules, RECORD) == ('ClassRecall', ['dog not found', 'bus not found'])
    assert dropped_by(rules, replace(RECORD, failed='no image')) == ('failed', ['no image'])
    assert dropped_by((), RECORD) is None


def test_totals():
    totals = Totals(['background', 'cat', 'dog', 'bus'], (ClassRecall(), MeanConfidence(at_least=0.5)))
    good = replace(RECORD, classes=['cat'])
    assert totals.add(good) == ManifestLine.of(good, dropped=None)
    assert totals.add(RECORD).dropped == 'ClassRecall: dog not found, bus not found'
    totals.add(replace(RECORD, classes=['bus']))
    totals.add(replace(RECORD, failed='the sampled latent is not finite', scores=None))
    report = totals.report()
    assert (report['samples'], report['selected'], report['failed']) == (4, 1, 1)
    assert report['failures'] == {'the sampled latent is not finite': 1}
    first, second = report['filters']
    assert first['dropped'] == 2 and first['reasons'] == {'bus not found': 2, 'dog not found': 1}
    assert second == dict(type='MeanConfidence', at_least=0.5, dropped=0, reasons={})
    assert report['per_class']['cat'] == dict(prompted=1, images=1, pixel_fraction=0.1)
    assert report['ignored_fraction'] == 0.099
