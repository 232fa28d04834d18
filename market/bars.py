"""Bars: open, high, low, close, volume and delta of a trade log, by time or by trade count."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.basis import Basis, TimeBasis
from market.columns import Columns, heads, ordered
from market.trades import TradeColumns, TradeLog

Integers = NDArray[np.int64]

BARS_KEPT = 10_000
"""Bars kept at most; the oldest are dropped."""

CHUNK = 1 << 16
"""Trades folded at once, which bounds the memory of a rebuild."""

# Rows of the table. FIRST and LAST order the trades inside a bar: event time, or sequence.
KEY, FIRST, LAST, BEGAN, ENDED, OPEN, HIGH, LOW, CLOSE, BUY, SELL, TRADES = range(12)


class Bar(NamedTuple):
    """One bar: prices in ticks, volumes in lots, `start` inclusive and `end` exclusive in ns.

    `split` is False where the venue states only the whole volume: then `buy` and `sell` are 0
    and say nothing. `trades` is 0 where the venue does not count them.
    """

    start: int
    end: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    buy: int
    sell: int
    trades: int
    split: bool = True

    @property
    def delta(self) -> int:
        """Buy minus sell aggressor volume (definitions.md 1)."""
        return self.buy - self.sell


class Bars:
    """Bars of one basis, brought up to date from a trade log and completed from klines.

    A time bar is `floor(ts / interval)`: a late trade goes to its own bar, where open and close
    are the first and last by event time and, at equal times, by arrival. Bars without a trade do
    not exist. A tick bar is `sequence // trades`, in order of arrival.
    """

    def __init__(self, basis: Basis) -> None:
        self.basis = basis
        self.seen_from: int | None = None
        """Event time of the first trade read: earlier bars, and the one around it, are partial."""
        self._cursor = 0
        self._generation = -1
        self._table = Columns(12)
        self._stated: dict[int, Bar] = {}
        self.stated_for: object = None
        self.late = 0
        """Counts the readings that changed a bar older than the newest."""

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._restart(log)
        while self._cursor < log.end:
            stop = min(self._cursor + CHUNK, log.end)
            self._fold(log.between(self._cursor, stop))
            self._cursor = stop
        excess = len(self._table) - BARS_KEPT
        if excess > 0:
            self._table.drop_head(excess)

    def state(self, bars: Sequence[Bar], made_of: object = None) -> None:
        """Show these bars, oldest first, instead of what the trades make of the same spans.

        `made_of` is kept in `stated_for`, to tell whether they would come out the same again.
        """
        self.stated_for = made_of
        self._stated = {bar.start: bar for bar in bars[-BARS_KEPT:]}

    def last(self, count: int) -> list[Bar]:
        """The newest `count` bars, oldest first; the last one is still forming."""
        return self._take(len(self._table), None, count)

    def before(self, end: int, count: int) -> list[Bar]:
        """The newest `count` bars that start before `end`, oldest first."""
        return self._take(self._stop_before(end), end, count)

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
        return int(self._starts(self._table.rows[:, -1:])[0]) if len(self._table) else None

    @property
    def made_from(self) -> int | None:
        """Start of the oldest bar that trades make, None where they make none."""
        return int(self._starts(self._table.rows[:, :1])[0]) if len(self._table) else None

    def seen(self, start: int) -> Bar | None:
        """The bar with this start as the trades make it."""
        index = self._stop_before(start)
        found = self._bars(index, index + 1)
        return found[0] if found and found[0].start == start else None

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
        self._table.clear()
        self._generation = log.generation
        self._cursor = log.first
        self.seen_from = None
        if not isinstance(self.basis, TimeBasis):
            # A count bar whose first trades are no longer held would be wrong: begin at the next.
            self._cursor += -log.first % self.basis.trades

    def _fold(self, trades: TradeColumns) -> None:
        ts, ticks, lots = trades
        if self.seen_from is None:
            self.seen_from = int(ts[0])
        if isinstance(self.basis, TimeBasis):
            order, key = ts, ts // self.basis.interval
        else:
            order = np.arange(self._cursor, self._cursor + len(ts))
            key = order // self.basis.trades
        if self._table.floor is not None:
            held = np.flatnonzero(key >= self._table.floor)
            key, order, ts, ticks, lots = (c[held] for c in (key, order, ts, ticks, lots))
        if not len(key):
            return
        buy = np.maximum(lots, 0)
        count = np.ones(len(ts), np.int64)
        fresh = _fold(
            (key, order, order, ts, ts, ticks, ticks, ticks, ticks, buy, buy - lots, count)
        )
        index = int(np.searchsorted(self._table.rows[KEY], fresh[KEY, 0]))
        tail = self._table.rows[:, index:]
        self.late += tail.shape[1] > 0 and int(fresh[KEY, 0] < tail[KEY, -1])
        if tail.shape[1]:
            fresh = _fold(tuple(np.concatenate((tail, fresh), axis=1)))
        self._table.replace_tail(index, fresh)

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

    def _bars(self, begin: int, stop: int) -> list[Bar]:
        part = self._table.rows[:, begin:stop]
        starts, ends = part[BEGAN], part[ENDED] + 1
        if isinstance(self.basis, TimeBasis):
            starts = part[KEY] * self.basis.interval
            ends = starts + self.basis.interval
        volume = part[BUY] + part[SELL]
        columns = (starts, ends, *part[OPEN : CLOSE + 1], volume, *part[BUY:])
        return [Bar(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _fold(columns: Sequence[Integers]) -> Integers:
    """Merge the rows of equal key into one row each, sorted by key."""
    first = ordered((columns[KEY], columns[FIRST]))
    last = first if columns[FIRST] is columns[LAST] else ordered((columns[KEY], columns[LAST]))
    by_first = [column if first is None else column[first] for column in columns]
    at = heads((by_first[KEY],))
    ends = np.append(at[1:], len(by_first[KEY])) - 1
    rows = np.empty((len(columns), len(at)), np.int64)
    rows[KEY] = by_first[KEY][at]
    rows[OPEN] = by_first[OPEN][at]
    rows[CLOSE] = (columns[CLOSE] if last is None else columns[CLOSE][last])[ends]
    for row in (FIRST, BEGAN, LOW):
        rows[row] = np.minimum.reduceat(by_first[row], at)
    for row in (LAST, ENDED, HIGH):
        rows[row] = np.maximum.reduceat(by_first[row], at)
    for row in (BUY, SELL, TRADES):
        rows[row] = np.add.reduceat(by_first[row], at)
    return rows
