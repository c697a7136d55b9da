"""The layouts of labelled images that are known, a file each; :func:`find` tells which one a folder has."""

from __future__ import annotations

from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts import coco, depth, labelme, maps, yolo
from mmdatasetdm.own_dataset.samples import LabelledFolder

# the order matters: a folder of label maps is what is left
_READERS = (yolo, coco, labelme, maps)
KNOWN = (
    'images and label maps in two folders of the same names (images/, masks/), Pascal VOC, Cityscapes, COCO JSON, '
    'labelme JSON or YOLO'
)
_EXPECTED = dict(
    pose='COCO JSON whose category lists "keypoints"',
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
    for reader in (depth,) if task == 'depth' else _READERS:
        found = reader.read(root, task=task, classes=classes)
        if found is not None:
            return found
    raise UserError(f'{root}: no labels for --task {task} were found; expected {_EXPECTED.get(task, KNOWN)}')
