"""What is compared is the same work: the same prompts, seeds, steps and batches."""

from __future__ import annotations

import pytest

from mmdatasetdm.benchmark.compare import OURS, PLAIN, compare
from mmdatasetdm.errors import UserError


def test_speeds_of_each_run(make_recipe):
    found = compare(make_recipe(), device='cpu', num=2, runs=2)
    assert list(found) == [OURS, PLAIN]
    assert found[OURS].ratios == [1.0, 1.0] and len(found[PLAIN].rates) == 2
    assert found[PLAIN].ratios == [a / b for a, b in zip(found[OURS].rates, found[PLAIN].rates, strict=True)]
    assert set(found[OURS].stages) == {'sample', 'annotate', 'write'} and found[OURS].memory > 2**20


def test_no_such_decoder(make_recipe):
    with pytest.raises(UserError, match='the recipe has no decoder depth; it has semantic'):
        compare(make_recipe(), device='cpu', num=2, task='depth')
