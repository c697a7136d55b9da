"""A picture of twelve labelled images: looking is how people find wrong labels."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PICTURES = 12
_COLUMNS, _WIDTH, _HEIGHT, _LINE = 4, 320, 240, 20


def label_sheet(pictures: Sequence[tuple[str, np.ndarray]], legend: Sequence[tuple[str, Sequence[int]]]) -> bytes:
    """A PNG of pictures with their names, and of what the colours mean.

    Args:
        pictures: name and picture (H, W, 3) uint8 of each.
        legend: class and RGB of each; empty: colours have no meaning of their own.
    """
    rows = -(-len(pictures) // _COLUMNS)
    lines = -(-len(legend) // _COLUMNS)
    height = rows * (_HEIGHT + _LINE) + lines * _LINE
    sheet = Image.new('RGB', (_COLUMNS * _WIDTH, height), 'white')
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for index, (name, picture) in enumerate(pictures):
        left, top = index % _COLUMNS * _WIDTH, index // _COLUMNS * (_HEIGHT + _LINE)
        draw.text((left + 4, top + 2), name[-44:], fill=(30, 30, 30), font=font)
        shown = Image.fromarray(picture)
        scale = min((_WIDTH - 4) / shown.width, (_HEIGHT - 4) / shown.height)
        shown = shown.resize((max(1, round(shown.width * scale)), max(1, round(shown.height * scale))))
        sheet.paste(shown, (left + 2, top + _LINE))
    for index, (name, colour) in enumerate(legend):
        left, top = index % _COLUMNS * _WIDTH, rows * (_HEIGHT + _LINE) + index // _COLUMNS * _LINE
        draw.rectangle([left + 4, top + 4, left + 20, top + 16], fill=tuple(colour), outline=(90, 90, 90))
        draw.text((left + 26, top + 2), name[:40], fill=(30, 30, 30), font=font)
    file = io.BytesIO()
    sheet.save(file, 'PNG')
    return file.getvalue()


def evenly(count: int, wanted: int = PICTURES) -> list[int]:
    """At most ``wanted`` evenly spaced indices of ``count``."""
    return sorted({index * count // min(count, wanted) for index in range(min(count, wanted))})
