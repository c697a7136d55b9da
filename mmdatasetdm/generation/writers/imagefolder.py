"""The layout of Hugging Face's ``imagefolder``: images with a ``metadata.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from mmdatasetdm.generation.options import checked
from mmdatasetdm.generation.records import Instance, Person, SampleRecord
from mmdatasetdm.generation.writers.voc import ImageOptions, VocWriter
from mmdatasetdm.registry import WRITERS

FOLDER = 'train'
METADATA = f'{FOLDER}/metadata.jsonl'


@checked
class ImageFolderOptions(ImageOptions):
    """The layout of Hugging Face's ``imagefolder``."""

    type: Literal['imagefolder'] = 'imagefolder'


@WRITERS.register_module('imagefolder')
class ImageFolderWriter(VocWriter):
    """``train/<id>.png``, ``train/semantic/<id>.png``, ``train/depth/<id>.png``, and ``train/metadata.jsonl``, a line
    for each selected sample.

    ``datasets.load_dataset('imagefolder', data_dir=…)`` gives ``image``, ``semantic`` and ``depth`` (images), ``text``
    (the prompt), ``classes``, ``objects`` and ``persons`` (lists of ``bbox``, ``category``, … as COCO has them; masks
    are run-length codes).
    """

    Options = ImageFolderOptions
    folders = dict(image=FOLDER, semantic=f'{FOLDER}/semantic', depth=f'{FOLDER}/depth')

    def write_index(
        self,
        root: Path,
        selected: Callable[[], Iterable[SampleRecord]],
        *,
        categories: Mapping[str, Sequence[Mapping]],
    ) -> None:
        names = {one['id']: one['name'] for one in categories.get('instance', ())}
        temporary = root / f'{METADATA}.tmp'
        with open(temporary, 'w', encoding='utf-8') as file:
            for record in selected():
                line: dict[str, Any] = dict(file_name=record.files['image'].removeprefix(f'{FOLDER}/'))
                for kind in ('semantic', 'depth'):
                    if kind in record.files:
                        line[f'{kind}_file_name'] = record.files[kind].removeprefix(f'{FOLDER}/')
                line.update(text=record.prompt, classes=record.classes)
                if record.instances is not None:
                    line['objects'] = objects_of(record.instances, names)
                if record.persons is not None:
                    line['persons'] = persons_of(record.persons)
                file.write(json.dumps(line, ensure_ascii=False) + '\n')
        temporary.replace(root / METADATA)


def objects_of(instances: Sequence[Instance], names: Mapping[int, str]) -> dict[str, list]:
    """Instances as columns."""
    return dict(
        bbox=[one.bbox for one in instances],
        category=[names[one.category_id] for one in instances],
        area=[one.area for one in instances],
        iscrowd=[one.iscrowd for one in instances],
        size=[list(one.segmentation['size']) for one in instances],
        counts=[one.segmentation['counts'] for one in instances],
    )


def persons_of(persons: Sequence[Person]) -> dict[str, list]:
    """Persons as columns."""
    return dict(
        bbox=[one.bbox for one in persons],
        keypoints=[[float(value) for value in one.keypoints] for one in persons],
        num_keypoints=[one.num_keypoints for one in persons],
    )
