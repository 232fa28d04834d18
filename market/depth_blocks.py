"""Depth blocks: the base record of a book over time, a keyframe and the changes after it."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from market.book import Book
from market.ladder import Prices, standing

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]

BLOCK_COLUMNS = 300
"""Boundaries in one block: what has to be read, at most, to reach any of them."""
_MOST_BOUNDARIES = 64
_MOST_WRITTEN = 1 << 14
"""Boundaries, and sizes written by them, that are settled together at most."""


class Block:
    """The book at `start`, and what changed by each later boundary.

    A change is a code and a difference in lots. The code is twice the distance in ticks from
    `base`, plus one for an ask. Codes and lots are stated on the grids of when they were
    recorded; `price_ratio` and `size_ratio` lead from there to today's.
    """

    def __init__(self, start: int, base: int, codes: Integers, lots: Integers) -> None:
        self.start = start
        self.base = base
        self.keyframe = (codes, lots)
        self.price_ratio = self.size_ratio = Fraction(1)
        self._boundaries: list[int] = []
        self._offsets: list[int] = [0]
        self._codes = np.empty(256, np.int64)
        self._lots = np.empty(256, np.int64)

    @property
    def nbytes(self) -> int:
        """Memory held by the arrays."""
        codes, lots = self.keyframe
        return codes.nbytes + lots.nbytes + self.changed_nbytes

    @property
    def changed_nbytes(self) -> int:
        """Memory held by the changes alone."""
        return self._codes.nbytes + self._lots.nbytes

    def extend(
        self, boundaries: list[int], stops: list[int], codes: Integers, lots: Integers
    ) -> None:
        """Add what changed by some boundaries, of each up to its stop in `codes` and `lots`."""
        begin = self._offsets[-1]
        end = begin + len(codes)
        if end > len(self._codes):
            self._codes = _grown(self._codes, begin, 2 * end)
            self._lots = _grown(self._lots, begin, 2 * end)
        self._codes[begin:end] = codes
        self._lots[begin:end] = lots
        for boundary, stop in zip(boundaries, stops, strict=True):
            if begin + stop > self._offsets[-1]:
                self._boundaries.append(boundary)
                self._offsets.append(begin + stop)

    def seal(self) -> None:
        """Nothing more will be appended: keep it as small as it goes."""
        stop = self._offsets[-1]
        self._codes, self._lots = _small(self._codes[:stop]), _small(self._lots[:stop])
        self.keyframe = (_small(self.keyframe[0]), _small(self.keyframe[1]))

    def rescale(self, price_ratio: Fraction, size_ratio: Fraction) -> None:
        """Take other grids for today's: new ticks per old tick, new lots per old lot."""
        self.price_ratio *= price_ratio
        self.size_ratio *= size_ratio

    def offsets(self, boundaries: Integers) -> Integers:
        """How many changes had happened by each boundary."""
        passed = np.searchsorted(np.array(self._boundaries, np.int64), boundaries, side="right")
        return np.array(self._offsets, np.int64)[passed]

    def changes(self, begin: int, stop: int) -> tuple[Integers, Integers]:
        """Codes and differences of some changes."""
        return self._codes[begin:stop], self._lots[begin:stop]

    def steps(self, after: int) -> Iterator[tuple[int, Integers, Integers]]:
        """The boundaries later than `after` by which anything changed, each with its changes."""
        for place in range(bisect_right(self._boundaries, after), len(self._boundaries)):
            codes, lots = self.changes(self._offsets[place], self._offsets[place + 1])
            yield self._boundaries[place], codes, lots


