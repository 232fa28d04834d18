"""Cell grid: footprint bars on a canvas with their price axis and the sums below them.

What stays as it is while the newest bar forms is drawn once and kept; the newest bar has a scale
of its own where it outgrows the others, so that until it is over no other cell changes.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from market.instrument import Instrument
from tui.cells.barcells import BarCells, Mask
from tui.cells.levels import Lanes, Placed, draw_levels, draw_standing
from tui.cells.paint import Style, painted
from tui.cells.sums import Foot, SumColumns, draw_names, draw_sums, draw_times, name_zone
from tui.cells.table import CellScale, CellTable
from tui.cells.widths import NARROWEST, Columns
from tui.drawing.block import Block
from tui.drawing.canvas import Canvas
from tui.drawing.digits import Scale, price_scale, stamp
from tui.drawing.look import Look
from tui.pane import Size
from tui.rows import PriceRows


class PastCells:
    """The bars shown that are over, oldest first, and what they and earlier ones left behind.

    Like a `Run` equal to itself alone.
    """

    def __init__(self, bars: Sequence[BarCells], levels: Sequence[Placed] = ()) -> None:
        self.bars = tuple(bars)
        self.levels = tuple(levels)


class Grid(NamedTuple):
    """Everything that a picture shows apart from the newest bar, the last price and the title."""

    look: Look
    size: Size
    instrument: Instrument
    rows: PriceRows
    columns: Columns
    axis: int
    """Cells of the price axis."""
    past: PastCells
    minutes: bool
    """Whether every bar begins on a whole minute."""
    foot: Foot
    style: Style

    @property
    def earlier(self) -> tuple[BarCells, ...]:
        """The bars before the newest that there are columns for."""
        room = self.columns.bars - 1
        return self.past.bars[-room:] if room else ()

    def left(self, ago: int) -> int:
        """Where a bar's column begins, counted from the newest back."""
        return self.size.width - (ago + 1) * self.columns.width

    def end(self, ago: int) -> int:
        """The cell after a bar's numbers."""
        return self.left(ago) + 1 + self.columns.body

    @property
    def lanes(self) -> Lanes:
        """Where the columns are."""
        columns = self.columns
        return Lanes(self.axis, self.size.width, columns.width, 1 + columns.body)

    def sums(self, count: int, ago: int) -> SumColumns:
        """Where the sums of so many bars stand, the last of which is so many bars ago."""
        ends = tuple(self.end(ago + count - 1 - index) for index in range(count))
        return SumColumns(self.unit, self.columns.width, ends)

    @property
    def unit(self) -> Instrument:
        """What numbers are written in."""
        return self.look.measure.grid(self.instrument)

    def table(self, bars: Sequence[BarCells]) -> CellTable:
        """What the rows show of some bars."""
        return CellTable(bars, self.rows, self.look.measure.worth(self.instrument))

    @property
    def has_columns(self) -> bool:
        """Whether there is room for bars at all."""
        return self.columns.width >= NARROWEST


class Backdrop(NamedTuple):
    """The picture without the newest bar, never to be drawn on, and the scale of its numbers."""

    canvas: Canvas
    scale: CellScale


def price_rows(height: int, foot: Foot) -> int:
    """How many price rows a canvas of this height has."""
    return max(0, height - 1 - foot.height)


def draw_grid(grid: Grid, newest: BarCells, last: int) -> Canvas:
    """Everything but the title; `last` is the last price."""
    canvas = _backdrop(grid).canvas.copy()
    if grid.rows.count:
        _draw_last(canvas, grid, last)
    if grid.has_columns:
        _draw_newest(canvas, grid, newest)
    return canvas


