"""COCO's JSON of a generated data set, written as a stream: its memory does not grow with the number of samples."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from mmdatasetdm.generation.records import SampleRecord, coco_annotation

INFO = dict(description='images of a diffusion model, labelled by mmdatasetdm')  # COCO's readers print it


def write_coco(
    path: Path, records: Callable[[], Iterable[SampleRecord]], *, key: str, categories: Sequence[Mapping], folder: str
) -> None:
    """Write ``path``; image ids are sample ids + 1, and every instance or person of a sample is an annotation.

    Args:
        records: gives the samples' records anew each time it is called (they are read twice).
        key: of the annotations in a record: 'instances' or 'persons'.
        categories: COCO categories.
        folder: of the images, with a slash at its end, which file names leave out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'{path.name}.tmp')
    temporary.unlink(missing_ok=True)  # of a killed run
    with open(temporary, 'x', encoding='utf-8') as file:
        file.write(f'{{"info": {json.dumps(INFO)},\n"licenses": [],\n"images": [')
        images = (
            dict(
                id=record.id + 1,
                file_name=record.files['image'].removeprefix(folder),
                height=record.size[0],
                width=record.size[1],
            )
            for record in records()
        )
        _items(file, images)
        file.write('],\n"annotations": [')
        annotations = ((record.id + 1, found) for record in records() for found in getattr(record, key))
        _items(
            file,
            (
                dict(id=number, image_id=image, **coco_annotation(found))
                for number, (image, found) in enumerate(annotations, start=1)
            ),
        )
        file.write(f'],\n"categories": {json.dumps(list(categories))}}}\n')
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _items(file, items: Iterable[Mapping]) -> None:
    for index, item in enumerate(items):
        file.write((',\n' if index else '\n') + json.dumps(item))
