"""Book: the standing sizes of one instrument at every price.

A price is looked up in a memo of prices already proven to lie on the tick grid, which is both
the check and the fastest way to its slot in a dense ladder. Sizes are kept as the wire stated
them and become whole lots where they are read, so one that is not can be told at any time.
"""

from collections import deque
from fractions import Fraction
from itertools import chain, islice
from math import ceil, floor, inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.events import BookDelta, BookSnapshot, Levels
from market.grid import EXACT, all_whole, can_restate, restated, whole
from market.instrument import Instrument
from market.ladder import Ladder, standing
from market.ordercounts import OrderCounts

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Slots = NDArray[np.intp]

_LOOK_OVER = 512
"""Deltas between two looks at all standing sizes, and at where the window stands."""
_NEWS = 12
"""Deltas remembered: a second of a venue that states changes every 100 ms, and a little."""
_NEAR = 256
"""Ticks from where the best price was that are looked at first."""
_ROUND = 1.5 * 2.0**52
"""Added to a float below 2**51 and taken away again, it leaves the nearest whole number."""
_NOISE = 1e-6
"""How far from a whole number the lots of one message may add up without a closer look."""


class Level(NamedTuple):
    """The size standing at a price."""

    ticks: int
    lots: int


class Standing(NamedTuple):
    """Every level of one side, in no particular order."""

    ticks: Integers
    lots: Integers


class _Written(NamedTuple):
    """What one change of the book wrote."""

    bids: list[int]
    asks: list[int]
    """Slots."""
    high: float
    low: float
    """The highest bid and the lowest ask of any size; infinitely far where there was none."""


