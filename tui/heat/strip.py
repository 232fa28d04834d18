"""Heat strips: traded volume and delta of each column below a heatmap, drawn where they change."""

import numpy as np
from numpy.typing import NDArray

from tui.drawing.area import Area
from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.columns import eighths, stack_column, stack_columns
from tui.heat.grid import Stretch
from tui.heat.layout import HeatLayout
from tui.heat.scale import round_up
from tui.heat.trades import TradedCells

Integers = NDArray[np.int64]

_HANGING = np.array([ord(mark) for mark in " ▔▔▀▀▀▀██"], np.uint32)
"""Eighths of a cell from the top down, as near as there are glyphs."""


class HeatStrips:
    """Volume, what was sold below what was bought, and delta, up where more was bought."""

    def __init__(self, canvas: Canvas, layout: HeatLayout, cells: TradedCells) -> None:
        self._canvas, self._layout, self._cells = canvas, layout, cells
        self.top = 0
        """Lots of a column that fills the strip of volume."""
        self.delta_top = 0
        """Lots of delta that fill either half of its strip."""
        self._older: tuple[object, tuple[int, int]] = None, (0, 0)
        """The largest volume and delta before the newest column, and of which columns."""

    def draw(self, columns: Stretch, begin: int) -> None:
        """Draw the columns from `begin` on, or all where the scale has changed."""
        stop = columns.last + 1
        if begin >= stop:
            return
        top, delta_top = map(round_up, self._most(columns, begin))
        if top != self.top or (delta_top != self.delta_top and self._layout.delta):
            self.top, self.delta_top, begin = top, delta_top, columns.first
        bought, sold = self._cells.volumes(begin, stop)
        for column, x, count in columns.runs(begin, stop):
            part = slice(column - begin, column - begin + count)
            if self._layout.strip:
                self._draw_volume(_columns(self._layout.below, x, count), bought[part], sold[part])
            if self._layout.delta:
                self._draw_delta(_columns(self._layout.deltas, x, count), (bought - sold)[part])

    def _most(self, columns: Stretch, begin: int) -> tuple[int, int]:
        """The largest volume and delta of a column; those before `begin` are as they were."""
        oldest, last = min(columns.oldest, columns.first), columns.last
        if self._older[0] != (oldest, last) or begin < last:
            self._older = (oldest, last), _largest(*self._cells.volumes(oldest, last))
        volume, delta = self._older[1]
        newest = _largest(*self._cells.volumes(last, last + 1))
        return max(volume, newest[0]), max(delta, newest[1])

    def _draw_volume(self, area: Area, bought: Integers, sold: Integers) -> None:
        look = self._canvas.look
        self._canvas.fill(*area, look.background)
        inks = look.sell, look.buy
        if area.width == 1:  # as nearly always
            lots = int(sold[0]), int(bought[0])
            stack_column(self._canvas, area, lots, self.top, inks, 1, area.x)
        else:
            stack_columns(self._canvas, area, (sold, bought), self.top, inks)

    def _draw_delta(self, area: Area, delta: Integers) -> None:
        """A bar up from the middle where more was bought, down from it where more was sold."""
        canvas, look = self._canvas, self._canvas.look
        canvas.fill(*area, look.background)
        half = area.height // 2
        above = area._replace(height=half)
        nothing = np.zeros_like(delta)
        most, up, down = self.delta_top, np.maximum(delta, 0), np.maximum(-delta, 0)
        stack_columns(canvas, above, (nothing, up), most, (look.sell, look.buy))
        base = 8 * np.arange(area.height - half)[:, None]
        filled = np.clip(eighths(down, most, area.height - half)[None, :] - base, 0, 8)
        glyphs = _HANGING[filled]
        rows = slice(area.y + half, area.bottom)
        places = slice(area.x, area.right)
        canvas.glyph[rows, places] = glyphs
        canvas.fg[rows, places] = np.where(glyphs == SPACE, np.uint8(look.text), look.sell)


def _columns(strip: Area, x: int, count: int) -> Area:
    return Area(strip.x + x, strip.y, count, strip.height)


def _largest(bought: Integers, sold: Integers) -> tuple[int, int]:
    """The largest volume and delta of some columns."""
    return int((bought + sold).max(initial=0)), int(np.abs(bought - sold).max(initial=0))
