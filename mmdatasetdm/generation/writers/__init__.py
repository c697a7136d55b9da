"""Writers: labels to files in the layouts that OpenMMLab reads."""

from mmdatasetdm.generation.writers.base import FolderWriter, WriterOptions, build_writer_options
from mmdatasetdm.generation.writers.cityscapes import CityscapesOptions, CityscapesWriter
from mmdatasetdm.generation.writers.coco import CocoOptions, CocoWriter
from mmdatasetdm.generation.writers.voc import VocOptions, VocWriter
from mmdatasetdm.generation.writers.webdataset import WebDatasetOptions, WebDatasetWriter

__all__ = [
    'CityscapesOptions',
    'CityscapesWriter',
    'CocoOptions',
    'CocoWriter',
    'FolderWriter',
    'VocOptions',
    'VocWriter',
    'WebDatasetOptions',
    'WebDatasetWriter',
    'WriterOptions',
    'build_writer_options',
]
