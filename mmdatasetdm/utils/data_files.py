"""Where a config's data are: the variables that move them, and whether they are there."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.config import config_files
from mmdatasetdm.utils.paths import locate

# how configs name the folder of a data set: {{$MMDATASETDM_VOC:data/VOCdevkit/VOC2012}}
_VARIABLE = re.compile(r'\{\{\s*\$(MMDATASETDM_(\w+)):')


def absent_file(dataset: Mapping[str, Any], *, listed: str | None = None) -> Path | None:
    """The first file or folder that the config of a stock data set names and that is not there.

    Args:
        dataset: config with ``data_root``, ``data_prefix``, ``ann_file`` and ``bbox_file``, as OpenMMLab has them.
        listed: a further file below ``data_root``.
    """
    if dataset.get('backend_args') or '://' in str(dataset.get('data_root') or ''):
        return None  # files of another storage
    root = Path(dataset.get('data_root') or '.')
    parts = [*(dataset.get('data_prefix') or {}).values(), dataset.get('ann_file') or '', listed or '']
    needed = [*(root / part for part in parts if isinstance(part, str)), Path(dataset.get('bbox_file') or '.')]
    return next((path for path in needed if not path.exists()), None)


def absent_synthetic(root: Path) -> str | None:
    """What to do where a generated folder is not there, or not finished; None where it is."""
    if (root / 'dataset.json').is_file():
        return None
    state = 'is not finished (no dataset.json)' if root.is_dir() else 'does not exist'
    return f'synthetic data set {root} {state}: run python tools/generate.py RECIPE --num N --out {root}'


def data_variables(config: str | Path) -> dict[str, str]:
    """The environment variables that move a config's data, by the data set's name: ``VOC`` -> ``MMDATASETDM_VOC``."""
    texts = [Path(file).read_text(encoding='utf-8') for file in config_files(locate(config)) if Path(file).is_file()]
    return {name: variable for text in texts for variable, name in _VARIABLE.findall(text)}


def set_data_roots(config: str | Path, given: Sequence[str]) -> None:
    """``--data-root``: let every part of a config read its data from another folder.

    Args:
        config: the file, which is read afterwards.
        given: a folder; or ``NAME=FOLDER`` for each, where the config reads several data sets.

    Raises:
        UserError: a folder is not there, or the config has no such data set.
    """
    variables = data_variables(config)
    if not variables:
        raise UserError(f'--data-root: {config} reads no data that are somewhere else on each machine')
    known = ', '.join(variables)
    for text in given:
        name, equals, folder = text.partition('=')
        if not equals:
            if len(variables) > 1 or len(given) > 1:
                raise UserError(f'--data-root {text}: {config} reads {known}: give NAME=FOLDER for each')
            name, folder = next(iter(variables)), text
        if name.upper() not in variables:
            raise UserError(f'--data-root {text}: {config} reads no data set {name}, but {known}')
        if not Path(folder).is_dir():
            raise UserError(f'--data-root {text}: {folder} is no folder')
        os.environ[variables[name.upper()]] = str(Path(folder).absolute())
