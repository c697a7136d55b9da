"""A few images of a labelled data set, chosen by a rule that anybody can repeat."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from mmdatasetdm.datasets.checks import check_images, check_label_maps, for_each
from mmdatasetdm.datasets.coco_file import check_order
from mmdatasetdm.datasets.labels import LabelReader
from mmdatasetdm.datasets.lists import (
    add_other_suffixes,
    all_infos,
    image_name,
    mend_listed,
    read_list,
    suffixes_in,
    take_listed,
    write_list,
)
from mmdatasetdm.datasets.wrapper import StockWrapper
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS

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
        names: image names: the path below the folder of images, without suffix.
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
    """The id with most pixels in a label map (H, W), without background and ignored ones."""
    counts = np.bincount(mask.ravel(), minlength=256)
    counts[ignore_index] = 0
    if background is not None:
        counts[background] = 0
    return int(counts.argmax()) if counts.any() else None


@DATASETS.register_module()
class FewShotDataset(StockWrapper):
    """A stock data set, or a few images of it, whose files are checked before a training begins.

    Each chosen image and its labels are opened once: a damaged file, an image and a label map of different shapes
    (as after an EXIF rotation), ids outside of the classes and COCO annotations that the stock class would drop
    in silence are said in one line. Images of another suffix than ``img_suffix`` are found, and blank lines and a byte
    order mark of a list are left out. Of ``per_class`` the chosen names are kept in ``work_dirs/few_shot``, so that
    all label maps are read at first use only.

    Args:
        dataset: config of the stock data set.
        per_class: images of each class, chosen by :func:`pick_per_class` from the labels as training sees them.
        num: number of images, evenly spaced in the list (:func:`spread`). With neither, all images.
        listed: a file below ``data_root`` that names an image a line (the path below the folder of images, without
            suffix): only these count. For stock classes that read a whole folder, as NYUDataset.
        images: number of images, evenly spaced, of a data set whose items are people: all people of each.
        background: id that counts as no class for ``per_class``; None when there is none, as with
            ``reduce_zero_label``.
        download: what to download and where to put it; shown when ``data_root`` does not exist.
        check: open every image and its labels once; False leaves that out.
        pipeline, indices, lazy_init: see :class:`StockWrapper`.

    Raises:
        UserError: the data is absent, wrong or damaged, or there are too few images.
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
        check: bool = True,
        pipeline: list | None = None,
        indices: int | Sequence[int] | None = None,
        lazy_init: bool = False,
    ) -> None:
        given = {
            name: value
            for name, value in dict(per_class=per_class, num=num, images=images).items()
            if value is not None
        }
        if len(given) > 1:
            raise UserError('FewShotDataset: give one of per_class, num and images')
        for name, value in given.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise UserError(f'FewShotDataset: {name} must be a whole number of 1 or more, got {value!r}')
        root = Path(dataset.get('data_root') or '.')
        parts = (*dataset.get('data_prefix', {}).values(), dataset.get('ann_file') or '', listed or '')
        for path in [*(root / part for part in parts), Path(dataset.get('bbox_file') or '.')]:
            if not path.exists():
                raise UserError(f'{path} does not exist. {download}'.strip())
        self.per_class, self.num, self.images, self.background = per_class, num, images, background
        self.listed = root / listed if listed else None
        self.check = check
        super().__init__(stock=dict(dataset), pipeline=pipeline, indices=indices, lazy_init=lazy_init)

    def _load(self) -> None:
        if self.coco is not None:
            self._coco_file = self._read_coco()
            if self.coco == 'instance':
                check_order(self._coco_file, self.metainfo.get('classes') or ())
            self._init_stock(coco=self._coco_file)
        elif not hasattr(self.dataset, 'img_suffix') or self.dataset.backend_args:
            self._init_stock()  # none of mmseg's, or one that reads its files from elsewhere
        elif self.dataset.ann_file and not self.depth and os.path.isfile(self.dataset.ann_file):
            if not read_list(Path(self.dataset.ann_file)):
                raise UserError(f'{self.dataset.ann_file}: the list of images is empty')
            self._init_stock()
            mend_listed(self.dataset)
        else:
            self._load_folder()

    def _load_folder(self) -> None:
        """Images of any suffix in a folder."""
        found = suffixes_in(self.dataset.data_prefix.get('img_path') or '.', self.dataset.img_suffix)
        if found and self.dataset.img_suffix not in found:
            self.dataset.img_suffix = found.most_common(1)[0][0]
        self._init_stock()
        add_other_suffixes(self.dataset, [suffix for suffix in sorted(found) if suffix != self.dataset.img_suffix])

    def _select(self) -> None:
        if self.listed is not None:
            take_listed(self.dataset, self.listed)
        count = len(self.dataset)
        if self.num is not None:
            if self.num > count:
                raise UserError(f'FewShotDataset: num is {self.num}, but the list has {count} images')
            self.dataset.get_subset_(spread(count, self.num))
        elif self.images is not None:
            owners = self._owners()
            every = sorted(set(owners))
            if self.images > len(every):
                raise UserError(f'FewShotDataset: images is {self.images}, but there are {len(every)} images')
            kept = {every[index] for index in spread(len(every), self.images)}
            self.dataset.get_subset_([index for index, image in enumerate(owners) if image in kept])
        elif self.per_class is not None:
            self.dataset.get_subset_(self._choose())

    def _check(self) -> None:
        coco = self.__dict__.pop('_coco_file', None)
        if coco is not None and not self.test_mode:
            self._say_left_out(coco)
        if not self.check or getattr(self.dataset, 'backend_args', None):
            return  # files of another storage are not opened here
        infos = all_infos(self.dataset)
        if coco is not None:
            check_images(self.dataset, infos, coco)
        elif 'img_path' in infos[0]:
            check_label_maps(self.dataset, infos)

    def _owners(self) -> list[int]:
        """The image id of each item."""
        return [self.dataset.get_data_info(index)['img_id'] for index in range(len(self.dataset))]

    def _choose(self) -> list[int]:
        """Indices of ``per_class`` images a class; the list of their names is kept."""
        dataset, classes = self.dataset, self.metainfo.get('classes')
        infos = all_infos(dataset)
        if not classes or 'seg_map_path' not in infos[0]:
            raise UserError(f'{self.source}: per_class needs label maps and their classes (metainfo=dict(classes=...))')
        background = None if dataset.reduce_zero_label else self.background
        at = {image_name(dataset, info['img_path']): index for index, info in enumerate(infos)}
        wanted = [index for index in range(len(classes)) if index != background]
        reader = LabelReader(dataset)
        rule = dict(
            names=sorted(at),
            per_class=self.per_class,
            background=background,
            classes=list(classes),
            labels=[os.path.abspath(dataset.data_prefix['seg_map_path']), repr(dataset.label_map), repr(reader)],
        )
        key = hashlib.sha256(json.dumps(rule).encode()).hexdigest()[:12]
        path = _LISTS / f'{self.per_class}_per_class_{key}.txt'
        if path.is_file():
            names = read_list(path)
            if len(set(names)) == self.per_class * len(wanted) and all(name in at for name in names):
                return [at[name] for name in names]
            print_log(f'{path} holds {len(names)} names and not {self.per_class} a class: chosen anew', 'current', 30)
        print_log(f'choosing {self.per_class} images a class of {len(infos)}: reading their masks', logger='current')
        ignored = dataset.ignore_index
        largest = for_each(
            lambda info: largest_class(reader.label(info), background=background, ignore_index=ignored), infos
        )
        names = pick_per_class(list(at), lambda name: largest[at[name]], per_class=self.per_class, classes=wanted)
        write_list(path, names)
        print_log(f'the list is kept in {path}', logger='current')
        return [at[name] for name in names]
