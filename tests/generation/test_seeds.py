"""Streams of random numbers that never run into each other."""

from mmdatasetdm.generation.seeds import sample_rng, sample_seed


def test_a_seed_is_a_function_of_its_three_parts():
    assert sample_seed(1, 2, 'image') == sample_seed(1, 2, 'image')
    seeds = {sample_seed(r, i, stream) for r in range(20) for i in range(20) for stream in ('image', 'prompt')}
    assert len(seeds) == 800 and all(0 <= seed < 2**63 for seed in seeds)
    assert sample_seed(1, 12, 'x') != sample_seed(11, 2, 'x')


def test_generator_of_a_sample():
    assert sample_rng(0, 5, 'prompt').random() == sample_rng(0, 5, 'prompt').random()
    assert sample_rng(0, 5, 'prompt').random() != sample_rng(0, 6, 'prompt').random()