class Book:
    """The last nonzero size stated for each price.

    Values off the grids are counted in `off_grid`: a level whose price is no whole number of
    ticks is left out, never moved to its neighbour, and a size is rounded to the nearest lot.
    `Market` then takes finer grids and applies the message again.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.sequence: int | None = None
        """The venue's sequence number of the last message applied."""
        self.off_grid = 0
        """Prices and sizes seen that are not whole ticks or lots."""
        self.known: tuple[int, int] | None = None
        """Lowest and highest price of the last snapshot, in ticks: beyond is hearsay."""
        self.ladder = Ladder(instrument.tick_size)
        """The memory, for readers that compare it with an earlier copy; not to be written to."""
        self.edition = 0
        """How often it was written to."""
        self.orders = OrderCounts()
        """Of how many orders levels are made, as far as the venue says so."""
        self._news: deque[_Written] = deque(maxlen=_NEWS)
        self._scale = instrument.size_scale
        self._due = _LOOK_OVER
        self._best: tuple[int | None, int | None] | None = None
        self._best_before: tuple[int | None, int | None] = (None, None)
        self._best_at = -1
        """The edition that those are of."""

    def replace(self, snapshot: BookSnapshot) -> None:
        """Forget everything known and take the snapshot's levels."""
        self.clear()
        self._aim(snapshot.bids, snapshot.asks)
        self._write(snapshot.bids, snapshot.asks)
        self.orders.replace(snapshot)
        self.sequence = snapshot.sequence
        self.known = self._extent()

    def apply(self, delta: BookDelta) -> None:
        """Overwrite the sizes at the delta's prices; 0 removes."""
        written = self._write(delta.bids, delta.asks)
        if delta.orders is not None:
            self.orders.take(delta, delta.orders)
        self.sequence = delta.sequence
        self.edition += 1
        self._news.append(written)
        self._due -= 1
        if self._due < 0:
            self._due = _LOOK_OVER
            self._look_over()

    def clear(self) -> None:
        """Forget every level."""
        self.ladder.clear()
        self._news.clear()
        self.edition += 1
        self._best = None
        self.sequence = None
        self.known = None

    def rescaled(
        self, instrument: Instrument, price_ratio: Fraction, size_ratio: Fraction
    ) -> "Book":
        """The same book on other grids: new ticks per old tick, new lots per old lot.

        The caller sees to it that the results are whole (`divides`).
        """
        book = Book(instrument)
        book.sequence, book.off_grid, book.orders = self.sequence, self.off_grid, self.orders
        ladder = self.ladder
        sides = []
        for side in (ladder.bid_sizes, ladder.ask_sizes):
            slots = standing(side)
            sides.append((restated(ladder.ticks(slots), price_ratio), side[slots]))
        book.ladder.fill(*sides)
        if self.known is not None:
            low, high = (ticks * price_ratio for ticks in self.known)
            book.known = ceil(low), floor(high)
        book._follow()
        return book

    def divides(self, price_ratio: Fraction, size_ratio: Fraction) -> bool:
        """Whether every level falls on whole ticks and lots of the rescaled grids."""
        return all(
            can_restate(side.ticks, price_ratio) and can_restate(side.lots, size_ratio)
            for side in self.standing()
        )

    def touched(self, since: int) -> Slots | None:
        """Places in `ladder.sizes` that were written since an edition, some more than once.

        None where that is not remembered. Of no use where the ladder's layout changed since.
        """
        count, news = self.edition - since, self._news
        if count > len(news):
            return None
        fresh = [*islice(news, len(news) - count, None)]
        bids = [*chain.from_iterable([each.bids for each in fresh])]
        asks = [*chain.from_iterable([each.asks for each in fresh])]
        places = np.array(bids + asks, np.intp)
        places[len(bids) :] += self.ladder.span
        return places

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
        return self._bests()[0]

    @property
    def best_ask(self) -> int | None:
        """The lowest ask in ticks."""
        return self._bests()[1]

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        bid, ask = self._bests()
        return bid is not None and ask is not None and bid >= ask

    def top(self, count: int) -> tuple[list[Level], list[Level]]:
        """The best `count` bids and asks, best first."""
        return (
            self._nearest(self.ladder.bid_sizes, True, count),
            self._nearest(self.ladder.ask_sizes, False, count),
        )

    def grouped(self, group: int, low: int, rows: int) -> tuple[Integers, Integers]:
        """Bid and ask lots per row; row r is the ticks [low + r*group, low + (r+1)*group)."""
        return (
            self._grouped(self.ladder.bid_sizes, group, low, rows),
            self._grouped(self.ladder.ask_sizes, group, low, rows),
        )

    def orders_grouped(self, group: int, low: int, rows: int) -> tuple[Integers, Integers]:
        """Bid and ask orders per row, 0 where not known; rows as in `grouped`."""
        scale = self.instrument.price_scale
        return self.orders.grouped(self.ladder, scale, group, low, rows)

    def standing(self) -> tuple[Standing, Standing]:
        """Every bid and every ask."""
        return self._standing(self.ladder.bid_sizes), self._standing(self.ladder.ask_sizes)

    def _write(self, bids: Levels, asks: Levels) -> _Written:
        self._best = None
        ladder, total, high, low = self.ladder, 0.0, -inf, inf
        slots, side, bid_slots, ask_slots = ladder.slots, ladder.bids, list[int](), list[int]()
        for price, size in bids:  # twice the same loop: nothing else runs as often
            total += size
            if price > high and size:
                high = price
            try:
                slot = slots[price]
            except KeyError:
                self._place(False, price, size, bid_slots)
                side = ladder.bids
            else:
                side[slot] = size
                bid_slots.append(slot)
        side = ladder.asks
        for price, size in asks:
            total += size
            if price < low and size:
                low = price
            try:
                slot = slots[price]
            except KeyError:
                self._place(True, price, size, ask_slots)
                side = ladder.asks
            else:
                side[slot] = size
                ask_slots.append(slot)
        self._weigh(total, bids, asks)
        return _Written(bid_slots, ask_slots, high, low)

    def _weigh(self, total: float, bids: Levels, asks: Levels) -> None:
        """Count the sizes that are no whole lots, if these add up to something that is not.

        That takes a quarter of a look at each; what adds up although odd `_look_over` meets.
        """
        lots = total * self._scale
        if not -_NOISE < lots - (lots + _ROUND - _ROUND) < _NOISE:
            sizes = [size for _, size in chain(bids, asks)]
            self.off_grid += sum([whole(size * self._scale) is None for size in sizes])

    def _place(self, ask: bool, price: float, size: float, written: list[int]) -> None:
        """Write one level whose price is not in the memo."""
        ladder = self.ladder
        ticks = whole(price * self.instrument.price_scale)
        if ticks is None:
            self.off_grid += 1
            return
        slot = ladder.slot(ticks, make=size != 0)
        if slot is not None:
            ladder.remember(price, slot)
            (ladder.asks if ask else ladder.bids)[slot] = size
            written.append(slot)

    def _aim(self, bids: Levels, asks: Levels) -> None:
        """Put the window around the middle of levels that are about to be written."""
        bid = max((price for price, size in bids if size), default=None)
        ask = min((price for price, size in asks if size), default=None)
        best = [price for price in (bid, ask) if price is not None]
        if best:
            middle = sum(price / len(best) for price in best) * self.instrument.price_scale
            self.ladder.keep_inside(round(min(middle, EXACT)))

    def lots(self, sizes: Floats) -> Integers:
        """Sizes of the ladder as whole lots; what no float can count is cut off."""
        return np.rint(self._in_lots(sizes)).astype(np.int64)

    def odd_sizes(self) -> list[float]:
        """Standing sizes that are not whole lots, as the wire stated them."""
        odd = list[float]()
        for side in (self.ladder.bid_sizes, self.ladder.ask_sizes):
            sizes = side[standing(side)]
            odd += sizes[~all_whole(self._in_lots(sizes))].tolist()
        return odd

    def _in_lots(self, sizes: Floats) -> Floats:
        return np.minimum(sizes, EXACT / self._scale) * self._scale

    def _look_over(self) -> None:
        """Now and then: every standing size against the grid, the window against the price."""
        self.off_grid += len(self.odd_sizes())
        self._follow()

    def _follow(self) -> None:
        """Keep the price in the middle half of the window."""
        best = [price for price in self._bests() if price is not None]
        if best:
            self.ladder.keep_inside(sum(best) // len(best))

    def _bests(self) -> tuple[int | None, int | None]:
        """Best bid and ask, looked for once after each change."""
        if self._best is None:
            count, news = self.edition - self._best_at, self._news
            ladder, (bid, ask) = self.ladder, self._best_before
            bids, asks = ladder.bid_sizes, ladder.ask_sizes
            if 0 < count <= len(news):
                fresh = [*islice(news, len(news) - count, None)]
                bid = self._stepped(bids, True, bid, max([each.high for each in fresh]))
                ask = self._stepped(asks, False, ask, min([each.low for each in fresh]))
            else:
                bid, ask = self._top(bids, True, bid), self._top(asks, False, ask)
            self._best = self._best_before = bid, ask
            self._best_at = self.edition
        return self._best

    def _stepped(
        self, side: Floats, highest: bool, before: int | None, stated: float
    ) -> int | None:
        """The best price after changes, of which `stated` is the best: it, or one next to it.

        Looking over a whole side would fetch a quarter of a megabyte each time.
        """
        ladder = self.ladder
        place = -1 if before is None else before - ladder.base
        new = ladder.slots.get(stated, -1) if abs(stated) < inf else place
        if not (0 <= place < ladder.width and 0 <= new < ladder.width):
            return self._top(side, highest, before)
        place = max(place, new) if highest else min(place, new)
        if side[place]:
            return ladder.base + place
        if highest:
            begin, end = max(0, place + 1 - _NEAR), place + 1
            found = (side[begin:end] != 0).tobytes().rfind(b"\1")
        else:
            begin, end = place, min(ladder.width, place + _NEAR)
            found = (side[begin:end] != 0).tobytes().find(b"\1")
        return ladder.base + begin + found if found >= 0 else self._top(side, highest, before)

    def _top(self, side: Floats, highest: bool, before: int | None) -> int | None:
        """The highest or the lowest price, None where nothing stands.

        It is looked for where it was `before`, and from there outward, before all else.
        """
        ladder = self.ladder
        out = ladder.beyond(side, highest)
        if len(out):
            return int(out.max() if highest else out.min())
        hint = ladder.width // 2 if before is None else before - ladder.base
        hint = min(max(hint - _NEAR if highest else hint + _NEAR, 0), ladder.width)
        parts = ((hint, ladder.width), (0, hint)) if highest else ((0, hint), (hint, ladder.width))
        for begin, end in parts:
            filled = (side[begin:end] != 0).tobytes()
            slot: int = filled.rfind(b"\1") if highest else filled.find(b"\1")
            if slot >= 0:
                return ladder.base + begin + slot
        rest = ladder.beyond(side, not highest)
        return int(rest.max() if highest else rest.min()) if len(rest) else None

    def _nearest(self, side: Floats, highest: bool, count: int) -> list[Level]:
        """The highest or lowest levels; far ones are few, so all of them are looked at."""
        if count <= 0:
            return []
        slots = standing(side[: self.ladder.width])
        slots = slots[-count:] if highest else slots[:count]
        slots = np.concatenate((slots, self.ladder.far_slots(side)))
        ticks, lots = self.ladder.ticks(slots), self.lots(side[slots])
        order = np.argsort(ticks)
        order = order[::-1][:count] if highest else order[:count]
        return [*map(Level, ticks[order].tolist(), lots[order].tolist())]

    def _grouped(self, side: Floats, group: int, low: int, rows: int) -> Integers:
        sums = np.zeros(max(rows, 0), np.int64)
        ladder, high = self.ladder, low + rows * group
        begin, end = max(low - ladder.base, 0), min(high - ladder.base, ladder.width)
        if begin < end:
            slots = standing(side[begin:end])
            lots = self.lots(side[begin:end][slots])
            np.add.at(sums, (slots + (begin + ladder.base - low)) // group, lots)
        if low < ladder.base or high > ladder.base + ladder.width:  # else nothing far is inside
            far = ladder.far_slots(side)
            ticks = ladder.ticks(far)
            inside = (ticks >= low) & (ticks < high)
            np.add.at(sums, (ticks[inside] - low) // group, self.lots(side[far[inside]]))
        return sums

    def _standing(self, side: Floats) -> Standing:
        slots = standing(side)
        return Standing(self.ladder.ticks(slots), self.lots(side[slots]))

    def _extent(self) -> tuple[int, int] | None:
        ticks = np.concatenate([side.ticks for side in self.standing()])
        return (int(ticks.min()), int(ticks.max())) if len(ticks) else None
