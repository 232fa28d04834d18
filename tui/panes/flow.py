"""Flow: measures of the order flow and of the book's balance, a number and a sparkline each."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar

from market.basis import TimeBasis, parse_basis
from market.bookflow import BookInterval
from market.depth import FINE
from market.flow import book_now
from market.flowreport import FlowReport, FlowSettings, VpinReading, flow_report, vpin_reading
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.drawing.spark import draw_spark
from tui.drawing.timeline import draw_time_axis, even_labels
from tui.flow.measures import (
    BALANCES,
    MEASURES,
    Settled,
    Told,
    balances,
    balances_now,
    flows,
    flows_now,
)
from tui.flow.numbers import flow_numbers
from tui.pane import Size, as_of, book_warning, message, title_row, trades_end, waiting

_LABEL, _VALUE, _DETAIL = 17, 10, 30
"""Cells of a measure's name, of its number and of what belongs to it."""
_SPARK = 8
"""The least width of a sparkline worth drawing."""


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
        settled = Settled(
            grid,
            report,
            self._vpin(market),
            self.timeframe,
            self.levels,
            self.bps,
            self.window,
            self.buckets,
        )
        canvas = _backdrop(settled, size, look).copy()
        _tell(canvas, 0, balances_now(grid, unit, now))
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


@lru_cache(maxsize=8)
def _backdrop(settled: Settled, size: Size, look: Look) -> Canvas:
    """The picture without the numbers of the book; never to be drawn on."""
    canvas = Canvas(size.width, size.height, look)
    measures = [*balances(settled), *flows(settled)]
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
    if width and shown == MEASURES and 1 + shown * pitch < size.height:
        _draw_times(canvas, 1 + shown * pitch, width, settled)
    _tell(canvas, BALANCES, flows_now(settled))
    return canvas


def _tell(canvas: Canvas, first: int, told: Sequence[Told]) -> None:
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


def _draw_times(canvas: Canvas, row: int, width: int, settled: Settled) -> None:
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
    pitch = max(1, min(5, room // MEASURES))
    return pitch, min(MEASURES, room // pitch)


def _spark_width(width: int) -> int:
    """Cells of a sparkline in a pane of this width; none where numbers need them."""
    room = width - _LABEL - _VALUE - _DETAIL - 3
    if room < _SPARK:
        room = width - _LABEL - _VALUE - 2
    return room if room >= _SPARK else 0
