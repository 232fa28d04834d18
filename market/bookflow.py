"""BookFlow: what the book did in each interval, read from the depth history only when asked.

The book is looked at as it stood at every boundary of 100 ms that `DepthHistory` records, so
nobody pays for it message by message, and a market's past can be measured as well as its present.
Order flow imbalance is therefore that of the best quotes 100 ms apart: what came and went between
two boundaries is not seen. Most venues state their books at that pace or slower.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.depth import FINE, DepthHistory
from market.depth_blocks import Block
from market.worth import values

Integers = NDArray[np.int64]

KEPT = 4096
"""Intervals kept at most, some 400 bytes each; the oldest go first."""


class Touch(NamedTuple):
    """Best bid and ask in ticks and the lots standing there."""

    bid: int
    bid_lots: int
    ask: int
    ask_lots: int


class BookInterval(NamedTuple):
    """One interval, and the book at its end; sums in lots."""

    number: int
    """How many intervals fit between the epoch and its start."""
    touch: Touch | None
    """None where a side is empty or the sides cross."""
    near: tuple[int, int]
    """Lots of the best `levels` bids and asks."""
    within: tuple[int, int]
    """Lots of bids and asks not further than `bps` from the middle."""
    ofi: int
    """Order flow imbalance, lots (definitions.md 17)."""
    near_worth: tuple[int, int] = (0, 0)
    """What is `near` is worth level by level, where that is asked for (`market/worth.py`)."""
    within_worth: tuple[int, int] = (0, 0)


def flow_of(before: Touch | None, after: Touch | None) -> int:
    """The order flow e_n between two states of the best quotes, in lots.

    e = 1{Pb >= Pb'} qb - 1{Pb <= Pb'} qb' - 1{Pa <= Pa'} qa + 1{Pa >= Pa'} qa', primes standing
    for the state before (Cont, Kukanov, Stoikov 2014, arXiv:1011.6402; definitions.md 17).
    """
    if before is None or after is None:
        return 0
    flow = 0
    if after.bid >= before.bid:
        flow += after.bid_lots
    if after.bid <= before.bid:
        flow -= before.bid_lots
    if after.ask <= before.ask:
        flow -= after.ask_lots
    if after.ask >= before.ask:
        flow += before.ask_lots
    return flow


def band(middle_twice: int, bps: Fraction) -> tuple[int, int]:
    """The lowest and highest price in ticks not further than `bps` from a middle price."""
    whole, part = 20_000 * bps.denominator, bps.numerator
    low = -(-middle_twice * (10_000 * bps.denominator - part) // whole)
    return low, middle_twice * (10_000 * bps.denominator + part) // whole


class BookFlow:
    """Intervals of one length, read from where reading stopped last.

    The first interval read has no known beginning, so its `ofi` counts from the book at its start.
    """

    def __init__(self, interval: int, levels: int, bps: Fraction, worth: int = 0) -> None:
        """With `worth` sums are also told as values in such units."""
        if interval < FINE or interval % FINE:
            raise ValueError("an interval is a multiple of 100 ms")
        self.interval, self.levels, self.bps, self._worth = interval, levels, bps, worth
        self._source: tuple[DepthHistory, int] | None = None
        self._from = 0
        """Number of the first interval wanted."""
        self._clear()

    def read(self, depth: DepthHistory, first: int, stop: int) -> list[BookInterval]:
        """The closed intervals numbered `first` up to but not including `stop`, as far as kept.

        What the book could not be believed in is in them too: `DepthHistory.unbroken` tells.
        """
        source = (depth, depth.rescales)
        blocks = list(depth.finest.blocks)
        if not blocks:
            return []
        first = max(first, -(-blocks[0].start // self.interval), stop - KEPT)
        if self._source is None or self._source != source or first < self._from:
            self._source = source
            self._clear()
            self._from = first
        self._follow(blocks, depth.reached(FINE))
        begin = bisect_left(self._rows, (first,))
        return self._rows[begin : bisect_left(self._rows, (stop,))]

    def _clear(self) -> None:
        self._rows: list[BookInterval] = []
        self._from = 0
        self._block: Block | None = None
        self._seen = 0
        """The last boundary whose changes were taken."""
        self._bids, self._asks = _Side(), _Side()
        self._touch: Touch | None = None
        self._flow = 0
        self._open = 0
        """Number of the interval whose changes are being added up."""

    def _follow(self, blocks: list[Block], reached: int) -> None:
        """Go through what was recorded since the last time."""
        for block in self._due(blocks):
            if block is not self._block:
                self._load(block)
            for boundary, codes, lots in block.steps(self._seen):
                self._close_before(boundary)
                self._change(block, codes, lots)
                self._see()
                self._seen = boundary
        if self._block is not None:
            self._close_before(reached + 1)

    def _due(self, blocks: list[Block]) -> list[Block]:
        """The blocks from the one being read on, or from the one in which reading is to begin."""
        if self._block is not None and self._block in blocks:
            return blocks[blocks.index(self._block) :]
        self._block = None
        starts = [block.start for block in blocks]
        return blocks[max(0, bisect_left(starts, self._from * self.interval + 1) - 1) :]

    def _load(self, block: Block) -> None:
        """Take the book as it stood at the beginning of a block."""
        if self._block is None:
            self._rows.clear()
            self._open, self._flow, self._touch = block.start // self.interval, 0, None
            self._from = max(self._from, -(-block.start // self.interval))
        else:
            self._close_before(block.start)
        self._block, self._seen = block, block.start
        self._bids, self._asks = _Side(), _Side()
        self._change(block, *block.keyframe)
        self._see()

    def _close_before(self, boundary: int) -> None:
        """Close the intervals that end before a boundary: the book has stood as it is since."""
        stop = (boundary - 1) // self.interval
        if stop - self._open > KEPT:
            self._open, self._flow = stop - KEPT, 0
        while self._open < stop:
            if self._open >= self._from:
                self._rows.append(self._closed())
            self._flow = 0
            self._open += 1
        if len(self._rows) > 2 * KEPT:
            del self._rows[:-KEPT]
            self._from = self._rows[0].number

    def _closed(self) -> BookInterval:
        touch = self._touch
        if touch is None:
            return BookInterval(self._open, None, (0, 0), (0, 0), self._flow)
        low, high = band(touch.bid + touch.ask, self.bps)
        bids, asks = self._bids.prices, self._asks.prices
        near = bids[-self.levels :], asks[: self.levels]
        within = bids[bisect_left(bids, low) :], asks[: bisect_left(asks, high + 1)]
        sums = self._sums(near), self._sums(within)
        if not self._worth:
            return BookInterval(self._open, touch, *sums, self._flow)
        return BookInterval(
            self._open, touch, *sums, self._flow, *map(self._values, (near, within))
        )

    def _sums(self, prices: tuple[list[int], list[int]]) -> tuple[int, int]:
        """Lots of bids and asks at some prices."""
        return self._bids.sum(prices[0]), self._asks.sum(prices[1])

    def _values(self, prices: tuple[list[int], list[int]]) -> tuple[int, int]:
        """What these are worth."""
        bids, asks = (
            side.value(some, self._worth)
            for side, some in zip((self._bids, self._asks), prices, strict=True)
        )
        return bids, asks

    def _change(self, block: Block, codes: Integers, lots: Integers) -> None:
        """Apply changes, stated on the grids of when they were recorded."""
        chosen, changed = codes.astype(np.int64), lots.astype(np.int64)
        price, size = block.price_ratio, block.size_ratio
        ticks = ((chosen >> 1) + block.base) * price.numerator // price.denominator
        changed = changed * size.numerator // size.denominator
        asks = chosen & 1 > 0
        self._bids.add(zip(ticks[~asks].tolist(), changed[~asks].tolist(), strict=True))
        self._asks.add(zip(ticks[asks].tolist(), changed[asks].tolist(), strict=True))

    def _see(self) -> None:
        """Look at the best quotes, and add what they did to the interval."""
        after = None
        if self._bids.prices and self._asks.prices:
            bid, ask = self._bids.prices[-1], self._asks.prices[0]
            if bid < ask:
                after = Touch(bid, self._bids.lots[bid], ask, self._asks.lots[ask])
        self._flow += flow_of(self._touch, after)
        self._touch = after


class _Side:
    """The levels of one side, their prices in order."""

    def __init__(self) -> None:
        self.lots: dict[int, int] = {}
        self.prices: list[int] = []

    def add(self, changes: Iterable[tuple[int, int]]) -> None:
        """Change levels by so many lots."""
        lots, prices = self.lots, self.prices
        for ticks, change in changes:
            before = lots.get(ticks, 0)
            if before + change:
                if not before:
                    insort(prices, ticks)
                lots[ticks] = before + change
            elif before:
                del lots[ticks]
                del prices[bisect_left(prices, ticks)]

    def sum(self, prices: Iterable[int]) -> int:
        """Lots at some prices that are there."""
        return sum(map(self.lots.__getitem__, prices))

    def value(self, prices: Sequence[int], worth: int) -> int:
        """What stands at some prices is worth."""
        lots = np.array([self.lots[ticks] for ticks in prices], np.int64)
        return int(values(np.array(prices, np.int64), lots, worth).sum())
