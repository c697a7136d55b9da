"""Decoders of a recipe: read their configs, load their weights, say what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmengine.config import Config, ConfigDict

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import TaskOptions
from mmdatasetdm.generation.options import shown
from mmdatasetdm.utils.checksum import digest
from mmdatasetdm.utils.config import is_type, read_config

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder

# what of a model's config has no say in its labels
_OF_TRAINING = ('data_preprocessor', 'train_cfg', 'test_cfg', 'init_cfg')


def decoder_config(task: str, options: TaskOptions, *, generator: str, lora: str | None = None) -> tuple[Config, str]:
    """The decoder's config on the recipe's generator, and a digest of its model part without the generator's path."""
    config = read_config(options.config, what=f'decoder {task}: config')
    backbone = config.model.get('backbone') if isinstance(config.get('model'), ConfigDict) else None
    if not isinstance(backbone, ConfigDict) or not is_type(backbone, 'DiffusionFeatureBackbone'):
        raise UserError(
            f'decoder {task}: {options.config} has no DiffusionFeatureBackbone; give the config of a decoder'
        )
    backbone.update(generator=generator, lora=lora)
    options.apply(config)
    if 'cache' in backbone:
        backbone.cache = None  # a cache of real images' features is of no use here
    features = {
        key: value
        for key, value in backbone.to_dict().items()
        if key not in ('generator', 'lora', 'cache', 'cache_level', 'dtype', 'device')
    }
    others = {key: value for key, value in config.model.to_dict().items() if key not in ('backbone', *_OF_TRAINING)}
    return config, digest(dict(others, backbone=features))


def decoder_classes(task: str, options: TaskOptions, model: Decoder) -> Sequence[str]:
    """The names of a decoder's classes, as its checkpoint has them."""
    classes = (model.dataset_meta or {}).get('classes')
    file = options.checkpoints[0]
    if not classes:
        raise UserError(f'decoder {task}: {file} does not name its classes; train it with tools/train.py')
    for name in classes:
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise UserError(
                f'decoder {task}: its class {shown(name)} is no name, which is text in one line; rename it in the data '
                'set config and train again'
            )
    number = model.decode_head.num_classes
    if len(classes) != number:
        raise UserError(
            f'decoder {task}: {file} names {len(classes)} classes, but num_classes of {options.config} is {number}; '
            'train it with a config whose num_classes is the number of names'
        )
    return classes


def load_decoder(task: str, options: TaskOptions, config: Config, device: str) -> Decoder:
    """The decoder of a task, or the ensemble of some, in eval mode."""
    from mmdatasetdm.models import DecoderEnsemble, build_decoder

    try:
        models = [build_decoder(config, checkpoint, device, task=task) for checkpoint in options.checkpoints]
        return models[0] if len(models) == 1 else DecoderEnsemble(models=models)
    except UserError as error:
        raise UserError(f'decoder {task}: {error}') from None
