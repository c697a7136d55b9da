"""What a job's command would make of its config."""

import argparse
from collections.abc import Callable, Sequence

import pytest
from mmengine.config import Config, DictAction


@pytest.fixture
def merged() -> Callable[[Sequence[str]], Config]:
    """From a command of tools/train.py or tools/test.py, the config that the tool would see."""

    def merge(command: Sequence[str]) -> Config:
        parser = argparse.ArgumentParser()
        parser.add_argument('--cfg-options', nargs='+', action=DictAction)
        args, rest = parser.parse_known_args(command[2:])
        config = Config.fromfile(rest[0])
        config.merge_from_dict(args.cfg_options)
        return config

    return merge
