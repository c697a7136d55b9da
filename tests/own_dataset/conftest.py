"""Labelled folders as people have them, small and with real files."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import DefaultScope
from PIL import Image

ROOT = Path(__file__).parents[2]
SIZE = (96, 128)  # (H, W)


def mask(index: int) -> np.ndarray:
    """A label map with one object of class 1 or 2, and some ignored pixels."""
    labels = np.zeros(SIZE, np.uint8)
    labels[20:60, 30:80] = 1 + index % 2
    labels[:4] = 255
    return labels


def photo(index: int, labels: np.ndarray | None = None) -> Image.Image:
    """An image that shows the mask as a brighter area, different for each index."""
    noise = np.random.default_rng(index).integers(0, 50, (*SIZE, 3))
    shown = (mask(index) if labels is None else labels) % 255
    return Image.fromarray((shown[..., None] * 80 + noise).astype(np.uint8))


@pytest.fixture
def pairs(tmp_path) -> Path:
    """images/ and masks/ of six images, and a list of classes."""
    root = tmp_path / 'Pets'
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    for index in range(6):
        photo(index).save(root / f'images/{index}.jpg')
        Image.fromarray(mask(index)).save(root / f'masks/{index}.png')
    (root / 'classes.txt').write_text('background\nperson\ndog\n')
    return root


# the object of each image, as polygons: x from 30 to 80, y from 20 to 60
CORNERS = [30, 20, 80, 20, 80, 60, 30, 60]


def put_images(root: Path, *names: str) -> None:
    for index, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        photo(index).save(root / name)


def coco_content(names: list[str], **changes) -> dict:
    """A COCO file with one object in each image, of the classes in turn; category ids are not 1, 2, as COCO's."""
    return dict(
        images=[dict(id=i, file_name=name, height=SIZE[0], width=SIZE[1]) for i, name in enumerate(names)],
        categories=[dict(id=3, name='person'), dict(id=18, name='dog')],
        annotations=[
            dict(
                id=i,
                image_id=i,
                category_id=(3, 18)[i % 2],
                bbox=[30, 20, 50, 40],
                area=2000,
                iscrowd=0,
                segmentation=[CORNERS],
            )
            for i in range(len(names))
        ],
        **changes,
    )


@pytest.fixture
def coco(tmp_path) -> Path:
    """images/ and annotations/instances_{train,val}.json, with 4 and 2 images."""
    root = tmp_path / 'Zoo'
    (root / 'annotations').mkdir(parents=True)
    names = [f'{index}.jpg' for index in range(6)]
    put_images(root, *(f'images/{name}' for name in names))
    for part, chosen in (('train', names[:4]), ('val', names[4:])):
        (root / f'annotations/instances_{part}.json').write_text(json.dumps(coco_content(chosen)))
    return root


def person_content(names: list[str]) -> dict:
    """A COCO file with one person of five keypoints in each image; one is hidden and one not labelled."""
    points = [55, 24, 2, 45, 40, 2, 65, 40, 1, 0, 0, 0, 62, 58, 2]
    return dict(
        images=[dict(id=i, file_name=name, height=SIZE[0], width=SIZE[1]) for i, name in enumerate(names)],
        categories=[
            dict(
                id=1,
                name='person',
                keypoints=['nose', 'left_wrist', 'right_wrist', 'left_ankle', 'right_ankle'],
                skeleton=[[1, 2], [1, 3], [1, 4], [1, 5]],
            )
        ],
        annotations=[
            dict(id=i, image_id=i, category_id=1, bbox=[30, 20, 50, 40], area=2000, iscrowd=0, keypoints=[*points])
            for i in range(len(names))
        ],
    )


@pytest.fixture
def persons(tmp_path) -> Path:
    """images/ and annotations/person_keypoints_{train,val}.json, with 4 and 2 images."""
    root = tmp_path / 'Team'
    (root / 'annotations').mkdir(parents=True)
    names = [f'{index}.jpg' for index in range(6)]
    put_images(root, *(f'images/{name}' for name in names))
    for part, chosen in (('train', names[:4]), ('val', names[4:])):
        (root / f'annotations/person_keypoints_{part}.json').write_text(json.dumps(person_content(chosen)))
    return root


ROOM_NAMES = ('bath', 'cellar', 'hall', 'kitchen', 'office', 'study')  # mmseg's NYUDataset looks for digits in names


def slope(index: int) -> np.ndarray:
    """Metres that grow from top to bottom; the first rows are unknown."""
    depth = np.repeat(np.linspace(1, 3 + index, SIZE[0])[:, None], SIZE[1], 1)
    depth[:4] = 0
    return depth


@pytest.fixture
def rooms(tmp_path):
    """images/ and depth/ of six rooms, in millimetres."""
    root = tmp_path / 'Rooms'
    for folder in ('images', 'depth'):
        (root / folder).mkdir(parents=True)
    for index, name in enumerate(ROOM_NAMES):
        photo(index).save(root / f'images/{name}.jpg')
        Image.fromarray((slope(index) * 1000).astype(np.uint16)).save(root / f'depth/{name}.png')
    return root


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder is a new one, and the scope that a tool sets does not last."""
    monkeypatch.chdir(tmp_path)
    yield
    DefaultScope._instance_dict.clear()


def run(monkeypatch, tool: str, *args: str) -> None:
    """Run one of tools/ in this process."""
    monkeypatch.setattr(sys, 'argv', [str(ROOT / f'tools/{tool}.py'), *args])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(sys.argv[0], run_name='__main__')
    assert ended.value.code == 0
