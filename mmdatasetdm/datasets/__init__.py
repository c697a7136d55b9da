"""Data sets of the plugin: generated ones, few-shot ones, and the mix of real and generated images."""

from mmdatasetdm.datasets.few_shot import FewShotDataset
from mmdatasetdm.datasets.samplers import RatioSampler, ShardSampler
from mmdatasetdm.datasets.synthetic import SyntheticDataset
from mmdatasetdm.datasets.transforms.classes import (
    FixedVariants,
    GammaBrightnessColour,
    HideClasses,
    ListedClasses,
    PresentClasses,
)
from mmdatasetdm.datasets.transforms.crop import CropRegion
from mmdatasetdm.datasets.transforms.drop_class_names import DropClassNames

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
    'ShardSampler',
    'SyntheticDataset',
]
