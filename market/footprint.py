"""Footprint: buy and sell volume per price group inside every bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar, Run
from market.bars import CHUNK, FEW, Bars
from market.basis import Basis
from market.cells import BOUGHT, BUY, KEY, PRICE, SELL, SOLD, TRADES, counted, merged
from market.columns import Columns
from market.imbalance import Cells, Rule, imbalances
from market.numbering import Numbering
from market.profile import VALUE_AREA, point_of_control, value_area
from market.recent import Recent
from market.trades import TradeColumns, TradeLog
from market.worth import values

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

CELLS_KEPT = 200_000
"""Cells kept at most, 40 bytes each: 8 MB, 16 while room is made. The oldest bars go first."""


_RUNS_KEPT = 8


@dataclass(frozen=True, eq=False)
class FootprintBar:
    """One bar's cells: `prices` are the groups' low edges in ticks, ascending; volumes in lots.

    Only groups that traded are listed, none of a brick that the price leapt over. Like a `Run` it
    is equal to itself alone.
    """

    bar: Bar
    prices: Integers
    sell: Integers
    buy: Integers
    trades: Integers
    """How many trades there were in each group."""
    group: int
    number: int
    """The bar's, counted as in `Run.numbers`."""
    values: Integers | None = None
    """What each group was worth, [sold and bought, group], where that is counted."""

    @property
    def delta(self) -> int:
        """Buy minus sell aggressor volume of the bar (definitions.md 1)."""
        return int(self.buy.sum() - self.sell.sum())

    @cached_property
    def poc(self) -> int | None:
        """Low edge of the group that traded most (definitions.md 3)."""
        return point_of_control(self.prices, self.volume)

    @cached_property
    def volume(self) -> Integers:
        """What traded in each group."""
        return self.sell + self.buy

    def value_area(self, share: float = VALUE_AREA) -> tuple[int, int] | None:
        """VAL and VAH: low edges of its lowest and highest group (definitions.md 4)."""
        return value_area(self.prices, self.volume, self.group, share, self.poc)

    @property
    def cells(self) -> Cells:
        """The bar's cells as a table."""
        return Cells(self.group, np.zeros_like(self.prices), self.prices, self.sell, self.buy)

    def imbalances(
        self, ratio: float | Fraction = 3.0, minimum: int = 0, ignore_zeros: bool = False
    ) -> tuple[Mask, Mask]:
        """Diagonal imbalances on the displayed grouping (definitions.md 7): buy mask, sell mask."""
        # The ratio as it is written, so that 1.1 x 30 is 33 and not a bit more.
        exact = ratio if isinstance(ratio, Fraction) else Fraction(str(ratio))
        return imbalances(self.cells, Rule(exact, minimum, ignore_zeros))


class FootprintRun:
    """Footprint bars that are over, oldest first; like a `Run` equal to itself alone."""

    def __init__(self, bars: Sequence[FootprintBar]) -> None:
        self.bars = tuple(bars)


class PartedFootprint(NamedTuple):
    """Footprint bars as those that are over and the newest of them, as far as cells are held."""

    run: FootprintRun
    newest: FootprintBar | None


