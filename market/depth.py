"""DepthHistory: the book over time, kept as a base record that any picture is rebuilt from."""

from bisect import bisect_left
from collections import deque
from collections.abc import Hashable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.book import Book
from market.depth_blocks import BLOCK_COLUMNS, Block, Grouping, Places, Tier
from market.recent import Recent

Integers = NDArray[np.int64]

FINE, COARSE = 100_000_000, 1_000_000_000
"""Base intervals in ns."""
FINE_SPAN, COARSE_SPAN = 9_000 * FINE, 14_400 * COARSE
"""How long each is kept: 15 minutes and 4 hours, or less where the budget is used up first."""
FINE_BUDGET, COARSE_BUDGET = 16 << 20, 80 << 20
"""Bytes of blocks kept at most; 8 bytes a changed level, so 2 and 10 million changes.

A recorded BTCUSDT perpetual in busy minutes takes 11 and 5.3 kB a second: 25 minutes, 4.4 hours.
"""

TOUCHES = 64
"""Boundaries with news whose best prices are kept: 6 s of a busy market."""
NOWHERE = -(1 << 62)
"""No price."""

_PATIENCE = 5_000_000_000
"""How long after its last event the book is taken to stand: then a feed counts as stale."""
_FOREVER = 2**63 - 1
_SPANS = 1000
_PICTURES = 6
_SPARE = 32
"""Columns."""


class DepthView(NamedTuple):
    """Lots per time bucket and price row; a column is the book at the end of its bucket.

    `known` is False where the book could not be believed or is not on record: such columns are
    zero and must not be shown as empty.
    """

    starts: Integers
    """int64[c]: where each bucket begins, ns, oldest first; multiples of the interval."""
    bid: Integers
    """int64[c, rows]: row r is the ticks [low + r*group, low + (r+1)*group)."""
    ask: Integers
    known: NDArray[np.bool_]


class DepthPast(NamedTuple):
    """What one history holds, to be put in front of another one that began later."""

    fine: tuple[Block, ...]
    coarse: tuple[Block, ...]
    spans: tuple[tuple[int, int], ...]
    """When the book could be believed, from and to, ns."""


