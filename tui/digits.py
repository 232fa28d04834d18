"""Digits: whole grids of numbers turned into glyphs at once, aligned at the decimal point.

A footprint holds two thousand numbers; writing each as a text would cost more than a frame has.
All numbers of one picture share a `Scale`, so that columns align and magnitudes can be compared
by eye, and the scale is chosen from the largest of them.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument, decimals
from tui.canvas import SPACE, Canvas

Glyphs = NDArray[np.uint32]
Lots = NDArray[np.int64]

_ZERO: Final = ord("0")
_POINT: Final = ord(".")
_SUFFIXES: Final = ("", "k", "M", "G", "T", "P", "E")


@dataclass(frozen=True, slots=True)
class Scale:
    """How integer lots (or ticks) are written: `factor` of them make one unit of the last digit."""

    factor: float
    decimals: int
    suffix: str
    width: int

    def units(self, lots: Lots) -> Lots:
        """Numbers in units of the last digit shown."""
        units: Lots = np.rint(lots * self.factor).astype(np.int64)
        return units

    def glyphs(self, lots: Lots, signed: bool = False) -> Glyphs:
        """Right-aligned glyphs [..., width]; `signed` writes + and -, else zero is a bare 0."""
        units = self.units(lots)
        glyphs = _digits(np.abs(units), self.width - len(self.suffix), self.decimals)
        if self.suffix:
            tail = np.full((*glyphs.shape[:-1], 1), ord(self.suffix), np.uint32)
            glyphs = np.concatenate((glyphs, tail), axis=-1)
        glyphs[lots == 0] = SPACE
        glyphs[lots == 0, -1:] = _ZERO
        if signed:
            _sign(glyphs, lots)
        return glyphs

    def text(self, lots: int, signed: bool = False) -> str:
        """One number without the blanks before it."""
        glyphs = self.glyphs(np.array([lots], np.int64), signed)[0]
        return "".join(map(chr, glyphs.tolist())).lstrip()


def size_scale(instrument: Instrument, most: int, width: int, signed: bool = False) -> Scale:
    """The most exact scale at which numbers up to `most` lots fit `width` cells."""
    room = max(1, width - signed)
    for power, suffix in enumerate(_SUFFIXES):
        step = instrument.lot_size.scaleb(-3 * power)
        free = room - len(suffix)
        if free < 1:
            continue
        for digits in range(min(decimals(step), free), -1, -1):
            factor = float(step.scaleb(digits))
            if _length(round(most * factor), digits) <= free:
                return Scale(factor, digits, suffix, width)
    return Scale(float(instrument.lot_size.scaleb(-18)), 0, "E", width)


def price_scale(instrument: Instrument, group: int, highest: int) -> Scale:
    """The scale that writes prices of a grouping exactly, without digits that are always zero."""
    places = max(decimals(instrument.tick_size * group), _currency_places(instrument, group))
    factor = instrument.tick_size.scaleb(places)
    return Scale(float(factor), places, "", _length(round(highest * factor), places))


def stamp(
    canvas: Canvas,
    x: int,
    y: int,
    glyphs: Glyphs,
    fg: int | NDArray[np.uint8],
    bold: bool | NDArray[np.bool_] = False,
) -> None:
    """Write a block of glyphs over the ground that is there, cut at the canvas's edges."""
    height, width = glyphs.shape
    left, top = max(0, x), max(0, y)
    right, bottom = min(canvas.width, x + width), min(canvas.height, y + height)
    if left >= right or top >= bottom:
        return
    outer = (slice(top, bottom), slice(left, right))
    inner = (slice(top - y, bottom - y), slice(left - x, right - x))
    ink = np.broadcast_to(np.asarray(fg, np.uint8), glyphs.shape)[inner]
    canvas.glyph[outer] = glyphs[inner]
    canvas.fg[outer] = canvas.look.readable[ink, canvas.bg[outer]]
    canvas.bold[outer] = np.broadcast_to(bold, glyphs.shape)[inner]


def _digits(units: Lots, width: int, places: int) -> Glyphs:
    """Digits of whole numbers with a point before the last `places`; what overflows is `+`."""
    glyphs = np.full((*units.shape, max(1, width)), SPACE, np.uint32)
    rest = units.copy()
    for position in range(max(1, width)):
        column = glyphs[..., -1 - position]
        if position == places and places:
            column[...] = _POINT
            continue
        shown = (rest > 0) | (position <= places + (places > 0))
        column[shown] = _ZERO + rest[shown] % 10
        rest //= 10
    glyphs[rest > 0] = ord("+")
    return glyphs


def _sign(glyphs: Glyphs, lots: Lots) -> None:
    """Put the sign before the first digit."""
    first = (glyphs != SPACE).argmax(axis=-1)
    sign = np.where(lots > 0, ord("+"), ord("-")).astype(np.uint32)
    placed = (lots != 0) & (first > 0)
    index = np.nonzero(placed)
    glyphs[(*index, first[placed] - 1)] = sign[placed]


def _length(units: int, places: int) -> int:
    """Cells a number takes, its point included."""
    whole = max(len(str(abs(units))), places + 1)
    return whole + (places > 0)


def _currency_places(instrument: Instrument, group: int) -> int:
    """Keep the venue's own digits for fine rows, so that prices look as they do elsewhere."""
    step: Decimal = instrument.tick_size * group
    return instrument.price_decimals if step < 1 else 0
