"""Shared fixtures: a tiny generator with the built-in architecture, and Stable Diffusion 1.5's with random weights."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from mmengine.logging import MMLogger
from mmengine.visualization import Visualizer
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.families import Parts, StableDiffusion

WORDS = [
    'a',
    'the',
    'of',
    'in',
    'on',
    'with',
    'and',
    'room',
    'red',
    'person',
    'chair',
    'table',
    'sofa',
    'lamp',
    'plant',
    'ball',
    'vase',
    'television',
    'bed',
    'dog',
    'dining',
]


def make_tokenizer(length: int) -> CLIPTokenizer:
    """A CLIP tokenizer whose words are letters, but for ``WORDS``, which have a token each ('dining' has two)."""
    letters = 'abcdefghijklmnopqrstuvwxyz0123456789,.-'
    vocab = [*letters, *(letter + '</w>' for letter in letters)]
    merges = []
    for word in WORDS:
        parts = [*word[:-1], word[-1] + '</w>']
        while len(parts) > (2 if word == 'dining' else 1):
            pair, parts = parts[:2], [parts[0] + parts[1], *parts[2:]]
            if tuple(pair) not in merges:
                merges.append(tuple(pair))
                vocab.append(parts[0])
    vocab = [*dict.fromkeys(vocab), '<|startoftext|>', '<|endoftext|>']
    return CLIPTokenizer(vocab={token: i for i, token in enumerate(vocab)}, merges=merges, model_max_length=length)


def save_toy_generator(folder: Path) -> Path:
    """Writes a diffusers folder like the built-in one, smaller, with random weights; its finest level reads no text."""
    torch.manual_seed(0)
    tokenizer = make_tokenizer(32)
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=32,
            bos_token_id=len(tokenizer) - 2,
            eos_token_id=len(tokenizer) - 1,
            pad_token_id=len(tokenizer) - 1,
        )
    )
    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=16,
        out_channels=16,
        layers_per_block=1,
        block_out_channels=(16, 32, 48),
        norm_num_groups=8,
        cross_attention_dim=32,
        attention_head_dim=4,
        down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'),
        up_block_types=('CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'),
    )
    vae = AutoencoderKL(
        sample_size=128,
        latent_channels=16,
        block_out_channels=(8, 8, 16, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=('DownEncoderBlock2D',) * 4,
        up_block_types=('UpDecoderBlock2D',) * 4,
    )
    scheduler = DDIMScheduler(
        beta_schedule='scaled_linear',
        beta_start=0.00085,
        beta_end=0.012,
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type='v_prediction',
    )
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope='session', autouse=True)
def quick_collection() -> None:
    """mmengine collects garbage for every data set that it reads; what the imports left is never any."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def one_thread():
    """Computed in one thread, as in a forked child."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f'{record.levelname} {record.getMessage()}')


@pytest.fixture
def log():
    """The lines that mmengine's logger gets, each after its level."""
    logger, handler = MMLogger.get_current_instance(), _Kept()
    level = logger.level  # of a run in this process, whose config may have asked for less
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture(autouse=True)
def _no_logger_writes_to_a_closed_stream() -> None:
    """A run in this process makes a logger that writes where its test was captured, which ends with that test."""
    for logger in MMLogger._instance_dict.values():
        for handler in logger.handlers:
            of_files = isinstance(handler, logging.FileHandler)
            if not of_files and getattr(getattr(handler, 'stream', None), 'closed', False):
                handler.stream = sys.stderr


def _kinds(base: type) -> list[type]:
    return [base, *(kind for below in base.__subclasses__() for kind in _kinds(below))]


@pytest.fixture(autouse=True, scope='module')
def _no_visualizer_is_left() -> Iterator[None]:
    """A training in this process leaves its visualizer behind, and another's hooks would draw with it."""
    yield
    for kind in _kinds(Visualizer):
        kind._instance_dict.clear()


@pytest.fixture(scope='session')
def toy_generator_folder(tmp_path_factory) -> Path:
    """A diffusers folder of the built-in generator's classes with random weights."""
    return save_toy_generator(tmp_path_factory.mktemp('toy_generator'))


@pytest.fixture(scope='session')
def toy_generator(toy_generator_folder):
    """The generator in it."""
    return DiffusionModel.load(toy_generator_folder)


@pytest.fixture(scope='session')
def thin_sd15_folder(tmp_path_factory) -> Path:
    """A diffusers folder of Stable Diffusion 1.5's classes, levels, strides and prompt length with few channels."""
    folder = tmp_path_factory.mktemp('thin_sd15')
    torch.manual_seed(0)
    tokenizer = make_tokenizer(77)
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=len(tokenizer) - 2,
        eos_token_id=len(tokenizer) - 1,
        pad_token_id=len(tokenizer) - 1,
    )
    StableDiffusionPipeline(
        vae=AutoencoderKL(
            sample_size=512,
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            norm_num_groups=4,
            down_block_types=('DownEncoderBlock2D',) * 4,
            up_block_types=('UpDecoderBlock2D',) * 4,
        ),
        text_encoder=CLIPTextModel(text),
        tokenizer=tokenizer,
        unet=UNet2DConditionModel(
            sample_size=64,
            block_out_channels=(8, 16, 16, 16),
            norm_num_groups=4,
            attention_head_dim=4,
            cross_attention_dim=32,
        ),
        scheduler=PNDMScheduler(
            beta_schedule='scaled_linear',
            beta_start=0.00085,
            beta_end=0.012,
            skip_prk_steps=True,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope='module')
def sd15_generator():
    """Stable Diffusion 1.5's architecture with random weights, in memory.

    The tokenizer is the tests' own (that of CLIP is a download), as long as CLIP's. Kept for one module: it takes 4 GB.
    """
    torch.manual_seed(0)
    tokenizer = make_tokenizer(77)
    with torch.device('meta'):
        unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=768,
            intermediate_size=3072,
            num_hidden_layers=12,
            num_attention_heads=12,
            bos_token_id=len(tokenizer) - 2,
            eos_token_id=len(tokenizer) - 1,
            pad_token_id=len(tokenizer) - 1,
        )
    )
    vae = AutoencoderKL(
        sample_size=512,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        down_block_types=('DownEncoderBlock2D',) * 4,
        up_block_types=('UpDecoderBlock2D',) * 4,
    )
    scheduler = PNDMScheduler(
        beta_schedule='scaled_linear',
        beta_start=0.00085,
        beta_end=0.012,
        skip_prk_steps=True,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    models = [model.eval().requires_grad_(False) for model in (fill(unet.to_empty(device='cpu')), vae, text)]
    parts = Parts(
        models=dict(zip(('unet', 'vae', 'text_encoder'), models, strict=True)),
        tokenizers=dict(tokenizer=tokenizer),
        scheduler_config=dict(scheduler.config),
    )
    return DiffusionModel(denoiser=StableDiffusion.from_parts(parts), scheduler_config=dict(scheduler.config))


def fill(model: torch.nn.Module) -> torch.nn.Module:
    """Gives 860 M empty parameters values in two seconds: one stretch of noise, repeated, scaled by the fan-in."""
    noise = torch.randn(1_000_003)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                parameter.fill_(float(name.endswith('weight')))
                continue
            flat = parameter.view(-1)
            scaled = noise * parameter[0].numel() ** -0.5
            for start in range(0, flat.numel(), len(noise)):
                part = flat[start : start + len(noise)]
                part.copy_(scaled[: len(part)])
    return model


@pytest.fixture(scope='session')
def generator():
    """The built-in generator."""
    return DiffusionModel.load('toyroom')
