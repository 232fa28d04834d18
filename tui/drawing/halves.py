"""Halves: two pixels in a cell can be told as upper half on ground or as lower half on ground.

`▀` in one colour on another looks like `▄` with the two exchanged. Told the right way a cell often
needs one new colour instead of two: a tenth of what a heatmap that has scrolled costs to write.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.drawing.canvas import LOWER, UPPER

Glyphs = NDArray[np.uint32]
Indices = NDArray[np.uint8]
Flags = NDArray[np.bool_]

PAYS: Final = 500
"""Half blocks in what is to be written from which the bytes saved are worth the time."""


def exchanged(
    glyph: Glyphs, ink: Indices, ground: Indices, bold: Flags
) -> tuple[Glyphs, Indices, Indices]:
    """The same picture with inks and grounds exchanged where that spares colours.

    Whether to exchange depends on how the cell before was told, so neighbours are first settled
    relative to one another, and then each run of them by the grounds of what lies at its ends.
    """
    pixels = (glyph == UPPER) & ~bold
    if np.count_nonzero(pixels) < PAYS:
        return glyph, ink, ground
    turned = _turned(pixels, ink, ground)
    firsts, lasts = _runs(pixels)
    odd, even = turned[firsts], turned[lasts]
    before, after = ground.take(firsts - 1, mode="clip"), ground.take(lasts + 1, mode="clip")
    straight = _cost(firsts, odd, before, ink, ground) + _cost(lasts, even, after, ink, ground)
    swapped = _cost(firsts, ~odd, before, ink, ground) + _cost(lasts, ~even, after, ink, ground)
    turned[pixels] ^= np.repeat(swapped < straight, lasts - firsts + 1)
    turned &= pixels
    told = np.where(turned, np.uint32(LOWER), glyph)
    return told, np.where(turned, ground, ink), np.where(turned, ink, ground)


def _turned(pixels: Flags, ink: Indices, ground: Indices) -> Flags:
    """Which cells are exchanged if each is told in the cheaper way after the one before it."""
    keep = _differ(ink, ink).view(np.int8) + _differ(ground, ground)
    turn = _differ(ground, ink).view(np.int8) + _differ(ink, ground)
    turns = turn < keep
    turns &= pixels[1:] & pixels[:-1]
    turned = np.zeros(len(pixels), np.bool_)
    np.logical_xor.accumulate(turns, out=turned[1:])
    return turned


def _differ(now: Indices, before: Indices) -> Flags:
    differ: Flags = now[1:] != before[:-1]
    return differ


def _runs(pixels: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first and the last cell of each run of pixels."""
    edges = np.empty(len(pixels) + 1, np.bool_)
    edges[0], edges[-1] = pixels[0], pixels[-1]
    np.not_equal(pixels[1:], pixels[:-1], out=edges[1:-1])
    at = np.flatnonzero(edges)
    return at[0::2], at[1::2] - 1


def _cost(
    cells: NDArray[np.intp], turned: Flags, beside: Indices, ink: Indices, ground: Indices
) -> NDArray[np.int8]:
    """1 where the ground a cell is told with is not the one beside it."""
    told = np.where(turned, ink[cells], ground[cells])
    missed: Flags = told != beside
    return missed.view(np.int8)
