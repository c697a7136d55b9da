"""GPU hours and disk of a study that is not run: iterations times seconds, images times bytes."""

import json
from pathlib import Path

import pytest

from mmdatasetdm.study.costs import Costs, describe, estimate
from mmdatasetdm.study.jobs import Job

COSTS = Costs(machine='one V100', models=dict(net=2.0))


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
    assert estimate(jobs, COSTS) == '# in all 3 steps: about 18 GPU hours (one V100) and 4 GB of disk'


def test_what_was_measured_counts_instead(jobs):
    jobs[1].done.parent.mkdir()
    jobs[1].done.write_text(json.dumps(dict(seconds=1800)))
    said = estimate(jobs, COSTS)
    assert said == '# in all 2 steps: about 6 GPU hours (one V100, net by what finished ones took) and 3 GB of disk'


def test_the_built_in_world_has_seconds_without_a_gpu():
    assert Costs().step('anything') == 0.1 and not Costs().machine
