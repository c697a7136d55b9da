"""Writers: samples -> files in the layout that OpenMMLab's stock data set classes read (Pascal VOC's)."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from mmdatasetdm.generation.annotators import IGNORE
from mmdatasetdm.generation.manifest import FOLDER
from mmdatasetdm.generation.plan import sample_name
from mmdatasetdm.generation.recipe import Writer
from mmdatasetdm.generation.shards import StagedShard
from mmdatasetdm.generation.sources import Batch, encode_latents, image_path

IGNORE_COLOUR = (224, 224, 192)  # VOC's own for 'void'


class VocWriter:
    """``JPEGImages/<id>.png|jpg``, ``SegmentationClass/<id>.png`` (palette PNG, class indices, 255 = ignore),
    ``Depth/<id>.png`` (16 bit, ``options.depth_scale`` a metre), ``latents/<shard>.npz``.

    Args:
        options: the recipe's ``writer``.
        palette: RGB per class, for people's eyes only; readers take the indices.
        suffix: of images that are linked from an earlier folder; None: by ``options.image_format``.
    """

    def __init__(self, *, options: Writer, palette: Sequence[Sequence[int]], suffix: str | None = None):
        self.options = options
        self.suffix = suffix or f'.{options.image_format}'
        colours = np.zeros((256, 3), np.uint8)
        colours[: len(palette)] = np.asarray(palette, np.uint8).reshape(-1, 3)
        colours[IGNORE] = IGNORE_COLOUR
        self.palette = colours.flatten().tolist()

    def write(self, stage: StagedShard, batch: Batch, labels: Sequence[dict[str, np.ndarray] | None]) -> list[dict]:
        """Stage a batch's images and labels, by task (None: the sample failed); -> per sample its files for the
        manifest.
        """
        files: list[dict] = []
        for sample_id, image, label in zip(batch.ids, batch.images, labels, strict=True):
            files.append({})
            if label is None:
                continue
            files[-1]['image'] = relative = image_path(sample_id, self.suffix)
            if isinstance(image, np.ndarray):
                stage.write(relative, self.encode_image(image))
            else:
                stage.link(relative, image[0], known=image[1])
            for task, encode in dict(semantic=self.encode_labels, depth=self.encode_depth).items():
                if task in label:
                    files[-1][task] = f'{FOLDER[task]}/{sample_name(sample_id)}.png'
                    stage.write(files[-1][task], encode(label[task]))
        return files

    def write_latents(self, stage: StagedShard, relative: str, latents: Sequence[np.ndarray]) -> None:
        stage.write(relative, encode_latents(stage.shard.ids, latents))

    def encode_image(self, image: np.ndarray) -> bytes:
        """(H, W, 3) uint8 RGB -> file bytes."""
        buffer = io.BytesIO()
        if self.options.image_format == 'png':
            Image.fromarray(image).save(buffer, 'PNG', compress_level=3)
        else:
            Image.fromarray(image).save(buffer, 'JPEG', quality=self.options.quality, subsampling=0)
        return buffer.getvalue()

    def encode_labels(self, labels: np.ndarray) -> bytes:
        """(H, W) uint8 -> palette PNG."""
        image = Image.fromarray(labels)
        image.putpalette(self.palette)
        buffer = io.BytesIO()
        image.save(buffer, 'PNG', compress_level=6)
        return buffer.getvalue()


    def encode_depth(self, depth: np.ndarray) -> bytes:
        """(H, W) float32, metres -> 16-bit PNG; 0 means no depth and is never written."""
        values = np.clip(np.rint(depth * self.options.depth_scale), 1, 65535).astype(np.uint16)
        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, 'PNG', compress_level=6)
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
