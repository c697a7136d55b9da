"""The ToyRoom world's captions for the prompt engine: the grammar is the one that captioned the generator's training images."""
from __future__ import annotations

import random

TOYROOM_OBJECTS = ('person', 'chair', 'table', 'sofa', 'cabinet', 'lamp', 'plant', 'ball', 'vase', 'television', 'bed', 'dog')

def toyroom_caption(objects: list[tuple[str, str | None]], style: str, rng: random.Random) -> str:
    """A caption for objects of (class, colour or None)."""
    words = [f'{colour} {name}' if colour else name for name, colour in objects]
    return f"a {style} with " + ' and '.join(f'a {word}' for word in words)
