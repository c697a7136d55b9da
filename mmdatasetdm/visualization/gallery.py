"""The samples of the report page: a script file of records that a browser loads without a server, and their layers."""

from __future__ import annotations

import hashlib
import heapq
import json
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from tqdm import tqdm

from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.records import ManifestLine
from mmdatasetdm.generation.scores import Scores, numbers
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.generation.storage.plan import sample_name
from mmdatasetdm.utils.io import below, write_atomic
from mmdatasetdm.utils.tar import read_bytes, split_path
from mmdatasetdm.visualization.labels import background_of
from mmdatasetdm.visualization.layers import LAYERS, draw_layers

CHUNK = 2000  # records in a script file
DROPPED = 12  # dropped samples whose labels are drawn at least


class Draw:
    """A repeatable random choice of ``count`` records from a stream: those whose hashed names come first."""

    def __init__(self, count: int):
        self.count = count
        self.heap: list[tuple[int, int, ManifestLine]] = []

    def offer(self, record: ManifestLine) -> None:
        key = -int.from_bytes(hashlib.sha256(sample_name(record.id).encode()).digest()[:8], 'big')
        entry = (key, record.id, record)
        if len(self.heap) < self.count:
            heapq.heappush(self.heap, entry)
        elif key > self.heap[0][0]:
            heapq.heapreplace(self.heap, entry)

    def records(self) -> list[ManifestLine]:
        return [entry[2] for entry in sorted(self.heap, reverse=True)]


def choose(root: Path, classes: Sequence[str], samples: int) -> tuple[list[ManifestLine], list[ManifestLine]]:
    """(selected, dropped) records whose labels are drawn: of every class as many, then any.

    The memory does not grow with the number of samples in the folder.
    """
    each = max(1, samples // max(1, len(classes)))
    by_class = {name: Draw(2 * each) for name in classes}
    whole, dropped = Draw(samples), Draw(max(DROPPED, samples // 5))
    for record in read_manifest(root):
        if not record.selected:
            dropped.offer(record)
            continue
        whole.offer(record)
        for name in record.scores.semantic.fractions if record.scores.semantic else ():
            if name in by_class and (name in record.classes or not record.classes):
                by_class[name].offer(record)
    chosen: dict[int, ManifestLine] = {}
    for draw in by_class.values():
        fresh = [record for record in draw.records() if record.id not in chosen]
        chosen.update({record.id: record for record in fresh[:each]})
    for record in whole.records():
        if len(chosen) < samples:
            chosen.setdefault(record.id, record)
    return [chosen[key] for key in sorted(chosen)][:samples], dropped.records()


class Gallery:
    """Writes what the page shows of each sample.

    Args:
        root: the generated folder.
        out: the folder of the page.
        dataset: dataset.json.
        drawn: ids of the samples whose labels are drawn; None: of all.
    """

    def __init__(self, *, root: Path, out: Path, dataset: DatasetInfo, drawn: Collection[int] | None):
        self.root = root
        self.out = out
        self.dataset = dataset
        self.drawn = drawn
        self.to_root = os.path.relpath(root.resolve(), out.resolve())
        self.files: set[str] = set()  # all that the page reads, relative to it
        self.layers: set[str] = set()  # the kinds of layers that are there

    def write(self) -> list[str]:
        """Write layers and records; -> the script files in their order."""
        records = tqdm(self.records(), total=self.dataset.samples, unit='sample', leave=False, disable=None)
        return [self._write_chunk(chunk) for chunk in _chunks(records, CHUNK)]

    def _write_chunk(self, records: Sequence[ManifestLine]) -> str:
        scores: dict[str, int] = {}
        classes: dict[str, int] = {}
        rows = [self._row(record, scores, classes) for record in records]
        text = json.dumps(dict(scores=list(scores), classes=list(classes), rows=rows), separators=(',', ':'))
        # a string for JSON.parse, in plain ASCII: no name or prompt can be code, whatever is in it
        script = f'addSamples({json.dumps(text)});\n'.encode('ascii')
        name = f'samples/{records[0].id:08d}-{hashlib.sha256(script).hexdigest()[:8]}.js'
        write_atomic(self.out / name, script)
        self.files.add(name)
        return name

    def _row(self, record: ManifestLine, scores: dict[str, int], classes: dict[str, int]) -> list:
        """[id, prompt, image, layers, [[class, fraction of pixels], …], [score, …], why it is dropped]; ``classes`` and
        ``scores`` number the names of a chunk, and are added to.
        """
        image = self.image(record)
        layers = self.draw(record) if image and (self.drawn is None or record.id in self.drawn) else ()
        found = [
            [classes.setdefault(name, len(classes)), round(fraction, 4)]
            for name, fraction in self._found(record).items()
        ]
        values: dict[int, float] = {}
        for name, value in self.scores(record).items():
            values[scores.setdefault(name, len(scores))] = value
        row = [values.get(index) for index in range(max(values, default=-1) + 1)]
        return [record.id, record.prompt, image, list(layers), found, row, record.dropped]

    def _found(self, record: ManifestLine) -> dict[str, float]:
        """Class -> fraction of the pixels, 0 where it is known by its instances alone; the background is left out."""
        scores, background = record.scores or Scores(), background_of(self.dataset)
        found = dict.fromkeys(scores.instance.found, 0.0) if scores.instance else {}
        found |= scores.semantic.fractions if scores.semantic else {}
        return {name: fraction for name, fraction in found.items() if name != background}

    def image(self, record: ManifestLine) -> str | None:
        """The address of a sample's image, relative to the page; None: there is none.

        What is in a tar file no browser reads: the page has a copy, of the samples whose labels are drawn.
        """
        if 'image' not in record.files:
            return None
        path = below(self.root, record.files['image'])
        if split_path(path) is None:
            return quote(f'{self.to_root}/{record.files["image"]}')
        if self.drawn is not None and record.id not in self.drawn:
            return None
        name = f'img/{sample_name(record.id)}{".jpg" if path.suffix == ".jpg" else ".png"}'
        write_atomic(self.out / name, read_bytes(path))
        self.files.add(name)
        return name

    def records(self) -> Iterable[ManifestLine]:
        """The samples, in the order of their numbers."""
        return read_manifest(self.root)

    def scores(self, record: ManifestLine) -> dict[str, float]:
        """By which samples can be sorted."""
        return numbers(record.scores)

    def layers_of(self, record: ManifestLine) -> dict[str, bytes]:
        """The labels of one sample, drawn."""
        return draw_layers(self.root, record, self.dataset)

    def draw(self, record: ManifestLine) -> list[str]:
        """Write the layers of one sample; -> their names."""
        drawn = self.layers_of(record)
        for name, data in drawn.items():
            path = layer_path(record.id, name)
            temporary = self.out / f'{path}.tmp'
            temporary.write_bytes(data)
            os.replace(temporary, self.out / path)
            self.files.add(path)
        self.layers |= drawn.keys()
        return list(drawn)


def layer_path(sample_id: int, layer: str) -> str:
    """Relative to the page, and of the sample's number alone, whatever its line calls it."""
    return f'img/{sample_name(sample_id)}_{layer}{LAYERS[layer]}'


def _chunks(records: Iterable[ManifestLine], size: int) -> Iterable[list[ManifestLine]]:
    chunk: list[ManifestLine] = []
    for record in records:
        chunk.append(record)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
