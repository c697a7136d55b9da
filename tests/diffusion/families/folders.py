"""Diffusers folders of every family: its true classes, small, with random weights and tokenizers of a few words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    DDIMScheduler,
    DDPMScheduler,
    DiffusionPipeline,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    IFPipeline,
    LCMScheduler,
    PixArtAlphaPipeline,
    PixArtSigmaPipeline,
    PixArtTransformer2DModel,
    SanaPipeline,
    SanaSprintPipeline,
    SanaTransformer2DModel,
    SCMScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextModelWithProjection

from tests.diffusion.families.text_parts import clip, gemma, second, t5, t5_tokenizer

NOISE = dict(beta_schedule='scaled_linear', beta_start=0.00085, beta_end=0.012, clip_sample=False, steps_offset=1)
WITHOUT = dict(safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def kl(channels: int = 4, **options) -> AutoencoderKL:
    return AutoencoderKL(
        sample_size=64,
        latent_channels=channels,
        block_out_channels=(8, 8, 8, 8),
        norm_num_groups=4,
        down_block_types=('DownEncoderBlock2D',) * 4,
        up_block_types=('UpDecoderBlock2D',) * 4,
        **options,
    )


def unet(**options) -> UNet2DConditionModel:
    plain = dict(
        sample_size=8,
        layers_per_block=1,
        block_out_channels=(16, 16, 32),
        norm_num_groups=8,
        cross_attention_dim=16,
        attention_head_dim=8,
        down_block_types=('CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'),
        up_block_types=('UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'),
    )
    return UNet2DConditionModel(**plain | options)


def sd2() -> DiffusionPipeline:
    net = unet(upcast_attention=True, use_linear_projection=True, attention_head_dim=(2, 2, 4))
    scheduler = DDIMScheduler(**NOISE, set_alpha_to_one=False, prediction_type='v_prediction')
    return StableDiffusionPipeline(unet=net, vae=kl(), scheduler=scheduler, **clip(), **WITHOUT)


def lcm() -> DiffusionPipeline:
    scheduler = LCMScheduler(**NOISE, original_inference_steps=50)
    return StableDiffusionPipeline(unet=unet(time_cond_proj_dim=8), vae=kl(), scheduler=scheduler, **clip(), **WITHOUT)


def sdxl(**scheduler) -> DiffusionPipeline:
    net = unet(
        cross_attention_dim=32,
        addition_embed_type='text_time',
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=16 + 6 * 8,
        transformer_layers_per_block=(1, 2, 1),
        use_linear_projection=True,
    )
    return StableDiffusionXLPipeline(
        unet=net,
        vae=kl(force_upcast=True),
        scheduler=EulerDiscreteScheduler(**{k: v for k, v in NOISE.items() if k != 'clip_sample'} | scheduler),
        **clip(),
        **second(clip(CLIPTextModelWithProjection)),
        add_watermarker=False,
    )


def sdxl_turbo() -> DiffusionPipeline:
    return sdxl(timestep_spacing='trailing')


def pixart(**options) -> dict[str, object]:
    net = PixArtTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        num_layers=5,
        cross_attention_dim=24,
        caption_channels=32,
        norm_num_groups=4,
        **dict(sample_size=8) | options,
    )
    return dict(
        transformer=net,
        vae=kl(),
        scheduler=DPMSolverMultistepScheduler(beta_start=0.0001, beta_end=0.02),
        text_encoder=t5(),
        tokenizer=t5_tokenizer(),
    )


def sd3(with_t5: bool = True) -> DiffusionPipeline:
    net = SD3Transformer2DModel(
        sample_size=8,
        num_layers=5,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=32,
        caption_projection_dim=16,
        pooled_projection_dim=32,
        pos_embed_max_size=16,
        dual_attention_layers=(0, 1),
        qk_norm='rms_norm',
    )
    third = dict(tokenizer=t5_tokenizer(), text_encoder=t5()) if with_t5 else dict(tokenizer=None, text_encoder=None)
    return StableDiffusion3Pipeline(
        transformer=net,
        vae=kl(16, shift_factor=0.06, scaling_factor=1.5),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        **clip(CLIPTextModelWithProjection),
        **second(clip(CLIPTextModelWithProjection)),
        **second(third, 3),
    )


def flux(guidance: bool) -> DiffusionPipeline:
    net = FluxTransformer2DModel(
        in_channels=64,
        num_layers=3,
        num_single_layers=3,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=16,
        guidance_embeds=guidance,
        axes_dims_rope=(4, 6, 6),
    )
    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0 if guidance else 1.0, use_dynamic_shifting=guidance)
    return FluxPipeline(
        transformer=net,
        vae=kl(16, shift_factor=0.1, scaling_factor=0.4),
        scheduler=scheduler,
        **clip(),
        **second(dict(tokenizer=t5_tokenizer(), text_encoder=t5())),
    )


def sdxl_lcm() -> DiffusionPipeline:
    """The UNet of an LCM knows its guidance."""
    pipeline = sdxl()
    pipeline.register_modules(
        unet=UNet2DConditionModel.from_config(pipeline.unet.config, time_cond_proj_dim=8),
        scheduler=LCMScheduler(**NOISE, original_inference_steps=50),
    )
    return pipeline


def sdxl_lightning() -> DiffusionPipeline:
    """Its checkpoint of one step predicts the image."""
    return sdxl(timestep_spacing='trailing', prediction_type='sample')


def sana(sprint: bool = False) -> DiffusionPipeline:
    net = SanaTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=4,
        num_cross_attention_heads=2,
        cross_attention_head_dim=8,
        cross_attention_dim=16,
        caption_channels=16,
        guidance_embeds=sprint,
        qk_norm='rms_norm_across_heads' if sprint else None,
        sample_size=8,
    )
    vae = AutoencoderDC(
        latent_channels=4,
        encoder_block_out_channels=(4,) * 6,
        decoder_block_out_channels=(4,) * 6,
        encoder_layers_per_block=(1,) * 6,
        decoder_layers_per_block=(1,) * 6,
        encoder_block_types='ResBlock',
        decoder_block_types='ResBlock',
        encoder_qkv_multiscales=((),) * 6,
        decoder_qkv_multiscales=((),) * 6,
        downsample_block_type='conv',
        upsample_block_type='interpolate',
        decoder_norm_types='rms_norm',
        decoder_act_fns='silu',
        scaling_factor=0.4,
    )
    if sprint:
        return SanaSprintPipeline(transformer=net, vae=vae, scheduler=SCMScheduler(), **gemma())
    scheduler = DPMSolverMultistepScheduler(
        use_flow_sigmas=True, prediction_type='flow_prediction', flow_shift=3.0, final_sigmas_type='zero'
    )
    return SanaPipeline(transformer=net, vae=vae, scheduler=scheduler, **gemma())


def deepfloyd() -> DiffusionPipeline:
    net = unet(
        in_channels=3,
        out_channels=6,
        sample_size=16,
        cross_attention_dim=16,
        encoder_hid_dim=32,
        encoder_hid_dim_type='text_proj',
        addition_embed_type='text',
        resnet_time_scale_shift='scale_shift',
        down_block_types=('ResnetDownsampleBlock2D', 'SimpleCrossAttnDownBlock2D', 'SimpleCrossAttnDownBlock2D'),
        mid_block_type='UNetMidBlock2DSimpleCrossAttn',
        up_block_types=('SimpleCrossAttnUpBlock2D', 'SimpleCrossAttnUpBlock2D', 'ResnetUpsampleBlock2D'),
        only_cross_attention=False,
        block_out_channels=(32, 32, 64),
        addition_embed_type_num_heads=2,
    )
    scheduler = DDPMScheduler(
        beta_schedule='squaredcos_cap_v2',
        prediction_type='epsilon',
        thresholding=True,
        dynamic_thresholding_ratio=0.95,
        sample_max_value=1.5,
        variance_type='learned_range',
    )
    return IFPipeline(
        unet=net, scheduler=scheduler, text_encoder=t5(), tokenizer=t5_tokenizer(), watermarker=None, **WITHOUT
    )


MAKERS: dict[str, Callable[[], DiffusionPipeline]] = dict(
    sd2=sd2,
    lcm=lcm,
    sdxl=sdxl,
    sdxl_turbo=sdxl_turbo,
    sdxl_lightning=sdxl_lightning,
    sdxl_lcm=sdxl_lcm,
    pixart_alpha=lambda: PixArtAlphaPipeline(**pixart(use_additional_conditions=True, sample_size=128)),
    pixart_sigma=lambda: PixArtSigmaPipeline(**pixart(use_additional_conditions=False)),
    sd3=sd3,
    sd3_without_t5=lambda: sd3(with_t5=False),
    flux_dev=lambda: flux(True),
    flux_schnell=lambda: flux(False),
    sana=sana,
    sana_sprint=lambda: sana(sprint=True),
    deepfloyd_if=deepfloyd,
)


def save(name: str, folder: Path) -> Path:
    """Writes the folder of a family's generator."""
    torch.manual_seed(0)
    MAKERS[name]().save_pretrained(folder)
    return folder
