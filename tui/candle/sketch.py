"""Candle sketch: what people draw on a chart of bars, the crosshair and the ruler over it."""

from functools import lru_cache, partial
from typing import NamedTuple

from market.basis import TimeBasis
from market.drawings import Point
from market.market import Market
from tui.candle.barchart import BarChart, Past
from tui.candle.cross import draw_cross, middle_of, number_at
from tui.drawing.area import Area
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import Canvas
from tui.drawing.measure import Measure
from tui.sketch.paint import draw_sketch, notes_at
from tui.sketch.ruler import Ruler, draw_ruler, write_words
from tui.sketch.sheet import Sheet, Times


class Pointed(NamedTuple):
    """Where the crosshair is and where the ruler begins."""

    cross: Point | None
    ruler: Point | None


def draw_pointed(
    canvas: Canvas,
    market: Market,
    chart: BarChart,
    axis: PriceAxis,
    area: Area,
    pointed: Pointed,
    told: BarChart,
) -> None:
    """Draw over a finished chart what people put there and point at.

    The crosshair tells the sizes of the bars that are `told`, which may be valued.
    """
    if market.drawings is None and pointed == (None, None):
        return
    sheet = _sheet(chart.past, axis, area, canvas.width)
    draw_sketch(canvas, market, sheet)
    if pointed.cross is not None:
        draw_cross(canvas, area, axis, told, pointed.cross)
        for row, line in enumerate(notes_at(market, sheet, *pointed.cross), start=area.y + 2):
            write_words(canvas, area, row, (line,))
    measure = canvas.look.measure
    ruler = ruler_of(market, chart, pointed, measure is not Measure.BASE)
    if ruler is not None:
        one, other = (middle_of(chart.past, number) for number in ruler.columns)
        draw_ruler(canvas, sheet, (one, other), ruler)
        words = ruler.words(measure.grid(chart.past.instrument), measure)
        write_words(canvas, area, area.y + 1, words)


def ruler_numbers(market: Market, chart: BarChart | None, pointed: Pointed) -> dict[str, object]:
    """The ruler in numbers, where one is laid."""
    ruler = None if chart is None else ruler_of(market, chart, pointed)
    if chart is None or ruler is None:
        return {}
    return {"ruler": ruler.numbers(chart.past.instrument)}


def ruler_of(
    market: Market, chart: BarChart, pointed: Pointed, valued: bool = False
) -> Ruler | None:
    """The ruler from where it was laid to the crosshair, or to the newest bar's close."""
    if pointed.ruler is None:
        return None
    past = chart.past
    end = pointed.cross or Point(chart.newest.start, chart.newest.close)
    numbers = number_at(past, pointed.ruler.at), number_at(past, end.at)
    return Ruler.of(market, past.basis, (pointed.ruler, end), numbers, chart.end, valued)


def _sheet(past: Past, axis: PriceAxis, area: Area, width: int) -> Sheet:
    """The chart in a picture so wide, with its axes."""
    beside = Area(area.right, area.y, max(0, width - area.right), area.height)
    times = Times(partial(_x, past), partial(_cells, past), axis)
    return Sheet(area, axis.cell, beside, times=times)


def _x(past: Past, at: int) -> int | None:
    return middle_of(past, number_at(past, at))


@lru_cache(maxsize=8)
def _cells(past: Past) -> tuple[int | None, ...]:
    """The time at each cell: that of its bar's beginning in the middle of the slot, even between.

    Bars of trades have no length to be parted by: their cells all have the beginning's.
    """
    slots, interval = past.slots, 0
    if isinstance(past.basis, TimeBasis):
        interval = past.basis.interval
    cells: list[int | None] = [None] * slots.width
    for place, start in enumerate(past.starts):
        x, middle = slots.cell(past.first + place), max(0, slots.pitch - 2) // 2
        for step in range(slots.pitch):
            if 0 <= x + step < slots.width:
                cells[x + step] = start + (step - middle) * interval // slots.pitch
    return tuple(cells)
