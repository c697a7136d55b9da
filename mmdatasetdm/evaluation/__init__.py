"""Metrics of the plugin."""

from .class_iou import ClassIoUMetric
from .zero_shot import ZeroShotIoUMetric

__all__ = ['ClassIoUMetric', 'ZeroShotIoUMetric']
