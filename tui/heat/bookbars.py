"""Book bars: the sizes resting at the right edge of a heatmap, row by row."""

from functools import lru_cache
from math import ceil
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from market.depth import DepthView
from market.instrument import Instrument
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.columns import bar_rows, eighths
from tui.drawing.digits import Scale, size_scale, stamp
from tui.drawing.measure import Valued
from tui.heat.grid import HALVES
from tui.heat.scale import HeatScale, round_up

Integers: TypeAlias = NDArray[np.int64]
Glyphs: TypeAlias = NDArray[np.uint32]

_TEXT = 4
"""Cells of the largest number: three digits and a point say enough, and change less often."""
_LITTLE = np.array([ord(mark) for mark in "  ~0"], np.uint32)
"""What is not zero never reads as zero."""
_VALUE = _TEXT + 1
"""Cells of a value, which has a suffix besides."""
_LONGER = "▸"
"""At the end of a bar that would be longer."""


class Written(NamedTuple):
    """The newest column as its numbers are written."""

    unit: Instrument
    bid: Integers
    ask: Integers
    most: int
    """What the largest number is about."""


def draw_book(
    canvas: Canvas, area: Area, written: Written, view: DepthView, scale: HeatScale
) -> None:
    """Draw the newest column of a view as bars with numbers."""
    look, width = canvas.look, area.width
    canvas.fill(*area, look.panel)
    bid, ask = _text_rows(view.bid[-1]), _text_rows(view.ask[-1])
    sizes = bid + ask
    text = _VALUE if isinstance(written.unit, Valued) else _TEXT
    bars = max(2, width - text - 2) if width > text + 3 else width
    inks = np.where(ask > bid, np.uint8(look.depth_ask), np.uint8(look.depth_bid))
    bar_rows(canvas, area.x, area.y, bars, eighths(sizes, scale.whole, bars), inks)
    for row in np.flatnonzero(sizes > scale.whole).tolist():
        canvas.mark(area.x + bars - 1, area.y + row, _LONGER, look.text, int(inks[row]))
    if bars < width:
        numbers = _text_rows(written.bid) + _text_rows(written.ask)
        most = max(written.most, int(numbers.max(initial=0)))
        glyphs = size_glyphs(written.unit, numbers, round_up(most), text)
        glyphs[sizes == 0] = ord(" ")
        large = (sizes >= scale.bold)[:, None]
        fg = np.where(large, np.uint8(look.text), np.uint8(look.faint))
        stamp(canvas, area.right - text, area.y, glyphs, fg)


def book_word(canvas: Canvas, area: Area, word: str) -> None:
    """Say instead why there is no book to draw."""
    canvas.fill(*area, canvas.look.panel)
    middle = area.y + area.height // 2
    canvas.center(area.x, middle, area.width, word, canvas.look.error)


def size_glyphs(instrument: Instrument, sizes: Integers, most: int, width: int = _TEXT) -> Glyphs:
    """Sizes up to `most` at one scale; those of which it would leave nothing at finer ones."""
    (scale, least), *finer = _number_scales(instrument, most, width)
    glyphs = _glyphs(scale, sizes)
    for scale, next_least in finer:
        small = np.flatnonzero(sizes < least)
        if not len(small):
            return glyphs
        glyphs[small], least = _glyphs(scale, sizes[small]), next_least
    if scale.factor < 1:
        little = (sizes > 0) & (2 * sizes * scale.factor < 1)
        glyphs[little, :-_TEXT], glyphs[little, -_TEXT:] = ord(" "), _LITTLE
    return glyphs


def _text_rows(lots: Integers) -> Integers:
    """Lots of price rows, lowest first, by text row from the top."""
    whole: Integers = lots[0::HALVES] + lots[1::HALVES]
    return whole[::-1]


def _glyphs(scale: Scale, sizes: Integers) -> Glyphs:
    """What the scale writes, looked up: that costs a third of putting digits together."""
    if scale.width > _TEXT:
        return scale.glyphs(sizes)
    found: Glyphs = _written(scale)[np.minimum(scale.units(sizes), 10**_TEXT - 1)]
    return found


@lru_cache(maxsize=16)
def _written(scale: Scale) -> Glyphs:
    """Every number that fits, 160 kB of them."""
    lots = np.rint(np.arange(10**_TEXT) / scale.factor).astype(np.int64)
    return np.ascontiguousarray(scale.glyphs(lots))


@lru_cache(maxsize=256)
def _number_scales(instrument: Instrument, most: int, width: int) -> tuple[tuple[Scale, int], ...]:
    """The scale for numbers up to `most` and finer ones, each with the least that is its own."""
    scales: list[tuple[Scale, int]] = []
    while not scales or most > 0:
        scale = size_scale(instrument, most, width)
        if scales and scale == scales[-1][0]:
            break
        # What would be rounded up to 1 is left to it: a finer scale has no room for that.
        one = ceil(10**scale.decimals / scale.factor)
        least = one - one // 2000
        scales.append((scale, least))
        most = least - 1
    return tuple(scales)
