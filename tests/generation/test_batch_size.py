"""Batches get smaller when memory runs out, and larger again later."""

from mmdatasetdm.generation.batch_size import BatchSize


def grow(size: BatchSize, shards: int) -> list[str]:
    return [line for line in (size.grow() for _ in range(shards)) if line]


def test_smaller_and_larger_again():
    size = BatchSize(12)
    assert not grow(size, 100) and size.now == 12
    assert '12 images does not fit in the memory; 6 at once from now on' in size.shrink('cuda:1')
    size.shrink('cuda:1')
    assert size.now == 3
    assert not grow(size, size.FIRST_PATIENCE - 1)
    assert grow(size, 1) == ['batches of 6 images are tried again']
    assert grow(size, size.FIRST_PATIENCE) == ['batches of 12 images are tried again'] and size.now == 12
    assert not grow(size, 100)


def test_what_fails_again_is_left_alone_for_longer():
    size = BatchSize(4)
    for times in range(3):
        assert f'after {size.FIRST_PATIENCE * 2**times} shards' in size.shrink('cpu')
        assert not grow(size, size.FIRST_PATIENCE * 2**times - 1) and size.now == 2
        assert grow(size, 1) and size.now == 4
    grow(size, 1)  # this time it fits
    assert f'after {size.FIRST_PATIENCE} shards' in size.shrink('cpu')


def test_never_below_one():
    size = BatchSize(3)
    size.shrink('cpu')
    assert size.now == 1
