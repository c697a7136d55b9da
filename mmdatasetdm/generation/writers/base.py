"""Writers: samples -> files in the layout that OpenMMLab's stock data set classes read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from mmdatasetdm.generation.batch import Batch
from mmdatasetdm.generation.options import Count, Text, build, checked, choose
from mmdatasetdm.generation.records import Labels, SampleRecord
from mmdatasetdm.generation.storage.latents import encode_latents
from mmdatasetdm.generation.storage.shards import StagedShard
from mmdatasetdm.registry import SCOPE, WRITERS

# what mmseg calls the folder of a task's labels
PREFIX = dict(image='img_path', semantic='seg_map_path', depth='depth_map_path')

# what COCO calls the file of a task's labels
COCO_TITLES = dict(instance='instances', pose='person_keypoints')


@checked
class WriterOptions:
    """What a recipe says about its files, whatever their layout: ``writer=dict(type='voc' | 'coco' | …, …)``.

    Args:
        type: the layout's name in ``WRITERS``.
        keep_latents: keep the finished latents (fp16, one npz a shard), from which another decoder can annotate without
            sampling again.
        depth_scale: the value of a metre in a depth map: 1000 as in NYU, 256 as in KITTI.
    """

    type: Text
    keep_latents: bool = False
    depth_scale: Count = 1000


class FolderWriter:
    """What the layouts share: a file an image and a file a label map, both named after the sample.

    A layout gives ``folders`` (of images and of label maps by task), the files' endings, ``classes`` and ``palette``
    (what the values of a label map mean), ``label_names`` (decoder's class -> class of the label map; empty where they
    are the same), ``stem`` and ``encode_labels``.

    Args:
        options: the recipe's ``writer``.
        classes: of the semantic decoder; none where there is none.
        palette: RGB per class, for people's eyes only; readers take the indices.
        categories: the instance decoder's classes by their COCO ids; None where there is none.
        suffix: of images that are linked from an earlier folder; None: '.png'.
    """

    Options: ClassVar[type[WriterOptions]]
    manifest: ClassVar[str] = 'manifest.jsonl'  # or 'manifest.parquet'
    folders: Mapping[str, str]
    img_suffix: str
    seg_map_suffix: str
    depth_suffix: str
    classes: Sequence[str]
    palette: Sequence[Sequence[int]]
    label_names: Mapping[str, str]

    def __init__(
        self,
        *,
        options: WriterOptions,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] = (),
        categories: Mapping[int, str] | None = None,
        suffix: str | None = None,
    ):
        self.options = options
        self.classes, self.palette, self.label_names = classes, palette, {}
        self.img_suffix = suffix or '.png'

    def stem(self, sample_id: int) -> str:
        """The part of a sample's paths between folder and ending; lists of samples have it."""
        raise NotImplementedError

    def encode_labels(self, sample_id: int, labels: Mapping) -> Iterator[tuple[str, str, bytes]]:
        """A sample's labels by task -> (the manifest's name of the file, path, bytes) of each file."""
        raise NotImplementedError

    def files(self) -> dict[str, str]:
        """Further text files of the folder that its classes alone determine: path -> content."""
        return {}

    def coco_file(self, title: str, name: str) -> str:
        """Path of COCO's JSON of ``title`` ('instances', 'person_keypoints'); ``name``: 'train' (the selected samples)
        or 'all'.
        """
        return f'Annotations/{title}_{name}.json'

    def check_tasks(self, tasks: Sequence[str]) -> None:
        """UserError when the layout needs labels that are not among ``tasks``."""

    def write_index(
        self,
        root: Path,
        selected: Callable[[], Iterable[SampleRecord]],
        *,
        categories: Mapping[str, Sequence[Mapping]],
    ) -> None:
        """Write what else the layout lists of a finished data set; most layouts need nothing.

        Args:
            root: the data set's folder.
            selected: gives the records of the selected samples anew each time it is called.
            categories: COCO's categories by task.
        """

    def layout(self, tasks: Sequence[str]) -> dict:
        """What dataset.json says about files and values, for readers."""
        there = [task for task in ('image', *tasks) if task in self.folders]
        coco = {
            task: {name: self.coco_file(title, name) for name in ('train', 'all')}
            for task, title in COCO_TITLES.items()
            if task in tasks
        }
        return dict(
            classes=list(self.classes),
            palette=[list(colour) for colour in self.palette],
            **(dict(label_names=dict(self.label_names)) if self.label_names else {}),
            img_suffix=self.img_suffix,
            seg_map_suffix=self.seg_map_suffix,
            depth_map_suffix=self.depth_suffix,
            data_prefix={PREFIX[task]: self.folders[task] for task in there},
            **(dict(coco_files=coco) if coco else {}),
        )

    def write(self, stage: StagedShard, batch: Batch, labels: Sequence[Mapping[str, Labels] | None]) -> list[dict]:
        """Stage a batch's images and labels, by task (None: the sample failed); -> per sample its files for the
        manifest.
        """
        files: list[dict] = []
        for sample_id, image, label in zip(batch.ids, batch.images, labels, strict=True):
            files.append({})
            if label is None:
                continue
            files[-1]['image'] = relative = f'{self.folders["image"]}/{self.stem(sample_id)}{self.img_suffix}'
            if isinstance(image, np.ndarray):
                stage.write(relative, self.encode_image(image))
            elif image is not None:
                stage.link(relative, image[0], known=image[1])
            for name, path, data in self.encode_labels(sample_id, label):
                files[-1][name] = path
                stage.write(path, data)
        return files

    def write_latents(self, stage: StagedShard, relative: str, latents: Sequence[np.ndarray]) -> None:
        stage.write(relative, encode_latents(stage.shard.ids, latents))

    def encode_image(self, image: np.ndarray) -> bytes:
        """(H, W, 3) uint8 RGB -> file bytes."""
        return encode_png(image, compress_level=3)

    def encode_depth(self, sample_id: int, labels: Mapping) -> Iterator[tuple[str, str, bytes]]:
        """Depth (H, W) float32, metres -> 16-bit PNG; 0, no depth, where it is unknown or more than 16 bits hold."""
        if 'depth' in labels:
            values = np.rint(labels['depth'] * self.options.depth_scale)
            known = (labels['depth'] > 0) & (values <= 65535)
            values = np.where(known, np.maximum(values, 1), 0).astype(np.uint16)
            yield 'depth', f'{self.folders["depth"]}/{self.stem(sample_id)}{self.depth_suffix}', encode_png(values)


def encode_png(values: np.ndarray, *, palette: Sequence[int] | None = None, compress_level: int = 6) -> bytes:
    """(H, W) uint8 or uint16, or (H, W, 3) uint8 -> PNG without loss; ``palette``: R, G, B, R, ... of uint8 values."""
    image = Image.fromarray(values)
    if palette is not None:
        image.putpalette(palette)
    buffer = io.BytesIO()
    image.save(buffer, 'PNG', compress_level=compress_level)
    return buffer.getvalue()


def build_writer_options(config: Mapping) -> WriterOptions:
    """A recipe's ``writer``; VOC's layout where it names no ``type``."""
    kind = config.get('type', 'voc')
    layout = choose(WRITERS, kind, where='writer.type')
    return build(layout.Options, {**config, 'type': kind.removeprefix(f'{SCOPE}.')}, where='writer')
