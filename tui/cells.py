"""Cells: how a width is divided into footprint columns, and the bars' cells on price rows.

Each bar has a candle at its left and a mark for its point of control at its right. Where columns
get narrow numbers lose digits, and where there is no room for digits they become shades.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile
from typing import NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from market.bars import Bar, Bars, Parted
from market.basis import TimeBasis
from market.footprint import FootprintBar
from market.gaps import Gap
from market.instrument import Instrument
from market.market import Market
from tui.digits import price_scale
from tui.rows import PriceRows

Lots = NDArray[np.int64]
Mask = NDArray[np.bool_]
Rule: TypeAlias = tuple[Fraction, int, bool]
"""What an imbalance is: the ratio, the least lots, and whether zeros are ignored."""

_ROOMY = 15
"""Cells of a column that reads well: candle, 5 digits, ` x `, 5 digits, mark."""
_TIGHT = 13
"""The same with a bare `x`."""
_WIDE = 21
"""Cells beyond which a column gains nothing."""
_SMALL = 9
"""Cells of the narrowest column with numbers."""
NARROWEST = 3
"""Cells of the narrowest column at all: candle, shade, mark."""
_MOST_DIGITS = 7


def axis_width(instrument: Instrument, ticks: int) -> int:
    """Cells of the price axis for prices about `ticks`, and for the names of the sums."""
    return max(price_scale(instrument, 1, ticks * 2).width, len(" volume")) + 1


def most_bars(width: int) -> int:
    """How many bars read well in a width."""
    return max(1, width // (_ROOMY if width >= 6 * _ROOMY else _TIGHT))


class Columns(NamedTuple):
    """How a width is divided into equal columns."""

    bars: int
    """How many there are."""
    width: int
    digits: int
    """Cells for one number; 0 where shades stand for numbers."""

    @classmethod
    def of(cls, width: int, bars: int) -> "Columns":
        """Divide a width for so many bars, or as many as have room."""
        width = max(0, width)
        count = max(1, min(bars, width // NARROWEST))
        column = min(_WIDE, width // count)
        gaps = 5 if column >= _ROOMY else 3
        digits = (column - gaps) // 2 if column >= _SMALL else 0
        return cls(count, column, min(_MOST_DIGITS, digits))

    @property
    def body(self) -> int:
        """Cells between the candle and the mark."""
        if not self.digits:
            return max(1, self.width - 2)
        return 2 * self.digits + len(self.separator)

    @property
    def separator(self) -> str:
        """What stands between the two numbers."""
        return " x " if self.width >= _ROOMY else "x"


class Checked(NamedTuple):
    """What tells whether all trades of a bar were seen."""

    since: int
    """When the first trade held happened; 0 where bars are not of time."""
    now: int
    """Bars that end by then are over."""
    gaps: tuple[Gap, ...]
    """Those that may have touched a bar in sight."""
    stated: bool
    """Whether the venue states candles to compare with."""

    @classmethod
    def of(cls, market: Market, found: Bars, shown: Parted) -> Self:
        """Look at where our trades begin, what is known of the time before, and what we missed."""
        begin = min(bar.start for bar in (*shown.run.bars, shown.newest))
        late = takewhile(lambda gap: gap.end is None or gap.end > begin, reversed(market.gaps))
        gaps = tuple(late)[::-1]
        if not isinstance(found.basis, TimeBasis):
            return cls(0, market.clock, gaps, False)
        since = int(market.trades.since(market.trades.first).ts[0])
        earlier = found.parted(since - since % found.basis.interval, 1)
        return cls(since, market.clock, gaps, earlier is not None)

    def up_to(self, bar: Bar) -> Self:
        """What tells as much of bars up to this one, and stays the same until it is over."""
        return self._replace(now=bar.end if bar.end <= self.now else min(bar.start, self.now))

    def doubts(self, bar: Bar, seen: Bar) -> bool:
        """Whether trades may be missing; equal to the venue's own volume nothing is."""
        holes = [g for g in self.gaps if g.start < bar.end and (g.end or bar.end) > bar.start]
        equal = self.stated and seen.volume == bar.volume
        if holes and not (equal and holes[-1].end is not None and bar.end <= self.now):
            return True
        return bar.start < self.since and not equal


