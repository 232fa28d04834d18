"""Bar cells: a footprint bar with what is found in it, and whether all its trades were seen."""

from dataclasses import dataclass
from itertools import takewhile
from math import sqrt
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar, Parted
from market.bars import Bars
from market.basis import TimeBasis
from market.footprint import FootprintBar
from market.gaps import Gap
from market.imbalance import Rule, imbalances, opposites
from market.market import Market

Lots = NDArray[np.int64]
Mask = NDArray[np.bool_]
Strength = NDArray[np.uint8]
"""0 where there is no imbalance, else 1 to 3 by how far it exceeds what makes one."""


class Checked(NamedTuple):
    """What tells whether all trades of a bar were seen."""

    since: int
    """When the first trade held happened; 0 where bars are not of time."""
    now: int
    """Bars that end by then are over."""
    gaps: tuple[Gap, ...]
    """Those that may have touched a bar in sight."""
    stated: bool
    """Whether the venue states candles to compare with."""

    @classmethod
    def of(cls, market: Market, found: Bars, shown: Parted) -> Self:
        """Look at where our trades begin, what is known of the time before, and what we missed."""
        gaps: tuple[Gap, ...] = ()
        if market.gaps:
            begin = min(bar.start for bar in (*shown.run.bars, shown.newest))
            late = takewhile(lambda gap: gap.end is None or gap.end > begin, reversed(market.gaps))
            gaps = tuple(late)[::-1]
        if not isinstance(found.basis, TimeBasis):
            return cls(0, market.clock, gaps, False)
        since = int(market.trades.since(market.trades.first).ts[0])
        earlier = found.parted(since - since % found.basis.interval, 1)
        return cls(since, market.clock, gaps, earlier is not None)

    def up_to(self, bar: Bar) -> Self:
        """What tells as much of bars up to this one, and stays the same until it is over."""
        return self._replace(now=bar.end if bar.end <= self.now else min(bar.start, self.now))

    def doubts(self, bar: Bar, seen: Bar) -> bool:
        """Whether trades may be missing; equal to the venue's own volume nothing is."""
        holes = [g for g in self.gaps if g.start < bar.end and (g.end or bar.end) > bar.start]
        equal = self.stated and seen.volume == bar.volume
        if holes and not (equal and holes[-1].end is not None and bar.end <= self.now):
            return True
        return bar.start < self.since and not equal


class Reading(NamedTuple):
    """What is looked for in the cells of a bar."""

    rule: Rule
    strength: float = 0.0
    """How many times what makes an imbalance a very strong one is; 0 tells none apart."""
    area: float = 0.0
    """Share of the volume that a value area holds; 0 where none is wanted."""


class Figures(NamedTuple):
    """What is written below a bar beside volume and delta; None where it is not known."""

    most: int | None = None
    """The largest cumulative delta inside the bar, in lots."""
    least: int | None = None
    cvd: int | None = None
    sure: bool = True
    """Whether nothing is missing in the sum `cvd`."""
    rough: bool = False
    """Whether prices that nobody states are in it, where it is of values."""


@dataclass(frozen=True, slots=True, eq=False)
class BarCells:
    """A bar with its cells, None where no trades of it were seen; equal to itself alone."""

    bar: Bar
    cells: FootprintBar | None
    buys: Strength
    sells: Strength
    area: tuple[int, int] | None
    """Low edges of the lowest and highest row of the value area."""
    partial: bool
    """Whether trades are missing, so that the sums are only of what was seen."""
    figures: Figures

    @classmethod
    def of(
        cls,
        bar: Bar,
        cells: FootprintBar | None,
        checked: Checked,
        reading: Reading,
        figures: Figures,
    ) -> Self:
        """Find the imbalances of a bar, and whether all of it was seen."""
        if cells is None:
            nothing = np.zeros(0, np.uint8)
            return cls(bar, cells, nothing, nothing, None, False, figures)
        buys, sells = _strengths(cells, reading)
        area = cells.value_area(reading.area) if reading.area else None
        partial = checked.doubts(bar, cells.bar)
        return cls(bar, cells, buys, sells, area, partial, figures)

    def sums(self, worth: int) -> tuple[int, int]:
        """Volume and delta as far as they were seen: lots, or values in units of `worth`.

        Of a bar whose trades were not seen values are the sizes at its mean of high, low and close.
        """
        bar = self.bar if self.cells is None else self.cells.bar
        if not worth:
            return bar.volume, bar.delta
        if self.cells is None or self.cells.values is None:
            corners, per = bar.high + bar.low + bar.close, 3 * worth
            buy, sell = bar.buy * corners // per, bar.sell * corners // per
            return bar.volume * corners // per, buy - sell
        sold, bought = self.cells.values.sum(axis=1).tolist()
        return sold + bought, bought - sold

    @property
    def share(self) -> float:
        """Percent of the volume that the delta is."""
        volume, delta = self.sums(0)
        return 100 * delta / volume if volume else 0.0


def _strengths(cells: FootprintBar, reading: Reading) -> tuple[Strength, Strength]:
    """How strong the imbalances of a bar are: by their own volume over what makes one."""
    table = cells.cells
    below, above = opposites(table)
    buys, sells = imbalances(table, reading.rule, (below, above))
    return _graded(buys, cells.buy, below, reading), _graded(sells, cells.sell, above, reading)


def _graded(marked: Mask, own: Lots, other: Lots, reading: Reading) -> Strength:
    found = np.zeros(len(marked), np.uint8)
    at = marked.nonzero()[0]
    if not len(at):
        return found
    if not reading.strength:
        found[at] = 2
        return found
    own, other = own[at], other[at]
    needed = np.maximum(other, 1) * float(reading.rule.ratio)
    times = np.where(other > 0, own / needed, np.inf)
    found[at] = 1 + (times >= sqrt(reading.strength)) + (times >= reading.strength)
    return found
