"""Candles: bars of price with their average, and strips of what else is known of them below."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from market.averages import NONE, parse_averages
from market.basis import parse_basis
from market.cvd import Anchor
from market.drawings import Point
from market.instrument import Instrument
from market.market import Market
from market.oscillators import Oscillators, parse_oscillators
from tui.candle.barchart import BarChart
from tui.candle.cross import moved, point_at
from tui.candle.layout import CandleLayout, candle_layout
from tui.candle.numbers import (
    Rows,
    average_numbers,
    bar_numbers,
    joined,
    oscillator_numbers,
    progress,
    stated_numbers,
    sum_numbers,
    value_numbers,
    vwap_numbers,
)
from tui.candle.oscillators import draw_oscillator
from tui.candle.overlays import draw_averages, draw_bollinger, draw_vwap, vwap_lines, vwap_words
from tui.candle.picture import Scene, axis_of, backdrop, draw_newest
from tui.candle.sketch import Pointed, draw_pointed, ruler_numbers
from tui.candle.strips import Strip, draw_strip
from tui.candle.studies import (
    CvdScale,
    steady_volume,
)
from tui.candle.summed import (
    Strips,
    strips_of,
    summed_markets,
    summed_measure,
    summed_numbers,
    summed_words,
)
from tui.candle.tag import left_words
from tui.candle.valued import measured, measured_words, valued_sums
from tui.drawing.axis import (
    PriceAxis,
    price_width,
)
from tui.drawing.canvas import Canvas
from tui.drawing.format import price
from tui.drawing.hatch import label
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.drawing.timeline import Scroll
from tui.drawing.zones import Zone
from tui.findings.marks import MOST, POSSIBLE, draw_bar_events
from tui.pane import Size, message, title_row, waiting
from tui.scope import Scope

_ALL = 1 << 40
_BANDS = 3


@dataclass(frozen=True, slots=True)
class Candles:
    """Candles of any timeframe; `grouping` is ticks a text row.

    `anchored` is the time at which VWAP and delta begin whose anchor is `cursor`. A ruler goes
    from `ruler_time` and `ruler_price` to the crosshair, or to the newest bar without one.
    """

    kind: ClassVar[str] = "candles"
    title: ClassVar[str] = "Candles"
    minimum: ClassVar[Size] = Size(30, 8)

    grouping: int | None = None
    timeframe: str = "1m"
    until: int | None = None
    center: int | None = None
    volume: bool = True
    """A strip of traded volume, split by side where that is known."""
    cvd: bool = True
    """A strip of what was bought minus what was sold, summed up."""
    scroll: Scroll = "block"
    """How the picture moves on: by blocks, by every column, or as a sweep."""
    interest: bool = False
    """A strip of open interest."""
    funding: bool = False
    """A strip of the funding rate."""
    liquidations: bool = False
    """A strip of forced orders: longs below, shorts on top."""
    vwap: Literal["off", "all", "session", "week", "cursor"] = "off"
    """Where the volume-weighted average price begins."""
    bands: int = 2
    """Standard deviations drawn on either side of it."""
    averages: str = NONE
    """Moving averages of closes by their bars, such as `20,50,e200`, at most three; e is
    exponential."""
    bollinger: str = NONE
    """Bollinger bands by their bars and deviations, such as `20,2`; `on` is that."""
    rsi: str = NONE
    """A strip of Wilder's relative strength by its bars; `on` is `14`."""
    macd: str = NONE
    """A strip of MACD by the bars of its fast, slow and signal average; `on` is `12,26,9`."""
    anchor: Literal["none", "session", "week", "cursor"] = "none"
    """Where cumulative delta begins."""
    anchored: int | None = None
    """Market time in ns at which sums with the anchor cursor begin."""
    cross_time: int | None = None
    """Market time that the crosshair is at, ns."""
    cross_price: int | None = None
    """Price that the crosshair is at, ticks."""
    ruler_time: int | None = None
    """Market time at which the ruler begins, ns."""
    ruler_price: int | None = None
    """Price at which the ruler begins, ticks."""
    events: bool = False
    """Possible events of the order flow, marked where they happened."""
    most_events: int = 12
    """How many of each sort are marked, the largest in sight."""
    venues: Literal["one", "all"] = "one"
    """Whose volume and delta: of the market in focus, or of all watched that trade the same."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        parse_averages(self.averages)
        parse_oscillators(self.bollinger, self.rsi, self.macd)
        if not 0 <= self.bands <= _BANDS:
            raise ValueError(f"bands must be from 0 to {_BANDS}")
        if not 1 <= self.most_events <= MOST:
            raise ValueError(f"most_events must be from 1 to {MOST}")
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw one market alone."""
        return self.draw_all(Scope.of(market), size, look)

    def draw_all(self, scope: Scope, size: Size, look: Look) -> Canvas:
        """Draw candles, strips, both axes and the title."""
        market = scope.market
        chart = None if market is None else self._chart(market, size)
        if market is None or chart is None:
            canvas = Canvas(*size, look)
            title_row(canvas, look, self.title, market, [self.timeframe])
            message(canvas, look, waiting(market, "trades"))
            return canvas
        layout = self._layout(size, chart.past.slots.width)
        gaps = chart.past.gaps(market.gaps, layout.chart)
        markets = summed_markets(scope, self.venues == "all", chart.past.basis)
        strips = self._strips(markets, market, chart, layout.cvd.height > 0, look.measure)
        whole, sums = strips
        scene = Scene(
            look,
            size,
            layout,
            chart.past,
            self._axis(chart, layout.chart.height),
            steady_volume(whole.most_volume),
            sums and CvdScale.of(sums, whole.past.run, whole.newest, self.anchor == "cursor"),
            tuple(area for area, _ in gaps),
            None if whole is chart else whole.past,
        )
        canvas = backdrop(scene).copy()
        left = left_words(market, chart, self.until, size.width - layout.chart.right - 1)
        draw_newest(canvas, scene, chart, strips, left)
        told = measured(market, chart, look.measure)
        words = self._draw_studies(canvas, market, scene, chart, told)
        for area, gap in gaps:
            # Over the candles: a wick would make another word of it.
            place = area if area.width < 3 else area._replace(height=1)
            label(canvas, place, (f"GAP {gap.reason}".rstrip(), "GAP"), alarm=True)
        summed = summed_words(scope, self.venues == "all", chart.past.basis)
        words = [*summed, *self._words(chart, market, look.zone), *words]
        if look.measure is not Measure.BASE:
            unit = summed_measure(markets, strips, look.measure)
            words = [*(unit or measured_words(market, look.measure, chart, sums)), *words]
        title_row(canvas, look, self.title, market, words)
        return canvas

    def _strips(
        self,
        markets: Sequence[Market],
        market: Market,
        chart: BarChart,
        wanted: bool,
        measure: Measure,
    ) -> Strips:
        """What volume and delta are of; the running sums only where there is room."""
        anchor = self._anchor(self.anchor)
        found = strips_of(markets, chart, *anchor, measure)
        if found is not None:
            return found if wanted else found._replace(sums=None)
        sums = None
        if wanted and measure is Measure.BASE:
            sums = chart.sums(market.cvd(chart.past.basis, *anchor))
        elif wanted:
            sums = valued_sums(market, chart, *anchor)
        return Strips(measured(market, chart, measure), sums)

    def _draw_studies(
        self, canvas: Canvas, market: Market, scene: Scene, chart: BarChart, told: BarChart
    ) -> list[str]:
        """Draw averages, further strips, ruler and crosshair; the averages in words."""
        layout, axis, words = scene.layout, scene.axis, list[str]()
        asked = self._oscillators
        if self.vwap != "off":
            lines = vwap_lines(market, chart, *self._anchor(self.vwap))
            if lines is not None:
                draw_vwap(canvas, layout.chart, axis, lines, self.bands, chart)
                words = vwap_words(chart.past.instrument, lines, canvas.look.zone)
        if averages := parse_averages(self.averages):
            words += draw_averages(canvas, layout.chart, axis, chart, market, averages)
        if asked.bollinger is not None:
            words += draw_bollinger(canvas, layout.chart, axis, chart, market, asked.bollinger)
        if self.events:
            draw_bar_events(canvas, layout.chart, axis, chart, market, self.most_events)
        for name, area in layout.others:
            wanted = {"rsi": asked.rsi, "macd": asked.macd}.get(name)
            if wanted is None:
                draw_strip(canvas, name, area, chart, market)
            else:
                draw_oscillator(canvas, area, chart, market, wanted)
        draw_pointed(canvas, market, chart, axis, layout.chart, self._pointed, told)
        return words

    def _anchor(self, word: str) -> tuple[Anchor, int]:
        """Where a sum begins; all that is held where nobody has set the time."""
        if word == "cursor":
            return (Anchor.NONE, 0) if self.anchored is None else (Anchor.TIME, self.anchored)
        return Anchor.NONE if word in ("none", "all") else Anchor(word), 0

    @property
    def crossed(self) -> bool:
        """Whether there is a crosshair."""
        return self._cross() is not None

    def crossed_at(self, market: Market, size: Size, x: int, y: int) -> "Candles":
        """The pane with the crosshair at a cell of its chart; itself beside it."""
        chart = self._chart(market, size)
        if chart is None:
            return self
        area = self._layout(size, chart.past.slots.width).chart
        point = point_at(chart, self._axis(chart, area.height), area, x, y)
        return self if point is None else self._with(point)

    def cross_moved(self, market: Market, size: Size, right: int, up: int) -> "Candles":
        """The pane with its crosshair so many bars and rows on, within the chart."""
        chart = self._chart(market, size)
        if chart is None:
            return self
        axis = self._axis(chart, self._layout(size, chart.past.slots.width).chart.height)
        return self._with(moved(chart, axis, self._cross(), right, up))

    def _with(self, point: Point) -> "Candles":
        return replace(self, cross_time=point.at, cross_price=point.ticks)

    @property
    def _pointed(self) -> Pointed:
        ruler = None
        if self.ruler_time is not None and self.ruler_price is not None:
            ruler = Point(self.ruler_time, self.ruler_price)
        return Pointed(self._cross(), ruler)

    def _cross(self) -> Point | None:
        if self.cross_time is None or self.cross_price is None:
            return None
        return Point(self.cross_time, self.cross_price)

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every bar held, oldest first, as exact decimal strings and ns."""
        return self.numbers_all(Scope.of(market), size)

    def numbers_all(self, scope: Scope, size: Size) -> dict[str, object]:
        """The same, and sums of all markets that trade the same where they are asked for."""
        market = scope.market
        if market is None or market.instrument is None:
            return {"bars": []}
        found = market.bars(parse_basis(self.timeframe))
        end = None if self.until is None else self.until + 1
        parted = found.parted(end, _ALL)
        sums = market.cvd(found.basis, *self._anchor(self.anchor))
        points = sums.last(_ALL) if end is None else sums.before(end, _ALL)
        bars = () if parted is None else (*parted.run.bars, parted.newest)
        weighted: Rows = [{}] * len(bars)
        if self.vwap != "off" and parted is not None:
            numbers = np.append(parted.run.numbers, parted.number)
            weighted = vwap_numbers(market, found.basis, bars, numbers, *self._anchor(self.vwap))
        told = joined(
            [bar_numbers(market.instrument, bar) for bar in bars],
            [sum_numbers(market.instrument, point) for point in points],
            value_numbers(market, found.basis, end, *self._anchor(self.anchor)),
            weighted,
            average_numbers(market.instrument, parted, parse_averages(self.averages)),
            oscillator_numbers(market.instrument, parted, self._oscillators),
            stated_numbers(market, bars, self._others),
        )
        markets = summed_markets(scope, self.venues == "all", found.basis)
        summed = summed_numbers(markets, found.basis, end, *self._anchor(self.anchor))
        ruler = ruler_numbers(market, self._chart(market, size), self._pointed)
        return {"bars": told, **({"summed": summed} if markets else {}), **ruler}

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        chart = self._chart(market, size)
        if chart is None:
            return None
        axis = self._axis(chart, self._layout(size, chart.past.slots.width).chart.height)
        return max(1, (axis.high - axis.low) // max(1, axis.cells))

    @property
    def _oscillators(self) -> Oscillators:
        return parse_oscillators(self.bollinger, self.rsi, self.macd)

    @property
    def _others(self) -> list[Strip]:
        """The strips besides volume and delta."""
        named: tuple[tuple[Strip, bool], ...] = (
            ("interest", self.interest),
            ("funding", self.funding),
            ("liquidations", self.liquidations),
            ("rsi", self._oscillators.rsi is not None),
            ("macd", self._oscillators.macd is not None),
        )
        return [name for name, wanted in named if wanted]

    def _chart(self, market: Market, size: Size) -> BarChart | None:
        if market.instrument is None:
            return None
        width = size.width - self._axis_width(market, market.instrument, size)
        basis = parse_basis(self.timeframe)
        return BarChart.of(market, market.instrument, basis, self.until, width, self.scroll)

    def _axis_width(self, market: Market, instrument: Instrument, size: Size) -> int:
        wide = price_width(instrument, market.last.ticks if market.last else 0)
        return wide if size.width >= wide + 8 else 0

    def _layout(self, size: Size, width: int) -> CandleLayout:
        return candle_layout(size, width, self.volume, self.cvd, tuple(self._others))

    def _axis(self, chart: BarChart, cells: int) -> PriceAxis:
        """The prices to show: those of the bars in sight, or as set by hand."""
        return axis_of(chart, cells, self.grouping, self.center)

    def _words(self, chart: BarChart, market: Market, zone: Zone) -> list[str]:
        """The settings and the last bar for the title."""
        bar, instrument = chart.newest, chart.past.instrument
        words = [self.timeframe, *([POSSIBLE] if self.events else [])]
        if self.until is not None and self.until < market.clock:
            words.append(f"back at {zone.clock(self.until, millis=False)}")
        names = ("open", "high", "low", "close")
        prices = " ".join(
            f"{name[0].upper()} {price(instrument, getattr(bar, name))}" for name in names
        )
        change = round(100 * (bar.close - bar.open) / bar.open, 2) if bar.open else 0.0
        # Adding nothing makes zero of what would be written as -0.00.
        words += [prices, f"{change + 0.0:+.2f} %"]
        words.append(progress(chart))
        return [word for word in words if word]
