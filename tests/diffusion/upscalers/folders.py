"""Diffusers folders of upscalers: their true classes, small, with random weights."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DiffusionPipeline,
    IFSuperResolutionPipeline,
    StableDiffusionUpscalePipeline,
)

from tests.diffusion.families.folders import NOISE, deepfloyd, kl, unet
from tests.diffusion.families.text_parts import clip


def second_stage(**scheduler: object) -> DiffusionPipeline:
    """16 x 16 to 32 x 32 pixels."""
    first = deepfloyd()
    net = type(first.unet).from_config(first.unet.config, in_channels=6, sample_size=32, class_embed_type='timestep')
    return IFSuperResolutionPipeline(
        unet=net,
        scheduler=DDPMScheduler.from_config(first.scheduler.config, **scheduler),
        image_noising_scheduler=DDPMScheduler(beta_schedule='squaredcos_cap_v2'),
        text_encoder=first.text_encoder,
        tokenizer=first.tokenizer,
        safety_checker=None,
        feature_extractor=None,
        watermarker=None,
        requires_safety_checker=False,
    )


def by_eight() -> DiffusionPipeline:
    """Stable Diffusion's upscaler; the autoencoder of these tests has four levels."""
    return StableDiffusionUpscalePipeline(
        unet=unet(in_channels=7, num_class_embeds=1000, only_cross_attention=(True, True, False)),
        vae=kl(scaling_factor=0.08333),
        low_res_scheduler=DDPMScheduler(beta_schedule='scaled_linear', beta_start=0.0001, beta_end=0.02),
        scheduler=DDIMScheduler(**NOISE, set_alpha_to_one=False, prediction_type='v_prediction'),
        max_noise_level=300,
        **clip(),
    )


MAKERS = dict(
    deepfloyd_if=second_stage,
    deepfloyd_if_fixed=lambda: second_stage(variance_type='fixed_small'),
    stable_diffusion=by_eight,
)


def save_upscaler(name: str, folder: Path) -> Path:
    torch.manual_seed(2)
    MAKERS[name]().save_pretrained(folder)
    return folder
