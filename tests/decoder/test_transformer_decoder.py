import pytest
import torch

from mmdatasetdm.decoder.transformer_decoder import QueryDecoder, sine_positions
from mmdatasetdm.errors import UserError


def make(**changes) -> QueryDecoder:
    torch.manual_seed(0)
    sizes = {
        'classes': 5,
        'width': 16,
        'mask_width': 8,
        'queries': 7,
        'layers': 4,
        'heads': 2,
        'feedforward': 32,
        'memory_levels': 3,
    }
    return QueryDecoder(**{**sizes, **changes})


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


def test_a_query_looks_only_where_its_mask_is():
    decoder = make(heads=2)
    masks = torch.full((1, 7, 8, 8), -1.0)
    masks[0, 0, :4] = 1  # the upper half
    blocked = decoder._blocked(masks, (4, 4)).view(1, 2, 7, 4, 4)
    assert not blocked[0, :, 0, :2].any() and blocked[0, :, 0, 2:].all()
    assert not blocked[0, :, 1:].any(), 'an empty mask must block nothing'


def test_what_is_outside_all_masks_is_not_read():
    decoder = make(layers=1).eval()
    pixels, memory = inputs(1)
    first = decoder(pixels, memory)
    blocked = decoder._blocked(first.mask_logits[0], (4, 4)).view(2, 7, 4, 4)[0].all(dim=0)
    changed = [memory[0] + 100 * blocked, *memory[1:]]
    torch.testing.assert_close(decoder(pixels, changed).class_logits, first.class_logits)


def test_positions_tell_every_place_apart():
    positions = sine_positions(height=5, width=7, channels=16, device=torch.device('cpu'))
    assert positions.shape == (35, 16)
    assert torch.cdist(positions, positions).fill_diagonal_(1).min() > 0.05


def test_width_must_suit_heads():
    with pytest.raises(UserError, match='width 18 must be a multiple of 4 and of the 3 heads'):
        make(width=18, heads=3)
