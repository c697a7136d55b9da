"""What every family of upscalers offers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import diffusers
import torch
from diffusers import DiffusionPipeline, SchedulerMixin
from torch import Tensor

from mmdatasetdm.diffusion.families import Family, Parts
from mmdatasetdm.diffusion.fingerprint import fingerprint
from mmdatasetdm.diffusion.folder import family_of, read_index, resolve
from mmdatasetdm.diffusion.loading import load_parts
from mmdatasetdm.diffusion.schedulers import fitting_schedulers
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import UPSCALERS

EncodeText = Callable[[Sequence[str]], TextEmbedding]


class Upscaler(Family):
    """A later stage of a cascade, frozen: it draws a larger image from a small one, noised a little, and its prompt.

    The stage runs in the pipeline that diffusers has for it, with the scheduler of its own folder. A family is a
    sub-class in a file of its own, registered in ``UPSCALERS``.

    Attributes:
        noise_level: of the small image, where a recipe names none; the pipeline's default.
        noise_levels: the highest that it knows.
        text_width: of the encoded text that it takes from the generator; None: it encodes prompts itself.
    """

    noise_level: ClassVar[int]
    noise_levels: int
    text_width: int | None = None

    _loaded: ClassVar[dict[tuple[Path, torch.device, torch.dtype], Upscaler]] = {}

    def __init__(self, *, pipeline: DiffusionPipeline, scheduler_config: Mapping[str, Any]) -> None:
        self.pipeline = pipeline
        self.pipeline.set_progress_bar_config(disable=True)
        self._scheduler_config = scheduler_config
        self._scheduler()

    @classmethod
    @abstractmethod
    def from_parts(cls, parts: Parts) -> Upscaler:
        """Puts the loaded parts together."""

    @abstractmethod
    def size_of(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of what it makes of an image of ``size`` (H, W)."""

    @classmethod
    def outlined_size(cls, folder: Path, size: tuple[int, int]) -> tuple[int, int]:
        """What :meth:`size_of` says, by the configs in its folder alone, before anything is loaded: whether a machine
        can draw such images is asked first. A family that does not define it is taken to leave images as they are.

        Raises:
            UserError: a config is not there, or damaged.
        """
        return size

    @abstractmethod
    def draw(
        self,
        images: Tensor,
        prompts: Sequence[str],
        *,
        negative_prompt: str,
        encode_text: EncodeText,
        options: dict[str, Any],
    ) -> Tensor:
        """As :meth:`__call__`; ``options``: the arguments of the pipelines that are common to all families."""

    @classmethod
    def load(cls, source: str | Path, *, device: torch.device, dtype: torch.dtype) -> Upscaler:
        """Loads an upscaler by folder or hub id; the same arguments give the same object in one process.

        Raises:
            UserError: it is absent, damaged, or of no supported family.
        """
        folder = resolve(source, registry=UPSCALERS).resolve()
        key = (folder, device, dtype)
        if key not in cls._loaded:
            family: type[Upscaler] = family_of(read_index(folder), folder, registry=UPSCALERS)
            parts = load_parts(folder, family=family, device=device, dtype=dtype)
            try:
                cls._loaded[key] = family.from_parts(parts)
            except (TypeError, KeyError, AttributeError, ValueError) as error:
                reason = ' '.join(str(error).split())[:200]
                raise UserError(f"the configs of the upscaler in '{folder}' do not fit together: {reason}") from error
        return cls._loaded[key]

    def __call__(
        self,
        images: Tensor,
        prompts: Sequence[str],
        *,
        seeds: Sequence[int],
        steps: int,
        guidance: float,
        noise_level: int | None = None,
        negative_prompt: str = '',
        encode_text: EncodeText,
    ) -> Tensor:
        """Draws a larger image of each small one; it depends on its own image, prompt and seed, not on its batch.

        Args:
            images: (B, 3, H, W), RGB in [-1, 1].
            prompts: of the images; the generator's.
            seeds: one for each image. All noise is drawn in the order of the pipeline of diffusers.
            guidance: classifier-free guidance; none at 1 or less.
            noise_level: how much noise the small image gets, 0 to ``noise_levels``; None: the pipeline's default.
            encode_text: ``DiffusionModel.encode_text`` of the generator that drew the images.

        Returns:
            (B, 3, *size_of((H, W))), RGB in [-1, 1], float32.

        Raises:
            UserError: ``steps`` or ``noise_level`` are out of the range of its noise schedule.
        """
        level = self.noise_level if noise_level is None else noise_level
        self.check(steps=steps, noise_level=level)
        self.pipeline.scheduler = self._scheduler()
        options = dict(
            num_inference_steps=steps,
            guidance_scale=guidance,
            noise_level=level,
            generator=[torch.Generator().manual_seed(seed) for seed in seeds],
            output_type='pt',
        )
        made = self.draw(images, prompts, negative_prompt=negative_prompt, encode_text=encode_text, options=options)
        return made.float().clamp(-1, 1)

    def check(self, *, steps: int, noise_level: int | None) -> None:
        """UserError: one of them is out of the range of its noise schedule."""
        train_steps = int(self._scheduler_config.get('num_train_timesteps', 1000))
        if not 1 <= steps <= train_steps:
            raise UserError(f'steps of an upscaler must be 1 to {train_steps}, not {steps}')
        if noise_level is not None and not 0 <= noise_level <= self.noise_levels:
            raise UserError(f'noise_level of this upscaler must be 0 to {self.noise_levels}, not {noise_level}')

    def _scheduler(self) -> SchedulerMixin:
        """A new one: schedulers remember where they are."""
        name = str(self._scheduler_config.get('_class_name'))
        if name not in fitting_schedulers():
            raise UserError(f"the upscaler's scheduler '{name}' is not supported")
        return getattr(diffusers, name).from_config(dict(self._scheduler_config))


@cache
def fingerprint_of(source: str) -> str:
    """Names an upscaler by its configs, weights and tokenizer; two copies of one folder agree."""
    return fingerprint(resolve(source, registry=UPSCALERS), registry=UPSCALERS)
