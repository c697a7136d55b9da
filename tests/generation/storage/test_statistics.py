"""What a person is warned of: labels that are whole and show nothing of what was asked for."""

import pytest

from mmdatasetdm.generation.filters.rules import MeanConfidence
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import DepthScores, InstanceScores, PoseScores, Scores, SemanticScores
from mmdatasetdm.generation.storage.statistics import Totals, useless, warnings_of


def totals(*records: dict, filters=()) -> Totals:
    counted = Totals(['background', 'cat', 'dog'], filters)
    for record in records:
        given = dict(id=0, name='', prompt='', files={}, failed=None, classes=['cat'])
        scores = record['scores'] and Scores.of(record['scores'])
        counted.add(SampleRecord(**{**given, **record, 'scores': scores}))
    return counted


def masks(*names: str, ignored: float = 0.0, confidence: float = 0.5) -> dict:
    scores = SemanticScores(fractions=dict.fromkeys(names, 0.5), ignored=ignored, confidence=confidence)
    return dict(semantic=scores)


def instance(*names: str) -> dict:
    return dict(instance=InstanceScores(instances=len(names), found=sorted(set(names))))


@pytest.mark.parametrize(
    ('records', 'said'),
    [
        ([dict(scores=masks('background', 'cat'))], []),
        ([dict(scores=masks('background')), dict(scores=masks('cat'))], []),
        ([dict(scores=masks('background'))] * 3, ['1 of 1 prompted classes are not in the labels of any of the 3 sel']),
        (
            [dict(scores=instance())],
            ['1 of 1 prompted classes are not in', 'no instance was found in any of the 1 sel'],
        ),
        ([dict(scores=instance('dog'))], ['1 of 1 prompted classes are not in']),
        ([dict(scores=instance('cat'))], []),
        ([dict(scores={**masks('background'), **instance('cat')})], []),
        ([dict(scores=dict(pose=PoseScores(persons=0)))], ['no person with keypoints was found in any of the 1']),
        ([dict(scores=dict(pose=PoseScores(persons=1)))], []),
        ([dict(scores=dict(depth=DepthScores(nearest=1.0)))], []),
        ([dict(scores=masks('background'), classes=[])], []),
    ],
)
def test_warnings(records, said):
    warnings = warnings_of(totals(*records))
    assert len(warnings) == len(said)
    assert all(warning.startswith(start) for warning, start in zip(warnings, said, strict=True))


def test_classes_that_the_filters_dropped_are_missing_too():
    """They were prompted, and no selected sample shows them."""
    kept = dict(scores=masks('cat', confidence=0.9))
    dropped = dict(scores=masks('dog'), classes=['dog'])
    counted = totals(kept, dropped, filters=[MeanConfidence(at_least=0.8)])
    assert (counted.prompted, counted.prompted_in_all) == (dict(cat=1), dict(cat=1, dog=1))
    (warning,) = warnings_of(counted)
    assert warning.startswith('1 of 2 prompted classes are not in') and warning.endswith(': dog')


def test_failed_samples_asked_for_nothing():
    assert warnings_of(totals(dict(scores=masks('cat')), dict(scores=None, failed='no image', classes=['dog']))) == []


def test_many_classes_are_one_short_line():
    record = dict(scores=masks('background'), classes=[f'class {i}' for i in range(43)])
    (warning,) = warnings_of(totals(record))
    assert warning.startswith('43 of 43 prompted classes') and warning.endswith('class 9 and 33 more')


def test_useless():
    assert useless(totals(dict(scores=masks('cat')))) is None
    assert useless(totals(dict(scores=masks('cat', ignored=1.0)))).startswith('every pixel of every sample is ignored')
    dropped = totals(dict(scores=masks('cat')), filters=[MeanConfidence(at_least=0.8)])
    assert useless(dropped).startswith('no sample is left: all 1 were dropped (MeanConfidence 1; most often "below')
    assert warnings_of(dropped) == [useless(dropped)]