@dataclass(frozen=True, slots=True, eq=False)
class BarCells:
    """A bar with its cells, None where no trades of it were seen; equal to itself alone."""

    bar: Bar
    cells: FootprintBar | None
    buys: Mask
    sells: Mask
    partial: bool
    """Whether trades are missing, so that the sums are only of what was seen."""

    @classmethod
    def of(cls, bar: Bar, cells: FootprintBar | None, checked: Checked, rule: Rule) -> Self:
        """Find the imbalances of a bar, and whether all of it was seen."""
        if cells is None:
            nothing = np.zeros(0, np.bool_)
            return cls(bar, cells, nothing, nothing, False)
        buys, sells = cells.imbalances(*rule)
        return cls(bar, cells, buys, sells, checked.doubts(bar, cells.bar))


class CellTable:
    """What a picture shows of some bars, as arrays [rows from the top, bars]."""

    def __init__(self, bars: Sequence[BarCells], rows: PriceRows) -> None:
        self.bars, self.rows = tuple(bars), rows
        shape = (rows.count, len(bars))
        self.sell, self.buy = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.sells, self.buys = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        """Imbalances."""
        self.points = np.zeros(shape, np.bool_)
        """Points of control."""
        self.seen = np.zeros(shape, np.bool_)
        """Rows between high and low, of bars whose trades were seen."""
        for column, bar in enumerate(bars):
            if bar.cells is not None:
                self._take(column, bar.cells, bar.buys, bar.sells)

    def _take(self, column: int, cells: FootprintBar, buys: Mask, sells: Mask) -> None:
        rows = self.rows
        at = rows.bottom + rows.count - 1 - cells.prices // rows.group
        inside = (at >= 0) & (at < rows.count)
        at = at[inside]
        self.sell[at, column], self.buy[at, column] = cells.sell[inside], cells.buy[inside]
        self.sells[at, column], self.buys[at, column] = sells[inside], buys[inside]
        poc = cells.poc
        if poc is not None and 0 <= (row := rows.row(poc)) < rows.count:
            self.points[row, column] = True
        top, bottom = rows.row(cells.bar.high), rows.row(cells.bar.low)
        self.seen[max(0, top) : max(0, bottom + 1), column] = True

    @property
    def edges(self) -> Lots:
        """Open, high, low and close of each bar, as int64[4, bars]."""
        edges = [(b.bar.open, b.bar.high, b.bar.low, b.bar.close) for b in self.bars]
        return np.array(edges, np.int64).reshape(-1, 4).T

    @property
    def volumes(self) -> list[int]:
        """What was traded in each bar, as far as it was seen."""
        return [b.bar.volume if b.cells is None else b.cells.bar.volume for b in self.bars]

    @property
    def deltas(self) -> list[int]:
        """Bought less sold of each bar, as far as it was seen."""
        return [b.bar.delta if b.cells is None else b.cells.bar.delta for b in self.bars]


class CellScale(NamedTuple):
    """The largest of what is written and drawn, in lots, by which pictures of bars are scaled."""

    row: int
    """Volume of a row, which fills the width of a column."""
    side: int
    """Volume of one side of a row."""
    volume: int
    """Volume of a bar."""
    delta: int
    """Delta of a bar, without its sign."""

    @classmethod
    def of(cls, table: CellTable) -> Self:
        """The scale of these bars by themselves."""
        side = max(int(table.sell.max(initial=0)), int(table.buy.max(initial=0)))
        row = int((table.sell + table.buy).max(initial=0))
        deltas = (abs(delta) for delta in table.deltas)
        return cls(row, side, max(table.volumes, default=0), max(deltas, default=0))

    def widened(self, other: "CellScale") -> "CellScale":
        """The scale at which both fit."""
        return CellScale(*map(max, self, other))
