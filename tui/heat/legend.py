"""Heat legend: the colours of a heatmap from few to many, with the sizes they begin at."""

from collections.abc import Sequence

import numpy as np

from tui.drawing.canvas import Canvas
from tui.heat.sizes import HeatSizes

_LONGEST, _LEAST = 8, 4
"""Cells of the ramp at most, and those below which it shows nothing."""


def draw_legend(
    canvas: Canvas, x: int, right: int, row: int, sizes: HeatSizes, steps: Sequence[int]
) -> None:
    """Draw the ramp between column `x` and `right`, asks over bids, or nothing in too little room.

    Left of it stands the size from which colours differ, right of it the one that is brightest.
    """
    if not steps:
        return
    look = canvas.look
    low = next((lots for lots in steps if lots > 1), steps[-1])
    words = [sizes.about(lots, 4) for lots in (low, steps[-1])]
    length = min(_LONGEST, look.levels, right - x - sum(map(len, words)) - 2)
    if length < min(_LEAST, look.levels):
        return
    levels = np.linspace(0, look.levels - 1, length).round().astype(np.int64)
    left = right - length - len(words[1])
    canvas.right(left, row, words[0], look.dim, look.panel)
    canvas.pixels(left, row, look.heat_ask[levels][None], look.heat_bid[levels][None])
    canvas.text(left + length, row, words[1], look.dim, look.panel)
