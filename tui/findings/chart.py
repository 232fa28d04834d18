"""Event chart: the price with its findings marked, and what either side did, beside their list."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from market.correlation import closes
from market.detectors.found import LargeLot, Sort, sort_of
from market.detectors.marks import Mark
from market.instrument import Instrument
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.axis import nice_grouping
from tui.drawing.canvas import Canvas
from tui.drawing.digits import Scale, price_scale
from tui.drawing.format import compact_size, duration, price
from tui.drawing.lines import Path, draw_lines, row_of
from tui.drawing.look import Look
from tui.drawing.timeline import draw_time_axis, even_labels
from tui.findings.marks import GLYPHS, glyph_of, ink_of
from tui.findings.words import lots_of

_SECOND: Final = 1_000_000_000
_STEPS: Final = tuple(
    seconds * _SECOND
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
)
_COUNT, _SIZE = 8, 10
"""Cells of how many there were, and of their sizes."""
_TABLE: Final = 2 + len(Sort)
"""Rows of what either side did."""
_LEAST: Final = 8
"""The least rows of a chart."""


class Stretch(NamedTuple):
    """Columns of market time: `interval` ns each, numbered `first` up to `stop`."""

    interval: int
    first: int
    stop: int

    @classmethod
    def back_to(cls, oldest: int, clock: int, until: int | None, columns: int) -> "Stretch":
        """The shortest columns of a round length that reach back to the oldest of a list."""
        end = clock if until is None else min(until, clock)
        long = (step for step in _STEPS if step * (columns - 1) >= end - oldest)
        interval = next(long, _STEPS[-1])
        # Scrolled back there is no forming column: its end is not of that time.
        stop = end // interval + (until is None)
        return cls(interval, max(0, stop - columns), stop)

    @property
    def begin(self) -> int:
        """When the first column begins, ns."""
        return self.first * self.interval

    @property
    def end(self) -> int:
        """When the last one ends."""
        return self.stop * self.interval


def columns_of(width: int, instrument: Instrument, ticks: int) -> int:
    """Columns of a chart in so many cells, beside its price axis."""
    return max(0, width - price_scale(instrument, 1, ticks).width - 2)


def draw_event_chart(
    canvas: Canvas, area: Area, market: Market, stretch: Stretch, marks: Sequence[Mark]
) -> None:
    """Draw price, marks and both axes, and below what either side did where there is room."""
    instrument = market.instrument
    assert instrument is not None
    table = _TABLE if area.height >= _TABLE + _LEAST + 1 else 0
    plot = Area(area.x, area.y, stretch.stop - stretch.first, area.height - table - 1)
    found = closes(market, stretch.interval, stretch.first, stretch.stop)
    if found is not None and plot.height > 1:
        values = found.ticks.astype(np.float64)
        values[: found.begin] = np.nan
        ticks = found.ticks[found.begin :]
        low, high, step = _range(int(ticks.min()), int(ticks.max()), plot.height, instrument)
        scale = price_scale(instrument, step, high)
        _draw_axis(canvas, plot, area.right, (low, high, step), scale)
        path = Path(values, canvas.look.volume, "·")
        draw_lines(canvas, plot, [path], float(low), float(high), "block")
        _draw_marks(canvas, plot, stretch, marks, (low, high))
        last = int(found.ticks[-1])
        row = plot.y + row_of(last, plot.height, low, high)
        text = f" {price(instrument, last)}".ljust(area.right - plot.right)
        canvas.text(plot.right, row, text, canvas.look.text, canvas.look.panel, bold=True)
    _draw_times(canvas, plot, area.right, stretch)
    if table:
        span = duration(stretch.end - stretch.begin)
        told = _table(canvas.look, (area.width, table), instrument, tuple(marks), span)
        canvas.blit(told, area.x, plot.bottom + 1)


def _range(low: int, high: int, rows: int, instrument: Instrument) -> tuple[int, int, int]:
    """Round ends around the path, so that they rest, and the step of the labels between them."""
    least = (high - low + 1) / max(1, min(7, rows // 3))
    step = nice_grouping(least, instrument.tick_size)
    return low // step * step, (high // step + 1) * step, step


def _draw_axis(
    canvas: Canvas, plot: Area, right: int, span: tuple[int, int, int], scale: Scale
) -> None:
    look, (low, high, step) = canvas.look, span
    canvas.fill(plot.right, plot.y, right - plot.right, plot.height, look.panel)
    for ticks in range(low + step, high, step):
        row = plot.y + row_of(ticks, plot.height, low, high)
        canvas.hline(plot.x, row, plot.width, look.grid, "╌")
        canvas.text(plot.right + 1, row, scale.text(ticks), look.dim)


def _draw_marks(
    canvas: Canvas, plot: Area, stretch: Stretch, marks: Sequence[Mark], span: tuple[int, int]
) -> None:
    """Draw the marks that are in sight: large lots first, then smaller before larger ones."""
    (low, high), look = span, canvas.look
    order = sorted(marks, key=_weight)
    for ts, ticks, finding in order:
        x = ts // stretch.interval - stretch.first
        if 0 <= x < plot.width and low <= ticks < high:
            row = plot.y + row_of(ticks, plot.height, low, high)
            ink, ground = ink_of(finding, look), look.panel
            if look.mono:  # Without colour those of sellers and asks are dark on light.
                ink, ground = look.text, look.panel if finding.lots > 0 else look.selection
            canvas.mark(plot.x + x, row, glyph_of(finding), ink, ground)


def _weight(mark: Mark) -> tuple[bool, int, int]:
    finding = mark.finding
    return not isinstance(finding, LargeLot), abs(finding.lots), mark.ts


def _draw_times(canvas: Canvas, plot: Area, right: int, stretch: Stretch) -> None:
    labels = even_labels(stretch.begin, stretch.interval, plot.width, canvas.look.zone)
    draw_time_axis(canvas, canvas.look, plot.bottom, labels, plot.x, plot.width)
    canvas.fill(plot.right, plot.bottom, right - plot.right, 1, canvas.look.panel)
    word = canvas.look.zone.word(stretch.end)
    if right - plot.right > len(word):
        canvas.right(right - 1, plot.bottom, word, canvas.look.faint, canvas.look.panel)


class _Sum(NamedTuple):
    """What one side did of one sort."""

    found: int = 0
    lots: int = 0


@lru_cache(maxsize=8)
def _table(
    look: Look, size: tuple[int, int], instrument: Instrument, marks: tuple[Mark, ...], span: str
) -> Canvas:
    """How many findings of either side there are, and how much they come to; not to be drawn on."""
    canvas, unit = Canvas(*size, look), look.measure.grid(instrument)
    sums: defaultdict[tuple[Sort, bool], _Sum] = defaultdict(_Sum)
    for mark in marks:
        lots = lots_of(instrument, mark.finding, look.measure)
        key = sort_of(mark.finding), mark.finding.lots > 0
        sums[key] = _Sum(sums[key].found + 1, sums[key].lots + abs(lots))
    names = 5 + max(map(len, Sort)) + len("possible ")
    ends = (names + _COUNT + _SIZE, names + 2 * (_COUNT + _SIZE))
    canvas.fill(0, 1, canvas.width, 1, look.panel)
    canvas.text(1, 1, f"in these {span}", look.dim)
    for end, text, ink in zip(ends, _SIDES, (look.buy, look.sell), strict=True):
        canvas.right(end, 1, text, ink)
    for row, sort in enumerate(Sort, 2):
        seen = sums[sort, True].found + sums[sort, False].found
        canvas.text(1, row, GLYPHS[sort], look.dim)
        canvas.text(3, row, f"possible {sort}", look.dim if seen else look.faint)
        for end, buys in zip(ends, (True, False), strict=True):
            _draw_sum(canvas, end, row, unit, sums[sort, buys], buys)
    return canvas


_SIDES: Final = ("▲ buyers, bids", "▼ sellers, asks")


def _draw_sum(
    canvas: Canvas, end: int, row: int, instrument: Instrument, told: _Sum, buys: bool
) -> None:
    look = canvas.look
    if not told.found:
        canvas.right(end, row, "-", look.faint)
        return
    ink = look.buy if buys else look.sell
    canvas.right(end - _SIZE, row, f"{told.found}", look.dim)
    canvas.right(end, row, compact_size(instrument, told.lots, _SIZE - 2), ink, bold=True)