class _Unsettled:
    """What was written by boundaries that nobody has asked for yet.

    Finding what changed by a boundary is a dozen small steps over arrays, the same for a hundred
    boundaries as for one. A market at ten times its pace passes fifteen between two frames.
    """

    def __init__(self) -> None:
        self.boundaries: list[int] = []
        self._places: list[Places] = []
        self._sizes: list[Floats] = []
        self._count = 0

    def add(self, boundary: int, places: Places, sizes: Floats) -> bool:
        """Note the sizes at a boundary of all places written since the one before.

        A place may be named more than once. Says whether so much is noted that it should be
        settled.
        """
        self.boundaries.append(boundary)
        self._places.append(places)
        self._sizes.append(sizes)
        self._count += len(places)
        return len(self.boundaries) >= _MOST_BOUNDARIES or self._count >= _MOST_WRITTEN

    def changes(self, before: Floats) -> tuple[Integers, Places, Floats, Floats]:
        """Number of the boundary, place, old and new size of each change; boundaries ascend.

        `before` are the sizes at the boundary before the first; they become those at the last.
        """
        places, sizes = np.concatenate(self._places), np.concatenate(self._sizes)
        column = np.repeat(np.arange(len(self._places)), [len(each) for each in self._places])
        # By place, and at each place by boundary.
        order = places.argsort(kind="stable")
        places, sizes, column = places[order], sizes[order], column[order]
        old = before[places]
        again = (places[1:] == places[:-1]).nonzero()[0] + 1
        old[again] = sizes[again - 1]
        before[places] = sizes  # of a place that is named again the last one stays
        changed = (sizes != old).nonzero()[0]
        changed = changed[column[changed].argsort(kind="stable")]
        return column[changed], places[changed], old[changed], sizes[changed]


class Tier:
    """Blocks of one base interval, bounded in time and in bytes."""

    def __init__(self, interval: int, span: int, budget: int) -> None:
        self.interval = interval
        self.span = span
        self.budget = budget
        self.reached = 0
        """The last boundary that is on record; 0 before the first."""
        self._blocks: deque[Block] = deque()
        self._unsettled = _Unsettled()
        self._book: Book | None = None
        """The book that the newest block is of; None where the next record begins one."""
        self._layout = -1
        self._prices: Prices | None = None
        """Of the newest block's layout, which the book may have left."""
        self._sizes = np.empty(0)
        """At the last boundary that is settled."""

    @property
    def blocks(self) -> deque[Block]:
        """What is on record, the oldest first."""
        self._settle()
        return self._blocks

    @property
    def first(self) -> int | None:
        """The first boundary on record."""
        return self._blocks[0].start if self._blocks else None

    @property
    def nbytes(self) -> int:
        """Memory held: the blocks, and a copy of the book to find changes against."""
        return sum(block.nbytes for block in self.blocks) + self._sizes.nbytes

    def record(self, book: Book, clock: int, places: Places | None) -> Places | None:
        """The book has stood like this since its last event, and does so until `clock`.

        `places` are where something was, or may have been, written since the record before;
        None looks at all of them, a megabyte. Returns where it was, None where a block begins.
        """
        boundary = self.reached + self.interval
        newest = clock - clock % self.interval
        if not self.reached:
            boundary = newest
        self.reached = newest
        block = self._blocks[-1] if self._blocks else None
        if (
            block is None
            or book is not self._book
            or book.ladder.layout != self._layout
            or boundary - block.start >= BLOCK_COLUMNS * self.interval
            or block.changed_nbytes > self.budget // 8
        ):
            self._begin_block(book, boundary)
            self._drop_old()
            return None
        sizes = book.ladder.sizes
        if places is None:
            self._settle()
            places = (sizes != self._sizes).nonzero()[0]
        if len(places) and self._unsettled.add(boundary, places, sizes[places]):
            self._settle()
        return places

    def rescale(self, price_ratio: Fraction, size_ratio: Fraction) -> None:
        """Restate everything on other grids; the next record begins a block."""
        for block in self.blocks:
            block.rescale(price_ratio, size_ratio)
        self._book = None

    def precede(self, blocks: Iterable[Block]) -> None:
        """Put older blocks in front, as far as span and budget allow; those not older are left."""
        first = self.blocks[0].start
        older = [block for block in blocks if block.start < first]
        self._blocks.extendleft(reversed(older))
        self._drop_old()

    def _begin_block(self, book: Book, boundary: int) -> None:
        if self._blocks:
            self._settle()
            self._blocks[-1].seal()
        ladder = book.ladder
        self._book, self._layout = book, ladder.layout
        self._prices = ladder.prices
        self._sizes = ladder.sizes.copy()
        places = standing(self._sizes)
        lots = book.lots(self._sizes[places])
        self._blocks.append(Block(boundary, ladder.base, _codes(self._prices, places), lots))

    def _settle(self) -> None:
        """Find out what changed by the boundaries that were passed, and append it."""
        unsettled = self._unsettled
        if not unsettled.boundaries:
            return
        assert self._book is not None
        assert self._prices is not None
        self._unsettled = _Unsettled()
        columns, places, old, new = unsettled.changes(self._sizes)
        count = len(places)
        lots = self._book.lots(np.concatenate((new, old)))
        codes, lots = _codes(self._prices, places), lots[:count] - lots[count:]
        stops = np.searchsorted(columns, np.arange(len(unsettled.boundaries)), side="right")
        self._blocks[-1].extend(unsettled.boundaries, stops.tolist(), codes, lots)

    def _drop_old(self) -> None:
        excess = sum(block.nbytes for block in self._blocks) - self.budget
        while len(self._blocks) > 1 and (
            excess > 0 or self._blocks[1].start <= self.reached - self.span
        ):
            excess -= self._blocks.popleft().nbytes


