"""Where the package keeps its built-in world: a small generator and the labelled sets that go with it."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / 'assets'
TOYROOM_GENERATOR = ASSETS / 'toyroom' / 'generator'
TOYROOM_DATA = ASSETS / 'toyroom' / 'data'
