"""Pulling and stacking: how much was added to and taken from every level but by trades.

Between two looks at a level net = (Q_now - Q_before) + T, where Q is the size that rests there
and T what was traded against it meanwhile; what is above zero was stacked, what is below was
pulled (definitions.md 14). The book is looked at where the depth history has it, every 100 ms.
A look shows the book as its last message left it, so T ends at the time of that message. No
difference is taken across a time in which the book could not be believed.

Nothing is counted before somebody asks, and then from where counting stopped last.
"""

from bisect import bisect_left
from collections.abc import Hashable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.depth import FINE, FINE_SPAN, DepthHistory
from market.depth_blocks import Block
from market.recent import Recent
from market.traded import Rows
from market.trades import TradeLog
from market.worth import values

Integers = NDArray[np.int64]

LAG = 5 * FINE
"""Trades that come later than this after the book's message are not waited for, ns."""
CAPACITY = 1 << 20
"""Differences kept at most: 24 bytes each, 25 MB. The oldest quarter is dropped when full."""
WINDOWS_KEPT = 8
_FIRST_ROOM = 1 << 10
_ROOM = 1 << 62
"""Products below this fit whole numbers of 64 bits."""
_UNSORTED = 5_000_000_000
"""Trades of other times than their neighbours' are looked for this far away, ns."""


class Nets(NamedTuple):
    """Differences that no trade explains, as parallel columns, oldest first."""

    ts: Integers
    """The boundary by which it happened."""
    codes: Integers
    """Twice the price in ticks, plus one for an ask."""
    lots: Integers
    """Above zero stacked, below pulled; never zero."""


