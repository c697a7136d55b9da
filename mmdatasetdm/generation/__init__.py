"""Generation: recipe -> plan -> engine -> shards -> data set."""

from mmdatasetdm.generation.annotators import (
    Annotation,
    Annotator,
    DepthAnnotator,
    InstanceAnnotator,
    PoseAnnotator,
    SemanticAnnotator,
)
from mmdatasetdm.generation.engines import Engine, Job, LocalEngine
from mmdatasetdm.generation.filters import Filter
from mmdatasetdm.generation.options import checked
from mmdatasetdm.generation.prompts import Prompt, PromptSource
from mmdatasetdm.generation.recipe import Recipe, load_recipe
from mmdatasetdm.generation.runner import NothingToTrainOn, generate
from mmdatasetdm.generation.writers import FolderWriter, VocOptions, VocWriter, WriterOptions

__all__ = [
    'Annotation',
    'Annotator',
    'DepthAnnotator',
    'Engine',
    'Filter',
    'FolderWriter',
    'InstanceAnnotator',
    'Job',
    'LocalEngine',
    'NothingToTrainOn',
    'PoseAnnotator',
    'Prompt',
    'PromptSource',
    'Recipe',
    'SemanticAnnotator',
    'VocOptions',
    'VocWriter',
    'WriterOptions',
    'checked',
    'generate',
    'load_recipe',
]
