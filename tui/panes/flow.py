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
from tui.area import Area
from tui.canvas import Canvas
from tui.flownumbers import flow_numbers
from tui.format import compact, signed
from tui.look import Look
from tui.pane import Size, as_of, book_warning, message, title_row, trades_end, waiting
from tui.spark import draw_spark, round_up

Floats = NDArray[np.float64]

_LABEL, _VALUE, _DETAIL = 17, 10, 30
"""Cells of a measure's name, of its number and of what belongs to it."""
_SPARK = 8
"""The least width of a sparkline worth drawing."""


class _Measure(NamedTuple):
    """One row of the panel; values are the sparkline's, the last one the newest."""

    name: str
    number: str
    detail: str
    about: str
    values: Floats
    most: float
    sign: float | None = None
    """Above or below zero where that is what matters."""


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
    timeframe: str = "1s"
    until: int | None = None
    center: int | None = None
    levels: int = 10
    bps: float = 10.0
    window: int = 60
    bucket: float | None = None
    buckets: int = 50

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
        canvas = Canvas(size.width, size.height, look)
        report = None if market is None else self._report(market, size.width)
        if market is None or market.instrument is None or report is None:
            title_row(canvas, look, self.title, market, [self.timeframe])
            why = waiting(market, "trades")
            if market is not None and self._interval is None:
                why = "flow is measured over time: choose a timeframe of 100ms or a multiple"
            message(canvas, look, why)
            return canvas
        now = self._book(market, report)
        reading = self._vpin(market)
        measures = [
            *_balances(market.instrument, self, report, now),
            *_flows(market.instrument, self, report, reading),
        ]
        _draw_panel(canvas, look, measures)
        words = [*as_of(self.until), self.timeframe, f"window {self.window}"]
        if now is None:
            words.append(f"book {book_warning(market) or 'unknown'}")
        title_row(canvas, look, self.title, market, words)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every interval in sight and the measures at its end, fractions to twelve digits."""
        report = self._report(market, size.width)
        if market.instrument is None or report is None:
            return {"intervals": [], "now": {}, "measures": {}}
        now, reading = self._book(market, report), self._vpin(market)
        return flow_numbers(market.instrument, report, now, reading)

    @property
    def _interval(self) -> int | None:
        basis = parse_basis(self.timeframe)
        fits = isinstance(basis, TimeBasis) and basis.interval % FINE == 0
        return basis.interval if fits and isinstance(basis, TimeBasis) else None

    def _report(self, market: Market, width: int) -> FlowReport | None:
        if self._interval is None:
            return None
        columns = max(_spark_width(width), self.window + 1)
        bps = Fraction(str(self.bps))
        settings = FlowSettings(
            self._interval, self.levels, bps, self.window, self.buckets, columns
        )
        return flow_report(market, settings, self.until)

    def _book(self, market: Market, report: FlowReport) -> BookInterval | None:
        """The book now, or scrolled back as it stood at the end of the last interval."""
        if self.until is not None and self.until < market.clock:
            return report.last
        if market.book is None or not market.book_good:
            return None
        return book_now(market.book, self.levels, report.settings.bps)

    def _vpin(self, market: Market) -> VpinReading:
        assert market.instrument is not None
        lots = None if self.bucket is None else max(1, market.instrument.lots(self.bucket))
        return vpin_reading(market, lots, self.buckets, trades_end(market, self.until))


def _balances(
    grid: Instrument, pane: FlowPane, report: FlowReport, now: BookInterval | None
) -> list[_Measure]:
    """The measures of the book."""
    rows = report.book
    near = _shares([row and row.near for row in rows])
    within = _shares([row and row.within for row in rows])
    touch = [row and row.touch for row in rows]
    queue = _shares([t and (t.bid_lots, t.ask_lots) for t in touch])
    lean = np.array(
        [np.nan if t is None else float(weighted_mid(t)) - (t.bid + t.ask) / 2 for t in touch]
    )
    unknown = "book not known"
    forms: list[tuple[str, tuple[int, int] | None, Floats, str]] = [
        (
            f"OBI {pane.levels} levels",
            now and now.near,
            near,
            "(B - A) / (B + A) of what rests in the best levels",
        ),
        (
            f"OBI {pane.bps:g} bps",
            now and now.within,
            within,
            "the same of all orders so near to the middle",
        ),
        (
            "queue imbalance",
            now and now.touch and (now.touch.bid_lots, now.touch.ask_lots),
            queue,
            "the same of the best bid and ask alone (Gould, Bonart)",
        ),
    ]
    measures: list[_Measure] = []
    for name, sums, values, about in forms:
        share = None if sums is None else imbalance(*sums)
        number = "-" if share is None else f"{float(share):+.3f}"
        detail = unknown
        if sums is not None:
            detail = f"{compact(grid.size(sums[0]))} : {compact(grid.size(sums[1]))} {grid.base}"
        sign = None if share is None else float(share)
        measures.append(_Measure(name, number, detail, about, values, 1.0, sign))
    number, detail, sign = "-", unknown, None
    if now is not None and now.touch is not None:
        mid = weighted_mid(now.touch)
        sign = float(mid - Fraction(now.touch.bid + now.touch.ask, 2))
        number = _price(grid, mid)
        detail = f"{sign:+.2f} ticks from the middle"
    about = "I ask + (1 - I) bid, I the bid's share; no micro-price"
    measures.append(_Measure("weighted mid", number, detail, about, lean, _most(lean), sign))
    return measures


def _flows(
    grid: Instrument, pane: FlowPane, report: FlowReport, reading: VpinReading
) -> list[_Measure]:
    """The measures of what came in, of the last whole interval."""
    frame, beats, last = pane.timeframe, report.beats, report.last
    base, pair = grid.base, f"{grid.quote} a {grid.base}" if grid.base else "price a unit"
    lot, worth = float(grid.lot_size), float(grid.tick_size / grid.lot_size)
    ofi = np.array([np.nan if row is None else row.ofi for row in report.book], np.float64) * lot
    kyle, beta = report.kyle, report.beta
    slope = "-" if kyle is None else _short(float(kyle.slope) * worth)
    told = f"R2 {float(kyle.r2):.2f}, {pair}" if kyle else f"needs {pane.window} intervals"
    step = f"beta {_short(float(beta.slope) * worth)}, R2 {float(beta.r2):.2f}" if beta else ""
    gaps = np.array(reading.gaps, np.float64) / reading.bucket
    bucket = f"{len(reading.gaps)} of {pane.buckets} x {compact(grid.size(reading.bucket))} {base}"
    value = "-" if reading.value is None else f"{float(reading.value):.3f}"
    prints = beats.trades.astype(np.float64)
    volume = (beats.volume * lot).astype(np.float64)
    counts = report.trades.value if report.trades else 0
    lots = report.volume.value if report.volume else 0
    return [
        _Measure(
            f"OFI {frame}",
            "-" if last is None else signed(compact(grid.size(last.ofi), 8)),
            f"{base} {step}".strip(),
            "net size come to the best bid and gone from the ask",
            ofi,
            _most(ofi),
            None if last is None else float(last.ofi),
        ),
        _Measure(
            "Kyle's lambda",
            slope,
            told,
            "price change = lambda x (bought - sold), least squares",
            report.slopes * worth,
            _most(report.slopes * worth),
        ),
        _Measure(
            "true-sided VPIN",
            value,
            bucket,
            "sum |bought - sold| / volume, buckets of equal volume",
            gaps,
            1.0,
        ),
        _Measure(
            f"trades {frame}",
            f"{counts}",
            _z(report.trades),
            f"prints, against the {pane.window} intervals before",
            prints,
            _most(prints),
        ),
        _Measure(
            f"volume {frame}",
            compact(grid.size(lots), 8),
            f"{base} {_z(report.volume)}".strip(),
            "the same of volume: z = (x - mean) / deviation",
            volume,
            _most(volume),
        ),
    ]


def _draw_panel(canvas: Canvas, look: Look, measures: Sequence[_Measure]) -> None:
    """Draw the measures from the top, each in as many rows as there are for all."""
    room = canvas.height - 1
    pitch = max(1, min(4, room // len(measures)))
    width = _spark_width(canvas.width)
    end = canvas.width - (width + 1 if width else 0)
    for row, measure in enumerate(measures[: max(0, room // pitch)]):
        y = 1 + row * pitch
        ink = look.text
        if measure.sign:
            ink = look.buy if measure.sign > 0 else look.sell
        canvas.text(1, y, measure.name[: max(0, end - 1)], look.text)
        number = measure.number
        if end >= _LABEL + _VALUE:
            canvas.right(_LABEL + _VALUE, y, number, ink, bold=True)
            canvas.text(
                _LABEL + _VALUE + 2,
                y,
                measure.detail[: max(0, end - _LABEL - _VALUE - 2)],
                look.dim,
            )
        else:
            canvas.right(end, y, f" {number}", ink, bold=True)
        if pitch > 1:
            canvas.text(1, y + 1, measure.about[: max(0, end - 2)], look.faint)
        if width:
            height = pitch - (pitch > 2)
            inks = (look.volume, look.volume)
            if measure.sign is not None or (measure.values < 0).any():
                inks = (look.buy, look.sell)
            area = Area(canvas.width - width, y, width, height)
            draw_spark(canvas, area, measure.values, measure.most, inks)


def _spark_width(width: int) -> int:
    """Cells of a sparkline in a pane of this width; none where numbers need them."""
    room = width - _LABEL - _VALUE - _DETAIL - 3
    if room < _SPARK:
        room = width - _LABEL - _VALUE - 2
    return room if room >= _SPARK else 0


def _shares(sums: Sequence[tuple[int, int] | None]) -> Floats:
    """Imbalances for a sparkline, NaN where one is not known."""
    shares = [None if pair is None else imbalance(*pair) for pair in sums]
    return np.array([np.nan if share is None else float(share) for share in shares])


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
    return "" if speed is None or speed.z is None else f"z {speed.z:+.2f}"
