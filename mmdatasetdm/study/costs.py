"""What a study takes, before it is run: GPU hours and disk, by a rule that its config states."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmdatasetdm.study.jobs import Job

_GB = 1e9


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Seconds and bytes of a study's steps. The rule: iterations times seconds, images times bytes.

    The defaults are seconds on one core for the built-in world; they order the steps and tell the time that is left
    until the first ones are timed.

    Args:
        machine: which GPU the seconds are of, and where they are from; '': nothing is known of a GPU, and no estimate
            is printed.
        decoder: seconds of an iteration of a decoder's training.
        sample: seconds of an image that is sampled and labelled.
        label: seconds of an image that is labelled only.
        models: seconds of an iteration of each stock model, of its whole batch on one GPU.
        image_bytes: of a generated image with its label and latent.
        label_bytes: of a further label of an image that is there.
        decoder_bytes: of a decoder's checkpoints.
        model_bytes: of the checkpoints of each stock model.
    """

    machine: str = ''
    decoder: float = 0.5
    sample: float = 0.4
    label: float = 0.05
    models: Mapping[str, float] = field(default_factory=dict)
    image_bytes: float = 0.0
    label_bytes: float = 0.0
    decoder_bytes: float = 0.0
    model_bytes: Mapping[str, float] = field(default_factory=dict)

    def step(self, model: str) -> float:
        """Seconds of an iteration of a stock model."""
        return self.models.get(model, 0.1)


def estimate(jobs: Sequence[Job], costs: Costs) -> str:
    """One line: steps that are left, their GPU hours and the disk that they take.

    Where a step of a kind is done already, the others of its kind are expected to take as long.
    """
    measured = _measured(jobs)
    left = [job for job in jobs if not job.done.exists()]
    seconds = sum(measured.get(job.kind, job.guess) * job.gpus for job in left)
    told = f', {", ".join(measured)} by what finished ones took' if measured else ''
    return (
        f'# in all {len(left)} steps: about {seconds / 3600:,.0f} GPU hours ({costs.machine}{told}) and '
        f'{sum(job.size for job in left) / _GB:,.0f} GB of disk'
    )


def describe(job: Job) -> str:
    """What one step takes."""
    return f'about {job.guess * job.gpus / 3600:.1f} GPU hours, {job.size / _GB:.1f} GB'


def _measured(jobs: Sequence[Job]) -> dict[str, float]:
    """Mean seconds of the finished jobs of each kind, where they left them."""
    found: dict[str, list[float]] = {}
    for job in jobs:
        if job.done.is_file() and job.done.name in ('result.json', 'decoder.json'):
            seconds = json.loads(job.done.read_text(encoding='utf-8')).get('seconds')
            if isinstance(seconds, int | float):
                found.setdefault(job.kind, []).append(seconds)
    return {kind: sum(values) / len(values) for kind, values in found.items()}
