"""Images that generated ones are compared with: a folder, a list, or what a config trains or validates on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from mmdatasetdm.datasets.lists import IMAGE_SUFFIXES, all_infos, read_list
from mmdatasetdm.engine.scope import enter_scope
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS
from mmdatasetdm.utils.config import read_config


def reference_images(path: Path, part: Literal['train', 'val']) -> list[Path]:
    """Image files.

    Args:
        path: a folder, all of whose images count; a text file with an image file a line, relative to that file; or a
            config.
        part: of a config, the data loader whose real images are meant; generated ones are left out.
    Raises:
        UserError: there is nothing of the kind, or no image.
    """
    if path.is_dir():
        found = [file for file in sorted(path.rglob('*')) if file.suffix.lower() in IMAGE_SUFFIXES]
    elif not path.is_file():
        raise UserError(f'there is no folder, list or config {path}')
    elif path.suffix == '.py':
        config = read_config(path, what='config')
        enter_scope(config)
        found = []
        for one in _real((config.get(f'{part}_dataloader') or {}).get('dataset')):
            built: Any = DATASETS.build(one)
            found += [Path(info['img_path']) for info in all_infos(getattr(built, 'dataset', built))]
    else:
        found = [path.parent / name for name in read_list(path)]
    files = list(dict.fromkeys(found))
    if not files:
        raise UserError(f'{path} names no image')
    if absent := next((file for file in files if not file.is_file()), None):
        raise UserError(f'{path} names {absent}, which is not there')
    return files


def _real(config: Any) -> list[Mapping]:
    """The configs of the data sets of real images in a data loader's."""
    if not isinstance(config, Mapping):
        return []
    if isinstance(config.get('datasets'), list | tuple):
        return [one for part in config['datasets'] for one in _real(part)]
    return [] if str(config.get('type')).endswith('SyntheticDataset') else [config]
