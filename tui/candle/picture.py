"""Candle picture: bars, both axes and the strips of volume and delta, the newest bar by itself."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tui.candle.barchart import BarChart, Past
from tui.candle.candlestick import draw_stick, draw_sticks, sticks
from tui.candle.layout import CandleLayout
from tui.candle.studies import (
    CvdScale,
    draw_cvd,
    draw_past_cvd,
    draw_past_volume,
    draw_volume,
)
from tui.candle.summed import Strips
from tui.candle.tag import draw_tag
from tui.drawing.area import Area
from tui.drawing.axis import (
    Movement,
    PriceAxis,
    draw_price_labels,
    fitting_axis,
    steady_axis,
)
from tui.drawing.canvas import Canvas
from tui.drawing.hatch import hatch
from tui.drawing.look import Look
from tui.drawing.timeline import draw_time_axis
from tui.pane import Size


class Scene(NamedTuple):
    """Everything that a picture shows apart from the newest bar, the last price and the title."""

    look: Look
    size: Size
    layout: CandleLayout
    past: Past
    axis: PriceAxis
    volume: float
    """What fills the strip of volume, in lots."""
    cvd: CvdScale | None
    hatched: tuple[Area, ...]
    strips: Past | None = None
    """The bars that volume and delta are of, where those are not the same."""


def axis_of(chart: BarChart, cells: int, grouping: int | None, center: int | None) -> PriceAxis:
    """The prices to show: those of the bars in sight, or as set by hand."""
    tick_size = chart.past.instrument.tick_size
    axis = fitting_axis(chart.lowest, chart.highest, cells, tick_size)
    if grouping is not None:
        run, newest = chart.past.run, chart.newest
        path = Movement(
            np.append(run.low, newest.low),
            np.append(run.high, newest.high),
            np.append(run.close, newest.close),
        )
        places = chart.past.slots.places
        axis, _ = steady_axis(path, places, cells, tick_size, parts=1, grouping=grouping)
    if center is not None:
        span = axis.high - axis.low
        bottom = center - span // 2
        axis = PriceAxis(bottom, bottom + span, cells)
    return axis


@lru_cache(maxsize=16)
def backdrop(scene: Scene) -> Canvas:
    """The picture without what changes as the newest bar forms; never to be drawn on."""
    look, size, layout, past, axis, volume, cvd, hatched, strips = scene
    below = strips or past
    canvas = Canvas(*size, look)
    for area in hatched:
        hatch(canvas, area, 2)
    run = past.run
    edges = (run.open, run.high, run.low, run.close)
    parts, span = 8 * axis.cells, max(1, axis.high - axis.low)
    shape = sticks(*((edge - axis.low) * parts // span for edge in edges))
    x = past.slots.cells(run.numbers)
    draw_sticks(canvas, layout.chart, x, shape, run.close >= run.open, past.slots.pitch)
    width, row = layout.chart.width, size.height - 1
    draw_price_labels(canvas, width, 1, axis, past.instrument)
    if layout.volume.height:
        draw_past_volume(canvas, layout.volume, below, volume)
    if cvd is not None:
        draw_past_cvd(canvas, layout.cvd, below, cvd)
    canvas.fill(0, row, size.width, 1, look.panel)
    draw_time_axis(canvas, look, row, past.labels(look.zone), 0, width)
    canvas.right(size.width - 1, row, look.zone.word(past.since), look.faint, look.panel)
    return canvas


def draw_newest(canvas: Canvas, scene: Scene, chart: BarChart, strips: Strips, left: str) -> None:
    """Draw the newest bar, a line and a tag at its close, and what is left of it."""
    layout, past, axis = scene.layout, scene.past, scene.axis
    area, bar = layout.chart, chart.newest
    cell = chart.newest_cell
    if cell is not None:
        opened, high, low, close = (
            (edge - axis.low) * 8 * axis.cells // max(1, axis.high - axis.low)
            for edge in (bar.open, bar.high, bar.low, bar.close)
        )
        rising = bar.close >= bar.open
        draw_stick(canvas, area, cell, (opened, high, low, close), rising, past.slots.pitch)
    draw_tag(canvas, area, axis, chart, left)
    if layout.volume.height:
        draw_volume(canvas, layout.volume, strips.chart, scene.volume)
    if scene.cvd is not None and strips.sums is not None:
        draw_cvd(canvas, layout.cvd, strips.chart, strips.sums, scene.cvd)
