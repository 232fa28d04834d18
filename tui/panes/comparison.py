"""Comparison: markets as percent lines from a common beginning, and two of them against another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.basis import TimeBasis, parse_basis
from market.correlation import LEAST, Closes, closes, rolling_correlation
from market.events import FeedState
from market.instrument import Instrument, plain
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.format import compact, price, safe_text, text_width
from tui.drawing.lines import GLYPHS, MOST, Path, Style, columns_of, draw_lines, inks, row_of
from tui.drawing.look import Look
from tui.drawing.spark import draw_spark
from tui.drawing.timeline import draw_time_axis, even_labels
from tui.pane import Size, as_of, message, title_row, waiting
from tui.scope import Scope

Floats = NDArray[np.float64]

_AXIS = 9
"""Cells of the percent axis."""
_STEPS = (1.0, 2.0, 2.5, 5.0)
_ROUNDED = Context(prec=12)
_HOUR = 3_600_000_000_000
_MINUTE = "1m"
_SHORTER = ((_HOUR // 6, "5s"), (_HOUR // 2, "15s"), (_HOUR, "30s"))
"""Up to how much known time which column is chosen instead: some 100 of them."""


class _Line(NamedTuple):
    """One market of the picture."""

    market: Market
    grid: Instrument
    closes: Closes
    percent: Floats
    """From its first price in sight on; NaN before."""

    @property
    def prices(self) -> Floats:
        """Prices as floats, NaN before the first."""
        prices: Floats = (self.closes.ticks * float(self.grid.tick_size)).astype(np.float64)
        prices[: self.closes.begin] = np.nan
        return prices


class _Chart(NamedTuple):
    """What is compared: columns numbered `first` up to `stop`."""

    first: int
    stop: int
    interval: int
    lines: tuple[_Line, ...]
    pair: tuple[_Line, _Line] | None


class _Strip(NamedTuple):
    """What is told of a pair at each column."""

    words: str
    values: Floats
    most: float
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Percent lines of all markets watched, a column for each `timeframe`.

    `one` and `two` are the pair whose spread, ratio and correlation are told; by itself the market
    in focus and the first other. `window` is the changes that are correlated.
    """

    kind: ClassVar[str] = "comparison"
    title: ClassVar[str] = "Comparison"
    minimum: ClassVar[Size] = Size(30, 8)

    grouping: int | None = None
    """Without effect: percents have no rows of prices."""
    timeframe: str | None = None
    """Length of a column; auto is a minute, and less while less than an hour is known."""
    until: int | None = None
    center: int | None = None
    """Without effect: all lines in sight are shown."""
    one: str | None = None
    """First instrument of the pair; auto is the one in focus."""
    two: str | None = None
    """Second instrument of the pair; auto is the first other one."""
    window: int = 30
    """Changes that are correlated."""
    line: Style = "block"
    """What lines are made of; braille is twice as fine across."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe or _MINUTE)
        if not LEAST <= self.window <= 1000:
            raise ValueError(f"window is {LEAST} to 1000")

    def timeframe_shown(self, market: Market) -> str:
        """The length of a column, whether set or chosen by what is known of a market."""
        return self.timeframe or _fitting([market])

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw one market alone."""
        return self.draw_all(Scope.of(market), size, look)

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """The numbers of one market alone."""
        return self.numbers_all(Scope.of(market), size)

    def draw_all(self, scope: Scope, size: Size, look: Look) -> Canvas:
        """Draw legend, lines, what is told of the pair, and both axes."""
        canvas = Canvas(size.width, size.height, look)
        width = max(1, size.width - _AXIS)
        chart = self._chart(scope, columns_of(width, self.line, look))
        if chart is None or not chart.lines:
            title_row(canvas, look, self.title, scope.market, [self.timeframe or _MINUTE])
            message(canvas, look, self._why(scope))
            return canvas
        words = [
            *as_of(self.until, look.zone),
            f"{self.timeframe or _fitting(_markets(scope))} a column",
            *self._missing(scope, chart),
        ]
        legend = _legend(chart, look, size.width)
        strips = [] if chart.pair is None else _strips(chart, chart.pair, self.window)
        rows = max(0, size.height - 2 - len(legend))
        pitch = 3 if rows >= 20 else 1 if rows >= 9 else 0
        height = max(1, rows - pitch * len(strips))
        area = Area(0, 1 + len(legend), width, height)
        _draw_chart(canvas, area, chart, self.line)
        top = area.bottom
        for strip in strips if pitch else ():
            _draw_strip(canvas, Area(0, top, width, pitch), strip)
            top += pitch
        _draw_times(canvas, size.height - 1, chart, width)
        for row, parts in enumerate(legend, start=1):
            x = 1
            for text, ink in parts:
                canvas.text(x, row, text, ink)
                x += text_width(text)
        title_row(canvas, look, self.title, scope.market, words)
        return canvas

    def numbers_all(self, scope: Scope, size: Size) -> dict[str, object]:
        """Prices of every column, their change in percent, and what is told of the pair."""
        chart = self._chart(scope, max(1, size.width - _AXIS))
        if chart is None or not chart.lines:
            return {"lines": {}, "pairs": {}}
        pairs: dict[str, object] = {}
        if chart.pair is not None:
            one, two = (line.market.id for line in chart.pair)
            pairs[one] = {two: _pair_numbers(chart, chart.pair, self.window)}
        lines = {line.market.id: _line_numbers(chart, line) for line in chart.lines}
        return {"lines": lines, "pairs": pairs}

    def paired_next(self, scope: Scope) -> "Comparison":
        """The pane with the next market as the second of the pair."""
        names = [market.id for market in _markets(scope)]
        others = [name for name in names if name != (self.one or names[0])]
        if not others:
            return self
        at = others.index(self.two) if self.two in others else 0
        return replace(self, two=others[(at + 1) % len(others)])

    def _why(self, scope: Scope) -> str:
        if not isinstance(parse_basis(self.timeframe or _MINUTE), TimeBasis):
            return "markets are compared over time: choose a timeframe such as 1m"
        return waiting(scope.market, "trades")

    def _missing(self, scope: Scope, chart: _Chart) -> list[str]:
        """Say which of a chosen pair and of the markets watched is not there to be compared."""
        names = [market.id for market in _markets(scope)]
        shown = {line.market.id for line in chart.lines}
        missing = [name for name in (self.one, self.two) if name and name not in names]
        said = [f"{name} is not watched" for name in missing]
        if len(names) < 2:
            past = scope.market is not None and scope.market.status.state is FeedState.REPLAY
            return said if past else [*said, "/ adds a market to compare"]
        absent = [name for name in names if name not in shown]
        if len(shown) < MOST:
            return [*said, *(f"{name} has no trades here" for name in absent)]
        return [*said, f"{len(absent)} more not shown"] if absent else said

    def _chart(self, scope: Scope, columns: int) -> _Chart | None:
        markets = _markets(scope)
        basis = parse_basis(self.timeframe or _fitting(markets))
        if not isinstance(basis, TimeBasis) or not markets:
            return None
        clock, interval = max(market.clock for market in markets), basis.interval
        # Scrolled back there is no forming column: its end is not of that time.
        stop = clock // interval + 1
        if self.until is not None:
            stop = min(stop, self.until // interval)
        first = max(0, stop - columns)
        lines = [_line(market, interval, first, stop) for market in markets]
        known = [line for line in lines if line is not None]
        return _Chart(first, stop, interval, tuple(known[:MOST]), self._pair(known))

    def _pair(self, lines: Sequence[_Line]) -> tuple[_Line, _Line] | None:
        by_name = {line.market.id: line for line in lines}
        one = by_name.get(self.one) if self.one else next(iter(lines), None)
        others = [line for line in lines if line is not one]
        chosen = self.two if one is None or self.two != one.market.id else None
        two = by_name.get(chosen) if chosen else next(iter(others), None)
        return None if one is None or two is None else (one, two)


def _markets(scope: Scope) -> list[Market]:
    """The markets, the one that the other panes show first."""
    focus = [] if scope.market is None else [scope.market]
    return [*focus, *(market for market in scope.markets if market is not scope.market)]


def _fitting(markets: Sequence[Market]) -> str:
    """The column that makes some length of line of what is known: a minute, or less."""
    spans = [market.clock - start for market in markets if (start := _begun(market)) is not None]
    known = max(spans, default=0)
    return next((word for span, word in _SHORTER if spans and known <= span), _MINUTE)


def _begun(market: Market) -> int | None:
    """When the bars of the last hour begin, ns; None where there are none."""
    if market.instrument is None:
        return None
    parted = market.bars(TimeBasis(_HOUR // 60)).parted(market.clock + 1, 62)
    if parted is None:
        return None
    numbers = parted.run.numbers
    return int(numbers[0] if len(numbers) else parted.number) * (_HOUR // 60)


def _line(market: Market, interval: int, first: int, stop: int) -> _Line | None:
    found = None if market.instrument is None else closes(market, interval, first, stop)
    if found is None or market.instrument is None or not found.ticks[found.begin]:
        return None
    percent = 100 * (found.ticks / found.ticks[found.begin] - 1)
    percent[: found.begin] = np.nan
    return _Line(market, market.instrument, found, percent)


def _strips(chart: _Chart, pair: tuple[_Line, _Line], window: int) -> list[_Strip]:
    one, two = pair
    names = [safe_text(line.market.id) for line in pair]
    a, b = one.prices, two.prices
    spread, ratio = a - b, np.divide(a, b, out=np.full(len(a), np.nan), where=b > 0)
    closed = rolling_correlation(a, b, window)
    quotes = {line.grid.quote for line in pair}
    unit = f" {quotes.pop()}" if len(quotes) == 1 else ", in different currencies"
    now = _latest(closed)
    r = f"{now:+.2f}" if now == now else f"needs {window + 1} columns"
    return [
        _ranged(f"spread {names[0]} - {names[1]}", spread, unit),
        _ranged(f"ratio {names[0]} / {names[1]}", ratio, ""),
        _Strip(f"correlation of the last {window} changes: {r}", closed, 1.0, True),
    ]


def _ranged(name: str, values: Floats, unit: str) -> _Strip:
    """A strip that goes from the lowest value to the highest."""
    known = values[~np.isnan(values)]
    if not len(known):
        return _Strip(f"{name}: unknown", values, 1.0)
    low, high = float(known.min()), float(known.max())
    now = compact(float(known[-1]), 9)
    words = f"{name} = {now}{unit}  ({compact(low, 9)} to {compact(high, 9)})"
    span = high - low or 1.0
    return _Strip(words, (values - low) + span / 16, span * 17 / 16)


def _latest(values: Floats) -> float:
    return float(values[-1]) if len(values) else float("nan")


def _legend(chart: _Chart, look: Look, width: int) -> list[list[tuple[str, int]]]:
    """The markets with glyph, colour and change, in as few rows as they fit, three at most."""
    rows: list[list[tuple[str, int]]] = [[]]
    used = 1
    for line, ink, glyph in zip(chart.lines, inks(look), GLYPHS, strict=False):
        name, change = safe_text(line.market.id), f"{_latest(line.percent) + 0.0:+.2f}%"
        cells = text_width(name) + len(change) + 6
        if used + cells > width and rows[-1]:
            if len(rows) == 3:
                break
            rows.append([])
            used = 1
        rows[-1] += [(f"{glyph} ", ink), (f"{name} ", look.text), (f"{change}   ", ink)]
        used += cells
    return rows


def _draw_chart(canvas: Canvas, area: Area, chart: _Chart, style: Style) -> None:
    look = canvas.look
    values = np.concatenate([line.percent for line in chart.lines])
    low, high, step = _scale(float(np.nanmin(values)), float(np.nanmax(values)), area.height)
    canvas.fill(area.right, area.y, canvas.width - area.right, area.height, look.panel)
    for number in range(round(low / step), round(high / step) + 1):
        row = area.y + row_of(number * step, area.height, low, high)
        canvas.hline(area.x, row, area.width, look.grid, "╌" if number else "─")
        canvas.text(area.right + 1, row, f"{number * step + 0.0:+.{_digits(step)}f}%", look.dim)
    paths = [
        Path(line.percent, ink, glyph)
        for line, ink, glyph in zip(chart.lines, inks(look), GLYPHS, strict=False)
    ]
    draw_lines(canvas, area, paths, low, high, style)
    for path in reversed(paths):
        at = _latest(path.values)
        row = area.y + row_of(at, area.height, low, high)
        text = f"{path.glyph}{at + 0.0:+.2f}%".ljust(canvas.width - area.right)
        canvas.text(area.right, row, text, path.ink, look.panel, bold=True)


def _scale(low: float, high: float, rows: int) -> tuple[float, float, float]:
    """Round ends around zero and what is drawn, and the step of the labels between them."""
    low, high = min(low, 0.0), max(high, 0.0)
    least = max(high - low, 0.01) / max(1, min(6, rows // 3))
    magnitude = 10.0 ** np.floor(np.log10(least))
    step = float(next((s for s in _STEPS if s * magnitude >= least), 10.0) * magnitude)
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step) or step, step


def _digits(step: float) -> int:
    """Digits after the point that tell labels apart."""
    return min(4, max(0, len(f"{step:.4f}".rstrip("0").partition(".")[2])))


def _draw_strip(canvas: Canvas, area: Area, strip: _Strip) -> None:
    look = canvas.look
    canvas.hline(area.x, area.y, area.width, look.grid)
    canvas.text(1, area.y, f" {strip.words} "[: max(0, area.width - 2)], look.dim)
    signed = strip.signed
    colours = (look.buy, look.sell) if signed else (look.volume, look.volume)
    place = Area(area.x, area.y + 1, area.width, area.height - 1)
    values = strip.values
    if len(values) > area.width:
        values = values[len(values) % 2 :: 2]  # two columns of Braille are one of bars
    draw_spark(canvas, place, values, strip.most, colours, signed)


def _draw_times(canvas: Canvas, row: int, chart: _Chart, width: int) -> None:
    count = chart.stop - chart.first
    each = max(1, -(-count // width))
    start, length = chart.first * chart.interval, chart.interval * each
    zone = canvas.look.zone
    labels = even_labels(start, length, -(-count // each), zone)
    draw_time_axis(canvas, canvas.look, row, labels, 0, width)
    canvas.fill(width, row, canvas.width - width, 1, canvas.look.panel)
    word = zone.word(chart.stop * chart.interval)
    canvas.right(canvas.width - 1, row, word, canvas.look.faint, canvas.look.panel)


def _line_numbers(chart: _Chart, line: _Line) -> list[object]:
    base = int(line.closes.ticks[line.closes.begin])
    return [
        {
            "start": (chart.first + at) * chart.interval,
            "close": price(line.grid, ticks),
            "percent": plain(_ROUNDED.divide(Decimal(100 * (ticks - base)), Decimal(base))),
        }
        for at, ticks in enumerate(line.closes.ticks.tolist())
        if at >= line.closes.begin
    ]


def _pair_numbers(chart: _Chart, pair: tuple[_Line, _Line], window: int) -> list[object]:
    one, two = pair
    correlation = rolling_correlation(one.prices, two.prices, window).tolist()
    told: list[object] = []
    for at in range(max(one.closes.begin, two.closes.begin), chart.stop - chart.first):
        a, b = (line.grid.price(int(line.closes.ticks[at])) for line in pair)
        r = correlation[at]
        told.append(
            {
                "start": (chart.first + at) * chart.interval,
                "spread": plain(a - b),
                "ratio": plain(_ROUNDED.divide(a, b)) if b else None,
                "correlation": plain(_ROUNDED.create_decimal_from_float(r)) if r == r else None,
            }
        )
    return told