class Grouping:
    """A reader of one tier in rows of grouped prices, which goes on from where it was."""

    def __init__(self, group: int, low: int, rows: int) -> None:
        self._group, self._low, self._rows = group, low, rows
        self._block: Block | None = None
        self._position = 0
        self._sums = np.zeros(2 * rows, np.int64)

    def read(self, tier: Tier, boundaries: Integers) -> Integers:
        """Lots at ascending boundaries, int64[c, 2, rows]: bids, then asks.

        Boundaries before the oldest block and after the newest record are not looked at; the
        caller leaves them out.
        """
        columns = np.zeros((len(boundaries), 2 * self._rows), np.int64)
        blocks = list(tier.blocks)
        starts = np.array([block.start for block in blocks], np.int64)
        places = np.searchsorted(starts, boundaries, side="right") - 1
        for place in np.unique(places).tolist():
            if place >= 0:
                begin, stop = np.searchsorted(places, (place, place + 1)).tolist()
                self._read_block(blocks[place], boundaries[begin:stop], columns[begin:stop])
        return columns.reshape(len(boundaries), 2, self._rows)

    def _read_block(self, block: Block, boundaries: Integers, columns: Integers) -> None:
        ends = block.offsets(boundaries)
        if block is not self._block or ends[0] < self._position:
            self._block, self._position = block, 0
            self._sums = np.zeros(2 * self._rows, np.int64)
            place, lots = self._cells(block, *block.keyframe)[1:]
            np.add.at(self._sums, place, lots)
        inside, place, lots = self._cells(block, *block.changes(self._position, int(ends[-1])))
        column = np.searchsorted(ends, inside + self._position, side="right")
        np.add.at(columns.reshape(-1), column * (2 * self._rows) + place, lots)
        columns[0] += self._sums
        np.cumsum(columns, axis=0, out=columns)
        self._sums = columns[-1].copy()
        self._position = int(ends[-1])

    def _cells(
        self, block: Block, codes: Integers, lots: Integers
    ) -> tuple[NDArray[np.intp], Integers, Integers]:
        """Which of the changes are inside the rows, the cell of each, and its lots."""
        ratio, size = block.price_ratio, block.size_ratio
        high = self._low + self._rows * self._group
        # The first old tick whose new price is at or above the edge.
        edges = [-(-edge * ratio.denominator // ratio.numerator) for edge in (self._low, high)]
        begin, stop = (2 * (edge - block.base) for edge in edges)
        inside = np.flatnonzero((codes >= begin) & (codes < stop))
        chosen = codes[inside].astype(np.int64)
        ticks = ((chosen >> 1) + block.base) * ratio.numerator // ratio.denominator
        place = (ticks - self._low) // self._group + (chosen & 1) * self._rows
        return inside, place, lots[inside].astype(np.int64) * size.numerator // size.denominator


def _codes(prices: Prices, places: Places) -> Integers:
    ask = places >= prices.span
    codes = prices.ticks(places - ask * prices.span)
    codes -= prices.base
    codes *= 2
    codes += ask
    return codes


def _grown(values: Integers, kept: int, room: int) -> Integers:
    grown = np.empty(room, np.int64)
    grown[:kept] = values[:kept]
    return grown


def _small(values: Integers) -> Integers:
    """A copy in 32 bits where every value fits, which halves the memory."""
    info = np.iinfo(np.int32)
    if not len(values) or (values.min() >= info.min and values.max() <= info.max):
        return values.astype(np.int32)
    return values.copy()
