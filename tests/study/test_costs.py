"""GPU hours and disk of a study that is not run."""

import json
from pathlib import Path

import pytest

from mmdatasetdm.study.costs import Costs, describe, estimate, kept_checkpoints
from mmdatasetdm.study.jobs import Job

COSTS = Costs(
    machine='one V100',
    operations_per_second=1e12,
    networks={'net_r50_*': (1e11, 5e7), 'net_*': (2e11, 6e7)},
    decoder_parameters=1e6,
    generator=1e12,
    image_bytes=2.0,
    label_bytes=0.1,
)


def job(name: str, folder: Path, *, kind: str, seconds: float, gpus: int = 1, size: float = 0.0) -> Job:
    done = folder / name / 'result.json'
    return Job(name=name, kind=kind, command=['true'], done=done, guess=seconds, gpus=gpus, size=size)


@pytest.fixture
def jobs(tmp_path) -> list[Job]:
    return [
        job('decoder', tmp_path, kind='decoder', seconds=7200, size=2e9),
        job('a', tmp_path, kind='net', seconds=3600, gpus=8, size=1e9),
        job('b', tmp_path, kind='net', seconds=3600, gpus=8, size=1e9),
    ]


def test_hours_count_every_gpu(jobs):
    assert describe(jobs[1]) == 'about 8.0 GPU hours, 1.0 GB'
    assert estimate(jobs, COSTS) == (
        '# in all 3 steps: about 18 GPU hours and 4 GB of disk, estimated for one V100 (docs/reproduce.md)'
    )


def test_what_was_measured_counts_instead(jobs):
    jobs[1].done.parent.mkdir()
    jobs[1].done.write_text(json.dumps(dict(seconds=1800)))
    assert estimate(jobs, COSTS) == (
        '# in all 2 steps: about 6 GPU hours and 3 GB of disk, estimated for one V100 (docs/reproduce.md), net by what '
        'finished ones took'
    )


def test_a_training_step_is_three_passes_over_each_image():
    assert COSTS.step('net_r50_8xb2', batch=16) == pytest.approx(3 * 1e11 * 16 / 1e12)
    assert COSTS.step('net_swin_8xb2', batch=1) == pytest.approx(0.6)
    assert COSTS.network('other') is None
    assert COSTS.model_bytes('net_r50_8xb2', checkpoints=3) == 3 * 5e7 * 4
    assert COSTS.decoder_bytes(checkpoints=2) == 2 * 1e6 * 12


def test_an_image_is_two_passes_a_step_and_one_for_the_label():
    seconds, size = COSTS.sample(dict(steps=25, guidance=7.5))
    assert seconds == pytest.approx(51) and size == pytest.approx(512 * 512 * (2.0 + 0.1 + 0.125))
    assert COSTS.sample(dict(steps=4, guidance=1.0))[0] == pytest.approx(5)
    wide = dict(steps=25, guidance=7.5, height=512, width=1024)
    assert COSTS.sample(wide) == pytest.approx((2 * seconds, 2 * size))
    assert COSTS.label(wide) == pytest.approx((2.0, 512 * 1024 * 0.1))


def test_the_checkpoints_that_a_schedule_keeps():
    assert kept_checkpoints(dict(interval=5000), 40000) == 8
    assert kept_checkpoints(dict(interval=5000, max_keep_ckpts=2), 40000) == 2
    assert kept_checkpoints(dict(interval=3000), 40000) == 14
    assert kept_checkpoints({}, 40000) == 1


def test_the_built_in_world_has_seconds_without_a_gpu():
    assert Costs().step('anything', batch=8) == 0.1 and not Costs().machine
    assert Costs().sample({}) == (0.4, 0.0) and Costs().label({}) == (0.05, 0.0)