class Footprint:
    """The footprint bars of one basis and price grouping, from the trades of a log alone.

    A trade belongs to the group `floor(ticks / group)`. The cells of a bar sum to its volume
    and all cells to the volume of all trades, exactly, at every grouping.
    """

    def __init__(self, basis: Basis, group: int, bars: Bars | None = None, worth: int = 0) -> None:
        """Of `bars` that trades alone make, where there are such already.

        With `worth` cells also hold what each side was worth, in such units.
        """
        if group < 1:
            raise ValueError("a price group is at least one tick")
        self.basis = basis
        self.group = group
        self._bars = bars or Bars(basis)
        self._numbering = Numbering(basis)
        self._cursor = 0
        self._generation = -1
        self._worth = worth
        self._cells = Columns(7 if worth else 5)
        self._places: dict[int, int] = {}
        """Where the newest bar's prices are in the table; empty where that is not known."""
        self._runs: Recent[Run, FootprintRun] = Recent(_RUNS_KEPT)
        self._newest: tuple[int, FootprintBar] | None = None

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._restart(log)
        self._bars.update(log)
        self._numbering.update(log)
        while self._cursor < log.end:
            stop = min(self._cursor + CHUNK, log.end)
            trades = log.between(self._cursor, stop)
            if stop - self._cursor > FEW or not self._count(trades):
                self._fold(trades)
            self._cursor = stop
            self._bound()

    def last(self, count: int) -> list[FootprintBar]:
        """The newest `count` bars, oldest first; the last one is still forming."""
        return self._cut(*self._bars.keyed(None, count))

    def before(self, end: int, count: int) -> list[FootprintBar]:
        """The newest `count` bars that start before `end`, oldest first."""
        return self._cut(*self._bars.keyed(end, count))

    def parted(self, end: int | None, count: int) -> PartedFootprint | None:
        """The bars of `last` (no `end`) or `before`, cheaply where only the newest has changed.

        None where there are none.
        """
        found = self._bars.parted(end, count)
        if found is None:
            return None
        run, bar, number = found
        shown = self._runs.get(run, lambda: FootprintRun(self._cut(run.numbers, run.bars)))
        if self._newest is None or self._newest[0] != number or self._newest[1].bar != bar:
            cells = self._cut(np.array([number]), [bar])
            self._newest = (number, cells[0]) if cells else None
        return PartedFootprint(shown, self._newest and self._newest[1])

    def _forget(self) -> None:
        """Forget what was found in the table before it changed."""
        self._places = {}
        self._newest = None
        self._runs.clear()

    def _count(self, trades: TradeColumns) -> bool:
        """Add a few trades to the newest bar; False where not all of them belong to it."""
        if not len(self._cells):
            return False
        rows, group = self._cells.rows, self.group
        ts, ticks, lots = (column.tolist() for column in trades)
        key = int(rows[KEY, -1])
        if self._numbering.within(key, self._cursor, ts) is None:
            return False
        if not self._places:
            self._place(int(rows[KEY].searchsorted(key)))
        prices = [price // group * group for price in ticks]
        if fresh := set(prices).difference(self._places):
            self._widen(key, sorted(fresh))
            rows = self._cells.rows
        places = [self._places[price] for price in prices]
        sell, buy, count = rows[SELL], rows[BUY], rows[TRADES]
        for place, size in zip(places, lots, strict=True):
            count[place] += 1
            if size > 0:
                buy[place] += size
            else:
                sell[place] -= size
        if self._worth:
            for place, value in zip(places, trades.valued(self._worth).lots.tolist(), strict=True):
                rows[BOUGHT if value > 0 else SOLD, place] += abs(value)
        return True

    def _place(self, first: int) -> None:
        """Note where the newest bar's prices are: from row `first` on."""
        prices = self._cells.rows[PRICE, first:].tolist()
        self._places = {price: first + row for row, price in enumerate(prices)}

    def _widen(self, key: int, prices: list[int]) -> None:
        """Begin cells of the newest bar at prices at which nothing of it was traded yet."""
        first = len(self._cells) - len(self._places)
        fresh = np.zeros((len(self._cells.rows), len(prices)), np.int64)
        fresh[KEY], fresh[PRICE] = key, prices
        tail = np.concatenate((self._cells.rows[:, first:], fresh), axis=1)
        self._cells.replace_tail(first, tail[:, tail[PRICE].argsort()])
        self._place(first)

    def _restart(self, log: TradeLog) -> None:
        self._cells.clear()
        self._forget()
        self._generation = log.generation
        self._cursor, self._cells.floor = self._numbering.restart(log)

    def _fold(self, trades: TradeColumns) -> None:
        self._places = {}
        ts, ticks, lots = trades
        _, key = self._numbering.keys(self._cursor, ts)
        if self._cells.floor is not None and key.min() < self._cells.floor:
            held = np.flatnonzero(key >= self._cells.floor)
            key, ticks, lots = key[held], ticks[held], lots[held]
        if not len(key):
            return
        buy = np.maximum(lots, 0)
        summed = [buy - lots, buy, np.ones_like(lots)]
        if self._worth:
            summed += [values(ticks, side, self._worth) for side in summed[:2]]
        fresh = counted(key, ticks // self.group, *summed)
        fresh[PRICE] *= self.group
        index = int(np.searchsorted(self._cells.rows[KEY], fresh[KEY, 0]))
        tail = self._cells.rows[:, index:]
        if tail.shape[1]:
            fresh = merged(np.concatenate((tail, fresh), axis=1))
        self._cells.replace_tail(index, fresh)

    def _bound(self) -> None:
        keys = self._cells.rows[KEY]
        excess = len(keys) - CELLS_KEPT
        if excess > 0:
            # Bars go whole, and the newest stays however large it is.
            oldest = min(keys[excess - 1] + 1, keys[-1])
            self._cells.drop_head(int(np.searchsorted(keys, oldest)))
            self._forget()

    def _cut(self, keys: Integers, bars: Sequence[Bar]) -> list[FootprintBar]:
        if not bars:
            return []
        rows = self._cells.rows
        first, stop = np.searchsorted(rows[KEY], (keys[0], keys[-1] + 1)).tolist()
        cells = rows[:, first:stop].copy()  # the table's own memory changes with the next trade
        begins = np.searchsorted(cells[KEY], keys).tolist()
        ends = np.searchsorted(cells[KEY], keys, side="right").tolist()
        return [
            FootprintBar(
                bar,
                prices=cells[PRICE, begin:end],
                sell=cells[SELL, begin:end],
                buy=cells[BUY, begin:end],
                trades=cells[TRADES, begin:end],
                group=self.group,
                number=number,
                values=cells[SOLD:, begin:end] if self._worth else None,
            )
            for bar, number, begin, end in zip(bars, keys.tolist(), begins, ends, strict=True)
            if begin < end or not bar.trades
        ]
