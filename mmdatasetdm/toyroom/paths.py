"""Where the package keeps its built-in world: a small generator, decoders for it, and labelled sets."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / 'assets'
TOYROOM_GENERATOR = ASSETS / 'toyroom' / 'generator'
TOYROOM_DATA = ASSETS / 'toyroom' / 'data'
TOYROOM_DECODERS = ASSETS / 'toyroom' / 'decoders'
