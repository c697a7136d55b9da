"""What an inferencer returns for one image."""

import numpy as np

from mmdatasetdm.apis.results import as_list, failure_of, labels_of
from mmdatasetdm.generation.annotators.base import Annotation


def test_labels_by_attribute():
    depth = np.zeros((2, 2), np.float32)
    found = dict(depth=Annotation(labels=depth, scores={}), pose=Annotation(labels=[], scores={}))
    assert labels_of(found) == dict(depth=depth, persons=[])


def test_the_first_failure_counts():
    found = dict(depth=Annotation(labels=[], scores={}), pose=Annotation.failed('no maps'))
    assert failure_of(found, before=None) == 'no maps'
    assert failure_of(found, before='no image') == 'no image'
    assert failure_of(dict(depth=found['depth']), before=None) is None


def test_one_input_or_several():
    array = np.zeros((2, 2, 3))
    assert as_list('a') == ['a'] and as_list(('a', 'b')) == ['a', 'b'] and as_list(array)[0] is array
