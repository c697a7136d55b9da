"""The trainings yield to other work."""

import subprocess
import sys
from pathlib import Path

import pytest

from projects.toyroom import priority


@pytest.mark.skipif(not Path('/proc/self/autogroup').exists(), reason='this system does not group processes')
def test_the_group_gets_the_priority_of_the_process():
    script = (
        f'import os, runpy; os.setpriority(os.PRIO_PROCESS, 0, 19);'
        f'runpy.run_path({priority.__file__!r})["share_the_processor"]();'
        'print(open("/proc/self/autogroup").read())'
    )
    said = subprocess.run(
        [sys.executable, '-c', script], start_new_session=True, capture_output=True, text=True, check=True
    )
    assert said.stdout.split()[-1] == '19'
