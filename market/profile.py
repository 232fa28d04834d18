"""Volume profiles: volume per price over trades, their point of control and value area."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.bars import CHUNK
from market.cells import PRICE, SELL, counted, merged
from market.recent import Recent
from market.trades import TradeLog

Integers = NDArray[np.int64]

VALUE_AREA = 0.70
"""The share of volume a value area holds (definitions.md 4)."""

SPANS_KEPT = 16
"""Spans of one log that are moved along; the least recently asked for is counted anew."""

ALWAYS = 1 << 62
"""The end of a span that is still going on."""


class ProfileColumns(NamedTuple):
    """Groups that traded: low edges in ticks ascending, and their volumes in lots."""

    prices: Integers
    sell: Integers
    buy: Integers


class Span(NamedTuple):
    """From `start` up to but not including `end`: market time in ns, or numbers of trades."""

    start: int
    end: int = ALWAYS
    counted: bool = False
    """Whether both are numbers of trades in the log instead of times."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Buy and sell volume per price group of some trades; equal to itself alone.

    `prices` are low edges in ticks, ascending, of the groups that traded; volumes are in lots.
    """

    group: int
    prices: Integers
    sell: Integers
    buy: Integers

    @cached_property
    def volume(self) -> Integers:
        """What traded in each group (definitions.md, notation: V = A + B)."""
        return self.sell + self.buy

    @property
    def delta(self) -> Integers:
        """Bought minus sold of each group (definitions.md 1)."""
        return self.buy - self.sell

    @cached_property
    def total(self) -> int:
        """Volume of all groups."""
        return int(self.volume.sum())

    @cached_property
    def poc(self) -> int | None:
        """Low edge of the group that traded most (definitions.md 3); None without trades."""
        return point_of_control(self.prices, self.volume)

    def value_area(self, share: float = VALUE_AREA) -> tuple[int, int] | None:
        """VAL and VAH: low edges of its lowest and highest group (definitions.md 4)."""
        return value_area(self.prices, self.volume, self.group, share)

    def rows(self, bottom: int, count: int) -> tuple[Integers, Integers]:
        """Lots sold and bought in `count` rows from the one that begins at `bottom * group`."""
        sums = np.zeros((2, max(0, count)), np.int64)
        index = self.prices // self.group - bottom
        inside = (index >= 0) & (index < count)
        sums[:, index[inside]] = np.stack((self.sell[inside], self.buy[inside]))
        return sums[0], sums[1]


class VolumeProfile:
    """Buy and sell volume per price group since the first trade read."""

    def __init__(self, group: int) -> None:
        if group < 1:
            raise ValueError("a price group is at least one tick")
        self.group = group
        self._cursor = 0
        self._generation = -1
        self._cells = _NOTHING
        self._profile: Profile | None = None

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._cells, self._profile = _NOTHING, None
            self._generation, self._cursor = log.generation, log.first
        while self._cursor < log.end:
            stop = min(self._cursor + _CHUNK, log.end)
            _, ticks, lots = log.between(self._cursor, stop)
            self._cells, self._profile = _added(self._cells, ticks, lots, self.group), None
            self._cursor = stop

    @property
    def columns(self) -> ProfileColumns:
        """The groups that traded, lowest first."""
        return ProfileColumns(*self._cells[PRICE:])

    @property
    def profile(self) -> Profile:
        """What was read up to now; the same object until there is more."""
        if self._profile is None:
            self._profile = Profile(self.group, *self.columns)
        return self._profile

    @property
    def poc(self) -> int | None:
        """Low edge of the group that traded most (definitions.md 3)."""
        return self.profile.poc

    def value_area(self, share: float = VALUE_AREA) -> tuple[int, int] | None:
        """Low edges of the lowest and highest group of the value area (definitions.md 4)."""
        return self.profile.value_area(share)


class SpanProfile:
    """The profile of the trades in a span that may move on: what comes is added, what goes taken.

    Trades count by their event time, late ones too, as far as the log holds them. Lots are whole
    numbers, so the sums are those that counting everything anew would give. With `worth`
    they are of what trades were worth, in such units (`market/worth.py`).
    """

    def __init__(self, group: int, worth: int = 0) -> None:
        if group < 1:
            raise ValueError("a price group is at least one tick")
        self.group, self._worth = group, worth
        self._span = Span(0, 0)
        self._generation = -1
        self._head = self._cursor = 0
        """Every trade before `_head` lies before the span's start; `_cursor` is read next."""
        self._newest, self._late = -ALWAYS, 0
        """Latest event time read, and by how much a trade was later than one before it."""
        self._cells = _NOTHING
        self._profile: Profile | None = None

    def move(self, log: TradeLog, span: Span) -> Profile:
        """The profile of the trades held in the span; the same object if nothing changed."""
        if not self._onward(log, span):
            self._restart(log, span)
        self._leave(log, span)
        while self._cursor < log.end:
            self._read(log, min(self._cursor + _CHUNK, log.end))
        if self._profile is None:
            self._profile = Profile(self.group, *self._cells[PRICE:])
        return self._profile

    def _onward(self, log: TradeLog, span: Span) -> bool:
        """Whether the span only moved on from where it was, and what leaves it is still held."""
        known = self._span
        if log.generation != self._generation or self._cursor < log.first:
            return False
        if span == known:
            return True
        return (
            span.counted == known.counted
            and known.start <= span.start <= known.end <= span.end
            and (span.start == known.start or self._head >= log.first)
            # Trades already passed over may lie in what the span now covers.
            and (span.end == known.end or self._newest < known.end)
        )

    def _restart(self, log: TradeLog, span: Span) -> None:
        self._span, self._generation = span, log.generation
        self._head = self._cursor = log.first
        self._newest, self._late = -ALWAYS, 0
        self._cells, self._profile = _NOTHING, None

    def _leave(self, log: TradeLog, span: Span) -> None:
        """Take away the trades that the span's start has passed."""
        known, self._span = self._span, span
        if span.start == known.start:
            return
        head, stop = self._head, self._first(log, self._head, span.start + self._late)
        if head < stop:
            at, ticks, lots = self._trades(log, head, stop)
            gone = (at >= known.start) & (at < span.start)
            self._add(ticks[gone], lots[gone], taken=True)
        self._head = self._first(log, head, span.start)

    def _first(self, log: TradeLog, sequence: int, bound: int) -> int:
        """The first trade read from a number on that lies at or after a bound."""
        while sequence < self._cursor:
            over = self._trades(log, sequence, min(sequence + CHUNK, self._cursor))[0] >= bound
            place = int(over.argmax())
            if over[place]:
                return sequence + place
            sequence += len(over)
        return self._cursor

    def _read(self, log: TradeLog, stop: int) -> None:
        at, ticks, lots = self._trades(log, self._cursor, stop)
        first, last = int(at[0]), int(at[-1])
        if first < self._newest or (at[1:] < at[:-1]).any():
            reached = np.maximum.accumulate(np.maximum(at, self._newest))
            self._late = max(self._late, int((reached - at).max()))
            first, last = int(at.min()), int(at.max())
        self._newest = max(self._newest, last)
        if first < self._span.start or last >= self._span.end:
            inside = (at >= self._span.start) & (at < self._span.end)
            ticks, lots = ticks[inside], lots[inside]
        self._add(ticks, lots)
        self._cursor = stop

    def _add(self, ticks: Integers, lots: Integers, taken: bool = False) -> None:
        if len(ticks):
            self._cells, self._profile = _added(self._cells, ticks, lots, self.group, taken), None

    def _trades(self, log: TradeLog, start: int, stop: int) -> tuple[Integers, Integers, Integers]:
        """Where trades lie in the span's terms, their prices and their signed sizes."""
        ts, ticks, lots = log.between(start, stop).valued(self._worth)
        return (np.arange(start, stop) if self._span.counted else ts), ticks, lots


