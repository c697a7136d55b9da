"""Plan and seeds: arithmetic that every worker must do alike."""

import time
import tracemalloc
from dataclasses import replace

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.seeds import sample_seed
from mmdatasetdm.generation.storage.plan import Part, Pending, Plan, sample_name
from mmdatasetdm.generation.storage.shards import ShardStore


@pytest.mark.parametrize('num, size', [(1, 64), (64, 64), (65, 64), (200, 7)])
def test_shards_cover_every_id_once(num, size):
    plan = Plan(num=num, shard_size=size)
    assert [i for shard in plan for i in shard.ids] == list(range(num))
    assert [i for shard in plan for batch in shard.batches(3) for i in batch] == list(range(num))
    assert all(len(batch) <= 3 for shard in plan for batch in shard.batches(3))


def test_a_longer_plan_begins_with_the_same_shards():
    short, long = Plan(num=100, shard_size=16), Plan(num=1000, shard_size=16)
    assert [short[i] for i in range(6)] == [long[i] for i in range(6)]


@pytest.mark.parametrize('num', [0, -3, 2.5, True])
def test_bad_number(num):
    with pytest.raises(UserError, match=r'num is .*; it must be a whole number, 1 or more'):
        Plan(num=num, shard_size=4)


def test_names_sort_as_numbers():
    assert sorted(map(sample_name, (2, 10, 100000))) == ['00000002', '00000010', '00100000']


def test_seeds_never_meet():
    seeds = {
        sample_seed(recipe, sample, stream)
        for recipe in range(20)
        for sample in range(200)
        for stream in ('image', 'prompt')
    }
    assert len(seeds) == 20 * 200 * 2
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert sample_seed(1, 2, 'image') == 7308922041910548666, 'a data set of last year is made again the same'


@pytest.mark.parametrize('workers', [1, 2, 5, 40])
def test_pending_parts_are_disjoint_and_complete(workers):
    pending = Pending(plan=Plan(num=200, shard_size=7), done=bytes([1, 0, 0, 1]))
    parts = [replace(pending, part=Part(number + 1, workers)) for number in range(workers)]
    shards = [shard for part in parts for shard in part]
    assert sorted(shard.index for shard in shards) == [1, 2, *range(4, 29)]
    assert len(pending) == len(shards) == sum(map(len, parts)) and pending.samples == 200 - 14
    for part in parts:
        assert len(part) == len(list(part)) and part.samples == sum(shard.count for shard in part)
        assert all(shard in part.part for shard in part)


def test_a_long_plan_takes_no_memory(tmp_path):
    store = ShardStore(tmp_path)
    tracemalloc.start()
    started = time.monotonic()
    pending = store.pending(Plan(num=10**9, shard_size=64))
    assert (len(pending), pending.samples) == (15_625_000, 10**9)
    part = replace(pending, part=Part(4, 4))
    assert (len(part), part.samples, part.first.index) == (3_906_250, 250_000_000, 3)
    assert tracemalloc.get_traced_memory()[1] < 1e6 and time.monotonic() - started < 1
    tracemalloc.stop()
    with pytest.raises(UserError, match='num is 10000000000000; it must be 1000000000000 or less'):
        Plan(num=10**13, shard_size=64)


def test_parts_are_said_as_fractions():
    assert Part.parse('2/4') == Part(2, 4) and str(Part(2, 4)) == '2 of 4' and Part.parse('1/1') == Part()


@pytest.mark.parametrize('text', ['', '2', '0/4', '5/4', '2/', '-1/4', '1.5/4', 'a/b', '1/4/2'])
def test_no_part(text):
    with pytest.raises(UserError, match='is not NUMBER/COUNT, as 2/4: the second of four parts'):
        Part.parse(text)
