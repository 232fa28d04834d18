"""Cell table: what bars show on price rows as arrays, and the scale by which they are drawn."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Self, TypeAlias

import numpy as np

from market.footprint import FootprintBar
from tui.cells.barcells import BarCells, Lots
from tui.cells.widths import Content
from tui.rows import PriceRows

Scaling: TypeAlias = Literal["visible", "hybrid", "bar"]
"""What bars and tints are relative to: all that is seen, each bar alone, or in between."""


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
