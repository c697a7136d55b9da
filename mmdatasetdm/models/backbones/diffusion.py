"""The frozen generator as a backbone of mmseg, mmdet or mmpose."""

import json
from collections.abc import Callable, Mapping, Sequence

import torch
from mmengine.device import get_device
from mmengine.model import BaseModule
from torch import Tensor

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.features import Features
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.backbones.checks import check_images, check_options
from mmdatasetdm.models.backbones.feature_cache import FeatureCache
from mmdatasetdm.models.backbones.frozen import frozen
from mmdatasetdm.models.conditioning.prompt_groups import check_phrases, extract_in_groups, in_groups
from mmdatasetdm.registry import MODELS
from mmdatasetdm.utils.text import join_words, with_article

# The one key that the backbone adds to a checkpoint.
_OWNER = 'belongs_to'


@MODELS.register_module()
class DiffusionFeatureBackbone(BaseModule):
    """Features of one extraction pass: U-Net activations and cross-attention of every stride (DatasetDM supp. 3.2).

    The generator is no part of the module tree: it is not trained, not initialised, not saved. A checkpoint names it,
    and loading a checkpoint of another generator is an error.

    Args:
        generator: 'toyroom', a diffusers folder or a hub id.
        lora: a LoRA of the generator (``DiffusionModel.load``).
        timestep: noise level of the extraction pass, the same for labelled and generated images.
        prompt: prompt of the extraction pass, the same for every image, so that labels are a function of the image
            alone; with a ``prompt_template``, of images of which nothing is known. None: the ``class_phrases`` joined
            with commas.
        prompt_template: 'a photo of {classes}' gives each image a prompt of its own, which names its classes (labelled
            images carry ``present_classes``, generated images have those of their prompt). The attention of a class is
            then strong where the image shows it (DatasetDM supp. 3.2: p is the image's own prompt), and labels are a
            function of the image and the names.
        empty_prompt: with ``prompt_template``, the prompt of an image of which no class is named; by default the
            generator's own empty prompt, that of the unconditional pass.
        class_prompts: what stands for a class in a prompt, where it is not its name: dict(tvmonitor='television').
        class_phrases: with phrases, the attention map of each of them is a feature; without, that of each token. Those
            that do not fit the text encoder together are read in groups, a pass each
            (``models/conditioning/prompt_groups.py``).
        with_attention: False leaves the attention maps out, so that their worth can be measured.
        with_uncond: add the features of the unconditional pass.
        vae_strides: strides at which the features of the autoencoder's decoder are added, finer ones than the
            denoiser's (not in the paper).
        noise_seed: seed of the noise, which is the same for every image.
        dtype: 'float16', 'bfloat16' or 'float32'; None is half precision on a GPU.
        device: where the generator is loaded; None: mmengine's device. It follows the images in any case.
        cache: None, 'memory' or a folder (:class:`FeatureCache`).
        cache_level: 'features' stores what the decoder reads; 'latents' the autoencoder's code alone, about 1/500 of
            the size, which saves the encoding but not the extraction pass.

    Attributes:
        strides: of the feature levels, finest first.
        out_channels: of the feature levels.
        phrase_levels: the levels whose last channels are the attention of the ``class_phrases``.
    """

    def __init__(
        self,
        *,
        generator: str = 'toyroom',
        lora: str | None = None,
        timestep: int,
        prompt: str | None = None,
        prompt_template: str | None = None,
        empty_prompt: str = '',
        class_prompts: Mapping[str, str] | None = None,
        class_phrases: Sequence[str] = (),
        with_attention: bool = True,
        with_uncond: bool = False,
        vae_strides: Sequence[int] = (),
        noise_seed: int = 0,
        dtype: str | None = None,
        device: str | None = None,
        cache: str | None = None,
        cache_level: str = 'features',
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        check_options(
            flags=dict(with_attention=with_attention, with_uncond=with_uncond),
            cache_level=cache_level,
            dtype=dtype,
            prompt_template=prompt_template,
        )
        if class_phrases and not with_attention:
            raise UserError('class_phrases ask for attention maps: with_attention=False goes with class_phrases=[]')
        self.source = generator
        self.lora = lora
        self.timestep = timestep
        self.prompt_template = prompt_template
        self.empty_prompt = empty_prompt
        self.class_prompts = dict(class_prompts or {})
        self.class_phrases = tuple(class_phrases)
        self.with_attention = with_attention
        self.with_uncond = with_uncond
        self.vae_strides = tuple(vae_strides)
        self.noise_seed = noise_seed
        self.dtype = dtype
        self.cache_level = cache_level
        self._device = torch.device(device or get_device())
        self._cache_folder = cache
        self._cache: FeatureCache | None = None
        loaded = self.generator
        self.prompt = self._in_groups(self.class_phrases, ', '.join) if prompt is None else prompt
        check_phrases(
            self.class_phrases,
            self.prompt,
            generator=loaded,
            source=generator,
            own_prompts=prompt_template is not None,
        )
        self.strides: tuple[int, ...] = tuple(sorted({*loaded.strides, *self.vae_strides}))
        # The smallest pass tells the channels, attention maps included.
        side = self.strides[-1] // loaded.latent_stride
        probe = torch.zeros(1, loaded.latent_channels, side, side, device=self._device)
        maps = self._kinds(probe, self.extract(probe))
        self.out_channels: tuple[int, ...] = tuple(
            sum(kind[stride].shape[1] for kind in maps if stride in kind) for stride in self.strides
        )
        self.phrase_levels: tuple[int, ...] = (
            tuple(i for i, stride in enumerate(self.strides) if stride in maps[-1]) if self.class_phrases else ()
        )

    @property
    def generator(self) -> DiffusionModel:
        """The generator on the device of the last images; loaded once a process."""
        dtype = getattr(torch, self.dtype) if self.dtype else None
        return DiffusionModel.load(self.source, lora=self.lora, device=self._device, dtype=dtype)

    @property
    def settings(self) -> dict:
        """What its features depend on beside the image and its prompt."""
        return dict(self.extraction_settings, vae_strides=self.vae_strides, with_attention=self.with_attention)

    @property
    def extraction_settings(self) -> dict:
        """What the denoiser's part of them depends on; backbones with the same ones may share an extraction pass."""
        return dict(
            generator=self.generator.fingerprint,
            dtype=self.dtype,
            timestep=self.timestep,
            prompt=self.prompt,
            prompt_template=self.prompt_template,
            empty_prompt=self.empty_prompt,
            class_prompts=self.class_prompts,
            class_phrases=self.class_phrases,
            with_uncond=self.with_uncond,
            noise_seed=self.noise_seed,
        )

    def init_weights(self) -> None:
        """Nothing to initialise."""

    def prompt_of(self, class_names: Sequence[str] | None) -> str:
        """The prompt of an image that shows these classes; None: nothing is known of it."""
        if self.prompt_template is None or class_names is None:
            return self.prompt
        if not class_names:
            return self.empty_prompt
        names = [self.class_prompts.get(name, name) for name in class_names]
        # In the order of the phrases: one set of classes has one prompt.
        listed = [name for name in self.class_phrases if name in names]
        listed += [name for name in names if name not in self.class_phrases]
        template = self.prompt_template
        return self._in_groups(
            listed, lambda some: template.format(classes=join_words([with_article(name) for name in some]))
        )

    def _in_groups(self, names: Sequence[str], sentence: Callable[[Sequence[str]], str]) -> str:
        """A prompt of the names; where their attention is not asked for, what does not fit is cut off."""
        whole = sentence(names) if names else ''
        if not self.class_phrases or self.generator.fits(whole):
            return whole
        return in_groups(names, sentence=sentence, fits=self.generator.fits)

    @frozen
    def phrase_embeddings(self) -> Tensor:
        """The embedding of each phrase by itself: (phrases, D) (DatasetDM supp. 3.1)."""
        return self.generator.phrase_embeddings(self.class_phrases)

    @frozen
    def forward(self, images: Tensor, prompts: Sequence[str] | None = None) -> tuple[Tensor, ...]:
        """
        Args:
            images: (B, 3, H, W), RGB in [-1, 1]; H and W multiples of the coarsest stride.
            prompts: of each image (:meth:`prompt_of`); None: ``prompt`` for all.

        Returns:
            one (B, C_i, H / stride_i, W / stride_i) for each of ``strides``, finest first.
        """
        if (
            not torch.jit.is_tracing()
        ):  # to count operations: sizes are tensors, and the image is made of random numbers
            check_images(images, stride=self.strides[-1], source=self.source)
        self._device = images.device
        prompts = list(prompts) if prompts is not None else [self.prompt] * len(images)
        if self._cache_folder is None or torch.jit.is_tracing():
            return self.forward_latents(self.generator.encode_images(images), prompts)
        cache = self._open_cache(self._cache_folder)
        if self.cache_level == 'latents':
            keys = [cache.key(image) for image in images]
            (latents,) = cache.batch(keys, lambda rows: (self.generator.encode_images(images[rows]),))
            return self.forward_latents(latents.to(images.device), prompts)
        keys = [cache.key(image, prompt) for image, prompt in zip(images, prompts, strict=True)]
        levels = cache.batch(
            keys,
            lambda rows: self.forward_latents(
                self.generator.encode_images(images[rows]), [prompts[row] for row in rows]
            ),
        )
        return tuple(level.to(images.device) for level in levels)

    @frozen
    def forward_latents(self, latents: Tensor, prompts: Sequence[str] | None = None) -> tuple[Tensor, ...]:
        """The same features from finished latents (B, c, h, w), sampled or encoded: the way of generated images."""
        return self.levels(latents, self.extract(latents, prompts))

    @frozen
    def extract(self, latents: Tensor, prompts: Sequence[str] | None = None) -> Features:
        """The extraction pass alone; backbones whose :attr:`extraction_settings` are equal may share it."""
        self._device = latents.device
        return extract_in_groups(
            latents,
            list(prompts) if prompts is not None else [self.prompt] * len(latents),
            lambda rows, lines: self.generator.extract_features(
                rows,
                lines,
                timestep=self.timestep,
                noise_seeds=self.noise_seed,
                phrases=self.class_phrases,
                with_uncond=self.with_uncond,
            ),
        )

    @frozen
    def levels(self, latents: Tensor, extracted: Features) -> tuple[Tensor, ...]:
        """The feature levels of an extraction pass, with those of the autoencoder's decoder."""
        self._device = latents.device
        kinds = self._kinds(latents, extracted)
        return tuple(
            torch.cat([maps[stride].float() for maps in kinds if stride in maps], dim=1) for stride in self.strides
        )

    def _kinds(self, latents: Tensor, extracted: Features) -> tuple[dict[int, Tensor], ...]:
        """Stride -> maps of each kind, in the order in which a level holds them: attention comes last."""
        finer = self.generator.decoder_features(latents, strides=self.vae_strides) if self.vae_strides else {}
        if not self.with_attention:
            return extracted.pyramid, finer
        return extracted.pyramid, finer, extracted.phrase_attention if self.class_phrases else extracted.attention

    def _open_cache(self, where: str) -> FeatureCache:
        if self._cache is None:
            settings = self.settings
            if self.cache_level == 'latents':
                settings = {key: settings[key] for key in ('generator', 'dtype')}
            settings['level'] = self.cache_level
            self._cache = FeatureCache(where=where, settings=settings)
        return self._cache

    def _save_to_state_dict(self, destination: dict, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        owner = json.dumps([self.source, self.generator.fingerprint]).encode()
        destination[prefix + _OWNER] = torch.frombuffer(bytearray(owner), dtype=torch.uint8)

    def _load_from_state_dict(
        self,
        state_dict: dict,
        prefix: str,
        local_metadata: dict,
        strict: bool,
        missing_keys: list,
        unexpected_keys: list,
        error_msgs: list,
    ) -> None:
        others = dict(state_dict)
        owner = others.pop(prefix + _OWNER, None)
        super()._load_from_state_dict(others, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        if owner is None:
            missing_keys.append(prefix + _OWNER)
            return
        name, fingerprint = json.loads(owner.cpu().numpy().tobytes())
        if fingerprint != self.generator.fingerprint:
            raise UserError(
                f'this decoder belongs to generator {name} ({fingerprint}), not to {self.source} '
                f'({self.generator.fingerprint}): set model.backbone.generator to the one it was trained with, or '
                'train a new decoder'
            )
