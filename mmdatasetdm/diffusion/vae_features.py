"""What the autoencoder's decoder sees on its way from a latent to an image: features finer than the denoiser's."""

from collections.abc import Sequence

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from mmdatasetdm.errors import UserError


@torch.no_grad()
def decoder_features(vae: AutoencoderKL, latents: Tensor, *, strides: Sequence[int]) -> dict[int, Tensor]:
    """Activations of the decoder, which runs no further than the finest stride asked for.

    Args:
        vae: in eval mode.
        latents: (B, c, h, w) as ``vae.decode`` takes them.
        strides: which, with respect to the image: powers of 2 up to that of the latents.

    Returns:
        stride -> (B, C, H / stride, W / stride), the last activation of that size, finest first.
    """
    stride = 2 ** (len(vae.config.block_out_channels) - 1)
    possible = [stride >> level for level in range(len(vae.config.block_out_channels))]
    for wanted in strides:
        if wanted not in possible:
            listed = ', '.join(map(str, possible))
            raise UserError(f'the autoencoder has no features of stride {wanted}: it has {listed}')
    found: dict[int, Tensor] = {}
    hidden = latents if vae.post_quant_conv is None else vae.post_quant_conv(latents)
    hidden = vae.decoder.mid_block(vae.decoder.conv_in(hidden))
    for block in vae.decoder.up_blocks:
        for resnet in block.resnets:
            hidden = resnet(hidden, None)
        if stride in strides:
            found[stride] = hidden
        if stride <= min(strides):
            break
        for upsampler in block.upsamplers or ():
            hidden = upsampler(hidden)
        stride //= 2
    return dict(sorted(found.items()))
