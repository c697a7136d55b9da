"""Transforms that the stock libraries lack."""

import hashlib
import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmcv.transforms import BaseTransform, Compose

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import TRANSFORMS

# what the data sets of mmseg, mmdet and mmpose put into a sample, and what is loaded from it
_LABELS = ('seg_map_path', 'depth_map_path', 'instances', 'keypoints', 'gt_seg_map', 'gt_masks', 'gt_depth_map')


@TRANSFORMS.register_module()
class FixedVariants(BaseTransform):
    """Random transforms with a fixed number of outcomes for each image.

    The outcome is a function of the image's file name, the variant and the seed, so the features of a frozen
    generator can be kept (``DiffusionFeatureBackbone.cache``) and are shared by trainings on nested lists of images.
    Only Python's and numpy's generators are seeded, which are those that the stock transforms use.

    Args:
        transforms: configs of the random transforms.
        variants: number of outcomes; a random one is taken each time.
        seed: another seed gives other outcomes.
    """

    def __init__(self, *, transforms: list[dict], variants: int, seed: int = 0) -> None:
        if variants < 1:
            raise UserError(f'FixedVariants: variants must be at least 1, got {variants}')
        self.transforms = Compose(transforms)
        self.variants = variants
        self.seed = seed

    def transform(self, results: dict) -> dict | None:
        """Apply the transforms in one of the variants."""
        variant = np.random.randint(self.variants)
        name = f'{os.path.basename(results["img_path"])}:{variant}:{self.seed}'
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], 'little')
        kept = random.getstate(), np.random.get_state()
        random.seed(seed)
        np.random.seed(seed)
        try:
            return self.transforms(results)
        finally:
            random.setstate(kept[0])
            np.random.set_state(kept[1])


def has_labels(results: dict) -> bool:
    """Whether a sample is one of a labelled data set; the inferencers give images alone."""
    return any(results.get(key) is not None for key in _LABELS)


@TRANSFORMS.register_module()
class PresentClasses(BaseTransform):
    """Names the classes of a label map or of objects: what a generated image's prompt names, for an image with labels.

    Of an image without labels, as the inferencers give them, nothing is known: ``present_classes`` is None.

    For the ``prompt_template`` of DiffusionFeatureBackbone. A validation that uses it is told which classes an image
    shows, though not where: its mIoU is that of labelling generated images, not of segmenting unknown ones.

    Adds ``present_classes``, a tuple of names.

    Args:
        classes: names, in the order of the ids.
        min_fraction: fraction of the image's pixels that a class must cover to be named.
        background: the class that is never named, or several, such as those that every image shows; None, said
            explicitly, where all classes are objects.
    """

    def __init__(
        self,
        *,
        classes: Sequence[str],
        min_fraction: float = 0.0,
        background: str | Sequence[str] | None = 'background',
    ) -> None:
        if not 0 <= min_fraction < 1:
            raise UserError(
                f'PresentClasses: min_fraction is {min_fraction}; it is a fraction of the pixels, from 0 to below 1'
            )
        unnamed = (background,) if isinstance(background, str) else tuple(background or ())
        if wrong := next((name for name in unnamed if name not in classes), None):
            raise UserError(
                f'PresentClasses: background is {wrong!r}, but the classes are {", ".join(classes)}: say which of '
                'them is the background, or background=None where none is'
            )
        self.classes = tuple(classes)
        self.min_fraction = min_fraction
        self.background = background
        self._unnamed = frozenset(unnamed)

    def transform(self, results: dict) -> dict:
        """Count the pixels of each class."""
        if not has_labels(results):
            results['present_classes'] = None
            return results
        counts, size = self._pixels(results)
        results['present_classes'] = tuple(
            name
            for index, name in enumerate(self.classes)
            if name not in self._unnamed and counts[index] > self.min_fraction * size
        )
        return results

    def _pixels(self, results: dict) -> tuple[np.ndarray, int]:
        """Pixels of each class id, and of the image."""
        if 'gt_seg_map' in results:
            mask = results['gt_seg_map']
            return np.bincount(mask.ravel(), minlength=256), mask.size
        if 'gt_masks' in results:
            objects = results['gt_masks']
            counts = np.zeros(256, np.int64)
            np.add.at(counts, results['gt_bboxes_labels'], objects.areas)
            return counts, objects.height * objects.width
        raise UserError('PresentClasses: there is no label map and no mask; put it after LoadAnnotations')


