"""Annotators: finished latents to labels, a task each."""

from mmdatasetdm.generation.annotators.base import IGNORE, Annotation, AnnotationPass, Annotator
from mmdatasetdm.generation.annotators.depth import DepthAnnotator
from mmdatasetdm.generation.annotators.instance import InstanceAnnotator
from mmdatasetdm.generation.annotators.pose import PoseAnnotator
from mmdatasetdm.generation.annotators.semantic import SemanticAnnotator

__all__ = [
    'IGNORE',
    'Annotation',
    'AnnotationPass',
    'Annotator',
    'DepthAnnotator',
    'InstanceAnnotator',
    'PoseAnnotator',
    'SemanticAnnotator',
]
