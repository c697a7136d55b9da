"""Members of tar shards for OpenMMLab's transforms: mmengine's file backend of paths that begin with ``tar://``.

``tar:///data/synthetic/train/00000.tar/00000007.png`` is the member ``00000007.png`` of that tar file, which is read
where it is: nothing is unpacked. Any transform that loads by ``mmengine.fileio`` takes such a path, as mmcv's
``LoadImageFromFile``, mmseg's ``LoadAnnotations`` and mmpose's ``LoadImage`` do.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from mmengine.fileio import BaseStorageBackend, register_backend

from mmdatasetdm.utils.tar import SUFFIX, is_file, members, read_bytes

PREFIX = 'tar://'


def in_tar(path: str | Path) -> str:
    """The path as the backend takes it."""
    return PREFIX + os.path.abspath(path)


def local_path(path: str) -> str:
    """The path as the rest of the world takes it: through the tar file, without ``tar://``."""
    return str(path).removeprefix(PREFIX)


class TarBackend(BaseStorageBackend):
    """Reads members of tar files, and files beside them."""

    def get(self, filepath: str) -> bytes:
        """The bytes of a file or member; FileNotFoundError where there is none."""
        return read_bytes(local_path(filepath))

    def get_text(self, filepath: str, encoding: str = 'utf-8') -> str:
        """The same as text."""
        return self.get(filepath).decode(encoding)

    def exists(self, filepath: str) -> bool:
        """Whether there is such a file, folder or member."""
        path = local_path(filepath)
        return os.path.isdir(path) or is_file(path)

    def isfile(self, filepath: str) -> bool:
        """Whether there is such a file or member."""
        return is_file(local_path(filepath))

    @contextlib.contextmanager
    def get_local_path(self, filepath: str) -> Iterator[str]:
        """A file that is beside the tar files has a path of its own."""
        yield local_path(filepath)

    def list_dir_or_file(
        self,
        dir_path: str,
        list_dir: bool = True,
        list_file: bool = True,
        suffix: str | tuple[str, ...] | None = None,
        recursive: bool = False,
    ) -> Iterator[str]:
        """The members of all tar files of a folder, as ``00000.tar/00000007.png``; the other arguments are mmengine's.

        As in WebDataset, a member's suffix is all that follows the first dot: ``.semantic.png`` is not ``.png``.
        """
        wanted = (suffix,) if isinstance(suffix, str) else suffix
        for archive in sorted(Path(local_path(dir_path)).glob(f'*{SUFFIX}')):
            for name in members(archive):
                if list_file and (wanted is None or f'.{name.partition(".")[2]}' in wanted):
                    yield f'{archive.name}/{name}'


register_backend('mmdatasetdm.tar', TarBackend, prefixes='tar', force=True)
