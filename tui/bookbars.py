"""Book bars: the sizes resting at the right edge of a heatmap, row by row."""

import numpy as np

from market.market import Market
from tui.canvas import Canvas
from tui.columns import bar_rows, eighths
from tui.digits import size_scale, stamp
from tui.heatgrid import HALVES, HeatGrid
from tui.pane import book_warning

_TEXT = 5
_USUAL, _LARGE = 80, 3
"""A bar is whole at this many times the size at this percentile: walls do not flatten the rest."""
_LONGER = "▸"
"""At the end of a bar that would be longer."""
_BOLD = 88
"""Sizes from this percentile on are written brighter."""


def draw_book(
    canvas: Canvas, left: int, top: int, width: int, grid: HeatGrid, market: Market
) -> None:
    """Draw the newest column of the grid as bars with sizes; a word where it is not true."""
    look, cells = canvas.look, grid.axis.cells
    if width < 2:
        return
    canvas.fill(left, top, width, cells, look.panel)
    warning = book_warning(market) if grid.live else None
    if warning or not grid.view.known[-1]:
        canvas.center(left, top + cells // 2, width, warning or "no book", look.error)
        return
    bid, ask = (
        side[-1].reshape(cells, HALVES).sum(axis=1)[::-1] for side in (grid.view.bid, grid.view.ask)
    )
    sizes = bid + ask
    bars = max(2, width - _TEXT - 2) if width > _TEXT + 3 else width
    inks = np.where(ask > bid, np.uint8(look.depth_ask), np.uint8(look.depth_bid))
    most = min(float(sizes.max(initial=0)), _LARGE * float(np.percentile(sizes, _USUAL)) + 1)
    bar_rows(canvas, left, top, bars, eighths(sizes, most, bars), inks)
    for row in np.flatnonzero(sizes > most).tolist():
        canvas.mark(left + bars - 1, top + row, _LONGER, look.text, int(inks[row]))
    if bars < width:
        scale = size_scale(grid.instrument, int(sizes.max(initial=0)), _TEXT)
        glyphs = scale.glyphs(sizes)
        glyphs[sizes == 0] = ord(" ")
        large = (sizes >= np.percentile(sizes, _BOLD))[:, None]
        fg = np.where(large, np.uint8(look.text), np.uint8(look.faint))
        stamp(canvas, left + width - _TEXT, top, glyphs, fg)
