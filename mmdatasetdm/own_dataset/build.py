"""From a folder of labelled images to configs that train: find, check, write."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset import depth, instance, pose, semantic
from mmdatasetdm.own_dataset.checks import check_duplicates, check_orientations, divide
from mmdatasetdm.own_dataset.configs import BUILT_IN
from mmdatasetdm.own_dataset.layouts import find
from mmdatasetdm.own_dataset.layouts.names import check_names
from mmdatasetdm.own_dataset.samples import LabelledFolder
from mmdatasetdm.utils.io import write_bytes

_WRITERS: dict[str, Callable] = dict(
    semantic=semantic.write, instance=instance.write, depth=depth.write, pose=pose.write
)
TASKS = tuple(_WRITERS)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What only the person knows.

    Attributes:
        classes: names in the order of the labels' numbers; empty: those that the layout says.
        background: the class that is no object; 'none': there is none; None: the class that is called so.
        generator: a built-in one, a diffusers folder or a hub id.
        words: how the text encoder is to read a class, by its name.
        unnamed: classes that prompts need not name; None: those that nearly every image shows.
        depth_scale: numbers a metre in depth maps; None: it is to be seen.
    """

    classes: Sequence[str] = ()
    background: str | None = None
    generator: str = BUILT_IN
    words: dict[str, str] = field(default_factory=dict)
    unnamed: Sequence[str] | None = None
    depth_scale: float | None = None


@dataclass(frozen=True, kw_only=True)
class NewDataset:
    """What was written.

    Attributes:
        name: of the data set, with which every config's name begins.
        folder: of the configs.
        found: the labelled images.
        table: lines of the table of classes.
    """

    name: str
    folder: Path
    found: LabelledFolder
    table: list[str]


def new_dataset(root: Path, *, task: str, out: Path, answers: Answers) -> NewDataset:
    """Read a folder of labelled images, check it, and write facts, lists, labels, configs and ``labels.png``.

    Nothing in ``root`` is changed, and ``out`` is written whole or not at all.

    Args:
        root: the folder, in any layout of :mod:`mmdatasetdm.own_dataset.layouts`.
        task: one of ``TASKS``.
        out: a folder that does not exist yet, or is empty.
        answers: of the person.

    Raises:
        UserError: the labels are wrong, or ``out`` holds something.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f'--out {out} exists already: delete it, or give another folder')
    if out.resolve().is_relative_to(root.resolve()):
        raise UserError(f'--out {out} lies in {root}, whose files would be taken for labels: give another folder')
    check_names(list(answers.classes), '--classes')
    if answers.depth_scale is not None and task != 'depth':
        raise UserError(f'--depth-scale is for --task depth, not for {task}: leave it out')
    if answers.unnamed is not None and task != 'semantic':
        raise UserError(f'--unnamed is for --task semantic, not for {task}: leave it out')
    found = find(root, task=task, classes=list(answers.classes))
    divide(found)
    name = re.sub(r'\W+', '_', root.resolve().name.lower()).strip('_') or 'mine'
    partial = out.with_name(f'.{out.name}.partial')
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        files, table = _WRITERS[task](found, name=name, out=partial, answers=answers)
        check_duplicates(found)
        check_orientations(found)
        for file, text in files.items():
            write_bytes(partial / file, text.encode())
        if out.exists():
            out.rmdir()
        partial.rename(out)
    except OSError as error:
        raise UserError(f'--out {out} cannot be written: {error.strerror}') from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return NewDataset(name=name, folder=out, found=found, table=table)
