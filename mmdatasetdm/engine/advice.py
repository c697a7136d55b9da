"""What is worth knowing before a training starts: a learning rate for another batch, and a cache that has no hits."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config

from mmdatasetdm.utils.config import is_type

_BATCH = re.compile(r'_(\d+)xb(\d+)[-_.]')
# transforms with a random outcome whose names do not begin with Random
_RANDOM = ('Albu', 'Albumentation', 'CachedMixUp', 'CachedMosaic', 'CopyPaste', 'CutOut', 'GammaBrightnessColour')
_RANDOM += (
    'MinIoURandomCrop',
    'MixUp',
    'Mosaic',
    'PhotoMetricDistortion',
    'PhotometricDistortion',
    'YOLOXHSVRandomAug',
)


def batch_advice(config: Config, *, world_size: int) -> str | None:
    """One line where a step takes another number of images than the learning rate is for.

    That number is in the config's name (OpenMMLab's ``4xb2``: 4 GPUs with 2 images each), or in its ``auto_scale_lr``.

    Args:
        config: of a training.
        world_size: number of processes.
    """
    batch = (config.get('train_dataloader') or {}).get('batch_size')
    scaling, wrapper = config.get('auto_scale_lr') or {}, config.get('optim_wrapper') or {}
    named = _BATCH.search(str(config.filename or ''))
    meant = int(named[1]) * int(named[2]) if named else scaling.get('base_batch_size')
    if not batch or not meant or scaling.get('enable'):
        return None
    counts = wrapper.get('accumulative_counts', 1)
    images = world_size * batch * counts
    if images == meant:
        return None
    source = f"the config's name says {named[1]}xb{named[2]} =" if named else 'auto_scale_lr.base_batch_size is'
    advice = f'a step takes {world_size} x {batch * counts} = {images} images, but {source} {meant}'
    rate = (wrapper.get('optimizer') or {}).get('lr')
    if isinstance(rate, int | float):
        scaled = rate * images / meant
        advice += f', and the learning rate of {rate:g} is for those: '
        if scaling.get('base_batch_size') == meant and counts == 1:
            advice += f'--auto-scale-lr makes it {scaled:g}'
        else:
            advice += f'in proportion it is optim_wrapper.optimizer.lr={scaled:g}'
    if meant % (world_size * batch) == 0:
        advice += f'; optim_wrapper.accumulative_counts={meant // (world_size * batch)} takes {meant} images'
    elif meant % world_size == 0:
        advice += f'; train_dataloader.batch_size={meant // world_size} takes {meant} images'
    return advice


def cache_advice(config: Config) -> str | None:
    """One line where a generator's features or latents are to be cached, but no image of the training comes twice."""
    backbone = (config.get('model') or {}).get('backbone') or {}
    if not is_type(backbone, 'DiffusionFeatureBackbone') or not backbone.get('cache'):
        return None
    changing = next(_random_transforms((config.get('train_dataloader') or {}).get('dataset')), None)
    if changing is None:
        return None
    return (
        f'model.backbone.cache is {backbone["cache"]}, but {changing} changes every image anew, so that none is found '
        'again: put the random transforms into mmdatasetdm.FixedVariants, or set model.backbone.cache=None'
    )


def _random_transforms(dataset: Any) -> Iterator[str]:
    """The types of random transforms in the pipelines of a data set that FixedVariants does not hold."""
    if isinstance(dataset, list | tuple):
        for one in dataset:
            yield from _random_transforms(one)
    if not isinstance(dataset, Mapping):
        return
    for step in dataset.get('pipeline') or ():
        kind = str(step.get('type', '')).rpartition('.')[2] if isinstance(step, Mapping) else ''
        fixed = step.get('prob') in (0, 1) if isinstance(step, Mapping) and kind == 'RandomFlip' else False
        if (kind.startswith('Random') and not fixed) or kind in _RANDOM:
            yield kind
    for key in ('dataset', 'datasets'):
        yield from _random_transforms(dataset.get(key))
