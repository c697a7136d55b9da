"""A trained decoder, ready to label."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import CheckpointLoader
from torch import nn

from mmdatasetdm.diffusion.loading import not_finite
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import MODELS


def build_decoder(config: str | Config, checkpoint: str, device: str | torch.device = 'cpu') -> nn.Module:
    """Build the model of a decoder config, load a checkpoint of it and set it to evaluation.

    Args:
        config: of the training that made the checkpoint.
        checkpoint: file that mmengine saved.
        device: where the decoder, and with it the generator, runs.

    Returns:
        the EncoderDecoder; ``backbone.forward_latents`` and ``decode_head.predict_probs`` label latents,
        ``dataset_meta`` holds the classes and the palette it was trained with.

    Raises:
        UserError: a file is absent, the checkpoint is not of this config, or of another generator, or holds a NaN.
    """
    for path in (config, checkpoint):
        if not isinstance(path, Config) and not Path(path).is_file():
            raise UserError(f'{path} does not exist: train a decoder with tools/train.py first')
    if not isinstance(config, Config):
        config = Config.fromfile(config)
    init_default_scope(config.get('default_scope', 'mmseg'))
    model = MODELS.build(config.model)
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
