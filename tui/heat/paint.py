"""Heat paint: columns of a heat grid as half blocks, with the touch and the trades drawn over."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.depth import DepthView
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.format import safe_text
from tui.drawing.hatch import hatch, label
from tui.drawing.look import Look
from tui.drawing.zones import Zone
from tui.heat.brightness import best_rows, heat_levels
from tui.heat.grid import HALVES, HeatGrid, Run
from tui.heat.scale import HeatScale

Integers = NDArray[np.int64]
Pixels = NDArray[np.uint8]
Flags = NDArray[np.bool_]

MARKS = "·•●"
_BUYS, _SELLS = "▵▴▲", "▿▾▼"
"""Without colour the shape says the side."""
_LINE = "━"


@dataclass(frozen=True, slots=True)
class Heat:
    """Colours of some columns by text row from the top: each cell's upper and lower half."""

    upper: Pixels
    lower: Pixels
    ground: Pixels
    """The warmer half of each cell, for what is drawn over it."""
    touched: Flags
    """Cells that the line of the touch goes through."""

    def last(self) -> "Heat":
        """The newest column alone."""
        upper, lower, ground = (part[:, -1:] for part in (self.upper, self.lower, self.ground))
        return Heat(upper, lower, ground, self.touched[:, -1:])


def heat_of(
    view: DepthView,
    sizes: tuple[Integers, Integers],
    least: int,
    grid: HeatGrid,
    scale: HeatScale,
    look: Look,
) -> Heat:
    """Colours for some columns of a grid, the best bid and ask as a line through them.

    `sizes` are the bids and asks to colour, those of the view or such as are drawn for them; rows
    of less than `least` lots stay dark. Empty rows beyond the prices of the snapshot are told from
    rows known to be empty.
    """
    bid, ask = sizes
    total = bid + ask
    levels = heat_levels(total, scale.steps)
    if least:
        levels[total < least] = 0
    pixels = np.where(ask > bid, look.heat_ask[levels], look.heat_bid[levels])
    if grid.horizon is not None:
        low, high = ((edge - grid.axis.low) // grid.group for edge in grid.horizon)
        for beyond in (slice(0, max(0, low)), slice(max(0, high + 1), None)):
            pixels[:, beyond][total[:, beyond] == 0] = look.gap_bar
    if not view.known.all():
        pixels[~view.known] = look.gap_bar
    upper, lower = _halves(pixels)
    ground = np.where(np.greater(*_halves(levels)), upper, lower)
    line = _touch(view, look)
    above, below = _halves(line)
    touched = (above | below) > 0
    upper, lower = np.where(above, above, upper), np.where(below, below, lower)
    return Heat(upper, lower, ground, touched)


def paint_heat(canvas: Canvas, area: Area, columns: list[Run], heat: Heat) -> None:
    """Draw columns where they lie. Without colour a line differs from a wall by its glyph."""
    begin, look = 0, canvas.look
    for run in columns:
        part = slice(begin, begin + run.length)
        begin += run.length
        x = area.x + run.x
        if not look.mono:
            canvas.pixels(x, area.y, heat.upper[:, part], heat.lower[:, part])
            continue
        canvas.fill(x, area.y, run.length, area.height, look.background)
        canvas.shade(x, area.y, look.shades[heat.ground[:, part]], look.text)
        rows, at = np.nonzero(heat.touched[:, part])
        canvas.glyph[rows + area.y, at + x] = ord(_LINE)


def paint_unknown(
    canvas: Canvas, area: Area, grid: HeatGrid, market: Market, known: Flags, begin: int
) -> None:
    """Hatch the columns about which nothing is known and say why.

    `known` is said of every column that is shown; runs that end before column `begin` stay as
    they are.
    """
    if known.all():
        return
    columns = grid.stretch
    padded = np.concatenate(([True], known, [True]))
    edges = (columns.first + np.flatnonzero(padded[1:] != padded[:-1])).tolist()
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop <= begin:
            continue
        words = reason(grid, market, (start, stop), canvas.look.zone)
        alarm = words[-1] == "GAP"
        areas = [
            Area(area.x + run.x, area.y, run.length, area.height)
            for run in columns.runs(start, stop)
        ]
        for part in areas:
            hatch(canvas, part, 2 if alarm else 6)
        label(canvas, _for_words(areas, columns.sweep), words, alarm)


def paint_prints(
    canvas: Canvas,
    area: Area,
    places: Integers,
    heat: Heat,
    traded: tuple[Integers, Integers],
    marks: list[int],
) -> None:
    """Draw what traded as marks of three sizes in the colour of the side that took more.

    `places` says where the columns of `heat` and of the bought and sold lots stand. A mark stands
    on its cell's own heat, and small trades are left out, more of them on the line of the touch:
    book and line stay visible.
    """
    look = canvas.look
    bought, sold = traded
    volume = bought + sold
    column, row = np.nonzero(volume)
    rank = np.searchsorted(marks, volume[column, row], side="right") - 1
    shown = rank >= heat.touched[row, column]
    column, row, rank = column[shown], row[shown], rank[shown]
    side = (bought[column, row] >= sold[column, row]).view(np.int8)
    at = row + area.y, places[column] + area.x
    canvas.glyph[at] = (_SHAPES if look.mono else _DOTS)[side, rank]
    canvas.fg[at] = np.array((look.trade_sell, look.trade_buy), np.uint8)[side]
    canvas.bold[at] = False
    if not look.mono:
        canvas.bg[at] = heat.ground[row, column]


_DOTS = np.array([[ord(mark) for mark in MARKS]] * 2, np.uint32)
_SHAPES = np.array([[ord(mark) for mark in marks] for marks in (_SELLS, _BUYS)], np.uint32)


def _for_words(areas: list[Area], sweep: bool) -> Area:
    """Where to write about a run: its widest part, in a sweep so that words rarely move."""
    widest = max(areas, key=lambda area: area.width)
    if not sweep:
        return widest
    # The sweep eats the run from the left.
    steady = 1 << (widest.width.bit_length() - 1)
    return widest._replace(x=widest.right - steady, width=steady)


def _halves(rows: Pixels) -> tuple[Pixels, Pixels]:
    """Values [columns, price rows] as the upper and lower halves of text rows from the top."""
    turned = rows.T[::-1]
    return turned[0::HALVES], turned[1::HALVES]


def _touch(view: DepthView, look: Look) -> Pixels:
    """The line of best bid and ask, 0 elsewhere; one colour where they share a price row."""
    line = np.zeros(view.bid.shape, np.uint8)
    if len(view.known) == 1:  # as nearly always
        bids, asks = view.bid[0].nonzero()[0], view.ask[0].nonzero()[0]
        if len(bids) and len(asks) and view.known[0]:
            line[0, bids[-1]], line[0, asks[0]] = look.best_bid, look.best_ask
            if bids[-1] == asks[0]:
                line[0, asks[0]] = look.last
        return line
    best = best_rows(view.bid, view.ask)
    shown = np.flatnonzero((best.bid >= 0) & view.known)
    bid, ask = best.bid[shown], best.ask[shown]
    line[shown, bid] = look.best_bid
    line[shown, ask] = look.best_ask
    same = bid == ask
    line[shown[same], bid[same]] = look.last
    return line


def reason(grid: HeatGrid, market: Market, run: tuple[int, int], zone: Zone) -> tuple[str, ...]:
    """Why a run of columns is unknown, longest wording first."""
    columns, (start, stop) = grid.stretch, run
    begin, end = start * columns.interval, stop * columns.interval
    for gap in market.gaps:
        if gap.start < end and (gap.end is None or gap.end >= begin):
            return f"GAP {gap.reason}".strip(), "GAP"
    if grid.several is not None and (found := grid.several.gap(begin, end)) is not None:
        name, gap = found
        return f"GAP {safe_text(name)} {gap.reason}".strip(), "GAP"
    if start == columns.first and stop <= columns.last:
        begin_text = zone.clock(end, millis=False)
        return f"depth history begins {begin_text}", f"begins {begin_text}", begin_text
    return ("not all books are known", "not all") if grid.several else ("no book", "none")
