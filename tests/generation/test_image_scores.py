"""Scores of images: hashes, CLIP with random weights of its true architecture, similarity to real images."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.image_scores import Clip, ImageScorer, Reference, phash, score
from mmdatasetdm.generation.scores import numbers
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.toyroom.paths import TOYROOM_DATA
from mmdatasetdm.utils.io import read_image
from tests.conftest import make_tokenizer
from tools.score import main

pytest.importorskip('imagehash', reason='imagehash is not installed')


@pytest.fixture(scope='module')
def clip_folder(tmp_path_factory):
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    folder, tokenizer = tmp_path_factory.mktemp('clip'), make_tokenizer(16)
    torch.manual_seed(0)
    small = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2)
    text = dict(small, vocab_size=len(tokenizer), max_position_embeddings=16, eos_token_id=len(tokenizer) - 1)
    config = CLIPConfig(text_config=text, vision_config=dict(small, image_size=32, patch_size=8), projection_dim=24)
    CLIPModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    size = dict(height=32, width=32)
    CLIPImageProcessor(size=dict(shortest_edge=32), crop_size=size).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(in_folders, tmp_path):
    return shutil.copytree(in_folders, tmp_path / 'copy', copy_function=os.link)


def test_hashes_of_an_image_and_a_smaller_copy_are_near():
    image = read_image(TOYROOM_DATA / 'JPEGImages/test_0000.jpg')
    smaller = np.asarray(Image.fromarray(image).resize((80, 80)))
    other = read_image(TOYROOM_DATA / 'JPEGImages/test_0001.jpg')
    assert (phash(image) ^ phash(smaller)).bit_count() <= 4 < 12 < (phash(image) ^ phash(other)).bit_count()


def test_clip_agrees_with_transformers(clip_folder):
    from transformers import CLIPModel, CLIPProcessor

    images = [np.full((40, 60, 3), value, np.uint8) for value in (0, 90, 200)]
    texts = ['a room with a chair', 'a red dog', 'a ' * 40]
    clip = Clip(clip_folder)
    model = CLIPModel.from_pretrained(clip_folder).eval()
    processor = CLIPProcessor(image_processor=clip.processor, tokenizer=clip.tokenizer)
    inputs = processor(text=texts, images=images, return_tensors='pt', padding=True, truncation=True)
    with torch.no_grad():
        logits = model(**inputs).logits_per_image / model.logit_scale.exp()
    assert torch.allclose(clip.images(images) @ clip.texts(texts).T, logits, atol=1e-5)


def test_scores_of_a_data_set(folder, in_folders, clip_folder, tmp_path, capsys):
    (tmp_path / 'labelled').mkdir()
    shutil.copyfile(in_folders / 'JPEGImages/00000002.png', tmp_path / 'labelled/a.png')
    (tmp_path / 'val.txt').write_text(f'{in_folders}/JPEGImages/00000003.png\n')
    arguments = ['--clip', str(clip_folder), '--labelled', str(tmp_path / 'labelled'), '--validation']
    assert main([str(folder), *arguments, str(tmp_path / 'val.txt')]) == 0
    assert '10 images scored\n10 of 10 samples are listed for training, as before' in capsys.readouterr().out
    clip = Clip(clip_folder)
    for line in read_manifest(folder):
        image = read_image(folder / line.files['image'])
        assert line.scores.image.phash == f'{phash(image):016x}'
        agreement = float(clip.images([image])[0] @ clip.texts([line.prompt])[0])
        assert line.scores.image.clip == pytest.approx(agreement, abs=2e-4)
        assert (line.scores.image.labelled == 1.0) == (line.id == 2), 'leakage is seen'
        assert (line.scores.image.validation_clip > 0.9999) == (line.id == 3)
        assert 'image.labelled_clip' in numbers(line.scores)
    stamps = [path.stat().st_mtime_ns for path in sorted((folder / 'scores').iterdir())]
    (folder / 'scores/00001.json').write_text('{')
    assert main([str(folder), *arguments, str(tmp_path / 'val.txt')]) == 0
    assert '4 images scored' in capsys.readouterr().out
    after = [path.stat().st_mtime_ns for path in sorted((folder / 'scores').iterdir())]
    assert [old == new for old, new in zip(stamps, after, strict=True)] == [True, False, True]
    assert len(json.loads((folder / 'scores/00001.json').read_text())['samples']) == 4


def test_tar_shards_are_scored(in_tars, in_folders, tmp_path):
    root = shutil.copytree(in_tars, tmp_path / 'copy', copy_function=os.link)
    assert main([str(root)]) == 0
    for line in read_manifest(root):
        image = read_image(in_folders / f'JPEGImages/{line.name}.png')
        assert line.scores.image.phash == f'{phash(image):016x}' and line.scores.image.clip is None


def test_the_nearest_of_many():
    generator = np.random.default_rng(0)
    reference = Reference([], None)
    reference.hashes = generator.integers(0, 1 << 63, 1000, dtype=np.uint64)
    value = int(reference.hashes[777]) ^ 0b101
    assert reference.equal_bits(value) == 62 / 64


def test_other_options_score_anew(folder, in_folders):
    assert score(folder, ImageScorer(), log=lambda line: None) == 10
    assert score(folder, ImageScorer(), log=lambda line: None) == 0
    assert score(folder, ImageScorer(labelled=[in_folders / 'JPEGImages/00000001.png']), log=lambda line: None) == 10


def test_no_clip(folder, tmp_path, capsys):
    assert main([str(folder), '--clip', str(tmp_path)]) == 2
    assert 'is no folder of a CLIP model: it has no config.json' in capsys.readouterr().err
    with pytest.raises(UserError, match='is no folder of a CLIP model'):
        (tmp_path / 'config.json').write_text('{}')
        Clip(tmp_path)
