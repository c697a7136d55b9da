"""What a decoder's training step costs, with the frozen generator's features computed and with them cached."""

import argparse
import tempfile
import time
from pathlib import Path

import torch
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmdatasetdm.registry import MODELS


def bench_decoder(config: Config, *, iterations: int = 20) -> dict[str, float]:
    """Train a decoder config for a few steps on the same batches with and without cached features.

    Args:
        config: a decoder config; its own cache is left alone.
        iterations: timed steps of each kind.

    Returns:
        seconds of a step ``without_cache``, ``with_latents`` and ``with_features``; ``kib_per_image`` of the latter.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    loader = iter(Runner.build_dataloader(config.train_dataloader, seed=0))
    batches = [next(loader) for _ in range(min(iterations, 8))]
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, cache, level in (
            ('without_cache', None, 'features'),
            ('with_latents', folder, 'latents'),
            ('with_features', folder, 'features'),
        ):
            model_config = config.model.copy()
            model_config.backbone = dict(config.model.backbone, cache=cache, cache_level=level)
            result[name] = _seconds(MODELS.build(model_config), batches, config, iterations)
        files = sorted(Path(folder).rglob('*.safetensors'), key=lambda path: path.stat().st_size)
        result['kib_per_image'] = files[-1].stat().st_size / 2**10
    return result


def _seconds(model: torch.nn.Module, batches: list, config: Config, iterations: int) -> float:
    """Mean time of a training step after every batch has been seen once."""
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
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
    start = time.perf_counter()
    for index in range(iterations):
        step(batches[index % len(batches)])
    return (time.perf_counter() - start) / iterations


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``tools/bench.py decoder``."""
    parser.add_argument('config', help='a decoder config, e.g. configs/datasetdm/toyroom_semantic_20shot.py')
    parser.add_argument('--iterations', type=int, default=20, help='timed steps of each kind')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='changes to the config, key=value')


def main(args: argparse.Namespace) -> None:
    """Print the table."""
    config = Config.fromfile(args.config)
    if args.cfg_options:
        config.merge_from_dict(args.cfg_options)
    result = bench_decoder(config, iterations=args.iterations)
    batch = config.train_dataloader.batch_size
    print(f'{args.config}: seconds per training step of {batch} images')
    for name, label in (
        ('without_cache', 'no cache'),
        ('with_latents', 'cached latents'),
        ('with_features', 'cached features'),
    ):
        print(f'  {label:<16}{result[name]:8.3f}')
    print(f'cached features take {result["kib_per_image"]:,.0f} KiB an image and variant')
