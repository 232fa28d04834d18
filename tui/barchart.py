"""Bar chart: which bars a chart shows and where, as columns of integers."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from market.bars import Bar
from market.basis import Basis, TimeBasis
from market.instrument import Instrument
from market.market import Market
from tui.area import Area

Integers = NDArray[np.int64]

_PITCHES = (6, 4)
"""Cells a bar while there are few; 2 once there are many."""


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars in slots of equal width, the newest at the right.

    Bars of time have the slot of their time, so that a span without trades stays empty; bars of
    a number of trades follow one another.
    """

    instrument: Instrument
    basis: Basis
    bars: list[Bar]
    slot: Integers
    """The slot of each bar, ascending."""
    starts: list[int]
    """Market time at which each slot begins, oldest first."""
    pitch: int
    """Cells a slot."""
    left: int = 0
    """Cells that are free before the first slot."""

    @classmethod
    def of(
        cls, market: Market, instrument: Instrument, basis: Basis, until: int | None, width: int
    ) -> Self:
        """The newest bars that fit into `width` cells, up to `until`."""
        most = max(1, width // 2)
        now = market.clock if until is None else min(until, market.clock)
        found = market.bars(basis)
        bars = found.last(most) if until is None else found.before(now + 1, most)
        if not isinstance(basis, TimeBasis):
            pitch = _pitch(len(bars), width)
            starts = [bar.start for bar in bars]
            left = max(0, width - pitch * len(bars))
            return cls(instrument, basis, bars, np.arange(len(bars)), starts, pitch, left)
        last = max(now, bars[-1].start if bars else 0) // basis.interval
        oldest = bars[0].start // basis.interval if bars else last
        pitch = _pitch(last + 1 - oldest, width)
        first = max(last + 1 - max(1, width // pitch), oldest)
        bars = [bar for bar in bars if bar.start >= first * basis.interval]
        slot = np.array([bar.start // basis.interval - first for bar in bars], np.int64)
        starts = [n * basis.interval for n in range(first, last + 1)]
        left = max(0, width - pitch * len(starts))
        return cls(instrument, basis, bars, slot, starts, pitch, left)

    def place(self, area: Area) -> Area:
        """The part of an area that the slots take."""
        return area._replace(x=area.x + self.left, width=area.width - self.left)

    @property
    def slots(self) -> int:
        """How many slots there are, empty ones included."""
        return len(self.starts)

    def column(self, values: list[int], missing: int = 0) -> Integers:
        """One value a bar as one value a slot."""
        result = np.full(self.slots, missing, np.int64)
        result[self.slot] = values
        return result

    def touched(self, start: int, end: int | None) -> tuple[int, int]:
        """The first slot that a span of time touches and the one after the last."""
        begins = np.array(self.starts, np.int64)
        first = max(0, int(np.searchsorted(begins, start, side="right")) - 1)
        if begins.size and isinstance(self.basis, TimeBasis):
            first += int(start >= begins[-1] + self.basis.interval)
        stop = self.slots if end is None else int(np.searchsorted(begins, end, side="right"))
        return first, max(first, stop)


def _pitch(count: int, width: int) -> int:
    return next((pitch for pitch in _PITCHES if count * pitch <= width), 2)
