"""COCO's JSON of a generated data set, written as a stream: its memory does not grow with the number of samples."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

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
    annotations = ((record.id + 1, found) for record in records() for found in getattr(record, key))
    numbered = (
        dict(id=number, image_id=image, **coco_annotation(found))
        for number, (image, found) in enumerate(annotations, start=1)
    )
    images = (image_entry(record, folder) for record in records())
    write_lists(path, dict(info=INFO, licenses=[], images=images, annotations=numbered, categories=categories))


def image_entry(record: SampleRecord, folder: str) -> dict[str, Any]:
    """A sample among the images of a COCO file; its id is the sample's + 1."""
    name = record.files['image'].removeprefix(folder)
    return dict(id=record.id + 1, file_name=name, height=record.size[0], width=record.size[1])


def write_lists(path: Path, content: Mapping[str, Mapping | Iterable[Mapping]]) -> None:
    """Write a JSON object of lists, each an entry at a time, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'{path.name}.tmp')
    temporary.unlink(missing_ok=True)  # of a killed run
    with open(temporary, 'x', encoding='utf-8') as file:
        for number, (key, value) in enumerate(content.items()):
            file.write(f'{"," if number else "{"}\n{json.dumps(key)}: ')
            if isinstance(value, Mapping):
                file.write(json.dumps(value))
                continue
            file.write('[')
            for index, item in enumerate(value):
                file.write((',\n' if index else '\n') + json.dumps(item))
            file.write(']')
        file.write('}\n')
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
