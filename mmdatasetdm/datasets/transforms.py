"""Transforms that the stock libraries lack."""

import hashlib
import os
import random

import numpy as np
from mmcv.transforms import BaseTransform, Compose

from ..errors import UserError
from ..registry import TRANSFORMS


@TRANSFORMS.register_module()
class FixedVariants(BaseTransform):
    """Random transforms with a fixed number of outcomes for each image.

    The outcome is a function of the image's file name, the variant and the seed, so the features of a frozen
    generator can be kept (``DiffusionFeatureBackbone.cache``) and are shared by trainings on nested lists of images.
    Only Python's and numpy's generators are seeded, which are those that the stock transforms use.

    Args:
        transforms: configs of the random transforms.
        variants: number of outcomes; a random one is taken each time.
        seed: another seed gives other outcomes.
    """

    def __init__(self, *, transforms: list[dict], variants: int, seed: int = 0) -> None:
        if variants < 1:
            raise UserError(f'FixedVariants: variants must be at least 1, got {variants}')
        self.transforms = Compose(transforms)
        self.variants = variants
        self.seed = seed

    def transform(self, results: dict) -> dict | None:
        """Apply the transforms in one of the variants."""
        variant = np.random.randint(self.variants)
        name = f'{os.path.basename(results["img_path"])}:{variant}:{self.seed}'
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], 'little')
        kept = random.getstate(), np.random.get_state()
        random.seed(seed)
        np.random.seed(seed)
        try:
            return self.transforms(results)
        finally:
            random.setstate(kept[0])
            np.random.set_state(kept[1])
