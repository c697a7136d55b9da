"""Metrics of the plugin."""

from .class_iou import ClassIoUMetric
from .names import NamedClassesMetric
from .zero_shot import ZeroShotIoUMetric

__all__ = ['ClassIoUMetric', 'NamedClassesMetric', 'ZeroShotIoUMetric']