def profile_within(log: TradeLog, group: int, span: Span, worth: int = 0) -> Profile:
    """The profile of the trades of a log in a span: a session, a fixed window, what is in sight.

    A span that moves on keeps its place as long as its length stays the same, so that only what
    came and what went is counted. The profile is the same object while nothing in it has changed.
    With `worth` its volumes are values in such units.
    """
    kept = _SPANS.get(log)
    if kept is None:
        kept = _SPANS[log] = Recent(SPANS_KEPT)
    kind = (group, span.end - span.start, span.counted, worth)
    return kept.get(kind, lambda: SpanProfile(group, worth)).move(log, span)


_EMPTY = 6
"""Empty rows in a stretch up to which it is taken as it is."""

_DENSE = 4
"""Rows a trade up to which a dense table of all of them is cheaper than sorting."""
_CHUNK = 4 * CHUNK
"""Trades counted at once: there are few cells, and merging those costs as much for few trades."""

_NOTHING = np.empty((4, 0), np.int64)
_SPANS: WeakKeyDictionary[TradeLog, Recent[tuple[int, int, bool, int], SpanProfile]] = (
    WeakKeyDictionary()
)


def rows_counted(ticks: Integers, lots: Integers, group: int) -> Integers:
    """The cells of trades that all have the key 0, sorted by price: low edges in ticks.

    Both sides are counted in one go into a dense table, unless it would be mostly empty.
    """
    row = ticks // group
    low = int(row.min())
    span = int(row.max()) - low + 1
    if span > _DENSE * len(row):
        buy = np.maximum(lots, 0)
        fresh = counted(np.zeros_like(lots), row, buy - lots, buy)
        fresh[PRICE] *= group
        return fresh
    row -= low
    row *= 2
    row += lots > 0
    sums = np.zeros(2 * span, np.int64)
    np.add.at(sums, row, np.abs(lots))
    sides = sums.reshape(span, 2).T
    held = np.flatnonzero(sides.any(axis=0))
    return np.stack((np.zeros_like(held), (held + low) * group, *sides[:, held]))


