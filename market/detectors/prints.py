"""Prints: sweeps and large lots, told from the trade log alone."""

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from market.detectors.found import LargeLot, PrintRules, Sweep
from market.detectors.store import Store
from market.orders import Orders, orders
from market.trades import TradeColumns, TradeLog

Integers = NDArray[np.int64]
Found = TypeVar("Found")
Take: TypeAlias = Callable[[TradeColumns, bool], tuple[int, list[Found]]]
"""Takes trades and whether they are the newest; how many it judged, and what it found in them."""

LATEST = 2048
"""Orders among which sizes are ranked."""
STEP = 128
"""The rank is found anew after so many orders, from twice as many on."""
LONGEST = 4096
"""Trades of one side in a row after which a run is taken to begin anew."""
CHUNK = 1 << 15
"""Trades that a detector is shown at a time, which cost it some 20 ms."""


class LargeLots:
    """Orders above the 99th percentile of the latest ones, or a size given (definitions.md 13).

    An order is what prints in a row of one side and one exchange time add up to; it is known to be
    complete when another follows. The percentile is the nearest rank among the last 2048 orders,
    found anew after every 128, and an order has to be above it.
    """

    def __init__(self, rules: PrintRules) -> None:
        self._rules = rules
        self._latest = np.zeros(LATEST, np.int64)
        self._count = 0
        self._threshold: int | None = None

    def take(self, trades: TradeColumns, newest: bool) -> tuple[int, list[LargeLot]]:
        """How many of these trades made complete orders, and those of them that are large."""
        found = Orders(*(column[::-1] for column in orders(trades, True)))
        if len(found.ts) < 2:
            return 0, []
        complete = Orders(*(column[:-1] for column in found))
        large: list[LargeLot] = []
        begin = 0
        while begin < len(complete.ts):
            stop = min(len(complete.ts), begin + STEP - self._count % STEP)
            large += self._judge(Orders(*(column[begin:stop] for column in complete)))
            begin = stop
        return int(complete.prints.sum()), large

    def _judge(self, some: Orders) -> Iterator[LargeLot]:
        """Those of a few orders that are large, all measured by what came before them."""
        sizes = np.abs(some.lots)
        threshold, rules = self._threshold, self._rules
        if rules.large is not None:
            threshold = rules.large
            large = sizes >= threshold
        elif rules.notional is not None:
            threshold = 0
            large = sizes * some.ticks >= rules.notional
        else:
            large = sizes > (0 if threshold is None else threshold)
        places = [] if threshold is None else np.flatnonzero(large).tolist()
        self._remember(sizes)
        for place in places:
            columns = some.ts, some.ticks, some.lots, some.prints, some.value
            ts, ticks, lots, prints, value = (int(column[place]) for column in columns)
            yield LargeLot(ts, ts, ticks, lots, prints, threshold or 0, value)

    def _remember(self, sizes: Integers) -> None:
        self._latest[(self._count + np.arange(len(sizes))) % LATEST] = sizes
        self._count += len(sizes)
        if self._count % STEP == 0 and self._count >= 2 * STEP:
            held = min(self._count, LATEST)
            rank = max(0, -int(-self._rules.percentile * held // 100) - 1)
            rank = min(rank, held - 1)
            self._threshold = int(np.partition(self._latest[:held], rank)[rank])


class Sweeps:
    """One side taking from at least so many prices within 100 ms (definitions.md 12).

    Looked for in runs of prints of one side, each at most 100 ms after the one before. A run is
    known to be complete when a print follows that is not of it.
    """

    def __init__(self, rules: PrintRules) -> None:
        self._rules = rules

    def take(self, trades: TradeColumns, now: int | None) -> tuple[int, list[Sweep]]:
        """How many of these trades made complete runs, and the sweeps in them.

        After the newest of all trades, time alone ends a run: it is None where others follow.
        """
        edges = self._edges(trades)
        if not len(edges):
            return 0, []
        count = len(trades.ts)
        over = now is not None and now > int(trades.ts[-1]) + self._rules.sweep_span
        ends = np.append(edges[1:], count)
        if not over:
            edges, ends = edges[:-1], ends[:-1]
        if not len(edges):
            return 0, []
        last, least = int(ends[-1]), self._rules.levels
        # So many prices need so many changes of it, which most runs have not.
        moves = np.zeros(last, np.int64)
        moves[1:] = trades.ticks[1:last] != trades.ticks[: last - 1]
        moves[edges] = 1
        sweeps: list[Sweep] = []
        for place in np.flatnonzero(np.add.reduceat(moves, edges) >= least).tolist():
            run = slice(int(edges[place]), int(ends[place]))
            sweeps += self._sweeps(*(column[run].tolist() for column in trades))
        return last, sweeps

    def _edges(self, trades: TradeColumns) -> Integers:
        """Where each run begins."""
        ts, _, lots = trades
        begins = np.ones(len(ts), np.bool_)
        gaps = np.diff(ts)
        begins[1:] = (gaps < 0) | (gaps > self._rules.sweep_span)
        begins[1:] |= (lots[1:] > 0) != (lots[:-1] > 0)
        edges = np.flatnonzero(begins)
        if len(edges) and (long := np.diff(np.append(edges, len(ts))) > LONGEST).any():
            cut = [
                np.arange(edge, edge + length, LONGEST)
                for edge, length in zip(
                    edges[long], np.diff(np.append(edges, len(ts)))[long], strict=True
                )
            ]
            edges = np.unique(np.concatenate((edges, *cut)))
        return edges

    def _sweeps(self, ts: list[int], ticks: list[int], lots: list[int]) -> Iterator[Sweep]:
        begin = stop = 0
        held: dict[int, int] = {}
        """How many of the prints from `begin` up to `stop` are at each price."""
        while begin < len(ts):
            while stop < len(ts) and ts[stop] - ts[begin] <= self._rules.sweep_span:
                held[ticks[stop]] = held.get(ticks[stop], 0) + 1
                stop += 1
            levels = len(held)
            if levels < self._rules.levels:
                _drop(held, ticks[begin])
                begin += 1
                continue
            # What was taken at its prices before and after is not of it.
            while held[ticks[begin]] > 1:
                _drop(held, ticks[begin])
                begin += 1
            end = stop
            while held[ticks[end - 1]] > 1:
                end -= 1
                _drop(held, ticks[end])
            taken = sum(lots[begin:end])
            reached = (max if taken > 0 else min)(ticks[begin:end])
            value = sum(map(int.__mul__, ticks[begin:end], lots[begin:end]))
            yield Sweep(ts[end - 1], ts[begin], reached, taken, ticks[begin], levels, value)
            begin = stop
            held.clear()


def _drop(held: dict[int, int], price: int) -> None:
    held[price] -= 1
    if not held[price]:
        del held[price]


class PrintReader:
    """A place in the trade log from which one detector goes on."""

    def __init__(self) -> None:
        self._cursor = 0
        self.unread = 0
        """Trades that were not shown yet, where they are shown in steps."""

    def read(self, log: TradeLog, take: Take[Found], store: Store[Found], stepwise: bool) -> None:
        """Show a detector the trades that it has not judged yet, and keep what it finds.

        Stepwise it is shown one chunk of them, and the next when this is called again.
        """
        while True:
            self._cursor = max(self._cursor, log.first)
            trades = log.between(self._cursor, self._cursor + CHUNK)
            self.unread = log.end - self._cursor - len(trades.ts)
            judged, found = take(trades, not self.unread) if len(trades.ts) else (0, [])
            for one in found:
                store.put(one)
            full = len(trades.ts) == CHUNK
            # Nothing is that long: a feed without times must not be waited for.
            self._cursor += judged or CHUNK * full
            if stepwise or not full:
                return
