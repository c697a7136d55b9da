"""The result of a training: the last checkpoint in its work folder, never the best on other labelled images."""

import re
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.config import read_config


def last_checkpoint(folder: Path, *, config: str | None = None) -> Path:
    """The last checkpoint in a work folder, whatever the folder is called now.

    Args:
        folder: that mmengine's runner wrote into.
        config: the config's file; with it a training that stopped half-way is told apart from a finished one.

    Raises:
        UserError: there is none, or the training did not come to its end.
    """
    note = folder / 'last_checkpoint'
    named = folder / Path(note.read_text(encoding='utf-8').strip()).name if note.is_file() else None
    if named is not None and named.is_file():
        last = named
    else:
        numbered = {path: _number(path) for path in folder.glob('*.pth')}
        last = max((path for path, number in numbered.items() if number), key=numbered.__getitem__, default=None)
    if last is None:
        raise UserError(f'{folder} holds no checkpoint of a training (iter_N.pth)')
    wanted = _iterations(folder, config)
    if wanted and last.stem.startswith('iter_') and _number(last) < wanted:
        raise UserError(
            f'the training in {folder} stopped at iteration {_number(last)} of {wanted}: tools/train.py --resume goes '
            f'on; to take it as it is, name the file {last}'
        )
    return last


def _number(path: Path) -> int:
    """N of iter_N.pth and epoch_N.pth; 0 for another file."""
    found = re.fullmatch(r'(?:iter|epoch)_(\d+)', path.stem)
    return int(found[1]) if found else 0


def _iterations(folder: Path, config: str | None) -> int:
    """How many the training has, by the config that it left in its folder; 0 where that is not known."""
    left = folder / Path(config).name if config else None
    if left is None or not left.is_file():
        return 0
    return read_config(left, what='config').get('train_cfg', {}).get('max_iters') or 0
