"""What a study takes, before it is run: GPU hours and disk, estimated by a rule from what its config states."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

from mmdatasetdm.study.jobs import Job

_GB = 1e9
_PASSES = 3  # of a training step: the backward pass computes twice what the forward pass does
_FLOAT = 4  # bytes
_WITH_ADAM = 3 * _FLOAT  # of a parameter with Adam's two moments
_LATENT = 4 * 2 / 64  # bytes a pixel: 4 channels in half precision, every 8th pixel
_GENERATOR_SIDE = 512


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The rule: operations by operations a second, checkpoints by parameters, images by pixels.

    Without a ``machine`` the seconds are those of a core on the built-in world; they order the steps and tell the time
    that is left until the first ones are timed.

    Args:
        machine: the GPU that the hours are of; '': nothing is known of a GPU, and no estimate is printed.
        operations_per_second: what it reaches in training.
        networks: operations of a pass over one image and parameters of the stock models, by a pattern of the names of
            their configs; ``python tools/benchmark.py networks CONFIG`` counts them.
        decoder: seconds of an iteration of a decoder's training.
        decoder_parameters: of a decoder.
        generator: operations of a pass of the denoiser over an image of 512x512 pixels;
            ``python tools/benchmark.py generators`` counts them.
        image_bytes: of a generated image, per pixel.
        label_bytes: of one kind of label of it, per pixel.
    """

    machine: str = ''
    operations_per_second: float = 0.0
    networks: Mapping[str, Sequence[float]] = field(default_factory=dict)
    decoder: float = 0.5
    decoder_parameters: float = 0.0
    generator: float = 0.0
    image_bytes: float = 0.0
    label_bytes: float = 0.0

    def network(self, config: str) -> Sequence[float] | None:
        """Operations of a pass over one image, and parameters, of the stock model of a config's name."""
        return next((found for pattern, found in self.networks.items() if fnmatch(config, pattern)), None)

    def step(self, config: str, *, batch: int) -> float:
        """Seconds of an iteration of a stock model's training on one GPU."""
        network = self.network(config)
        return 0.1 if network is None else _PASSES * network[0] * batch / self.operations_per_second

    def model_bytes(self, config: str, *, checkpoints: int) -> float:
        """Of the checkpoints of a stock model, without the optimizer."""
        network = self.network(config)
        return 0.0 if network is None else _FLOAT * network[1] * checkpoints

    def decoder_bytes(self, *, checkpoints: int) -> float:
        """Of the checkpoints of a decoder, with Adam's moments."""
        return _WITH_ADAM * self.decoder_parameters * checkpoints

    def sample(self, sampler: Mapping[str, Any]) -> tuple[float, float]:
        """Seconds and bytes of an image that is sampled, with its latent, and labelled.

        Args:
            sampler: that of the recipe. Guidance doubles the passes; one more reads the features for the label.
        """
        if not self.machine:
            return 0.4, 0.0
        pixels = self._pixels(sampler)
        passes = sampler.get('steps', 50) * (2 if sampler.get('guidance', 1.0) > 1 else 1) + 1
        return passes * self._denoise(pixels), pixels * (self.image_bytes + self.label_bytes + _LATENT)

    def label(self, sampler: Mapping[str, Any]) -> tuple[float, float]:
        """Seconds and bytes of an image that is there already and gets another label."""
        if not self.machine:
            return 0.05, 0.0
        pixels = self._pixels(sampler)
        return self._denoise(pixels), pixels * self.label_bytes

    def _pixels(self, sampler: Mapping[str, Any]) -> int:
        return (sampler.get('height') or _GENERATOR_SIDE) * (sampler.get('width') or _GENERATOR_SIDE)

    def _denoise(self, pixels: int) -> float:
        return self.generator * pixels / _GENERATOR_SIDE**2 / self.operations_per_second


def estimate(jobs: Sequence[Job], costs: Costs) -> str:
    """One line: steps that are left, their GPU hours and the disk that they take.

    Where a step of a kind is done already, the others of its kind are expected to take as long.
    """
    measured = _measured(jobs)
    left = [job for job in jobs if not job.done.exists()]
    seconds = sum(measured.get(job.kind, job.guess) * job.gpus for job in left)
    told = f', {", ".join(measured)} by what finished ones took' if measured else ''
    return (
        f'# in all {len(left)} steps: about {seconds / 3600:,.0f} GPU hours and '
        f'{sum(job.size for job in left) / _GB:,.0f} GB of disk, estimated for {costs.machine} '
        f'(docs/reproduce.md){told}'
    )


def describe(job: Job) -> str:
    """What one step takes."""
    return f'about {job.guess * job.gpus / 3600:.1f} GPU hours, {job.size / _GB:.1f} GB'


def kept_checkpoints(hook: Mapping[str, Any], iterations: int) -> int:
    """How many checkpoints a training leaves.

    Args:
        hook: config of mmengine's CheckpointHook.
        iterations: of the training.
    """
    saved, kept = math.ceil(iterations / (hook.get('interval') or iterations)), hook.get('max_keep_ckpts', -1)
    return min(saved, kept) if kept > 0 else saved


def _measured(jobs: Sequence[Job]) -> dict[str, float]:
    """Mean seconds of the finished jobs of each kind, where they left them."""
    found: dict[str, list[float]] = {}
    for job in jobs:
        if job.done.is_file() and job.done.name in ('result.json', 'decoder.json'):
            seconds = json.loads(job.done.read_text(encoding='utf-8')).get('seconds')
            if isinstance(seconds, int | float):
                found.setdefault(job.kind, []).append(seconds)
    return {kind: sum(values) / len(values) for kind, values in found.items()}
