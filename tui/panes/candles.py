"""Candles: bars of price with their traded volume and cumulative delta below."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np

from market.bars import Bar
from market.basis import (
    Basis,
    RangeBasis,
    TickBasis,
    TimeBasis,
    VolumeBasis,
    parse_basis,
)
from market.cvd import PartedSums
from market.instrument import Instrument, plain
from market.market import Market
from tui.area import Area
from tui.axis import (
    Movement,
    PriceAxis,
    draw_price_labels,
    draw_price_tag,
    fitting_axis,
    price_width,
    steady_axis,
)
from tui.barchart import BarChart, Past
from tui.candlestick import draw_stick, draw_sticks, sticks
from tui.canvas import SPACE, Canvas
from tui.format import clock, compact_size, duration, price
from tui.hatch import hatch, label
from tui.look import Look
from tui.pane import Size, message, title_row, waiting
from tui.studies import (
    CvdScale,
    draw_cvd,
    draw_past_cvd,
    draw_past_volume,
    draw_volume,
    steady_volume,
)
from tui.timeline import Scroll, draw_time_axis

_ALL = 1 << 40
_LINE = ord("╌")


class _Layout(NamedTuple):
    """Strips from the top: candles, volume, cumulative delta; either strip may have no rows."""

    chart: Area
    volume: Area
    cvd: Area


class _Scene(NamedTuple):
    """Everything that a picture shows apart from the newest bar, the last price and the title."""

    look: Look
    size: Size
    layout: _Layout
    past: Past
    axis: PriceAxis
    volume: float
    """What fills the strip of volume, in lots."""
    cvd: CvdScale | None
    hatched: tuple[Area, ...]


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
    scroll: Scroll = "block"

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw candles, strips, both axes and the title."""
        chart = None if market is None else self._chart(market, size)
        if market is None or chart is None:
            canvas = Canvas(*size, look)
            title_row(canvas, look, self.title, market, [self.timeframe])
            message(canvas, look, waiting(market, "trades"))
            return canvas
        layout = self._layout(size, chart.past.slots.width)
        gaps = chart.past.gaps(market.gaps, layout.chart)
        sums = chart.sums(market.cvd(chart.past.basis)) if layout.cvd.height else None
        scene = _Scene(
            look,
            size,
            layout,
            chart.past,
            self._axis(chart, layout.chart.height),
            steady_volume(chart.most_volume),
            sums and CvdScale.of(sums, chart.past.run, chart.newest),
            tuple(area for area, _ in gaps),
        )
        canvas = Canvas(*size, look)
        canvas.blit(_backdrop(scene), 0, 0)
        _draw_newest(canvas, scene, chart, sums)
        for area, gap in gaps:
            # Over the candles: a wick would make another word of it.
            place = area if area.width < 3 else area._replace(height=1)
            label(canvas, place, (f"GAP {gap.reason}".rstrip(), "GAP"), alarm=True)
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
        if chart is None:
            return None
        axis = self._axis(chart, self._layout(size, chart.past.slots.width).chart.height)
        return max(1, (axis.high - axis.low) // max(1, axis.cells))

    def _chart(self, market: Market, size: Size) -> BarChart | None:
        if market.instrument is None:
            return None
        width = size.width - self._axis_width(market, market.instrument, size)
        basis = parse_basis(self.timeframe)
        return BarChart.of(market, market.instrument, basis, self.until, width, self.scroll)

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
        tick_size = chart.past.instrument.tick_size
        axis = fitting_axis(chart.lowest, chart.highest, cells, tick_size)
        if self.grouping is not None:
            run, newest = chart.past.run, chart.newest
            path = Movement(
                np.append(run.low, newest.low),
                np.append(run.high, newest.high),
                np.append(run.close, newest.close),
            )
            axis, _ = steady_axis(
                path,
                chart.past.slots.places,
                cells,
                tick_size,
                parts=1,
                grouping=self.grouping,
            )
        if self.center is not None:
            span = axis.high - axis.low
            bottom = self.center - span // 2
            axis = PriceAxis(bottom, bottom + span, cells)
        return axis

    def _words(self, chart: BarChart, market: Market) -> list[str]:
        """The settings and the last bar for the title."""
        bar, instrument, basis = chart.newest, chart.past.instrument, chart.past.basis
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
        words.append(_progress(instrument, basis, bar))
        if isinstance(basis, TimeBasis) and bar.start <= market.clock < bar.end:
            left = f"closes in {duration(bar.end - market.clock)}"
            words.append(left if self.until is None else "")
        return [word for word in words if word]


def _progress(instrument: Instrument, basis: Basis, bar: Bar) -> str:
    """How far a bar that no clock closes has come."""
    match basis:
        case TickBasis(trades):
            return f"{bar.trades} of {trades} trades"
        case VolumeBasis():
            size = compact_size(instrument, bar.volume)
            return f"{size} of {plain(basis.volume)} {instrument.base}".rstrip()
        case RangeBasis(ticks):
            return f"{bar.high - bar.low} of {ticks} ticks"
        case _:
            return ""


@lru_cache(maxsize=16)
def _backdrop(scene: _Scene) -> Canvas:
    """The picture without what changes as the newest bar forms; never to be drawn on."""
    look, size, layout, past, axis, volume, cvd, hatched = scene
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
        draw_past_volume(canvas, layout.volume, past, volume)
    if cvd is not None:
        draw_past_cvd(canvas, layout.cvd, past, cvd)
    canvas.fill(0, row, size.width, 1, look.panel)
    draw_time_axis(canvas, look, row, past.labels(), 0, width)
    canvas.right(size.width - 1, row, "UTC", look.faint, look.panel)
    return canvas


def _draw_newest(canvas: Canvas, scene: _Scene, chart: BarChart, sums: PartedSums | None) -> None:
    """Draw the newest bar and a line and a tag at its close."""
    look, _, layout, past, axis, *_ = scene
    area, bar = layout.chart, chart.newest
    row = axis.cell(bar.close)
    if 0 <= row < area.height:
        place = area.y + row, slice(area.x, area.right)
        free = canvas.glyph[place] == SPACE
        canvas.glyph[place][free], canvas.fg[place][free] = _LINE, look.grid
    cell = chart.newest_cell
    if cell is not None:
        opened, high, low, close = (
            (edge - axis.low) * 8 * axis.cells // max(1, axis.high - axis.low)
            for edge in (bar.open, bar.high, bar.low, bar.close)
        )
        rising = bar.close >= bar.open
        draw_stick(canvas, area, cell, (opened, high, low, close), rising, past.slots.pitch)
    text = price(past.instrument, bar.close)
    draw_price_tag(canvas, area.width, area.y, axis, text, bar.close)
    if layout.volume.height:
        draw_volume(canvas, layout.volume, chart, scene.volume)
    if scene.cvd is not None and sums is not None:
        draw_cvd(canvas, layout.cvd, chart, sums, scene.cvd)


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
