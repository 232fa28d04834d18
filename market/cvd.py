"""Cvd: cumulative volume delta per bar, with its anchor and what is certain of it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bars import Bars
from market.basis import TimeBasis
from market.gaps import Gap

Integers = NDArray[np.int64]

_DAY = 86_400_000_000_000


class Anchor(StrEnum):
    """Where the sum begins: with the first bar held, or anew at each 00:00 UTC."""

    NONE = "none"
    SESSION = "session"


class CvdPoint(NamedTuple):
    """The sum at the end of one bar, in lots; `start` is the bar's.

    `reliable` is False from the first bar of the anchor's period that a gap touched, or whose
    volume is not split, until the anchor begins again (definitions.md 2).
    """

    start: int
    value: int
    reliable: bool


class Cvd:
    """The running sum of `delta` over the bars shown (definitions.md 2)."""

    def __init__(self, bars: Bars, anchor: Anchor = Anchor.NONE, gaps: Sequence[Gap] = ()) -> None:
        self.bars = bars
        self.anchor = anchor
        self.gaps = gaps
        """Spans of market time in which trades may have been missed."""

    def last(self, count: int) -> list[CvdPoint]:
        """The newest `count` points, oldest first."""
        return self._points(None, count)

    def before(self, end: int, count: int) -> list[CvdPoint]:
        """The newest `count` points of bars that start before `end`, oldest first."""
        return self._points(end, count)

    def _points(self, end: int | None, count: int) -> list[CvdPoint]:
        starts, deltas, split, stated = self.bars.deltas()
        stop = len(starts) if end is None else int(np.searchsorted(starts, end))
        begin = max(stop - max(count, 0), 0)
        doubtful = self._doubtful(starts, stated) | ~split
        values = _since_anchor(np.cumsum(deltas), starts, self.anchor)
        doubts = _since_anchor(np.cumsum(doubtful), starts, self.anchor)
        columns = (starts[begin:stop], values[begin:stop], doubts[begin:stop] == 0)
        return [CvdPoint(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]

    def _doubtful(self, starts: Integers, stated: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Bars that a gap touched and that no kline has made whole."""
        doubtful = np.zeros(len(starts), np.bool_)
        basis = self.bars.basis
        for gap in self.gaps:
            # A time bar that was over before the gap is whole; of a count bar nobody knows.
            over = gap.start - basis.interval if isinstance(basis, TimeBasis) else gap.start
            first = int(np.searchsorted(starts, over, side="right"))
            first -= not isinstance(basis, TimeBasis) and first > 0
            beyond = len(starts)
            if gap.end is not None:
                beyond = max(int(np.searchsorted(starts, gap.end, side="right")), first + 1)
            doubtful[first:beyond] |= ~stated[first:beyond]
        return doubtful


def _since_anchor(sums: Integers, starts: Integers, anchor: Anchor) -> Integers:
    """Running sums less what they were when their session began."""
    if anchor is Anchor.NONE or not len(sums):
        return sums
    days = starts // _DAY
    begins = np.searchsorted(days, days)
    before = np.concatenate((np.zeros(1, np.int64), sums))
    return sums - before[begins]
