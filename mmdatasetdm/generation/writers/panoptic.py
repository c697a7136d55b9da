"""COCO's panoptic layout: a PNG of segments an image, and a JSON of what each segment is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.batch import Batch
from mmdatasetdm.generation.options import checked
from mmdatasetdm.generation.records import Instance, Labels, SampleRecord
from mmdatasetdm.generation.storage.shards import StagedShard
from mmdatasetdm.generation.writers.base import encode_png
from mmdatasetdm.generation.writers.coco_json import INFO, image_entry, write_lists
from mmdatasetdm.generation.writers.voc import ImageOptions, VocWriter
from mmdatasetdm.registry import WRITERS
from mmdatasetdm.utils.io import read_image

FOLDER = 'panoptic/train'
MOST = 1000  # instances of a class in an image; an id is MOST * category + number


@checked
class PanopticOptions(ImageOptions):
    """COCO's panoptic layout."""

    type: Literal['panoptic'] = 'panoptic'


@WRITERS.register_module('panoptic')
class PanopticWriter(VocWriter):
    """``train/<id>.png``, ``panoptic/train/<id>.png`` and ``annotations/panoptic_train.json`` (the selected samples).

    Things are the instance decoder's classes, stuff the semantic decoder's others. A pixel belongs to the instance
    there, else to the stuff that the label map says; it is void (0) where the label map has 255, or a thing of which
    there is no instance. Uncertain instances are crowds. The value of a PNG's pixel, R + 256 G + 65536 B, is the
    segment's id. Label maps and depth are in ``semantic/train`` and ``depth/train``.
    """

    Options = PanopticOptions
    folders = dict(image='train', semantic='semantic/train', depth='depth/train')

    def __init__(
        self,
        *,
        options: PanopticOptions,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] = (),
        categories: Mapping[int, str] | None = None,
        suffix: str | None = None,
    ):
        super().__init__(options=options, classes=classes, palette=palette, categories=categories, suffix=suffix)
        things = dict(categories or {})
        names = [name for name in classes if name not in things.values()]
        first = max(things, default=0) + 1
        colours = dict(zip(classes, (list(map(int, colour)) for colour in palette), strict=True))
        self.categories = [
            *(
                dict(id=number, name=name, isthing=1, color=colours.get(name, [0, 0, 0]))
                for number, name in things.items()
            ),
            *(dict(id=first + index, name=name, isthing=0, color=colours[name]) for index, name in enumerate(names)),
        ]
        # label map -> segment id of stuff, 0 for things and what is ignored
        self.stuff = np.zeros(256, np.uint32)
        for index, name in enumerate(names):
            self.stuff[classes.index(name)] = MOST * (first + index)

    def check_tasks(self, tasks: Sequence[str]) -> None:
        if missing := [task for task in ('semantic', 'instance') if task not in tasks]:
            raise UserError(f"writer 'panoptic' needs a semantic and an instance decoder; {missing[0]} is not there")

    def write(self, stage: StagedShard, batch: Batch, labels: Sequence[Mapping[str, Labels] | None]) -> list[dict]:
        files = super().write(stage, batch, labels)
        for row, (sample_id, label) in enumerate(zip(batch.ids, labels, strict=True)):
            if label is None:
                continue
            found = [one for one in label['instance'] if isinstance(one, Instance)]
            ids = self.segments(np.asarray(label['semantic']), found)
            files[row]['panoptic'] = path = f'{FOLDER}/{self.stem(sample_id)}.png'
            stage.write(path, encode_png(np.stack([ids & 255, ids >> 8 & 255, ids >> 16 & 255], -1).astype(np.uint8)))
        return files

    def segments(self, semantic: np.ndarray, instances: Sequence[Instance]) -> np.ndarray:
        """A label map (H, W) and instances -> segment ids (H, W) uint32."""
        ids = self.stuff[semantic]
        for number, one in numbered(instances):
            ids[rle.decode(one.segmentation).astype(bool)] = number
        return ids

    def write_index(
        self,
        root: Path,
        selected: Callable[[], Iterable[SampleRecord]],
        *,
        categories: Mapping[str, Sequence[Mapping]],
    ) -> None:
        write_lists(
            root / 'annotations/panoptic_train.json',
            dict(
                info=INFO,
                licenses=[],
                images=(image_entry(record, f'{self.folders["image"]}/') for record in selected()),
                annotations=self._annotations(root, selected()),
                categories=self.categories,
            ),
        )

    def _annotations(self, root: Path, records: Iterable[SampleRecord]) -> Iterator[dict[str, Any]]:
        for record in records:
            values = read_image(root / record.files['panoptic']).astype(np.uint32)
            ids = values[..., 0] | values[..., 1] << 8 | values[..., 2] << 16
            crowds = {number: one.iscrowd for number, one in numbered(record.instances or ())}
            yield dict(
                image_id=record.id + 1,
                file_name=Path(record.files['panoptic']).name,
                segments_info=[
                    dict(
                        id=int(number),
                        category_id=int(number) // MOST,
                        iscrowd=crowds.get(int(number), 0),
                        **box_and_area(ids == number),
                    )
                    for number in np.unique(ids)
                    if number
                ],
            )


def numbered(instances: Sequence[Instance]) -> Iterator[tuple[int, Instance]]:
    """Instances with their segment ids; those beyond the thousandth of a class have none."""
    counts: Counter[int] = Counter()
    for one in instances:
        counts[one.category_id] += 1
        if counts[one.category_id] < MOST:
            yield MOST * one.category_id + counts[one.category_id], one


def box_and_area(mask: np.ndarray) -> dict[str, Any]:
    """Of a mask (H, W) bool with a pixel: COCO's bbox and area."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]
    return dict(bbox=[int(value) for value in box], area=int(mask.sum()))
