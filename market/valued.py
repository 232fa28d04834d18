"""Valued bars: bars whose sizes are what they were worth in quote currency, trade by trade.

Of what the venue's own candle counts beyond the trades that were seen, nobody states the prices:
that is worth its size times the mean of the candle's high, low and close, and such bars are rough.
"""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar, Parted, Run
from market.bars import Bars
from market.basis import Basis
from market.cells import KEY, counted, merged
from market.columns import Columns
from market.cuts import BARS_KEPT
from market.cvd import Anchor, Cvd
from market.market import Market
from market.reading import Reading
from market.recent import Recent
from market.trades import TradeLog
from market.worth import values, worth_of

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

KEPT = 8
"""Of one log; the least recently asked for is made anew."""
_SELL, _BUY, _SOLD, _BOUGHT = range(2, 6)
"""Rows of the sums after the key and the one price of all: lots and values of either side."""
_RUNS_KEPT = 4
_ALL = 1 << 40


class _Sums:
    """What traded in each bar of a basis, in lots and in units of value."""

    def __init__(self, basis: Basis, worth: int) -> None:
        self._reading, self._worth = Reading(basis), worth
        self._table = Columns(6)

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if self._reading.lost(log):
            self._table.clear()
            self._table.floor = self._reading.restart(log)
        for key, (_, ticks, lots) in self._reading.unread(log):
            self._fold(key, ticks, lots)
        if len(self._table) > BARS_KEPT:
            self._table.drop_head(len(self._table) - BARS_KEPT)

    @property
    def read(self) -> int:
        """Sequence number up to which trades were read."""
        return self._reading.cursor

    def of(self, keys: Integers) -> Integers:
        """Sold and bought lots and values [4, bars] by the bars' numbers, 0 where none traded."""
        rows = self._table.rows
        found = np.zeros((4, len(keys)), np.int64)
        places = np.searchsorted(rows[KEY], keys)
        held = places < rows.shape[1]
        held[held] = rows[KEY, places[held]] == keys[held]
        found[:, held] = rows[_SELL:, places[held]]
        return found

    def _fold(self, key: Integers, ticks: Integers, lots: Integers) -> None:
        if self._table.floor is not None:
            held = key >= self._table.floor
            key, ticks, lots = key[held], ticks[held], lots[held]
        if not len(key):
            return
        buy = np.maximum(lots, 0)
        sides = buy - lots, buy
        worth = (values(ticks, side, self._worth) for side in sides)
        fresh = counted(key, np.zeros_like(key), *sides, *worth)
        index = int(np.searchsorted(self._table.rows[KEY], fresh[KEY, 0]))
        tail = self._table.rows[:, index:]
        if tail.shape[1]:
            fresh = merged(np.concatenate((tail, fresh), axis=1))
        self._table.replace_tail(index, fresh)


class _Valued(NamedTuple):
    """Values of bars, and which of them are not those of trades alone."""

    volume: Integers
    buy: Integers
    sell: Integers
    rough: Mask


