"""Footprint: what was sold and bought at each price of every bar, point of control, imbalances.

Prices in ticks, volumes in lots; formulas in definitions.md 1 to 4 and 6 to 9. Imbalances and what
is made of them are found between the rows as they are grouped on screen.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar, Literal, TypeAlias

from market.bar import Parted
from market.basis import parse_basis
from market.cvd import Anchor
from market.extremes import delta_extremes
from market.imbalance import Rule
from market.instrument import Instrument
from market.levels import Wanted
from market.market import Market
from tui.cells.barcells import Reading
from tui.cells.bars import View, paired
from tui.cells.grid import Grid, draw_grid, price_rows
from tui.cells.numbers import bars_numbers, levels_numbers
from tui.cells.paint import Style
from tui.cells.sketch import sketched
from tui.cells.sums import Foot, foot_of, parse_sums
from tui.cells.table import Scaling
from tui.cells.widths import Columns, Content, axis_width, most_bars
from tui.drawing.axis import nice_grouping
from tui.drawing.canvas import Canvas
from tui.drawing.format import step
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.drawing.timeline import MINUTE
from tui.drawing.zones import Zone
from tui.pane import Size, as_of, message, no_trades, title_row, waiting
from tui.rows import PriceRows, centred, fitted, price_path, settled

_FILL = 0.9
"""Share of the rows that the bars on screen may take before the grouping gets coarser."""
_ALL = 1 << 40
Anchoring: TypeAlias = Literal["none", "session", "week"]
"""Where the cumulative delta begins."""


@dataclass(frozen=True, slots=True)
class FootprintPane:
    """Bars of `sell x buy` volume by price, the newest at the right.

    An imbalance is one side more than `ratio` times the other across the diagonal, and at least
    `least` (in the instrument's unit); `strength` times that is a very strong one. `bars` is how
    many to show; None as many as stay readable. `stacked` rows of imbalances make a zone, `area`
    is the share of a value area, and levels come from up to `lookback` bars back; 0 wants none.
    """

    kind: ClassVar[str] = "footprint"
    title: ClassVar[str] = "Footprint"
    minimum: ClassVar[Size] = Size(22, 8)

    grouping: int | None = None
    timeframe: str = "1m"
    until: int | None = None
    center: int | None = None
    ratio: float = 3.0
    """Times the other side across the diagonal that is an imbalance."""
    least: float = 0.0
    """Size that an imbalance is at least."""
    ignore_zeros: bool = True
    """No imbalance against a price at which nothing traded."""
    bars: int | None = None
    """How many to show; auto shows as many as can be read."""
    content: Content = "sides"
    """What cells show."""
    scaling: Scaling = "visible"
    """What shades are measured by: all in sight, a bar, or both."""
    weight: float = 0.2
    """What all in sight weighs in a hybrid scale; the rest is the bar's own."""
    strength: float = 4.0
    """Times the ratio that is a very strong one; 0 tells none apart."""
    stacked: int = 3
    """Imbalances one above the other that make a zone; 0 wants none."""
    naked: bool = True
    """Mark points of control that no later bar has met."""
    lookback: int = 80
    """Bars back from which such levels come."""
    area: float = 0.7
    """Share of the volume in a value area; 0 wants none."""
    unfinished: bool = True
    """Mark highs and lows of bars at which both sides traded."""
    zeros: bool = False
    """Mark rows inside a bar in which one side traded nothing."""
    sums: str = "volume,delta"
    """Rows of numbers below each bar, with commas between."""
    anchor: Anchoring = "session"
    """Where cumulative delta begins."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        parse_sums(self.sums)
        for name, least, most in _LIMITS:
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be from {least} to {most}")
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")
        if self.bars is not None and self.bars < 1:
            raise ValueError("bars must be 1 or more")
        if not 1.0 <= self.ratio <= 1e6:
            raise ValueError("ratio must be from 1 to 1000000")
        if not 0.0 <= self.least <= 1e12:
            raise ValueError("least must be from 0 to 1e12")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw title, price axis, cells and the sums below each bar."""
        last = market.trades.newest() if market is not None else None
        if market is None or market.instrument is None or last is None:
            canvas = Canvas(*size, look)
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        instrument = market.instrument
        axis = axis_width(instrument, last.ticks)
        width = size.width - axis
        found = market.bars(parse_basis(self.timeframe))
        shown = found.parted(self.until, self._count(width))
        if shown is None:
            canvas = Canvas(*size, look)
            title_row(canvas, look, self.title, market, [f"{self.timeframe} bars"])
            message(canvas, look, no_trades(self.until or 0, look.zone))
            return canvas
        bars = [*shown.run.bars, shown.newest]
        # Values have more digits than sizes.
        tight = look.measure is not Measure.BASE
        columns = Columns.of(width, self.bars or len(bars), self.content, tight)
        foot = foot_of(size.height, parse_sums(self.sums))
        rows = self._rows(market, instrument, shown, price_rows(size.height, foot))
        view = self._view(instrument, width, foot, look.measure)
        cells = market.footprint(found.basis, rows.group, view.worth)
        past, newest = paired(market, found, shown, cells, view)
        minutes = all(bar.start % MINUTE == 0 for bar in bars)
        style = Style(self.scaling, self.zeros, self.weight)
        grid = Grid(look, size, instrument, rows, columns, axis, past, minutes, foot, style)
        canvas = sketched(draw_grid(grid, newest, last.ticks), market, grid, bars)
        measured = look.measure.words(instrument)
        words = [*measured, *self._words(instrument, rows, look.zone, unit=not measured)]
        title_row(canvas, look, self.title, market, words)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every bar held and what stands of them, oldest first; single ticks without `grouping`.

        Levels come from all bars held, not only from `lookback` of them, also from a first one
        that was seen in part.
        """
        if market.instrument is None:
            return {"bars": []}
        basis, rule = parse_basis(self.timeframe), self._rule(market.instrument)
        found = market.footprint(basis, self.grouping or 1)
        bars = found.last(_ALL) if self.until is None else found.before(self.until, _ALL)
        wanted = Wanted(self.naked, self.stacked, self.unfinished)
        instrument, extremes = market.instrument, delta_extremes(market.trades, found.basis)
        return {
            "bars": bars_numbers(instrument, bars, extremes, rule, self.area),
            **levels_numbers(instrument, bars, rule, wanted, market.gaps),
        }

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        newest = market.trades.newest()
        if market.instrument is None or newest is None:
            return None
        width = size.width - axis_width(market.instrument, newest.ticks)
        found = market.bars(parse_basis(self.timeframe))
        shown = found.parted(self.until, self._count(width))
        if shown is None:
            return self.grouping
        count = price_rows(size.height, foot_of(size.height, parse_sums(self.sums)))
        return self._rows(market, market.instrument, shown, count).group

    def _count(self, width: int) -> int:
        """How many bars at most a picture shows whose cells are so wide in all."""
        return self.bars or most_bars(width, self.content)

    def _view(self, instrument: Instrument, width: int, foot: Foot, measure: Measure) -> View:
        """What is looked for in which bars."""
        return View(
            self.until,
            self._count(width),
            Reading(self._rule(instrument), self.strength, self.area),
            Wanted(self.naked, self.stacked, self.unfinished),
            self.lookback,
            foot.sums,
            Anchor(self.anchor),
            measure.worth(instrument),
        )

    def _rule(self, instrument: Instrument) -> Rule:
        return Rule(_exact(self.ratio), instrument.lots(self.least), self.ignore_zeros)

    def _rows(self, market: Market, instrument: Instrument, shown: Parted, count: int) -> PriceRows:
        """Rows that cover the bars whose trades we have, or the price where they are too many."""
        bars = [*shown.run.bars, shown.newest]
        since = _since(market)
        seen = [bar for bar in bars if bar.end > since] or bars
        low, high = min(bar.low for bar in seen), max(bar.high for bar in seen)
        wanted = (high - low + 1) / _FILL / max(1, count)
        group = self.grouping or nice_grouping(wanted, instrument.tick_size)
        if self.center is not None:
            return centred(self.center, group, count)
        if high // group - low // group >= count:
            return settled(price_path(market, self.until), group, count)
        # The newest bar moves rows by steps and no further than it must, as seen from where it
        # opened: while it forms they seldom move at all.
        opened = shown.newest.open
        over = [bar for bar in seen if bar is not shown.newest]
        bottom, top = (
            min([opened, *(bar.low for bar in over)]),
            max([opened, *(bar.high for bar in over)]),
        )
        return _covering(fitted(bottom, top, group, count), low, high)

    def _words(self, instrument: Instrument, rows: PriceRows, zone: Zone, unit: bool) -> list[str]:
        """The settings for the title, with the unit of the numbers or without."""
        base = f" {instrument.base}" if unit and instrument.base else ""
        words = [
            *as_of(self.until, zone),
            f"{self.timeframe} bars",
            f"rows of {step(instrument, rows.group)}",
            f"{_WORDS[self.content]}{'' if self.content == 'trades' else base}",
            "" if self.content == "profile" else f"« » over {_ratio(self.ratio)}",
            "◄ POC",
            _SCALED[self.scaling].format(1 - self.weight),
        ]
        return [word for word in words if word]


def _ratio(ratio: float) -> str:
    """A ratio with a point, so that nobody takes it for percent: `3.0x`."""
    text = f"{ratio:.10g}"
    return f"{text}x" if "." in text else f"{text}.0x"


@lru_cache(maxsize=64)
def _exact(ratio: float) -> Fraction:
    """The ratio as it is written, so that 1.1 x 30 is 33 and not a bit more."""
    return Fraction(str(ratio))


def _since(market: Market) -> int:
    """When the first trade held happened."""
    return int(market.trades.since(market.trades.first).ts[0])


def _covering(rows: PriceRows, low: int, high: int) -> PriceRows:
    """Rows moved by steps, and no further than they must be to cover a range that fits."""
    first, last = low // rows.group, high // rows.group
    step = max(1, rows.count // 8)
    above, below = last - (rows.bottom + rows.count - 1), rows.bottom - first
    bottom = rows.bottom + (-(-max(0, above) // step) - -(-max(0, below) // step)) * step
    return replace(rows, bottom=max(min(bottom, first), last - rows.count + 1))


_WORDS: dict[Content, str] = {
    "sides": "sell x buy",
    "volume": "volume",
    "delta": "buy - sell",
    "trades": "trades",
    "profile": "volume, sold then bought",
    "table": "sell | buy",
}
_SCALED: dict[Scaling, str] = {
    "visible": "",
    "bar": "every bar by its own scale",
    "hybrid": "bars {:.0%} by their own scale",
}
_LIMITS = (
    ("weight", 0.0, 1.0),
    ("strength", 0.0, 1e6),
    ("stacked", 0, 1000),
    ("lookback", 0, 2000),
    ("area", 0.0, 1.0),
)
