"""Bars: open, high, low, close, volume and delta of a trade log, by any basis."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar, Parted, Run
from market.barrows import (
    BEGAN,
    BUY,
    CLOSE,
    ENDED,
    HIGH,
    KEY,
    LOW,
    OPEN,
    SELL,
    TRADES,
    add,
    folded,
)
from market.basis import Basis, TimeBasis
from market.columns import Columns
from market.cuts import BARS_KEPT
from market.numbering import Numbering
from market.recent import Recent
from market.trades import TradeColumns, TradeLog

Integers = NDArray[np.int64]

CHUNK = 1 << 16
"""Trades folded at once, which bounds the memory of a rebuild."""

FEW = 192
"""Trades up to which counting them one by one is cheaper than numpy."""

_RUNS_KEPT = 8


class Bars:
    """Bars of one basis, brought up to date from a trade log and completed from klines.

    A time bar is `floor(ts / interval)`: a late trade goes to its own bar, where open and close
    are the first and last by event time and, at equal times, by arrival. Bars without a trade do
    not exist. A tick bar is `sequence // trades`, in order of arrival.
    """

    def __init__(self, basis: Basis) -> None:
        self.basis = basis
        self._numbering = Numbering(basis)
        self.seen_from: int | None = None
        """Event time of the first trade read: earlier bars, and the one around it, are partial."""
        self._cursor = 0
        self._generation = -1
        self._table = Columns(12)
        self._stated: dict[int, Bar] = {}
        self._newest_stated: int | None = None
        self.stated_for: object = None
        self.late = 0
        """Counts the readings that changed a bar older than the newest."""
        self.revision = 0
        """Counts the changes of bars other than the newest, and of which one that is."""
        self._runs: Recent[tuple[int | None, int], Parted | None] = Recent(_RUNS_KEPT)
        self._newest: Bar | None = None
        """The newest bar shown; None where it is to be made anew."""

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._restart(log)
        self._numbering.update(log)
        while self._cursor < log.end:
            stop = min(self._cursor + CHUNK, log.end)
            trades = log.between(self._cursor, stop)
            self._newest = None
            if stop - self._cursor > FEW or not self._count(trades):
                self._fold(trades)
                self._numbering.finish(self._table, log)
            self._cursor = stop
            self._bound()

    def state(self, bars: Sequence[Bar], made_of: object = None) -> None:
        """Show these bars, oldest first, instead of what the trades make of the same spans.

        `made_of` is kept in `stated_for`, to tell whether they would come out the same again.
        """
        self.stated_for = made_of
        before, newest = list(self._stated.values()), self._newest_shown()
        self._newest = None
        self._stated = {bar.start: bar for bar in bars[-BARS_KEPT:]}
        self._newest_stated = bars[-1].start if bars else None
        after = list(self._stated.values())
        for held in (before, after):
            if held and held[-1].start == newest:
                held.pop()
        if before != after or newest != self._newest_shown():
            self._change()

    def last(self, count: int) -> list[Bar]:
        """The newest `count` bars, oldest first; the last one is still forming."""
        return self._take(len(self._table), None, count)

    def before(self, end: int, count: int) -> list[Bar]:
        """The newest `count` bars that start before `end`, oldest first."""
        return self._take(self._stop_before(end), end, count)

    def parted(self, end: int | None, count: int) -> Parted | None:
        """The bars of `last` (no `end`) or `before`, cheaply where only the newest has changed.

        None where there are none.
        """
        count = max(count, 0)
        if end is not None and self._all_before(end):
            end = None
        parted = self._runs.get((end, count), lambda: self._part(end, count))
        if parted is None or end is not None:
            return parted
        newest = self.newest()
        assert newest is not None
        return Parted(parted.run, newest, parted.number)

    def keyed(self, end: int | None, count: int) -> tuple[Integers, list[Bar]]:
        """The bars of `last` or `before` that trades make, with the keys they were folded by."""
        stop = len(self._table) if end is None else self._stop_before(end)
        begin = max(stop - max(count, 0), 0)
        return self._table.rows[KEY, begin:stop], self._bars(begin, stop)

    @property
    def read(self) -> int:
        """Sequence number up to which trades were read."""
        return self._cursor

    @property
    def newest_start(self) -> int | None:
        """Start of the newest bar that trades make."""
        return self._start_of(-1) if len(self._table) else None

    @property
    def made_from(self) -> int | None:
        """Start of the oldest bar that trades make, None where they make none."""
        return self._start_of(0) if len(self._table) else None

    def seen(self, start: int) -> Bar | None:
        """The bar with this start as the trades make it."""
        index = self._stop_before(start)
        found = self._bars(index, index + 1)
        return found[0] if found and found[0].start == start else None

    def newest(self) -> Bar | None:
        """The newest bar shown."""
        if self._newest is None and (start := self._newest_shown()) is not None:
            stated = self._stated.get(start)
            if stated is None:
                stated = self._made(self._table.rows[:, -1].tolist())
            self._newest = stated
        return self._newest

    def is_stated(self, start: int) -> bool:
        """Whether the bar with this start is shown as it was stated."""
        return start in self._stated

    def deltas(self) -> tuple[Integers, Integers, NDArray[np.bool_], NDArray[np.bool_]]:
        """Of every bar shown, oldest first: start, delta, whether split, whether stated."""
        rows = self._table.rows
        starts, deltas = self._starts(rows), rows[BUY] - rows[SELL]
        stated = self._stated
        if not stated:
            sure = np.ones(len(starts), np.bool_)
            return starts, deltas, sure, ~sure
        own = ~np.isin(starts, np.fromiter(stated, np.int64, len(stated)))
        count = len(stated)
        starts = np.concatenate((np.fromiter(stated, np.int64, count), starts[own]))
        bars = stated.values()
        deltas = np.concatenate(
            (np.fromiter((b.delta for b in bars), np.int64, count), deltas[own])
        )
        split = np.ones(len(starts), np.bool_)
        split[:count] = [bar.split for bar in bars]
        order = np.argsort(starts, kind="stable")
        return starts[order], deltas[order], split[order], order < count

    def _restart(self, log: TradeLog) -> None:
        self._newest = None
        self._table.clear()
        self._change()
        self._generation = log.generation
        self.seen_from = None
        self._cursor, self._table.floor = self._numbering.restart(log)

    def _bound(self) -> None:
        excess = len(self._table) - BARS_KEPT
        if excess > 0:
            self._table.drop_head(excess)
            self._change()

    def _change(self) -> None:
        self.revision += 1
        self._runs.clear()

    def _change_beneath(self) -> None:
        """Note a change of what is the newest bar of trades, but not the newest that is shown."""
        if self._newest_stated is not None and self.newest_start != self._newest_shown():
            self._change()

    def _count(self, trades: TradeColumns) -> bool:
        """Add a few trades to the newest bar; False where not all of them belong to it."""
        if not len(self._table):
            return False
        ts, ticks, lots = (column.tolist() for column in trades)
        row = self._table.rows[:, -1].tolist()
        order = self._numbering.within(row[KEY], self._cursor, ts)
        if order is None:
            return False
        add(row, order, ts, ticks, lots)
        self._table.rows[:, -1] = row
        self._change_beneath()
        return True

    def _fold(self, trades: TradeColumns) -> None:
        ts, ticks, lots = trades
        if self.seen_from is None:
            self.seen_from = int(ts[0])
        order, key = self._numbering.keys(self._cursor, ts)
        if self._table.floor is not None and key.min() < self._table.floor:
            held = np.flatnonzero(key >= self._table.floor)
            key, order, ts, ticks, lots = (c[held] for c in (key, order, ts, ticks, lots))
        if not len(key):
            return
        buy = np.maximum(lots, 0)
        count = np.ones(len(ts), np.int64)
        fresh = folded(
            (key, order, order, ts, ts, ticks, ticks, ticks, ticks, buy, buy - lots, count)
        )
        index = int(np.searchsorted(self._table.rows[KEY], fresh[KEY, 0]))
        tail = self._table.rows[:, index:]
        self.late += tail.shape[1] > 0 and int(fresh[KEY, 0] < tail[KEY, -1])
        if not (tail.shape[1] == fresh.shape[1] == 1 and fresh[KEY, 0] == tail[KEY, 0]):
            self._change()
        self._change_beneath()
        if tail.shape[1]:
            fresh = folded(tuple(np.concatenate((tail, fresh), axis=1)))
        self._table.replace_tail(index, fresh)

    def _newest_shown(self) -> int | None:
        own, stated = self.newest_start, self._newest_stated
        return stated if own is None else own if stated is None else max(own, stated)

    def _all_before(self, end: int) -> bool:
        """Whether every bar starts before a time."""
        newest = self._newest_shown()
        if newest is None or newest >= end:
            return newest is None
        return isinstance(self.basis, TimeBasis) or self._stop_before(end) == len(self._table)

    def _part(self, end: int | None, count: int) -> Parted | None:
        if isinstance(self.basis, TimeBasis):
            bars = self.last(count) if end is None else self.before(end, count)
            starts = np.fromiter((bar.start for bar in bars), np.int64, len(bars))
            numbers = starts // self.basis.interval
        else:
            keys, bars = self.keyed(end, count)
            numbers = keys.copy()  # the table's own memory changes with the next trade
        if not bars:
            return None
        return Parted(Run(bars[:-1], numbers[:-1]), bars[-1], int(numbers[-1]))

    def _take(self, stop: int, end: int | None, count: int) -> list[Bar]:
        count = max(count, 0)
        bars = self._bars(max(stop - count, 0), stop)
        stated = self._stated
        if not stated:
            return bars
        own = (bar for bar in bars if bar.start not in stated)
        extra = (bar for bar in stated.values() if end is None or bar.start < end)
        merged = sorted(chain(extra, own))
        return merged[max(len(merged) - count, 0) :]

    def _stop_before(self, end: int) -> int:
        """How many bars of the table start before `end`."""
        return int(np.searchsorted(self._starts(self._table.rows), end))

    def _starts(self, rows: Integers) -> Integers:
        if isinstance(self.basis, TimeBasis):
            aligned: Integers = rows[KEY] * self.basis.interval
            return aligned
        # A late trade must not make a count bar start before the one it follows.
        starts: Integers = np.maximum.accumulate(rows[BEGAN])
        return starts

    def _start_of(self, index: int) -> int:
        """Start of one bar of the table."""
        if isinstance(self.basis, TimeBasis):
            return int(self._table.rows[KEY, index]) * self.basis.interval
        return int(self._table.rows[BEGAN, index])

    def _made(self, row: Sequence[int]) -> Bar:
        """One row of the table as a bar."""
        start, end = row[BEGAN], row[ENDED] + 1
        if isinstance(self.basis, TimeBasis):
            start = row[KEY] * self.basis.interval
            end = start + self.basis.interval
        buy, sell = row[BUY], row[SELL]
        prices = row[OPEN], row[HIGH], row[LOW], row[CLOSE]
        return Bar(start, end, *prices, buy + sell, buy, sell, row[TRADES])

    def _bars(self, begin: int, stop: int) -> list[Bar]:
        part = self._table.rows[:, begin:stop]
        starts, ends = part[BEGAN], part[ENDED] + 1
        if isinstance(self.basis, TimeBasis):
            starts = part[KEY] * self.basis.interval
            ends = starts + self.basis.interval
        volume = part[BUY] + part[SELL]
        columns = (starts, ends, *part[OPEN : CLOSE + 1], volume, *part[BUY:])
        return [Bar(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
