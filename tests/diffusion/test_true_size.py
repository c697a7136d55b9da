"""Stable Diffusion 1.5 and XL at their true size, on the meta device: shapes, parameters and operations, no memory."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch.utils.flop_counter import FlopCounterMode

from mmdatasetdm.diffusion.families import StableDiffusion, StableDiffusionXL
from mmdatasetdm.diffusion.families.codecs import PixelCodec
from mmdatasetdm.diffusion.text_encoder import TextEmbedding

SDXL = dict(
    sample_size=128,
    block_out_channels=(320, 640, 1280),
    down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'),
    up_block_types=('CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'),
    attention_head_dim=(5, 10, 20),
    transformer_layers_per_block=(1, 2, 10),
    cross_attention_dim=2048,
    use_linear_projection=True,
    addition_embed_type='text_time',
    addition_time_embed_dim=256,
    projection_class_embeddings_input_dim=2816,
)


@pytest.mark.parametrize(
    ('family', 'config', 'parameters', 'channels', 'teraflops'),
    [
        (
            StableDiffusion,
            dict(sample_size=64, cross_attention_dim=768),
            859_520_964,
            {0: 2560, 1: 4800, 2: 8320, 3: 8960},
            0.803,
        ),
        (StableDiffusionXL, SDXL, 2_567_463_684, {0: 2560, 1: 4800, 2: 8320}, 6.761),
    ],
    ids=['sd15', 'sdxl'],
)
@torch.no_grad()
def test_one_pass(family, config, parameters, channels, teraflops):
    with torch.device('meta'):
        denoiser = family(UNet2DConditionModel(**config).eval())
        denoiser.images = PixelCodec()
        side, width = denoiser.latent_size, config['cross_attention_dim']
        text = TextEmbedding(torch.randn(1, 77, width), torch.zeros(1, 77), pooled=torch.randn(1, 1280))
        latents = torch.randn(1, 4, side, side)
        with FlopCounterMode(display=False) as counter:
            denoiser.predict(latents, torch.tensor(1), text)
        raw = denoiser.extract(latents, torch.tensor(1), text, attention_of=1)
    assert sum(p.numel() for p in denoiser.unet.parameters()) == parameters
    assert denoiser.channels == channels
    assert {level: sum(x.shape[1] for x in taps) for level, taps in raw.taps.items()} == channels
    for level, maps in raw.attention.items():
        assert maps.shape == (1, 77, side >> level, side >> level)
    assert counter.get_total_flops() / 1e12 == pytest.approx(teraflops, rel=0.01)
