"""Writers: samples -> files in the layout that OpenMMLab's stock data set classes read."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.semantic import IGNORE
from mmdatasetdm.generation.sources import Batch, encode_latents
from mmdatasetdm.generation.storage.plan import sample_name
from mmdatasetdm.generation.storage.shards import StagedShard
from mmdatasetdm.generation.writers.options import Writer, WriterOptions

IGNORE_COLOUR = (224, 224, 192)  # VOC's own for 'void'
# what mmseg calls the folder of a task's labels
PREFIX = dict(image='img_path', semantic='seg_map_path', depth='depth_map_path')

# what COCO calls the file of a task's labels
COCO_TITLES = dict(instance='instances', pose='person_keypoints')


class FolderWriter:
    """What the layouts share: a file an image and a file a label map, both named after the sample.

    A layout gives ``folders`` (of images and of label maps by task), the files' endings, ``classes`` and ``palette``
    (what the values of a label map mean), ``label_names`` (decoder's class -> class of the label map; empty where they
    are the same), ``stem`` and ``encode_labels``.

    Args:
        options: the recipe's ``writer``.
    """

    folders: ClassVar[Mapping[str, str]]
    img_suffix: str
    seg_map_suffix: ClassVar[str]
    depth_suffix: ClassVar[str]
    classes: Sequence[str]
    palette: Sequence[Sequence[int]]
    label_names: Mapping[str, str]

    def __init__(self, *, options: WriterOptions):
        self.options = options

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

    def write(self, stage: StagedShard, batch: Batch, labels: Sequence[dict[str, np.ndarray] | None]) -> list[dict]:
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
            else:
                stage.link(relative, image[0], known=image[1])
            for name, path, data in self.encode_labels(sample_id, label):
                files[-1][name] = path
                stage.write(path, data)
        return files

    def write_latents(self, stage: StagedShard, relative: str, latents: Sequence[np.ndarray]) -> None:
        stage.write(relative, encode_latents(stage.shard.ids, latents))

    def encode_image(self, image: np.ndarray) -> bytes:
        """(H, W, 3) uint8 RGB -> file bytes."""
        if self.options.image_format == 'png':
            return encode_png(image, compress_level=3)
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, 'JPEG', quality=self.options.quality, subsampling=0)
        return buffer.getvalue()

    def encode_depth(self, sample_id: int, labels: Mapping) -> Iterator[tuple[str, str, bytes]]:
        """Depth (H, W) float32, metres -> 16-bit PNG; 0, no depth, where it is unknown or more than 16 bits hold."""
        if 'depth' in labels:
            values = np.rint(labels['depth'] * self.options.depth_scale)
            known = (labels['depth'] > 0) & (values <= 65535)
            values = np.where(known, np.maximum(values, 1), 0).astype(np.uint16)
            yield 'depth', f'{self.folders["depth"]}/{self.stem(sample_id)}{self.depth_suffix}', encode_png(values)


class VocWriter(FolderWriter):
    """``JPEGImages/<id>.png|jpg``, ``SegmentationClass/<id>.png`` (palette PNG, class indices, 255 = ignore),
    ``Depth/<id>.png`` (16 bit, ``options.depth_scale`` a metre), ``latents/<shard>.npz``; ``labelmap.txt`` for readers
    that tell classes by their colours, such as datumaro and CVAT.

    Args:
        options: the recipe's ``writer``.
        palette: RGB per class, for people's eyes only; readers take the indices.
        classes: of the semantic decoder.
        suffix: of images that are linked from an earlier folder; None: by ``options.image_format``.
    """

    folders = dict(image='JPEGImages', semantic='SegmentationClass', depth='Depth')
    seg_map_suffix = depth_suffix = '.png'

    def __init__(
        self,
        *,
        options: Writer,
        palette: Sequence[Sequence[int]],
        classes: Sequence[str] = (),
        suffix: str | None = None,
    ):
        super().__init__(options=options)
        self.img_suffix = suffix or f'.{options.image_format}'
        self.classes, self.palette, self.label_names = classes, palette, {}
        colours = np.zeros((256, 3), np.uint8)
        colours[: len(palette)] = np.asarray(palette, np.uint8).reshape(-1, 3)
        colours[IGNORE] = IGNORE_COLOUR
        self.colours = colours.flatten().tolist()

    def stem(self, sample_id: int) -> str:
        return sample_name(sample_id)

    def files(self) -> dict[str, str]:
        if not self.classes:
            return {}
        colours = zip(colour_names((*self.classes, 'ignored')), (*self.palette, IGNORE_COLOUR), strict=True)
        lines = [f'{name}:{",".join(map(str, colour))}::' for name, colour in colours]
        return {'labelmap.txt': '\n'.join(['# label:color_rgb:parts:actions', *lines, ''])}

    def encode_labels(self, sample_id: int, labels: Mapping) -> Iterator[tuple[str, str, bytes]]:
        if 'semantic' in labels:
            path = f'{self.folders["semantic"]}/{self.stem(sample_id)}{self.seg_map_suffix}'
            yield 'semantic', path, self.encode_mask(labels['semantic'])
        yield from self.encode_depth(sample_id, labels)

    def encode_mask(self, labels: np.ndarray) -> bytes:
        """(H, W) uint8 -> palette PNG."""
        return encode_png(labels, palette=self.colours)


def colour_names(classes: Sequence[str]) -> list[str]:
    """The classes' names as a labelmap.txt can say them: ':' ends a name there, and '#' in front makes a comment.

    Raises:
        UserError: two classes would have one name.
    """
    names = [('_' + name[1:] if name.startswith('#') else name).replace(':', '_') for name in classes]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise UserError(
                f"the decoder's classes {classes[names.index(name)]!r} and {classes[index]!r} are one in labelmap.txt, "
                "where ':' is '_'; name them otherwise"
            )
    return names


def encode_png(values: np.ndarray, *, palette: Sequence[int] | None = None, compress_level: int = 6) -> bytes:
    """(H, W) uint8 or uint16, or (H, W, 3) uint8 -> PNG without loss; ``palette``: R, G, B, R, ... of uint8 values."""
    image = Image.fromarray(values)
    if palette is not None:
        image.putpalette(palette)
    buffer = io.BytesIO()
    image.save(buffer, 'PNG', compress_level=compress_level)
    return buffer.getvalue()


def default_palette(count: int) -> list[tuple[int, int, int]]:
    """VOC's palette: the bits of the class index spread over red, green and blue, highest first."""
    colours = []
    for index in range(count):
        red = green = blue = 0
        for bit in range(8):
            red |= (index >> (3 * bit) & 1) << (7 - bit)
            green |= (index >> (3 * bit + 1) & 1) << (7 - bit)
            blue |= (index >> (3 * bit + 2) & 1) << (7 - bit)
        colours.append((red, green, blue))
    return colours
