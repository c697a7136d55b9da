import multiprocessing

import pytest
import torch
from torch import distributed

from mmdatasetdm.decoder.pixel_decoder import FeatureNorm, PixelDecoder
from mmdatasetdm.errors import UserError


def features(batch: int = 2) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    return [torch.randn(batch, c, s, s, generator=random) for c, s in ((20, 16), (30, 8), (40, 4))]


def make(**changes) -> PixelDecoder:
    torch.manual_seed(0)
    sizes = dict(
        in_channels=(20, 30, 40), feat_channels=16, num_memory_levels=3, upsample=(2, 2), upsample_channels=(16, 8)
    )
    return PixelDecoder(**{**sizes, **changes})


def test_shapes_are_those_of_the_toy_config():
    pixels, memory = make()(features())
    assert pixels.shape == (2, 8, 64, 64)
    assert [tuple(level.shape) for level in memory] == [(2, 16, 4, 4), (2, 16, 8, 8), (2, 16, 16, 16)]


def test_mask_features_of_stable_diffusion_are_about_a_third_of_the_image():
    decoder = PixelDecoder(in_channels=(8, 8, 8, 8), feat_channels=8, num_memory_levels=3, upsample=(2.5,))
    pixels, memory = decoder([torch.randn(1, 8, s, s) for s in (64, 32, 16, 8)])
    assert pixels.shape == (1, 8, 160, 160)
    assert [level.shape[-1] for level in memory] == [8, 16, 32]


def test_sides_need_not_be_equal_nor_powers_of_two():
    pixels, _ = make()([torch.randn(1, 20, 12, 20), torch.randn(1, 30, 6, 10), torch.randn(1, 40, 3, 5)])
    assert pixels.shape == (1, 8, 48, 80)


def test_an_image_is_decoded_alike_in_any_batch():
    decoder = make().eval()
    batch, _ = decoder(features())
    alone, _ = decoder([level[1:] for level in features()])
    torch.testing.assert_close(batch[1:], alone)


def test_gradients_reach_every_parameter():
    decoder = make()
    pixels, memory = decoder(features())
    (pixels.square().sum() + sum(level.square().sum() for level in memory)).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in decoder.parameters())


def test_wrong_features_are_named():
    with pytest.raises(UserError, match=r'built for features of \(20, 30, 40\) channels .* but got \(20, 31, 40\)'):
        make()([torch.randn(1, 20, 16, 16), torch.randn(1, 31, 8, 8), torch.randn(1, 40, 4, 4)])


def test_bad_sizes_are_named():
    with pytest.raises(UserError, match='upsample has 2 steps but upsample_channels 1 numbers'):
        make(upsample_channels=(8,))
    with pytest.raises(UserError, match='num_memory_levels is 4, but the features have 3 levels'):
        make(num_memory_levels=4)


def test_feature_norm_is_the_mean_over_the_training_batches_and_then_fixed():
    norm = FeatureNorm(channels=3, warmup=4)
    batches = [torch.randn(2, 3, 5, 5) * torch.tensor([1.0, 100.0, 0.01])[:, None, None] + 7 for _ in range(4)]
    for batch in batches:
        norm(batch)
    out = norm(torch.cat(batches))
    torch.testing.assert_close(out.mean(dim=(0, 2, 3)), torch.zeros(3), atol=2e-2, rtol=0)
    torch.testing.assert_close(out.std(dim=(0, 2, 3))[:2], torch.ones(2), atol=2e-2, rtol=0)
    before = norm.mean.clone()
    norm(torch.randn(2, 3, 5, 5))
    assert torch.equal(norm.mean, before)


def test_feature_norm_says_the_same_in_training_and_evaluation():
    norm = FeatureNorm(channels=3)
    batch = torch.randn(2, 3, 5, 5)
    trained = norm(batch)
    torch.testing.assert_close(norm.eval()(batch), trained)


def test_finer_levels_may_be_narrower():
    decoder = PixelDecoder(
        in_channels=(5, 20, 30, 40), feat_channels=16, num_memory_levels=3, fine_channels=(8,), upsample=()
    )
    pixels, memory = decoder([torch.randn(2, 5, 32, 32), *features()])
    assert pixels.shape == (2, 8, 32, 32)
    assert [tuple(level.shape[1:]) for level in memory] == [(16, 4, 4), (16, 8, 8), (16, 16, 16)]
    with pytest.raises(UserError, match='fine_channels has 1 numbers, but 0 of the 3 levels are finer'):
        make(fine_channels=(8,))


def _train_on_a_part(rank: int, folder: str, batches: list[list[torch.Tensor]]) -> None:
    """One of two processes: its own images, its own statistics at first."""
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', store=distributed.FileStore(f'{folder}/store', 2), rank=rank, world_size=2)
    norm = FeatureNorm(channels=3, warmup=2)
    for batch in batches:
        norm(batch[rank])
    torch.save(norm.state_dict(), f'{folder}/{rank}.pth')
    distributed.destroy_process_group()


def test_all_processes_of_a_training_have_the_same_statistics(tmp_path):
    # the images of one process are darker, fewer and smaller
    batches = [[torch.randn(2, 3, 8, 8) * 3 + 5, torch.randn(1, 3, 4, 8)] for _ in range(3)]
    # forked, which spares the imports: nothing in the child computes with OpenMP
    context = multiprocessing.get_context('fork')
    processes = [context.Process(target=_train_on_a_part, args=(rank, str(tmp_path), batches)) for rank in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    first, second = (torch.load(tmp_path / f'{rank}.pth', weights_only=True) for rank in (0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert first['batches'] == 2, 'fixed after the warm-up'
    pixels = [torch.cat([part.transpose(0, 1).flatten(1) for part in batch], dim=1) for batch in batches[:2]]
    torch.testing.assert_close(first['mean'], torch.stack([batch.mean(1) for batch in pixels]).mean(0))
    torch.testing.assert_close(first['square'], torch.stack([batch.square().mean(1) for batch in pixels]).mean(0))
