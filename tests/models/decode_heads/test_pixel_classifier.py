"""PixelClassifierHead: its loss, one rule for all names, and an open vocabulary; more is in test_pdecoder.py."""

import math

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import PixelClassifierHead
from tests.models.decode_heads.test_pdecoder import SIZES, features, phrase_head, pixel_head, samples


def test_the_pixel_heads_loss_is_the_mean_over_labelled_pixels():
    head = pixel_head()
    torch.nn.init.zeros_(head.decoder.classifier.weight)
    torch.nn.init.zeros_(head.decoder.classifier.bias)
    losses = head.loss(features(), samples(), None)
    torch.testing.assert_close(losses['loss_ce'], torch.tensor(math.log(4)))


def test_a_class_that_the_prompt_does_not_name_is_less_likely():
    head = phrase_head().eval()
    levels = [level.abs() for level in features()]
    for level in levels:
        level[0, -2:] = torch.tensor([0.1, 0.0])[:, None, None]  # the first image's prompt names class 1 alone
    logits = head(levels)
    own = head.decoder.own(head.decoder.pixel_decoder(levels)[0].relu())
    torch.testing.assert_close(logits[:, [0, 2]], own[:, [0, 2]])
    torch.testing.assert_close(logits[0, 3], own[0, 3] - 1)
    assert (logits[1, [1, 3]] - own[1, [1, 3]]).abs().max() < 2


def test_names_share_one_rule():
    head = phrase_head().eval()
    levels = [level.abs() for level in features()]
    swapped = [torch.cat([level[:, :-2], level[:, -2:].flip(1)], 1) for level in levels]
    pixels = torch.randn(2, head.decoder.pixel_decoder.out_channels, 16, 24)
    head.decoder.pixel_decoder.forward = lambda features: (pixels, [])
    rule, other = (head(x) - head.decoder.own(pixels.relu()) for x in (levels, swapped))
    torch.testing.assert_close(rule[:, [1, 3]], other[:, [3, 1]])
    assert (rule[:, 1] - rule[:, 3]).abs().max() > 1e-3


def test_phrases_without_attention_are_a_mistake():
    with pytest.raises(UserError, match=r'phrase_classes is \[1\] with 4 classes and attention in 0 levels'):
        pixel_head(phrase_classes=(1,))
    with pytest.raises(UserError, match='phrase_classes'):
        pixel_head(phrase_classes=(4,), phrase_levels=(1,))


def test_an_open_vocabulary_takes_names_that_training_did_not_have():
    loss = dict(type='mmdatasetdm.PixelCriterion')
    sizes = {**SIZES, 'phrase_levels': (0, 1), 'open_vocabulary': True, 'loss': loss}
    torch.manual_seed(0)
    two = PixelClassifierHead(**{**sizes, 'num_classes': 3}, phrase_classes=(1, 2)).eval()
    three = PixelClassifierHead(**{**sizes, 'num_classes': 4, 'in_channels': (7, 9)}, phrase_classes=(1, 2, 3)).eval()
    three.load_state_dict(two.state_dict())
    levels = [level.abs() for level in features()]
    more = [torch.cat([level, level[:, -1:].flip(3)], 1) for level in levels]
    torch.testing.assert_close(three(more)[:, :3], two(levels))
    swapped = [torch.cat([level[:, :-3], level[:, -3:].flip(1)], 1) for level in more]
    torch.testing.assert_close(three(swapped)[:, [3, 2, 1]], three(more)[:, 1:])
    with pytest.raises(UserError, match='open_vocabulary needs phrase_classes'):
        pixel_head(open_vocabulary=True)
