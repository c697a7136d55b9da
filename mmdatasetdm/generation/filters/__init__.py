"""Filters: which samples are listed for training."""

from mmdatasetdm.generation.filters.base import (
    Filter,
    Fitted,
    SetFilter,
    build_filters,
    describe,
    dropped_by,
    fit_filters,
)
from mmdatasetdm.generation.filters.rules import (
    ClassRecall,
    IgnoredFraction,
    InstanceCount,
    InstanceRecall,
    KeypointConfidence,
    LabelAgreement,
    MeanConfidence,
    PromptWords,
)
from mmdatasetdm.generation.filters.sets import BestShare, ClassBalance, NearDuplicates
from mmdatasetdm.generation.filters.thresholds import Threshold

__all__ = [
    'BestShare',
    'ClassBalance',
    'ClassRecall',
    'Filter',
    'Fitted',
    'IgnoredFraction',
    'InstanceCount',
    'InstanceRecall',
    'KeypointConfidence',
    'LabelAgreement',
    'MeanConfidence',
    'NearDuplicates',
    'PromptWords',
    'SetFilter',
    'Threshold',
    'build_filters',
    'describe',
    'dropped_by',
    'fit_filters',
]
