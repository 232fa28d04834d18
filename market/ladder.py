"""Ladder: the memory of a book, a slot per price and a size per slot and side.

Slots below `width` are a dense window of ticks from `base` on; slots from `width` on belong to
far prices, in order of their appearance. Sizes are written one by one into a memoryview, and read
through numpy arrays of the same memory: the cheapest way measured for both.
"""

from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Levels = tuple[Integers, Floats]
Slots = NDArray[np.intp]

_NARROWEST, _WIDEST = 1 << 12, 1 << 16
"""Ticks of the window: the largest power of two within 8 % of the price, between these.

A wider one holds more levels, but the whole of it is compared ten times a second.
"""
_SPAN = 0.08
_ROOM = 1 << 12
"""Far prices there is room for at first; for twice as many as stand when that is used up."""
_NO_SLOTS = np.empty(0, np.intp)
_MEMO = 1 << 16
"""Prices remembered at most: about 100 bytes each, 6 MB."""


class Prices(NamedTuple):
    """The prices that the slots of one layout stand for."""

    base: int
    width: int
    span: int
    far_ticks: Integers
    """By slot from `width` on; filled as prices appear."""

    def ticks(self, slots: Slots) -> Integers:
        """The prices of slots."""
        ticks = slots + self.base
        far = slots >= self.width
        if far.any():
            ticks[far] = self.far_ticks[slots[far] - self.width]
        return ticks


