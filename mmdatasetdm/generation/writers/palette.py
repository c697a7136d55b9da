"""Colours of label maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder


def palette_of(model: Decoder) -> list[list[int]]:
    """RGB of each class of a decoder: those of its checkpoint, else VOC's."""
    meta = model.dataset_meta or {}
    palette = meta.get('palette') or default_palette(len(meta['classes']))
    return [list(map(int, colour)) for colour in palette]


def default_palette(count: int) -> list[tuple[int, int, int]]:
    """VOC's palette: the bits of the class index spread over red, green and blue, highest first."""
    colours = []
    for index in range(count):
        red = green = blue = 0
        for bit in range(8):
            red |= (index >> (3 * bit) & 1) << (7 - bit)
            green |= (index >> (3 * bit + 1) & 1) << (7 - bit)
            blue |= (index >> (3 * bit + 2) & 1) << (7 - bit)
        colours.append((red, green, blue))
    return colours