@TRANSFORMS.register_module()
class HideClasses(BaseTransform):
    """Turns the pixels of classes into ignored ones: those that zero-shot training must not see (DatasetDM supp. 2).

    Args:
        classes: names, in the order of the ids.
        hidden: those to hide.
        ignore_index: what their pixels become.
    """

    def __init__(self, *, classes: Sequence[str], hidden: Sequence[str], ignore_index: int = 255) -> None:
        unknown = [name for name in hidden if name not in classes]
        if unknown:
            raise UserError(f'HideClasses: {unknown[0]} is not among the classes {", ".join(classes)}')
        self.hidden = [list(classes).index(name) for name in hidden]
        self.ignore_index = ignore_index

    def transform(self, results: dict) -> dict:
        """Write ``ignore_index`` over them."""
        mask = results['gt_seg_map'].copy()
        mask[np.isin(mask, self.hidden)] = self.ignore_index
        results['gt_seg_map'] = mask
        return results


@TRANSFORMS.register_module()
class ListedClasses(BaseTransform):
    """Names the classes of an image from a list, for a task whose labels do not tell them (depth, pose).

    Adds ``present_classes``, a tuple of names, each once: see :class:`PresentClasses`. Of an image that is not listed
    and has no labels, as the inferencers give them, nothing is known: None.

    Args:
        file: a JSON object a line, with ``id``, the end of the image's path without suffix (``0001``, or ``a/0001``
            where there is another ``0001``), and ``classes``.
        among: only these are named, e.g. of an image that is cropped to a person.
    """

    def __init__(self, *, file: str, among: Sequence[str] | None = None) -> None:
        self.file = file
        self.among = among
        self._classes: dict[str, tuple[str, ...]] | None = None
        self._served: dict[str, Path] = {}

    def transform(self, results: dict) -> dict:
        """Look the image up."""
        if self._classes is None:
            self._classes = self._read()
        path = Path(results.get('img_path') or '').with_suffix('') if results.get('img_path') else Path()
        ends = ('/'.join(path.parts[start:]) for start in range(len(path.parts)))
        name = next((end for end in ends if end in self._classes), None)
        if name is None and not has_labels(results):
            results['present_classes'] = None
            return results
        if name is None:
            raise UserError(f'ListedClasses: {self.file} has no line for image {path.name}')
        if self._served.setdefault(name, path) != path:
            raise UserError(
                f'ListedClasses: {self.file}: the line of {name} is of {self._served[name]} and of {path}; '
                'give ids with their folders'
            )
        names = self._classes[name]
        results['present_classes'] = names if self.among is None else tuple(n for n in names if n in self.among)
        return results

    def _read(self) -> dict[str, tuple[str, ...]]:
        try:
            # not splitlines, which parts a line of JSON at the line separators (U+2028) that are in its texts
            lines = Path(self.file).read_text(encoding='utf-8-sig').split('\n')
            records = [json.loads(line) for line in lines if line.strip()]
            classes = {str(record['id']): tuple(dict.fromkeys(record['classes'])) for record in records}
        except FileNotFoundError:
            raise UserError(f'ListedClasses: there is no {self.file}') from None
        except OSError as error:
            raise UserError(f'ListedClasses: {self.file} cannot be read: {error.strerror}') from None
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f'ListedClasses: {self.file} must hold {{"id": …, "classes": […]}} a line: {error!r}'
            ) from None
        if len(classes) < len(records):
            (name, count), *_ = Counter(str(record['id']) for record in records).most_common(1)
            raise UserError(f'ListedClasses: {self.file} has {count} lines for one image, as {name}')
        return classes


@TRANSFORMS.register_module()
class GammaBrightnessColour(BaseTransform):
    """The colour augmentation of depth estimation: a gamma, a brightness and a factor a colour, now and then.

    Args:
        prob: probability that an image is changed.
        gamma, brightness, colour: ranges from which the exponent and the factors are drawn.
    """

    def __init__(
        self,
        *,
        prob: float = 0.5,
        gamma: Sequence[float] = (0.9, 1.1),
        brightness: Sequence[float] = (0.75, 1.25),
        colour: Sequence[float] = (0.9, 1.1),
    ) -> None:
        if not 0 <= prob <= 1:
            raise UserError(f'GammaBrightnessColour: prob is {prob}; it must be from 0 to 1')
        self.prob, self.gamma, self.brightness, self.colour = prob, tuple(gamma), tuple(brightness), tuple(colour)

    def transform(self, results: dict) -> dict:
        """Change ``img`` (H, W, 3), values 0 to 255."""
        if np.random.rand() >= self.prob:
            return results
        factors = np.random.uniform(*self.brightness) * np.random.uniform(*self.colour, size=3)
        image = 255 * (results['img'].astype(np.float32) / 255) ** np.random.uniform(*self.gamma) * factors
        results['img'] = np.clip(image, 0, 255).astype(results['img'].dtype)
        return results
