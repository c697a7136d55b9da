"""A COCO file as mmdet and mmpose read it: what they would stumble over, and what they would leave out in silence."""

import json
import numbers
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdatasetdm.errors import UserError

_LISTS = ('images', 'annotations', 'categories')
_TEXT = 'iscrowd as text, which counts as a crowd whatever it says'


@dataclass(frozen=True)
class CocoFile:
    """The three lists of a COCO file.

    Args:
        path: of the file.
        kind: 'instance' or 'pose', which decides what an annotation must have.
        images: by id.
        annotations: in their order.
        categories: in their order.
    """

    path: Path
    kind: str
    images: Mapping[int, Mapping]
    annotations: Sequence[Mapping]
    categories: Sequence[Mapping]

    @property
    def names(self) -> dict[int, str]:
        """Category names by id."""
        return {one['id']: one['name'] for one in self.categories}

    def by_image(self) -> dict[int, list[Mapping]]:
        """Annotations by image id."""
        found = defaultdict(list)
        for one in self.annotations:
            found[one['image_id']].append(one)
        return found


def read_coco(path: Path, kind: str) -> CocoFile:
    """Read a file and check what the stock classes take for granted.

    Raises:
        UserError: it is not COCO's JSON, or a record lacks a key or has a value of another type.
    """
    try:
        content = json.loads(path.read_text(encoding='utf-8-sig'))
    except OSError as error:
        raise UserError(f'{path}: {error.strerror}') from error
    except ValueError as error:
        raise UserError(f'{path} is not readable JSON ({error})') from error
    if not isinstance(content, dict) or not all(isinstance(content.get(key), list) for key in _LISTS):
        raise UserError(f'{path} is not a COCO file: it must hold the lists images, annotations and categories')
    number, name = numbers.Real, (int, str) if kind == 'instance' else int
    _require(path, content['images'], 'image', dict(id=name, file_name=str, height=number, width=number))
    _require(path, content['categories'], 'category', dict(id=int, name=str))
    keys: dict = dict(id=name, image_id=name, category_id=int)
    if kind == 'instance':
        keys.update(bbox=list, area=number)
    _require(path, content['annotations'], 'annotation', keys)
    for what in _LISTS:
        _unique(path, what, [one['id'] for one in content[what]])
    for one in content['annotations']:
        if 'bbox' in one and not _numbers(one['bbox'], 4):
            raise UserError(
                f'{path}: the bbox of annotation {one["id"]} must be [x, y, width, height], got {one["bbox"]}'
            )
    return CocoFile(
        path=path,
        kind=kind,
        images={one['id']: one for one in content['images']},
        annotations=content['annotations'],
        categories=content['categories'],
    )


def _require(path: Path, records: Sequence, name: str, keys: Mapping[str, type | tuple[type, ...]]) -> None:
    for key, kind in keys.items():
        wrong = [
            one
            for one in records
            if not isinstance(one, dict) or not isinstance(one.get(key), kind) or isinstance(one.get(key), bool)
        ]
        if wrong:
            first = wrong[0]
            which = first.get('id', first.get('file_name', '?')) if isinstance(first, dict) else repr(first)[:40]
            found = f'{key}={first[key]!r:.40}' if isinstance(first, dict) and key in first else f'no {key!r}'
            raise UserError(
                f'{path}: {name} {which} has {found}; every {name} needs {key!r} ({_TYPES[kind]}), '
                f'and {len(wrong)} of {len(records)} lack it'
            )


_TYPES = {
    int: 'a whole number',
    str: 'text',
    (int, str): 'a whole number or text',
    list: '[x, y, width, height]',
    numbers.Real: 'a number',
}


