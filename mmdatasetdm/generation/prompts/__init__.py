"""Prompt sources: sample id to text and the classes that the text names."""

from mmdatasetdm.generation.prompts.base import ClassDeck, Prompt, PromptSource, build_prompts
from mmdatasetdm.generation.prompts.file import FilePrompts
from mmdatasetdm.generation.prompts.template import TemplatePrompts

__all__ = ['ClassDeck', 'FilePrompts', 'Prompt', 'PromptSource', 'TemplatePrompts', 'build_prompts']
