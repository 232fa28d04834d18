"""Cvd: cumulative volume delta per bar, with its anchor and what is certain of it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar
from market.basis import Basis, TimeBasis
from market.gaps import Gap

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_DAY = 86_400_000_000_000
_MONDAY = 4 * _DAY
"""The first Monday after the Unix epoch."""


class Anchor(StrEnum):
    """Where a sum begins: with the first bar held, anew at each 00:00 UTC (of a Monday), or once.

    `TIME` is the bar that holds a given time.
    """

    NONE = "none"
    SESSION = "session"
    WEEK = "week"
    TIME = "time"


def periods(starts: Integers, anchor: Anchor, since: int = 0) -> Integers:
    """The period of each bar: sums begin where it changes."""
    match anchor:
        case Anchor.SESSION:
            return starts // _DAY
        case Anchor.WEEK:
            return (starts - _MONDAY) // (7 * _DAY)
        case Anchor.TIME:
            first = int(np.searchsorted(starts, since, side="right")) - 1
            return (np.arange(len(starts)) >= first).astype(np.int64)
    return np.zeros(len(starts), np.int64)


def begin_of(starts: Integers, anchor: Anchor) -> Integers:
    """When the session or week of each bar began."""
    first, length = (_MONDAY, 7 * _DAY) if anchor is Anchor.WEEK else (0, _DAY)
    return (starts - first) // length * length + first


class CvdPoint(NamedTuple):
    """The sum at the end of one bar, in lots; `start` is the bar's.

    `reliable` is False from the first bar of the anchor's period that a gap touched, or whose
    volume is not split after some that were, until the anchor begins again (definitions.md 2).
    The sum begins with the first bar of the period whose volume is split: before that it is not
    `known`.
    """

    start: int
    value: int
    reliable: bool
    known: bool = True


class Sums:
    """The running sum at the end of every bar that is over, oldest first.

    Equal to itself alone, like the `Run` of these bars: the same one again holds the same sums.
    """

    def __init__(
        self,
        starts: Integers,
        values: Integers,
        reliable: Mask,
        anew: bool,
        period: Integers,
        known: Mask,
    ) -> None:
        self.starts = starts
        """Of all bars, the newest included, and so are `reliable`, `period` and `known`."""
        self.period = period
        self.known = known
        self.reliable = reliable
        self.values = values[:-1]
        self.before = 0 if anew or len(values) < 2 else int(values[-2])
        """What the sum was when the newest bar began."""


class PartedSums(NamedTuple):
    """Sums of the bars that are over, those from `begin` up to `stop`, and the last point."""

    sums: Sums
    begin: int
    stop: int
    newest: CvdPoint

    @property
    def values(self) -> Integers:
        """The sums of the bars that are over."""
        return self.sums.values[self.begin : self.stop]


class Sided(Protocol):
    """Bars of which it is known what either side did: `Bars`, or the same in other units."""

    @property
    def basis(self) -> Basis:
        """What closes a bar."""
        ...

    @property
    def revision(self) -> int:
        """Counts the changes of bars other than the newest, and of which one that is."""
        ...

    def newest(self) -> Bar | None:
        """The newest bar shown."""
        ...

    def is_stated(self, start: int) -> bool:
        """Whether the bar with this start is shown as it was stated."""
        ...

    def deltas(self) -> tuple[Integers, Integers, Mask, Mask]:
        """Of every bar shown, oldest first: start, delta, whether split, whether stated."""
        ...


class Cvd:
    """The running sum of `delta` over the bars shown (definitions.md 2)."""

    def __init__(
        self,
        bars: Sided,
        anchor: Anchor = Anchor.NONE,
        gaps: Sequence[Gap] = (),
        since: int = 0,
    ) -> None:
        self.bars = bars
        self.anchor = anchor
        self.since = since
        """Where the sum begins if the anchor is a time."""
        self.gaps = gaps
        """Spans of market time in which trades may have been missed."""
        self._sums: Sums | None = None
        self._made_of: object = None

    def last(self, count: int) -> list[CvdPoint]:
        """The newest `count` points, oldest first."""
        return self._points(None, count)

    def before(self, end: int, count: int) -> list[CvdPoint]:
        """The newest `count` points of bars that start before `end`, oldest first."""
        return self._points(end, count)

    def parted(self, end: int | None, count: int) -> PartedSums | None:
        """The sums of the same bars as those of `Bars.parted`, None where there are none."""
        sums, newest = self._made()
        stop = len(sums.starts) if end is None else int(np.searchsorted(sums.starts, end))
        if newest is None or not stop or count < 1:
            return None
        point = newest
        if stop < len(sums.starts):
            place = stop - 1
            value, reliable = int(sums.values[place]), bool(sums.reliable[place])
            known = bool(sums.known[place])
            point = CvdPoint(int(sums.starts[place]), value, reliable, known)
        return PartedSums(sums, max(stop - count, 0), stop - 1, point)

    def _points(self, end: int | None, count: int) -> list[CvdPoint]:
        found = self.parted(end, count)
        if found is None:
            return []
        sums, begin, stop, newest = found
        columns = (sums.starts, sums.values, sums.reliable, sums.known)
        rows = zip(*(c[begin:stop].tolist() for c in columns), strict=True)
        return [*(CvdPoint(*row) for row in rows), newest]

    def _made(self) -> tuple[Sums, CvdPoint | None]:
        """The sums as they are, and the newest point; added up anew only when bars have changed."""
        newest = self.bars.newest()
        stated = newest is not None and self.bars.is_stated(newest.start)
        gaps = (len(self.gaps), self.gaps[-1] if self.gaps else None)
        made_of = (self.bars.revision, gaps, stated, newest and (newest.start, newest.split))
        if self._sums is None or made_of != self._made_of:
            self._sums, self._made_of = self._added_up(), made_of
        sums = self._sums
        if newest is None:
            return sums, None
        value = sums.before + newest.delta
        reliable, known = bool(sums.reliable[-1]), bool(sums.known[-1])
        return sums, CvdPoint(int(sums.starts[-1]), value, reliable, known)

    def _added_up(self) -> Sums:
        starts, deltas, split, stated = self.bars.deltas()
        period = periods(starts, self.anchor, self.since)
        known = since_anchor(np.cumsum(split), period) > 0
        unsure = (doubtful(starts, stated, self.bars.basis, self.gaps) | ~split) & known
        values = since_anchor(np.cumsum(deltas), period)
        doubts = since_anchor(np.cumsum(unsure), period)
        anew = len(set(period[-2:].tolist())) > 1
        return Sums(starts, values, (doubts == 0) & known, anew, period, known)


def doubtful(starts: Integers, stated: Mask, basis: Basis, gaps: Sequence[Gap]) -> Mask:
    """Bars that a gap touched and that no kline has made whole."""
    found = np.zeros(len(starts), np.bool_)
    for gap in gaps:
        # A time bar that was over before the gap is whole; of a count bar nobody knows.
        over = gap.start - basis.interval if isinstance(basis, TimeBasis) else gap.start
        first = int(np.searchsorted(starts, over, side="right"))
        first -= not isinstance(basis, TimeBasis) and first > 0
        beyond = len(starts)
        if gap.end is not None:
            beyond = max(int(np.searchsorted(starts, gap.end, side="right")), first + 1)
        found[first:beyond] |= ~stated[first:beyond]
    return found


def since_anchor(sums: Integers, period: Integers) -> Integers:
    """Running sums less what they were when their period began."""
    begins = np.searchsorted(period, period)
    before = np.concatenate((np.zeros(1, np.int64), sums))
    return sums - before[begins]
