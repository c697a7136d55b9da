"""Data sets of the plugin: generated ones, few-shot ones, and the mix of real and generated images."""

from .crop import CropRegion
from .few_shot import FewShotDataset
from .names import DropClassNames
from .sampler import RatioSampler
from .synthetic import SyntheticDataset
from .transforms import FixedVariants, GammaBrightnessColour, HideClasses, ListedClasses, PresentClasses

__all__ = [
    'CropRegion',
    'DropClassNames',
    'FewShotDataset',
    'FixedVariants',
    'GammaBrightnessColour',
    'HideClasses',
    'ListedClasses',
    'PresentClasses',
    'RatioSampler',
    'SyntheticDataset',
]
