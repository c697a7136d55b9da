"""Bounds of any score."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.filters import build_filters
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import InstanceScores, Scores, SemanticScores

SCORES = Scores(
    semantic=SemanticScores(fractions={'dining table': 0.25}, ignored=0.1, confidence=0.5, presence=None),
    instance=InstanceScores(instances=3, counts={'cat': 2}),
    others=dict(brightness=dict(mean=0.7)),
)
RECORD = SampleRecord(id=0, name='', prompt='', classes=[], files={}, failed=None, scores=SCORES)


@pytest.mark.parametrize(
    ('options', 'causes'),
    [
        (dict(score='semantic.confidence', at_least=0.5), []),
        (dict(score='semantic.confidence', at_least=0.51), ['semantic.confidence below 0.51']),
        (dict(score='semantic.ignored', at_most=0.05), ['semantic.ignored above 0.05']),
        (dict(score='semantic.fractions.dining table', at_least=0.2, at_most=0.3), []),
        (dict(score='semantic.fractions.dog', at_most=0.0), []),
        (dict(score='instance.counts.cat', at_most=1), ['instance.counts.cat above 1']),
        (dict(score='instance.counts.dog', at_least=1), ['instance.counts.dog below 1']),
        (dict(score='brightness.mean', at_least=0.8), ['brightness.mean below 0.8']),
        (dict(score='semantic.presence', at_least=0.5), ['no semantic.presence']),
        (dict(score='semantic.presence', at_least=0.5, missing='keep'), []),
        (dict(score='image.clip', at_least=0.2), ['no image.clip']),
    ],
)
def test_causes(options, causes):
    (rule,) = build_filters([dict(type='Threshold', **options)])
    assert rule.causes(RECORD) == causes


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(score='semantic.confidense', at_least=0.5), 'there is no such score; known are semantic.fractions.CLASS'),
        (dict(score='semantic.fractions', at_least=0.5), 'there is no such score'),
        (dict(score='brightness', at_least=0.5), "it must be a task and a score of it, as 'semantic.confidence'"),
        (dict(score='semantic.ignored'), 'give at_least, at_most or both'),
        (dict(score='semantic.ignored', at_least=0.5, at_most=0.1), 'at_most 0.1 is less than at_least 0.5'),
    ],
)
def test_mistakes(options, words):
    with pytest.raises(UserError, match=words):
        build_filters([dict(type='Threshold', **options)])


def test_a_sample_without_scores():
    (rule,) = build_filters([dict(type='Threshold', score='semantic.confidence', at_least=0.5)])
    assert rule.causes(replace(RECORD, scores=None)) == ['no semantic.confidence']
