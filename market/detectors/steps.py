"""Steps: the book over time as one change of levels after another, with what traded in between.

They are read from the depth record of every 100 ms and from the trade log, when somebody asks.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from market.depth import FINE, DepthHistory
from market.depth_blocks import Block
from market.trades import TradeColumns, TradeLog

Integers = NDArray[np.int64]

PAST = 300 * 1_000_000_000
"""How much of the past is gone through when somebody asks for the first time, at most."""
LAG = FINE
"""A book states trades of the 100 ms before it, and stands in the column that ends after it."""
_NEAR = 2000
"""Ticks in which the next best price is looked for one by one."""
_BEYOND = (1 << 62) + 1

Sizes = dict[int, int]
"""Lots by key. A key is twice the price in ticks, plus one for an ask."""


class Step:
    """What became of the book by one boundary of the record."""

    __slots__ = ("ask", "before", "bid", "changed", "first", "sizes", "traded", "ts")

    def __init__(self, ts: int, sizes: Sizes, changed: Sizes, before: Sizes) -> None:
        self.ts = ts
        self.sizes = sizes
        """Every level as it stands; not to be kept, for it changes with the next step."""
        self.changed = changed
        """The levels that changed, with their sizes now, 0 for gone."""
        self.before = before
        """The sizes that these had before."""
        self.first = False
        """Whether nothing is known of before: what was followed must be forgotten."""
        self.traded: Sizes = {}
        """Lots traded against each level since the step before."""
        self.bid: int | None = None
        self.ask: int | None = None

    def best(self, key: int) -> int | None:
        """The best price of the side that a level is on."""
        return self.ask if key & 1 else self.bid


class Steps:
    """A reader of the record that goes on from where it was.

    It begins with the oldest whole book of the last five minutes. Times in which the book could not
    be believed are left out.
    """

    def __init__(self) -> None:
        self._sizes: Sizes = {}
        self._reached = 0
        self._cursor = 0
        self._known = False
        self._bid: int | None = None
        """The best bid's key, as the ask's below."""
        self._ask: int | None = None

    def read(self, depth: DepthHistory, log: TradeLog) -> Iterator[Step]:
        """The steps not read yet, oldest first."""
        tier = depth.finest
        if not tier.blocks or tier.reached <= self._reached:
            return
        if not self._reached:
            self._begin([block.start for block in tier.blocks], tier.reached, log)
        first = self._reached
        columns = (tier.reached - first) // FINE
        known = depth.known(FINE, tier.reached - FINE, columns).tolist()
        self._cursor = max(self._cursor, log.first)
        trades = _Trades(log.since(self._cursor), tier.reached - LAG)
        for block in list(tier.blocks):
            for step in self._read_block(block):
                step.traded = trades.up_to(step.ts - LAG)
                believed = known[(step.ts - first) // FINE - 1]
                step.first = not self._known
                self._known = believed
                if believed:
                    yield step
        self._reached = tier.reached
        self._cursor += trades.read

    def _begin(self, starts: list[int], reached: int, log: TradeLog) -> None:
        oldest = next((start for start in starts if start >= reached - PAST), starts[-1])
        self._reached = oldest - FINE
        trades = log.since(log.first)
        self._cursor = log.first + int(np.searchsorted(trades.ts, oldest - LAG))

    def _read_block(self, block: Block) -> Iterator[Step]:
        """The steps of one block that were not read yet."""
        if block.start > self._reached:
            before, levels = self._sizes, _levels(block, *block.keyframe)
            self._sizes = dict(zip(*levels, strict=True))
            changed = dict(self._sizes.items() - before.items())
            changed |= dict.fromkeys(before.keys() - self._sizes.keys(), 0)
            self._bid = max((key for key in self._sizes if not key & 1), default=None)
            self._ask = min((key for key in self._sizes if key & 1), default=None)
            if changed:
                yield self._step(block.start, changed, before)
        steps = list(block.steps(self._reached))
        if not steps:
            return
        # Turned into lists together, which costs a third of one by one.
        codes, lots = (np.concatenate([step[place] for step in steps]) for place in (1, 2))
        keys, differences = _levels(block, codes, lots)
        begin = 0
        for boundary, some, _ in steps:
            stop = begin + len(some)
            yield self._apply(boundary, keys[begin:stop], differences[begin:stop])
            begin = stop

    def _apply(self, ts: int, keys: list[int], differences: list[int]) -> Step:
        sizes, before, changed = self._sizes, Sizes(), Sizes()
        bid, ask = self._bid or -1, self._ask or _BEYOND
        for key, difference in zip(keys, differences, strict=True):
            before[key] = was = sizes.get(key, 0)
            changed[key] = now = was + difference
            if not now:
                sizes.pop(key, None)
                continue
            sizes[key] = now
            if key & 1:
                ask = min(ask, key)
            elif key > bid:
                bid = key
        self._bid = self._standing(bid, -2)
        self._ask = self._standing(ask, 2)
        return self._step(ts, changed, before)

    def _step(self, ts: int, changed: Sizes, before: Sizes) -> Step:
        step = Step(ts, self._sizes, changed, before)
        step.bid = None if self._bid is None else self._bid >> 1
        step.ask = None if self._ask is None else self._ask >> 1
        return step

    def _standing(self, key: int, away: int) -> int | None:
        """The best level of a side, looked for from one that was or is better than all."""
        sizes = self._sizes
        for near in range(key, key + _NEAR * away, away):
            if near in sizes:
                return near
        side = [other for other in sizes if other & 1 == (away > 0)]
        return (min if away > 0 else max)(side, default=None)


class _Trades:
    """New trades in their order of arrival, read up to one time after another."""

    def __init__(self, trades: TradeColumns, newest: int) -> None:
        self.read = 0
        late = np.flatnonzero(trades.ts >= newest)
        count = int(late[0]) if len(late) else len(trades.ts)
        self._ts, self._ticks, self._lots = (column[:count].tolist() for column in trades)

    def up_to(self, limit: int) -> Sizes:
        """Lots by the level traded against, until the first trade that is not before the limit."""
        traded, stop = Sizes(), self.read
        while stop < len(self._ts) and self._ts[stop] < limit:
            lots = self._lots[stop]
            key = 2 * self._ticks[stop] + (lots > 0)
            traded[key] = traded.get(key, 0) + abs(lots)
            stop += 1
        self.read = stop
        return traded


def _levels(block: Block, codes: Integers, lots: Integers) -> tuple[list[int], list[int]]:
    """Keys, and sizes or differences of them, on today's grids."""
    price, size = block.price_ratio, block.size_ratio
    wide = codes.astype(np.int64)
    ticks = ((wide >> 1) + block.base) * price.numerator // price.denominator
    amounts = lots.astype(np.int64) * size.numerator // size.denominator
    return (2 * ticks + (wide & 1)).tolist(), amounts.tolist()
