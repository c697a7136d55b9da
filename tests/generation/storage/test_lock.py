"""The lock of a data set's folder."""

import os
import signal
import socket
import time

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.storage.lock import folder_lock, part_lock, short_lock
from mmdatasetdm.generation.storage.plan import Part


def test_one_process_at_a_time(tmp_path):
    with folder_lock(tmp_path):
        assert (tmp_path / '.lock').read_text() == f'pid {os.getpid()} on {socket.gethostname()}'
        with pytest.raises(UserError, match=f'by another process .pid {os.getpid()}'):
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
        assert (tmp_path / '.lock').read_text() == f'pid {os.getpid()} on {socket.gethostname()}'


def test_what_is_not_ours_is_left_alone(tmp_path):
    for name in ('folder', 'pipe'):
        (tmp_path / name).mkdir()
    (tmp_path / 'folder/.lock').mkdir()
    os.mkfifo(tmp_path / 'pipe/.lock')
    for name in ('folder', 'pipe'):
        with pytest.raises(UserError, match=r'\.lock is no file; it is not of this tool'):
            folder_lock(tmp_path / name).__enter__()


def test_parts_go_on_beside_each_other_and_the_whole_does_not(tmp_path):
    with part_lock(tmp_path, Part(1, 3)), part_lock(tmp_path, Part(2, 3)):
        with pytest.raises(UserError, match=r'is being written by another process .*, which makes part 2 of 3'):
            part_lock(tmp_path, Part(2, 3)).__enter__()
        with pytest.raises(UserError, match=r'is being written in 3 parts, part 1 for one; give --part NUMBER/3'):
            part_lock(tmp_path, Part(3, 4)).__enter__()
        with pytest.raises(UserError, match='is being written by another process, which makes part 1 of 3'):
            folder_lock(tmp_path).__enter__()
        with part_lock(tmp_path, Part(3, 3)), short_lock(tmp_path):
            pass
    with (
        folder_lock(tmp_path),
        pytest.raises(UserError, match=f'is being written by another process .pid {os.getpid()}'),
    ):
        part_lock(tmp_path, Part(1, 3)).__enter__()
    with part_lock(tmp_path, Part(1, 4)):
        pass
