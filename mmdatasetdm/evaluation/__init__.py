"""Metrics of the plugin."""

from mmdatasetdm.evaluation.class_iou import ClassIoUMetric
from mmdatasetdm.evaluation.named_classes import NamedClassesMetric
from mmdatasetdm.evaluation.zero_shot import ZeroShotIoUMetric

__all__ = ['ClassIoUMetric', 'NamedClassesMetric', 'ZeroShotIoUMetric']
