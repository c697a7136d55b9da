"""WebDataset's layout: a tar file a shard, for data sets of millions of images."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.batch import Batch
from mmdatasetdm.generation.options import checked
from mmdatasetdm.generation.records import Instance, Labels, Person, coco_annotation
from mmdatasetdm.generation.storage.plan import sample_name
from mmdatasetdm.generation.storage.shards import INLINE, StagedShard, check_bytes
from mmdatasetdm.generation.writers.voc import ImageOptions, VocWriter
from mmdatasetdm.registry import WRITERS
from mmdatasetdm.utils.io import adapter

FOLDER = 'train'
PACKAGES = ('webdataset', 'pyarrow')


@checked
class WebDatasetOptions(ImageOptions):
    """Tar files for WebDataset: ``train/00000.tar``, and a manifest in Parquet."""

    type: Literal['webdataset'] = 'webdataset'


@WRITERS.register_module('webdataset')
class WebDatasetWriter(VocWriter):
    """A shard is one tar file, ``train/00000.tar``, whose members are, a sample after the other:

    - ``00000007.png`` or ``.jpg``: the image
    - ``00000007.semantic.png`` (palette PNG, class indices, 255 = ignore), ``00000007.depth.png`` (16 bit)
    - ``00000007.json``: id, prompt, the classes that it names, and where there are such labels ``instances`` and
      ``persons`` as COCO annotations without ids

    Names of files in the manifest, the lists and COCO's JSON go through the tar file: ``train/00000.tar/00000007.png``.
    ``manifest.parquet`` replaces ``manifest.jsonl``.

    Raises:
        UserError: the packages ``webdataset`` and ``pyarrow`` are not installed.
    """

    Options = WebDatasetOptions
    folders = dict(image=FOLDER, semantic=FOLDER, depth=FOLDER)
    seg_map_suffix, depth_suffix = '.semantic.png', '.depth.png'
    manifest = 'manifest.parquet'

    def __init__(
        self,
        *,
        options: WebDatasetOptions,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] = (),
        categories: Mapping[int, str] | None = None,
        suffix: str | None = None,
    ):
        super().__init__(options=options, classes=classes, palette=palette, categories=categories, suffix=suffix)
        for package in PACKAGES:
            if importlib.util.find_spec(package) is None:
                raise UserError(
                    f"recipe: writer 'webdataset' needs the package {package}: pip install 'mmdatasetdm[webdataset]'"
                )

    def write(self, stage: StagedShard, batch: Batch, labels: Sequence[Mapping[str, Labels] | None]) -> list[dict]:
        tar = f'{FOLDER}/{stage.shard.index:05d}.tar'
        files: list[dict] = []
        for row, (sample_id, image, label) in enumerate(zip(batch.ids, batch.images, labels, strict=True)):
            files.append({})
            if label is None or image is None:
                continue
            name, prompt = sample_name(sample_id), batch.prompts[row]
            if isinstance(image, np.ndarray):
                data = self.encode_image(image)
            else:
                data = image[0].read_bytes()
                check_bytes(data, image[1], name=image[0])
            members = {self.img_suffix[1:]: data}
            files[-1]['image'] = f'{tar}/{name}{self.img_suffix}'
            for kind, path, content in self.encode_labels(sample_id, label):
                suffix = path.removeprefix(f'{FOLDER}/{name}')
                members[suffix[1:]] = content
                files[-1][kind] = f'{tar}/{name}{suffix}'
            text = dict(id=sample_id, prompt=prompt.text, classes=list(prompt.classes), **inline_labels(label))
            members['json'] = json.dumps(text, ensure_ascii=False).encode()
            stage.write_tar(tar, name, members)
        return files


def inline_labels(labels: Mapping[str, Labels]) -> dict[str, list[dict]]:
    """The labels of a sample that are no files: COCO annotations without ids, by 'instances' and 'persons'."""
    return {
        key: [coco_annotation(_as_read_back(found)) for found in labels[task] if isinstance(found, Instance | Person)]
        for task, key in INLINE.items()
        if task in labels
    }


def _as_read_back(found: Instance | Person) -> Instance | Person:
    """With the types of numbers that a record has when it is read: a shard's bytes do not depend on who made them."""
    kind = Instance if isinstance(found, Instance) else Person
    return adapter(kind).validate_json(json.dumps(vars(found)))
