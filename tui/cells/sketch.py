"""Cell sketch: what people draw, on the bars of a footprint; lines through numbers are left out."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial

from market.bar import Bar
from market.market import Market
from tui.cells.grid import Grid
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import Canvas
from tui.sketch.rows import draw_on_rows
from tui.sketch.sheet import Times


def sketched(canvas: Canvas, market: Market, grid: Grid, bars: Sequence[Bar]) -> Canvas:
    """The picture with levels on its rows, notes and moments before the bars they belong to."""
    if market.drawings is None:
        return canvas
    rows = grid.rows
    axis = PriceAxis(rows.low, rows.low + rows.group * rows.count, rows.count)
    times = Times(partial(_x, grid, bars, market.clock), tuple, axis)
    draw_on_rows(canvas, market, rows, 1, (0, grid.axis), times)
    return canvas


def _x(grid: Grid, bars: Sequence[Bar], now: int, at: int) -> int | None:
    """The cell before the numbers of the bar that holds a time; None out of sight."""
    place = bisect_right(bars, at, key=lambda bar: bar.start) - 1
    ago = len(bars) - 1 - place
    if place < 0 or ago >= grid.columns.bars or not grid.has_columns:
        return None
    # Where nothing was traded since, the newest bar is still the one that goes on.
    return grid.left(ago) if at < bars[place].end or (not ago and at <= now) else None
