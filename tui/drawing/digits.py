"""Digits: whole grids of numbers turned into glyphs at once, aligned at the decimal point.

A footprint holds two thousand numbers; writing each as a text would cost more than a frame has.
All numbers of one picture share a `Scale`, so that columns align and magnitudes can be compared
by eye, and the scale is chosen from the largest of them.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument, decimals
from tui.drawing.canvas import SPACE, Canvas, shifting
from tui.drawing.measure import Valued

Glyphs = NDArray[np.uint32]
Lots = NDArray[np.int64]
Mask = NDArray[np.bool_]

_ZERO: Final = ord("0")
_SUFFIXES: Final = ("", "k", "M", "G", "T", "P", "E")
_TOLD: Final = 6
"""Digits of the largest of some values that are worth reading."""
_TRIPLE: Final = np.dtype("V12")
"""Three glyphs as one value, which numpy copies as fast as a number."""


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

    def glyphs(self, lots: Lots, signed: bool = False, zeros: bool = True) -> Glyphs:
        """Right-aligned glyphs [..., width]; `signed` writes + and -.

        A zero is a bare 0, or nothing without `zeros`.
        """
        width = max(1, self.width - len(self.suffix))
        nothing, bare = lots == 0, zeros and not self.suffix
        glyphs = _digits(np.abs(self.units(lots)), width, self.decimals, nothing, bare)
        if self.suffix:
            tail = np.where(nothing, _ZERO if zeros else SPACE, ord(self.suffix))
            glyphs = np.concatenate((glyphs, tail[..., None].astype(np.uint32)), axis=-1)
        if signed:
            _sign(glyphs, lots)
        return glyphs

    def text(self, lots: int, signed: bool = False) -> str:
        """One number without the blanks before it."""
        if not lots:
            return "0"
        room = max(1, self.width - len(self.suffix))
        text = f"{abs(round(lots * self.factor)):0{self.decimals + 1}}"
        if self.decimals:
            text = f"{text[: -self.decimals]}.{text[-self.decimals :]}"
        if len(text) > room:
            text = "+" * room
        elif signed and len(text) < room:
            text = ("+" if lots > 0 else "-") + text
        return text + self.suffix


def size_scale(instrument: Instrument, most: int, width: int, signed: bool = False) -> Scale:
    """The most exact scale at which numbers up to `most` lots fit `width` cells."""
    *scales, last = _scales(instrument.lot_size, width, max(1, width - signed))
    return next((s for s, below in scales if abs(round(most * s.factor)) < below), last[0])


def count_scale(most: int, width: int) -> Scale:
    """The most exact scale at which counts up to `most` fit `width` cells."""
    *scales, last = _scales(Decimal(1), width, max(1, width))
    return next((s for s, below in scales if abs(round(most * s.factor)) < below), last[0])


@lru_cache(maxsize=256)
def _scales(lot_size: Decimal, width: int, room: int) -> tuple[tuple[Scale, int], ...]:
    """Scales for this many cells, the most exact first, and the units each has no room for."""
    scales: list[tuple[Scale, int]] = []
    for power, suffix in enumerate(_SUFFIXES):
        step = lot_size.scaleb(-3 * power)
        free = room - len(suffix)
        for digits in range(min(decimals(step), free), -1, -1):
            point = digits > 0
            if digits + 1 + point <= free:
                scale = Scale(float(step.scaleb(digits)), digits, suffix, width)
                scales.append((scale, int(10 ** (free - point))))
    return *scales, (Scale(float(lot_size.scaleb(-18)), 0, "E", width), 0)


def price_scale(instrument: Instrument, group: int, highest: int) -> Scale:
    """The scale that writes prices of a grouping exactly, without digits that are always zero."""
    factor, places = _price_grid(instrument.tick_size, group)
    return Scale(factor, places, "", _length(round(highest * factor), places))


def exact_width(instrument: Instrument, most: int) -> int:
    """Cells that hold sizes up to `most` lots with every digit of the grid.

    Values have more digits than anybody reads: of them those up to the sixth.
    """
    numerator, denominator, places = _lot(instrument.lot_size)
    if isinstance(instrument, Valued):
        places = min(places, max(0, _TOLD - len(str(most * numerator // denominator))))
    return len(str(most * numerator // denominator)) + (places > 0) + places


@lru_cache(maxsize=256)
def _lot(lot_size: Decimal) -> tuple[int, int, int]:
    """A lot as a fraction, and the digits after the point."""
    return *lot_size.as_integer_ratio(), decimals(lot_size)


@lru_cache(maxsize=256)
def _price_grid(tick_size: Decimal, group: int) -> tuple[float, int]:
    """Units of the last digit in a tick, and the digits after the point."""
    step = tick_size * group
    # Fine rows keep the venue's own digits, so that prices look as they do elsewhere.
    places = max(decimals(step), decimals(tick_size) if step < 1 else 0)
    return float(tick_size.scaleb(places)), places


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
    if (bottom - top, right - left) != (height, width):
        inner = (slice(top - y, bottom - y), slice(left - x, right - x))
        fg, bold = (
            np.broadcast_to(fg, glyphs.shape)[inner],
            np.broadcast_to(bold, glyphs.shape)[inner],
        )
        glyphs = glyphs[inner]
    outer = (slice(top, bottom), slice(left, right))
    canvas.glyph[outer] = glyphs
    canvas.bold[outer] = bold
    look = canvas.look
    canvas.fg[outer] = look.readable[fg, canvas.bg[outer]] if shifting(look) else fg


def _digits(units: Lots, width: int, places: int, nothing: Mask, zeros: bool) -> Glyphs:
    """Digits of whole numbers with a point before the last `places`; what overflows is `+`.

    They are put together three glyphs at a time, which costs a third of one at a time.
    """
    triples = _triples(width, places)
    glyphs = np.empty((*units.shape, len(triples)), _TRIPLE)
    room = width - (places > 0)
    most = 10**room if room > places else 0
    over = units >= most if units.size and int(units.max()) >= most else None
    blank = bool(nothing.any())
    rest = units
    for number, (divisor, table) in enumerate(triples):
        above = rest // divisor
        # Where there are digits to the left, `divisor` remains over: the table's second half.
        place = rest - np.maximum(above - 1, 0) * divisor
        if over is not None:
            place[over] = 2 * divisor + 2
        if blank:
            place[nothing] = 2 * divisor + (zeros and not number)
        glyphs[..., -1 - number] = table.take(place)
        rest = above
    return glyphs.view(np.uint32)[..., -width:]


@lru_cache(maxsize=256)
def _triples(width: int, places: int) -> tuple[tuple[int, NDArray[np.void]], ...]:
    """How numbers of so many cells are put together from the right: divisors and tables."""
    triples: list[tuple[int, NDArray[np.void]]] = []
    for right in range(0, width, 3):
        point = places - right
        digits = 2 if places and 0 <= point < 3 else 3
        first = right - (0 < places < right)
        shown = min(digits, max(0, places + 1 - first))
        triples.append((int(10**digits), _table(digits, shown, point if digits == 2 else 0)))
    return tuple(triples)


@lru_cache(maxsize=32)
def _table(digits: int, shown: int, point: int) -> NDArray[np.void]:
    """Three glyphs for every number of `digits` digits, the point among them if there are two.

    First those with nothing to their left, where zeros are blank but for the last `shown`; then
    those within a number; and at the end what a blank, a bare zero and an overflow look like.
    """
    numbers = range(10**digits)
    inner = [f"{number:0{digits}}" for number in numbers]
    blanks = [max(0, digits - max(shown, len(str(n)) if n else 0)) for n in numbers]
    alone = [" " * blank + text[blank:] for blank, text in zip(blanks, inner, strict=True)]
    texts = [*alone, *inner]
    if digits == 2:
        texts = [f"{text[: 2 - point]}.{text[2 - point :]}" for text in texts]
    return np.array([*texts, "   ", "  0", "+++"]).view(_TRIPLE)


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
