"""Predictions as files: the layouts of generated data sets, without their manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmdatasetdm.apis.results import LabelledImage
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import coco_labels
from mmdatasetdm.generation.batch import Batch
from mmdatasetdm.generation.labeller import Labeller
from mmdatasetdm.generation.records import Instance, Person, SampleRecord, as_json
from mmdatasetdm.generation.scores import Scores
from mmdatasetdm.generation.storage.plan import sample_name
from mmdatasetdm.generation.storage.shards import INLINE
from mmdatasetdm.generation.writers import build_writer_options
from mmdatasetdm.generation.writers.coco_json import write_coco
from mmdatasetdm.utils.io import write_bytes


class PredictionFolder:
    """A new folder of predictions: images and label maps as PNG, instances and keypoints as COCO's JSON.

    ``predictions.json`` names the classes, their colours and, for each image, its files, prompt and scores. Pictures of
    the labels go to ``vis/``.

    Args:
        root: the folder; it must be new or empty.
        layout: a layout of generated data sets, 'coco' or 'voc'.
        labeller: the decoders whose labels are written.
    """

    def __init__(self, root: str | Path, *, layout: str, labeller: Labeller):
        self.root = Path(root)
        try:
            if self.root.exists() and (not self.root.is_dir() or any(self.root.iterdir())):
                raise UserError(f'out_dir {self.root} is there already; give a new folder')
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f'out_dir {self.root} cannot be made: {error.strerror}') from None
        options = dict(type=layout)
        if layout in ('coco', 'voc'):
            options['image_format'] = 'png'  # the very pixels that were labelled
        self.writer = labeller.build_writer(build_writer_options(options))
        self.labeller = labeller
        self.records: list[SampleRecord] = []
        self.sources: list[str | None] = []

    def write(self, relative: str, data: bytes) -> None:
        """A file of the folder; what a writer asks of the shard that it usually writes to."""
        path = self.root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)

    def add(self, batch: Batch, found: Sequence[LabelledImage], labels: Sequence[dict | None]) -> None:
        """Write the images and label maps of a batch.

        Args:
            labels: by task, as the writers take them; None where an image failed.
        """
        files = self.writer.write(self, batch, labels)
        for sample_id, image, one, paths in zip(batch.ids, found, labels, files, strict=True):
            self.records.append(
                SampleRecord(
                    id=sample_id,
                    name=sample_name(sample_id),
                    prompt=image.prompt,
                    classes=list(image.classes),
                    seed=image.seed,
                    size=list(image.image.shape[:2]),
                    files=paths,
                    scores=None if image.failure else Scores.of(image.scores),
                    failed=image.failure,
                    instances=coco_labels(one, 'instance', Instance),
                    persons=coco_labels(one, 'pose', Person),
                )
            )
            self.sources.append(image.source)

    def add_pictures(self, pictures: Sequence[np.ndarray], first: int) -> None:
        """Pictures of the labels, ``vis/00000000.png`` and so on."""
        (self.root / 'vis').mkdir(exist_ok=True)
        for number, picture in enumerate(pictures, start=first):
            Image.fromarray(picture).save(self.root / 'vis' / f'{number:08d}.png')

    def finish(self) -> None:
        """Write the COCO files and ``predictions.json``."""
        layout = self.writer.layout(self.labeller.tasks)
        images = f'{layout["data_prefix"]["img_path"]}/'
        good = [record for record in self.records if not record.failed]
        for task, names in layout.get('coco_files', {}).items():
            write_coco(
                self.root / names['train'],
                lambda: good,
                key=INLINE[task],
                categories=self.labeller.coco_categories[task],
                folder=images,
            )
        summary = dict(
            classes=layout['classes'],
            palette=layout['palette'],
            images=[_summary(one, source) for one, source in zip(self.records, self.sources, strict=True)],
        )
        self.write('predictions.json', (json.dumps(summary, indent=1, ensure_ascii=False) + '\n').encode())
        for name, text in self.writer.files().items():
            self.write(name, text.encode())


def _summary(record: SampleRecord, source: str | None) -> dict:
    kept = ('id', 'prompt', 'classes', 'seed', 'size', 'files', 'scores', 'failed')
    return {**{key: value for key, value in as_json(record).items() if key in kept}, 'source': source}
