"""Builds the heads and their modules from configs, and says in one line which key of a config is wrong."""

import difflib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from mmdatasetdm.decoder import (
    PhraseClassifier,
    PixelClassifier,
    PixelCriterion,
    PixelDecoder,
    SetCriterion,
    SiLogCriterion,
    TransformerDecoder,
)
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.backbones.diffusion import DiffusionFeatureBackbone
from mmdatasetdm.registry import MODELS

# The decoder room knows nothing of OpenMMLab, so its modules get their names here.
for _module in (PixelDecoder, TransformerDecoder, SetCriterion, PixelCriterion, SiLogCriterion):
    MODELS.register_module(module=_module)


class ConfigError(UserError):
    """A mistake in a config.

    Args:
        path: the key, with dots.
        problem: what is wrong with its value.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f'{path}: {problem}')
        self.path, self.problem = path, problem


def build_module(config: Mapping[str, Any], *, path: str, **derived: object) -> Any:
    """Build a module from its config.

    Args:
        config: with its ``type``.
        path: where the config is, for messages.
        derived: arguments that follow from other parts of the model; those that the module does not take are left out.

    Returns:
        the module, of the class that the config names.

    Raises:
        ConfigError: there is no such type, a key is unknown or missing, contradicts what follows from the other parts,
            or the module refuses a value.
    """
    kind = module_class(config, path=path)
    given = {key: value for key, value in config.items() if key != 'type'}
    parameters = inspect.signature(kind).parameters
    derived = {key: value for key, value in derived.items() if key in parameters}
    for key, value in given.items():
        if key not in parameters:
            close = difflib.get_close_matches(key, [name for name in parameters if name not in derived], n=1)
            meant = f'; did you mean `{close[0]}`?' if close else ''
            raise ConfigError(f'{path}.{key}', f'{kind.__name__} has no such option{meant}')
        if key in derived and _plain(value) != _plain(derived[key]):
            raise ConfigError(
                f'{path}.{key}', f'it is {value}, but {derived[key]} follows from the rest of the model: leave it out'
            )
    arguments = {**derived, **given}
    missing = [name for name, one in parameters.items() if one.default is one.empty and name not in arguments]
    if missing:
        raise ConfigError(path, f'{kind.__name__} needs {", ".join(missing)}')
    try:
        return kind(**arguments)
    except ConfigError as error:
        raise ConfigError(f'{path}.{error.path}', error.problem) from None
    except UserError as error:
        raise ConfigError(path, str(error)) from None


def module_class(config: Mapping[str, Any], *, path: str) -> type[nn.Module]:
    """The class that a config's ``type`` names, or is.

    Raises:
        ConfigError: there is none.
    """
    if not isinstance(config, Mapping) or 'type' not in config:
        raise ConfigError(path, f'it is {config!r}; it must be a dict with a type')
    kind = config['type']
    found = MODELS.get(kind) if isinstance(kind, str) else kind
    if not isinstance(found, type):
        raise ConfigError(f'{path}.type', f'there is no {kind!r}; those of this package begin with "mmdatasetdm."')
    return found


def build_head(config: Mapping[str, Any], backbone: DiffusionFeatureBackbone, *, path: str) -> Any:
    """Build a head on a backbone, whose channels, strides, attention and class embeddings it takes.

    Args:
        config: of the head.
        backbone: whose features it reads.
        path: where the config is, for messages.

    Raises:
        ConfigError: as of :func:`build_module`; and the head has ids for other phrases than the backbone has.
    """
    ids = config.get('phrase_classes')
    if ids is not None and len(ids) != len(backbone.class_phrases):
        raise ConfigError(
            f'{path}.phrase_classes',
            f'there are {len(ids)} class ids, but class_phrases of the backbone has {len(backbone.class_phrases)} '
            'names: give an id for each name',
        )
    derived: dict[str, object] = dict(
        in_channels=backbone.out_channels, stride=backbone.strides[0], phrase_levels=backbone.phrase_levels
    )
    if backbone.class_phrases and 'class_embeddings' in inspect.signature(module_class(config, path=path)).parameters:
        derived['class_embeddings'] = backbone.phrase_embeddings()
    return build_module(config, path=path, **derived)


def build_mask_decoder(
    pixel_decoder: Mapping[str, Any],
    transformer_decoder: Mapping[str, Any],
    loss: Mapping[str, Any],
    *,
    in_channels: Sequence[int],
    num_classes: int,
) -> tuple[PixelDecoder, TransformerDecoder, SetCriterion]:
    """A pixel decoder, a transformer decoder that fits it, and their loss."""
    pixels = build_module(pixel_decoder, path='pixel_decoder', in_channels=in_channels)
    transformer = build_module(
        transformer_decoder,
        path='transformer_decoder',
        num_classes=num_classes,
        feat_channels=pixels.feat_channels,
        mask_channels=pixels.out_channels,
        num_memory_levels=pixels.num_memory_levels,
    )
    return pixels, transformer, build_module(loss, path='loss', num_classes=num_classes)


def build_pixel_classifier(
    pixel_decoder: Mapping[str, Any],
    *,
    in_channels: Sequence[int],
    num_classes: int,
    phrase_classes: Sequence[int] | None,
    phrase_levels: Sequence[int],
    open_vocabulary: bool = False,
) -> PixelClassifier | PhraseClassifier:
    """A pixel decoder, and on it one rule for all names if there are ``phrase_classes``, else a linear classifier."""
    if phrase_classes is None:
        if open_vocabulary:
            raise UserError('open_vocabulary needs phrase_classes, and class_phrases of the backbone')
        pixels = build_module(pixel_decoder, path='pixel_decoder', in_channels=in_channels)
        return PixelClassifier(pixel_decoder=pixels, num_classes=num_classes)
    if not phrase_levels or not phrase_classes or max(phrase_classes) >= num_classes:
        raise UserError(
            f'phrase_classes is {list(phrase_classes)} with {num_classes} classes and attention in '
            f'{len(phrase_levels)} levels: give the backbone class_phrases, and the class id of each'
        )
    if open_vocabulary:
        in_channels = channels_without_attention(in_channels, phrase_levels, len(phrase_classes))
    pixels = build_module(pixel_decoder, path='pixel_decoder', in_channels=in_channels)
    return PhraseClassifier(
        pixel_decoder=pixels,
        num_classes=num_classes,
        phrase_classes=phrase_classes,
        phrase_levels=phrase_levels,
        open_vocabulary=open_vocabulary,
    )


def channels_without_attention(in_channels: Sequence[int], phrase_levels: Sequence[int], num_phrases: int) -> list[int]:
    """Channels of the feature levels without the attention of the phrases, which is their last channels."""
    return [c - num_phrases * (level in phrase_levels) for level, c in enumerate(in_channels)]


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
