"""What every family of generators offers; nothing else of the package knows a family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import torch
from diffusers import DiffusionPipeline, SchedulerMixin
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding, TextEncoder
from mmdatasetdm.errors import UserError


@dataclass(frozen=True)
class Parts:
    """The parts of a generator's folder by their names in model_index.json, models frozen and in eval mode.

    Attributes:
        configs: part -> its config.json, where the part itself is not loaded.
    """

    models: Mapping[str, Any]
    tokenizers: Mapping[str, PreTrainedTokenizerBase]
    scheduler_config: Mapping[str, Any]
    index: Mapping[str, Any] = field(default_factory=dict)
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def setting(self, part: str, name: str) -> Any:
        """A value of a part's config, whether the part is loaded or not; None: it has none."""
        if part in self.models:
            return getattr(self.models[part].config, name, None)
        return self.configs.get(part, {}).get(name)


@dataclass(frozen=True)
class RawFeatures:
    """What one pass of a denoiser leaves behind, by level (stride of the latents times 2 ** level).

    Attributes:
        taps: level -> the tapped activations, each (N, C_i, h, w), in the order of the pass; N is the size of the pass.
        attention: level -> (B, T, h, w), attention of the image to the text for the first B samples, averaged over
            heads and layers.
    """

    taps: dict[int, list[Tensor]]
    attention: dict[int, Tensor]


class ImageCodec(Protocol):
    """Images to what the denoiser works on, and back: an autoencoder, or nothing in pixel space.

    Attributes:
        channels: of the latents.
        stride: of the latents with respect to the image.
    """

    channels: int
    stride: int

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, 3, H, W), RGB in [-1, 1], to scaled latents, float32, no noise."""

    def decode(self, latents: Tensor) -> Tensor:
        """Scaled latents to images, float32, not clamped."""

    def same_as(self, other: object) -> bool:
        """Whether the other one encodes and decodes in the same way."""

    def decoder_features(self, latents: Tensor, strides: Sequence[int]) -> dict[int, Tensor]:
        """Activations of the decoder for scaled latents: stride -> (B, C, H / stride, W / stride)."""


class Family(ABC):
    """What the folders of one kind of model have in common.

    Attributes:
        components: part -> the names of the classes that it may have; a folder that has them all is of this family, the
            family with the most where several fit.
        optional: parts of them that a folder may lack.
        half: the half precision that its weights were made for.
        index_keys: entries of model_index.json on which its output depends.
    """

    components: ClassVar[Mapping[str, tuple[str, ...]]]
    optional: ClassVar[frozenset[str]] = frozenset()
    half: ClassVar[torch.dtype] = torch.float16
    index_keys: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def parts_of(cls, index: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """Part -> (library, class) of the family's parts in a model_index.json; empty where it is of another family."""
        found = {}
        for part, kinds in cls.components.items():
            entry = index.get(part)
            if isinstance(entry, list) and len(entry) == 2 and entry[1] in kinds:
                found[part] = (str(entry[0]), str(entry[1]))
            elif part not in cls.optional or (isinstance(entry, list) and entry[1:] not in ([None], [])):
                return {}
        return found


class Denoiser(Family):
    """A frozen generator of one family: its denoiser, text encoders and image codec.

    A family is a sub-class in a file of its own, registered in ``GENERATOR_FAMILIES``; it is built from :class:`Parts`.
    It must define ``components`` and the abstract methods, ``finders`` among them: how far the family reads a text is
    asked for before any model is loaded (``tools/prompts.py check``, ``tools/new_dataset.py``).

    Attributes:
        pipeline: the family's pipeline, whose LoRA loader is used.
        predictions: what the denoiser may predict.
        channels: level -> channels of its taps put together, derived from the model.
        latent_channels, latent_size: channels of the latents, and the side that the model was made for.
        latent_multiple: what the sides of latents must be divisible by.
        default_latent_size: the side where no config tells it.
        embeds_guidance: guidance is an input of the denoiser, and needs no second pass.
    """

    pipeline: ClassVar[type[DiffusionPipeline] | None] = None
    predictions: ClassVar[tuple[str, ...]] = ('epsilon', 'v_prediction', 'sample')
    default_latent_size: ClassVar[int] = 64

    text: TextEncoder
    images: ImageCodec
    dtype: torch.dtype
    device: torch.device
    channels: dict[int, int]
    latent_channels: int
    latent_size: int
    latent_multiple: int = 1
    embeds_guidance: bool = False

    @property
    def network(self) -> nn.Module:
        """The module that denoises."""
        return getattr(self, 'unet', None) or getattr(self, 'transformer')  # noqa: B009

    @classmethod
    def levels_of(cls, config: Mapping[str, Any]) -> tuple[int, ...]:
        """The levels of its features, from the config of the denoiser alone: sizes are known before weights are read.

        Raises:
            UserError: the family does not define it.
        """
        raise UserError(f'the generator family {cls.__name__} must define levels_of')

    @classmethod
    @abstractmethod
    def from_parts(cls, parts: Parts) -> Denoiser:
        """Puts the loaded parts together."""

    @classmethod
    @abstractmethod
    def finders(cls, parts: Parts) -> list[PhraseFinder]:
        """Of its tokenizers, as ``TextEncoder.finders``, in the order of their tokens in the encoded text.

        ``parts`` may hold tokenizers alone, without a model: what else is needed is asked of ``parts.setting``.
        """

    @abstractmethod
    def predict(
        self, latents: Tensor, timestep: Tensor, text: TextEmbedding, *, guidance: float | None = None
    ) -> Tensor:
        """The model's prediction, (B, c, h, w), for latents (B, c, h, w), a timestep and B texts."""

    @abstractmethod
    def extract(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, *, attention_of: int) -> RawFeatures:
        """The same pass, its taps recorded, and the attention to the text of the first ``attention_of`` samples."""

    def set_timesteps(self, scheduler: SchedulerMixin, steps: int, size: tuple[int, int]) -> None:
        """Prepares a scheduler for latents of ``size`` (h, w)."""
        scheduler.set_timesteps(steps, device=self.device)
