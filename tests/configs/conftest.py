"""Trainings of an iteration leave their config as it comes."""

import pytest


@pytest.fixture(autouse=True)
def plain_configs(monkeypatch: pytest.MonkeyPatch) -> None:
    """yapf takes longer to lay out the configs that trainings log and leave than the trainings here take."""
    monkeypatch.setattr('yapf.yapflib.yapf_api.FormatCode', lambda text, **options: (text, True))
