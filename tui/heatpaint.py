"""Heat paint: a heat grid as half blocks, with the touch and the trades drawn over it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.market import Market
from tui.area import Area
from tui.canvas import Canvas
from tui.format import clock
from tui.hatch import hatch, label
from tui.heat import Contrast, best_rows, heat_levels, heat_steps, round_sizes
from tui.heatgrid import HALVES, HeatGrid, Prints
from tui.look import Look

Pixels = NDArray[np.uint8]

MARKS = "·•●"
_BUYS, _SELLS = "▵▴▲", "▿▾▼"
"""Without colour the shape says the side."""
_LINE = "━"
_PERCENTILES = (50.0, 80.0, 95.0)
"""Of the volumes of cells that traded: where each size of mark begins."""


@dataclass(frozen=True, slots=True)
class Heat:
    """A grid's colours by text row from the top: each cell's upper and lower half."""

    upper: Pixels
    lower: Pixels
    ground: Pixels
    """The warmer half of each cell, for what is drawn over it."""
    touched: NDArray[np.bool_]
    """Cells that the line of the touch goes through."""


def heat_of(grid: HeatGrid, look: Look, contrast: Contrast) -> Heat:
    """Colours for the sizes of a grid, the best bid and ask as a line through them.

    Empty rows beyond the prices of the snapshot are told from rows known to be empty.
    """
    view = grid.view
    total = view.bid + view.ask
    levels = heat_levels(total, heat_steps(grid.settled, look.levels, contrast))
    pixels = np.where(view.ask > view.bid, look.heat_ask[levels], look.heat_bid[levels])
    if grid.horizon is not None:
        low, high = ((edge - grid.axis.low) // grid.group for edge in grid.horizon)
        row = np.arange(pixels.shape[1])
        pixels[(total == 0) & ((row < low) | (row > high))] = look.gap_bar
    pixels[~view.known] = look.gap_bar
    upper, lower = _halves(pixels)
    ground = np.where(np.greater(*_halves(levels)), upper, lower)
    line = _touch(grid, look)
    above, below = _halves(line)
    touched = (above > 0) | (below > 0)
    upper, lower = np.where(above, above, upper), np.where(below, below, lower)
    return Heat(upper, lower, ground, touched)


def paint_heat(canvas: Canvas, area: Area, heat: Heat) -> None:
    """Draw the known columns. Without colour a line differs from a wall by its glyph."""
    if not canvas.look.mono:
        canvas.pixels(area.x, area.y, heat.upper, heat.lower)
    else:
        canvas.shade(area.x, area.y, canvas.look.shades[heat.ground], canvas.look.text)
        rows, columns = np.nonzero(heat.touched)
        canvas.glyph[rows + area.y, columns + area.x] = ord(_LINE)
        canvas.fg[rows + area.y, columns + area.x] = canvas.look.text


def paint_unknown(canvas: Canvas, area: Area, grid: HeatGrid, market: Market) -> None:
    """Hatch the columns about which nothing is known and say why."""
    known = np.concatenate(([True], grid.view.known, [True]))
    edges = np.flatnonzero(known[1:] != known[:-1]).tolist()
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        words = _reason(grid, market, start, stop)
        alarm = words[-1] == "GAP"
        run = Area(area.x + start, area.y, stop - start, area.height)
        hatch(canvas, run, 2 if alarm else 6)
        label(canvas, run, words, alarm)


def print_sizes(trades: Prints, settled: int) -> list[int]:
    """The volume in lots from which each size of mark is drawn.

    The newest columns do not count, so that marks do not change with every trade.
    """
    volumes = trades.buy + trades.sell
    past = volumes[trades.column < settled]
    return round_sizes(past if len(past) else volumes, _PERCENTILES)


def paint_prints(canvas: Canvas, area: Area, heat: Heat, trades: Prints, sizes: list[int]) -> None:
    """Draw what traded as marks of three sizes in the colour of the side that took more.

    A mark stands on its cell's own heat, and small trades are left out, more of them on the line
    of the touch: book and line stay visible.
    """
    look = canvas.look
    rank = np.searchsorted(sizes, trades.buy + trades.sell, side="right") - 1
    shown = rank >= heat.touched[trades.row, trades.column]
    row, column, rank = trades.row[shown], trades.column[shown], rank[shown]
    bought = (trades.buy >= trades.sell)[shown].astype(int)
    buys, sells = (_BUYS, _SELLS) if look.mono else (MARKS, MARKS)
    glyphs = np.array([[ord(mark) for mark in marks] for marks in (sells, buys)], np.uint32)
    inks = np.array([look.trade_sell, look.trade_buy], np.uint8)
    at = row + area.y, column + area.x
    canvas.glyph[at] = glyphs[bought, rank]
    canvas.fg[at], canvas.bold[at] = inks[bought], False
    if not look.mono:
        canvas.bg[at] = heat.ground[row, column]


def _halves(rows: Pixels) -> tuple[Pixels, Pixels]:
    """Values [columns, price rows] as the upper and lower halves of text rows from the top."""
    turned = rows.T[::-1]
    return turned[0::HALVES], turned[1::HALVES]


def _touch(grid: HeatGrid, look: Look) -> Pixels:
    """The line of best bid and ask, 0 elsewhere; one colour where they share a price row."""
    line = np.zeros(grid.view.bid.shape, np.uint8)
    best = best_rows(grid.view.bid, grid.view.ask)
    shown = np.flatnonzero((best.bid >= 0) & grid.view.known)
    bid, ask = best.bid[shown], best.ask[shown]
    line[shown, bid] = look.best_bid
    line[shown, ask] = look.best_ask
    same = bid == ask
    line[shown[same], bid[same]] = look.last
    return line


def _reason(grid: HeatGrid, market: Market, start: int, stop: int) -> tuple[str, ...]:
    """Why a run of columns is unknown, longest wording first."""
    begin = grid.stretch.start + start * grid.stretch.interval
    end = grid.stretch.start + stop * grid.stretch.interval
    for gap in market.gaps:
        if gap.start < end and (gap.end is None or gap.end >= begin):
            return f"GAP {gap.reason}".strip(), "GAP"
    if start == 0 and stop < grid.stretch.shown:
        begin_text = clock(end, millis=False)
        return f"depth history begins {begin_text}", f"begins {begin_text}", begin_text
    return "no book", "none"
