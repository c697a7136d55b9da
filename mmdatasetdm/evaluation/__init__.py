"""Metrics of the plugin."""

from .class_iou import ClassIoUMetric

__all__ = ['ClassIoUMetric']