class NetLog:
    """The differences of one depth history, read on from where reading stopped."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.first = 0
        """Number of the oldest difference still held."""
        self.begun = 0
        """From this boundary on nothing is missing, ns."""
        self.editions = 0
        """How often everything was read anew."""
        self._from = 0
        """The earliest boundary that was ever asked for."""
        self._source: tuple[int, int] | None = None
        self._clear(0)

    @property
    def end(self) -> int:
        """One past the number of the newest difference."""
        return self.first + self._length

    def between(self, start: int, stop: int) -> Nets:
        """The differences numbered `start` up to but not including `stop`."""
        begin = max(start - self.first, 0)
        part = slice(begin, max(begin, min(stop - self.first, self._length)))
        return Nets(*(column[part] for column in self._room))

    def numbers(self, start: int, stop: int) -> tuple[int, int]:
        """The numbers of the differences later than `start` up to `stop`, times in ns."""
        ts = self._room.ts[: self._length]
        begin, end = ts.searchsorted((start, stop), side="right").tolist()
        return self.first + begin, self.first + end

    def read(self, depth: DepthHistory, log: TradeLog, start: int) -> None:
        """Read what is on record since `start`, or since the last time."""
        blocks = list(depth.finest.blocks)
        if not blocks:
            return
        start = max(start, blocks[0].start)
        source = (depth.rescales, log.generation)
        # What was dropped for want of room is not read again at every look.
        if self._source != source or start < self._from or self._block not in blocks:
            self._source = source
            self._clear(start)
        looks, moves = self._moves(blocks, depth.reached(FINE) - LAG)
        if len(looks) > 1:
            self._add(_nets(depth, log, looks, moves))

    def _clear(self, start: int) -> None:
        self.first, self.begun, self._from = 0, start, start
        self.editions += 1
        self._block: Block | None = None
        self._seen = 0
        """The last boundary that was read."""
        self._looked = 0
        """The last boundary at which the book was not as at the look before."""
        self._length = 0
        self._room = _room(_FIRST_ROOM)

    def _moves(self, blocks: list[Block], reached: int) -> tuple[list[int], list["_Moves"]]:
        """The boundaries of the looks not taken yet, after that of the last; and what moved."""
        if self._block is None:
            place = bisect_left([block.start for block in blocks], self.begun + 1) - 1
            self._block = blocks[max(0, place)]
            self._seen = self._looked = self._block.start
        looks, moves = [self._looked], list[_Moves]()
        for block in blocks[blocks.index(self._block) :]:
            if block is not self._block:
                if block.start > reached:
                    break
                codes, lots = _between(self._block, block)
                self._block, self._seen = block, block.start
                if len(codes):
                    looks.append(block.start)
                    moves.append(_Moves([len(codes)], codes, lots))
            steps = [step for step in block.steps(self._seen) if step[0] <= reached]
            if steps:
                looks += [boundary for boundary, _, _ in steps]
                counts = [len(codes) for _, codes, _ in steps]
                codes = np.concatenate([codes for _, codes, _ in steps])
                lots = np.concatenate([lots for _, _, lots in steps])
                moves.append(_Moves(counts, *_restated(block, codes, lots)))
                self._seen = looks[-1]
        self._looked = looks[-1]
        return looks, moves

    def _add(self, fresh: Nets) -> None:
        fresh = Nets(*(column[fresh.ts > self.begun] for column in fresh))
        count = len(fresh.ts)
        if self._length + count > len(self._room.ts):
            self._make_room(count)
        for column, new in zip(self._room, fresh, strict=True):
            column[self._length : self._length + count] = new
        self._length += count

    def _make_room(self, count: int) -> None:
        """Grow for so many more, or drop the oldest quarter."""
        before, dropped = self._room, 0
        if self._length + count > self.capacity:
            dropped = min(
                self._length, max(self.capacity // 4, self._length + count - self.capacity)
            )
        if dropped:
            self.begun = int(before.ts[dropped - 1])
            self.first += dropped
        kept = self._length - dropped
        self._room = _room(max(count + kept, min(self.capacity, 2 * (count + kept))))
        for column, old in zip(self._room, before, strict=True):
            column[:kept] = old[dropped : self._length]
        self._length = kept


def _room(count: int) -> Nets:
    """Room for so many differences."""
    return Nets(*(np.empty(count, np.int64) for _ in Nets._fields))


class _Moves(NamedTuple):
    """What rests at levels differently than before, at so many levels for each of some looks."""

    counts: list[int]
    codes: Integers
    lots: Integers


class Pulled:
    """Lots by side and row over a stretch of differences; the arrays are not to be written to."""

    def __init__(self, rows: Rows, worth: int = 0) -> None:
        """With `worth` sums are of values in such units (`market/worth.py`)."""
        self._rows, self._worth = rows, worth
        self._edition = 0
        self._start = self._stop = 0
        self._clear()

    def move(self, log: NetLog, start: int, stop: int) -> None:
        """Sum up the differences numbered `start` up to but not including `stop`."""
        onward = log.first <= self._start <= start <= self._stop <= stop
        if onward and self._edition == log.editions:
            self._add(log.between(self._start, start), -1)
            self._add(log.between(self._stop, stop), 1)
        else:
            self._clear()
            self._add(log.between(start, stop), 1)
        self._start, self._stop, self._edition = start, stop, log.editions

    def _clear(self) -> None:
        sums = np.zeros((2, 2, self._rows.length), np.int64)
        self.stacked, self.pulled = sums
        """[bids and asks, row], row 0 the lowest."""
        self._flat = sums.ravel()

    def _add(self, nets: Nets, sign: int) -> None:
        _, codes, lots = nets
        if not len(lots):
            return
        group, bottom, length = self._rows
        index = (codes >> 1) // group - bottom
        inside = np.flatnonzero((index >= 0) & (index < length))
        place = index[inside] + length * (codes[inside] & 1)
        lots = lots[inside]
        if self._worth:
            lots = values(codes[inside] >> 1, lots, self._worth)
        np.add.at(self._flat, place + 2 * length * (lots < 0), np.abs(lots) * sign)


def pulled(
    depth: DepthHistory,
    log: TradeLog,
    kind: Hashable,
    start: int,
    stop: int,
    rows: Rows,
    worth: int = 0,
) -> Pulled:
    """What was stacked and pulled later than `start` up to `stop`, ns, as far as on record.

    `kind` tells windows apart that move on independently. The last half second is left out,
    since its trades may be still to come. With `worth` it is what that was worth.
    """
    kept = _KEPT.get(depth)
    if kept is None:
        kept = _KEPT[depth] = _Kept(NetLog(), Recent(WINDOWS_KEPT))
    start = max(start, depth.reached(FINE) - FINE_SPAN)
    kept.log.read(depth, log, start)
    found = kept.windows.get((kind, rows, worth), lambda: Pulled(rows, worth))
    found.move(kept.log, *kept.log.numbers(start, stop))
    return found


class _Kept(NamedTuple):
    """What is counted of one depth history."""

    log: NetLog
    windows: Recent[tuple[Hashable, Rows, int], Pulled]


_KEPT: WeakKeyDictionary[DepthHistory, _Kept] = WeakKeyDictionary()


def _nets(depth: DepthHistory, log: TradeLog, looks: list[int], moves: list[_Moves]) -> Nets:
    """Differences plus trades, by look and level; not across times that were not believed."""
    boundaries = np.array(looks, np.int64)
    stated = depth.stated(boundaries)
    counts = [count for move in moves for count in move.counts]
    number = np.repeat(np.arange(1, len(looks)), counts)
    traded_in, traded_at, traded_lots = _against(log, stated)
    numbers = np.concatenate((number, traded_in))
    codes = np.concatenate((*(move.codes for move in moves), traded_at))
    lots = np.concatenate((*(move.lots for move in moves), traded_lots))
    good = np.append(False, depth.unbroken(boundaries[:-1], boundaries[1:]))[numbers]
    numbers, codes, lots = _summed(numbers[good], codes[good], lots[good])
    return Nets(boundaries[numbers], codes, lots)


def _against(log: TradeLog, stated: Integers) -> tuple[Integers, Integers, Integers]:
    """Of each trade by which look it shows, the level it took from, and how much it took."""
    trades = log.since(log.first)
    around = (int(stated[0]) - _UNSORTED, int(stated[-1]) + _UNSORTED)
    begin, stop = trades.ts.searchsorted(around).tolist()
    ts, ticks, lots = (column[begin:stop] for column in trades)
    number = stated.searchsorted(ts)
    inside = np.flatnonzero((number > 0) & (number < len(stated)))
    lots = lots[inside]
    # Who sells takes from the bids, who buys from the asks.
    return number[inside], ticks[inside] * 2 + (lots > 0), np.abs(lots)


def _summed(numbers: Integers, codes: Integers, lots: Integers) -> tuple[Integers, ...]:
    """Sums by number and code that are not zero, in this order."""
    if not len(lots):
        return numbers, codes, lots
    low, last = int(codes.min()), int(numbers.max())
    span = int(codes.max()) - low + 1
    if span * (last + 1) < _ROOM:
        # One key sorts in a third of the time of two.
        order = np.argsort(numbers * span + (codes - low), kind="stable")
    else:
        order = np.lexsort((codes, numbers))
    numbers, codes, lots = numbers[order], codes[order], lots[order]
    new = np.append(True, (numbers[1:] != numbers[:-1]) | (codes[1:] != codes[:-1]))
    places = np.flatnonzero(new)
    sums = np.add.reduceat(lots, places)
    kept = sums != 0
    return numbers[places][kept], codes[places][kept], sums[kept]


def _between(before: Block, after: Block) -> tuple[Integers, Integers]:
    """What differs between the end of one block and the beginning of the next."""
    steps = list(before.steps(0))
    codes = np.concatenate((before.keyframe[0], *(codes for _, codes, _ in steps)))
    lots = np.concatenate((before.keyframe[1], *(lots for _, _, lots in steps)))
    ended, stood = _restated(before, codes, lots)
    begun, stands = _restated(after, *after.keyframe)
    codes, lots = np.concatenate((ended, begun)), np.concatenate((-stood, stands))
    _, codes, lots = _summed(np.zeros(len(codes), np.int64), codes, lots)
    return codes, lots


def _restated(block: Block, codes: Integers, lots: Integers) -> tuple[Integers, Integers]:
    """Changes of a block on today's grids, coded by price instead of by the block's base."""
    price, size = block.price_ratio, block.size_ratio
    chosen = codes.astype(np.int64)
    ticks = ((chosen >> 1) + block.base) * price.numerator // price.denominator
    return 2 * ticks + (chosen & 1), lots.astype(np.int64) * size.numerator // size.denominator
