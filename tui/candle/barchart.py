"""Bar chart: which bars a chart shows and where, those that are over apart from the newest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from market.bar import Bar, Run
from market.basis import Basis, RenkoBasis, TimeBasis
from market.cvd import Cvd, PartedSums
from market.gaps import Gap
from market.instrument import Instrument
from market.market import Market
from tui.candle.slots import Slots
from tui.drawing.area import Area
from tui.drawing.timeline import Scroll, TimeLabel, time_labels
from tui.drawing.zones import UTC_ZONE, Zone


class Past(NamedTuple):
    """What of a chart stays as it is while the newest bar forms: equal to itself until then."""

    instrument: Instrument
    basis: Basis
    run: Run
    """The bars in sight that are over."""
    slots: Slots
    number: int
    """The newest bar's; it may be out of sight when nothing has traded for long."""
    since: int
    """When the newest bar began."""

    @property
    def first(self) -> int:
        """The number of the oldest bar in sight."""
        oldest = int(self.run.numbers[0]) if len(self.run) else self.number
        return max(oldest, self.slots.first)

    @property
    def starts(self) -> list[int]:
        """Market time at which each number from `first` on begins, the free ones included."""
        if isinstance(self.basis, TimeBasis):
            last = self.slots.newest + (0 if self.slots.sweep else self.slots.ahead)
            return [number * self.basis.interval for number in range(self.first, last + 1)]
        return [*self.run.start.tolist(), self.since]

    def edges(self, newest: Bar) -> tuple[int, int]:
        """At which prices below and above the newest brick is over."""
        size = self.basis.ticks if isinstance(self.basis, RenkoBasis) else 0
        last = self.run.bars[-1] if len(self.run) else newest._replace(close=newest.open)
        return min(last.open, last.close) - size, max(last.open, last.close) + size

    def labels(self, zone: Zone = UTC_ZONE) -> list[TimeLabel]:
        """Times below the slots, by cells from the chart's left edge."""
        slots, first = self.slots, self.first
        labels = [
            TimeLabel(slots.cell(first + x // slots.pitch), text)
            for x, text in time_labels(self.starts, slots.pitch, zone)
        ]
        if not slots.sweep:
            return labels
        # An older time is left out where a newer one is written.
        edge = slots.cell(slots.newest)
        newer = [label for label in labels if label.x <= edge]
        free = max((label.x + len(label.text) + 1 for label in newer), default=0)
        return newer + [label for label in labels if label.x > max(edge, free)]

    def gaps(self, gaps: Sequence[Gap], area: Area) -> tuple[tuple[Area, Gap], ...]:
        """The parts of an area whose bars a gap has touched, and by which."""
        if not gaps:
            return ()
        starts = self.starts
        found: list[tuple[Area, Gap]] = []
        for gap in reversed(gaps):
            if gap.end is not None and gap.end < starts[0]:
                break  # gaps come in order
            for x, width in self.slots.spans(*self._touched(gap, starts)):
                right = min(area.right, area.x + x + width)
                run = area._replace(x=area.x + x, width=right - area.x - x)
                found.append((run, gap))
        return tuple(reversed(found))

    def _touched(self, gap: Gap, starts: list[int]) -> tuple[int, int]:
        """The first number that a gap touches and the one after the last."""
        if isinstance(self.basis, TimeBasis):
            interval = self.basis.interval
            last = self.slots.newest if gap.end is None else gap.end // interval
            return max(gap.start // interval, self.first), last + 1
        begins = np.array(starts, np.int64)
        first = max(0, int(np.searchsorted(begins, gap.start, side="right")) - 1)
        stop = len(begins) if gap.end is None else int(np.searchsorted(begins, gap.end, "right"))
        return self.first + first, self.first + max(first, stop)


@dataclass(frozen=True, slots=True, eq=False)
class BarChart:
    """Bars in slots of equal width, the newest at the right or, in a sweep, where its turn is.

    Bars of time have the slot of their time, so that a span without trades stays empty; bars of
    a number of trades follow one another.
    """

    past: Past
    newest: Bar
    end: int | None
    """Bars that start at this time or later are not shown."""

    @classmethod
    def of(
        cls,
        market: Market,
        instrument: Instrument,
        basis: Basis,
        until: int | None,
        width: int,
        scroll: Scroll = "block",
    ) -> Self | None:
        """The newest bars that fit into `width` cells, up to `until`; None where there are none."""
        now = market.clock if until is None else min(until, market.clock)
        end = None if until is None else now + 1
        parted = market.bars(basis).parted(end, max(2, width // 2))
        if parted is None:
            return None
        run, newest, number = parted
        last = max(number, now // basis.interval) if isinstance(basis, TimeBasis) else number
        oldest = int(run.numbers[0]) if len(run) else number
        slots = Slots.of(width, oldest, last, scroll)
        run = run.numbered_from(slots.first)
        return cls(Past(instrument, basis, run, slots, number, newest.start), newest, end)

    @property
    def lowest(self) -> int:
        """The lowest price."""
        return min(self.past.run.lowest, self.newest.low)

    @property
    def highest(self) -> int:
        """The highest price."""
        return max(self.past.run.highest, self.newest.high)

    @property
    def most_volume(self) -> int:
        """The largest volume."""
        return max(self.past.run.most_volume, self.newest.volume)

    @property
    def newest_cell(self) -> int | None:
        """Where the newest bar's slot begins; None where it is out of sight."""
        slots, number = self.past.slots, self.past.number
        return slots.cell(number) if number >= slots.first else None

    def sums(self, cvd: Cvd) -> PartedSums | None:
        """The running sums of the same bars."""
        return cvd.parted(self.end, len(self.past.run) + 1)
