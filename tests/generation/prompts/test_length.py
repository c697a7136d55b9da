"""Class words behind the text encoder's last token are told before a data set is made."""

import pytest

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.prompts.base import Prompt, build_prompts
from mmdatasetdm.generation.prompts.length import clip_reads, cut_classes, reader_of, warn_of_cut_classes
from tests.diffusion.families.folders import save

LONG = f'a chair and {"the table and " * 20}a sofa'


def test_what_the_encoder_reads(toy_generator, toy_generator_folder):
    for read in (toy_generator.readable_part, reader_of(str(toy_generator_folder))):
        assert read('a red chair') == 'a red chair'
        part = read(LONG)
        assert LONG.startswith(part) and 28 < len(part.split()) <= 30, 'of 32 tokens two are begin and end'
        assert cut_classes(Prompt(LONG, ('chair', 'sofa')), {}, read) == ('sofa',)
        assert cut_classes(Prompt(LONG, ('table',)), {}, read) == ()
        # a class that the text does not name is the person's own knowledge
        assert cut_classes(Prompt(LONG, ('lamp',)), {}, read) == ()


@pytest.mark.parametrize(('name', 'words'), [('pixart_alpha', 119), ('sana', 299), ('deepfloyd_if', 76)])
def test_the_length_is_that_of_the_family(tmp_path, name, words):
    """Their tokenizers are not CLIP's, and no config says the length: of the tokens one or two are begin and end."""
    read = reader_of(str(save(name, tmp_path)))
    assert read(' '.join(['Chair'] * words)) == ' '.join(['Chair'] * words)
    assert read(' '.join(['Chair'] * 600)) == ' '.join(['chair'] * words), 'in the spelling of the tokenizer'


def test_a_broken_generator_is_read_as_clip(tmp_path):
    (save('pixart_alpha', tmp_path) / 'tokenizer' / 'tokenizer.json').write_text('{')
    assert reader_of(str(tmp_path)) is clip_reads


def test_without_the_tokenizer_clips_length_is_taken():
    read = reader_of('nobody/has-this-generator')
    assert read is reader_of(None) is clip_reads
    words = 'a cat, ' * 24 + 'a dog 123'
    assert clip_reads(words) == 'a cat, ' * 24 + 'a dog 1'
    assert clip_reads('a dog') == 'a dog'


def test_generation_begins_with_a_warning(tmp_path, make_recipe):
    path = tmp_path / 'prompts.txt'
    path.write_text(f'a sofa\n{LONG}\na chair\n')
    recipe = make_recipe(
        {'prompts': dict(_delete_=True, type='file', path=str(path), classes=['chair', 'table', 'sofa'])}
    )
    said = []
    generate(recipe, tmp_path / 'out', num=4, log=said.append)
    assert said[1].startswith('warning: 1 of 3 prompts name a class only behind the 32 tokens that the text encoder')
    assert 'sample 1: sofa' in said[1]


def test_no_warning_where_all_is_read():
    prompts = build_prompts(dict(type='toyroom'), seed=0)
    toyroom = DiffusionModel.load('toyroom')
    assert warn_of_cut_classes(prompts, num=300, read=toyroom.readable_part, max_tokens=toyroom.max_tokens) == []
