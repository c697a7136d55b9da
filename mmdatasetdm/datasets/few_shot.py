"""A few images of a labelled data set, chosen by a rule that anybody can repeat."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
from mmengine.logging import print_log

from ..errors import UserError
from ..registry import DATASETS

_LISTS = Path('work_dirs/few_shot')


def spread(count: int, wanted: int) -> list[int]:
    """``wanted`` evenly spaced indices of ``count``: the frames of a video that are least alike."""
    return [index * count // wanted for index in range(wanted)]


def pick_per_class(
    names: Sequence[str], largest: Callable[[str], int | None], *, classes: Sequence[int], per_class: int
) -> list[str]:
    """Choose ``per_class`` images of each class.

    The rule: walk the names in the order of the sha256 of each; an image belongs to the class that covers most of its
    labelled pixels, ignored and background ones aside (the lower id on a tie); the first ``per_class`` images of
    each class are taken. The order of the names given does not matter, and longer lists contain the shorter ones.

    Args:
        names: image names, without folder and suffix.
        largest: the class that an image belongs to; None where it has none.
        classes: ids that must get their images.
        per_class: number of images of each.

    Returns:
        the chosen names, sorted.

    Raises:
        UserError: a class has fewer images.
    """
    chosen: dict[int, list[str]] = {index: [] for index in classes}
    for name in sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        if all(len(found) == per_class for found in chosen.values()):
            break
        found = chosen.get(largest(name))
        if found is not None and len(found) < per_class:
            found.append(name)
    for index, found in chosen.items():
        if len(found) < per_class:
            raise UserError(f'class {index} has {len(found)} images in the list, fewer than per_class={per_class}')
    return sorted(name for found in chosen.values() for name in found)


def largest_class(mask: np.ndarray, *, background: int | None, ignore_index: int = 255) -> int | None:
    """The id with most pixels in a label map (H, W), background and ignored ones aside."""
    counts = np.bincount(mask.ravel(), minlength=256)
    counts[ignore_index] = 0
    if background is not None:
        counts[background] = 0
    return int(counts.argmax()) if counts.any() else None


def take_listed(dataset: Any, path: Path, *, suffix: str | None = None) -> None:
    """Keep the images of an initialised mmengine data set that a file names, in the file's order.

    Args:
        suffix: what the names lack; None: the part from the last dot on. Folders in them do not count.
    Raises:
        UserError: the file names an image that is not there.
    """
    images = (Path(dataset.get_data_info(index)['img_path']) for index in range(len(dataset)))
    at = {image.name.removesuffix(suffix) if suffix else image.stem: index for index, image in enumerate(images)}
    names = [Path(name).name for name in path.read_text(encoding='utf-8').split()]
    absent = [name for name in names if name not in at]
    if absent:
        raise UserError(f'{path}: {len(absent)} of {len(names)} images are not in the data set, as {absent[0]}')
    dataset.get_subset_([at[name] for name in names])


@DATASETS.register_module()
class FewShotDataset:
    """A stock data set, or a few images of it, with a plain message when its files are absent.

    The chosen names are kept in ``work_dirs/few_shot``, so the masks are read at first use only.

    Args:
        dataset: config of the stock data set.
        per_class: images of each class, chosen by :func:`pick_per_class`.
        num: number of images, evenly spaced in the list (:func:`spread`). With neither, all images.
        listed: a file below ``data_root`` with the name of an image, without suffix, a line: only these count. For
            stock classes that read a whole folder, as NYUDataset.
        images: number of images, evenly spaced, of a data set whose items are people: all people of each.
        background: id that counts as no class for ``per_class``; None when there is none.
        download: what to download and where to put it; shown when ``data_root`` does not exist.
        pipeline: exchanges the stock data set's, as OpenMMLab's tools do it; None keeps it.

    Raises:
        UserError: the data is absent, or there are too few images.
    """

    def __init__(
        self,
        *,
        dataset: dict,
        per_class: int | None = None,
        num: int | None = None,
        images: int | None = None,
        listed: str | None = None,
        background: int | None = 0,
        download: str = '',
        pipeline: list | None = None,
        lazy_init: bool = False,
    ) -> None:
        if sum(given is not None for given in (per_class, num, images)) > 1:
            raise UserError('FewShotDataset: give one of per_class, num and images')
        root = Path(dataset.get('data_root') or '.')
        parts = (*dataset.get('data_prefix', {}).values(), dataset.get('ann_file') or '', listed or '')
        for path in [root / part for part in parts]:
            if not path.exists():
                raise UserError(f'{path} does not exist. {download}'.strip())
        self.per_class, self.num, self.images, self.background = per_class, num, images, background
        self.listed = root / listed if listed else None
        if pipeline is not None:
            dataset = dict(dataset, pipeline=pipeline)
        self.dataset = DATASETS.build(dict(dataset, lazy_init=True))
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()

    @property
    def metainfo(self) -> dict:
        """The metainfo of the wrapped data set."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Read the list of images and choose from it."""
        if self._fully_initialized:
            return
        self.dataset.full_init()
        if self.listed is not None:
            take_listed(self.dataset, self.listed)
        count = len(self.dataset)
        if not count:
            raise UserError(f'{self.dataset.ann_file or self.dataset.data_prefix}: the list of images is empty')
        if self.num is not None:
            if not 1 <= self.num <= count:
                raise UserError(f'FewShotDataset: num is {self.num}, but the list has {count} images')
            self.dataset.get_subset_(spread(count, self.num))
        elif self.images is not None:
            owners = self._owners()
            every = sorted(set(owners))
            if not 1 <= self.images <= len(every):
                raise UserError(f'FewShotDataset: images is {self.images}, but there are {len(every)} images')
            kept = {every[index] for index in spread(len(every), self.images)}
            self.dataset.get_subset_([index for index, image in enumerate(owners) if image in kept])
        elif self.per_class is not None:
            self.dataset.get_subset_(self._choose(count))
        self._fully_initialized = True

    def _owners(self) -> list[int]:
        """The image id of each item."""
        return [self.dataset.get_data_info(index)['img_id'] for index in range(len(self.dataset))]

    def _choose(self, count: int) -> list[int]:
        masks = {}
        for index in range(count):
            info = self.dataset.get_data_info(index)
            masks[Path(info['img_path']).stem] = (index, info['seg_map_path'])
        rule = {'names': sorted(masks), 'per_class': self.per_class, 'background': self.background}
        key = hashlib.sha256(json.dumps(rule).encode()).hexdigest()[:12]
        path = _LISTS / f'{self.per_class}_per_class_{key}.txt'
        if path.is_file():
            names = path.read_text(encoding='utf-8').split()
        else:
            print_log(f'choosing {self.per_class} images a class of {count}: reading their masks', logger='current')
            names = pick_per_class(
                list(masks),
                lambda name: self._largest(masks[name][1]),
                per_class=self.per_class,
                classes=[index for index in range(len(self.metainfo['classes'])) if index != self.background],
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('\n'.join(names) + '\n', encoding='utf-8')
            print_log(f'the list is kept in {path}', logger='current')
        return [masks[name][0] for name in names]

    def _largest(self, path: str) -> int | None:
        mask = mmcv.imread(path, flag='unchanged', backend='pillow')
        return largest_class(mask, background=self.background)

    def get_data_info(self, idx: int) -> dict:
        """What the stock data set knows of an image before its pipeline."""
        return self.dataset.get_data_info(idx)

    def __getitem__(self, idx: int) -> Any:
        return self.dataset[idx]

    def __len__(self) -> int:
        return len(self.dataset)
