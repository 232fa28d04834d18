"""Book: the standing sizes of one instrument at every price.

Sizes are kept as the wire stated them, in a dense ladder of ticks, and read as whole lots. A
price is looked up in a memo of prices already proven to lie on the tick grid, which is both the
check and the fastest way to a slot.
"""

from fractions import Fraction
from itertools import accumulate, chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.events import BookDelta, BookSnapshot, Levels
from market.instrument import Instrument
from market.ladder import Ladder

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_STRAYS = 1 << 10
"""Levels off the tick grid kept at most."""
_LOOK_OVER = 256
"""Deltas between two looks at all sizes and at the window."""
_NOISE = 1e-6
"""How far from whole the lots of a message may add up."""
_RELATIVE = 2e-15
"""How far, for its size, a float that stands for a whole number may lie from it: 9 roundings."""
_EXACT = 2.0**53
"""Where floats stop telling whole numbers apart."""

_size = itemgetter(1)


class Level(NamedTuple):
    """The size standing at a price."""

    ticks: int
    lots: int


class Standing(NamedTuple):
    """Every level of one side, in no particular order."""

    ticks: Integers
    lots: Integers


class Book:
    """The last nonzero size stated for each price.

    A price off the tick grid is counted in `off_grid` and kept beside the ladder as it is, never
    moved to a neighbouring tick; a size off the lot grid is counted, and read rounded.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.sequence: int | None = None
        """The venue's sequence number of the last message applied."""
        self.off_grid = 0
        """Prices and sizes seen that are not whole ticks or lots."""
        self.known: tuple[int, int] | None = None
        """Lowest and highest price of the last snapshot, in ticks: beyond is hearsay."""
        self.ladder = Ladder()
        """The memory, for readers that compare it with an earlier copy; not to be written to."""
        self._strays: dict[tuple[bool, float], float] = {}
        self._sizes_off = False
        self._due = 0

    def replace(self, snapshot: BookSnapshot) -> None:
        """Forget everything known and take the snapshot's levels."""
        self.clear()
        self._write(snapshot.bids, snapshot.asks)
        self.sequence = snapshot.sequence
        self.known = self._extent()

    def apply(self, delta: BookDelta) -> None:
        """Overwrite the sizes at the delta's prices; 0 removes."""
        slots = self.ladder.slots
        sizes = self.ladder.bids
        for price, size in delta.bids:
            try:
                sizes[slots[price]] = size
            except KeyError:
                self._place(False, price, size)
                sizes = self.ladder.bids
        sizes = self.ladder.asks
        for price, size in delta.asks:
            try:
                sizes[slots[price]] = size
            except KeyError:
                self._place(True, price, size)
                sizes = self.ladder.asks
        self.sequence = delta.sequence
        self._check(delta.bids, delta.asks)
        self._due -= 1
        if self._due < 0:
            self._look_over()

    def clear(self) -> None:
        """Forget every level."""
        self.ladder.clear()
        self._strays.clear()
        self.sequence = None
        self.known = None

    def rescaled(self, instrument: Instrument) -> "Book":
        """The same book on another tick and lot grid, where strays may find their place."""
        book = Book(instrument)
        book._write(*self._levels())
        book.sequence, book.off_grid = self.sequence, self.off_grid
        book.known = book._extent() if self.known else None
        return book

    def divides(self, price_ratio: Fraction, size_ratio: Fraction) -> bool:
        """Whether every level falls on whole ticks and lots of the rescaled grids."""
        return not any(
            (side.ticks * price_ratio.numerator % price_ratio.denominator).any()
            or (side.lots * size_ratio.numerator % size_ratio.denominator).any()
            for side in self.standing()
        )

    @property
    def empty(self) -> bool:
        """Whether no level stands on either side."""
        return not any(self.levels)

    @property
    def levels(self) -> tuple[int, int]:
        """How many bids and asks stand."""
        ladder = self.ladder
        return int(np.count_nonzero(ladder.bid_sizes)), int(np.count_nonzero(ladder.ask_sizes))

    @property
    def best_bid(self) -> int | None:
        """The highest bid in ticks."""
        best = self._nearest(self.ladder.bid_sizes, True, 1)
        return best[0].ticks if best else None

    @property
    def best_ask(self) -> int | None:
        """The lowest ask in ticks."""
        best = self._nearest(self.ladder.ask_sizes, False, 1)
        return best[0].ticks if best else None

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        bid, ask = self.best_bid, self.best_ask
        return bid is not None and ask is not None and bid >= ask

    def top(self, count: int) -> tuple[list[Level], list[Level]]:
        """The best `count` bids and asks, best first."""
        return (
            self._nearest(self.ladder.bid_sizes, True, count),
            self._nearest(self.ladder.ask_sizes, False, count),
        )

    def cumulative(self, count: int) -> tuple[list[Level], list[Level]]:
        """The best `count` bids and asks, best first, each with the sum of lots up to it."""
        bids, asks = self.top(count)
        return _running(bids), _running(asks)

    def grouped(self, group: int, low: int, rows: int) -> tuple[Integers, Integers]:
        """Bid and ask lots per row; row r is the ticks [low + r*group, low + (r+1)*group)."""
        return (
            self._grouped(self.ladder.bid_sizes, group, low, rows),
            self._grouped(self.ladder.ask_sizes, group, low, rows),
        )

    def standing(self) -> tuple[Standing, Standing]:
        """Every bid and every ask."""
        return self._standing(self.ladder.bid_sizes), self._standing(self.ladder.ask_sizes)

    def lots(self, sizes: Floats) -> Integers:
        """Sizes in whole lots."""
        scale = self.instrument.size_scale
        lots: Integers = np.rint(np.minimum(sizes, _EXACT / scale) * scale).astype(np.int64)
        return lots

    def _nearest(self, sizes: Floats, highest: bool, count: int) -> list[Level]:
        """The highest or lowest levels; far ones are few, so all of them are looked at."""
        if count <= 0:
            return []
        slots = np.flatnonzero(sizes[: self.ladder.width])
        slots = slots[-count:] if highest else slots[:count]
        slots = np.concatenate((slots, self.ladder.far_slots(sizes)))
        ticks, lots = self.ladder.ticks(slots), self.lots(sizes[slots])
        order = np.argsort(ticks)
        order = order[::-1][:count] if highest else order[:count]
        return [*map(Level, ticks[order].tolist(), lots[order].tolist())]

    def _grouped(self, sizes: Floats, group: int, low: int, rows: int) -> Integers:
        sums = np.zeros(max(rows, 0), np.int64)
        ladder, high = self.ladder, low + rows * group
        begin, end = max(low - ladder.base, 0), min(high - ladder.base, ladder.width)
        if begin < end:
            slots = np.flatnonzero(sizes[begin:end])
            slots += begin
            np.add.at(sums, (slots + (ladder.base - low)) // group, self.lots(sizes[slots]))
        far = ladder.far_slots(sizes)
        if len(far):
            ticks = ladder.ticks(far)
            inside = (ticks >= low) & (ticks < high)
            np.add.at(sums, (ticks[inside] - low) // group, self.lots(sizes[far[inside]]))
        return sums

    def _standing(self, sizes: Floats) -> Standing:
        slots = np.flatnonzero(sizes)
        return Standing(self.ladder.ticks(slots), self.lots(sizes[slots]))

    def _extent(self) -> tuple[int, int] | None:
        ticks = np.concatenate([side.ticks for side in self.standing()])
        return (int(ticks.min()), int(ticks.max())) if len(ticks) else None

    def _levels(self) -> tuple[Levels, Levels]:
        """Every level, strays included."""
        sides: list[list[tuple[float, float]]] = []
        for ask, sizes in ((False, self.ladder.bid_sizes), (True, self.ladder.ask_sizes)):
            slots = np.flatnonzero(sizes)
            ticks = self.ladder.ticks(slots).tolist()
            prices = (float(self.instrument.price(tick)) for tick in ticks)
            strays = ((p, s) for (side, p), s in self._strays.items() if side == ask)
            sides.append([*zip(prices, sizes[slots].tolist(), strict=True), *strays])
        return sides[0], sides[1]

    def _write(self, bids: Levels, asks: Levels) -> None:
        """Write levels in any number, the window around their middle."""
        bid = max((price for price, size in bids if size), default=None)
        ask = min((price for price, size in asks if size), default=None)
        best = [price for price in (bid, ask) if price is not None]
        if best:
            self.ladder.keep_inside(self.instrument.ticks(sum(best) / len(best)))
        for price, size in bids:
            self._place(False, price, size)
        for price, size in asks:
            self._place(True, price, size)
        self._check(bids, asks)

    def _place(self, ask: bool, price: float, size: float) -> None:
        """Write one level, whatever its price."""
        ladder = self.ladder
        slot = ladder.slots.get(price)
        if slot is None:
            ticks = whole(price * self.instrument.price_scale)
            if ticks is None:
                self._keep_stray(ask, price, size)
                return
            slot = ladder.slot(ticks, make=size != 0)
            if slot is None:
                return
            ladder.remember(price, slot)
        (ladder.asks if ask else ladder.bids)[slot] = size

    def _keep_stray(self, ask: bool, price: float, size: float) -> None:
        self.off_grid += 1
        self._strays.pop((ask, price), None)
        if size:
            self._strays[ask, price] = size
        if len(self._strays) > _STRAYS:
            del self._strays[next(iter(self._strays))]

    def _check(self, bids: Levels, asks: Levels) -> None:
        """Count sizes off the lot grid.

        The sum is looked at first: it is whole when every size is, at a fifth of the cost of
        looking at each. Sizes that are off and add up to whole lots are met by `_look_over`.
        """
        scale = self.instrument.size_scale
        total = (sum(map(_size, bids)) + sum(map(_size, asks))) * scale
        if total > _EXACT or abs(total - round(total)) > _NOISE:
            off = sum(whole(size * scale) is None for _, size in chain(bids, asks))
            self.off_grid += off
            self._sizes_off |= off > 0

    def _look_over(self) -> None:
        """Now and then: every standing size against the grid, the window against the price."""
        self._due = _LOOK_OVER
        if not self._sizes_off:
            off = self._off_lots(self.ladder.bid_sizes) + self._off_lots(self.ladder.ask_sizes)
            self.off_grid += off
            self._sizes_off = off > 0
        best = [price for price in (self.best_bid, self.best_ask) if price is not None]
        if best:
            self.ladder.keep_inside(sum(best) // len(best))

    def _off_lots(self, sizes: Floats) -> int:
        scale = self.instrument.size_scale
        lots = np.minimum(sizes[np.flatnonzero(sizes)], _EXACT / scale) * scale
        off = np.abs(lots - np.rint(lots)) > lots * _RELATIVE
        return int(np.count_nonzero(off))


def whole(value: float) -> int | None:
    """The whole number that a float stands for, None where it is none."""
    if not -_EXACT < value < _EXACT:
        return None
    number = round(value)
    return number if abs(value - number) <= abs(value) * _RELATIVE else None


def _running(levels: list[Level]) -> list[Level]:
    sums = accumulate(level.lots for level in levels)
    return [Level(level.ticks, total) for level, total in zip(levels, sums, strict=True)]
