"""Label images from Python: the generator and its decoders behind one call."""

from mmdatasetdm.apis.inferencer import DatasetDMInferencer
from mmdatasetdm.apis.results import LabelledImage

__all__ = ['DatasetDMInferencer', 'LabelledImage']
