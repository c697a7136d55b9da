"""RatioSampler: exact shares, every image before any twice, the same on every rank."""

import itertools
from collections import Counter

import pytest
from mmengine.dataset import BaseDataset, ConcatDataset, InfiniteSampler
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader

from mmdatasetdm.datasets import RatioSampler, ShardSampler
from mmdatasetdm.datasets import samplers as sampler
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATA_SAMPLERS
from mmdatasetdm.toyroom.paths import TOYROOM_DATA


class Numbers(BaseDataset):
    """The numbers from ``start``, ``count`` of them."""

    def __init__(self, start: int, count: int) -> None:
        self.start, self.count = start, count
        super().__init__()

    def load_data_list(self) -> list[dict]:
        return [dict(value=self.start + i) for i in range(self.count)]


@pytest.fixture
def both() -> ConcatDataset:
    """4 real (0 to 3) and 100 synthetic (1000 to 1099) samples."""
    return ConcatDataset([Numbers(0, 4), Numbers(1000, 100)])


def take(sampler: RatioSampler, count: int) -> list[int]:
    return list(itertools.islice(iter(sampler), count))


@pytest.mark.parametrize('ratio', [[1, 1], [1, 3], [3, 1], [1, 7], [2, 3], [0.1, 0.9]])
def test_every_window_has_the_shares(both, ratio):
    indices = take(RatioSampler(both, ratio=ratio, seed=0), 240)
    share = ratio[0] / sum(ratio)
    for size in (8, 20):
        for start in range(0, 200, 3):
            real = sum(index < 4 for index in indices[start : start + size])
            assert abs(real - share * size) <= 1
    assert sum(index < 4 for index in indices) == pytest.approx(share * 240, abs=1)


def test_batches_of_a_loader(both):
    loader = iter(DataLoader(both, batch_size=8, sampler=RatioSampler(both, ratio=[1, 3], seed=0)))
    for _ in range(10):
        assert sum(int(value) < 1000 for value in next(loader)['value']) == 2


def test_each_part_is_walked_before_it_repeats(both):
    indices = take(RatioSampler(both, ratio=[1, 1], seed=3), 200)
    assert Counter(index for index in indices if index >= 4) == dict.fromkeys(range(4, 104), 1)
    real = [index for index in indices if index < 4]
    assert all(sorted(real[i : i + 4]) == [0, 1, 2, 3] for i in range(0, 100, 4))


def test_seed_and_shuffle(both):
    assert take(RatioSampler(both, ratio=[1, 1], seed=1), 50) == take(RatioSampler(both, ratio=[1, 1], seed=1), 50)
    assert take(RatioSampler(both, ratio=[1, 1], seed=1), 50) != take(RatioSampler(both, ratio=[1, 1], seed=2), 50)
    assert take(RatioSampler(both, ratio=[1, 1], seed=1, shuffle=False), 6) == [0, 4, 1, 5, 2, 6]


def test_ranks_share_the_work(both, monkeypatch):
    seen = []
    for rank in range(2):
        monkeypatch.setattr(sampler, 'get_dist_info', lambda rank=rank: (rank, 2))
        indices = take(RatioSampler(both, ratio=[1, 1], seed=0), 100)
        assert sum(index < 4 for index in indices) == 50
        seen.append({index for index in indices if index >= 4})
    assert not seen[0] & seen[1] and len(seen[0] | seen[1]) == 100


def test_built_from_a_config_as_the_runner_does(both):
    config = dict(type='mmdatasetdm.RatioSampler', ratio=[1, 1])
    built = DATA_SAMPLERS.build(config, default_args=dict(dataset=both, seed=5))
    assert take(built, 20) == take(RatioSampler(both, ratio=[1, 1], seed=5), 20)
    assert len(built) == 104
    assert isinstance(DATA_SAMPLERS.build(dict(type='InfiniteSampler', dataset=both)), InfiniteSampler)


@pytest.mark.parametrize('ratio', [[1], [1, 1, 1], [0, 0], [1, -1]])
def test_ratio_must_fit(both, ratio):
    with pytest.raises(UserError, match='ratio must be 2 shares of 0 or more, not all 0'):
        RatioSampler(both, ratio=ratio)


@pytest.mark.parametrize('ratio', [None, '1:1', 1, [1, None], [1, float('nan')], [1, float('inf')], ['1', '1']])
def test_ratio_of_another_type(both, ratio):
    with pytest.raises(UserError, match='ratio must be 2 shares of 0 or more'):
        RatioSampler(both, ratio=ratio)


def test_needs_a_concat_dataset():
    with pytest.raises(UserError, match='RatioSampler needs a ConcatDataset, or a CombinedDataset of mmpose, got Numb'):
        RatioSampler(Numbers(0, 4), ratio=[1])


