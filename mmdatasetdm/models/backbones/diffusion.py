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
from mmdatasetdm.models.backbones.feature_cache import FeatureCache
from mmdatasetdm.models.conditioning.name_groups import check_phrases, in_groups, read_in_groups
from mmdatasetdm.registry import MODELS
from mmdatasetdm.utils.text import join_words, with_article

# The one key that the backbone adds to a checkpoint.
_OWNER = 'belongs_to'


@MODELS.register_module()
class DiffusionFeatureBackbone(BaseModule):
    """Features of one extraction pass: U-Net activations and cross-attention of every stride (supp 3.2).

    The generator is no part of the module tree: it is not trained, not initialised, not saved. A checkpoint names it,
    and loading a checkpoint of another generator is an error.

    Args:
        generator: 'toyroom', a diffusers folder or a hub id.
        timestep: noise level of the extraction pass, the same for labelled and generated images.
        text: prompt of the extraction pass; a list of class names is joined with commas. It is the same for every
            image, so that labels are a function of the image alone. Names that do not fit the text encoder together,
            here or in ``own_text``, are read in groups, a pass each (``models/conditioning/name_groups.py``).
        own_text: 'a photo of {objects}' gives each image a text of its own, which names its classes (their images
            carry ``present_classes``, generated images have their prompt's); ``text`` is left for images of which
            nothing is known. The attention of a class is then strong where the image shows it (supp 3.2: p is the
            image's own prompt), and labels are a function of the image and the names.
        no_names_text: with ``own_text``, the text of an image of which no class is named; by default the generator's
            own text of nothing, that of the unconditional pass.
        wording: how a class is said in ``own_text``, where it is not by its name: dict(tvmonitor='television').
        phrases: with phrases, the attention map of each of them is a feature; without, that of each token.
        with_uncond: add the features of the unconditional pass.
        autoencoder_strides: strides at which the features of the autoencoder's decoder are added, finer ones than the
            denoiser's (not in the paper).
        noise_seed: seed of the noise, which is the same for every image.
        dtype: 'float16', 'bfloat16' or 'float32'; None is half precision on a GPU.
        cache: None, 'memory' or a folder (:class:`FeatureCache`).
        cache_level: 'features' stores what the decoder reads; 'latents' the autoencoder's code alone, about 1/500 of
            the size, which saves the encoding but not the extraction pass.
    """

    def __init__(
        self,
        *,
        generator: str = 'toyroom',
        timestep: int,
        text: str | Sequence[str] = '',
        own_text: str | None = None,
        no_names_text: str = '',
        wording: Mapping[str, str] | None = None,
        phrases: Sequence[str] = (),
        with_uncond: bool = False,
        autoencoder_strides: Sequence[int] = (),
        noise_seed: int = 0,
        dtype: str | None = None,
        cache: str | None = None,
        cache_level: str = 'features',
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not isinstance(with_uncond, bool):
            raise UserError(f'with_uncond is {with_uncond!r}: choose True or False')
        if cache_level not in ('features', 'latents'):
            raise UserError(f"cache_level is {cache_level!r}: choose 'features' or 'latents'")
        if dtype not in (None, 'float16', 'bfloat16', 'float32'):
            raise UserError(f"dtype is {dtype!r}: choose 'float16', 'bfloat16' or 'float32'")
        self.source = generator
        self.timestep = timestep
        if own_text is not None and '{objects}' not in own_text:
            raise UserError(f"own_text is {own_text!r}: it needs {{objects}}, the place of the classes' names")
        self.own_text = own_text
        self.no_names_text = no_names_text
        self.wording = dict(wording or {})
        self.phrases = tuple(phrases)
        self.with_uncond = with_uncond
        self.autoencoder_strides = tuple(autoencoder_strides)
        self.noise_seed = noise_seed
        self.dtype = dtype
        self.cache_level = cache_level
        self._device = torch.device(get_device())
        self._cache_folder = cache
        self._cache: FeatureCache | None = None
        loaded = self.generator
        self.text = text if isinstance(text, str) else self._in_groups(text, ', '.join)
        check_phrases(self.phrases, self.text, generator=loaded, source=generator, own_text=own_text is not None)
        self.strides: tuple[int, ...] = tuple(sorted({*loaded.strides, *self.autoencoder_strides}))
        # The smallest pass tells the channels, attention maps included.
        side = self.strides[-1] // loaded.latent_stride
        probe = torch.zeros(1, loaded.latent_channels, side, side, device=self._device)
        maps = self._kinds(probe, self.read(probe))
        self.out_channels: tuple[int, ...] = tuple(
            sum(kind[stride].shape[1] for kind in maps if stride in kind) for stride in self.strides
        )
        self.phrase_levels: tuple[int, ...] = (
            tuple(i for i, stride in enumerate(self.strides) if stride in maps[-1]) if self.phrases else ()
        )

    @property
    def generator(self) -> DiffusionModel:
        """The generator on the device of the last images; loaded once a process."""
        dtype = self.dtype or ('float32' if self._device.type == 'cpu' else 'float16')
        return DiffusionModel.load(self.source, device=self._device, dtype=getattr(torch, dtype))

    @property
    def settings(self) -> dict:
        """What its features depend on beside the image and its text."""
        return dict(self.pass_settings, autoencoder_strides=self.autoencoder_strides)

    @property
    def pass_settings(self) -> dict:
        """What the denoiser's part of them depends on."""
        return dict(
            generator=self.generator.fingerprint,
            dtype=self.dtype,
            timestep=self.timestep,
            text=self.text,
            own_text=self.own_text,
            no_names_text=self.no_names_text,
            wording=self.wording,
            phrases=self.phrases,
            with_uncond=self.with_uncond,
            noise_seed=self.noise_seed,
        )

    def init_weights(self) -> None:
        """Nothing to initialise."""

    def text_of(self, names: Sequence[str] | None) -> str:
        """The text that an image is read with when these classes are named; None: nothing is known of it."""
        if self.own_text is None or names is None:
            return self.text
        if not names:
            return self.no_names_text
        names = [self.wording.get(name, name) for name in names]
        # In the order of the phrases: one set of classes has one text.
        listed = [name for name in self.phrases if name in names] + [name for name in names if name not in self.phrases]
        own_text = self.own_text
        return self._in_groups(
            listed, lambda some: own_text.format(objects=join_words([with_article(name) for name in some]))
        )

    def _in_groups(self, names: Sequence[str], sentence: Callable[[Sequence[str]], str]) -> str:
        """A text of the names; where their attention is not asked for, what does not fit is cut off."""
        whole = sentence(names)
        if not self.phrases or self.generator.fits(whole):
            return whole
        return in_groups(names, sentence=sentence, fits=self.generator.fits)

    @torch.no_grad()
    def phrase_embeddings(self) -> Tensor:
        """The embedding of each phrase by itself: (phrases, D) (supp 3.1)."""
        return self.generator.phrase_embeddings(self.phrases)

    @torch.no_grad()
    def forward(self, images: Tensor, texts: Sequence[str] | None = None) -> tuple[Tensor, ...]:
        """
        Args:
            images: (B, 3, H, W), RGB in [-1, 1]; H and W multiples of the coarsest stride.
            texts: B texts (:meth:`text_of`); None reads every image with ``text``.

        Returns:
            one (B, C_i, H / stride_i, W / stride_i) for each of ``strides``, finest first.
        """
        self._check(images)
        self._device = images.device
        texts = list(texts) if texts is not None else [self.text] * len(images)
        if self._cache_folder is None or torch.jit.is_tracing():
            return self.forward_latents(self.generator.encode_images(images), texts)
        if self.cache_level == 'latents':
            keys = [FeatureCache.key(image) for image in images]
            (latents,) = self._cached(images, keys, lambda rows: (self.generator.encode_images(images[rows]),))
            return self.forward_latents(latents, texts)
        keys = [FeatureCache.key(image, text) for image, text in zip(images, texts, strict=True)]
        return self._cached(
            images,
            keys,
            lambda rows: self.forward_latents(self.generator.encode_images(images[rows]), [texts[row] for row in rows]),
        )

    @torch.no_grad()
    def forward_latents(self, latents: Tensor, texts: Sequence[str] | None = None) -> tuple[Tensor, ...]:
        """The same features from finished latents (B, c, h, w), sampled or encoded: the way of generated images."""
        return self.levels(latents, self.read(latents, texts))

    @torch.no_grad()
    def read(self, latents: Tensor, texts: Sequence[str] | None = None) -> Features:
        """The pass of the denoiser alone; backbones whose :attr:`pass_settings` are equal may share it."""
        self._device = latents.device
        return read_in_groups(
            latents,
            list(texts) if texts is not None else [self.text] * len(latents),
            lambda some, lines: self.generator.extract_features(
                some,
                lines,
                timestep=self.timestep,
                noise_seeds=self.noise_seed,
                phrases=self.phrases,
                with_uncond=self.with_uncond,
            ),
        )

    @torch.no_grad()
    def levels(self, latents: Tensor, read: Features) -> tuple[Tensor, ...]:
        """The features that a pass read, with those of the autoencoder's decoder where they are asked for."""
        self._device = latents.device
        kinds = self._kinds(latents, read)
        return tuple(
            torch.cat([maps[stride].float() for maps in kinds if stride in maps], dim=1) for stride in self.strides
        )

    def _kinds(self, latents: Tensor, read: Features) -> tuple[dict[int, Tensor], ...]:
        """Stride -> maps of each kind, in the order in which a level holds them: attention comes last."""
        finer = {}
        if self.autoencoder_strides:
            finer = self.generator.decoder_features(latents, strides=self.autoencoder_strides)
        return read.pyramid, finer, read.phrase_attention if self.phrases else read.attention

    def _check(self, images: Tensor) -> None:
        if torch.jit.is_tracing():  # to count operations: sizes are tensors, and the image is made of random numbers
            return
        coarsest, (height, width) = self.strides[-1], images.shape[-2:]
        if height % coarsest or width % coarsest:
            raise UserError(
                f'images are {width}x{height}, but {self.source} needs multiples of {coarsest}: resize, crop or pad to '
                'them (data_preprocessor size_divisor)'
            )
        if images.abs().max() > 1.01:
            raise UserError(
                'images must be RGB in [-1, 1]: give the data_preprocessor mean and std 127.5 and bgr_to_rgb=True'
            )

    def _cached(self, images: Tensor, keys: list[str], compute: callable) -> tuple[Tensor, ...]:
        """Levels of a batch, of which only the rows that the cache lacks are computed."""
        cache = self._open_cache()
        found = {key: cache.get(key) for key in set(keys)}
        missing = [key for key, tensors in found.items() if tensors is None]
        if missing:
            levels = compute([keys.index(key) for key in missing])
            for index, key in enumerate(missing):
                found[key] = cache.put(key, [level[index] for level in levels])
        batch = zip(*(found[key] for key in keys), strict=True)
        return tuple(torch.stack(level).to(images.device, torch.float32) for level in batch)

    def _open_cache(self) -> FeatureCache:
        if self._cache is None:
            settings = self.settings
            if self.cache_level == 'latents':
                settings = {key: settings[key] for key in ('generator', 'dtype')}
            settings['level'] = self.cache_level
            self._cache = FeatureCache(where=self._cache_folder, settings=settings)
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
