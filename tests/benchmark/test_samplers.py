"""Options of the sampler beside the recipe's own."""

from __future__ import annotations

from mmdatasetdm.benchmark.samplers import compare_samplers


def test_the_first_is_what_the_others_differ_from(make_recipe):
    recipes = [make_recipe(), make_recipe(), make_recipe({'sampler.steps': 1})]
    same, again, other = compare_samplers(recipes, device='cpu', num=3)
    assert same.difference == again.difference == 0 < other.difference
    assert all(drawn.wall > 0 and drawn.processor > 0 for drawn in (same, again, other))
