"""Stable Diffusion's upscaler by 4, the third stage that diffusers names for DeepFloyd IF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diffusers import StableDiffusionUpscalePipeline
from torch import Tensor

from mmdatasetdm.diffusion.families import Parts
from mmdatasetdm.diffusion.folder import read_part_config
from mmdatasetdm.diffusion.upscalers.base import EncodeText, Upscaler
from mmdatasetdm.registry import UPSCALERS


@UPSCALERS.register_module()
class StableDiffusionUpscaler(Upscaler):
    """A CLIP text encoder, a UNet on latents as large as the small image, and an ``AutoencoderKL`` that enlarges them.

    It reads the prompts itself, so that any generator may come before it.
    """

    components = dict(
        unet=('UNet2DConditionModel',),
        vae=('AutoencoderKL',),
        text_encoder=('CLIPTextModel',),
        tokenizer=('CLIPTokenizer', 'CLIPTokenizerFast'),
        low_res_scheduler=('DDPMScheduler',),
    )
    noise_level = 20
    index_keys = ('max_noise_level',)

    def __init__(self, *, pipeline: StableDiffusionUpscalePipeline, scheduler_config: Mapping[str, Any]) -> None:
        super().__init__(pipeline=pipeline, scheduler_config=scheduler_config)
        self.noise_levels = pipeline.config.max_noise_level
        self._scale: int = pipeline.vae_scale_factor

    @classmethod
    def from_parts(cls, parts: Parts) -> StableDiffusionUpscaler:
        pipeline = StableDiffusionUpscalePipeline(
            **parts.models,
            **parts.tokenizers,
            scheduler=None,
            max_noise_level=parts.index.get('max_noise_level', 350),
        )
        return cls(pipeline=pipeline, scheduler_config=parts.scheduler_config)

    def size_of(self, size: tuple[int, int]) -> tuple[int, int]:
        return size[0] * self._scale, size[1] * self._scale

    @classmethod
    def outlined_size(cls, folder: Path, size: tuple[int, int]) -> tuple[int, int]:
        scale = 2 ** (len(read_part_config(folder, 'vae')['block_out_channels']) - 1)
        return size[0] * scale, size[1] * scale

    def draw(
        self,
        images: Tensor,
        prompts: Sequence[str],
        *,
        negative_prompt: str,
        encode_text: EncodeText,
        options: dict[str, Any],
    ) -> Tensor:
        made = self.pipeline(
            image=(images / 2 + 0.5).clamp(0, 1),  # by values below 0 it would take the batch for one in [-1, 1]
            prompt=list(prompts),
            negative_prompt=[negative_prompt] * len(prompts),
            **options,
        ).images
        return made * 2 - 1
