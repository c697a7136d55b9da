"""The nets of the built-in generator, a UNet with a CLIP text encoder; ``transformer.py`` has others to compare."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from projects.toyroom.autoencoder import LATENT

TOKENS, TEXT_WIDTH = 32, 128


def build_unet(
    widths: tuple[int, ...] = (64, 128, 192), text_at_full_size: bool = True, channels: int = LATENT
) -> UNet2DConditionModel:
    """The denoiser: 16 x 16, 8 x 8 and 4 x 4; the text is read at each size, or not at the first."""
    first = 'CrossAttn' if text_at_full_size else ''
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=channels,
        out_channels=channels,
        layers_per_block=1,
        block_out_channels=widths,
        down_block_types=(f'{first}DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'),
        up_block_types=('CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', f'{first}UpBlock2D'),
        norm_num_groups=8,
        attention_head_dim=4,  # this argument is the number of heads
        cross_attention_dim=TEXT_WIDTH,
    )


def build_tokenizer(captions: list[str], folder: Path) -> CLIPTokenizer:
    """A byte-pair vocabulary of the captions' own words, in CLIP's format; other words fall into pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    bpe = Tokenizer(models.BPE(end_of_word_suffix='</w>'))
    bpe.pre_tokenizer = pre_tokenizers.Whitespace()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ['<|startoftext|>', '<|endoftext|>']
    bpe.train_from_iterator(
        captions,
        trainers.BpeTrainer(
            vocab_size=1400,
            initial_alphabet=alphabet,
            end_of_word_suffix='</w>',
            special_tokens=[],
            show_progress=False,
        ),
    )
    bpe.model.save(str(folder))
    merges = [line for line in (folder / 'merges.txt').read_text().splitlines() if line and not line.startswith('#')]
    words = [*alphabet, *(a + '</w>' for a in alphabet), *(m.replace(' ', '') for m in merges), *special]
    vocabulary = {w: i for i, w in enumerate(dict.fromkeys(words))}
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=[tuple(m.split(' ')) for m in merges], model_max_length=TOKENS)
    tokenizer.save_pretrained(folder)
    return tokenizer


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=2 * TEXT_WIDTH,
            projection_dim=TEXT_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def noise_scheduler() -> DDIMScheduler:
    """Stable Diffusion's betas up to 0.02 instead of 0.012: the last timestep is all but pure noise.

    With 0.012 the mean colour of an image can still be read at the last timestep, where sampling begins with none.
    """
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.02,
        beta_schedule='scaled_linear',
        clip_sample=False,
        set_alpha_to_one=False,
        prediction_type='v_prediction',
        timestep_spacing='trailing',
    )


class UNetParts:
    """What the training needs to know of the denoiser, its text encoder and their tokenizer."""

    checkpoint = 'diffusion.pt'
    tokenizer = 'tokenizer'

    @staticmethod
    def make(captions: list[str], folder: Path, net: nn.Module | None) -> tuple[CLIPTokenizer, nn.ModuleDict]:
        """New ones. ``folder``: of the tokenizer's files; ``net``: another denoiser than the usual one."""
        tokenizer = build_tokenizer(captions, folder)
        return tokenizer, nn.ModuleDict(dict(unet=net or build_unet(), text=build_text_encoder(tokenizer)))

    @staticmethod
    def load(folder: Path) -> tuple[CLIPTokenizer, nn.ModuleDict]:
        """Those of an earlier generator."""
        options = dict(torch_dtype=torch.float32)
        unet = UNet2DConditionModel.from_pretrained(folder, subfolder='unet', **options)
        text = CLIPTextModel.from_pretrained(folder, subfolder='text_encoder', **options)
        tokenizer = CLIPTokenizer.from_pretrained(folder, subfolder='tokenizer')
        return tokenizer, nn.ModuleDict(dict(unet=unet, text=text))

    @staticmethod
    def with_plain_attention(nets: nn.ModuleDict) -> None:
        nets['unet'].set_attn_processor(AttnProcessor())

    @staticmethod
    def encode(text: nn.Module, ids: Tensor) -> tuple[Tensor, Tensor | None]:
        """Tokens (B, T) -> hidden states (B, T, C), and which of them count (B, T); None: all."""
        return text(ids)[0], None

    @staticmethod
    def denoise(net: nn.Module, x: Tensor, t: Tensor, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Latents (B, c, h, w), timesteps (B,) and the encoded text -> the prediction (B, c, h, w)."""
        return net(x, t, hidden).sample

    @staticmethod
    def pipeline(nets: nn.ModuleDict, tokenizer: CLIPTokenizer, vae: AutoencoderKL) -> StableDiffusionPipeline:
        """As diffusers saves it."""
        return StableDiffusionPipeline(
            vae=vae,
            text_encoder=nets['text'],
            tokenizer=tokenizer,
            unet=nets['unet'],
            scheduler=noise_scheduler(),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
