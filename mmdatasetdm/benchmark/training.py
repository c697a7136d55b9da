"""How long a decoder trains until it is as good as another one: here, and in the way of the paper's research code.

The research code (docs/method.md) takes one image at a time, in single precision; at every step it encodes the image,
passes it once through the denoiser with and without its text while all attention maps are computed and kept, and
decodes an image to draw it. Nothing is remembered. Adam has a fixed learning rate of 1e-3 (DatasetDM supp. 1.3).
Decoder, losses, labelled images and crops are the same on both sides.
"""

from __future__ import annotations

import copy
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.optim import build_optim_wrapper
from mmengine.registry import METRICS, PARAM_SCHEDULERS
from mmengine.runner import Runner, set_random_seed

from mmdatasetdm.benchmark.naive import NaiveReader
from mmdatasetdm.engine.scope import enter_scope
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.conditioning.prompts import image_prompts
from mmdatasetdm.models.decode_heads.base import SemanticHead
from mmdatasetdm.registry import MODELS

RATE = 1e-3  # of the research way
FRESH = dict(cache=None, cache_level='features')


@dataclass(frozen=True)
class Race:
    """Of one seed.

    Attributes:
        target: mIoU of the training here at its end, on the validation images.
        ours: its seconds (of the processor on a CPU, which other processes disturb less; else of the clock).
        steps: its steps.
        naive: seconds of the research way until it is as good, or until it was given up.
        naive_steps: its steps.
        reached: its best mIoU; less than ``target`` where it was given up.
    """

    target: float
    ours: float
    steps: int
    naive: float
    naive_steps: int
    reached: float

    @property
    def ratio(self) -> float:
        """How many times longer the research way took, at least."""
        return self.naive / self.ours


class Trainer:
    """A decoder's model with its training data, and what its labels are worth on some validation images.

    Args:
        config: of a decoder of masks.
        validation: number of validation images.

    Raises:
        UserError: the decoder has another task.
    """

    def __init__(self, config: Config, *, validation: int) -> None:
        enter_scope(config)
        self.config, self.device = config, torch.device(get_device())
        self.clock = time.process_time if self.device.type == 'cpu' else time.perf_counter
        model = self.build(seed=0, **FRESH)
        if not isinstance(getattr(model, 'decode_head', None), SemanticHead):
            raise UserError(f'--config {config.filename} has no decoder of masks, whose mIoU could be compared')
        loader = copy.deepcopy(config.val_dataloader)
        loader.update(num_workers=0, persistent_workers=False)
        loader.dataset.indices = validation
        built = Runner.build_dataloader(loader, seed=0)
        self.meta = built.dataset.metainfo
        self.validation = []
        with torch.no_grad():
            for batch in built:
                data = model.data_preprocessor(batch)
                prompts = image_prompts(model.backbone, [sample.metainfo for sample in data['data_samples']])
                self.validation.append((model.backbone(data['inputs'], prompts), data['data_samples']))

    def build(self, *, seed: int, **backbone: object) -> Any:
        """The untrained model of a seed."""
        set_random_seed(seed)
        parts = copy.deepcopy(self.config.model)
        parts.backbone.update(backbone)
        return MODELS.build(parts).to(self.device)

    def batches(self, *, size: int, seed: int) -> Iterator[dict]:
        """Training batches without end."""
        loader = copy.deepcopy(self.config.train_dataloader)
        loader.update(batch_size=size, num_workers=0, persistent_workers=False)
        return iter(Runner.build_dataloader(loader, seed=seed))

    @torch.no_grad()
    def miou(self, model: Any) -> float:
        """Of the validation images, in percent."""
        metric = METRICS.build(dict(type='IoUMetric', iou_metrics=['mIoU']))
        metric.dataset_meta = self.meta
        model.eval()
        count = 0
        for features, samples in self.validation:
            logits = model.decode_head.predict(features, [sample.metainfo for sample in samples], model.test_cfg)
            found = model.postprocess_result(logits, [copy.copy(sample) for sample in samples])
            metric.process({}, [sample.to_dict() for sample in found])
            count += len(samples)
        model.train()
        return float(metric.evaluate(count)['mIoU'])

    def train(self, *, seed: int, iterations: int) -> tuple[float, float]:
        """The config's training; -> its seconds without the validation, and its mIoU."""
        with tempfile.TemporaryDirectory() as cache:
            model = self.build(seed=seed, cache=cache).train()
            wrapper = build_optim_wrapper(model, copy.deepcopy(self.config.optim_wrapper))
            schedulers = [
                PARAM_SCHEDULERS.build(one, default_args=dict(optimizer=wrapper)) for one in self._schedule(iterations)
            ]
            batches = self.batches(size=self.config.train_dataloader.batch_size, seed=seed)
            begun = self.clock()
            for _ in range(iterations):
                model.train_step(next(batches), wrapper)['loss'].item()
                for scheduler in schedulers:
                    scheduler.step()
            seconds = self.clock() - begun
        return seconds, self.miou(model)

    def _schedule(self, iterations: int) -> list[dict]:
        """The config's, as long as ``iterations``."""
        share = iterations / self.config.train_cfg.max_iters
        steps = [copy.deepcopy(dict(one)) for one in self.config.get('param_scheduler') or ()]
        for one in steps:
            one.update({key: max(round(one[key] * share), key == 'end') for key in ('begin', 'end') if key in one})
        return steps

    def train_naively(self, *, seed: int, target: float, every: float, limit: float) -> tuple[float, int, float]:
        """The research way, until its mIoU is ``target`` or ``limit`` seconds are over.

        Args:
            every: seconds between two validations, which are not counted.

        Returns:
            seconds, steps, and the best mIoU.
        """
        model = self.build(seed=seed, **FRESH, dtype='float32').train()
        optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
        batches, reader = self.batches(size=1, seed=seed), NaiveReader(model.backbone)
        seconds, steps, best, due = 0.0, 0, 0.0, every
        while seconds < limit and (not steps or best < target):
            begun = self.clock()
            self._naive_step(model, reader, next(batches), optimizer)
            seconds, steps = seconds + self.clock() - begun, steps + 1
            if seconds >= due:
                best, due = max(best, self.miou(model)), due + every
        return seconds, steps, best

    @staticmethod
    def _naive_step(model: Any, reader: NaiveReader, batch: dict, optimizer: torch.optim.Optimizer) -> float:
        data = model.data_preprocessor(batch, training=True)
        samples = data['data_samples']
        (prompt,) = image_prompts(model.backbone, [sample.metainfo for sample in samples], training=True)
        features, _ = reader(data['inputs'], prompt)
        loss, _ = model.parse_losses(model._decode_head_forward_train(features, samples))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()


def race(config: Config, *, seeds: list[int], iterations: int, validation: int = 40, limit: float = 12.0) -> list[Race]:
    """Both ways for each seed.

    Args:
        config: of a decoder of masks; its own cache is left alone.
        iterations: of the training here.
        validation: number of validation images.
        limit: the research way is given up when it has taken so many times as long.
    """
    trainer = Trainer(config, validation=validation)
    races = []
    for seed in seeds:
        ours, target = trainer.train(seed=seed, iterations=iterations)
        naive, steps, best = trainer.train_naively(seed=seed, target=target, every=ours / 2, limit=limit * ours)
        races.append(Race(target=target, ours=ours, steps=iterations, naive=naive, naive_steps=steps, reached=best))
    return races
