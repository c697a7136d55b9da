"""The models of a recipe: its generator, and its decoders on one extraction pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.generation.annotators.base import AnnotationPass, in_order
from mmdatasetdm.generation.annotators.loading import decoder_config
from mmdatasetdm.generation.annotators.pose import person_category
from mmdatasetdm.generation.options import choose
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.writers.base import FolderWriter, WriterOptions
from mmdatasetdm.generation.writers.palette import palette_of
from mmdatasetdm.registry import ANNOTATORS, WRITERS


class Labeller:
    """Latents to labels, and what a writer or a picture must know of the labels.

    Args:
        recipe: its generator and decoders are taken, and nothing else.
        device: of all models.

    Attributes:
        generator: the generator.
        annotators: by task.
        annotate: latents and prompts to the annotations of each task (:class:`AnnotationPass`).
        model_configs: task -> a digest of the decoder's config.
    """

    def __init__(self, *, recipe: Recipe, device: str):
        self.annotators: dict[str, Any] = {}  # each has the attributes of its task
        self.model_configs: dict[str, str] = {}
        configs = {}
        for task in in_order(recipe.decoders):
            configs[task], self.model_configs[task] = decoder_config(
                task, recipe.decoders[task], generator=recipe.generator, lora=recipe.lora
            )
        # one copy of the generator for all: in the recipe's precision, or in the one that a decoder was trained with
        trained_with = [config.model.backbone.get('dtype') for config in configs.values()]
        dtype = recipe.dtype or next(filter(None, trained_with), None)
        self.generator = DiffusionModel.load(
            recipe.generator, lora=recipe.lora, device=device, dtype=getattr(torch, dtype) if dtype else None
        )
        for task, config in configs.items():
            config.model.backbone.dtype = dtype
            options = recipe.decoders[task]
            annotator = choose(ANNOTATORS, task, where='decoders: the task')
            self.annotators[task] = annotator.build(options, config=config, device=device, built=self.annotators)
        self.annotate = AnnotationPass(self.annotators)

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(self.annotators)

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the semantic labels; none without them."""
        semantic = self.annotators.get('semantic')
        return tuple(semantic.classes) if semantic else ()

    @property
    def palette(self) -> list[list[int]]:
        """RGB of each of ``classes``."""
        semantic = self.annotators.get('semantic')
        return palette_of(semantic.model) if semantic else []

    @property
    def background(self) -> int | None:
        """Index of the background in ``classes``; None where none is."""
        semantic = self.annotators.get('semantic')
        name = semantic.options.background if semantic else None
        return self.classes.index(name) if name in self.classes else None

    @property
    def skeleton(self) -> list[list[int]]:
        """Pairs of keypoint numbers, from 1; none without keypoints."""
        return person_category(self.annotators['pose'])['skeleton'] if 'pose' in self.annotators else []

    @property
    def prompted_classes(self) -> tuple[str, ...]:
        """What a prompt may name: the classes of masks and instances, and the person of keypoints."""
        names = [name for index, name in enumerate(self.classes) if index != self.background]
        if 'instance' in self.annotators:
            names += self.annotators['instance'].classes
        if 'pose' in self.annotators:
            names.append(self.annotators['pose'].options.person)
        return tuple(dict.fromkeys(names))

    @property
    def coco_categories(self) -> dict[str, list[dict]]:
        """The categories of the COCO file of each task that has one."""
        found = {}
        if instance := self.annotators.get('instance'):
            pairs = zip(instance.category_ids, instance.classes, strict=True)
            found['instance'] = [dict(id=number, name=name) for number, name in pairs]
        if pose := self.annotators.get('pose'):
            found['pose'] = [person_category(pose)]
        return found

    def check_prompts(self, classes: Sequence[str]) -> None:
        """UserError when a decoder does not know one of the classes."""
        for annotator in self.annotators.values():
            annotator.check_prompts(classes)

    def build_writer(self, options: WriterOptions, *, suffix: str | None = None) -> FolderWriter:
        """The writer of a layout for these labels.

        Args:
            suffix: of images that are linked from an earlier folder; None: by the options.
        """
        instance = self.annotators.get('instance')
        layout = choose(WRITERS, options.type, where='writer.type')
        writer = layout(
            options=options,
            classes=self.classes,
            palette=self.palette,
            categories=dict(zip(instance.category_ids, instance.classes, strict=True)) if instance else None,
            suffix=suffix,
        )
        writer.check_tasks(self.tasks)
        return writer