def _added(
    cells: Integers, ticks: Integers, lots: Integers, group: int, taken: bool = False
) -> Integers:
    """Cells with more trades in them, or with fewer where their lots are `taken` away."""
    fresh = rows_counted(ticks, lots, group)
    if not fresh.shape[1]:
        return cells  # trades of no size at all
    if taken:
        fresh[SELL:] *= -1
    cells = merged(np.concatenate((cells, fresh), axis=1))
    return cells[:, cells[SELL:].any(axis=0)] if taken else cells


def point_of_control(prices: Integers, volume: Integers) -> int | None:
    """The price of the largest volume (definitions.md 3); `prices` ascend.

    Tied: the price nearest the middle of the profile's range; still tied: the lower.
    """
    if not len(prices):
        return None
    tied = prices[volume == volume.max()]
    # Twice the distance, so that a middle between two prices stays whole.
    distance = np.abs(2 * tied - (prices[0] + prices[-1]))
    return int(tied[np.argmin(distance)])


def value_area(
    prices: Integers,
    volume: Integers,
    group: int,
    share: float = VALUE_AREA,
    poc: int | None = None,
) -> tuple[int, int] | None:
    """The lowest and highest price of the value area (definitions.md 4, method A).

    From the point of control, which may be given where it is known, add the larger of the next two
    rows above and the next two below (tie: above) until `share` of the volume is met. Rows without
    trades are rows too.
    """
    poc = point_of_control(prices, volume) if poc is None else poc
    if poc is None:
        return None
    index = (prices - prices[0]) // group
    places, length = _squeezed(index)
    rows = np.zeros(length + 1, np.int64)
    rows[places + 1] = volume
    sums = rows.cumsum().tolist()
    exact = _exact(share)
    needed = sums[-1] * exact.numerator
    low = int(places[prices.searchsorted(poc)])
    high = low + 1  # exclusive
    while (sums[high] - sums[low]) * exact.denominator < needed:
        upper, lower = min(high + 2, length), max(low - 2, 0)
        above, below = sums[upper] - sums[high], sums[low] - sums[lower]
        if lower == low or (upper > high and above >= below):
            high = upper
        else:
            low = lower
    first, last = low, high - 1
    if places is not index:
        first, last = (_widened(index, places, row) for row in (first, last))
    return int(prices[0]) + first * group, int(prices[0]) + last * group


@lru_cache(maxsize=64)
def _exact(share: float) -> Fraction:
    """A share as it is written."""
    return Fraction(str(share))


def added_up(profiles: Sequence[Profile]) -> Profile:
    """The profile of all trades of some profiles of one price group."""
    group = profiles[0].group
    columns = [(part.prices, part.sell, part.buy) for part in profiles]
    prices, sell, buy = (np.concatenate(column) for column in zip(*columns, strict=True))
    if not len(prices):
        return profiles[0]
    cells = merged(np.stack((np.zeros_like(prices), prices, sell, buy)))
    return Profile(group, *cells[PRICE:])


def _squeezed(index: Integers) -> tuple[Integers, int]:
    """Places of rows where long empty stretches between them are made short, and how many rows.

    Rows are taken by pairs, so a stretch that keeps its parity is passed over the same way; one
    trade far off must not cost the memory of all the rows between.
    """
    empty = index[1:] - index[:-1] - 1
    if not (empty > _EMPTY).any():
        return index, int(index[-1]) + 1
    short = np.where(empty > _EMPTY, _EMPTY - 2 + (empty & 1), empty)
    places = np.concatenate((np.zeros(1, np.int64), np.cumsum(short + 1)))
    return places, int(places[-1]) + 1


def _widened(index: Integers, places: Integers, row: int) -> int:
    """The row that a squeezed one stands for, counted from the nearer row that traded."""
    below = int(np.searchsorted(places, row, side="right")) - 1
    off = row - int(places[below])
    if off <= _EMPTY // 2 - 1:
        return int(index[below]) + off
    return int(index[below + 1]) - (int(places[below + 1]) - row)
