"""Cell grid: footprint bars on a canvas with their price axis and the sums below them.

What stays as it is while the newest bar forms is drawn once and kept; the newest bar has a scale
of its own where it outgrows the others, so that until it is over no other cell changes.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from market.instrument import Instrument
from tui.block import Block
from tui.canvas import Canvas
from tui.cellpaint import painted
from tui.cells import NARROWEST, BarCells, CellScale, CellTable, Columns
from tui.digits import Scale, price_scale, size_scale, stamp
from tui.look import Look
from tui.pane import Size
from tui.rows import PriceRows
from tui.timeline import utc

_FOOT = 3


class PastCells:
    """The bars shown that are over, oldest first; like a `Run` equal to itself alone."""

    def __init__(self, bars: Sequence[BarCells]) -> None:
        self.bars = tuple(bars)


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
    def foot(self) -> int:
        """Rows below the prices."""
        return _foot(self.size.height)

    @property
    def has_columns(self) -> bool:
        """Whether there is room for bars at all."""
        return self.columns.width >= NARROWEST


class Backdrop(NamedTuple):
    """The picture without the newest bar, never to be drawn on, and the scale of its numbers."""

    canvas: Canvas
    scale: CellScale


def price_rows(height: int) -> int:
    """How many price rows a canvas of this height has."""
    return max(0, height - 1 - _foot(height))


def draw_grid(canvas: Canvas, grid: Grid, newest: BarCells, last: int) -> None:
    """Draw everything but the title; `last` is the last price."""
    backdrop = _backdrop(grid)
    canvas.blit(backdrop.canvas, 0, 0)
    if grid.rows.count:
        _draw_last(canvas, grid, last)
    if not grid.has_columns:
        return
    column = _column(grid, newest)
    if grid.rows.count:
        column.block.lay(canvas, grid.left(0), 1, grid.axis)
    _draw_sums(canvas, grid, column.table, column.scale, 0)


class _Column(NamedTuple):
    """The newest bar, painted by a scale on which the others would fit too."""

    table: CellTable
    scale: CellScale
    block: Block


@lru_cache(maxsize=4)
def _column(grid: Grid, newest: BarCells) -> _Column:
    table = CellTable((newest,), grid.rows)
    scale = _backdrop(grid).scale.widened(CellScale.of(table))
    return _Column(table, scale, painted(table, grid.columns, scale, grid.instrument, grid.look))


@lru_cache(maxsize=16)
def _backdrop(grid: Grid) -> Backdrop:
    canvas = Canvas(*grid.size, grid.look)
    table = CellTable(grid.earlier, grid.rows)
    scale = CellScale.of(table)
    if grid.rows.count:
        _draw_axis(canvas, grid)
        if grid.has_columns:
            block = painted(table, grid.columns, scale, grid.instrument, grid.look)
            block.lay(canvas, grid.left(len(table.bars)), 1, grid.axis)
    if grid.has_columns:
        look, foot = grid.look, grid.foot
        top = canvas.height - foot
        canvas.fill(0, top, canvas.width, foot, look.panel)
        for offset, name in enumerate(("volume", "delta", "UTC") if foot == _FOOT else ("delta",)):
            canvas.right(grid.axis - 1, top + offset, name, look.dim)
        _draw_sums(canvas, grid, table, scale, 1)
    return Backdrop(canvas, scale)


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
    """Draw volume, delta and start of bars; only the delta where there is little room.

    The last of them is so many bars ago.
    """
    foot, instrument = grid.foot, grid.instrument
    top, width = canvas.height - foot, grid.columns.width
    if foot == _FOOT:
        exact = size_scale(instrument, scale.volume, max(1, min(9, width - 1)))
        _draw_numbers(canvas, grid, top, table, exact, ago)
        _draw_times(canvas, grid, top + 2, table.bars, ago)
    if foot:
        exact = size_scale(instrument, scale.delta, max(1, min(9, width)), signed=True)
        _draw_numbers(canvas, grid, top + foot // 2, table, exact, ago, signed=True)


def _draw_numbers(
    canvas: Canvas,
    grid: Grid,
    row: int,
    table: CellTable,
    scale: Scale,
    ago: int,
    signed: bool = False,
) -> None:
    """Draw one number below each bar; dim where it is only of what was seen."""
    look = grid.look
    sums = table.deltas if signed else table.volumes
    for index, (bar, lots) in enumerate(zip(table.bars, sums, strict=True)):
        ink = look.text
        if bar.partial:
            ink = look.dim
        elif signed:
            ink = look.buy if lots > 0 else look.sell if lots < 0 else look.dim
        end = grid.end(ago + len(sums) - 1 - index)
        canvas.right(end, row, scale.text(lots, signed), ink, bold=signed)


def _draw_times(canvas: Canvas, grid: Grid, row: int, bars: Sequence[BarCells], ago: int) -> None:
    """Draw where bars begin; `~` is a bar that was not wholly seen, bright the forming one."""
    look = grid.look
    length = 5 if grid.minutes else 8
    every = -(-(length + 2) // grid.columns.width)
    for index, bar in enumerate(bars):
        place = ago + len(bars) - 1 - index
        if place % every == 0:
            text = _time(bar.bar.start)[:length]
            forming = place == 0
            ink = look.warn if bar.partial else look.accent if forming else look.dim
            text = f"~{text}" if bar.partial else text
            canvas.right(grid.end(place), row, text, ink, bold=forming)


@lru_cache(maxsize=256)
def _time(start: int) -> str:
    return utc(start).strftime("%H:%M:%S")


def _foot(height: int) -> int:
    """Rows below the prices: volume, delta and time, or only the delta, or nothing."""
    return _FOOT if height >= 10 else int(height >= 4)
