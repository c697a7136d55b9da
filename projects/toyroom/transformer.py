"""A diffusion transformer beside the UNet, on the same latents and captions: what do its features give a decoder?

It is PixArt's, small: the package reads it as any PixArt folder. PixArt reads its text with a T5, so that has to be
trained too, as wide and deep as the CLIP beside the UNet.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import torch
from diffusers import AutoencoderKL, PixArtAlphaPipeline, PixArtTransformer2DModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from transformers import T5Config, T5EncoderModel, T5Tokenizer

from projects.toyroom.autoencoder import LATENT
from projects.toyroom.nets import TEXT_WIDTH, TOKENS, noise_scheduler


def build_transformer(
    width: int = 256, layers: int = 10, patch: int = 2, channels: int = LATENT
) -> PixArtTransformer2DModel:
    """The denoiser: a token for each ``patch`` x ``patch`` of the 16 x 16 latent pixels.

    It starts as PixArt does (Chen et al. 2023, section 2.3 and their code): cross-attention and the last layer add
    nothing yet, and what the timestep does to a block is small.
    """
    net = PixArtTransformer2DModel(
        sample_size=16,
        patch_size=patch,
        in_channels=channels,
        out_channels=channels,
        num_layers=layers,
        num_attention_heads=width // 32,
        attention_head_dim=32,
        cross_attention_dim=width,
        caption_channels=TEXT_WIDTH,
        use_additional_conditions=False,
    )
    with torch.no_grad():
        for parameter in (net.proj_out.weight, net.proj_out.bias):
            parameter.zero_()
        net.adaln_single.linear.weight.normal_(std=0.02)
        for block in net.transformer_blocks:
            block.attn2.to_out[0].weight.zero_()
            block.attn2.to_out[0].bias.zero_()
    return net


def build_tokenizer(captions: list[str]) -> T5Tokenizer:
    """In T5's format: a token for each word of the captions, and letters for other words."""
    words = Counter(word for text in captions for word in text.lower().replace(',', ' ').replace('.', ' ').split())
    total = sum(words.values())
    letters = sorted({letter for text in captions for letter in text.lower() if not letter.isspace()})
    letters += [letter for letter in 'abcdefghijklmnopqrstuvwxyz0123456789,.-' if letter not in letters]
    # the sum of a word's letters is always less than the word
    pieces = [('<pad>', 0.0), ('</s>', 0.0), ('<unk>', 0.0), ('▁', -20.0)]
    pieces += [(letter, -30.0) for letter in letters]
    pieces += [(f'▁{word}', math.log(count / total)) for word, count in sorted(words.items())]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=TOKENS)


def build_text_encoder(tokenizer: T5Tokenizer) -> T5EncoderModel:
    """As wide and deep as the CLIP text encoder beside the UNet."""
    return T5EncoderModel(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=TEXT_WIDTH,
            d_kv=TEXT_WIDTH // 4,
            d_ff=2 * TEXT_WIDTH,
            num_layers=2,
            num_heads=4,
            dropout_rate=0.0,
        )
    )


class TransformerParts:
    """As ``nets.UNetParts``."""

    checkpoint = 'transformer.pt'
    tokenizer = 'tokenizer_transformer'

    @staticmethod
    def make(captions: list[str], folder: Path, net: nn.Module | None) -> tuple[T5Tokenizer, nn.ModuleDict]:
        """New ones; the tokenizer needs no ``folder``."""
        tokenizer = build_tokenizer(captions)
        text = build_text_encoder(tokenizer)
        return tokenizer, nn.ModuleDict(dict(transformer=net or build_transformer(), text=text))

    @staticmethod
    def load(folder: Path) -> tuple[T5Tokenizer, nn.ModuleDict]:
        """Those of an earlier generator."""
        options = dict(torch_dtype=torch.float32)
        net = PixArtTransformer2DModel.from_pretrained(folder, subfolder='transformer', **options)
        text = T5EncoderModel.from_pretrained(folder, subfolder='text_encoder', **options)
        tokenizer = T5Tokenizer.from_pretrained(folder, subfolder='tokenizer')
        return tokenizer, nn.ModuleDict(dict(transformer=net, text=text))

    @staticmethod
    def with_plain_attention(nets: nn.ModuleDict) -> None:
        nets['transformer'].set_attn_processor(AttnProcessor())

    @staticmethod
    def encode(text: nn.Module, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, T) -> hidden states (B, T, C), and a mask (B, T) of those that are no padding."""
        mask = (ids != text.config.pad_token_id).long()
        return text(ids, attention_mask=mask)[0], mask

    @staticmethod
    def denoise(net: nn.Module, x: Tensor, t: Tensor, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Latents (B, c, h, w), timesteps (B,) and the encoded text -> the prediction (B, c, h, w)."""
        size = dict(resolution=None, aspect_ratio=None)
        return net(x, hidden, t, added_cond_kwargs=size, encoder_attention_mask=mask).sample

    @staticmethod
    def pipeline(nets: nn.ModuleDict, tokenizer: T5Tokenizer, vae: AutoencoderKL) -> PixArtAlphaPipeline:
        """As diffusers saves it."""
        return PixArtAlphaPipeline(
            tokenizer=tokenizer,
            text_encoder=nets['text'],
            vae=vae,
            transformer=nets['transformer'],
            scheduler=noise_scheduler(),
        )