def _draw_newest(canvas: Canvas, grid: Grid, newest: BarCells) -> None:
    """Draw the newest bar and what stands above and below it."""
    name_zone(canvas, grid.foot, grid.axis - 1, newest.bar.start)
    column = _column(grid, newest)
    if grid.rows.count:
        column.block.lay(canvas, grid.left(0), 1, grid.axis)
        taken = _taken(grid, column.table, 0)
        draw_standing(canvas, grid.lanes, grid.rows, grid.past.levels, newest.cells, taken)
    _draw_sums(canvas, grid, column.table, column.scale, 0)


class _Column(NamedTuple):
    """The newest bar, painted by a scale on which the others would fit too."""

    table: CellTable
    scale: CellScale
    block: Block


@lru_cache(maxsize=4)
def _column(grid: Grid, newest: BarCells) -> _Column:
    table = grid.table((newest,))
    scale = _backdrop(grid).scale.widened(CellScale.of(table))
    return _Column(table, scale, _painted(grid, table, scale))


def _painted(grid: Grid, table: CellTable, scale: CellScale) -> Block:
    return painted(table, grid.columns, scale, grid.unit, grid.look, grid.style)


@lru_cache(maxsize=16)
def _backdrop(grid: Grid) -> Backdrop:
    canvas = Canvas(*grid.size, grid.look)
    table = grid.table(grid.earlier)
    scale = CellScale.of(table)
    if grid.rows.count:
        _draw_axis(canvas, grid)
        if grid.has_columns:
            block = _painted(grid, table, scale)
            block.lay(canvas, grid.left(len(table.bars)), 1, grid.axis)
            draw_levels(canvas, grid.lanes, grid.rows, grid.past.levels, _taken(grid, table, 1))
    if grid.has_columns:
        draw_names(canvas, grid.foot, grid.axis - 1)
        _draw_sums(canvas, grid, table, scale, 1)
    return Backdrop(canvas, scale)


def _taken(grid: Grid, table: CellTable, ago: int) -> Mask:
    """Which cells [price rows, columns] belong to rows of bars, the last of which is so long ago.

    Where there are few colours their ground does not tell.
    """
    taken = np.zeros((grid.rows.count, grid.size.width), np.bool_)
    for index in range(len(table.bars)):
        left = grid.left(ago + len(table.bars) - 1 - index)
        taken[:, max(0, left) : max(0, left + 1 + grid.columns.body)] = table.seen[:, index, None]
    return taken


def _draw_axis(canvas: Canvas, grid: Grid) -> None:
    look, rows = grid.look, grid.rows
    canvas.fill(0, 1, grid.axis, rows.count, look.panel)
    edges = np.array(rows.edges(), np.int64)
    quiet = (edges // rows.group) % 5 != 0
    ink = np.where(quiet, look.dim, look.text).astype(np.uint8)[:, None]
    scale = _axis_scale(grid)
    stamp(canvas, grid.axis - 1 - scale.width, 1, scale.glyphs(edges), ink)


def _draw_last(canvas: Canvas, grid: Grid, last: int) -> None:
    """Mark the row of the last price on the axis."""
    look, row = grid.look, grid.rows.row(last)
    if 0 <= row < grid.rows.count:
        canvas.tint(0, 1 + row, grid.axis, look.last)
        scale = _axis_scale(grid)
        edge = last // grid.rows.group * grid.rows.group
        # Text alone: the blanks before it are there already.
        text, ink = scale.text(edge), int(look.ink[look.last])
        canvas.right(grid.axis - 1, 1 + row, text, ink, bold=True)


def _axis_scale(grid: Grid) -> Scale:
    rows = grid.rows
    return price_scale(grid.instrument, rows.group, (rows.bottom + rows.count - 1) * rows.group)


def _draw_sums(canvas: Canvas, grid: Grid, table: CellTable, scale: CellScale, ago: int) -> None:
    """Draw the sums and the start of bars, the last of which is so many bars ago."""
    at = grid.sums(len(table.bars), ago)
    draw_sums(canvas, grid.foot, at, table, scale)
    if grid.foot.times:
        draw_times(canvas, at, table.bars, grid.minutes, ago)
