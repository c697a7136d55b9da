"""Which samples of a finished data set are listed for training: chosen anew from the stored scores."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.conversion import FinishedDataset
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.filters.base import Filter, build_filters, dropped_by, fit_filters
from mmdatasetdm.generation.storage.assemble import assemble
from mmdatasetdm.generation.storage.identity import read_recipe
from mmdatasetdm.generation.storage.lock import folder_lock
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.generation.storage.shards import ShardStore

CONDITION = re.compile(r'\s*([\w.\- ]+?)\s*(>=|<=|>|<)\s*([-+0-9.eE]+)\s*')


def parse_where(conditions: Iterable[str]) -> list[dict[str, Any]]:
    """'semantic.confidence >= 0.8' -> a recipe's ``dict(type='Threshold', …)``; bounds belong to what is kept.

    Raises:
        UserError: what is no condition.
    """
    rules = []
    for text in conditions:
        found = CONDITION.fullmatch(text)
        try:
            value = float(found[3]) if found else None
        except ValueError:
            value = None
        if found is None or value is None:
            raise UserError(
                f"--where {text!r} is no condition; give a score, >= or <=, and a number, as 'image.clip>=0.25'"
            )
        rules.append(dict(type='Threshold', score=found[1], **{'at_least' if '>' in found[2] else 'at_most': value}))
    return rules


def select(
    root: str | Path,
    filters: Sequence[Mapping[str, Any]],
    *,
    keep: bool = False,
    custom_imports: Sequence[str] = (),
) -> DatasetInfo:
    """List the samples of a finished data set anew; nothing is sampled, labelled or deleted.

    Manifest, lists, COCO files and dataset.json are written, as ``tools/generate.py`` writes them for a recipe of these
    filters.

    Args:
        root: the data set.
        filters: as a recipe's ``filters``; none: every sample that did not fail.
        keep: apply the filters by which it is selected now before.
        custom_imports: modules of other packages that register ``filters``; dataset.json names them.
    Returns:
        What dataset.json holds.
    Raises:
        UserError: there is no finished data set, a filter is wrong, or another process writes the folder.
    """
    source = FinishedDataset.open(Path(root))
    rules = (*(source.filters if keep else ()), *build_filters(filters))
    _check_tasks(rules, source.info.tasks)
    with folder_lock(source.root):
        identity = read_recipe(source.root)['identity']
        parts = source.parts(source.own_writer(), custom_imports=custom_imports)
        return assemble(ShardStore(source.root), source.plan, identity=identity, parts=parts, filters=rules)


def count(root: str | Path, filters: Sequence[Mapping[str, Any]], *, keep: bool = False) -> tuple[int, int]:
    """(selected, all) samples that :func:`select` would list; nothing is written."""
    source = FinishedDataset.open(Path(root))
    rules = (*(source.filters if keep else ()), *build_filters(filters))
    _check_tasks(rules, source.info.tasks)
    store = ShardStore(source.root)
    fitted = fit_filters(rules, lambda: store.samples(source.plan))
    verdicts = [dropped_by(fitted, record) is None for record in store.samples(source.plan)]
    return sum(verdicts), len(verdicts)


def selected_images(root: Path, filters: Sequence[Mapping[str, Any]]) -> set[str]:
    """The image files, below ``root``, of the samples that filters select, by the scores in the manifest."""
    rules = build_filters(filters)
    fitted = fit_filters(rules, lambda: read_manifest(root))
    return {line.files['image'] for line in read_manifest(root) if dropped_by(fitted, line) is None}


def _check_tasks(rules: Sequence[Filter], tasks: Sequence[str]) -> None:
    for rule in rules:
        if rule.task is not None and rule.task not in tasks:
            raise UserError(f'filter {type(rule).__name__} needs {rule.task} labels; there are {", ".join(tasks)}')


def recipe_filters(path: Path) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The ``filters`` of a recipe, and the modules of other packages that it imports for them.

    Raises:
        UserError: it cannot be read, or has none.
    """
    from mmdatasetdm.generation.recipe import KEYS, import_custom
    from mmdatasetdm.utils.config import read_keys

    if not path.is_file():
        raise UserError(f'there is no recipe {path}')
    recipe = read_keys(path, what='recipe', known=KEYS, options=None)
    modules = import_custom(recipe)
    found = recipe.get('filters')
    if not found:
        raise UserError(f'{path} has no filters')
    return json.loads(json.dumps(found)), modules