class Ladder:
    """Sizes of bids and asks by slot; 0 where nothing stands.

    Memory: 16 bytes per tick of the window, so 0.5 MB at 2**15 ticks and 1 MB at most, 24 bytes
    per far price, and the memo of prices.
    """

    def __init__(self, tick_size: Decimal) -> None:
        self._tick = _ratio(tick_size)
        self.base = 0
        self.width = self.span = 0
        self.layout = 0
        """Counts the times that slots came to mean other prices."""
        self.slots: dict[float, int] = {}
        """The slot of prices already proven to lie on the tick grid."""
        self._far: dict[int, int] = {}
        self._split: tuple[object, tuple[Slots, Slots]] = None, (_NO_SLOTS, _NO_SLOTS)
        """Which of the far prices lie below the window and which above, and of which prices."""
        self._room = 0
        self._allocate(_NARROWEST, _ROOM)

    def slot(self, ticks: int, make: bool = True) -> int | None:
        """The slot of a price. Where it has none, one is made, which may change the arrays."""
        if not self.layout:
            self._lay_out(ticks)
        near = ticks - self.base
        if 0 <= near < self.width:
            return near
        far = self._far.get(ticks)
        if far is None:
            if not make:
                return None
            if len(self._far) == self._room:
                self._lay_out(self.base + self.width // 2)
            far = self._add_far(ticks)
        return self.width + far

    def remember(self, price: float, slot: int) -> None:
        """Keep the slot of a price that lies on the grid."""
        if len(self.slots) >= _MEMO:
            self._remember_window()
        self.slots[price] = slot

    @property
    def prices(self) -> Prices:
        """Which prices the slots stand for; stays true of this layout when `layout` goes on."""
        return Prices(self.base, self.width, self.span, self._far_ticks)

    def ticks(self, slots: Slots) -> Integers:
        """The prices of slots, true for as long as `layout` stays the same."""
        return self.prices.ticks(slots)

    def far_slots(self, sizes: Floats) -> NDArray[np.intp]:
        """Slots outside the window where something stands."""
        return standing(sizes[self.width : self.width + len(self._far)]) + self.width

    def beyond(self, sizes: Floats, above: bool) -> Integers:
        """The prices above the window, or below it, where something stands, in no order."""
        key, count = (self.layout, len(self._far)), len(self._far)
        if self._split[0] != key:
            high = self._far_ticks[:count] >= self.base + self.width
            self._split = key, (np.flatnonzero(~high), np.flatnonzero(high))
        places = self._split[1][above]
        standing_there = places[sizes[places + self.width] != 0]
        ticks: Integers = self._far_ticks[standing_there]
        return ticks

    def keep_inside(self, middle: int) -> None:
        """Move the window when `middle` is not in its middle half."""
        quarter = self.width // 4
        if not self.layout or not quarter <= middle - self.base < 3 * quarter:
            self._lay_out(middle)

    def clear(self) -> None:
        """Let nothing stand; slots keep their prices."""
        self.bid_sizes[:] = 0.0
        self.ask_sizes[:] = 0.0

    def fill(self, bids: Levels, asks: Levels) -> None:
        """Let these levels stand and nothing else, in a window around their middle."""
        ticks = np.concatenate((bids[0], asks[0]))
        if len(ticks):
            self._lay_out(int(np.median(ticks)), (bids, asks))
        else:
            self.clear()

    def _lay_out(self, middle: int, levels: tuple[Levels, Levels] | None = None) -> None:
        """Give every price its slot anew, in a window around `middle`."""
        bids, asks = levels or (self._levels(self.bid_sizes), self._levels(self.ask_sizes))
        width = window(middle)
        base = middle - width // 2
        prices = np.unique(np.concatenate((bids[0], asks[0])))
        outside = prices[(prices < base) | (prices >= base + width)]
        self._allocate(width, max(_ROOM, 2 * len(outside)))
        self.base = base
        self.layout += 1
        for ticks in outside.tolist():
            self._add_far(ticks)
        for side, (where, sizes) in ((self.bid_sizes, bids), (self.ask_sizes, asks)):
            slots = where - base
            far = np.flatnonzero((slots < 0) | (slots >= width))
            slots[far] = width + np.searchsorted(outside, where[far])
            side[slots] = sizes
        self._remember_window()

    def _remember_window(self) -> None:
        """Fill the memo with the prices around the middle, spelt as the wire's floats.

        Both numbers are whole and exact, so the quotient is the float nearest to the decimal
        price: the one that reading its text gives.
        """
        count = min(self.width, _MEMO // 2)
        first = (self.width - count) // 2
        numerator, denominator = self._tick
        ticks = np.arange(self.base + first, self.base + first + count) * float(numerator)
        prices = (ticks / float(denominator)).tolist()
        self.slots.clear()
        self.slots.update(zip(prices, range(first, first + count), strict=True))

    def _levels(self, side: Floats) -> tuple[Integers, Floats]:
        slots = standing(side)
        return self.ticks(slots), side[slots]

    def _add_far(self, ticks: int) -> int:
        far = self._far[ticks] = len(self._far)
        self._far_ticks[far] = ticks
        return far

    def _allocate(self, width: int, room: int) -> None:
        self.width, self._room = width, room
        self.slots.clear()
        self._far.clear()
        self._far_ticks = np.zeros(room, np.int64)
        self.span = width + room
        both = bytearray(16 * self.span)
        # A store into a memoryview takes three quarters of the time of one into array.array.
        view = memoryview(both).cast("d")
        self.bids, self.asks = view[: self.span], view[self.span :]
        self.sizes = np.frombuffer(both, np.float64)
        """Bids, then asks: `span` slots each."""
        self.bid_sizes, self.ask_sizes = self.sizes[: self.span], self.sizes[self.span :]


def _ratio(tick_size: Decimal) -> tuple[int, int]:
    """A tick as a whole number over a power of ten: 0.25 is 25 over 100."""
    sign, digits, exponent = tick_size.as_tuple()
    assert sign == 0
    assert isinstance(exponent, int)
    number = int("".join(map(str, digits)))
    return (number * 10**exponent, 1) if exponent > 0 else (number, 10**-exponent)


def standing(sizes: Floats) -> NDArray[np.intp]:
    """Where something stands."""
    # Six times as fast as asking for the nonzero floats, and without a wrapper's microsecond.
    places: NDArray[np.intp] = (sizes != 0).nonzero()[0]
    return places


def window(middle: int) -> int:
    """Ticks that a window around this price spans."""
    span = int(abs(middle) * _SPAN)
    return min(max(1 << max(span.bit_length() - 1, 0), _NARROWEST), _WIDEST)
