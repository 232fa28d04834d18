"""Flow: measures of the order flow and of the book's balance, a number and a sparkline each."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.basis import TimeBasis, parse_basis
from market.bookflow import BookInterval
from market.depth import FINE
from market.flow import book_now, imbalance, weighted_mid
from market.flowreport import (
    FlowReport,
    FlowSettings,
    Speed,
    VpinReading,
    flow_report,
    vpin_reading,
)
from market.instrument import Instrument
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.format import compact, signed
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.drawing.spark import draw_spark, round_up
from tui.drawing.timeline import draw_time_axis, even_labels
from tui.flownumbers import flow_numbers
from tui.pane import Size, as_of, book_warning, message, title_row, trades_end, waiting

Floats = NDArray[np.float64]

_LABEL, _VALUE, _DETAIL = 17, 10, 30
"""Cells of a measure's name, of its number and of what belongs to it."""
_SPARK = 8
"""The least width of a sparkline worth drawing."""


_MEASURES, _BALANCES = 9, 4
"""Rows, and how many of them tell of the book; those below are of what came in."""


class _Measure(NamedTuple):
    """One row of the panel: its name, what that means, and the values of its sparkline."""

    name: str
    about: str
    values: Floats
    most: float
    """What fills the sparkline."""
    signed: bool = False
    unit: str = ""

    @property
    def full(self) -> str:
        """What fills the sparkline, in words."""
        number = compact(self.most, 8)
        return f"{'±' if self.signed else ''}{number} {self.unit}".rstrip()


class _Told(NamedTuple):
    """The number of a row, what belongs to it, and whether that is above or below zero."""

    number: str = "-"
    detail: str = ""
    sign: float = 0.0


