"""A few images of a labelled data set, chosen by a rule that anybody can repeat."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from mmdatasetdm.datasets.checks import check_images, check_label_maps, for_each
from mmdatasetdm.datasets.choice import Candidates, order, spread
from mmdatasetdm.datasets.coco_file import CocoFile, check_order
from mmdatasetdm.datasets.labels import LabelReader
from mmdatasetdm.datasets.lists import (
    add_other_suffixes,
    all_infos,
    image_name,
    mend_listed,
    read_list,
    replace_infos,
    suffixes_in,
    take_listed,
    write_list,
)
from mmdatasetdm.datasets.wrapper import StockWrapper
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS
from mmdatasetdm.utils.data_files import absent_file

_LISTS = Path('work_dirs/few_shot')
_RULES = ('per_class', 'cover', 'balanced', 'num', 'images')


@DATASETS.register_module()
class FewShotDataset(StockWrapper):
    """A stock data set, or a few images of it, whose files are checked before a training begins.

    Each chosen image and its labels are opened once: a damaged file, an image and a label map of different shapes
    (as after an EXIF rotation), ids outside of the classes and COCO annotations that the stock class would drop
    in silence are said in one line. Images of another suffix than ``img_suffix`` are found, and blank lines and a byte
    order mark of a list are left out. Of ``per_class`` and ``cover`` the chosen names are kept in
    ``work_dirs/few_shot``, so that all labels are read at first use only.

    Args:
        dataset: config of the stock data set.
        per_class: images of each class, chosen by :meth:`Candidates.per_class` from the labels as training sees them.
        cover: number of images, chosen by :meth:`Candidates.cover` so that they show all classes.
        balanced: number of images, chosen by :meth:`Candidates.balanced` so that the classes are shown equally often.
        num: number of images, evenly spaced in the list (:func:`spread`). With no rule at all, all images.
        one_class: name of the one class that all objects of a COCO file become: the paper's class-agnostic instances.
            The images are chosen by the file's own classes.
        listed: a file below ``data_root`` that names an image a line (the path below the folder of images, without
            suffix): only these count. For stock classes that read a whole folder, as NYUDataset.
        images: number of images, evenly spaced, of a data set whose items are people: all people of each.
        only: with ``per_class``, names of the classes that get images; images that show any other are not taken.
        max_classes: with ``per_class``, an image that shows more classes is not taken.
        min_classes: with ``balanced``, an image that shows fewer classes is not taken.
        min_fraction: fraction of an image that a class must cover to count as shown (``per_class``, ``cover``,
            ``balanced``), or the largest person (``images``).
        seed: chooses other images by the same rule; with ``num`` and ``images`` at random instead of evenly spaced.
        background: id that counts as no class for ``per_class``; None when there is none, as with
            ``reduce_zero_label``.
        download: what to download and where to put it; shown when ``data_root`` does not exist.
        check: open every image and its labels once; False leaves that out.
        pipeline, indices, lazy_init, leave_out: see :class:`StockWrapper`.

    Raises:
        UserError: the data is absent, wrong or damaged, or there are too few images.
    """

    def __init__(
        self,
        *,
        dataset: dict,
        per_class: int | None = None,
        cover: int | None = None,
        balanced: int | None = None,
        num: int | None = None,
        images: int | None = None,
        only: Sequence[str] | None = None,
        max_classes: int | None = None,
        min_classes: int | None = None,
        min_fraction: float = 0.0,
        seed: int | None = None,
        one_class: str | None = None,
        listed: str | None = None,
        background: int | None = 0,
        download: str = '',
        check: bool = True,
        pipeline: list | None = None,
        indices: int | Sequence[int] | None = None,
        lazy_init: bool = False,
        leave_out: Sequence[str] = (),
    ) -> None:
        given = dict(zip(_RULES, (per_class, cover, balanced, num, images), strict=True))
        self.rule = {name: value for name, value in given.items() if value is not None}
        if len(self.rule) > 1:
            raise UserError('FewShotDataset: give one of per_class, cover, balanced, num and images')
        for name, value in self.rule.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise UserError(f'FewShotDataset: {name} must be a whole number of 1 or more, got {value!r}')
        if (only or max_classes) and per_class is None:
            raise UserError('FewShotDataset: only and max_classes are for per_class')
        if min_classes and balanced is None:
            raise UserError('FewShotDataset: min_classes is for balanced')
        if not 0 <= min_fraction < 1:
            raise UserError(f'FewShotDataset: min_fraction is {min_fraction}; it is a fraction of an image')
        self.one_class = one_class
        root = Path(dataset.get('data_root') or '.')
        if (path := absent_file(dataset, listed=listed)) is not None:
            raise UserError(f'{path} does not exist. {download}'.strip())
        self.only, self.max_classes, self.min_classes = list(only) if only else None, max_classes, min_classes
        self.min_fraction, self.seed, self.background = min_fraction, seed, background
        self.listed = root / listed if listed else None
        self.check = check
        super().__init__(
            stock=dict(dataset), pipeline=pipeline, indices=indices, lazy_init=lazy_init, leave_out=leave_out
        )

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
        if 'num' in self.rule:
            self.dataset.get_subset_(self._so_many('num', len(self.dataset), self._names))
        elif 'images' in self.rule:
            owners, large = self._owners(), self._large_enough()
            every = sorted(set(owners) & large)
            chosen = self._so_many('images', len(every), lambda: [str(image) for image in every])
            kept = {every[index] for index in chosen}
            self.dataset.get_subset_([index for index, image in enumerate(owners) if image in kept])
        elif self.rule:
            self.dataset.get_subset_(self._choose())

    def _so_many(self, rule: str, count: int, names: Callable[[], list[str]]) -> list[int]:
        """Indices of evenly spaced images, or of random ones where a seed is given."""
        wanted = self.rule[rule]
        if wanted > count:
            what = 'the list has' if rule == 'num' else 'there are'
            raise UserError(f'FewShotDataset: {rule} is {wanted}, but {what} {count} images')
        return spread(count, wanted) if self.seed is None else sorted(order(names(), self.seed)[:wanted])

    def _names(self) -> list[str]:
        return [image_name(self.dataset, info['img_path']) for info in all_infos(self.dataset)]

    def _large_enough(self) -> set[int]:
        """Images of a COCO file whose largest person covers ``min_fraction``."""
        size = {image: one['height'] * one['width'] for image, one in self._coco_file.images.items()}
        return {
            image
            for image, people in self._coco_file.by_image().items()
            if max(one.get('area', 0) for one in people) >= self.min_fraction * size.get(image, 0)
        }

    def _check(self) -> None:
        coco = self.__dict__.pop('_coco_file', None)
        if coco is not None and not self.test_mode:
            self._say_left_out(coco)
        if self.one_class is not None:
            self._merge_classes(self.one_class)
        if not self.check or getattr(self.dataset, 'backend_args', None):
            return  # files of another storage are not opened here
        infos = all_infos(self.dataset)
        if coco is not None:
            check_images(self.dataset, infos, coco)
        elif 'img_path' in infos[0]:
            check_label_maps(self.dataset, infos)

    def _merge_classes(self, name: str) -> None:
        if self.coco != 'instance':
            raise UserError(f'{self.source}: one_class is for the objects of a COCO file')
        infos = all_infos(self.dataset)
        for info in infos:
            for one in info['instances']:
                one['bbox_label'] = 0
        replace_infos(self.dataset, infos)
        self.dataset._metainfo.update(classes=(name,), palette=[(220, 20, 60)])

    def _owners(self) -> list[int]:
        """The image id of each item."""
        return [self.dataset.get_data_info(index)['img_id'] for index in range(len(self.dataset))]

    def _choose(self) -> list[int]:
        """Indices by a rule that looks at the labels; the list of their names is kept."""
        (rule, count), classes = next(iter(self.rule.items())), list(self.metainfo.get('classes') or ())
        names = self._names()
        read, source = self._fractions(rule, classes)
        background = None if self.coco or self.dataset.reduce_zero_label else self.background
        settings = dict(only=self.only, max_classes=self.max_classes, min_fraction=self.min_fraction, seed=self.seed)
        if self.min_classes:
            settings['min_classes'] = self.min_classes
        said = [rule, count, sorted(names), background, classes, source, settings]
        key = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]
        path, at = _LISTS / f'{count}_{rule}_{key}.txt', {name: index for index, name in enumerate(names)}
        if path.is_file():
            kept, wanted = read_list(path), len(self.only or classes) - (background is not None and not self.only)
            if len(set(kept)) == (count * wanted if rule == 'per_class' else count) and set(kept) <= at.keys():
                return [at[name] for name in kept]
            print_log(f'{path} holds {len(kept)} names, not those of {rule}={count}: chosen anew', 'current', 30)
        print_log(f'{rule}={count}: choosing from {len(names)} images by their labels', logger='current')
        candidates = Candidates(
            names=names,
            fractions=read(),
            classes=classes,
            background=background,
            min_fraction=self.min_fraction,
            seed=self.seed,
        )
        if rule == 'cover':
            chosen = candidates.cover(count)
        elif rule == 'balanced':
            chosen = candidates.balanced(count, min_classes=self.min_classes or 1)
        else:
            chosen = candidates.per_class(count, only=self.only, max_classes=self.max_classes)
        write_list(path, [names[index] for index in chosen])
        print_log(f'the list is kept in {path}', logger='current')
        return chosen

    def _fractions(self, rule: str, classes: list[str]) -> tuple[Callable[[], np.ndarray], list[str]]:
        """What reads the fractions of each image that the classes cover (images, classes), and where from."""
        infos = all_infos(self.dataset)
        if self.coco == 'instance':
            return lambda: object_fractions(self._coco_file, infos, classes), [str(self._coco_file.path)]
        if not classes or 'seg_map_path' not in infos[0]:
            raise UserError(f'{self.source}: {rule} needs label maps and their classes (metainfo=dict(classes=...))')
        dataset, reader = self.dataset, LabelReader(self.dataset)
        labels = [os.path.abspath(dataset.data_prefix['seg_map_path']), repr(dataset.label_map), repr(reader)]

        def fractions(info: dict) -> np.ndarray:
            label = reader.label(info)
            return np.bincount(label.ravel(), minlength=len(classes))[: len(classes)] / label.size

        return lambda: np.stack(for_each(fractions, infos)), labels


def object_fractions(coco: CocoFile, infos: Sequence[dict], classes: Sequence[str]) -> np.ndarray:
    """The fraction of each image that a class's objects cover (images, classes), crowds aside."""
    at, names = {name: index for index, name in enumerate(classes)}, coco.names
    objects = coco.by_image()
    found = np.zeros((len(infos), len(classes)))
    for row, info in zip(found, infos, strict=True):
        size = info['height'] * info['width']
        for one in objects.get(info['img_id'], ()):
            index = at.get(names.get(one['category_id']))
            if index is not None and not one.get('iscrowd'):
                row[index] += one['area'] / size
    return found
