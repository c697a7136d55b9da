"""The frozen text-to-image diffusion model behind one small class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from mmdatasetdm.diffusion import features as extraction
from mmdatasetdm.diffusion import sampling
from mmdatasetdm.diffusion.families import Denoiser
from mmdatasetdm.diffusion.features import Features
from mmdatasetdm.diffusion.fingerprint import fingerprint
from mmdatasetdm.diffusion.folder import family_of, read_index, resolve
from mmdatasetdm.diffusion.loading import exact_device, load_parts
from mmdatasetdm.diffusion.lora import find_lora, fuse
from mmdatasetdm.diffusion.noise import make_noise_schedule
from mmdatasetdm.diffusion.schedulers import make_scheduler
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.errors import UserError


class DiffusionModel:
    """A frozen text-to-image diffusion model: images to latents and back, sampling, and the extraction pass.

    It is not an ``nn.Module``, so it never enters a state_dict, an optimizer or ``init_weights``.

    Example::

        generator = DiffusionModel.load('toyroom')
        latents = generator.sample(['a red chair'], seeds=[0], steps=20)
        features = generator.extract_features(latents, ['chair, table'], timestep=1, phrases=['chair', 'table'])

    Attributes:
        image_size: side in pixels of the images that it was made for.
        latent_channels, latent_stride: shape of the latents of an image, (latent_channels, H / stride, W / stride).
        size_multiple: what the sides of images must be divisible by.
        max_tokens: length to which texts are padded and cut.
        strides: feature strides with respect to the image, finest first.
        channels: stride -> channels of the features there, of one pass.
    """

    _loaded: ClassVar[dict[tuple[Path, Path | None, torch.device, torch.dtype], DiffusionModel]] = {}

    def __init__(
        self,
        *,
        denoiser: Denoiser,
        scheduler_config: dict[str, Any],
        folder: Path | None = None,
        lora: Path | None = None,
    ) -> None:
        """Use ``DiffusionModel.load``; built from parts in memory (no folder) it has no fingerprint."""
        self._folder, self._lora = folder, lora
        self._compiled_call: Any = None
        self._denoiser = denoiser
        self.device, self.dtype = denoiser.device, denoiser.dtype
        self._scheduler_config = scheduler_config
        self._noise_schedule = make_noise_schedule(scheduler_config, supported=denoiser.predictions)
        self.latent_channels = denoiser.latent_channels
        self.latent_stride = denoiser.images.stride
        if denoiser.images.channels != denoiser.latent_channels:
            raise UserError(
                f'the denoiser takes {denoiser.latent_channels} channels, the autoencoder gives '
                f'{denoiser.images.channels}: this generator edits or fills images, which is not supported'
            )
        self.image_size = denoiser.latent_size * self.latent_stride
        self.size_multiple = self.latent_stride * denoiser.latent_multiple
        self.max_tokens = denoiser.text.max_tokens
        self.channels = {self.latent_stride * 2**level: n for level, n in denoiser.channels.items()}
        self.strides = tuple(self.channels)

    @classmethod
    def load(
        cls,
        source: str | Path,
        *,
        lora: str | Path | None = None,
        device: str | torch.device = 'cpu',
        dtype: torch.dtype | None = None,
    ) -> DiffusionModel:
        """Loads a generator by name, folder or hub id; the same arguments give the same object in one process.

        Args:
            lora: a LoRA of this generator as diffusers' training scripts write it, a .safetensors file or their output
                folder; it is fused into the weights.
            dtype: of the weights; by default the family's half precision on a GPU and single precision on the CPU.

        Raises:
            UserError: it is absent, or not of a supported kind.
        """
        folder = resolve(source).resolve()
        path = find_lora(lora) if lora else None
        device = exact_device(device)
        family = family_of(read_index(folder), folder)
        dtype = dtype or (torch.float32 if device.type == 'cpu' else family.half)
        key = (folder, path, device, dtype)
        if key not in cls._loaded:
            parts = load_parts(folder, family=family, device=device, dtype=dtype)
            if path:
                fuse(family, parts, path)
            try:
                denoiser = family.from_parts(parts)
                cls._loaded[key] = cls(
                    denoiser=denoiser, scheduler_config=dict(parts.scheduler_config), folder=folder, lora=path
                )
            except (TypeError, KeyError, AttributeError, NotImplementedError) as error:  # of a noise schedule, say
                reason = ' '.join(str(error).split())[:200]
                raise UserError(f"the configs of the generator in '{folder}' do not fit together: {reason}") from error
        return cls._loaded[key]

    def __deepcopy__(self, memo: dict) -> DiffusionModel:
        return self  # frozen: a copy of a model that uses it (an EMA, say) shares it

    @cached_property
    def fingerprint(self) -> str:
        """Names the generator by its configs, weights, tokenizers and LoRA; two copies of one folder agree."""
        if self._folder is None:
            raise UserError('a generator built in memory has no fingerprint: save it to a folder and load that')
        return fingerprint(self._folder, lora=self._lora)

    def shares_autoencoder(self, other: DiffusionModel) -> bool:
        """Whether a latent of one is a latent of the other: codecs of one kind, scale and weights."""
        return self._denoiser.images.same_as(other._denoiser.images)

    def encode_text(self, texts: Sequence[str]) -> TextEmbedding:
        """Encodes B texts: hidden (B, T, D), token_ids (B, T), and what else the denoiser is told."""
        return self._denoiser.text.encode(texts)

    def phrase_embeddings(self, phrases: Sequence[str]) -> Tensor:
        """Each phrase encoded by itself, the mean over its tokens: (phrases, D) float32 (DatasetDM supp. 3.1)."""
        encoded = self.encode_text(phrases)
        weights = self._denoiser.text.phrase_weights(encoded.token_ids, phrases).diagonal(dim1=0, dim2=1)
        return torch.einsum('tp,ptd->pd', weights.to(encoded.hidden), encoded.hidden).float()

    def readable_part(self, text: str) -> str:
        """The beginning of a text that the model reads; what stands behind its last token is not seen."""
        return self._denoiser.text.readable_part(text)

    def fits(self, text: str) -> bool:
        """Whether the text encoder reads the text to its end."""
        return self._denoiser.text.fits(text)

    def missing_phrases(self, text: str, phrases: Sequence[str]) -> list[str]:
        """The phrases that are not in the text as the model sees it: misspelt, plural, or behind the last token."""
        weights = self._denoiser.text.phrase_weights(self.encode_text([text]).token_ids, phrases)
        return [phrase for phrase, found in zip(phrases, weights[0].any(dim=-1), strict=True) if not found]

    @torch.no_grad()
    def encode_images(self, images: Tensor) -> Tensor:
        """Images (B, 3, H, W), RGB in [-1, 1], to scaled latents (B, c, H / stride, W / stride), float32, no noise."""
        if images.ndim != 4 or images.shape[1] != 3 or any(n % self.size_multiple for n in images.shape[2:]):
            raise UserError(
                f'images must be (B, 3, H, W) with sides divisible by {self.size_multiple}, not {tuple(images.shape)}'
            )
        return self._denoiser.images.encode(images.to(self.device))

    @torch.no_grad()
    def decode_latents(self, latents: Tensor) -> Tensor:
        """Scaled latents (B, c, h, w) to images (B, 3, H, W), RGB in [-1, 1], float32."""
        return self._denoiser.images.decode(latents).clamp(-1, 1)

    @torch.no_grad()
    def decoder_features(self, latents: Tensor, *, strides: Sequence[int]) -> dict[int, Tensor]:
        """Activations of the autoencoder's decoder for scaled latents: stride -> (B, C, H / stride, W / stride).

        An option that the paper does not have: levels finer than the denoiser's, for what is thinner than their pixels.
        """
        return self._denoiser.images.decoder_features(latents, strides)

    def sample(
        self,
        prompts: Sequence[str],
        *,
        seeds: Sequence[int],
        scheduler: str | None = None,
        steps: int = 50,
        guidance: float = 7.5,
        guidance_interval: tuple[float, float] = (0.0, 1.0),
        negative_prompt: str = '',
        height: int | None = None,
        width: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Tensor:
        """Samples one latent for each prompt; a sample depends on its own prompt and seed, not on its batch.

        Args:
            seeds: one for each prompt.
            scheduler: name of a diffusers scheduler, given the generator's own noise schedule; None: DDIM's, or the
                generator's own where it was made for no other (flow matching, few steps).
            guidance: classifier-free guidance; none at 1 or less.
            guidance_interval: beginning and end of the steps that are guided, as shares of all steps. Those outside
                cost one pass instead of two (Kynkäänniemi et al., NeurIPS 2024).
            height, width: of the image in pixels; by default ``image_size``.
            options: of the scheduler, in the place of the generator's own settings: dict(use_karras_sigmas=True).

        Returns:
            Finished scaled latents (B, c, height / stride, width / stride), float32.
        """
        if len(prompts) != len(seeds):
            raise UserError(f'{len(prompts)} prompts need as many seeds, not {len(seeds)}')
        train_steps = self._noise_schedule.num_timesteps
        if not 1 <= steps <= train_steps:
            raise UserError(f'steps must be 1 to {train_steps}, not {steps}')
        size = (height or self.image_size, width or self.image_size)
        if any(n % self.size_multiple for n in size):
            raise UserError(f'height and width must be divisible by {self.size_multiple}, not {size[0]} and {size[1]}')
        guided = guidance > 1 and not self._denoiser.embeds_guidance
        negative = self.encode_text([negative_prompt] * len(prompts)) if guided else None
        made = make_scheduler(
            scheduler,
            self._scheduler_config,
            seeds=seeds,
            distilled=self._denoiser.embeds_guidance or self._lora is not None,
            options=options or {},
        )
        with self._compiled():
            return sampling.sample(
                denoiser=self._denoiser,
                scheduler=made,
                text=self.encode_text(prompts),
                negative=negative,
                seeds=seeds,
                steps=steps,
                guidance=guidance,
                guidance_interval=guidance_interval,
                size=(size[0] // self.latent_stride, size[1] // self.latent_stride),
            )

    def compile(self, *, backend: str = 'inductor') -> None:
        """Let :meth:`sample` run a compiled denoiser, and on a GPU channels last and TF32; features do without.

        The first batch of each size takes a minute or so longer. Images differ in their last bits.

        Args:
            backend: of ``torch.compile``.
        """
        network = self._denoiser.network
        if self.device.type == 'cuda':
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            torch.backends.cuda.matmul.allow_tf32 = True
        self._compiled_call = torch.compile(network._call_impl, backend=backend)

    @contextmanager
    def _compiled(self) -> Iterator[None]:
        """The denoiser is compiled, where :meth:`compile` asked for it."""
        network = self._denoiser.network
        before, network._compiled_call_impl = network._compiled_call_impl, self._compiled_call
        try:
            yield
        finally:
            network._compiled_call_impl = before

    def extract_features(
        self,
        latents: Tensor,
        texts: Sequence[str],
        *,
        timestep: int,
        noise_seeds: Sequence[int] | int = 0,
        phrases: Sequence[str] = (),
        with_uncond: bool = False,
    ) -> Features:
        """One pass over forward-noised latents at one timestep, the same for a real image and a generated one.

        Args:
            latents: (B, c, h, w), finished and scaled (``encode_images`` or ``sample``).
            texts: one for each latent.
            timestep: of the generator's own training noise schedule; 0 is the least noisy.
            noise_seeds: one for each latent, or one for all (then all get the same noise).
            phrases: whose attention is wanted, a channel each.
            with_uncond: put the channels of the unconditional pass behind those of the conditional one.
        """
        seeds = [noise_seeds] * len(latents) if isinstance(noise_seeds, int) else noise_seeds
        return extraction.extract_features(
            latents,
            denoiser=self._denoiser,
            noise_schedule=self._noise_schedule,
            texts=texts,
            timestep=timestep,
            noise_seeds=seeds,
            phrases=phrases,
            with_uncond=with_uncond,
        )
