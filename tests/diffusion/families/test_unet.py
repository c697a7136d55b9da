"""The recorded pass is the plain one, and its attention is diffusers', for every kind of attention that UNets have."""

from collections import defaultdict

import pytest
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention, AttnAddedKVProcessor, AttnProcessor

from mmdatasetdm.diffusion.families.unet import UNetDenoiser
from mmdatasetdm.diffusion.text_encoder import TextEmbedding

PLAIN = dict(
    sample_size=16,
    layers_per_block=1,
    block_out_channels=(16, 32),
    norm_num_groups=8,
    cross_attention_dim=32,
    attention_head_dim=4,
    down_block_types=('CrossAttnDownBlock2D', 'DownBlock2D'),
    up_block_types=('UpBlock2D', 'CrossAttnUpBlock2D'),
)
ADDED = dict(
    PLAIN,
    down_block_types=('SimpleCrossAttnDownBlock2D', 'ResnetDownsampleBlock2D'),
    mid_block_type='UNetMidBlock2DSimpleCrossAttn',
    up_block_types=('ResnetUpsampleBlock2D', 'SimpleCrossAttnUpBlock2D'),
)
KARRAS = dict(
    PLAIN,
    down_block_types=('KCrossAttnDownBlock2D', 'KDownBlock2D'),
    mid_block_type=None,
    up_block_types=('KUpBlock2D', 'KCrossAttnUpBlock2D'),
    resnet_time_scale_shift='scale_shift',
    block_out_channels=(64, 64),
    norm_num_groups=32,
    attention_head_dim=32,
)
KINDS = dict(
    plain=PLAIN,
    upcast_attention=dict(PLAIN, upcast_attention=True),
    linear_projection=dict(PLAIN, use_linear_projection=True),
    only_text=dict(PLAIN, only_cross_attention=(True, False)),
    two_transformers=dict(PLAIN, transformer_layers_per_block=2),
    text_projection=dict(PLAIN, encoder_hid_dim=32, encoder_hid_dim_type='text_proj'),
    added_keys=ADDED,
    added_keys_alone=dict(ADDED, only_cross_attention=True),
    added_keys_group_norm=dict(ADDED, cross_attention_norm='group_norm'),
    layer_norm=dict(KARRAS, cross_attention_norm='layer_norm'),
)
SAMPLES, TOKENS = 2, 7


def denoiser(config: dict) -> UNetDenoiser:
    torch.manual_seed(0)
    unet = UNet2DConditionModel(**config).eval().requires_grad_(False)
    for module in unet.modules():
        if isinstance(module, Attention):  # scores in the tens, as trained models have
            module.to_q.weight.mul_(12)
            (module.to_k if module.add_k_proj is None else module.add_k_proj).weight.mul_(12)
    return UNetDenoiser(unet)


def inputs() -> tuple[torch.Tensor, torch.Tensor, TextEmbedding]:
    generator = torch.Generator().manual_seed(1)
    return (
        torch.randn(4, 4, 16, 16, generator=generator),
        torch.tensor(1),
        TextEmbedding(torch.randn(4, TOKENS, 32, generator=generator), torch.zeros(4, TOKENS)),
    )


@pytest.mark.parametrize('config', KINDS.values(), ids=KINDS)
@torch.no_grad()
def test_the_recorded_pass(config, monkeypatch):
    model = denoiser(config)
    latents, timestep, text = inputs()
    plain, outputs = model.predict(latents, timestep, text), []
    hook = model.unet.register_forward_hook(lambda module, args, output: outputs.append(output[0]))
    raw = model.extract(latents, timestep, text, attention_of=SAMPLES)
    hook.remove()
    assert torch.equal(outputs[0], plain)
    assert {level: sum(tap.shape[1] for tap in taps) for level, taps in raw.taps.items()} == model.channels

    expected, scores = defaultdict(list), Attention.get_attention_scores

    def spy(self, query, key, mask=None):
        found = scores(self, query, key, mask)
        if self.is_cross_attention:
            mean = found.unflatten(0, (-1, self.heads)).mean(1)[:SAMPLES, :, :TOKENS]
            expected[mean.shape[1]].append(mean)
        return found

    monkeypatch.setattr(Attention, 'get_attention_scores', spy)  # which only the plain processors call
    for module in model.unet.modules():
        if isinstance(module, Attention):
            module.set_processor(AttnProcessor() if module.added_kv_proj_dim is None else AttnAddedKVProcessor())
    raw = model.extract(latents, timestep, text, attention_of=SAMPLES)
    assert {maps.shape[2] * maps.shape[3] for maps in raw.attention.values()} == set(expected)
    for maps in raw.attention.values():
        mean = torch.stack(expected[maps.shape[2] * maps.shape[3]]).mean(0)
        torch.testing.assert_close(maps.flatten(2).transpose(1, 2), mean, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_scores_beyond_half_precision():
    """SD 2.1's scores overflow in float16, where an infinite one makes all others NaN."""
    full, half = (denoiser(dict(PLAIN, upcast_attention=True)) for _ in range(2))
    for model in (full, half):
        for module in model.unet.modules():
            if isinstance(module, Attention) and module.is_cross_attention:
                module.to_q.weight.mul_(500)
    half = UNetDenoiser(half.unet.half())
    latents, timestep, text = inputs()
    expected = full.extract(latents, timestep, text, attention_of=SAMPLES)
    found = half.extract(
        latents.half(), timestep, TextEmbedding(text.hidden.half(), text.token_ids), attention_of=SAMPLES
    )
    for level, maps in found.attention.items():
        assert torch.isfinite(maps).all()
        # so large scores make a choice of one token a head, which rounding flips here and there
        assert (maps - expected.attention[level]).abs().mean() < 0.03
    for level, taps in found.taps.items():
        for tap, other in zip(taps, expected.taps[level], strict=True):
            assert torch.isfinite(tap).all() and (tap - other).abs().mean() < 0.3
