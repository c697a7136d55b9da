"""The layouts of labelled images that are known, a file each; :func:`find` tells which one a folder has."""

from __future__ import annotations

from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts import coco, depth, labelme, maps, voc_objects, yolo
from mmdatasetdm.own_dataset.samples import LabelledFolder

# the order matters: a folder of label maps is what is left
_READERS = (yolo, coco, labelme, voc_objects, maps)
KNOWN = (
    'images and label maps in two folders of the same names (images/, masks/), Pascal VOC, Cityscapes, COCO JSON, '
    'labelme JSON or YOLO'
)
_EXPECTED = dict(
    pose='COCO JSON whose category lists "keypoints", or YOLO with kpt_shape in data.yaml',
    instance='COCO JSON, labelme JSON, YOLO polygons, or Pascal VOC with SegmentationObject/',
    depth='images and depth maps of the same names in two folders (images/, depth/) or side by side (x_depth.png): PNG '
    'or TIFF of 16 bits or floating point, or NumPy arrays (.npy, .npz)',
)


def find(root: Path, *, task: str, classes: list[str]) -> LabelledFolder:
    """Read a folder in whatever layout it has.

    Args:
        root: the folder.
        task: the kind of label, as 'semantic'.
        classes: names that the person gives; empty: those that the layout says.

    Raises:
        UserError: it is no folder, none of the layouts, or its labels are not of this task.
    """
    if not root.is_dir():
        raise UserError(f'{root}: there is no such folder')
    # VOCdevkit/ around VOC2012/
    inner = [path.parent for path in root.glob('*/JPEGImages') if path.is_dir()]
    if len(inner) == 1 and not any((root / name).exists() for name in ('JPEGImages', 'annotations', 'labels')):
        root = inner[0]
    for reader in (depth,) if task == 'depth' else _READERS:
        found = reader.read(root, task=task, classes=classes)
        if found is not None:
            return found
    raise UserError(f'{root}: no labels for --task {task} were found; expected {_EXPECTED.get(task, KNOWN)}')
