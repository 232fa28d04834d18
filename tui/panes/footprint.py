"""Footprint: what was sold and bought at each price of every bar, point of control, imbalances.

Prices in ticks, volumes in lots; formulas in definitions.md 1, 3 and 7, imbalances between the
rows as they are grouped on screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from market.bars import Bar, Bars
from market.basis import TimeBasis, parse_basis
from market.footprint import FootprintBar
from market.gaps import Gap
from market.instrument import Instrument, plain
from market.market import Market
from tui.axis import nice_grouping
from tui.canvas import Canvas
from tui.cells import BarCells, CellGrid, Columns, axis_width, most_bars
from tui.format import clock, step
from tui.look import Look
from tui.pane import Size, as_of, message, title_row, waiting
from tui.rows import PriceRows, centred, fitted, price_path, settled

_FILL = 0.9
"""Share of the rows that the bars on screen may take before the grouping gets coarser."""
_ALL = 1 << 40


@dataclass(frozen=True, slots=True)
class FootprintPane:
    """Bars of `sell x buy` volume by price, the newest at the right.

    An imbalance is one side more than `ratio` times the other across the diagonal, and at least
    `least` (in the instrument's unit). `bars` is how many to show; None as many as stay readable.
    """

    kind: ClassVar[str] = "footprint"
    title: ClassVar[str] = "Footprint"
    minimum: ClassVar[Size] = Size(22, 8)

    grouping: int | None = None
    timeframe: str = "1m"
    until: int | None = None
    center: int | None = None
    ratio: float = 3.0
    least: float = 0.0
    ignore_zeros: bool = True
    bars: int | None = None

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
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
        canvas = Canvas(size.width, size.height, look)
        newest = market.trades.newest() if market is not None else None
        if market is None or market.instrument is None or newest is None:
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        instrument = market.instrument
        width = canvas.width - axis_width(instrument, newest.ticks)
        found = market.bars(parse_basis(self.timeframe))
        bars = self._shown(found, width)
        if not bars:
            title_row(canvas, look, self.title, market, [f"{self.timeframe} bars"])
            message(canvas, look, f"no trades up to {clock(self.until or 0)} UTC")
            return canvas
        columns = Columns.of(width, self.bars or len(bars))
        rows = self._rows(market, instrument, bars, CellGrid.height(canvas.height))
        title_row(canvas, look, self.title, market, self._words(instrument, rows))
        cells = self._cells(market, found, bars, rows.group)
        CellGrid(canvas, instrument, rows, canvas.width - width, columns, cells).draw(newest.ticks)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every bar held, oldest first; without a `grouping` at single ticks."""
        if market.instrument is None:
            return {"bars": []}
        bars = self._footprint(market, self.grouping or 1, _ALL)
        return {"bars": [_bar_numbers(market.instrument, bar) for bar in bars]}

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        newest = market.trades.newest()
        if market.instrument is None or newest is None:
            return None
        width = size.width - axis_width(market.instrument, newest.ticks)
        bars = self._shown(market.bars(parse_basis(self.timeframe)), width)
        return self._rows(market, market.instrument, bars, CellGrid.height(size.height)).group

    def _shown(self, found: Bars, width: int) -> list[Bar]:
        """The bars of a picture whose cells are so wide in all."""
        count = self.bars or most_bars(width)
        return found.last(count) if self.until is None else found.before(self.until, count)

    def _footprint(self, market: Market, group: int, count: int) -> list[FootprintBar]:
        found = market.footprint(parse_basis(self.timeframe), group)
        return found.last(count) if self.until is None else found.before(self.until, count)

    def _rows(
        self, market: Market, instrument: Instrument, bars: list[Bar], count: int
    ) -> PriceRows:
        """Rows that cover the bars whose trades we have, or the price where they are too many."""
        count = max(0, count)
        since = int(market.trades.since(market.trades.first).ts[0])
        seen = [bar for bar in bars if bar.end > since] or bars
        low = min((bar.low for bar in seen), default=0)
        high = max((bar.high for bar in seen), default=0)
        wanted = (high - low + 1) / _FILL / max(1, count)
        group = self.grouping or nice_grouping(wanted, instrument.tick_size)
        if self.center is not None:
            return centred(self.center, group, count)
        if high // group - low // group < count:
            return fitted(low, high, group, count)
        return settled(price_path(market, self.until), group, count)

    def _cells(self, market: Market, found: Bars, bars: list[Bar], group: int) -> list[BarCells]:
        """Pair every bar with what traded in it, and say where that may not be all."""
        timed = isinstance(found.basis, TimeBasis)
        # Bars of a number of trades can begin at one time; as made from trades they are equal.
        cells = {
            cells.bar.start if timed else cells.bar: cells
            for cells in self._footprint(market, group, len(bars))
        }
        assert market.instrument is not None
        # The ratio as it is written, so that 1.1 x 30 is 33 and not a bit more.
        rule = (Fraction(str(self.ratio)), market.instrument.lots(self.least), self.ignore_zeros)
        checked = _Checked.of(market, found)
        paired = []
        for bar in bars:
            own = cells.get(bar.start if timed else bar)
            doubtful = own is not None and checked.doubts(bar, own.bar)
            paired.append(BarCells.of(bar, own, doubtful, rule))
        return paired

    def _words(self, instrument: Instrument, rows: PriceRows) -> list[str]:
        unit = f" {instrument.base}" if instrument.base else ""
        return [
            *as_of(self.until),
            f"{self.timeframe} bars",
            f"rows of {step(instrument, rows.group)}",
            f"sell x buy{unit}",
            f"« » imbalance over {self.ratio:g}x",
            "◄ POC",
        ]


class _Checked(NamedTuple):
    """What tells whether all trades of a bar were seen."""

    since: int
    """When the first trade held happened; 0 where bars are not of time."""
    now: int
    gaps: Sequence[Gap]
    stated: bool
    """Whether the venue states candles to compare with."""

    @classmethod
    def of(cls, market: Market, found: Bars) -> "_Checked":
        """Look at where our trades begin and what is known of the time before."""
        if not isinstance(found.basis, TimeBasis):
            return cls(0, market.clock, market.gaps, False)
        since = int(market.trades.since(market.trades.first).ts[0])
        earlier = found.before(since - since % found.basis.interval, 1)
        return cls(since, market.clock, market.gaps, bool(earlier))

    def doubts(self, bar: Bar, seen: Bar) -> bool:
        """Whether trades may be missing; equal to the venue's own volume nothing is."""
        holes = [g for g in self.gaps if g.start < bar.end and (g.end or bar.end) > bar.start]
        equal = self.stated and seen.volume == bar.volume
        if holes and not (equal and holes[-1].end is not None and bar.end <= self.now):
            return True
        return bar.start < self.since and not equal


def _bar_numbers(instrument: Instrument, cells: FootprintBar) -> dict[str, object]:
    """One bar with its cells as exact decimal strings, times in ns."""
    bar, price, size = cells.bar, instrument.price, instrument.size
    sums = {"buy": int(cells.buy.sum()), "sell": int(cells.sell.sum()), "delta": cells.delta}
    poc = cells.poc
    rows = zip(cells.prices.tolist(), cells.sell.tolist(), cells.buy.tolist(), strict=True)
    return {
        "start": bar.start,
        "open": plain(price(bar.open)),
        "high": plain(price(bar.high)),
        "low": plain(price(bar.low)),
        "close": plain(price(bar.close)),
        **{name: plain(size(lots)) for name, lots in sums.items()},
        "poc": None if poc is None else plain(price(poc)),
        "cells": [
            {"price": plain(price(ticks)), "sell": plain(size(sell)), "buy": plain(size(buy))}
            for ticks, sell, buy in rows
        ],
    }
