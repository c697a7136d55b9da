"""What tools/dataset_converters have in common: a data set's facts, and label maps from one numbering to another."""

import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image
from tqdm import tqdm

from mmdatasetdm.datasets.checks import for_each
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.config import read_config
from mmdatasetdm.utils.io import read_image, write_atomic
from mmdatasetdm.utils.paths import locate

IGNORED = 255
T = TypeVar('T')


def facts(name: str) -> Mapping[str, Any]:
    """A data set's base config, where its classes and their ids stand: ``configs/_base_/datasets/NAME.py``."""
    return read_config(locate(f'mmdatasetdm::_base_/datasets/{name}.py'), what='config')


def require(path: Path, advice: str) -> Path:
    """A file or folder that must be there.

    Raises:
        UserError: it is not; ``advice`` says what to download and where to put it.
    """
    if not path.exists():
        raise UserError(f'{path} does not exist. {advice}')
    return path


def label_table(ids: Mapping[str, Sequence[int]], *, classes: Sequence[str], rest: int = IGNORED) -> np.ndarray:
    """What each id of a label map becomes (256,).

    Args:
        ids: the old ids of each class.
        classes: names in the order of the new ids; one that is not in ``ids`` has none.
        rest: what all other ids become; :data:`IGNORED` stays what it is.
    """
    table = np.full(256, rest, np.uint8)
    table[IGNORED] = IGNORED
    for name, old in ids.items():
        table[list(old)] = list(classes).index(name)
    return table


def read_ids(path: Path) -> np.ndarray:
    """The ids of a label map (H, W): the numbers in a PNG of grey values or of a palette.

    Raises:
        UserError: it is damaged, or a picture of colours.
    """
    label = read_image(path, mode=None)
    if label.ndim != 2:
        raise UserError(f'{path} has {label.shape[-1]} channels; expected a label map of ids')
    return label


def write_ids(path: Path, label: np.ndarray) -> None:
    """A label map (H, W) uint8 as PNG, whole or not at all."""
    file = io.BytesIO()
    Image.fromarray(label).save(file, 'png')
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, file.getvalue())


def convert_labels(pairs: Sequence[tuple[Path, Path]], table: np.ndarray, *, known: int) -> int:
    """Write each label map with the ids of ``table``; what is there already is kept, as after an interruption.

    Args:
        pairs: label maps and what they become.
        table: of :func:`label_table`.
        known: the ids below it, and :data:`IGNORED`, are those of the data set.

    Returns:
        the number of files written.

    Raises:
        UserError: a label map has another id, or cannot be read.
    """

    def convert(pair: tuple[Path, Path]) -> None:
        label = read_ids(pair[0])
        if (wrong := label[(label >= known) & (label != IGNORED)]).size:
            raise UserError(f'{pair[0]}: id {wrong[0]} is none of the data set, whose ids are 0 to {known - 1}')
        write_ids(pair[1], table[label])

    return work_through(convert, [pair for pair in pairs if not pair[1].exists()])


def work_through(function: Callable[[T], object], items: Iterable[T]) -> int:
    """Apply a function to every item in a few threads, with a bar of progress; -> how many there were."""
    items = list(items)
    with tqdm(total=len(items), disable=None, unit='file') as bar:

        def step(item: T) -> None:
            function(item)
            bar.update()

        for_each(step, items)
    return len(items)


def link_or_copy(source: Path, target: Path) -> None:
    """The same file under another name, without a second copy on the disk where that can be; an old one is replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f'{target.name}.tmp')
    temporary.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), temporary)
    except OSError:  # another disk, or a file system without links
        temporary.write_bytes(source.read_bytes())
    os.replace(temporary, target)
