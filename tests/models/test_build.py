"""Modules from configs: what follows from the rest is filled in, and a wrong key is named with its path."""

import pytest
from mmengine.config import Config, ConfigDict
from torch import nn

import mmdatasetdm.models  # noqa: F401
from mmdatasetdm.decoder import PixelDecoder
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.build import build_head, build_module
from mmdatasetdm.registry import MODELS


class Backbone:
    """What build_head asks of a DiffusionFeatureBackbone."""

    out_channels = (6, 8)
    strides = (8, 16)
    class_phrases = ('sofa', 'lamp')
    phrase_levels = (0, 1)


def head(**changes) -> ConfigDict:
    config = Config.fromfile(
        'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'
    ).model.decode_head
    config.pixel_decoder.num_memory_levels = 2
    for key, value in changes.items():
        part = config
        *path, last = key.split('__')
        for name in path:
            part = part[name]
        if value is None:
            part.pop(last)
        else:
            part[last] = value
    return config


def build(config) -> nn.Module:
    return build_head(config, Backbone(), path='model.decode_head')


def test_what_follows_from_the_backbone_is_filled_in():
    built = build(head())
    pixels, transformer = built.decoder.pixel_decoder, built.decoder.transformer_decoder
    assert pixels.in_channels == (6, 8) and built.stride == 8
    assert transformer.feat_channels == pixels.feat_channels == 96
    assert transformer.mask_embed[-1].out_features == pixels.out_channels == 32
    assert transformer.level_embed.num_embeddings == pixels.num_memory_levels == 2
    assert transformer.class_embed.out_features == built.num_classes + 1 == built.criterion.num_classes + 1


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (
            dict(pixel_decoder__feat_chanels=64),
            r'pixel_decoder\.feat_chanels: .* no such option; did you mean `feat_ch',
        ),
        (dict(transformer_decoder__queries=5), r'transformer_decoder\.queries: TransformerDecoder has no such option'),
        (dict(loss__points=5), r'loss\.points: SetCriterion has no such option'),
        (dict(widht=5), r'widht: PDecoderHead has no such option'),
        (dict(loss=None), r': PDecoderHead needs loss'),
        (dict(num_classes=None), r': PDecoderHead needs num_classes'),
        (dict(loss__type=None), r'loss: it is \{.*\}; it must be a dict with a type'),
        (dict(loss=3), r'loss: it is 3; it must be a dict with a type'),
        (dict(loss__type='mmdatasetdm.SetCriterium'), r"loss\.type: there is no 'mmdatasetdm\.SetCriterium'"),
        (dict(transformer_decoder__num_heads=5), r'transformer_decoder: feat_channels 96 must be a multiple of'),
        (dict(transformer_decoder__feat_channels=64), r'transformer_decoder\.feat_channels: it is 64, but 96 follows'),
        (dict(pixel_decoder__upsample_channels=(8,)), r'pixel_decoder: upsample has 2 steps but upsample_channels 1'),
        (dict(in_channels=(6, 9)), r'in_channels: it is \(6, 9\), but \(6, 8\) follows from the rest of the model'),
        (dict(phrase_classes=[1]), r'phrase_classes: there are 1 class ids, but class_phrases .* has 2 names'),
    ],
)
def test_a_mistake_is_one_line_with_its_path(changes, message):
    with pytest.raises(UserError, match=r'^model\.decode_head\.?' + message) as raised:
        build(head(**changes))
    assert '\n' not in str(raised.value)


def test_what_is_said_twice_alike_is_no_mistake():
    assert build(head(in_channels=[6, 8], stride=8)).decoder.pixel_decoder.in_channels == (6, 8)


def test_another_packages_pixel_decoder():
    @MODELS.register_module(force=True)
    class WidePixelDecoder(PixelDecoder):
        def __init__(self, *, in_channels) -> None:
            super().__init__(in_channels=in_channels, feat_channels=128, num_memory_levels=2)

    built = build(head(pixel_decoder=dict(type='mmdatasetdm.WidePixelDecoder')))
    assert built.decoder.transformer_decoder.feat_channels == 128
    with_class = build_module(dict(type=WidePixelDecoder), path='pixel_decoder', in_channels=(6, 8))
    assert with_class.feat_channels == 128
