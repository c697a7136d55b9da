"""Labelled images a second, end to end, against images without labels and against the research code's procedure."""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from diffusers import DiffusionPipeline

from mmdatasetdm.benchmark.naive import NaiveGenerator
from mmdatasetdm.diffusion.folder import resolve
from mmdatasetdm.diffusion.schedulers import make_scheduler
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.pipeline import Pipeline
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.seeds import sample_seed
from mmdatasetdm.generation.storage.plan import Plan
from mmdatasetdm.generation.storage.shards import ShardStore

OURS, PLAIN, NAIVE = 'labelled', 'diffusers, no labels', 'research code'


@dataclass(frozen=True)
class Speed:
    """Of one way to make images.

    Attributes:
        rates: images a second of each run.
        ratios: of each run, how many times faster the labelled images of this package are.
        memory: bytes at the peak: of the GPU, or of the process so far.
        stages: seconds an image by stage; nothing where it has none.
    """

    rates: list[float]
    ratios: list[float]
    memory: int
    stages: Mapping[str, float]


def compare(
    recipe: Recipe, *, device: str, num: int, runs: int = 5, naive: int = 0, task: str = 'semantic'
) -> dict[str, Speed]:
    """Make images in each way, in turns, after a round that is not counted.

    Args:
        recipe: of which the decoder ``task`` is taken.
        num: images of a run.
        naive: images of a run by the research code's procedure; 0: it is left out.
    Returns:
        way -> its speed. Loading the models is not counted.
    Raises:
        UserError: the recipe has no such decoder, or the generator is of a family without a UNet (``naive``).
    """
    if task not in recipe.decoders:
        raise UserError(f'the recipe has no decoder {task}; it has {", ".join(recipe.decoders)}')
    recipe = replace(recipe, decoders={task: recipe.decoders[task]}, filters=(), shard_size=num)
    ours = Pipeline(recipe=recipe, device=device, origin=None, code='')
    stages: list[dict[str, float]] = []
    ways: dict[str, tuple[Callable[[], None], int]] = {
        OURS: (lambda: stages.append(_labelled(ours, num)), num),
        PLAIN: (_plain(ours, num), num),
    }
    if naive:
        ways[NAIVE] = (_naive(ours, recipe, device, naive, task), naive)
    rates: dict[str, list[float]] = {name: [] for name in ways}
    memory: dict[str, int] = {}
    for run in range(runs + 1):
        for name, (make, count) in ways.items():
            if device.startswith('cuda'):
                torch.cuda.reset_peak_memory_stats(device)
            began = time.perf_counter()
            make()
            if device.startswith('cuda'):
                torch.cuda.synchronize(device)
            if run:
                rates[name].append(count / (time.perf_counter() - began))
            memory[name] = _peak(device)
    mean = {stage: statistics.mean(one[stage] for one in stages[1:]) for stage in stages[0]}
    return {
        name: Speed(
            rates=rates[name],
            ratios=[ours / other for ours, other in zip(rates[OURS], rates[name], strict=True)],
            memory=memory[name],
            stages=mean if name == OURS else {},
        )
        for name in ways
    }


def _labelled(pipeline: Pipeline, num: int) -> dict[str, float]:
    """One shard with its files; -> seconds an image by stage."""
    with tempfile.TemporaryDirectory() as folder:
        store = ShardStore(Path(folder))
        pipeline.make(Plan(num=num, shard_size=num)[0], store, workers=1, on_progress=lambda _: None)
        return {stage: seconds / num for stage, seconds in store.read(0).seconds.items()}


def _plain(ours: Pipeline, num: int) -> Callable[[], None]:
    """The pipeline of diffusers for the same prompts, seeds, steps and batches; its images are kept in memory."""
    recipe, drawer = ours.recipe, ours.drawer
    source = resolve(recipe.sampler.generator or recipe.generator)
    pipeline = DiffusionPipeline.from_pretrained(source, torch_dtype=drawer.dtype).to(ours.device)
    pipeline.set_progress_bar_config(disable=True)
    sampler, side = recipe.sampler, drawer.image_size

    def make() -> None:
        for ids in Plan(num=num, shard_size=num)[0].batches(recipe.batch_size):
            seeds = [sample_seed(recipe.seed, number, 'image') for number in ids]
            pipeline.scheduler = make_scheduler(sampler.scheduler, drawer._scheduler_config, seeds=seeds)
            pipeline(
                [recipe.prompts(number).text for number in ids],
                negative_prompt=[sampler.negative_prompt] * len(seeds),
                num_inference_steps=sampler.steps,
                guidance_scale=sampler.guidance,
                height=sampler.height or side,
                width=sampler.width or side,
                generator=[torch.Generator().manual_seed(seed) for seed in seeds],
                output_type='np',
            )

    return make


def _naive(ours: Pipeline, recipe: Recipe, device: str, num: int, task: str) -> Callable[[], None]:
    """The research code's procedure, in float32."""
    models = ours.models
    if models.generator.dtype != torch.float32:
        models = Pipeline(recipe=replace(recipe, dtype='float32'), device=device, origin=None, code='').models
    naive = NaiveGenerator(generator=models.generator, annotator=models.annotators[task], sampler=recipe.sampler)

    def make() -> None:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(num):
                seed = sample_seed(recipe.seed, number, 'image')
                naive(recipe.prompts(number), seed=seed, out=Path(folder) / f'{number:08d}')

    return make


def _peak(device: str) -> int:
    if device.startswith('cuda'):
        return torch.cuda.max_memory_allocated(device)
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
