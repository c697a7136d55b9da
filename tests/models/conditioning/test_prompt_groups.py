"""59 names that the text encoder does not read at once: in groups, or each image with its own."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import DiffusionFeatureBackbone
from mmdatasetdm.models.conditioning.prompt_groups import in_groups

NAMES = [f'{letter}{letter}{number}' for number in range(3) for letter in 'bcdf']  # four tokens each, comma included


def words_fit(count: int):
    return lambda text: len(text.split()) <= count


@pytest.mark.parametrize(
    ('names', 'lines'),
    [('a', ['a']), ('abc', ['a b c']), ('abcd', ['a b c', 'd']), ('abcdefg', ['a b c', 'd e f', 'g'])],
)
def test_as_many_names_a_line_as_fit(names, lines):
    assert in_groups(list(names), sentence=' '.join, fits=words_fit(3)).split('\n') == lines


def test_a_name_that_is_too_long_has_its_own_line():
    assert in_groups(['a', 'b c d e', 'f'], sentence=' '.join, fits=words_fit(3)) == 'a\nb c d e\nf'


@pytest.fixture
def make(toy_generator_folder):
    def build(**changes) -> DiffusionFeatureBackbone:
        given = dict(generator=str(toy_generator_folder), timestep=5, class_phrases=NAMES, dtype='float32')
        return DiffusionFeatureBackbone(**{**given, **changes})

    return build


@pytest.fixture
def latents() -> torch.Tensor:
    return torch.randn(2, 16, 8, 8, generator=torch.Generator().manual_seed(0))


def test_every_name_has_the_attention_of_its_group(make, latents, log):
    backbone = make()
    lines = backbone.prompt.split('\n')
    assert len(lines) > 1 and ', '.join(lines) == ', '.join(NAMES)
    (line,) = (line for line in log if 'names' in line)
    assert line.partition(' ')[2].startswith('the 12 names do not fit the 32 tokens that ')
    assert f'they are read in {len(lines)} groups, an extraction pass each; with prompt_template' in line
    extracted = backbone.extract(latents)
    alone = [make(class_phrases=line.split(', ')).extract(latents) for line in lines]
    for stride, maps in extracted.phrase_attention.items():
        torch.testing.assert_close(maps, torch.cat([one.phrase_attention[stride] for one in alone], 1))
    for stride, maps in extracted.pyramid.items():
        torch.testing.assert_close(maps, torch.stack([one.pyramid[stride] for one in alone]).mean(0))


def test_images_with_few_and_with_many_names_in_one_batch(make, latents):
    backbone = make(prompt_template='a room with {classes}')
    prompts = [backbone.prompt_of(NAMES[:2]), backbone.prompt_of(NAMES)]
    assert prompts[0] == 'a room with a bb0 and a cc0' and prompts[1].startswith('a room with a bb0')
    assert all(line.startswith('a room with a ') for line in prompts[1].split('\n')) and '\n' in prompts[1]
    together = backbone.extract(latents, prompts)
    for row, prompt in enumerate(prompts):
        alone = backbone.extract(latents[row : row + 1], [prompt])
        for name in ('pyramid', 'phrase_attention'):
            for stride, maps in getattr(alone, name).items():
                torch.testing.assert_close(getattr(together, name)[stride][row : row + 1], maps, atol=1e-4, rtol=1e-3)
    for maps in together.phrase_attention.values():
        assert (maps[0].amax((1, 2)) > 0).tolist() == [True] * 2 + [False] * 10 and (maps[1].amax((1, 2)) > 0).all()


def test_a_sentence_that_is_cut_is_a_mistake(make):
    with pytest.raises(
        UserError, match=r'class_phrases .*ff2 are not in the prompt .*leave prompt out, and they are read in groups'
    ):
        make(prompt=', '.join(NAMES))
    with pytest.raises(
        UserError, match=r'class_phrases sofa are not in the prompt .*put them into it, or leave it out'
    ):
        make(prompt='a room', class_phrases=['sofa', 'room'])
    with pytest.raises(UserError, match=r'class_phrases .* are not in the prompt'):
        make(class_phrases=[*NAMES, 'q' * 40])


def test_without_phrases_one_pass_is_enough(make):
    backbone = make(class_phrases=(), prompt_template='{classes}')
    assert backbone.prompt == '' and '\n' not in backbone.prompt_of(NAMES)
