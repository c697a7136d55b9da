"""What a data set says while it is read."""

import logging
from collections.abc import Iterator

import pytest
from mmengine.logging import MMLogger


@pytest.fixture
def said() -> Iterator[list[str]]:
    """The warnings that mmengine's logger gets, but for those of its registries."""
    lines: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())
    handler.addFilter(lambda record: 'registry' not in record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)
