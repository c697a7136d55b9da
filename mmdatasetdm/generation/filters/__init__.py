"""Filters: which samples are listed for training."""

from mmdatasetdm.generation.filters.base import Filter, build_filters, describe, dropped_by
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

__all__ = [
    'ClassRecall',
    'Filter',
    'IgnoredFraction',
    'InstanceCount',
    'InstanceRecall',
    'KeypointConfidence',
    'LabelAgreement',
    'MeanConfidence',
    'PromptWords',
    'build_filters',
    'describe',
    'dropped_by',
]
