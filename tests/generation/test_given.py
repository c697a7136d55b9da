"""Images from anywhere become a labelled data set, each in its own size."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.given import ImageFolder, read_upright
from tests.generation.conftest import manifest
from tools.generate import main


@pytest.fixture
def folder(tmp_path):
    """Three images of three sizes, one in a folder, and what looks like one."""
    root, rng = tmp_path / 'mine', np.random.default_rng(0)
    (root / 'more').mkdir(parents=True)
    for name, size in (('a.png', (64, 64)), ('b.jpg', (80, 120)), ('more/c.png', (96, 70))):
        Image.fromarray(rng.integers(0, 255, (*size, 3), np.uint8)).save(root / name)
    (root / 'd.png').write_bytes(b'no image')
    (root / 'notes.txt').write_text('x')
    return root


def options(recipe_file, out, folder, *more):
    return [
        str(recipe_file),
        '--out',
        str(out),
        '--device',
        'cpu',
        '--label-folder',
        str(folder),
        '--cfg-options',
        'writer.keep_latents=False',
        *more,
    ]


def test_a_folder_becomes_a_data_set(tmp_path, make_recipe, folder):
    recipe, out = make_recipe({'writer.keep_latents': False}), tmp_path / 'out'
    dataset = generate(recipe, out, label_folder=ImageFolder(root=folder, classes=('chair', 'sofa')))
    assert (dataset.samples, dataset.selected, dataset.failed) == (4, 3, 1)
    assert next(iter(dataset.failures)).startswith('d.png is no image, or damaged')
    lines = manifest(out)
    assert [line['sampler']['image'] for line in lines] == ['a.png', 'b.jpg', 'd.png', 'more/c.png']
    assert [line['size'] for line in lines] == [[64, 64], [80, 120], [128, 128], [96, 70]]
    assert lines[1]['sampler']['read_size'] == [128, 192] and lines[0]['classes'] == ['chair', 'sofa']
    for line, name in ((lines[0], 'a.png'), (lines[3], 'more/c.png')):
        np.testing.assert_array_equal(Image.open(out / line['files']['image']), Image.open(folder / name))
        assert Image.open(out / line['files']['semantic']).size[::-1] == tuple(line['size'])
    # interrupted: the same; relabelled: the same
    (out / 'shards/00000.json').unlink()
    masks = [(out / line['files']['semantic']).read_bytes() for line in lines if line['files']]
    generate(recipe, out, label_folder=ImageFolder(root=folder, classes=('chair', 'sofa')))
    generate(recipe, tmp_path / 'again', relabel=out)
    for root in (out, tmp_path / 'again'):
        assert [(root / line['files']['semantic']).read_bytes() for line in lines if line['files']] == masks
    with pytest.raises(UserError, match=r'holds a data set of another recipe .prompts\.images'):
        generate(recipe, out, label_folder=ImageFolder(root=folder))


def test_a_list_with_sentences(tmp_path, recipe_file, folder, capsys):
    lines = [dict(file_name='more/c.png', text='two chairs and a sofa'), dict(file_name='a.png', classes=['table'])]
    (tmp_path / 'list.jsonl').write_text('\n'.join(map(json.dumps, lines)))
    command = options(recipe_file, tmp_path / 'out', folder)
    command[1:1] = ['--image-prompts', str(tmp_path / 'list.jsonl')]
    assert main(command) == 0, capsys.readouterr().err
    found = [(line['sampler']['image'], line['prompt'], line['classes']) for line in manifest(tmp_path / 'out')]
    assert found == [('more/c.png', 'two chairs and a sofa', ['chair', 'sofa']), ('a.png', '', ['table'])]


@pytest.mark.parametrize(
    'line, words',
    [
        ('{"text": "a chair"}', 'line 1: it must be {"file_name"'),
        ('[]', 'line 1: it must be'),
        ('{"file_name": "z.png"}', 'line 1: there is no image z.png'),
        ('{"file_name": "../../etc/passwd"}', 'leads out of that folder'),
        ('{"file_name": "a.png", "classes": ["dragon"]}', "no class 'dragon' in the decoder"),
    ],
)
def test_mistakes_in_the_list(tmp_path, recipe_file, folder, capsys, line, words):
    (tmp_path / 'list.jsonl').write_text(line)
    command = options(recipe_file, tmp_path / 'out', folder)
    assert main([*command[:1], '--image-prompts', str(tmp_path / 'list.jsonl'), *command[1:]]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count('\n') == 1


def test_other_mistakes(tmp_path, recipe_file, make_recipe, folder, capsys):
    recipe = make_recipe({'writer.keep_latents': False})
    with pytest.raises(UserError, match=r'--num 5: .* has 4 images'):
        generate(recipe, tmp_path / 'out', num=5, label_folder=ImageFolder(root=folder))
    with pytest.raises(UserError, match='there is no such folder'):
        generate(recipe, tmp_path / 'out', label_folder=ImageFolder(root=tmp_path / 'nowhere'))
    with pytest.raises(UserError, match=r'has no image'):
        (tmp_path / 'empty').mkdir()
        generate(recipe, tmp_path / 'out', label_folder=ImageFolder(root=tmp_path / 'empty'))
    with pytest.raises(UserError, match=r'writer\.keep_latents: the latents of given images differ in size'):
        generate(make_recipe(), tmp_path / 'out', label_folder=ImageFolder(root=folder))
    assert main([str(recipe_file), '--out', str(tmp_path / 'out'), '--image-classes', 'chair', '--device', 'cpu']) == 2
    assert 'belong to --label-folder' in capsys.readouterr().err


def test_an_image_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.new('RGB', (40, 20)).save(tmp_path / 'x.jpg', exif=exif)
    assert read_upright(tmp_path / 'x.jpg').shape == (40, 20, 3)