def test_an_empty_part_would_be_waited_for_without_end(both):
    both.datasets[0].get_subset_([])
    with pytest.raises(UserError, match='part 0 of the data set is empty, but its share is 1'):
        RatioSampler(both, ratio=[1, 1])
    assert all(index < 100 for index in take(RatioSampler(both, ratio=[0, 1], seed=0), 20)), 'nothing is before them'


def test_the_parts_of_mmposes_combined_dataset():
    pytest.importorskip('mmpose')
    from mmpose.datasets import CombinedDataset

    people = dict(
        type='CocoDataset',
        data_root=str(TOYROOM_DATA),
        data_mode='topdown',
        data_prefix=dict(img='JPEGImages/'),
        pipeline=[],
    )
    init_default_scope('mmpose')
    parts = [dict(people, ann_file=f'Annotations/person_keypoints_train_{count}.json') for count in (10, 100)]
    parts[1] = dict(type='mmdatasetdm.FewShotDataset', dataset=parts[1], images=20)
    combined = CombinedDataset(metainfo=dict(from_file='configs/_base_/datasets/coco.py'), datasets=parts)
    first = len(combined.datasets[0])
    indices = take(RatioSampler(combined, ratio=[1, 3], seed=0), 80)
    assert sum(index < first for index in indices) == 20 and max(indices) < len(combined)
    assert {combined[index]['img_path'] for index in indices[:8]}
    twice = CombinedDataset(
        metainfo=dict(from_file='configs/_base_/datasets/coco.py'), datasets=parts, sample_ratio_factor=[2.0, 1.0]
    )
    init_default_scope('mmseg')
    indices = take(RatioSampler(twice, ratio=[1, 1], seed=0), 40)
    assert sum(index < 2 * first for index in indices) == 20


class Sharded(Numbers):
    """Numbers that lie in shards of 10."""

    @property
    def shard_sizes(self) -> list[int]:
        return [min(10, len(self) - first) for first in range(0, len(self), 10)]


def test_shards_come_one_after_the_other_through_a_buffer():
    drawn = list(itertools.islice(ShardSampler(Sharded(0, 95), buffer=20, seed=0), 190))
    assert sorted(drawn[:95]) == sorted(drawn[95:]) == list(range(95)), 'each once before any twice'
    assert drawn[:95] != sorted(drawn[:95]) and drawn[:95] != drawn[95:]
    opened = [index // 10 for index in drawn[:95]]
    order = list(dict.fromkeys(opened))
    assert order != sorted(order)
    # no sample comes before its shard was reached: at most 20 wait, from the shards so far
    reached = list(ShardSampler(Sharded(0, 95), buffer=1, seed=0).order(sampler.torch.Generator().manual_seed(0)))
    place = {index: number for number, index in enumerate(reached)}
    assert max(place[index] - number for number, index in enumerate(drawn[:95])) <= 20
    assert len(list(itertools.groupby(index // 10 for index in reached))) == 10, 'one shard after the other'


def test_ranks_share_the_order_of_shards(monkeypatch):
    whole = list(itertools.islice(ShardSampler(Sharded(0, 40), buffer=8, seed=1), 40))
    shared = []
    for rank in range(2):
        monkeypatch.setattr(sampler, 'get_dist_info', lambda rank=rank: (rank, 2))
        shared.append(list(itertools.islice(ShardSampler(Sharded(0, 40), buffer=8, seed=1), 20)))
    assert [index for pair in zip(*shared, strict=True) for index in pair] == whole


def test_ratio_sampler_walks_shards_through_a_buffer():
    both = ConcatDataset([Numbers(0, 10), Sharded(100, 30)])
    drawn = list(itertools.islice(RatioSampler(both, ratio=[1, 1], buffer=5, seed=0), 60))
    synthetic = [index - 10 for index in drawn if index >= 10]
    assert sorted(synthetic) == list(range(30))
    assert {index // 10 for index in synthetic[:5]} <= {synthetic[0] // 10, synthetic[1] // 10, synthetic[2] // 10}
    assert len({index // 10 for index in synthetic[:5]}) <= 2, 'of ten and a buffer of five: two shards'


@pytest.mark.parametrize('buffer', [0, -1, True, 2.5])
def test_a_wrong_buffer(buffer):
    with pytest.raises(UserError, match='buffer must be a number of samples'):
        ShardSampler(Sharded(0, 20), buffer=buffer)


def test_files_have_no_shards():
    with pytest.raises(UserError, match='the data set has no tar shards'):
        ShardSampler(Numbers(0, 20))
