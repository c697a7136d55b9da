"""Lists of images, a name a line, and the images that a stock class would miss."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any

from mmengine.logging import print_log

from mmdatasetdm.errors import UserError

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp')
LABEL_PATHS = ('seg_map_path', 'depth_map_path')


def read_list(path: Path) -> list[str]:
    """The names in a file, one a line; a byte order mark, blank lines and blanks at the ends are no part of them.

    Raises:
        UserError: the file is absent or not text.
    """
    try:
        text = path.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise UserError(f'{path} is not a list of names: it is not UTF-8 text') from error
    except OSError as error:
        raise UserError(f'{path}: {error.strerror}') from error
    return [line.strip() for line in text.split('\n') if line.strip()]


def write_list(path: Path, names: Iterable[str]) -> None:
    """Write a list whole or not at all: under another name first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'{path.name}.{os.getpid()}.tmp')
    try:
        temporary.write_text(''.join(f'{name}\n' for name in names), encoding='utf-8')
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def image_name(dataset: Any, path: str) -> str:
    """What a list calls an image: its path below the folder of images, without suffix; ``a/0001`` is not ``b/0001``."""
    folder = dataset.data_prefix.get('img_path') or dataset.data_prefix.get('img') or ''
    relative = PurePath(os.path.relpath(path, folder or '.')).as_posix()
    suffix = getattr(dataset, 'img_suffix', None)
    return relative.removesuffix(suffix if suffix and relative.endswith(suffix) else PurePath(relative).suffix)


def all_infos(dataset: Any) -> list[dict]:
    """What an initialised mmengine data set knows of each of its images."""
    return [dataset.get_data_info(index) for index in range(len(dataset))]


def replace_infos(dataset: Any, infos: Sequence[dict]) -> None:
    """Exchange them."""
    dataset.data_list = list(infos)
    if dataset.serialize_data:
        dataset.data_bytes, dataset.data_address = dataset._serialize_data()


def take_listed(dataset: Any, path: Path) -> None:
    """Keep the images of an initialised mmengine data set that a file names, in its order; of people, all of each.

    Raises:
        UserError: the file names no image, one twice, or one that is not there.
    """
    names = read_list(path)
    twice = [name for name, count in Counter(names).items() if count > 1]
    at: dict[str, list[int]] = {}
    for index, info in enumerate(all_infos(dataset)):
        at.setdefault(image_name(dataset, info['img_path']), []).append(index)
    absent = [name for name in names if name not in at]
    if not names:
        raise UserError(f'{path} is empty: it must name an image a line')
    if twice:
        raise UserError(f'{path}: {twice[0]} is listed {names.count(twice[0])} times')
    if absent:
        example = next(iter(at), 'nothing')
        raise UserError(
            f'{path}: {len(absent)} of {len(names)} images are not in the data set, as {absent[0]!r}; a name is the '
            f'path below the folder of images, without suffix, as {example!r}'
        )
    dataset.get_subset_([index for name in names for index in at[name]])


def mend_listed(dataset: Any) -> None:
    """Mend what mmseg's classes make of a list: a blank line or a byte order mark becomes a part of a path, and an
    image of another suffix is missed.

    Raises:
        UserError: a listed image is not there.
    """
    infos, mended, absent, others = all_infos(dataset), [], [], Counter()
    for info in infos:
        paths = {key: value.replace('\ufeff', '') for key, value in info.items() if isinstance(value, str)}
        path = paths['img_path']
        if os.path.basename(path) == dataset.img_suffix:
            continue
        if not os.path.isfile(path):
            other = _other_suffix(path.removesuffix(dataset.img_suffix), dataset.img_suffix)
            if other is None:
                absent.append(path)
            else:
                paths['img_path'] = path.removesuffix(dataset.img_suffix) + other
                others[other] += 1
        mended.append({**info, **paths})
    if absent:
        raise UserError(
            f'{dataset.ann_file}: {len(absent)} of {len(mended)} listed images are not there, as {absent[0]}; a name '
            f"is listed without {dataset.img_suffix}, which the config's img_suffix adds"
        )
    if not mended:
        raise UserError(f'{dataset.ann_file}: the list of images is empty')
    _say(dataset, others)
    if mended != infos:
        replace_infos(dataset, mended)


def _other_suffix(stem: str, suffix: str) -> str | None:
    """The ending of an image that is there under another suffix: ``.JPG`` for ``.jpg``."""
    kept = suffix.rpartition('.')[0]
    for known in IMAGE_SUFFIXES:
        for one in (known, known.upper()):
            if os.path.isfile(f'{stem}{kept}{one}'):
                return f'{kept}{one}'
    return None


def suffixes_in(folder: str, suffix: str) -> Counter[str]:
    """How many images of each suffix there are in and below a folder, of those that end as ``suffix`` but for it."""
    kept = suffix.rpartition('.')[0]
    found: Counter[str] = Counter()
    for _, _, files in os.walk(folder, followlinks=True):
        for file in files:
            ending = PurePath(file).suffix
            if ending.lower() in IMAGE_SUFFIXES and file.removesuffix(ending).endswith(kept):
                found[kept + ending] += 1
    return found


def add_other_suffixes(dataset: Any, suffixes: Iterable[str]) -> None:
    """Add the images of a folder whose suffix is not the one that the stock class looks for.

    A file without a label map is left out, and so is one of a name that is there already, or a label map itself.
    """
    infos, own = all_infos(dataset), dataset.img_suffix
    count = len(infos)
    known = {info['img_path'].removesuffix(own) for info in infos}
    labels = {info.get(key) for info in infos for key in LABEL_PATHS}
    others, unlabelled = Counter(), []
    for suffix in suffixes:
        dataset.img_suffix = suffix
        for info in dataset.load_data_list():
            stem, label = info['img_path'].removesuffix(suffix), next((info[k] for k in LABEL_PATHS if k in info), None)
            if stem in known or info['img_path'] in {*labels, label}:
                continue
            if label is not None and not os.path.isfile(label):
                unlabelled.append(info['img_path'])
                continue
            known.add(stem)
            infos.append(info)
            others[suffix] += 1
    dataset.img_suffix = own
    if len(infos) > count:
        replace_infos(dataset, sorted(infos, key=lambda info: info['img_path']))
    _say(dataset, others)
    if unlabelled:
        print_log(f'{len(unlabelled)} images have no label map, as {unlabelled[0]}: left out', 'current', 30)


def _say(dataset: Any, others: Counter) -> None:
    if others:
        endings = ', '.join(f'{count} in {ending}' for ending, count in others.most_common())
        print_log(f'images that do not end in {dataset.img_suffix} are read too: {endings}', 'current')
