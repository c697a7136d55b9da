"""What FewShotDataset and SyntheticDataset share: a stock data set inside, and its mistakes in one line each."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset, Compose
from mmengine.logging import print_log

from mmdatasetdm.datasets.coco_file import CocoFile, has_polygon, left_out, read_coco
from mmdatasetdm.datasets.labels import LabelReader
from mmdatasetdm.datasets.lists import all_infos, replace_infos
from mmdatasetdm.datasets.stock import coco_kind, reads_depth
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS


class StockWrapper:
    """A stock data set class in the place of a base class, so that any library's can be wrapped.

    Args:
        stock: config of the stock data set, with its ``data_root``.
        pipeline: exchanges the stock data set's, as OpenMMLab's tools do it; None keeps it.
        indices: as in mmengine's data sets, of what the wrapper leaves: the first so many, the last where it is
            negative, or those of a list.
        lazy_init: read the lists at :meth:`full_init` and not at once.
        leave_out: types of transforms that the pipeline goes without, e.g. ``['RandomFlip', 'PhotoMetricDistortion']``
            to see what an augmentation adds (DatasetDM supp. table 4).

    Raises:
        UserError: the data set is empty, or files of it are absent, damaged or do not fit.
    """

    def __init__(
        self,
        *,
        stock: dict,
        pipeline: list | None = None,
        indices: int | Sequence[int] | None = None,
        lazy_init: bool = False,
        leave_out: Sequence[str] = (),
    ) -> None:
        if pipeline is not None:
            stock = dict(stock, pipeline=pipeline)
        if leave_out:
            stock = dict(stock, pipeline=_without(stock.get('pipeline') or [], leave_out))
        # before a subset of its own the stock class would not find what a list names
        first = stock.pop('indices', None)
        self.indices = [one for one in (first, indices) if one is not None]
        self.depth, self.coco = reads_depth(stock), coco_kind(stock)
        try:
            self.dataset = DATASETS.build(dict(stock, lazy_init=True))
        except (ValueError, TypeError, AssertionError) as error:
            if isinstance(error, UserError) or not str(error):
                raise
            raise UserError(f'dataset {stock["type"]}: {" ".join(str(error).split())}') from error
        self._reader: LabelReader | None = None
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()

    # -- what subclasses fill in
    def _load(self) -> None:
        """Read the stock data set's list."""
        raise NotImplementedError

    def _select(self) -> None:
        """Choose of it."""

    def _check(self) -> None:
        """Check what is left."""

    def full_init(self) -> None:
        """Read the list of images, choose from it, and check what was chosen."""
        if self._fully_initialized:
            return
        self._load()
        self._select()
        for indices in self.indices:
            self._take(indices)
        if len(self.dataset) == 0:
            raise UserError(f'{self.source}: the list of images is empty')
        self._check()
        self._fully_initialized = True

    def _init_stock(self, *, coco: CocoFile | None = None) -> None:
        """The stock class's own ``full_init``, which cannot join an empty list."""
        try:
            self.dataset.full_init()
        except ValueError as error:
            if 'need at least one array' not in str(error):
                raise
            why = '' if coco is None else self._why_nothing(coco)
            raise UserError(f'{self.source}: the list of images is empty{why}') from error

    def _take(self, indices: int | Sequence[int]) -> None:
        """``get_subset_`` of mmengine takes no number that is the count."""
        every = range(len(self.dataset))
        try:
            if isinstance(indices, int):
                chosen = list(every[:indices] if indices >= 0 else every[indices:])
            else:
                chosen = [every[index] for index in indices]
        except (IndexError, TypeError) as error:
            raise UserError(
                f'{self.source}: indices must be a number, or numbers below {len(every)}, the count of images; '
                f'got {indices}'
            ) from error
        self.dataset.get_subset_(chosen)

    # -- COCO files
    def _read_coco(self) -> CocoFile:
        return read_coco(Path(self.dataset.ann_file), self.coco)

    @property
    def _loads_masks(self) -> bool:
        return any(getattr(one, 'with_mask', False) for one in getattr(self.pipeline, 'transforms', ()))

    def _left_out(self, coco: CocoFile, images: set) -> Counter:
        return left_out(
            coco,
            images,
            classes=self.metainfo.get('classes') or (),
            with_masks=self._loads_masks,
            num_keypoints=self.metainfo.get('num_keypoints', 0),
        )

    def _why_nothing(self, coco: CocoFile) -> str:
        if not coco.annotations:
            return f'; {coco.path} has no annotations'
        reasons = _listed(self._left_out(coco, set(coco.images)))
        return f'; of its {len(coco.annotations)} annotations are left out {reasons}' if reasons else ''

    def _say_left_out(self, coco: CocoFile) -> None:
        """Count what the stock class leaves out of the chosen images in silence.

        Raises:
            UserError: nothing is left.
        """
        infos = all_infos(self.dataset)
        if self.coco == 'instance' and self._loads_masks and _ignore_empty(infos):
            replace_infos(self.dataset, infos)
        images = {info['img_id'] for info in infos}
        count = sum(one['image_id'] in images for one in coco.annotations)
        reasons = self._left_out(coco, images)
        left = sum(len(info['instances']) for info in infos) if self.coco == 'instance' else len(infos)
        if reasons and (not left or sum(reasons.values()) >= count):
            raise UserError(f'{coco.path}: of {count} annotations none is left; left out are {_listed(reasons)}')
        if reasons:
            print_log(
                f'{coco.path}: {sum(reasons.values())} of {count} annotations are left out: {_listed(reasons)}',
                logger='current',
                level=30,
            )

    # -- what mmengine's data sets have
    @property
    def source(self) -> str:
        """The list or the folder that the images are from."""
        return self.dataset.ann_file or str(self.dataset.data_prefix.get('img_path', self.dataset.data_root))

    @property
    def metainfo(self) -> dict:
        """The metainfo of the wrapped data set."""
        return self.dataset.metainfo

    @property
    def METAINFO(self) -> dict:
        """That of the wrapped data set."""
        return self.dataset.METAINFO

    @property
    def pipeline(self) -> Compose:
        """The pipeline of the wrapped data set."""
        return self.dataset.pipeline

    @property
    def test_mode(self) -> bool:
        """Whether the wrapped data set is one for tests."""
        return self.dataset.test_mode

    def get_data_info(self, idx: int) -> dict:
        """What the stock data set knows of an image before its pipeline."""
        return self.dataset.get_data_info(idx)

    def get_cat_ids(self, idx: int) -> list[int]:
        """The classes in an image, which ``ClassBalancedDataset`` asks for; mmseg's data sets do not tell.

        Raises:
            UserError: its labels are of no class, as depth.
        """
        if type(self.dataset).get_cat_ids is not BaseDataset.get_cat_ids:
            return self.dataset.get_cat_ids(idx)
        info = self.get_data_info(idx)
        if 'seg_map_path' not in info:
            raise UserError(f'{self.source}: ClassBalancedDataset needs classes, which depth and keypoints do not have')
        if self._reader is None:
            self._reader = LabelReader(self.dataset)
        ids = np.unique(self._reader.label(info))
        return [int(index) for index in ids if index != self.dataset.ignore_index]

    def __getitem__(self, idx: int) -> Any:
        return self.dataset[idx]

    def __len__(self) -> int:
        return len(self.dataset)