class ValuedBars:
    """The bars of a basis with values, in units of so many ticks times lots, in place of sizes.

    Whatever else there is of them is that of the `Bars` they are made of.
    """

    def __init__(self, bars: Bars, worth: int) -> None:
        self._bars, self._worth = bars, worth
        self._sums = _Sums(bars.basis, worth)
        self._runs: Recent[Run, Run] = Recent(_RUNS_KEPT)
        self._newest: tuple[Bar, int, int, Bar, bool] | None = None
        """One bar, its number, up to which trade it was valued, and what came of it."""
        self._rough: tuple[int, Integers, Mask] | None = None
        """As of which revision, where bars begin, and which of them are rough."""

    @property
    def basis(self) -> Basis:
        """What closes a bar."""
        return self._bars.basis

    @property
    def revision(self) -> int:
        """Counts the changes of bars other than the newest, and of which one that is."""
        return self._bars.revision

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        self._sums.update(log)

    def parted(self, end: int | None, count: int) -> Parted | None:
        """The bars of `Bars.parted`."""
        parted = self._bars.parted(end, count)
        if parted is None:
            return None
        return Parted(self.run(parted.run), self.bar(parted.newest, parted.number), parted.number)

    def run(self, run: Run) -> Run:
        """Bars that are over, valued; the same run again for the same one."""
        return self._runs.get(run, lambda: self._run(run))

    def bar(self, bar: Bar, number: int) -> Bar:
        """One bar, valued."""
        return self._one(bar, number)[0]

    def newest(self) -> Bar | None:
        """The newest bar shown."""
        parted = self._bars.parted(None, 1)
        return None if parted is None else self.bar(parted.newest, parted.number)

    def _one(self, bar: Bar, number: int) -> tuple[Bar, bool]:
        """One bar, valued, and whether it is rough."""
        made_of = (bar, number, self._sums.read)
        if self._newest is None or self._newest[:3] != made_of:
            told = self._valued(np.array([number]), Run([bar], np.array([number])))
            found = _with(bar, *(int(part[0]) for part in told[:3]))
            self._newest = *made_of, found, bool(told.rough[0])
        return self._newest[3:]

    def is_stated(self, start: int) -> bool:
        """Whether the bar with this start is shown as it was stated."""
        return self._bars.is_stated(start)

    def deltas(self) -> tuple[Integers, Integers, Mask, Mask]:
        """Of every bar shown, oldest first: start, delta, whether split, whether stated."""
        starts, _, split, stated = self._bars.deltas()
        parted = self._bars.parted(None, _ALL)
        if parted is None:
            self._rough = self._bars.revision, starts, split
            return starts, starts.copy(), split, stated
        numbers = np.append(parted.run.numbers, parted.number)
        told = self._valued(numbers, Run([*parted.run.bars, parted.newest], numbers))
        self._rough = self._bars.revision, starts, told.rough
        return starts, told.buy - told.sell, split, stated

    def rough(self, since: int) -> bool:
        """Whether any bar from a time on is not worth what its trades were alone."""
        parted = self._bars.parted(None, 1)
        if parted is None:
            return False
        starts, rough = self.roughness()
        over = rough[np.searchsorted(starts, since) : -1]
        return bool(over.any()) or self._one(parted.newest, parted.number)[1]

    def roughness(self) -> tuple[Integers, Mask]:
        """Of every bar shown, oldest first: start, and whether it is; the newest as it began."""
        if self._rough is None or self._rough[0] != self._bars.revision:
            self.deltas()
        assert self._rough is not None
        return self._rough[1:]

    def _run(self, run: Run) -> Run:
        told = self._valued(run.numbers, run)
        columns = (column.tolist() for column in told[:3])
        rows = zip(run.bars, *columns, strict=True)
        return Run([_with(*row) for row in rows], run.numbers)

    def _valued(self, numbers: Integers, run: Run) -> _Valued:
        sold_lots, bought_lots, sold, bought = self._sums.of(numbers)
        split, typical = run.split > 0, (run.high + run.low + run.close) / 3

        def rest(lots: Integers) -> Integers:
            """What is worth that which no trade was seen of."""
            found: Integers = np.rint(lots * typical / max(1, self._worth)).astype(np.int64)
            return found

        sides = run.sell - sold_lots, run.buy - bought_lots
        missing = run.volume - sold_lots - bought_lots
        sell, buy = (
            np.where(split, np.maximum(seen + rest(side), 0), 0)
            for seen, side in zip((sold, bought), sides, strict=True)
        )
        whole = np.maximum(sold + bought + rest(missing), 0)
        volume = np.where(split, sell + buy, whole)
        rough = np.where(split, (sides[0] != 0) | (sides[1] != 0), missing != 0)
        return _Valued(volume, buy, sell, rough)


class _Kept(NamedTuple):
    """What is kept of one log."""

    bars: Recent[tuple[Bars, int], ValuedBars]
    sums: Recent[tuple[ValuedBars, Anchor, int], Cvd]


def valued_bars(market: Market, basis: Basis) -> ValuedBars:
    """The bars of a basis up to now with their values, shared by all who ask.

    The market has an instrument, whose `worth_of` they are counted in.
    """
    assert market.instrument is not None
    bars, worth = market.bars(basis), worth_of(market.instrument)
    found = _kept(market).bars.get((bars, worth), lambda: ValuedBars(bars, worth))
    found.update(market.trades)
    return found


def valued_cvd(market: Market, basis: Basis, anchor: Anchor = Anchor.NONE, since: int = 0) -> Cvd:
    """The cumulative delta of these bars at the end of each, up to now, shared by all."""
    bars, key = valued_bars(market, basis), (anchor, since)
    return _kept(market).sums.get((bars, *key), lambda: Cvd(bars, anchor, market.gaps, since))


def _kept(market: Market) -> _Kept:
    kept = _KEPT.get(market.trades)
    if kept is None:
        kept = _KEPT[market.trades] = _Kept(Recent(KEPT), Recent(KEPT))
    return kept


def _with(bar: Bar, volume: int, buy: int, sell: int) -> Bar:
    return bar._replace(volume=volume, buy=buy, sell=sell)


_KEPT: WeakKeyDictionary[TradeLog, _Kept] = WeakKeyDictionary()
