"""Rules that choose a few images of a labelled data set: the same ones for everybody, in whatever order."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdatasetdm.errors import UserError


def spread(count: int, wanted: int) -> list[int]:
    """``wanted`` evenly spaced indices of ``count``: the frames of a video that are least alike."""
    return [index * count // wanted for index in range(wanted)]


def order(names: Sequence[str], seed: int | None = None) -> list[int]:
    """Indices of the names in the order of their sha256; another ``seed`` gives another order."""
    prefix = '' if seed is None else f'{seed}:'
    return sorted(range(len(names)), key=lambda index: hashlib.sha256((prefix + names[index]).encode()).hexdigest())


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Labelled images to choose from.

    Args:
        names: one an image: its path below the folder of images, without suffix.
        fractions: of the image's pixels that each class covers (images, classes); ignored pixels are of none.
        classes: class names, in the order of the ids.
        background: id that counts as no class; None where there is none.
        min_fraction: a class that covers less of an image is not counted as shown in it.
        seed: another one gives other images; None is the order of the names' own sha256.
    """

    names: Sequence[str]
    fractions: np.ndarray
    classes: Sequence[str]
    background: int | None = None
    min_fraction: float = 0.0
    seed: int | None = None

    def per_class(self, count: int, *, only: Sequence[str] | None = None, max_classes: int | None = None) -> list[int]:
        """``count`` images of each class.

        The rule: walk the images in their :func:`order`; an image belongs to the class that covers most of it, ignored
        and background pixels aside (the lower id on a tie); the first ``count`` images of each class are taken. A class
        that covers most of fewer images gets the rest from those which show it, the largest first. Longer lists contain
        the shorter ones.

        Args:
            count: number of images of each class.
            only: names of the classes that get images; an image that shows any other class, be it a single pixel, is
                not taken (the seen classes of a zero-shot training).
            max_classes: an image that shows more classes is not taken.

        Returns:
            indices of the images, in the order of their names.

        Raises:
            UserError: fewer than ``count`` images show a class.
        """
        wanted = [index for index, name in enumerate(self.classes) if index != self.background]
        shares = self._shares()
        shown = self._shown(shares)
        eligible = np.ones(len(self.names), bool)
        if only is not None:
            if unknown := [name for name in only if name not in self.classes]:
                raise UserError(f'only: {unknown[0]} is not among the classes {", ".join(self.classes)}')
            wanted = [index for index in wanted if self.classes[index] in only]
            others = [index for index in range(len(self.classes)) if index not in (*wanted, self.background)]
            eligible &= ~(shares[:, others] > 0).any(axis=1)
        if max_classes is not None:
            eligible &= shown.sum(axis=1) <= max_classes
        ranked = [index for index in order(self.names, self.seed) if eligible[index]]
        largest = shares.argmax(axis=1)
        chosen: dict[int, list[int]] = {index: [] for index in wanted}
        for index in ranked:
            found = chosen.get(int(largest[index]))
            if found is not None and shown[index, largest[index]] and len(found) < count:
                found.append(index)
        taken = {index for found in chosen.values() for index in found}
        for label, found in chosen.items():
            if len(found) == count:
                continue
            rest = [index for index in ranked if index not in taken and shown[index, label]]
            rest.sort(key=lambda index, label=label: -shares[index, label])
            found += rest[: count - len(found)]
            taken.update(found)
            if len(found) < count:
                raise UserError(
                    f'class {self.classes[label]} has {len(found)} images of its own, fewer than per_class={count}'
                )
        return self._sorted(taken)

    def cover(self, count: int) -> list[int]:
        """``count`` images that show every class as often as may be: for sets of very few images of many classes.

        The rule: again and again take the image that adds most, where each class that it shows counts 1 / (1 + the
        number of chosen images that show it); of equal ones the first in :func:`order`. Longer lists contain the
        shorter ones.

        Raises:
            UserError: there are fewer images.
        """
        if count > len(self.names):
            raise UserError(f'cover is {count}, but the list has {len(self.names)} images')
        ranked = order(self.names, self.seed)
        shown = self._shown(self._shares())[ranked].astype(float)
        times = np.zeros(shown.shape[1])
        chosen: list[int] = []
        for _ in range(count):
            gain = shown @ (1 / (1 + times))
            gain[chosen] = -1
            chosen.append(int(gain.argmax()))
            times += shown[chosen[-1]]
        return self._sorted(ranked[index] for index in chosen)

    def balanced(self, count: int, *, min_classes: int = 1) -> list[int]:
        """``count`` images in which the classes are shown about equally often, of those that show several.

        The rule: walk the images in their :func:`order`, again and again; take one if it shows ``min_classes`` classes
        or more, of which one is among those shown by the fewest images that are taken already. Longer lists contain
        the shorter ones. With two classes beside the background this is how ReCo (Liu et al., ICLR 2022) chooses from
        Pascal VOC; its order of the images is a random one.

        Raises:
            UserError: there are not so many such images.
        """
        classes = [index for index in range(len(self.classes)) if index != self.background]
        shown = self._shown(self._shares())[:, classes]
        waiting = [index for index in order(self.names, self.seed) if shown[index].sum() >= max(min_classes, 1)]
        times = np.zeros(shown.shape[1], int)
        chosen: list[int] = []
        while len(chosen) < count:
            left, before = [], len(chosen)
            for index in waiting:
                if len(chosen) < count and (shown[index] & (times == times.min())).any():
                    chosen.append(index)
                    times += shown[index]
                else:
                    left.append(index)
            if len(chosen) == before:
                raise UserError(
                    f'{before} images are balanced, fewer than balanced={count}: no further one that shows '
                    f'{min_classes} classes shows {self.classes[classes[times.argmin()]]}'
                )
            waiting = left
        return self._sorted(chosen)

    def _shares(self) -> np.ndarray:
        shares = np.array(self.fractions, float)
        if self.background is not None:
            shares[:, self.background] = 0
        return shares

    def _shown(self, shares: np.ndarray) -> np.ndarray:
        return (shares > 0) & (shares >= self.min_fraction)

    def _sorted(self, indices: object) -> list[int]:
        return sorted(indices, key=lambda index: self.names[index])
