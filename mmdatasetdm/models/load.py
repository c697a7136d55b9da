"""A trained decoder, ready to label; and the names that one of an open vocabulary is to label."""

import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import CheckpointLoader

from mmdatasetdm.diffusion.loading import not_finite
from mmdatasetdm.engine.scope import enter_scope
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.build import module_class
from mmdatasetdm.models.decode_heads.base import Decoder, DecoderHead
from mmdatasetdm.registry import MODELS
from mmdatasetdm.utils.config import is_type


def build_decoder(
    config: str | Config, checkpoint: str, device: str | torch.device = 'cpu', *, task: str | None = None
) -> Decoder:
    """Build the model of a decoder config, load a checkpoint of it and set it to evaluation.

    Args:
        config: of the training that made the checkpoint.
        checkpoint: file that mmengine saved.
        device: where the decoder, and with it the generator, runs.
        task: that the decoder must have: 'semantic', 'instance', 'depth' or 'pose'; None: any.

    Returns:
        the model: ``backbone.forward_latents`` and its ``decode_head``, a :class:`DecoderHead`, label latents;
        ``dataset_meta`` holds the classes and the palette it was trained with.

    Raises:
        UserError: a file is absent, the config is of another task, the checkpoint is not of this config, or of another
            generator, or holds a NaN.
    """
    for path in (config, checkpoint):
        if not isinstance(path, Config) and not Path(path).is_file():
            raise UserError(f'{path} does not exist: train a decoder with tools/train.py first')
    if not isinstance(config, Config):
        config = Config.fromfile(config)
    enter_scope(config)
    parts = copy.deepcopy(config.model)
    if is_type(parts.get('backbone') or {}, 'DiffusionFeatureBackbone'):
        parts.backbone.device = str(device)  # or a second copy of the generator would go to mmengine's device
    model = MODELS.build(parts)
    head = getattr(model, 'decode_head', None)
    if not isinstance(head, DecoderHead) or task not in (None, head.task):
        what = 'a decoder for another task' if isinstance(head, DecoderHead) else 'no decoder'
        raise UserError(f'{config.filename or "the config"} is the config of {what}')
    stored = CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu')
    try:
        model.load_state_dict(stored['state_dict'])
    except (KeyError, RuntimeError, TypeError, AttributeError) as error:
        reason = ' '.join(str(error).split())
        raise UserError(f'{checkpoint} is not a checkpoint of this decoder config ({reason[:200]})') from error
    if name := not_finite(model):
        raise UserError(
            f'{checkpoint}: {name} is not finite (NaN): the training broke down; take an earlier checkpoint'
        )
    model.dataset_meta = (stored.get('meta') or {}).get('dataset_meta')
    return model.to(device).eval()


def name_classes(config: Config, class_names: Sequence[str]) -> None:
    """Make the config of an open-vocabulary decoder one for other classes, without training.

    Args:
        config: that is changed.
        class_names: the first is the background.

    Raises:
        UserError: the decoder has a fixed list of classes.
    """
    head = config.model.get('decode_head') or {}
    kind = module_class(head, path='model.decode_head')
    if not head.get('open_vocabulary', issubclass(kind, DecoderHead) and kind.open_vocabulary):
        raise UserError(f'{config.filename} has a fixed list of classes; an open_vocabulary decoder takes any')
    config.model.backbone.update(class_phrases=list(class_names[1:]))
    head.update(num_classes=len(class_names), phrase_classes=list(range(1, len(class_names))))
