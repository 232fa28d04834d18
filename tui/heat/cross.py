"""Heat crosshair: one column and one price row of a heatmap, with their numbers beside them."""

from collections.abc import Sequence
from typing import NamedTuple

from market.depth import DepthView
from market.market import Market
from market.profile import Span, profile_within
from tui.drawing.area import Area
from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.format import compact_size, price, signed, step
from tui.drawing.look import Look
from tui.drawing.timeline import SECOND
from tui.drawing.zones import Zone
from tui.heat.grid import HALVES, HeatGrid
from tui.heat.layout import HeatLayout
from tui.heat.paint import reason
from tui.heat.sizes import HeatSizes

_ABOVE, _ACROSS = "│", "─"
_NEAR = 1
"""Price rows told above and below the one that is pointed at."""
_APART = 3
"""Cells between crosshair and read-out."""


class Cross(NamedTuple):
    """What is pointed at, in the market's terms: it stays there while the picture moves on."""

    at: int
    """Market time, ns."""
    ticks: int


class Cell(NamedTuple):
    """A column by its number, and a price row counted from the lowest."""

    column: int
    row: int


def cell_of(grid: HeatGrid, cross: Cross) -> Cell:
    """The cell that holds a place, or the nearest to it in sight."""
    columns, rows = grid.stretch, grid.axis.cells * HALVES
    column = min(max(columns.first, cross.at // columns.interval), columns.last)
    row = (cross.ticks - grid.axis.low) // grid.group
    return Cell(column, min(max(0, row), rows - 1))


def cross_at(grid: HeatGrid, cell: Cell) -> Cross:
    """The beginning of a cell's column and the low edge of its row."""
    return Cross(cell.column * grid.stretch.interval, grid.axis.low + cell.row * grid.group)


def pointed(grid: HeatGrid, picture: Area, x: int, y: int) -> Cross | None:
    """The place under a cell of the pane; None outside the picture or where no column is."""
    if not (picture.x <= x < picture.right and picture.y <= y < picture.bottom):
        return None
    columns, place = grid.stretch, x - picture.x
    column = columns.first + place
    if columns.sweep:
        column = columns.last - (columns.x(columns.last) - place) % columns.width
    if not columns.first <= column <= columns.last:
        return None
    row = (grid.axis.cells - 1 - (y - picture.y)) * HALVES
    return cross_at(grid, Cell(column, row))


def draw_cross(
    canvas: Canvas,
    market: Market,
    grid: HeatGrid,
    layout: HeatLayout,
    cross: Cross,
    words: Sequence[str] = (),
) -> None:
    """Draw the crosshair over a finished picture, tags on both axes and the read-out.

    `words` are lines that the read-out says besides.
    """
    picture, depth = layout.picture, market.depth
    if depth is None or picture.height < 1:
        return
    look, instrument = canvas.look, grid.instrument
    cell = cell_of(grid, cross)
    x = picture.x + grid.stretch.x(cell.column)
    y = picture.y + grid.axis.cells - 1 - cell.row // HALVES
    for part in (Area(picture.x, y, x - picture.x, 1), Area(x + 1, y, picture.right - x - 1, 1)):
        canvas.hline(part.x, part.y, part.width, look.text, _ACROSS)
    for part in (Area(x, picture.y, 1, y - picture.y), Area(x, y + 1, 1, picture.bottom - y - 1)):
        canvas.vline(part.x, part.y, part.height, look.text, _ABOVE)
    place = cross_at(grid, cell)
    _tag_time(canvas, picture, x, f" {_time(place.at, grid, look.zone)} ")
    if layout.axis:
        text = f" {price(instrument, place.ticks)}".ljust(layout.axis)
        canvas.text(layout.beside.right, y, text, look.text, look.selection, bold=True)
    view = grid.view(depth, cell.column, cell.column + 1)
    lines = [*_lines(market, grid, view, cell, look), *words]
    _draw_lines(canvas, picture, x, y, lines)


def _tag_time(canvas: Canvas, picture: Area, x: int, text: str) -> None:
    """Write the time below the column, and wipe out what is left of a label it covers."""
    left = min(max(0, x - len(text) // 2), max(0, picture.right - len(text)))
    look, row = canvas.look, canvas.height - 1
    begin, end = left, left + len(text)
    while begin > 0 and canvas.glyph[row, begin - 1] != SPACE:
        begin -= 1
    while end < picture.right and canvas.glyph[row, end] != SPACE:
        end += 1
    canvas.fill(begin, row, end - begin, 1, look.panel)
    canvas.text(left, row, text, look.text, look.selection, bold=True)


def _time(at: int, grid: HeatGrid, zone: Zone) -> str:
    return zone.clock(at, millis=bool(grid.stretch.interval % SECOND))


def _lines(market: Market, grid: HeatGrid, view: DepthView, cell: Cell, look: Look) -> list[str]:
    """The read-out: when and where, what rests there and next to it, what traded there."""
    instrument, place, zone = grid.instrument, cross_at(grid, cell), look.zone
    written = HeatSizes.of(look, grid)
    head = f"{_time(place.at, grid, zone)}  {price(instrument, place.ticks)}"
    lines = [head, *_away(grid, place.ticks)]
    if not view.known[-1]:
        lines.append(reason(grid, market, (cell.column, cell.column + 1), zone)[0])
    else:
        near = range(cell.row + _NEAR, cell.row - _NEAR - 1, -1)
        lines += [_resting(grid, view, row, row == cell.row, written) for row in near]
    span = Span(place.at, place.at + grid.stretch.interval)
    worth = look.measure.worth(instrument)
    profile = profile_within(market.trades, grid.group, span, worth)
    sold, bought = (side.tolist()[0] for side in profile.rows(place.ticks // grid.group, 1))
    sizes = (compact_size(written.unit, lots) if lots else "0" for lots in (bought, sold))
    return [*lines, "bought {}  sold {}".format(*sizes)]


def _away(grid: HeatGrid, ticks: int) -> list[str]:
    """How far from the last price."""
    if grid.last is None or not grid.last:
        return []
    distance = ticks - grid.last
    points = f"{10_000 * distance / grid.last:.1f}"
    return [f"{signed(step(grid.instrument, distance))}  {signed(points)} bp from last"]


def _resting(grid: HeatGrid, view: DepthView, row: int, here: bool, written: HeatSizes) -> str:
    """A price row's price and what rests there."""
    if not 0 <= row < view.bid.shape[1]:
        return ""
    instrument, low = grid.instrument, grid.axis.low + row * grid.group
    bid, ask = int(view.bid[-1, row]), int(view.ask[-1, row])
    sides = ((bid, "bid"), (ask, "ask"))
    rests = [f"{written.at(lots, low)} {side}" for lots, side in sides if lots]
    mark = "▸" if here else " "
    return f"{mark}{price(instrument, low)}  {' '.join(rests) or '0'}"


def _draw_lines(canvas: Canvas, picture: Area, x: int, y: int, lines: list[str]) -> None:
    """Write the read-out beside the crosshair, where there is more room, on a ground of its own."""
    look = canvas.look
    shown = lines if picture.height > len(lines) else lines[:1]
    width = min(picture.width, max(map(len, shown)) + 2)
    room_right = picture.right - x - _APART
    left = x + _APART if room_right >= width else x - _APART + 1 - width
    left = min(max(picture.x, left), picture.right - width)
    above = y - picture.y > picture.height // 2
    top = y - 1 - len(shown) if above else y + 2
    top = min(max(picture.y, top), picture.bottom - len(shown))
    canvas.fill(left, top, width, len(shown), look.selection)
    for row, line in enumerate(shown):
        strong = line.startswith("▸") or not row
        canvas.text(left + 1, top + row, line[: width - 1], look.text, look.selection, bold=strong)
