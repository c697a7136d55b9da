"""Parts of one data set by processes that know nothing of each other: together they make what one process makes."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.generation.runner import generate_part
from mmdatasetdm.generation.storage.plan import Part
from tests.generation.conftest import contents

LOCKS = tuple(f'.lock-{number}-of-{count}' for count in (2, 3, 4) for number in range(1, count + 1)) + ('.lock-parts',)


def make(recipe_file: Path, out: Path, number: int, count: int, num: int = 10, options: dict | None = None):
    recipe = load_recipe(recipe_file, options=options)
    return generate_part(recipe, out, part=Part(number, count), num=num, log=lambda line: None)


def test_the_part_that_ends_last_writes_the_lists(recipe_file, whole, tmp_path):
    out = tmp_path / 'out'
    assert make(recipe_file, out, 2, 2) is None and not (out / 'dataset.json').exists()
    assert sorted(path.name for path in (out / 'shards').iterdir()) == ['00001.json']
    dataset = make(recipe_file, out, 1, 2)
    assert dataset.samples == 10 and contents(out, but=LOCKS) == contents(whole)
    assert make(recipe_file, out, 2, 2) == dataset, 'a part that is finished says the same again'
    (out / 'shards/00001.json').unlink()
    assert make(recipe_file, out, 1, 2) is None, 'a shard of the other part is missing'
    assert make(recipe_file, out, 2, 2).samples == 10 and contents(out, but=LOCKS) == contents(whole)


def test_four_parts_at_once(recipe_file, tmp_path, toy_generator_folder):
    """Forked from here: what they have imported is shared, what they write is not."""
    out, alone = tmp_path / 'out', tmp_path / 'alone'
    options = dict(shard_size=2)
    context = multiprocessing.get_context('fork')
    processes = [
        context.Process(target=make, args=(recipe_file, out, number, 4), kwargs=dict(options=options))
        for number in range(1, 5)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    generate(load_recipe(recipe_file, options=options), alone, num=10)
    assert contents(out, but=LOCKS) == contents(alone)


def test_more_parts_than_shards_and_more_samples_later(recipe_file, whole, tmp_path):
    out = tmp_path / 'out'
    assert [make(recipe_file, out, number, 3, num=4) is None for number in (2, 3, 1)] == [True, True, False]
    assert [make(recipe_file, out, number, 3) is None for number in (1, 2, 3)] == [True, True, False]
    assert contents(out, but=LOCKS) == contents(whole)


def test_another_recipe_and_a_whole_run_beside(recipe_file, whole, tmp_path):
    out = shutil.copytree(whole, tmp_path / 'out')
    with pytest.raises(UserError, match='holds a data set of another recipe'):
        make(recipe_file, out, 1, 2, options=dict(seed=4))
    (out / 'shards/00002.json').unlink()
    assert generate(load_recipe(recipe_file), out, num=10).samples == 10, 'the whole goes on with what parts began'
