"""Colours of label maps: the decoder's own, else VOC's."""

from types import SimpleNamespace

from mmseg.datasets import PascalVOCDataset

from mmdatasetdm.generation.writers.palette import default_palette, palette_of


def test_default_palette_is_vocs():
    assert default_palette(21) == [tuple(colour) for colour in PascalVOCDataset.METAINFO['palette']]


def test_palette_of_a_decoder():
    meta = dict(classes=('background', 'cat'))
    assert palette_of(SimpleNamespace(dataset_meta=meta)) == [[0, 0, 0], [128, 0, 0]]
    assert palette_of(SimpleNamespace(dataset_meta=dict(meta, palette=[(1, 2, 3), (4, 5, 6)]))) == [
        [1, 2, 3],
        [4, 5, 6],
    ]
