"""Cells: how a width is divided into footprint columns, and the bars' cells on price rows.

Each bar has a candle at its left and a mark for its point of control at its right. Where columns
get narrow numbers lose digits, and where there is no room for digits they become shades.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import sqrt
from typing import Literal, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from market.bars import Bar, Bars, Parted
from market.basis import TimeBasis
from market.footprint import FootprintBar
from market.gaps import Gap
from market.imbalance import Rule, imbalances, opposites
from market.instrument import Instrument
from market.market import Market
from tui.drawing.digits import price_scale
from tui.rows import PriceRows

Lots = NDArray[np.int64]
Mask = NDArray[np.bool_]
Strength = NDArray[np.uint8]
"""0 where there is no imbalance, else 1 to 3 by how far it exceeds what makes one."""
Content: TypeAlias = Literal["sides", "volume", "delta", "trades", "profile", "table"]
"""What cells show: sold x bought, one number of both, bars without numbers, or tinted numbers."""
Scaling: TypeAlias = Literal["visible", "hybrid", "bar"]
"""What bars and tints are relative to: all that is seen, each bar alone, or in between."""
PAIRED: tuple[Content, ...] = ("sides", "table")

_ROOMY = 15
"""Cells of a column that reads well: candle, 5 digits, ` x `, 5 digits, mark."""
_TIGHT = 13
"""The same with a bare `x`."""
_AIRY = 17
"""The same with a digit more a number."""
_WIDE = 21
"""Cells beyond which a column gains nothing."""
_SMALL = 9
"""Cells of the narrowest column with numbers."""
_SINGLE = 9
"""Cells of a column with one number that reads well."""
_SINGLE_WIDE = 13
NARROWEST = 3
"""Cells of the narrowest column at all: candle, shade, mark."""
_MOST_DIGITS = 7


def axis_width(instrument: Instrument, ticks: int) -> int:
    """Cells of the price axis for prices about `ticks`, and for the names of the sums."""
    return max(price_scale(instrument, 1, ticks * 2).width, len(" volume")) + 1


def most_bars(width: int, content: Content = "sides") -> int:
    """How many bars read well in a width."""
    if content not in PAIRED:
        return max(1, width // _SINGLE)
    return max(1, width // (_ROOMY if width >= 6 * _ROOMY else _TIGHT))


class Columns(NamedTuple):
    """How a width is divided into equal columns."""

    bars: int
    """How many there are."""
    width: int
    digits: int
    """Cells for one number; 0 where shades stand for numbers."""
    content: Content = "sides"
    tight: bool = False
    """Whether numbers come before the cells between them: six digits as soon as they have room."""

    @classmethod
    def of(
        cls, width: int, bars: int, content: Content = "sides", tight: bool = False
    ) -> "Columns":
        """Divide a width for so many bars, or as many as have room."""
        width = max(0, width)
        count = max(1, min(bars, width // NARROWEST))
        if content in PAIRED:
            column = min(_WIDE, width // count)
            gaps = 5 if column >= (_AIRY if tight else _ROOMY) else 3
            digits = (column - gaps) // 2 if column >= _SMALL else 0
        else:
            column = min(_SINGLE_WIDE, width // count)
            digits = column - 2 if column > NARROWEST and content != "profile" else 0
        most = _MOST_DIGITS - tight if content in PAIRED else _MOST_DIGITS
        return cls(count, column, min(most, digits), content, tight)

    @property
    def body(self) -> int:
        """Cells between the candle and the mark."""
        if not self.digits or self.content not in PAIRED:
            return max(1, self.width - 2)
        return 2 * self.digits + len(self.separator)

    @property
    def separator(self) -> str:
        """What stands between the two numbers."""
        wide = self.width >= (_AIRY if self.tight else _ROOMY)
        if self.content == "table":
            return " │ " if wide else "│"
        return " x " if wide else "x"


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
        gaps: tuple[Gap, ...] = ()
        if market.gaps:
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


class Reading(NamedTuple):
    """What is looked for in the cells of a bar."""

    rule: Rule
    strength: float = 0.0
    """How many times what makes an imbalance a very strong one is; 0 tells none apart."""
    area: float = 0.0
    """Share of the volume that a value area holds; 0 where none is wanted."""


class Figures(NamedTuple):
    """What is written below a bar beside volume and delta; None where it is not known."""

    most: int | None = None
    """The largest cumulative delta inside the bar, in lots."""
    least: int | None = None
    cvd: int | None = None
    sure: bool = True
    """Whether nothing is missing in the sum `cvd`."""
    rough: bool = False
    """Whether prices that nobody states are in it, where it is of values."""


@dataclass(frozen=True, slots=True, eq=False)
class BarCells:
    """A bar with its cells, None where no trades of it were seen; equal to itself alone."""

    bar: Bar
    cells: FootprintBar | None
    buys: Strength
    sells: Strength
    area: tuple[int, int] | None
    """Low edges of the lowest and highest row of the value area."""
    partial: bool
    """Whether trades are missing, so that the sums are only of what was seen."""
    figures: Figures

    @classmethod
    def of(
        cls,
        bar: Bar,
        cells: FootprintBar | None,
        checked: Checked,
        reading: Reading,
        figures: Figures,
    ) -> Self:
        """Find the imbalances of a bar, and whether all of it was seen."""
        if cells is None:
            nothing = np.zeros(0, np.uint8)
            return cls(bar, cells, nothing, nothing, None, False, figures)
        buys, sells = _strengths(cells, reading)
        area = cells.value_area(reading.area) if reading.area else None
        partial = checked.doubts(bar, cells.bar)
        return cls(bar, cells, buys, sells, area, partial, figures)

    def sums(self, worth: int) -> tuple[int, int]:
        """Volume and delta as far as they were seen: lots, or values in units of `worth`.

        Of a bar whose trades were not seen values are the sizes at its mean of high, low and close.
        """
        bar = self.bar if self.cells is None else self.cells.bar
        if not worth:
            return bar.volume, bar.delta
        if self.cells is None or self.cells.values is None:
            corners, per = bar.high + bar.low + bar.close, 3 * worth
            buy, sell = bar.buy * corners // per, bar.sell * corners // per
            return bar.volume * corners // per, buy - sell
        sold, bought = self.cells.values.sum(axis=1).tolist()
        return sold + bought, bought - sold

    @property
    def share(self) -> float:
        """Percent of the volume that the delta is."""
        volume, delta = self.sums(0)
        return 100 * delta / volume if volume else 0.0


def _strengths(cells: FootprintBar, reading: Reading) -> tuple[Strength, Strength]:
    """How strong the imbalances of a bar are: by their own volume over what makes one."""
    table = cells.cells
    below, above = opposites(table)
    buys, sells = imbalances(table, reading.rule, (below, above))
    return _graded(buys, cells.buy, below, reading), _graded(sells, cells.sell, above, reading)


def _graded(marked: Mask, own: Lots, other: Lots, reading: Reading) -> Strength:
    found = np.zeros(len(marked), np.uint8)
    at = marked.nonzero()[0]
    if not len(at):
        return found
    if not reading.strength:
        found[at] = 2
        return found
    own, other = own[at], other[at]
    needed = np.maximum(other, 1) * float(reading.rule.ratio)
    times = np.where(other > 0, own / needed, np.inf)
    found[at] = 1 + (times >= sqrt(reading.strength)) + (times >= reading.strength)
    return found


class CellTable:
    """What a picture shows of some bars, as arrays [rows from the top, bars]."""

    def __init__(self, bars: Sequence[BarCells], rows: PriceRows, worth: int = 0) -> None:
        """With `worth` what is written are values in such units (`market/worth.py`)."""
        self.bars, self.rows, self.worth = tuple(bars), rows, worth
        shape = (rows.count, len(bars))
        self.sell, self.buy = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.sold, self.bought = self.sell, self.buy
        """The same as it is written."""
        if worth:
            self.sold, self.bought = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.trades = np.zeros(shape, np.int64)
        self.sells, self.buys = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        """Imbalances by strength."""
        self.points = np.zeros(shape, np.bool_)
        """Points of control."""
        self.area = np.zeros(shape, np.bool_)
        """Rows of value areas."""
        self.seen = np.zeros(shape, np.bool_)
        """Rows between high and low, of bars whose trades were seen."""
        self.inner = np.zeros(shape, np.bool_)
        """The same without the rows of high and low."""
        for column, bar in enumerate(bars):
            if bar.cells is not None:
                self._take(column, bar, bar.cells)

    def _take(self, column: int, bar: BarCells, cells: FootprintBar) -> None:
        rows = self.rows
        at = rows.bottom + rows.count - 1 - cells.prices // rows.group
        inside = (at >= 0) & (at < rows.count)
        at = at[inside]
        for table, values in (
            (self.sell, cells.sell),
            (self.buy, cells.buy),
            (self.trades, cells.trades),
            (self.sells, bar.sells),
            (self.buys, bar.buys),
        ):
            table[at, column] = values[inside]
        if self.worth and cells.values is not None:
            self.sold[at, column], self.bought[at, column] = cells.values[:, inside]
        poc = cells.poc
        if poc is not None and 0 <= (row := rows.row(poc)) < rows.count:
            self.points[row, column] = True
        if not len(cells.prices):
            return
        # Of what traded: a brick has edges at which nothing need have.
        top, bottom = rows.row(int(cells.prices[-1])), rows.row(int(cells.prices[0]))
        self.seen[max(0, top) : max(0, bottom + 1), column] = True
        self.inner[max(0, top + 1) : max(0, bottom), column] = True
        if bar.area is not None:
            first, last = rows.row(bar.area[1]), rows.row(bar.area[0])
            self.area[max(0, first) : max(0, last + 1), column] = True

    @property
    def volume(self) -> Lots:
        """What traded in each cell."""
        both: Lots = self.sell + self.buy
        return both

    @property
    def net(self) -> Lots:
        """Bought less sold in each cell."""
        difference: Lots = self.buy - self.sell
        return difference

    def measured(self, content: Content) -> Lots:
        """What bars and tints of cells stand for."""
        match content:
            case "delta":
                return np.abs(self.net)
            case "trades":
                return self.trades
            case "table":
                return np.maximum(self.sell, self.buy)
        return self.volume

    @property
    def edges(self) -> Lots:
        """Open, high, low and close of each bar, as int64[4, bars]."""
        edges = [(b.bar.open, b.bar.high, b.bar.low, b.bar.close) for b in self.bars]
        return np.array(edges, np.int64).reshape(-1, 4).T

    @property
    def volumes(self) -> list[int]:
        """What was traded in each bar, as it is written, as far as it was seen."""
        return [b.sums(self.worth)[0] for b in self.bars]

    @property
    def deltas(self) -> list[int]:
        """Bought less sold of each bar, as it is written, as far as it was seen."""
        return [b.sums(self.worth)[1] for b in self.bars]


def _largest(sell: Lots, buy: Lots) -> tuple[int, int, int]:
    """The largest sum of both sides of a row, the largest side, and the largest difference."""
    return (
        int((sell + buy).max(initial=0)),
        max(int(sell.max(initial=0)), int(buy.max(initial=0))),
        int(np.abs(buy - sell).max(initial=0)),
    )


class CellScale(NamedTuple):
    """The largest of what is written and drawn, by which pictures of bars are scaled."""

    row: int
    """Volume of a row, which fills the width of a column."""
    side: int
    """Volume of one side of a row."""
    net: int
    """Delta of a row, without its sign."""
    written_row: int
    """The same three as they are written."""
    written_side: int
    written_net: int
    trades: int
    """Trades of a row."""
    volume: int
    """Volume of a bar."""
    delta: int
    """Delta of a bar, or what it ran to inside the bar, without the sign."""
    cvd: int
    """Cumulative delta, without its sign."""
    prints: int
    """Trades of a bar."""

    @classmethod
    def of(cls, table: CellTable) -> Self:
        """The scale of these bars by themselves."""
        bars = table.bars
        inside = [lots or 0 for bar in bars for lots in (bar.figures.most, bar.figures.least)]
        return cls(
            *_largest(table.sell, table.buy),
            *_largest(table.sold, table.bought),
            int(table.trades.max(initial=0)),
            max(table.volumes, default=0),
            max(map(abs, (*table.deltas, *inside)), default=0),
            max((abs(bar.figures.cvd or 0) for bar in bars), default=0),
            max((bar.bar.trades for bar in bars), default=0),
        )

    def widened(self, other: "CellScale") -> "CellScale":
        """The scale at which both fit."""
        return CellScale(*map(max, self, other))

    def most(self, content: Content) -> int:
        """The largest of what bars and tints of cells stand for."""
        most = {"delta": self.net, "trades": self.trades, "table": self.side}
        return most.get(content, self.row)