def _numbers(value: object, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(isinstance(one, numbers.Real) for one in value)


def _unique(path: Path, what: str, ids: Sequence[int]) -> None:
    if len(set(ids)) < len(ids):
        first, count = Counter(ids).most_common(1)[0]
        raise UserError(f'{path}: {count} {what} have the id {first}; ids must be unique')


def check_order(coco: CocoFile, classes: Sequence[str]) -> None:
    """mmdet numbers its labels by the order of the file's categories, whatever the order of ``classes``.

    Raises:
        UserError: labels would get the names of other classes.
    """
    names = [one['name'] for one in coco.categories]
    known = [name for name in names if name in classes]
    if known == list(classes):
        return
    absent = [name for name in classes if name not in names]
    if len(absent) == len(classes):
        why = f'its categories are {_some(names)}, of which the config knows none ({_some(classes)})'
    elif absent:
        why = f'it has no category {_some(absent)}, and mmdet would number those after it wrongly'
    else:
        why = f'its categories are in another order, {_some(known)}, and mmdet numbers labels by that order'
    raise UserError(f'{coco.path}: {why}; give metainfo=dict(classes=...) with the names and the order of the file')


def _some(names: Sequence[str]) -> str:
    return ', '.join(names[:4]) + (', ...' if len(names) > 4 else '')


def left_out(
    coco: CocoFile, images: set[int], *, classes: Sequence[str], with_masks: bool, num_keypoints: int = 17
) -> Counter:
    """Why annotations of the chosen images teach nothing, and how many for each reason.

    Raises:
        UserError: an annotation that would end the training later.
    """
    reasons: Counter[str] = Counter()
    names = coco.names
    for one in coco.annotations:
        image = coco.images.get(one['image_id'])
        if image is None:
            reasons['of images that are not in the file'] += 1
        elif one['image_id'] in images:
            reason = (_instance if coco.kind == 'instance' else _person)(
                coco, one, image, names=names, classes=classes, with_masks=with_masks, num_keypoints=num_keypoints
            )
            if reason is not None:
                reasons[reason] += 1
    return reasons


def _instance(
    coco: CocoFile,
    one: Mapping,
    image: Mapping,
    *,
    names: Mapping,
    classes: Sequence[str],
    with_masks: bool,
    **_: object,
) -> str | None:
    x, y, width, height = one['bbox']
    name = names.get(one['category_id'])
    if name is None:
        return f'of category id {one["category_id"]}, which the file does not list'
    if name not in classes:
        return f'of category {name}, which the config does not know'
    if one['area'] <= 0:
        return 'with area 0'
    if width < 1 or height < 1:
        return 'with a box below one pixel'
    if min(x + width, image['width']) <= max(x, 0) or min(y + height, image['height']) <= max(y, 0):
        return 'with a box outside of the image'
    if isinstance(one.get('iscrowd'), str):
        return _TEXT
    return _mask(coco, one, image) if with_masks else None


def _mask(coco: CocoFile, one: Mapping, image: Mapping) -> str | None:
    """mmdet takes a mask without a polygon of three corners for a crowd."""
    mask = one.get('segmentation')
    if not mask:
        raise UserError(f'{coco.path}: annotation {one["id"]} has no segmentation, and the config trains on masks')
    if isinstance(mask, dict):
        size = [image['height'], image['width']]
        if list(mask.get('size', ())) != size or 'counts' not in mask:
            raise UserError(
                f'{coco.path}: the mask of annotation {one["id"]} has size={mask.get("size")} (height, width), but its '
                f'image {image["file_name"]} is {size}'
            )
        return None
    return None if has_polygon(mask) else 'without a polygon of three corners'


def has_polygon(mask: list) -> bool:
    """Whether a list of polygons has one with an area, i.e. three corners that are not the same."""
    return any(_is_polygon(part) for part in mask)


def _is_polygon(part: object) -> bool:
    if not isinstance(part, list) or len(part) < 6 or len(part) % 2:
        return False
    return len(set(zip(part[::2], part[1::2], strict=True))) >= 3


def _person(coco: CocoFile, one: Mapping, image: Mapping, *, num_keypoints: int, **_: object) -> str | None:
    if 'keypoints' not in one:
        return 'without keypoints'
    if 'bbox' not in one:
        return 'without a bbox'
    if not _numbers(one['keypoints'], 3 * num_keypoints):
        count = len(one['keypoints']) / 3 if isinstance(one['keypoints'], list) else 0
        raise UserError(
            f'{coco.path}: annotation {one["id"]} has {count:g} keypoints; the config has {num_keypoints}, '
            'each with x, y and visibility'
        )
    if isinstance(one.get('iscrowd'), str):
        return _TEXT
    return None
