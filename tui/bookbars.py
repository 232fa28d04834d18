"""Book bars: the sizes resting at the right edge of a heatmap, row by row."""

from functools import lru_cache

import numpy as np

from market.depth import DepthView
from market.instrument import Instrument
from tui.area import Area
from tui.canvas import Canvas
from tui.columns import bar_rows, eighths
from tui.digits import Scale, size_scale, stamp
from tui.heatgrid import HALVES
from tui.heatscale import HeatScale

_TEXT = 4
"""Cells of the largest number: three digits and a point say enough, and change less often."""
_LONGER = "▸"
"""At the end of a bar that would be longer."""


def draw_book(
    canvas: Canvas, area: Area, instrument: Instrument, view: DepthView, scale: HeatScale
) -> None:
    """Draw the newest column of a view as bars with sizes."""
    look, width = canvas.look, area.width
    canvas.fill(*area, look.panel)
    bid, ask = (side[-1].reshape(-1, HALVES).sum(axis=1)[::-1] for side in (view.bid, view.ask))
    sizes = bid + ask
    bars = max(2, width - _TEXT - 2) if width > _TEXT + 3 else width
    inks = np.where(ask > bid, np.uint8(look.depth_ask), np.uint8(look.depth_bid))
    bar_rows(canvas, area.x, area.y, bars, eighths(sizes, scale.whole, bars), inks)
    for row in np.flatnonzero(sizes > scale.whole).tolist():
        canvas.mark(area.x + bars - 1, area.y + row, _LONGER, look.text, int(inks[row]))
    if bars < width:
        most = max(scale.most, int(sizes.max(initial=0)))
        glyphs = _number_scale(instrument, len(str(most))).glyphs(sizes)
        glyphs[sizes == 0] = ord(" ")
        large = (sizes >= scale.bold)[:, None]
        fg = np.where(large, np.uint8(look.text), np.uint8(look.faint))
        stamp(canvas, area.right - _TEXT, area.y, glyphs, fg)


def book_word(canvas: Canvas, area: Area, word: str) -> None:
    """Say instead why there is no book to draw."""
    canvas.fill(*area, canvas.look.panel)
    middle = area.y + area.height // 2
    canvas.center(area.x, middle, area.width, word, canvas.look.error)


@lru_cache(maxsize=64)
def _number_scale(instrument: Instrument, digits: int) -> Scale:
    """The scale at which numbers of lots of so many digits fit."""
    return size_scale(instrument, 10**digits - 1, _TEXT)
