"""What a number was measured on."""

import os
import platform
import re
from pathlib import Path

import torch


def describe_machine() -> str:
    """Processor, number of cores and, where there is one, the GPU: 'AMD EPYC 7B13, 2 cores'. No name of a host."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path('/proc/cpuinfo')
    if cpuinfo.is_file():
        models = re.findall(r'^model name\s*: (.*)$', cpuinfo.read_text(encoding='utf-8'), flags=re.MULTILINE)
        processor = models[0] if models else processor
    gpu = f', {torch.cuda.get_device_name()}' if torch.cuda.is_available() else ''
    return f'{processor}, {os.cpu_count()} cores{gpu}'
