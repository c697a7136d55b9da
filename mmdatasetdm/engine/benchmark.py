"""What a decoder's training step costs, with the frozen generator's features computed and with them cached."""

import tempfile
import time
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.runner import Runner

from mmdatasetdm.engine.scope import enter_scope
from mmdatasetdm.registry import MODELS


def benchmark_decoder(config: Config, *, iterations: int = 20) -> dict[str, dict[str, float]]:
    """Train a decoder config for a few steps on the same batches with and without cached features.

    Args:
        config: a decoder config; its own cache is left alone.
        iterations: timed steps of each kind.

    Returns:
        for 'no cache', 'cached latents' and 'cached features' the ``wall`` and ``processor`` seconds of a step
        and the ``kib`` that an image takes of the disk.
    """
    enter_scope(config)
    loader = iter(Runner.build_dataloader(config.train_dataloader, seed=0))
    batches = [next(loader) for _ in range(min(iterations, 8))]
    result = {}
    for name, cached, level in (
        ('no cache', False, 'features'),
        ('cached latents', True, 'latents'),
        ('cached features', True, 'features'),
    ):
        with tempfile.TemporaryDirectory() as folder:
            model_config = config.model.copy()
            model_config.backbone = dict(config.model.backbone, cache=folder if cached else None, cache_level=level)
            wall, processor = _seconds(MODELS.build(model_config), batches, iterations)
            sizes = [path.stat().st_size / 2**10 for path in Path(folder).rglob('*.safetensors')]
        result[name] = {'wall': wall, 'processor': processor, 'kib': max(sizes, default=0)}
    return result


def _seconds(model: torch.nn.Module, batches: list, iterations: int) -> tuple[float, float]:
    """Mean wall and processor time of a training step after every batch has been seen once."""
    device = torch.device(get_device())
    model = model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)

    def step(batch: dict) -> float:
        data = model.data_preprocessor(batch, training=True)
        loss, _ = model.parse_losses(model.loss(**data))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()  # waits for the device

    for batch in batches:
        step(batch)
    wall, processor = time.perf_counter(), time.process_time()
    for index in range(iterations):
        step(batches[index % len(batches)])
    return (time.perf_counter() - wall) / iterations, (time.process_time() - processor) / iterations
