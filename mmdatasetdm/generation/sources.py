"""Where finished latents come from: the sampler, or the folder of an earlier run.

Sampling and annotating are two jobs. The hand-over between them is the finished latent, rounded to fp16: what
`keep_latents` stores is exactly what was annotated, so a later decoder sees the very same thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import finite_rows
from mmdatasetdm.generation.batch import Batch, SampleOrigin
from mmdatasetdm.generation.cascade import Cascade, sampler_identity
from mmdatasetdm.generation.handover import Handover, resized, sampling_options
from mmdatasetdm.generation.prompts.base import Prompt, PromptSource
from mmdatasetdm.generation.recipe import Sampler
from mmdatasetdm.generation.records import FileFacts, SampleRecord, ShardRecord
from mmdatasetdm.generation.seeds import sample_seed
from mmdatasetdm.generation.storage.latents import latents_path
from mmdatasetdm.generation.storage.shards import REPAIR, ShardStore, check_file
from mmdatasetdm.utils.io import below, image_size, read_image
from mmdatasetdm.utils.tar import SUFFIX, split_path

BLACK = 2  # grey levels: nothing in a black image is brighter


class Source(Protocol):
    def batch(self, ids: Sequence[int]) -> Batch:
        """The samples of these ids, which are of one shard."""
        ...


class SamplingSource:
    """Samples images: prompt and noise are functions of (recipe seed, sample id).

    Args:
        generator: whose features the decoders read.
        drawer: that draws the images; None: the same.

    Raises:
        UserError: an upscaler of the sampler does not fit the generator, or is none.
    """

    def __init__(
        self,
        *,
        generator: DiffusionModel,
        prompts: PromptSource,
        sampler: Sampler,
        seed: int,
        drawer: DiffusionModel | None = None,
    ):
        self.drawer = drawer or generator
        self.prompts = prompts
        self.options = sampling_options(sampler)
        self.seed = seed
        self.cascade = Cascade(generator=self.drawer, sampler=sampler, seed=seed)
        size = (sampler.height or self.drawer.image_size, sampler.width or self.drawer.image_size)
        self.hand_over = Handover(drawer=self.drawer, reader=generator, size=size)
        # what is read as a latent is also decoded by the model that reads it, whose precision may be the higher one
        self.painter = generator if self.hand_over.read_size is None else self.drawer
        self.how = sampler_identity(sampler, drawer=None if self.drawer is generator else self.drawer.fingerprint)
        if self.hand_over.read_size:
            self.how['read_size'] = list(self.hand_over.read_size)

    def batch(self, ids: Sequence[int]) -> Batch:
        prompts = [self.prompts(i) for i in ids]
        seeds = [sample_seed(self.seed, i, 'image') for i in ids]
        texts = [prompt.text for prompt in prompts]
        latents, failures = rounded(self.drawer.sample(texts, seeds=seeds, **self.options))
        drawn = self.painter.decode_latents(latents)
        decoded = self.cascade(drawn, texts, ids)
        for row, good in enumerate(finite_rows(decoded)):
            if not good and failures[row] is None:
                failures[row] = 'the decoded image is not finite'
        images = to_uint8(torch.nan_to_num(decoded))
        failures = [failure or flaw_of(image) for failure, image in zip(failures, images, strict=True)]
        latents, unread = rounded(self.hand_over(latents, drawn))
        failures = [failure or flaw for failure, flaw in zip(failures, unread, strict=True)]
        origins = [SampleOrigin(seed=seed, sampler=dict(self.how), generator=self.drawer.fingerprint) for seed in seeds]
        return Batch(
            ids=ids,
            prompts=prompts,
            latents=latents,
            size=(images.shape[1], images.shape[2]),
            images=list(images),
            origins=origins,
            failures=failures,
        )


class FolderSource:
    """The samples of a finished folder, without sampling: its kept latents, or else its images through the encoder."""

    def __init__(self, *, root: Path, generator: DiffusionModel, shard_size: int):
        self.store = ShardStore(root)
        self.root = root
        self.generator = generator
        self.shard_size = shard_size
        self.open_shard: tuple[int, ShardRecord, np.ndarray | None] | None = None

    def _shard(self, index: int) -> tuple[ShardRecord, np.ndarray | None]:
        if self.open_shard is None or self.open_shard[0] != index:
            try:
                done = self.store.read(index)
            except FileNotFoundError:
                raise UserError(f'{self.root}: shard {index} is missing; finish that data set first') from None
            for relative, known in done.files.items():
                if relative.endswith(SUFFIX):
                    check_file(path := below(self.root, relative), known, name=path)
            self.open_shard = (index, done, self._latents(index, done))
        return self.open_shard[1:]

    def _latents(self, index: int, done: ShardRecord) -> np.ndarray | None:
        """The kept latents of a shard (n, c, h, w), None where it has none."""
        relative = latents_path(index)
        if relative not in done.files:
            return None
        path = below(self.root, relative)
        if not path.is_file():
            raise UserError(f'{path} is missing; {REPAIR}')
        check_file(path, done.files[relative], name=path)
        try:
            latents = np.load(path)['latents']
        except (KeyError, ValueError, BadZipFile) as error:
            raise UserError(f'{path} does not hold latents: {error}') from None
        if latents.ndim != 4 or latents.shape[:2] != (done.count, self.generator.latent_channels):
            raise UserError(f'{path} has latents of shape {latents.shape}, which are not of this generator')
        return latents

    def batch(self, ids: Sequence[int]) -> Batch:
        index = ids[0] // self.shard_size
        done, kept = self._shard(index)
        rows = [i - done.first for i in ids]
        if [record.id for record in done.samples[rows[0] : rows[-1] + 1]] != list(ids):
            raise UserError(f'{self.store.marker(index)} does not hold samples {ids[0]} to {ids[-1]}; {REPAIR}')
        records = [done.samples[row] for row in rows]
        images = [None if record.failed else self._image(record, done.files) for record in records]
        if kept is not None:
            latents = torch.from_numpy(kept[rows]).to(self.generator.device).float()
        else:
            latents = self.generator.encode_images(self._pixels(images, records[0].sampler))
        latents, failures = rounded(latents)
        height, width = (side * self.generator.latent_stride for side in latents.shape[2:])
        return Batch(
            ids=ids,
            prompts=[Prompt(record.prompt, tuple(record.classes)) for record in records],
            latents=latents,
            size=next((_size_of(image) for image in images if image is not None), (height, width)),
            images=images,
            origins=[SampleOrigin(seed=one.seed, sampler=one.sampler, generator=one.generator) for one in records],
            failures=[record.failed or failure for record, failure in zip(records, failures, strict=True)],
        )

    def _image(self, record: SampleRecord, files: dict[str, FileFacts]) -> tuple[Path, FileFacts] | np.ndarray:
        """The image file of a sample, in the folder, and what its shard notes of it; pixels, from a tar file."""
        relative = record.files.get('image')
        if relative and (parts := split_path(relative)) and parts[0] in files:
            return read_image(below(self.root, relative))
        if relative is None or relative not in files:
            raise UserError(f'{self.root}: the shard of sample {record.id} does not list its image; {REPAIR}')
        return below(self.root, relative), files[relative]

    def _pixels(
        self, images: Sequence[tuple[Path, FileFacts] | np.ndarray | None], sampler: Mapping[str, Any]
    ) -> Tensor:
        """(B, 3, H, W) in [-1, 1], in the size that the generator drew them; black where a sample failed."""
        arrays = [
            image if isinstance(image, np.ndarray) else read_image(image[0]) for image in images if image is not None
        ]
        if not arrays:
            size = self.generator.image_size
            arrays = [np.zeros((size, size, 3), np.uint8)]
        if len({array.shape for array in arrays}) > 1:
            raise UserError(f'{self.root}: the images are not of one size; {REPAIR}')
        rest = iter(arrays)
        stack = np.stack([next(rest) if image is not None else np.zeros_like(arrays[0]) for image in images])
        pixels = to_signed(stack).to(self.generator.device)
        if read_size := sampler.get('read_size'):
            return resized(pixels, read_size)
        if not sampler.get('upscalers'):
            return pixels
        return resized(pixels, [sampler.get(side) or self.generator.image_size for side in ('height', 'width')])


def _size_of(image: tuple[Path, FileFacts] | np.ndarray) -> tuple[int, int]:
    """Height and width."""
    return (image.shape[0], image.shape[1]) if isinstance(image, np.ndarray) else image_size(image[0])


def rounded(latents: Tensor) -> tuple[Tensor, list[str | None]]:
    """Latents (B, c, h, w) with the values of their fp16 form, 0 where that is not finite, and why each is no good."""
    half = latents.half()
    finite = finite_rows(half)
    latents = torch.nan_to_num(half, nan=0, posinf=0, neginf=0).to(latents.dtype)
    return latents, [None if good else 'the latent is not finite' for good in finite]


def flaw_of(image: np.ndarray) -> str | None:
    """Why a sampled image (H, W, 3) uint8 is none; None: it may be one. Half precision that overflows can end in an
    image that is finite and black.
    """
    return 'the image is black' if image.max() <= BLACK else None


def to_uint8(images: Tensor) -> np.ndarray:
    """(B, 3, H, W) in [-1, 1] -> (B, H, W, 3) uint8 RGB."""
    return (images.float() * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def to_signed(images: np.ndarray) -> Tensor:
    """(B, H, W, 3) uint8 RGB -> (B, 3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
