"""Pictures of one sample's labels, and of all of them side by side."""

import numpy as np

from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.visualization import draw_labels, side_by_side
from mmdatasetdm.visualization.labels import background_of
from mmdatasetdm.visualization.pictures import GAP, TITLE


def test_pictures_of_a_large_image_keep_its_size():
    picture = np.zeros((300, 400, 3), np.uint8)
    assert side_by_side(dict(image=picture, depth=picture)).shape == (300 + TITLE + GAP, 2 * (400 + GAP) + GAP, 3)


def test_a_background_that_is_called_otherwise(root):
    dataset = read_dataset(root, DatasetInfo)
    record = list(read_manifest(root))[5]  # a dog in every pixel
    assert background_of(dataset) == 'background'
    assert (draw_labels(root, record, dataset)['masks'] != draw_labels(root, record, dataset)['image']).any()
    dataset.recipe['decoders']['semantic']['background'] = 'dog'
    drawn = draw_labels(root, record, dataset)
    assert (drawn['masks'] == drawn['image']).all(), 'it is left clear'
    dataset.recipe['decoders']['semantic']['background'] = None
    assert background_of(dataset) is None
