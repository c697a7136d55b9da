"""Valid pixels: those of no crowd, or of an instance."""

from mmdatasetdm.models.crowds import valid_pixels
from tests.models.detectors.test_diffusion import sample


def test_crowds_are_not_valid_but_instances_on_them_are():
    valid = valid_pixels(sample((0, slice(40, 60)), crowd=slice(50, 80)), 'cpu')
    assert valid.shape == (128, 128)
    assert valid[:64, :60].all() and not valid[:64, 60:80].any() and valid[:64, 80:].all() and valid[64:].all()
    assert valid_pixels(sample((0, slice(40, 60))), 'cpu').all()


def test_crowds_are_padded_as_the_instances_were():
    padded = sample((0, slice(40, 60)), crowd=slice(100, 128))
    padded.gt_instances.masks = padded.gt_instances.masks.pad((160, 160))
    valid = valid_pixels(padded, 'cpu')
    assert valid.shape == (160, 160) and not valid[:64, 100:128].any() and valid[:64, 128:].all()
