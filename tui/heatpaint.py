"""Heat paint: a heat grid as half blocks, with the touch and the trades drawn over it."""

import numpy as np
from numpy.typing import NDArray

from market.market import Market
from tui.area import Area
from tui.canvas import Canvas
from tui.format import clock
from tui.hatch import hatch, label
from tui.heat import Lots, best_rows, heat_levels, round_sizes
from tui.heatgrid import HALVES, HeatGrid, Prints
from tui.look import Look

Pixels = NDArray[np.uint8]

MARKS = "·•●"
_BUYS, _SELLS = "▵▴▲", "▿▾▼"
"""Without colour the shape says the side."""
_PERCENTILES = (50.0, 80.0, 95.0)
"""Of the volumes of cells that traded: where each size of mark begins."""


def paint_heat(canvas: Canvas, area: Area, grid: HeatGrid, steps: Lots) -> None:
    """Draw the known columns: brightness by size, the touch as a line through them.

    Empty rows beyond the prices of the snapshot are told from rows known to be empty.
    """
    look, view = canvas.look, grid.view
    total = view.bid + view.ask
    levels = heat_levels(total, steps)
    pixels = np.where(view.ask > view.bid, look.heat_ask[levels], look.heat_bid[levels])
    if grid.horizon is not None:
        low, high = ((edge - grid.axis.low) // grid.group for edge in grid.horizon)
        row = np.arange(pixels.shape[1])
        pixels[(total == 0) & ((row < low) | (row > high))] = look.gap_bar
    _touch(pixels, grid, look)
    rows = pixels.T[::-1]
    canvas.pixels(area.x, area.y, rows[0::HALVES], rows[1::HALVES])


def paint_unknown(canvas: Canvas, area: Area, grid: HeatGrid, market: Market) -> None:
    """Hatch the columns about which nothing is known and say why."""
    known = np.concatenate(([True], grid.view.known, [True]))
    edges = np.flatnonzero(known[1:] != known[:-1]).tolist()
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        words = _reason(grid, market, start, stop)
        alarm = words.startswith("GAP")
        run = Area(area.x + start, area.y, stop - start, area.height)
        hatch(canvas, run, 2 if alarm else 6)
        label(canvas, run, words, alarm)


def print_sizes(trades: Prints) -> list[int]:
    """The volume in lots from which each size of mark is drawn."""
    return round_sizes(trades.buy + trades.sell, _PERCENTILES)


def paint_prints(canvas: Canvas, area: Area, trades: Prints, sizes: list[int]) -> None:
    """Draw what traded as marks of three sizes in the colour of the side that took more.

    The mark stands on the cell's own heat, and small trades are left out: the book stays visible.
    """
    look = canvas.look
    rank = np.searchsorted(sizes, trades.buy + trades.sell, side="right") - 1
    shown = rank >= 0
    y, x, rank = area.y + trades.row[shown], area.x + trades.column[shown], rank[shown]
    bought = (trades.buy >= trades.sell)[shown]
    inside = (x < canvas.width) & (y < canvas.height)
    y, x, rank, bought = y[inside], x[inside], rank[inside], bought[inside]
    buys, sells = (_BUYS, _SELLS) if look.mono else (MARKS, MARKS)
    glyphs = np.array([[ord(mark) for mark in marks] for marks in (sells, buys)], np.uint32)
    # A cell of two colours keeps the brighter one as the mark's ground.
    upper, lower = canvas.fg[y, x], canvas.bg[y, x]
    split = canvas.glyph[y, x] == ord("▀")
    heat = _brightness(look)
    canvas.bg[y, x] = np.where(split & (heat[upper] > heat[lower]), upper, lower)
    canvas.glyph[y, x] = glyphs[bought.astype(int), rank]
    canvas.fg[y, x] = np.where(bought, np.uint8(look.trade_buy), np.uint8(look.trade_sell))
    canvas.bold[y, x] = False


def _brightness(look: Look) -> NDArray[np.int64]:
    """For every palette index how much heat it stands for; 0 for what is no heat."""
    table = np.zeros(256, np.int64)
    for heat in (look.heat_bid, look.heat_ask):
        table[heat] = np.arange(len(heat))
    return table


def _touch(pixels: Pixels, grid: HeatGrid, look: Look) -> None:
    """Draw the best bid and ask; one bright pixel where they share a price row."""
    best = best_rows(grid.view.bid, grid.view.ask)
    shown = np.flatnonzero((best.bid >= 0) & grid.view.known)
    bid, ask = best.bid[shown], best.ask[shown]
    pixels[shown, bid] = look.best_bid
    pixels[shown, ask] = look.best_ask
    same = bid == ask
    pixels[shown[same], bid[same]] = look.last


def _reason(grid: HeatGrid, market: Market, start: int, stop: int) -> str:
    """Why a run of columns is unknown."""
    begin = grid.stretch.start + start * grid.stretch.interval
    end = grid.stretch.start + stop * grid.stretch.interval
    for gap in market.gaps:
        if gap.start < end and (gap.end is None or gap.end >= begin):
            return f"GAP {gap.reason}".strip()
    if start == 0 and stop < grid.stretch.shown:
        return f"depth history begins {clock(end, millis=False)}"
    return "no book"
