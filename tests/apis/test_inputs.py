"""Images that a person gives: files, folders and arrays, in batches of one size."""

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.apis.inputs import encode, in_batches, list_images
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.handover import reading_size as feature_size


def test_feature_sizes_keep_the_shape_of_an_image(toy_generator):
    coarsest = max(toy_generator.strides)
    assert feature_size((128, 128), toy_generator) == (128, 128)
    height, width = feature_size((480, 640), toy_generator)
    assert height == 128 and width == round(128 * 4 / 3 / coarsest) * coarsest
    assert feature_size((9, 900), toy_generator)[0] == 128


def test_files_folders_and_arrays(tmp_path):
    for name in ('b.png', 'a.jpg'):
        Image.new('RGB', (8, 8)).save(tmp_path / name)
    (tmp_path / 'notes.txt').write_text('no image')
    array = np.zeros((8, 8, 3), np.uint8)
    found = list_images([tmp_path, array, str(tmp_path / 'b.png')])
    assert (
        found[:2] == [tmp_path / 'a.jpg', tmp_path / 'b.png'] and found[2] is array and found[3] == tmp_path / 'b.png'
    )


def test_a_folder_without_images(tmp_path):
    with pytest.raises(UserError, match='has no image'):
        list_images([tmp_path])


def test_batches_are_of_one_size_and_keep_the_order():
    images = [np.full((side, 8, 3), number, np.uint8) for number, side in enumerate((8, 8, 8, 4, 8))]
    batches = [[int(image.pixels[0, 0, 0]) for image in batch] for batch in in_batches(images, size=2)]
    assert batches == [[0, 1], [2], [3], [4]]


def test_a_damaged_image_is_told(tmp_path):
    (tmp_path / 'x.png').write_bytes(b'no image')
    with pytest.raises(UserError, match='is no image'):
        list(in_batches(list_images([tmp_path]), size=1))


def test_encoded_images_are_those_of_the_autoencoder(toy_generator):
    pixels = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    ((image,),) = in_batches([pixels], size=1)
    batch = encode([image], generator=toy_generator, classes=['chair'], first=3)
    assert list(batch.ids) == [3] and batch.prompts[0].classes == ('chair',) and batch.failures == [None]
    assert (batch.images[0] == pixels).all() and batch.latents.shape[1:] == (16, 16, 16)
    assert (batch.latents == batch.latents.half().float()).all()
