"""Heat labels: the sizes of the largest orders resting in the newest column of a heatmap."""

import numpy as np

from market.depth import DepthView
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.format import compact
from tui.drawing.measure import Measure
from tui.heat.grid import HALVES, HeatGrid
from tui.heat.sizes import HeatSizes


def draw_labels(canvas: Canvas, picture: Area, grid: HeatGrid, view: DepthView, count: int) -> None:
    """Write the sizes of the `count` largest price rows of either side, larger ones first.

    A label stands in its row, left of the newest column's end; of two in one text row the larger
    stays. A view that is not known has none.
    """
    if not view.known[-1] or picture.height < 1:
        return
    look, columns = canvas.look, grid.stretch
    sizes, valued = HeatSizes.of(look, grid), look.measure is not Measure.BASE
    right = picture.x + columns.x(columns.last)
    free = np.ones(picture.height, np.bool_)
    sides = [(view.bid[-1], look.bid), (view.ask[-1], look.ask)]
    found = [
        (int(lots[row]), int(row), ink)
        for lots, ink in sides
        for row in np.argsort(-lots, kind="stable")[:count]
        if lots[row]
    ]
    for lots, row, ink in sorted(found, reverse=True):
        cell = grid.axis.cells - 1 - row // HALVES
        if free[cell]:
            free[cell] = False
            low = grid.axis.low + row * grid.group
            size = sizes.at(lots, low) if valued else compact(grid.instrument.size(lots))
            text = f" {size} "
            left = max(picture.x, right - len(text))
            canvas.text(left, picture.y + cell, text, ink, look.panel, bold=True)
