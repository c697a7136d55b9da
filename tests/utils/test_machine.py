import os
import platform

from mmdatasetdm.utils.machine import describe_machine


def test_processor_and_cores_but_no_host():
    said = describe_machine()
    assert f', {os.cpu_count()} cores' in said and not said.startswith(',')
    assert platform.node() not in said
