"""Filters of a recipe: built from their options, and asked in their order."""

from dataclasses import replace

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.filters.base import build_filters, describe, dropped_by
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import Scores

PROMPT = 'near a room with a dog'
RECORD = SampleRecord(id=0, name='', prompt=PROMPT, classes=['dog'], files={}, failed=None, scores=Scores())


def test_the_first_filter_that_drops_is_named():
    rules = build_filters([dict(type='PromptWords', without=['cat']), dict(type='PromptWords', without=['near'])])
    assert dropped_by(rules, RECORD) == ('PromptWords', ['has near'])
    assert dropped_by(rules[:1], RECORD) is None
    assert dropped_by((), replace(RECORD, failed='NaN')) == ('failed', ['NaN'])
    assert describe(rules[0]) == dict(type='PromptWords', without=['cat'])


@pytest.mark.parametrize(
    'filters, message',
    [
        ('PromptWords', 'it must be a list of dict'),
        ([dict(type='ClassRecal')], r"filters\[0\]\.type is 'ClassRecal'; did you mean 'ClassRecall'\?"),
        ([dict(type='ClassRecall', min_recal=1)], "has no option 'min_recal'; known are min_fraction, min_recall"),
    ],
)
def test_mistakes(filters, message):
    with pytest.raises(UserError, match=message):
        build_filters(filters)
