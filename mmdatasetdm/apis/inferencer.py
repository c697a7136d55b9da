"""Prompts or images in, labelled images out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageShow
from tqdm import tqdm

from mmdatasetdm.apis.inputs import ImageInput, encode, in_batches, list_images
from mmdatasetdm.apis.results import LabelledImage, as_list, failure_of, labels_of
from mmdatasetdm.apis.saving import PredictionFolder
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.batch import Batch
from mmdatasetdm.generation.handover import load_drawer
from mmdatasetdm.generation.labeller import Labeller
from mmdatasetdm.generation.prompts.text import Prompt, find_classes
from mmdatasetdm.generation.recipe import Recipe, load_recipe, parse_recipe
from mmdatasetdm.generation.sources import SamplingSource
from mmdatasetdm.visualization import decode_instance, draw_sample, side_by_side

SHIPPED = 'mmdatasetdm::generate/toyroom_all.py'  # a decoder for each task, with the package


class DatasetDMInferencer:
    """All decoders of a generator behind one call, in the manner of OpenMMLab's inferencers.

    Sampled images and given ones are labelled by the same extraction pass as those of a generated data set.

    Example::

        inferencer = DatasetDMInferencer()
        result = inferencer(prompts=['a room with a red chair and a dog'], out_dir='labelled')
        result['predictions'][0].semantic  # (H, W), the decoder's classes

    Args:
        generator: a diffusers folder, a hub id or a built-in one; default: that of the recipe, or of the package.
        decoders: task -> (config, checkpoint), or task -> the options of a recipe's decoder as a dict; or the name of a
            recipe, whose decoders, sampler and generator are taken. Default: the decoders that come with the package.
        device: 'cpu', 'cuda', 'cuda:1', …; default: a GPU where there is one.
        options: changes to the recipe by dotted key, as ``--cfg-options`` gives them: ``{'sampler.steps': 20}``.
        show_progress: show a bar, on a terminal only.

    Raises:
        UserError: a file is absent, or generator and decoders do not belong together; one line.
    """

    def __init__(
        self,
        *,
        generator: str | Path | None = None,
        decoders: str | Path | Mapping[str, Sequence[str | Path] | Mapping] | None = None,
        device: str | None = None,
        options: Mapping | None = None,
        show_progress: bool = True,
    ) -> None:
        self.recipe = _recipe(generator, decoders, options)
        self.show_progress = show_progress
        self.labeller = Labeller(recipe=self.recipe, device=device or ('cuda' if torch.cuda.is_available() else 'cpu'))

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the semantic labels; none where there is no semantic decoder."""
        return self.labeller.classes

    @torch.inference_mode()
    def __call__(
        self,
        *,
        prompts: str | Sequence[str] | None = None,
        images: ImageInput | Sequence[ImageInput] | None = None,
        classes: Sequence[str] | None = None,
        seed: int = 0,
        batch_size: int = 8,
        return_vis: bool = False,
        out_dir: str | Path | None = None,
        layout: str = 'coco',
        show: bool = False,
    ) -> dict[str, list]:
        """Sample and label an image for each prompt, or label the images that are given.

        Args:
            prompts: one or several sentences; the same sentence twice gives two images.
            images: files, folders, or arrays (H, W, 3) uint8 in RGB. Labels have the size of their image.
            classes: what the images show. Default: the classes that a prompt names; for given images nothing is known.
            seed: of the sampling; image i of a seed is the same whatever else is asked for.
            batch_size: images at once.
            return_vis: return a picture of each image beside its labels.
            out_dir: a new folder for the predictions (:class:`~mmdatasetdm.apis.saving.PredictionFolder`) and, in
                ``vis/``, the pictures.
            layout: of ``out_dir``: 'coco' or 'voc'.
            show: open the pictures in the system's viewer.

        Returns:
            ``predictions``, a :class:`~mmdatasetdm.apis.results.LabelledImage` for each image, and ``visualization``,
            pictures (H, W, 3) uint8 in RGB, or nothing without ``return_vis``.

        Raises:
            UserError: a mistake in an argument; one line.
        """
        if (prompts is None) == (images is None):
            raise UserError('give either prompts or images')
        if batch_size < 1:
            raise UserError(f'batch_size is {batch_size}; it must be 1 or more')
        if seed < 0:
            raise UserError(f'seed is {seed}; it must be 0 or more')
        if classes is not None:
            self.labeller.check_prompts(classes)
        if prompts is not None:
            listed = as_list(prompts)
            batches = self._sampled(self._parse(listed, classes), seed=seed, size=batch_size)
        else:
            listed = list_images(as_list(images))
            batches = self._encoded(listed, classes or (), size=batch_size)
        folder = PredictionFolder(out_dir, layout=layout, labeller=self.labeller) if out_dir is not None else None
        predictions: list[LabelledImage] = []
        pictures: list[np.ndarray] = []
        with tqdm(total=len(listed), disable=None if self.show_progress else True, unit='image') as bar:
            for batch in batches:
                found = self._label(batch, folder)
                if return_vis or show or folder:
                    drawn = [self.draw(image) for image in found]
                    if folder:
                        folder.add_pictures(drawn, first=len(predictions))
                    if show:
                        _show(drawn)
                    pictures += drawn if return_vis else []
                predictions += found
                bar.update(len(found))
        if folder:
            folder.finish()
        return dict(predictions=predictions, visualization=pictures)

    def draw(self, image: LabelledImage) -> np.ndarray:
        """An image and its labels side by side: (H, W, 3) uint8, RGB."""
        return side_by_side(
            draw_sample(
                image.image,
                semantic=image.semantic,
                instances=None if image.instances is None else [decode_instance(one) for one in image.instances],
                persons=image.persons,
                depth=image.depth,
                palette=self.labeller.palette,
                background=self.labeller.background,
                skeleton=self.labeller.skeleton,
            )
        )

    def _parse(self, texts: Sequence[str], classes: Sequence[str] | None) -> list[Prompt]:
        if not texts:
            raise UserError('prompts is empty; give a sentence or several')
        for text in texts:
            if not isinstance(text, str) or not text.strip():
                raise UserError(f'prompts: {text!r} is no sentence')
        names, phrases = self.labeller.prompted_classes, self.recipe.prompts.phrases
        return [
            Prompt(text=text, classes=tuple(find_classes(text, names, phrases) if classes is None else classes))
            for text in texts
        ]

    def _sampled(self, prompts: Sequence[Prompt], *, seed: int, size: int) -> Iterator[Batch]:
        reader = self.labeller.generator
        source = SamplingSource(
            generator=reader,
            drawer=load_drawer(self.recipe, reader),
            prompts=prompts.__getitem__,
            sampler=self.recipe.sampler,
            seed=seed,
        )
        for first in range(0, len(prompts), size):
            yield source.batch(range(first, min(first + size, len(prompts))))

    def _encoded(self, images: Sequence[Path | np.ndarray], classes: Sequence[str], *, size: int) -> Iterator[Batch]:
        first = 0
        for some in in_batches(images, size=size):
            yield encode(some, generator=self.labeller.generator, classes=classes, first=first)
            first += len(some)

    def _label(self, batch: Batch, folder: PredictionFolder | None) -> list[LabelledImage]:
        annotations = self.labeller.annotate(batch.latents, batch.prompts, image_size=batch.size)
        found, labels = [], []
        for row, (some, prompt) in enumerate(zip(annotations, batch.prompts, strict=True)):
            failure = failure_of(some, before=batch.failures[row])
            labels.append(None if failure else {task: one.labels for task, one in some.items()})
            found.append(
                LabelledImage(
                    image=batch.images[row],
                    prompt=prompt.text,
                    classes=prompt.classes,
                    seed=batch.origins[row].seed,
                    source=batch.origins[row].source,
                    **({} if failure else labels_of(some)),
                    scores={} if failure else {task: one.scores for task, one in some.items()},
                    failure=failure,
                )
            )
        if folder:
            folder.add(batch, found, labels)
        return found


def _recipe(generator: str | Path | None, decoders: str | Path | Mapping | None, options: Mapping | None) -> Recipe:
    given = {} if generator is None else dict(generator=str(generator))
    if decoders is None or isinstance(decoders, (str, Path)):
        return load_recipe(decoders or SHIPPED, options={**given, **(options or {})})
    if generator is None:
        raise UserError('decoders are given one by one; name their generator too')
    if options:
        raise UserError('options change a recipe; with decoders given one by one there is none')
    tasks = {}
    for task, value in decoders.items():
        if isinstance(value, Mapping):
            tasks[task] = dict(value)
        elif len(as_list(value)) == 2:
            tasks[task] = dict(zip(('config', 'checkpoint'), map(str, value), strict=True))
        else:
            raise UserError(f'decoders: {task} is {value!r}; it must be (config, checkpoint)')
    # the prompts of a recipe are not used here
    return parse_recipe(dict(given, decoders=tasks, prompts=dict(type='template', classes=['image'])))


def _show(pictures: Sequence[np.ndarray]) -> None:
    for picture in pictures:
        if not ImageShow.show(Image.fromarray(picture)):
            raise UserError('show: there is no viewer on this machine; take return_vis or out_dir')