def _without(pipeline: Sequence[dict], types: Sequence[str]) -> list[dict]:
    """A pipeline without the transforms of some types.

    Raises:
        UserError: it has none of one of them.
    """
    found = [getattr(step['type'], '__name__', step['type']).rpartition('.')[2] for step in pipeline]
    if absent := next((name for name in types if name not in found), None):
        raise UserError(f'leave_out: the pipeline has no {absent}; it has {", ".join(found) or "no transform"}')
    return [step for step, name in zip(pipeline, found, strict=True) if name not in types]


def _ignore_empty(infos: list[dict]) -> bool:
    """Of three numbers or corners mmdet would make objects without a pixel; -> whether there were any."""
    empty = [
        one
        for info in infos
        for one in info['instances']
        if not one['ignore_flag'] and isinstance(one.get('mask'), list) and not has_polygon(one['mask'])
    ]
    for one in empty:
        one['ignore_flag'] = 1
    return bool(empty)


def _listed(reasons: Counter) -> str:
    """'7 of category dragon, which the config does not know, 3 with area 0'; the four most frequent ones."""
    named = reasons.most_common(4)
    rest = sum(reasons.values()) - sum(count for _, count in named)
    return ', '.join(f'{count} {reason}' for reason, count in named) + (f', {rest} for other reasons' if rest else '')
