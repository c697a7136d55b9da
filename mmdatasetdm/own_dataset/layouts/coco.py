"""COCO's JSON: one file, or one for each part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmdatasetdm.datasets.coco_file import CocoFile, read_coco
from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.samples import (
    Annotation,
    LabelledFolder,
    Sample,
    files_below,
    images_below,
    split_of,
)

_HEAD = 1 << 16


def read(root: Path, *, task: str, classes: list[str]) -> LabelledFolder | None:
    """The data set; None: there is no such file."""
    files = [path for path in files_below(root, ['.json']) if _looks_like_coco(path)]
    if not files:
        return None
    kind = 'pose' if task == 'pose' else 'instance'
    files = _chosen(files, root, kind)
    read_files = [read_coco(path, kind) for path in files]
    names = [one['name'] for one in read_files[0].categories]
    for coco in read_files[1:]:
        if [one['name'] for one in coco.categories] != names:
            raise UserError(f'{coco.path}: its categories are not those of {read_files[0].path}; make them alike')
    found = LabelledFolder(root=root, layout='COCO JSON', images='', samples=[], classes=names)
    if classes and classes != names:
        raise UserError(f'--classes: {read_files[0].path} says its classes itself: {", ".join(names[:8])}')
    if task == 'pose':
        _name_keypoints(found, read_files[0])
    by_name: dict[str, list[Path]] = {}
    for path in images_below(root):
        by_name.setdefault(path.name, []).append(path)
    for coco in read_files:
        found.samples += _samples(coco, root, by_name, split_of(coco.path.relative_to(root)), classes=found.classes)
    if not found.samples:
        raise UserError(f'{read_files[0].path} lists no image')
    others = {
        one['id']: one['name'] for coco in read_files for one in coco.categories if one['name'] not in found.classes
    }
    if others:
        left = [one for coco in read_files for one in coco.annotations if one['category_id'] in others]
        named = ', '.join(list(dict.fromkeys(others.values()))[:6]) + (', …' if len({*others.values()}) > 6 else '')
        found.notes.append(
            f'only {found.classes[0]} has keypoints: {len(left)} objects of {len({*others.values()})} other categories '
            f'({named}) are left out'
        )
    found.name_samples()
    return found


def _looks_like_coco(path: Path) -> bool:
    """A cheap look: other JSON files (captions, labelme's) have no categories."""
    with open(path, encoding='utf-8', errors='replace') as file:
        head = file.read(_HEAD)
        if '"images"' in head or '"annotations"' in head or '"categories"' in head:
            return '"shapes"' not in head and '"categories"' in head + file.read()
    return False


def _chosen(files: list[Path], root: Path, kind: str) -> list[Path]:
    """Of several files for one part those of the task: instances_train.json beside person_keypoints_train.json."""
    word = 'keypoints' if kind == 'pose' else 'instances'
    named = [path for path in files if word in path.name]
    files = named or files
    parts = [split_of(path.relative_to(root)) for path in files]
    twice = next((part for part in parts if parts.count(part) > 1), None)
    if twice is not None:
        of = [str(path) for path, part in zip(files, parts, strict=True) if part == twice]
        raise UserError(
            f'{" and ".join(of[:2])} are both COCO files of {twice or "no named part"}: leave one, or name them '
            '…_train.json and …_val.json'
        )
    return files


def _samples(
    coco: CocoFile, root: Path, by_name: Mapping[str, list[Path]], split: str, *, classes: list[str]
) -> list[Sample]:
    index = {one['id']: classes.index(one['name']) if one['name'] in classes else None for one in coco.categories}
    of_image = coco.by_image()
    samples, absent = [], []
    for image in coco.images.values():
        path = _image(image['file_name'], root, by_name, split)
        if path is None:
            absent.append(image['file_name'])
            continue
        sample = Sample(
            name='', image=path, split=split or split_of(path.relative_to(root)), size=(image['height'], image['width'])
        )
        for one in of_image.get(image['id'], ()):
            if one['category_id'] not in index:
                raise UserError(
                    f'{coco.path}: annotation {one["id"]} has category_id {one["category_id"]}, which the file does '
                    'not list'
                )
            category = index[one['category_id']]
            if category is None:  # of another kind than the one that has keypoints
                continue
            sample.annotations.append(
                Annotation(
                    category=category,
                    bbox=list(one.get('bbox') or [0, 0, 0, 0]),
                    area=one.get('area', 0),
                    segmentation=one.get('segmentation') or [],
                    iscrowd=int(bool(one.get('iscrowd', 0))),
                    keypoints=list(one.get('keypoints') or []),
                    where=f'{coco.path}, annotation {one["id"]}',
                )
            )
        samples.append(sample)
    if absent:
        raise UserError(
            f'{coco.path}: {len(absent)} of {len(coco.images)} images are nowhere in {root}, as {absent[0]}'
        )
    return samples


def _image(name: str, root: Path, by_name: Mapping[str, list[Path]], split: str) -> Path | None:
    """The file of an image that a COCO file names: below any folder, in that of its part first."""
    if Path(name).is_absolute() or '..' in Path(name).parts:
        return None
    candidates = [path for path in by_name.get(Path(name).name, ()) if path.as_posix().endswith(f'/{name}')]
    of_part = [path for path in candidates if split_of(path.relative_to(root)) == split]
    return next(iter(of_part or candidates), None)


def _name_keypoints(found: LabelledFolder, coco: CocoFile) -> None:
    category = coco.categories[0]
    if len(coco.categories) > 1:
        with_points = [one for one in coco.categories if one.get('keypoints')]
        if len(with_points) != 1:
            raise UserError(
                f'{coco.path} has {len(coco.categories)} categories; keypoints are those of one kind of object'
            )
        category = with_points[0]
        found.classes = [category['name']]
    found.keypoints = [str(name) for name in category.get('keypoints') or []]
    if not found.keypoints:
        raise UserError(
            f'{coco.path}: category {category["name"]} has no "keypoints", the list of their names, so these are no '
            'labels for --task pose'
        )
    found.skeleton = category.get('skeleton') or []
    wrong = [bone for bone in found.skeleton if not _is_bone(bone, len(found.keypoints))]
    if wrong:
        raise UserError(
            f'{coco.path}: the skeleton of category {category["name"]} has {wrong[0]!r:.40}; a bone is two numbers '
            f'from 1 to {len(found.keypoints)}'
        )
    if len(set(found.keypoints)) < len(found.keypoints):
        raise UserError(f'{coco.path}: two keypoints of category {category["name"]} have one name')


def _is_bone(bone: object, count: int) -> bool:
    return isinstance(bone, list) and len(bone) == 2 and all(isinstance(one, int) and 1 <= one <= count for one in bone)