@dataclass(frozen=True, slots=True)
class FlowPane:
    """Measures of intervals of `timeframe`, a column of the sparklines each.

    `levels` and `bps` bound the two forms of the imbalance, `window` is the intervals of a
    regression or a mean, `bucket` the size of VPIN's buckets in base currency. `grouping` and
    `center` are there because every pane has them.
    """

    kind: ClassVar[str] = "flow"
    title: ClassVar[str] = "Flow"
    minimum: ClassVar[Size] = Size(30, 6)

    grouping: int | None = None
    """Without effect: measures have no rows of prices."""
    timeframe: str = "1s"
    """Length of an interval, a column of the sparklines."""
    until: int | None = None
    center: int | None = None
    """Without effect: measures have no axis of prices."""
    levels: int = 10
    """Best levels of either side that the imbalance counts."""
    bps: float = 10.0
    """Basis points from the middle that its other form counts."""
    window: int = 60
    """Intervals of a regression or a mean."""
    bucket: float | None = None
    """Size of a bucket of VPIN in base currency."""
    buckets: int = 50
    """Buckets that VPIN is the mean of."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        for name, least, most in (("levels", 1, 1000), ("window", 30, 1000), ("buckets", 1, 1000)):
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {least} to {most}")
        if not 0 < self.bps <= 5000:
            raise ValueError("bps is more than 0 and at most 5000")
        if self.bucket is not None and self.bucket <= 0:
            raise ValueError("bucket must be more than 0")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw the title and as many measures as there are rows for."""
        worth = 0 if market is None else self._worth(market, look.measure)
        report = None if market is None else self._report(market, size.width, worth)
        if market is None or market.instrument is None or report is None:
            canvas = Canvas(size.width, size.height, look)
            title_row(canvas, look, self.title, market, [self.timeframe])
            why = waiting(market, "trades")
            if market is not None and self._interval is None:
                why = "flow is measured over time: choose a timeframe of 100ms or a multiple"
            message(canvas, look, why)
            return canvas
        grid, now = market.instrument, self._book(market, report)
        unit = look.measure.grid(grid)
        settled = _Settled(grid, self, report, self._vpin(market))
        canvas = _backdrop(settled, size, look).copy()
        _tell(canvas, 0, _balances_now(grid, unit, now))
        measured = [*look.measure.words(grid), *as_of(self.until, look.zone)]
        words = [*measured, self.timeframe, f"window {self.window}"]
        if now is None:
            words.append(f"book {book_warning(market) or 'unknown'}")
        title_row(canvas, look, self.title, market, words)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every interval in sight and the measures at its end, fractions to twelve digits."""
        report = self._report(market, size.width, self._worth(market, Measure.QUOTE))
        if market.instrument is None or report is None:
            return {"intervals": [], "now": {}, "measures": {}}
        now, reading = self._book(market, report), self._vpin(market)
        return flow_numbers(market.instrument, report, now, reading)

    @property
    def _interval(self) -> int | None:
        basis = parse_basis(self.timeframe)
        fits = isinstance(basis, TimeBasis) and basis.interval % FINE == 0
        return basis.interval if fits and isinstance(basis, TimeBasis) else None

    def _worth(self, market: Market, measure: Measure) -> int:
        """Units in which sums are told as values; 0 where they are not."""
        return 0 if market.instrument is None else measure.worth(market.instrument)

    def _report(self, market: Market, width: int, worth: int) -> FlowReport | None:
        if self._interval is None:
            return None
        columns = max(_spark_width(width), self.window + 1)
        bps = Fraction(str(self.bps))
        settings = FlowSettings(
            self._interval, self.levels, bps, self.window, self.buckets, columns, worth
        )
        return flow_report(market, settings, self.until)

    def _book(self, market: Market, report: FlowReport) -> BookInterval | None:
        """The book now, or scrolled back as it stood at the end of the last interval."""
        if self.until is not None and self.until < market.clock:
            return report.last
        if market.book is None or not market.book_good:
            return None
        settings = report.settings
        return book_now(market.book, settings.levels, settings.bps, settings.worth)

    def _vpin(self, market: Market) -> VpinReading:
        assert market.instrument is not None
        lots = None if self.bucket is None else max(1, market.instrument.lots(self.bucket))
        return vpin_reading(market, lots, self.buckets, trades_end(market, self.until))


class _Settled(NamedTuple):
    """All that a picture shows but for the book of this moment."""

    grid: Instrument
    pane: FlowPane
    report: FlowReport
    reading: VpinReading


@lru_cache(maxsize=8)
def _backdrop(settled: _Settled, size: Size, look: Look) -> Canvas:
    """The picture without the numbers of the book; never to be drawn on."""
    canvas = Canvas(size.width, size.height, look)
    measures = [*_balances(settled), *_flows(settled)]
    pitch, shown = _pitch(size.height)
    width = _spark_width(size.width)
    room = max(0, size.width - width - 2)
    for row, measure in enumerate(measures[:shown]):
        y = 1 + row * pitch
        canvas.text(1, y, measure.name[:room], look.text)
        if pitch > 1:
            canvas.text(1, y + 1, measure.about[:room], look.faint)
        if pitch > 3 and width:
            canvas.text(1, y + 2, f"bars up to {measure.full}"[:room], look.faint)
        signed = measure.signed or bool((measure.values < 0).any())
        inks = (look.buy, look.sell) if signed else (look.volume, look.volume)
        area = Area(size.width - width, y, width, pitch - (pitch > 2))
        draw_spark(canvas, area, measure.values, measure.most, inks, signed)
    if width and shown == _MEASURES and 1 + shown * pitch < size.height:
        _draw_times(canvas, 1 + shown * pitch, width, settled)
    _tell(canvas, _BALANCES, _flows_now(settled))
    return canvas


def _tell(canvas: Canvas, first: int, told: Sequence[_Told]) -> None:
    """Write the numbers of some rows."""
    look = canvas.look
    pitch, shown = _pitch(canvas.height)
    width = _spark_width(canvas.width)
    end = canvas.width - (width + 1 if width else 0)
    for row, (number, detail, sign) in enumerate(told[: max(0, shown - first)], start=first):
        y = 1 + row * pitch
        ink = look.buy if sign > 0 else look.sell if sign < 0 else look.text
        if end < _LABEL + _VALUE:
            canvas.right(end, y, f" {number}", ink, bold=True)
            continue
        canvas.right(_LABEL + _VALUE, y, number, ink, bold=True)
        room = max(0, end - _LABEL - _VALUE - 2)
        canvas.text(_LABEL + _VALUE + 2, y, detail[:room], look.dim)


def _draw_times(canvas: Canvas, row: int, width: int, settled: _Settled) -> None:
    """Draw when the columns were, below those of intervals."""
    report = settled.report
    interval, left = report.settings.interval, canvas.width - width
    zone = canvas.look.zone
    labels = even_labels((report.stop - width) * interval, interval, width, zone)
    draw_time_axis(canvas, canvas.look, row, labels, left, width)
    canvas.right(left - 1, row, zone.word(report.stop * interval), canvas.look.faint)


def _pitch(height: int) -> tuple[int, int]:
    """Rows of text a measure has, and how many measures there is room for."""
    room = max(0, height - 1)
    pitch = max(1, min(5, room // _MEASURES))
    return pitch, min(_MEASURES, room // pitch)


def _balances(settled: _Settled) -> list[_Measure]:
    """The measures of the book, interval by interval."""
    _, pane, report, _ = settled
    touch = [row and row.touch for row in report.book]
    queue = [t and (t.bid_lots, t.ask_lots) for t in touch]
    # The weighted mid less the middle is half the spread times the imbalance.
    half = [np.nan if t is None else (t.ask - t.bid) / 2 for t in touch]
    lean = np.array(half, np.float64) * _shares(queue)
    near = "(B - A) / (B + A) of what rests in the best levels"
    within = "the same of all orders so near to the middle"
    best = "the same of the best bid and ask alone (Gould, Bonart)"
    drawn = "I ask + (1 - I) bid, I the bid's share; no micro-price"
    forms = (
        (f"OBI {pane.levels} levels", near, [row and row.near for row in report.book]),
        (f"OBI {pane.bps:g} bps", within, [row and row.within for row in report.book]),
        ("queue imbalance", best, queue),
    )
    measures = [_Measure(name, about, _shares(sums), 1.0, True) for name, about, sums in forms]
    return [*measures, _Measure("weighted mid", drawn, lean, _most(lean), True, "ticks")]


def _balances_now(grid: Instrument, unit: Instrument, now: BookInterval | None) -> list[_Told]:
    """The numbers of the book now, sums written in a unit; shares are those of sizes."""
    if now is None or now.touch is None:
        return [_Told(detail="book not known")] * _BALANCES
    touch = now.touch
    best = touch.bid_lots, touch.ask_lots
    written = now.near, now.within, best
    if unit is not grid:
        worth = (touch.bid * grid.tick_size, touch.ask * grid.tick_size)
        value = tuple(
            round(price * grid.size(lots) / unit.lot_size)
            for price, lots in zip(worth, best, strict=True)
        )
        written = now.near_worth, now.within_worth, (value[0], value[1])
    told: list[_Told] = []
    for (bids, asks), sums in zip((now.near, now.within, best), written, strict=True):
        share = float(imbalance(bids, asks) or 0)
        sizes = " : ".join(compact(unit.size(side)) for side in sums)
        told.append(_Told(f"{share:+.3f}", f"{sizes} {unit.base}", share))
    mid = weighted_mid(touch)
    lean = float(mid - Fraction(touch.bid + touch.ask, 2))
    return [*told, _Told(_price(grid, mid), f"{lean:+.2f} ticks from the middle", lean)]


def _flows(settled: _Settled) -> list[_Measure]:
    """The measures of what came in, interval by interval."""
    grid, pane, report, reading = settled
    frame, lot, base = pane.timeframe, float(grid.lot_size), _base(settled)
    worth = float(grid.tick_size / grid.lot_size)
    ofi = np.array([np.nan if row is None else row.ofi for row in report.book], np.float64) * lot
    slopes = report.slopes * worth
    gaps = np.array(reading.gaps, np.float64) / reading.bucket
    trades = report.beats.trades.astype(np.float64)
    volume = (report.beats.volume * lot).astype(np.float64)
    unit = grid
    if report.worth is not None:
        unit = Measure.QUOTE.grid(grid)
        volume = (report.worth.volume * float(unit.lot_size)).astype(np.float64)
    net = "net size come to the best bid and gone from the ask"
    line = "price change = lambda x (bought - sold), least squares"
    sides = "sum |bought - sold| / volume, buckets of equal volume"
    prints = f"prints, against the {pane.window} intervals before"
    same = "the same of volume: z = (x - mean) / deviation"
    return [
        _Measure(f"OFI {frame}", net, ofi, _most(ofi), True, base),
        _Measure("Kyle's lambda", line, slopes, _most(slopes), unit=_slope_unit(grid)),
        _Measure("true-sided VPIN", sides, gaps, 1.0, unit="a bucket, one bar each"),
        _Measure(f"speed, trades {frame}", prints, trades, _most(trades)),
        _Measure(f"speed, volume {frame}", same, volume, _most(volume), unit=unit.base),
    ]


def _flows_now(settled: _Settled) -> list[_Told]:
    """The numbers of the last whole interval."""
    grid, pane, report, reading = settled
    base, pair = _base(settled), _slope_unit(grid)
    worth = float(grid.tick_size / grid.lot_size)
    last, kyle, beta = report.last, report.kyle, report.beta
    step = f"beta {_short(float(beta.slope) * worth)}, R2 {float(beta.r2):.2f}" if beta else ""
    ofi = _Told(detail="book not known")
    if last is not None:
        number = signed(compact(grid.size(last.ofi), 8))
        ofi = _Told(number, f"{base} {step}".strip(), float(last.ofi))
    slope = _Told(detail=f"needs {pane.window} intervals")
    if kyle is not None:
        slope = _Told(_short(float(kyle.slope) * worth), f"R2 {float(kyle.r2):.2f}, {pair}")
    bucket = f"{len(reading.gaps)} of {pane.buckets} x {compact(grid.size(reading.bucket))} {base}"
    share = "-" if reading.value is None else f"{float(reading.value):.3f}"
    prints = f"{report.trades.value}" if report.trades else "-"
    unit, speed = grid, report.volume
    if report.worth is not None:
        unit, speed = Measure.QUOTE.grid(grid), report.worth.speed
    volume = compact(unit.size(speed.value), 8) if speed else "-"
    return [
        ofi,
        slope,
        _Told(share, bucket.strip()),
        _Told(prints, _z(report.trades)),
        _Told(volume, f"{unit.base} {_z(speed)}".strip()),
    ]


def _base(settled: _Settled) -> str:
    """What sizes are in; said even where nobody has said it, if others are in quote currency."""
    return settled.grid.base or ("base" if settled.report.worth is not None else "")


def _slope_unit(grid: Instrument) -> str:
    return f"{grid.quote} a {grid.base}" if grid.base else "price a unit"


def _spark_width(width: int) -> int:
    """Cells of a sparkline in a pane of this width; none where numbers need them."""
    room = width - _LABEL - _VALUE - _DETAIL - 3
    if room < _SPARK:
        room = width - _LABEL - _VALUE - 2
    return room if room >= _SPARK else 0


def _shares(sums: Sequence[tuple[int, int] | None]) -> Floats:
    """Imbalances for a sparkline, NaN where one is not known."""
    known = [pair or (0, 0) for pair in sums]
    return np.array([(b - a) / (b + a) if b + a else np.nan for b, a in known], np.float64)


def _most(values: Floats) -> float:
    """What fills a sparkline: the largest value, rounded up so that it rests."""
    known = np.abs(values[~np.isnan(values)])
    return round_up(float(known.max())) if len(known) else 1.0


@lru_cache(maxsize=64)
def _price(grid: Instrument, ticks: Fraction) -> str:
    """A price between ticks, with two digits more than the grid has."""
    exact = Decimal(ticks.numerator) * grid.tick_size / Decimal(ticks.denominator)
    return f"{exact:.{grid.price_decimals + 1}f}"


def _short(value: float) -> str:
    return f"{value:+.3g}"


def _z(speed: Speed | None) -> str:
    if speed is None:
        return ""
    return "z not known yet" if speed.z is None else f"z {speed.z:+.2f}"
