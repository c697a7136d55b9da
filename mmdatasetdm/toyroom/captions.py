"""The caption grammar of the ToyRoom world: the renderer and the prompt engine speak through this one function."""

import random
from collections.abc import Sequence

CLASSES = (
    'background',
    'person',
    'chair',
    'table',
    'sofa',
    'cabinet',
    'lamp',
    'plant',
    'ball',
    'vase',
    'television',
    'bed',
    'dog',
)
PALETTE = (
    (0, 0, 0),
    (220, 40, 60),
    (240, 150, 30),
    (150, 90, 40),
    (130, 60, 200),
    (90, 120, 90),
    (250, 230, 60),
    (40, 180, 60),
    (50, 120, 240),
    (40, 210, 210),
    (110, 110, 140),
    (250, 120, 200),
    (180, 180, 60),
)
# How often a class is drawn for a scene: long-tailed, by a factor of about six from the first to the last.
FREQUENCY = {
    'person': 1.0,
    'chair': 0.85,
    'table': 0.7,
    'plant': 0.6,
    'ball': 0.5,
    'lamp': 0.45,
    'cabinet': 0.4,
    'sofa': 0.35,
    'vase': 0.3,
    'television': 0.25,
    'dog': 0.2,
    'bed': 0.16,
}
COLOURS = ('red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'brown', 'white', 'black')
SYNONYMS = {
    'person': ('man', 'woman', 'human'),
    'chair': ('seat',),
    'table': ('desk',),
    'sofa': ('couch',),
    'cabinet': ('cupboard',),
    'lamp': ('light',),
    'plant': ('potted plant',),
    'ball': ('sphere',),
    'vase': ('jar',),
    'television': ('tv', 'screen'),
    'bed': ('mattress',),
    'dog': ('puppy',),
}
PLURALS = {
    'person': 'people',
    'man': 'men',
    'woman': 'women',
    'couch': 'couches',
    'mattress': 'mattresses',
    'puppy': 'puppies',
}
STYLES = ('room', 'street')


def phrase(name: str, colour: str | None, count: int) -> str:
    """'a red chair', 'an orange ball', 'two dogs'."""
    words = f'{colour} ' if colour else ''
    if count > 1:
        return f'{("two", "three", "four")[count - 2]} {words}{PLURALS.get(name, name + "s")}'
    noun = words + name
    return f'{"an" if noun[0] in "aeiou" else "a"} {noun}'


def caption(
    objects: Sequence[tuple[str, str | None]],
    style: str,
    rng: random.Random,
    synonyms: float = 0.15,
    near: bool = False,
) -> str:
    """Describe a scene.

    Args:
        objects: (class name, colour or None) of each object that can be seen.
        style: 'room' or 'street'.
        rng: decides order, phrases and synonyms.
        synonyms: the probability that a class is called by another of its names.
        near: the camera stands near the objects: 'near a room with a dog'.
    """
    groups: dict[str, list[str | None]] = {}
    for name, colour in objects:
        groups.setdefault(name, []).append(colour)
    phrases = []
    for name, colours in groups.items():
        colour = colours[0] if len(set(colours)) == 1 else None
        noun = rng.choice(SYNONYMS[name]) if rng.random() < synonyms else name
        phrases.append(phrase(noun, colour, len(colours)))
    rng.shuffle(phrases)
    if not phrases:
        return f'an empty {style}'
    listed = phrases[0] if len(phrases) == 1 else ', '.join(phrases[:-1]) + ' and ' + phrases[-1]
    text = f'a {style} with {listed}' if rng.random() < 0.5 else f'{listed} in a {style}'
    return f'near {text}' if near else text