class _Picture:
    """The closed columns of one view, kept in a row so that only new ones are read.

    A column has a number, its end in whole intervals. A few more are kept than were ever asked
    for at once.
    """

    def __init__(self, interval: int, group: int, low: int, rows: int) -> None:
        self._interval = interval
        self._reader = Grouping(group, low, rows)
        self._lots = np.empty((0, 2, rows), np.int64)
        self._first = self._stop = 0
        self._offset = 0
        """Where in `_lots` the first column lies."""
        self._most = 0

    def read(self, tier: Tier, first: int, stop: int) -> Integers:
        """Lots of the columns numbered `first` up to `stop`, which are on record; not to keep."""
        if first >= stop:
            return self._lots[:0]
        self._most = max(self._most, stop - first)
        if first < self._first or first > self._stop + self._most:
            self._offset, self._first, self._stop = 0, first, first
        if stop > self._stop:
            self._append(self._read(tier, self._stop, stop))
            self._drop_old()
        begin = self._offset + first - self._first
        return self._lots[begin : begin + stop - first]

    def _read(self, tier: Tier, first: int, stop: int) -> Integers:
        return self._reader.read(tier, np.arange(first, stop, dtype=np.int64) * self._interval)

    def _append(self, fresh: Integers) -> None:
        held, count = self._stop - self._first, len(fresh)
        if self._offset + held + count > len(self._lots):
            kept = self._lots[self._offset : self._offset + held]
            room = held + count + max(_SPARE, held // 4)
            self._lots = np.empty((room, *fresh.shape[1:]), np.int64)
            self._lots[:held] = kept
            self._offset = 0
        begin = self._offset + held
        self._lots[begin : begin + count] = fresh
        self._stop += count

    def _drop_old(self) -> None:
        excess = max(self._stop - self._first - self._most - _SPARE, 0)
        self._first += excess
        self._offset += excess


def _united(places: list[Places | None]) -> Places | None:
    """All of these places, each once; None where some of them are not known."""
    known = [each for each in places if each is not None]
    return np.unique(np.concatenate(known)) if len(known) == len(places) else None


def _touch(book: Book) -> tuple[int, int]:
    bid, ask = book.best_bid, book.best_ask
    return NOWHERE if bid is None else bid, NOWHERE if ask is None else ask


class DepthHistory:
    """The book at each boundary of two base intervals, as differences and keyframes.

    A column is the book after every event before the boundary. Boundaries without book events
    repeat the book, at no cost in memory. Intervals that are whole seconds are read from the
    1 s record, other multiples of 100 ms from the finer one. Memory is at most the two budgets
    and two copies of the ladder: 103 MB for a window of 2**16 ticks.
    """

    def __init__(
        self,
        fine: tuple[int, int, int] = (FINE, FINE_SPAN, FINE_BUDGET),
        coarse: tuple[int, int, int] = (COARSE, COARSE_SPAN, COARSE_BUDGET),
    ) -> None:
        self._fine, self._coarse = Tier(*fine), Tier(*coarse)
        self._next = 0
        self._clock = 0
        self._book: Book | None = None
        self._edition = 0
        """Of the book, when it was recorded last."""
        self._written: list[Places | None] = []
        """Where it was written to by each fine record since the last coarse one."""
        self._good = False
        self._begun: list[int] = []
        self._ended: list[int] = []
        self._spans = (np.empty(0, np.int64), np.empty(0, np.int64))
        """Where belief began and ended, for as long as it holds in the far future."""
        self._beliefs = self._rescales = 0
        self._stated: dict[int, int] = {}
        """By boundary, the time of the last event before it."""
        self._touches: deque[tuple[int, int, int]] = deque(maxlen=TOUCHES)
        """Boundary, best bid and best ask there, and as long as nothing newer is recorded."""
        self._pictures: Recent[tuple[int, int, int, int], _Picture] = Recent(_PICTURES)

    def capture(self, book: Book, clock: int) -> None:
        """Record the book as it stands for every boundary up to `clock`.

        To be called before an event of that time is applied to the book.
        """
        if clock < self._next and book is self._book:
            self._clock = max(clock, self._clock)
            return
        if not clock:
            return  # no event has said what time it is
        if self._begun and not self._begun[0]:
            self._begun[0] = clock
            self._set_spans()
        last, self._clock = self._clock, max(clock, self._clock)
        self._book = book
        if self._clock >= self._fine.reached + self._fine.interval:
            self._note(last, book)
        fine, coarse = self._fine, self._coarse
        if self._clock >= fine.reached + fine.interval:
            places = fine.record(book, self._clock, book.touched(self._edition))
            self._edition = book.edition
            self._written.append(places)
        if self._clock >= coarse.reached + coarse.interval:
            coarse.record(book, self._clock, _united(self._written))
            self._written.clear()
        self._next = fine.reached + fine.interval

    def stated(self, boundaries: Integers) -> Integers:
        """The time of the last event before each recorded boundary of the finest interval.

        Trades up to then show in the book at that boundary, later ones do not yet.
        """
        found = self._stated
        return np.array([found.get(at, at) for at in boundaries.tolist()], np.int64)

    def _note(self, last: int, book: Book) -> None:
        """Remember when the book came to be what is about to be recorded, and its best prices."""
        fine = self._fine
        newest = self._clock - self._clock % fine.interval
        boundary = fine.reached + fine.interval if fine.reached else newest
        self._stated[boundary] = last
        self._touches.append((boundary, *_touch(book)))
        if len(self._stated) > fine.span // fine.interval + 2 * BLOCK_COLUMNS:
            del self._stated[next(iter(self._stated))]

    def touches(self, end: int, looks: int) -> Integers | None:
        """Best bid and ask in ticks, [look, 2], as the finest view has them; `NOWHERE` for none.

        The last look is the one that contains `end`, ns. None where they are no longer kept.
        """
        ends = (end // FINE + 2 - looks + np.arange(looks)) * FINE
        held = self._touches
        if self._book is None or (len(held) == TOUCHES and held[0][0] > ends[0]):
            return None
        kept = np.array([(0, NOWHERE, NOWHERE), *held], np.int64)
        found = kept[np.searchsorted(kept[:, 0], ends, side="right") - 1, 1:]
        found[ends > self._fine.reached] = _touch(self._book)
        return found

    def believe(self, good: bool, clock: int) -> None:
        """From `clock` on the book is, or is not, to be believed.

        Where other streams ran ahead of the book's, what is lost may be from any time after its
        last event: the columns since then are doubtful too, although nobody knew.
        """
        if good == self._good:
            return
        self._good = good
        self._beliefs += 1
        if good:
            self._begun.append(clock)
            del self._begun[:-_SPANS], self._ended[: max(0, len(self._ended) - _SPANS + 1)]
        else:
            self._ended.append(min(clock, self._clock))
        self._set_spans()

    @property
    def past(self) -> DepthPast:
        """All that is held; what is being recorded is sealed, and goes on."""
        for tier in (self._fine, self._coarse):
            if tier.blocks:
                tier.blocks[-1].seal()
        ended = [*self._ended, self._clock] if self._good else self._ended
        spans = tuple(zip(self._begun, ended, strict=True))
        return DepthPast(tuple(self._fine.blocks), tuple(self._coarse.blocks), spans)

    def precede(self, past: DepthPast, price_ratio: Fraction, size_ratio: Fraction) -> None:
        """Put what another history holds in front, restated on these grids by exact ratios.

        It is believed up to where this record began, which must have begun.
        """
        limit = min(tier.blocks[0].start for tier in (self._fine, self._coarse)) - 1
        for tier, blocks in ((self._fine, past.fine), (self._coarse, past.coarse)):
            for block in blocks:
                block.rescale(price_ratio, size_ratio)
            tier.precede(blocks)
        room = _SPANS - len(self._begun)
        spans = [(begun, min(ended, limit)) for begun, ended in past.spans if begun < limit]
        spans = spans[max(0, len(spans) - room) :]
        self._begun[:0] = [begun for begun, _ in spans]
        self._ended[:0] = [ended for _, ended in spans]
        self._set_spans()
        self._beliefs += 1
        # Whoever reads on from some column has to begin anew: there are older ones now.
        self._rescales += 1
        self._pictures.clear()

    def _set_spans(self) -> None:
        ended = [*self._ended, _FOREVER] if self._good else self._ended
        self._spans = np.array(self._begun, np.int64), np.array(ended, np.int64)

    @property
    def begun(self) -> int | None:
        """When the book could be believed first, ns; None before that or any record of it."""
        return self._begun[0] if self._begun and self._coarse.first is not None else None

    def rescale(
        self, price_ratio: Fraction | int, size_ratio: Fraction | int, book: Book | None = None
    ) -> None:
        """Restate everything on other grids: new ticks per old tick, new lots per old lot.

        `book` is the present book on the new grids.
        """
        self._book = book
        self._touches.clear()
        for tier in (self._fine, self._coarse):
            tier.rescale(Fraction(price_ratio), Fraction(size_ratio))
        self._pictures.clear()
        self._rescales += 1
        self._next = 0

    @property
    def nbytes(self) -> int:
        """Memory held by the record."""
        return self._fine.nbytes + self._coarse.nbytes

    @property
    def finest(self) -> Tier:
        """The record at the finest interval, for readers that go through its changes."""
        return self._fine

    def edition(self, interval: int) -> Hashable:
        """Something that stays equal for as long as closed columns come out as they did."""
        return self._beliefs, self._rescales, self._first(self._tier(interval))

    def reached(self, interval: int) -> int:
        """Columns of this interval that end here or before are closed."""
        return self._tier(interval).reached

    @property
    def rescales(self) -> int:
        """How often everything was restated on other grids."""
        return self._rescales

    def unbroken(self, starts: Integers, ends: Integers) -> NDArray[np.bool_]:
        """Which spans, from one boundary to another, the book could be believed throughout."""
        begun, ended = self._spans
        if not len(begun):
            return np.zeros(len(starts), np.bool_)
        span = np.searchsorted(begun, starts) - 1  # begun before the first boundary
        whole: NDArray[np.bool_] = (span >= 0) & (ends <= ended[span])
        return whole

    def known(self, interval: int, end: int, columns: int) -> NDArray[np.bool_]:
        """Which of the `columns` buckets, the last of which contains `end`, can be shown."""
        starts = _starts(interval, end, columns)
        return self._known(starts, starts + interval, self._tier(interval))

    def view(
        self, interval: int, end: int, columns: int, group: int, low: int, rows: int
    ) -> DepthView:
        """The book over `columns` buckets, the last of which contains `end`, in `rows` rows.

        `interval` is a multiple of 100 ms. The bucket that is not over yet shows the book now.
        """
        tier, rows = self._tier(interval), max(rows, 0)
        if columns == 1 and self._book is not None and end // interval >= tier.reached // interval:
            return self._forming(end - end % interval, interval, self._book, (group, low, rows))
        starts = _starts(interval, end, columns)
        ends = starts + interval
        known = self._known(starts, ends, tier)
        lots = np.zeros((len(starts), 2, rows), np.int64)
        # Columns by number: the first of the view, the first on record, the first not on record.
        first = end // interval + 2 - len(starts)
        begin = max(first, -(-self._first(tier) // interval))
        stop = min(max(begin, tier.reached // interval + 1), first + len(starts))
        if begin < stop:
            picture = self._pictures.get(
                (interval, group, low, rows), lambda: _Picture(interval, group, low, rows)
            )
            lots[begin - first : stop - first] = picture.read(tier, begin, stop)
        if self._book is not None and stop < first + len(starts):
            lots[max(stop - first, 0) :] = self._book.grouped(group, low, rows)
        lots[~known] = 0
        return DepthView(starts, lots[:, 0], lots[:, 1], known)

    def _forming(
        self, start: int, interval: int, book: Book, rows: tuple[int, int, int]
    ) -> DepthView:
        """The bucket that is not over yet alone, which is what is asked for in most frames."""
        span = bisect_left(self._begun, start + interval) - 1
        believed = span >= 0 and (span >= len(self._ended) or start + interval <= self._ended[span])
        known = believed and start <= self._clock + _PATIENCE
        bid, ask = book.grouped(*rows) if known else np.zeros((2, rows[2]), np.int64)
        return DepthView(np.array([start]), bid[None], ask[None], np.array([known]))

    def _first(self, tier: Tier) -> int:
        """The first boundary on record."""
        return tier.reached + 1 if tier.first is None else tier.first

    def _tier(self, interval: int) -> Tier:
        for tier in (self._coarse, self._fine):
            if interval > 0 and interval % tier.interval == 0:
                return tier
        raise ValueError(f"depth is kept per {self._fine.interval // 1_000_000} ms")

    def _known(self, starts: Integers, ends: Integers, tier: Tier) -> NDArray[np.bool_]:
        """Columns whose end lies in a span of belief and, where it is past, on record."""
        begun, ended = self._spans
        if not len(begun):
            return np.zeros(len(starts), np.bool_)
        span = np.searchsorted(begun, ends) - 1  # begun before the end of the bucket
        known = (span >= 0) & (ends <= ended[span])
        known &= starts <= self._clock + _PATIENCE
        return known & ((ends >= self._first(tier)) | (ends > tier.reached))


def _starts(interval: int, end: int, columns: int) -> Integers:
    """Where each of the buckets begins of which the last contains `end`."""
    last = end - end % interval
    starts: Integers = last - interval * np.arange(max(columns, 0) - 1, -1, -1, dtype=np.int64)
    return starts
