"""Writers: labels to files in the layouts that OpenMMLab reads."""

from mmdatasetdm.generation.writers.base import FolderWriter, WriterOptions, build_writer_options
from mmdatasetdm.generation.writers.cityscapes import CityscapesOptions, CityscapesWriter
from mmdatasetdm.generation.writers.coco import CocoOptions, CocoWriter
from mmdatasetdm.generation.writers.imagefolder import ImageFolderOptions, ImageFolderWriter
from mmdatasetdm.generation.writers.panoptic import PanopticOptions, PanopticWriter
from mmdatasetdm.generation.writers.voc import VocOptions, VocWriter
from mmdatasetdm.generation.writers.webdataset import WebDatasetOptions, WebDatasetWriter
from mmdatasetdm.generation.writers.yolo import YoloOptions, YoloWriter

__all__ = [
    'CityscapesOptions',
    'CityscapesWriter',
    'CocoOptions',
    'CocoWriter',
    'FolderWriter',
    'ImageFolderOptions',
    'ImageFolderWriter',
    'PanopticOptions',
    'PanopticWriter',
    'VocOptions',
    'VocWriter',
    'WebDatasetOptions',
    'WebDatasetWriter',
    'WriterOptions',
    'YoloOptions',
    'YoloWriter',
    'build_writer_options',
]
