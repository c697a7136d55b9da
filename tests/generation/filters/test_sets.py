"""Filters that compare samples: what they keep does not depend on the order in which samples are asked for."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from mmdatasetdm.generation.filters import build_filters, describe, dropped_by, fit_filters
from mmdatasetdm.generation.filters.sets import HashIndex
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import ImageScores, Scores, SemanticScores


def record(index: int, *, classes=('cat',), confidence: float | None = 0.5, phash: int | None = None) -> SampleRecord:
    masks = None if confidence is None else SemanticScores(fractions={}, ignored=0.0, confidence=confidence)
    image = None if phash is None else ImageScores(phash=f'{phash:016x}')
    scores = Scores(semantic=masks, image=image)
    common = dict(name='', prompt='', files={}, failed=None)
    return SampleRecord(id=index, classes=list(classes), scores=scores, **common)


def kept(records: list[SampleRecord], *filters: dict) -> list[int]:
    fitted = fit_filters(build_filters(filters), lambda: iter(records))
    return [one.id for one in records if dropped_by(fitted, one) is None]


def test_the_best_share_of_each_class():
    records = [record(i, classes=['cat'], confidence=0.9 + i / 1000) for i in range(10)]
    records += [record(10 + i, classes=['dog'], confidence=0.1 + i / 1000) for i in range(4)]
    rule = dict(type='BestShare', score='semantic.confidence', share=0.5)
    assert kept(records, rule) == [5, 6, 7, 8, 9, 12, 13], 'hard classes keep their share'
    assert kept(records, dict(rule, per_class=False)) == [3, 4, 5, 6, 7, 8, 9]
    assert kept(records, dict(rule, highest=False)) == [0, 1, 2, 3, 4, 10, 11]
    assert kept([*records, record(14, confidence=None)], rule) == kept(records, rule), 'without a score'
    both = record(15, classes=['cat', 'dog'], confidence=0.5)
    assert 15 in kept([*records, both], rule), 'among the best of any of its classes'


def test_the_worst_of_a_class_of_one_stays():
    assert kept([record(0)], dict(type='BestShare', score='semantic.confidence', share=0.1)) == [0]


def test_classes_are_balanced():
    records = [record(i, classes=['cat']) for i in range(10)]
    records += [record(10 + i, classes=['dog']) for i in range(3)]
    records += [record(13, classes=[])]
    assert kept(records, dict(type='ClassBalance')) == [0, 1, 2, 10, 11, 12, 13]
    assert kept(records, dict(type='ClassBalance', ratio=2)) == [0, 1, 2, 3, 4, 5, 10, 11, 12, 13]
    assert kept([record(0, classes=[])], dict(type='ClassBalance')) == [0]


def test_balance_within_what_images_of_several_classes_allow():
    draw = random.Random(0)
    names = ['cat'] * 6 + ['dog'] * 3 + ['bus']
    records = [record(i, classes=sorted({draw.choice(names), draw.choice(names)})) for i in range(500)]
    before = Counter(name for one in records for name in one.classes)
    left = set(kept(records, dict(type='ClassBalance')))
    after = Counter(name for one in records if one.id in left for name in one.classes)
    assert max(before.values()) / min(before.values()) > 3.5 > 2 > max(after.values()) / min(after.values())


def test_a_filter_sees_what_those_before_it_leave():
    records = [record(i, confidence=i / 10) for i in range(10)]
    best = dict(type='BestShare', score='semantic.confidence', share=0.5)
    above = dict(type='MeanConfidence', at_least=0.6)
    assert kept(records, above, best) == [8, 9] and kept(records, best, above) == [6, 7, 8, 9]
    assert kept(records, above, best, best) == [9]


def test_near_duplicates_keep_the_first():
    value = 0x0123456789ABCDEF
    flipped = value ^ 0b1011  # three bits
    records = [record(0, phash=value), record(1, phash=~value & (1 << 64) - 1), record(2, phash=flipped)]
    assert kept(records, dict(type='NearDuplicates')) == [0, 1]
    assert kept(records, dict(type='NearDuplicates', max_distance=2)) == [0, 1, 2]
    assert kept([record(0)], dict(type='NearDuplicates')) == [], 'without a hash'


@pytest.mark.parametrize('distance', [0, 1, 4, 7])
def test_the_index_finds_what_comparing_all_pairs_finds(distance):
    draw = random.Random(distance)
    values = [draw.getrandbits(64) for _ in range(20)]
    for _ in range(200):
        near = draw.choice(values)
        for bit in draw.sample(range(64), draw.randint(0, 9)):
            near ^= 1 << bit
        values.append(near)
    index, alone = HashIndex(distance), []
    for number, value in enumerate(values):
        near = any((value ^ other).bit_count() <= distance for other in alone)
        assert (index.add(value, number) is not None) == near
        if not near:
            alone.append(value)


def test_fitted_filters_are_told_as_they_were_given():
    rules = build_filters([dict(type='BestShare', score='semantic.confidence', share=0.5)])
    fitted = fit_filters(rules, lambda: iter([record(0, confidence=0.1), record(1, confidence=0.2)]))
    assert (
        describe(fitted[0])
        == describe(rules[0])
        == dict(type='BestShare', score='semantic.confidence', share=0.5, per_class=True, highest=True)
    )
    assert dropped_by(fitted, record(0, confidence=0.1)) == (
        'BestShare',
        ['not among the best 50% by semantic.confidence'],
    )
    assert dropped_by(rules, record(0, confidence=0.1)) is None, 'not known before all samples are there'
