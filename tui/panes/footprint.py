"""Footprint: what was sold and bought at each price of every bar, point of control, imbalances.

Prices in ticks, volumes in lots; formulas in definitions.md 1, 3 and 7, imbalances between the
rows as they are grouped on screen.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar

from market.bars import Bar, Parted, Run
from market.basis import Basis, TimeBasis, parse_basis
from market.footprint import FootprintBar, FootprintRun, PartedFootprint
from market.instrument import Instrument, plain
from market.market import Market
from tui.axis import nice_grouping
from tui.canvas import Canvas
from tui.cellgrid import Grid, PastCells, draw_grid, price_rows
from tui.cells import BarCells, Checked, Columns, Rule, axis_width, most_bars
from tui.format import clock, step
from tui.look import Look
from tui.pane import Size, as_of, message, title_row, waiting
from tui.rows import PriceRows, centred, fitted, price_path, settled
from tui.timeline import MINUTE

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
        canvas = Canvas(*size, look)
        last = market.trades.newest() if market is not None else None
        if market is None or market.instrument is None or last is None:
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        instrument = market.instrument
        axis = axis_width(instrument, last.ticks)
        width = canvas.width - axis
        found = market.bars(parse_basis(self.timeframe))
        shown = found.parted(self.until, self._count(width))
        if shown is None:
            title_row(canvas, look, self.title, market, [f"{self.timeframe} bars"])
            message(canvas, look, f"no trades up to {clock(self.until or 0)} UTC")
            return canvas
        bars = [*shown.run.bars, shown.newest]
        columns = Columns.of(width, self.bars or len(bars))
        rows = self._rows(market, instrument, shown, price_rows(canvas.height))
        cells = market.footprint(found.basis, rows.group)
        rule = (_exact(self.ratio), instrument.lots(self.least), self.ignore_zeros)
        past, newest = _paired(
            found.basis,
            shown,
            cells.parted(self.until, self._count(width)),
            Checked.of(market, found, shown),
            rule,
        )
        minutes = all(bar.start % MINUTE == 0 for bar in bars)
        grid = Grid(look, size, instrument, rows, columns, axis, past, minutes)
        draw_grid(canvas, grid, newest, last.ticks)
        title_row(canvas, look, self.title, market, self._words(instrument, rows))
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every bar held, oldest first; without a `grouping` at single ticks."""
        if market.instrument is None:
            return {"bars": []}
        found = market.footprint(parse_basis(self.timeframe), self.grouping or 1)
        bars = found.last(_ALL) if self.until is None else found.before(self.until, _ALL)
        return {"bars": [_bar_numbers(market.instrument, bar) for bar in bars]}

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
        return self._rows(market, market.instrument, shown, price_rows(size.height)).group

    def _count(self, width: int) -> int:
        """How many bars at most a picture shows whose cells are so wide in all."""
        return self.bars or most_bars(width)

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


def _paired(
    basis: Basis, shown: Parted, cells: PartedFootprint | None, checked: Checked, rule: Rule
) -> tuple[PastCells, BarCells]:
    """Every bar with what traded in it, and whether that may not be all."""
    run, last = (_NOTHING, None) if cells is None else cells
    own = last if last is not None and _same(basis, last.bar, shown.newest) else None
    newest = _newest(shown.newest, own, checked.up_to(shown.newest), rule)
    if len(shown.run):
        checked = checked.up_to(shown.run.bars[-1])
    if own is None and last is not None:
        # The newest bar is the venue's alone so far, and trades' newest is one of the others.
        run = FootprintRun([*run.bars, last])
    return _past(shown.run, run, basis, checked, rule), newest


@lru_cache(maxsize=64)
def _exact(ratio: float) -> Fraction:
    """The ratio as it is written, so that 1.1 x 30 is 33 and not a bit more."""
    return Fraction(str(ratio))


@lru_cache(maxsize=16)
def _newest(bar: Bar, cells: FootprintBar | None, checked: Checked, rule: Rule) -> BarCells:
    """The newest bar with its cells; the same object until something is traded."""
    return BarCells.of(bar, cells, checked, rule)


@lru_cache(maxsize=16)
def _past(run: Run, cells: FootprintRun, basis: Basis, checked: Checked, rule: Rule) -> PastCells:
    """Bars that are over with their cells; the same object for the same of everything."""
    timed = isinstance(basis, TimeBasis)
    # Bars of a number of trades can begin at one time; as made from trades they are equal.
    known = {bar.bar.start if timed else bar.bar: bar for bar in cells.bars}
    return PastCells(
        [
            BarCells.of(bar, known.get(bar.start if timed else bar), checked, rule)
            for bar in run.bars
        ]
    )


_NOTHING = FootprintRun([])


def _same(basis: Basis, one: Bar, other: Bar) -> bool:
    """Whether two bars are the same one, however much of it was seen."""
    return one.start == other.start if isinstance(basis, TimeBasis) else one == other


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
