"""Candles: bars of price with their traded volume and cumulative delta below."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from market.bars import Bar
from market.basis import TimeBasis, parse_basis
from market.instrument import Instrument, plain
from market.market import Market
from tui.area import Area
from tui.axis import (
    Movement,
    PriceAxis,
    draw_price_axis,
    fitting_axis,
    price_width,
    steady_axis,
)
from tui.barchart import BarChart
from tui.candlestick import NOWHERE, draw_sticks, sticks
from tui.canvas import Canvas
from tui.format import clock, duration, price
from tui.hatch import hatch, label
from tui.look import Look
from tui.pane import Size, message, title_row, waiting
from tui.studies import draw_cvd, draw_volume
from tui.timeline import draw_time_axis, time_labels

_ALL = 1 << 40


class _Layout(NamedTuple):
    """Strips from the top: candles, volume, cumulative delta; either strip may have no rows."""

    chart: Area
    volume: Area
    cvd: Area


@dataclass(frozen=True, slots=True)
class Candles:
    """Candles of time or of a number of trades; `grouping` is ticks a text row."""

    kind: ClassVar[str] = "candles"
    title: ClassVar[str] = "Candles"
    minimum: ClassVar[Size] = Size(30, 8)

    grouping: int | None = None
    timeframe: str = "1m"
    until: int | None = None
    center: int | None = None
    volume: bool = True
    cvd: bool = True

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw candles, strips, both axes and the title."""
        canvas = Canvas(*size, look)
        chart = None if market is None else self._chart(market, size)
        if market is None or chart is None or not chart.bars:
            title_row(canvas, look, self.title, market, [self.timeframe])
            message(canvas, look, waiting(market, "trades"))
            return canvas
        width = size.width - self._axis_width(market, chart.instrument, size)
        layout = self._layout(size, width)
        axis = self._axis(chart, layout.chart.height)
        gaps = _gaps(layout, chart, market)
        for run, _ in gaps:
            hatch(canvas, run, 2)
        _draw_candles(canvas, layout.chart, chart, axis)
        for run, words in gaps:
            # Over the candles: a wick would make another word of it.
            label(canvas, run if run.width < 3 else run._replace(height=1), words, alarm=True)
        draw_price_axis(canvas, width, 1, axis, chart.instrument, chart.bars[-1].close)
        if layout.volume.height:
            draw_volume(canvas, layout.volume, chart)
        if layout.cvd.height:
            draw_cvd(canvas, layout.cvd, chart, market.cvd(chart.basis))
        row = canvas.height - 1
        canvas.fill(0, row, canvas.width, 1, look.panel)
        labels = time_labels(chart.starts, chart.pitch)
        draw_time_axis(canvas, look, row, labels, chart.left, width - chart.left)
        canvas.right(canvas.width - 1, row, "UTC", look.faint, look.panel)
        title_row(canvas, look, self.title, market, self._words(chart, market))
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every bar held, oldest first, as exact decimal strings and ns."""
        if market.instrument is None:
            return {"bars": []}
        found = market.bars(parse_basis(self.timeframe))
        bars = found.last(_ALL) if self.until is None else found.before(self.until + 1, _ALL)
        return {"bars": [_bar_numbers(market.instrument, bar) for bar in bars]}

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        chart = self._chart(market, size)
        if chart is None or not chart.bars:
            return None
        width = size.width - self._axis_width(market, chart.instrument, size)
        axis = self._axis(chart, self._layout(size, width).chart.height)
        return max(1, (axis.high - axis.low) // max(1, axis.cells))

    def _chart(self, market: Market, size: Size) -> BarChart | None:
        if market.instrument is None:
            return None
        width = size.width - self._axis_width(market, market.instrument, size)
        basis = parse_basis(self.timeframe)
        return BarChart.of(market, market.instrument, basis, self.until, width)

    def _axis_width(self, market: Market, instrument: Instrument, size: Size) -> int:
        wide = price_width(instrument, market.last.ticks if market.last else 0)
        return wide if size.width >= wide + 8 else 0

    def _layout(self, size: Size, width: int) -> _Layout:
        """What is left out first when space is short: the delta, then the volume."""
        rows = max(0, size.height - 2)
        strip = max(3, rows // 6)
        cvd = strip if self.cvd and rows >= 18 else 0
        volume = strip if self.volume and rows >= 12 else 0
        height = rows - cvd - volume
        return _Layout(
            Area(0, 1, width, height),
            Area(0, 1 + height, width, volume),
            Area(0, 1 + height + volume, width, cvd),
        )

    def _axis(self, chart: BarChart, cells: int) -> PriceAxis:
        """The prices to show: those of the bars in sight, or as set by hand."""
        bars, tick_size = chart.bars, chart.instrument.tick_size
        low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
        axis = fitting_axis(low, high, cells, tick_size)
        if self.grouping is not None:
            path = Movement(
                np.array([bar.low for bar in bars], np.int64),
                np.array([bar.high for bar in bars], np.int64),
                np.array([bar.close for bar in bars], np.int64),
            )
            axis, _ = steady_axis(
                path, chart.slots, cells, tick_size, parts=1, grouping=self.grouping
            )
        if self.center is not None:
            span = axis.high - axis.low
            bottom = self.center - span // 2
            axis = PriceAxis(bottom, bottom + span, cells)
        return axis

    def _words(self, chart: BarChart, market: Market) -> list[str]:
        """The settings and the last bar for the title."""
        bar, instrument = chart.bars[-1], chart.instrument
        words = [self.timeframe]
        if self.until is not None and self.until < market.clock:
            words.append(f"back at {clock(self.until, millis=False)}")
        names = ("open", "high", "low", "close")
        prices = " ".join(
            f"{name[0].upper()} {price(instrument, getattr(bar, name))}" for name in names
        )
        change = round(100 * (bar.close - bar.open) / bar.open, 2) if bar.open else 0.0
        # Adding nothing makes zero of what would be written as -0.00.
        words += [prices, f"{change + 0.0:+.2f} %"]
        if not isinstance(chart.basis, TimeBasis):
            words.append(f"{bar.trades} of {chart.basis.trades} trades")
        elif bar.start <= market.clock < bar.end and self.until is None:
            words.append(f"closes in {duration(bar.end - market.clock)}")
        return words


def _draw_candles(canvas: Canvas, area: Area, chart: BarChart, axis: PriceAxis) -> None:
    """Draw the candles over a line at the last price."""
    look, bars = canvas.look, chart.bars
    row = axis.cell(bars[-1].close)
    if 0 <= row < area.height:
        canvas.hline(area.x, area.y + row, area.width, look.grid, "╌")
    parts = 8 * area.height
    span = max(1, axis.high - axis.low)
    opened, high, low, close = (
        chart.column([(getattr(bar, name) - axis.low) * parts // span for bar in bars], NOWHERE)
        for name in ("open", "high", "low", "close")
    )
    candles = sticks(opened, high, low, close)
    draw_sticks(canvas, chart.place(area), candles, close >= opened, chart.pitch)


def _gaps(layout: _Layout, chart: BarChart, market: Market) -> list[tuple[Area, tuple[str, ...]]]:
    """Where the bars are that a gap in the feed touched, and what to call it."""
    found: list[tuple[Area, tuple[str, ...]]] = []
    for gap in market.gaps:
        first, stop = chart.touched(gap.start, gap.end)
        width = (stop - first) * chart.pitch
        if width:
            top = chart.place(layout.chart)
            left = first * chart.pitch
            run = Area(top.x + left, top.y, min(width, top.width - left), top.height)
            found.append((run, (f"GAP {gap.reason}".rstrip(), "GAP")))
    return found


def _bar_numbers(instrument: Instrument, bar: Bar) -> dict[str, object]:
    """One bar; volumes are null where the venue does not say who the aggressor was."""
    prices = {name: getattr(bar, name) for name in ("open", "high", "low", "close")}
    volumes = {"buy": bar.buy, "sell": bar.sell}
    return {
        "start": bar.start,
        **{name: plain(instrument.price(ticks)) for name, ticks in prices.items()},
        **{
            name: plain(instrument.size(lots)) if bar.split else None
            for name, lots in volumes.items()
        },
    }
