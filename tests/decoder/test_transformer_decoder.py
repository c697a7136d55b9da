import pytest
import torch

from mmdatasetdm.decoder.transformer_decoder import TransformerDecoder, sine_positions
from mmdatasetdm.errors import UserError


def make(**changes) -> TransformerDecoder:
    torch.manual_seed(0)
    sizes = dict(
        num_classes=5,
        feat_channels=16,
        mask_channels=8,
        num_queries=7,
        num_layers=4,
        num_heads=2,
        feedforward_channels=32,
        num_memory_levels=3,
    )
    return TransformerDecoder(**{**sizes, **changes})


def inputs(batch: int = 2) -> tuple[torch.Tensor, list[torch.Tensor]]:
    random = torch.Generator().manual_seed(1)
    memory = [torch.randn(batch, 16, s, s, generator=random) for s in (4, 8, 16)]
    return torch.randn(batch, 8, 32, 32, generator=random), memory


def test_every_layer_and_the_start_make_a_prediction():
    predictions = make()(*inputs())
    assert predictions.class_logits.shape == (5, 2, 7, 6)
    assert predictions.mask_logits.shape == (5, 2, 7, 32, 32)


def test_an_image_is_decoded_alike_in_any_batch():
    decoder = make().eval()
    pixels, memory = inputs()
    batch = decoder(pixels, memory)
    alone = decoder(pixels[1:], [level[1:] for level in memory])
    torch.testing.assert_close(batch.class_logits[:, 1:], alone.class_logits)
    torch.testing.assert_close(batch.mask_logits[:, 1:], alone.mask_logits)


def test_gradients_reach_every_parameter():
    decoder = make()
    predictions = decoder(*inputs())
    (predictions.class_logits.square().sum() + predictions.mask_logits.square().sum()).backward()
    without = [
        name for name, parameter in decoder.named_parameters() if parameter.grad is None or not parameter.grad.any()
    ]
    assert without == []


def test_a_query_attends_only_inside_its_mask():
    decoder = make(num_heads=2)
    masks = torch.full((1, 7, 8, 8), -1.0)
    masks[0, 0, :4] = 1  # the upper half
    attn_mask = decoder._attn_mask(masks, torch.zeros(1, 16, 4, 4)).view(1, 2, 7, 4, 4)
    assert not attn_mask[0, :, 0, :2].any() and attn_mask[0, :, 0, 2:].all()
    assert not attn_mask[0, :, 1:].any(), 'an empty mask excludes nothing'


def test_what_is_outside_all_masks_is_not_attended_to():
    decoder = make(num_layers=1).eval()
    pixels, memory = inputs(1)
    first = decoder(pixels, memory)
    outside = decoder._attn_mask(first.mask_logits[0], memory[0]).view(2, 7, 4, 4)[0].all(dim=0)
    changed = [memory[0] + 100 * outside, *memory[1:]]
    torch.testing.assert_close(decoder(pixels, changed).class_logits, first.class_logits)


def test_every_pixel_has_its_own_position():
    positions = sine_positions(height=5, width=7, channels=16, device=torch.device('cpu'))
    assert positions.shape == (35, 16)
    assert torch.cdist(positions, positions).fill_diagonal_(1).min() > 0.05


def test_channels_must_suit_heads():
    with pytest.raises(UserError, match='feat_channels 18 must be a multiple of 4 and of num_heads, 3'):
        make(feat_channels=18, num_heads=3)
