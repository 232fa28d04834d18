"""TradeLog: the base record of trades, from which every aggregate is made and remade.

Three columns of integers: event time in ns, price in ticks, size in lots with the aggressor's
sign (buy positive, sell negative). Every trade has an absolute sequence number that never
changes; aggregates keep the number they have read up to and pull what is new.
"""

from array import array
from fractions import Fraction
from typing import NamedTuple
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from market.events import Side
from market.grid import can_restate, restated
from market.instrument import Instrument
from market.units import Units
from market.worth import values

Integers = NDArray[np.int64]

CAPACITY = 1 << 20
"""Trades kept at most: 24 bytes each, 25 MB in all. The oldest quarter is dropped when full."""

_FIRST_ROOM = 1 << 12


class TradeColumns(NamedTuple):
    """Trades as parallel columns, oldest first; views of the log, not to be written to."""

    ts: Integers
    ticks: Integers
    lots: Integers

    def valued(self, worth: int) -> "TradeColumns":
        """These trades with what each was worth, see `market/worth.py`, in place of its size.

        As they are where `worth` is 0.
        """
        return self._replace(lots=values(self.ticks, self.lots, worth)) if worth else self


class TradePoint(NamedTuple):
    """One trade in ticks and signed lots (buy positive)."""

    ts: int
    ticks: int
    lots: int

    @property
    def side(self) -> Side:
        """The aggressor's side."""
        return Side.BUY if self.lots > 0 else Side.SELL


class TradeLog:
    """The trades of one instrument in the order of their arrival, bounded to `capacity`.

    `generation` counts the times that everything kept was rescaled, or older trades were put in
    front: an aggregate that remembers another generation than the log's must start over from
    `first`.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity < 4:
            raise ValueError("a trade log holds at least 4 trades")
        self.capacity = capacity
        self.generation = 0
        self.first = 0
        """Sequence number of the oldest trade still held."""
        self._length = 0
        self._use(_Memory(min(_FIRST_ROOM, capacity)))

    @property
    def end(self) -> int:
        """One past the sequence number of the newest trade; trades ever appended."""
        return self.first + self._length

    def __len__(self) -> int:
        return self._length

    def append(self, ts: int, ticks: int, lots: int) -> None:
        """Record a trade; `lots` is negative when the seller was the aggressor."""
        index = self._length
        if index == self._room:
            self._make_room()
            index = self._length
        self._ts[index] = ts
        self._ticks[index] = ticks
        self._lots[index] = lots
        self._length = index + 1

    def since(self, sequence: int) -> TradeColumns:
        """Trades with that number and newer, from `first` on where it has been dropped."""
        begin = max(sequence - self.first, 0)
        return self._slice(begin, self._length)

    def between(self, start: int, stop: int) -> TradeColumns:
        """Trades numbered `start` up to but not including `stop`, as far as they are held."""
        begin = max(start - self.first, 0)
        return self._slice(begin, max(begin, min(stop - self.first, self._length)))

    def last(self, count: int) -> TradeColumns:
        """The newest `count` trades, oldest first."""
        return self._slice(max(self._length - max(count, 0), 0), self._length)

    def newest(self) -> TradePoint | None:
        """The trade that arrived last."""
        index = self._length - 1
        if index < 0:
            return None
        return TradePoint(self._ts[index], self._ticks[index], self._lots[index])

    def precede(self, earlier: TradeColumns) -> None:
        """Put trades that arrived before all these in front, the newest of them if room is short.

        All are numbered anew from `first` on.
        """
        count = min(len(earlier.ts), self.capacity - self._length)
        held, room = self.last(self._length), self._room
        while room < count + self._length:
            room = min(2 * room, self.capacity)
        self._use(_Memory(room))
        for view, new, old in zip(self._views, earlier, held, strict=True):
            view[:count] = new[len(new) - count :]
            view[count : count + self._length] = old
        self._length += count
        self.generation += 1

    def rescale(self, price_ratio: Fraction | int, size_ratio: Fraction | int) -> None:
        """Restate every trade on other grids: new ticks per old tick, new lots per old lot.

        The caller sees to it that the results are whole (`divides`).
        """
        columns = self.last(self._length)
        columns.ticks[:] = restated(columns.ticks, Fraction(price_ratio))
        columns.lots[:] = restated(columns.lots, Fraction(size_ratio))
        self.generation += 1

    def revalue(self, units: Units, instrument: Instrument) -> None:
        """Restate every trade, kept in an instrument's lots of contracts, in lots of base."""
        columns = self.last(self._length)
        columns.lots[:] = units.lots(instrument, columns.ticks, columns.lots)
        self.generation += 1

    def divides(self, price_ratio: Fraction, size_ratio: Fraction) -> bool:
        """Whether every trade falls on whole ticks and lots of the rescaled grids."""
        columns = self.last(self._length)
        return can_restate(columns.ticks, price_ratio) and can_restate(columns.lots, size_ratio)

    def _slice(self, begin: int, stop: int) -> TradeColumns:
        ts, ticks, lots = self._views
        return TradeColumns(ts[begin:stop], ticks[begin:stop], lots[begin:stop])

    def _make_room(self) -> None:
        """Grow, or drop the oldest quarter; views handed out earlier keep the old memory."""
        full, before = self._room >= self.capacity, self._memory
        kept = slice(self.capacity // 4 if full else 0, self._length)
        del self._views
        # What nobody looks at moves within its memory: another one each time would leave holes in
        # the heap as large as the log is.
        stays = full and not before.lent
        self._use(before if stays else _Memory(min(self._room * 2, self.capacity)))
        self.first += kept.start
        self._length -= kept.start
        for view, column in zip(self._views, before.columns, strict=True):
            view[: self._length] = np.frombuffer(column, np.int64)[kept]

    def _use(self, memory: "_Memory") -> None:
        self._memory, self._room = memory, len(memory.columns[0])
        self._ts, self._ticks, self._lots = memory.columns
        self._views = memory.lend()


class _Memory:
    """Room for so many trades, and whether anybody still looks at it."""

    __slots__ = ("_lent", "columns")

    def __init__(self, room: int) -> None:
        # Scalar stores into array.array cost half of numpy's; numpy reads the same memory.
        self.columns = tuple(array("q", [0]) * room for _ in TradeColumns._fields)
        self._lent: list[ref[Integers]] = []

    @property
    def lent(self) -> bool:
        """Whether a view of it is held."""
        return any(view() is not None for view in self._lent)

    def lend(self) -> TradeColumns:
        """Views of all of it; what is cut from them counts as well."""
        views = TradeColumns(*(np.frombuffer(column, np.int64) for column in self.columns))
        self._lent = [ref(view) for view in views]
        return views
