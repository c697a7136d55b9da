"""The lock of a data set's folder."""

import os
import signal
import time

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.storage.lock import folder_lock


def test_one_process_at_a_time(tmp_path):
    with folder_lock(tmp_path):
        assert (tmp_path / '.lock').read_text() == str(os.getpid())
        with pytest.raises(UserError, match=f'is being written by another process .pid {os.getpid()}'):
            folder_lock(tmp_path).__enter__()
    with folder_lock(tmp_path):
        pass


def test_a_killed_process_leaves_no_lock(tmp_path):
    child = os.fork()
    if not child:
        with folder_lock(tmp_path):
            (tmp_path / 'held').touch()
            time.sleep(60)
        os._exit(1)
    while not (tmp_path / 'held').exists():
        time.sleep(0.01)
    with pytest.raises(UserError, match=f'pid {child}'):
        folder_lock(tmp_path).__enter__()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with folder_lock(tmp_path):
        assert (tmp_path / '.lock').read_text() == str(os.getpid())


def test_what_is_not_ours_is_left_alone(tmp_path):
    for name in ('folder', 'pipe'):
        (tmp_path / name).mkdir()
    (tmp_path / 'folder/.lock').mkdir()
    os.mkfifo(tmp_path / 'pipe/.lock')
    for name in ('folder', 'pipe'):
        with pytest.raises(UserError, match=r'\.lock is no file; it is not of this tool'):
            folder_lock(tmp_path / name).__enter__()
