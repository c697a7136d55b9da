"""DeepFloyd IF, its second stage: 64 x 64 to 256 x 256 pixels (DatasetDM supp. 5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diffusers import IFSuperResolutionPipeline
from torch import Tensor

from mmdatasetdm.diffusion.families import Parts
from mmdatasetdm.diffusion.folder import read_part_config
from mmdatasetdm.diffusion.upscalers.base import EncodeText, Upscaler
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import UPSCALERS


@UPSCALERS.register_module()
class DeepFloydIFUpscaler(Upscaler):
    """A UNet on the pixels of both images, which is told how much noise the small one got.

    The text comes from the first stage: its T5, of 9.5 GB, is not loaded a second time.
    """

    components = dict(unet=('UNet2DConditionModel',), image_noising_scheduler=('DDPMScheduler',))
    noise_level = 250

    def __init__(self, *, pipeline: IFSuperResolutionPipeline, scheduler_config: Mapping[str, Any]) -> None:
        super().__init__(pipeline=pipeline, scheduler_config=scheduler_config)
        config = pipeline.unet.config
        if config.in_channels != 6 or config.class_embed_type != 'timestep':
            raise UserError('this is not the second stage of DeepFloyd IF: its UNet does not take a second image')
        self._side: int = config.sample_size
        self._multiple = _multiple_of(config)
        self.text_width = config.encoder_hid_dim or config.cross_attention_dim
        self.noise_levels = pipeline.image_noising_scheduler.config.num_train_timesteps - 1

    @classmethod
    def from_parts(cls, parts: Parts) -> DeepFloydIFUpscaler:
        pipeline = IFSuperResolutionPipeline(
            **parts.models,
            scheduler=None,
            text_encoder=None,
            tokenizer=None,
            safety_checker=None,
            feature_extractor=None,
            watermarker=None,
            requires_safety_checker=False,
        )
        return cls(pipeline=pipeline, scheduler_config=parts.scheduler_config)

    def size_of(self, size: tuple[int, int]) -> tuple[int, int]:
        """The shorter side gets the length that the model was made for."""
        return _enlarged(size, shorter=self._side, multiple=self._multiple)

    @classmethod
    def outlined_size(cls, folder: Path, size: tuple[int, int]) -> tuple[int, int]:
        config = read_part_config(folder, 'unet')
        return _enlarged(size, shorter=config['sample_size'], multiple=_multiple_of(config))

    def draw(
        self,
        images: Tensor,
        prompts: Sequence[str],
        *,
        negative_prompt: str,
        encode_text: EncodeText,
        options: dict[str, Any],
    ) -> Tensor:
        height, width = self.size_of((images.shape[-2], images.shape[-1]))
        hidden = encode_text(prompts).hidden
        negative = encode_text([negative_prompt] * len(prompts)).hidden if options['guidance_scale'] > 1 else None
        return self.pipeline(
            image=list(images),
            prompt_embeds=hidden.to(self.pipeline.unet.dtype),
            negative_prompt_embeds=None if negative is None else negative.to(self.pipeline.unet.dtype),
            height=height,
            width=width,
            **options,
        ).images


def _multiple_of(config: Mapping[str, Any]) -> int:
    """What the sides of an image must be a multiple of."""
    return 2 ** (len(config['block_out_channels']) - 1)


def _enlarged(size: tuple[int, int], *, shorter: int, multiple: int) -> tuple[int, int]:
    scale = shorter / min(size)
    height, width = (round(side * scale / multiple) * multiple for side in size)
    return height, width
