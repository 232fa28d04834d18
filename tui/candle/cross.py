"""Candle crosshair: one bar and one price of a chart with their numbers."""

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar
from market.basis import TimeBasis
from market.drawings import Point
from market.instrument import Instrument
from tui.candle.barchart import BarChart, Past
from tui.drawing.area import Area
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.format import compact_size, price, signed
from tui.drawing.zones import Zone
from tui.sketch.ruler import write_words

_COLUMN, _ROW = ord("┆"), ord("╌")


def number_at(past: Past, at: int) -> int:
    """The number of the bar that holds a time, whether anything traded in it or not."""
    if isinstance(past.basis, TimeBasis):
        return at // past.basis.interval
    place = int(np.searchsorted(_begins(past), at, side="right")) - 1
    if place < 0:
        return past.first - 1
    return int(past.run.numbers[place]) if place < len(past.run) else past.number


def start_of(past: Past, number: int) -> int:
    """When a bar begins; of bars of trades one that is there."""
    if isinstance(past.basis, TimeBasis):
        return number * past.basis.interval
    numbers = np.append(past.run.numbers, past.number)
    place = min(int(np.searchsorted(numbers, number)), len(numbers) - 1)
    return int(_begins(past)[place])


def _begins(past: Past) -> NDArray[np.int64]:
    """When bars begin that no clock closes, each a nanosecond after the one before at least.

    Several can begin with one trade: none but the last could be pointed at.
    """
    places = np.arange(len(past.run) + 1)
    later: NDArray[np.int64] = np.append(past.run.start, past.since) - places
    return np.maximum.accumulate(later) + places


def point_at(chart: BarChart, axis: PriceAxis, area: Area, x: int, y: int) -> Point | None:
    """What a cell of the chart stands for; None beside it."""
    if not (area.x <= x < area.right and area.y <= y < area.bottom):
        return None
    slots = chart.past.slots
    slot = min(max(0, x - area.x - slots.left) // slots.pitch, slots.places - 1)
    number = slots.first + slot
    if slots.sweep:
        newest = slots.newest
        number = newest - (newest - slot) % slots.places
    number = min(max(number, chart.past.first), max(slots.newest, chart.past.number))
    return Point(start_of(chart.past, number), ticks_at(axis, y - area.y))


def ticks_at(axis: PriceAxis, row: int) -> int:
    """The price in the middle of a row."""
    part = 2 * (axis.cells - 1 - row) + 1
    return axis.low + part * (axis.high - axis.low) // max(1, 2 * axis.cells)


def moved(chart: BarChart, axis: PriceAxis, point: Point | None, right: int, up: int) -> Point:
    """A point so many bars and rows on; without one it begins at the newest bar's close."""
    past = chart.past
    if point is None:
        point = Point(start_of(past, past.number), chart.newest.close)
    number = number_at(past, point.at) + right
    number = min(max(number, past.first), max(past.slots.newest, past.number))
    ticks = point.ticks
    if up:
        row = min(max(axis.cell(ticks) - up, 0), max(0, axis.cells - 1))
        ticks = ticks_at(axis, row)
    return Point(start_of(past, number), ticks)


def draw_cross(canvas: Canvas, area: Area, axis: PriceAxis, chart: BarChart, point: Point) -> None:
    """Draw lines through a point, tags on both axes and the numbers of the bar there."""
    look, past = canvas.look, chart.past
    number, row = number_at(past, point.at), axis.cell(point.ticks)
    x = middle_of(past, number)
    if x is not None and area.x <= x < area.right:
        _dash(canvas, slice(area.y, area.bottom), slice(x, x + 1), _COLUMN)
        _tag_time(canvas, area, x, f" {look.zone.clock(point.at, millis=False)} ")
    if 0 <= row < area.height:
        _dash(canvas, slice(area.y + row, area.y + row + 1), slice(area.x, area.right), _ROW)
        text = f"◂{price(past.instrument, point.ticks)}".ljust(canvas.width - area.right)
        canvas.text(area.right, area.y + row, text, int(look.ink[look.accent]), look.accent)
    bar = _bar(chart, number)
    words: tuple[str, ...] = ("no trades in this bar",)
    if bar is not None:
        words = _bar_words(past.instrument, bar, look.zone)
    write_words(canvas, area, area.y, words)


def middle_of(past: Past, number: int) -> int | None:
    """The middle cell, from the chart's left, of a bar's body; None where it is out of sight."""
    slots = past.slots
    if not slots.first <= number <= slots.newest:
        return None
    return slots.cell(number) + max(0, slots.pitch - 2) // 2


def _bar(chart: BarChart, number: int) -> Bar | None:
    past = chart.past
    if number == past.number:
        return chart.newest
    place = int(np.searchsorted(past.run.numbers, number))
    if place < len(past.run) and int(past.run.numbers[place]) == number:
        return past.run.bars[place]
    return None


def _bar_words(instrument: Instrument, bar: Bar, zone: Zone) -> tuple[str, ...]:
    """A bar in words, the longest first."""
    names = ("open", "high", "low", "close")
    prices = " ".join(f"{n[0].upper()} {price(instrument, getattr(bar, n))}" for n in names)
    sums = f"V {compact_size(instrument, bar.volume)}"
    if not bar.volume and not bar.trades:
        sums = "no trades"
    elif bar.split:
        sums += f" Δ {signed(compact_size(instrument, bar.delta))}"
    begun = zone.clock(bar.start, millis=False)
    brief = f"{prices} {sums}", f"{sums} C {price(instrument, bar.close)}", sums
    return f"{zone.date(bar.start)} {begun} {prices} {sums}", f"{begun} {prices} {sums}", *brief


def _tag_time(canvas: Canvas, area: Area, x: int, text: str) -> None:
    """Write the time below a bar, and wipe out what is left of labels that it covers."""
    left = min(max(area.x, x - len(text) // 2), max(0, area.right - len(text)))
    look, row = canvas.look, canvas.height - 1
    begin, end = left, min(left + len(text), canvas.width)
    while begin > 0 and canvas.glyph[row, begin - 1] != SPACE:
        begin -= 1
    while end < area.right and canvas.glyph[row, end] != SPACE:
        end += 1
    canvas.fill(begin, row, end - begin, 1, look.panel)
    canvas.text(left, row, text, int(look.ink[look.accent]), look.accent)


def _dash(canvas: Canvas, rows: slice, columns: slice, glyph: int) -> None:
    """Draw a line through cells that nothing else has."""
    free = canvas.glyph[rows, columns] == SPACE
    canvas.glyph[rows, columns][free] = glyph
    canvas.fg[rows, columns][free] = canvas.look.accent
