"""Heat sizes: how sizes about a heatmap are written, in base currency or by what they are worth.

What rests or trades at a price is worth its size times that price. Thresholds, such as the sizes
at which colours begin, have no price: they are told at the middle of the picture, with `~`.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from market.depth import DepthView
from market.instrument import Instrument
from market.market import Market
from market.resting import rested
from market.worth import values
from tui.drawing.format import compact, compact_size
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.heat.grid import HALVES, HeatGrid

Integers = NDArray[np.int64]


class HeatSizes(NamedTuple):
    """A measure on the rows of a picture."""

    measure: Measure
    instrument: Instrument
    middle: int
    """Price at which thresholds are told, in ticks."""
    group: int
    """Ticks a price row."""

    @classmethod
    def of(cls, look: Look, grid: HeatGrid) -> Self:
        """How a picture's sizes are written."""
        middle = (grid.axis.low + grid.axis.high) // 2
        return cls(look.measure, grid.instrument, middle, grid.group)

    @property
    def unit(self) -> Instrument:
        """What they are written in."""
        return self.measure.grid(self.instrument)

    def about(self, lots: int, width: int = 5) -> str:
        """A threshold."""
        if self.measure is Measure.BASE:
            return compact(self.instrument.size(lots), width)
        # With its suffix a number may have three digits: `494k`.
        text = compact(self._value(lots, self.middle), max(4, width - 1))
        return f"~{text.removeprefix('~')}"

    def lots_about(self, lots: int) -> int:
        """A threshold as a number of what is written."""
        worth = self.measure.worth(self.instrument)
        return lots * self.middle // worth if worth else lots

    def at(self, lots: int, low: int) -> str:
        """What rests in the row that begins at a price."""
        if self.measure is Measure.BASE:
            return compact_size(self.instrument, lots)
        rough = "~" if self.group > 1 else ""
        return f"{rough}{compact(self._value(lots, low + self.group // 2))}"

    def _value(self, lots: int, ticks: int) -> float:
        return float(self.instrument.size(lots)) * float(self.instrument.price(ticks))


def written_rows(
    market: Market, grid: HeatGrid, view: DepthView, measure: Measure
) -> tuple[Integers, Integers]:
    """Bids and asks of the newest column as they are written, lowest row first.

    The book of now is worth what each of its levels is; earlier ones, and sums of several, are
    told by their rows.
    """
    bid, ask = view.bid[-1], view.ask[-1]
    worth, rows = measure.worth(grid.instrument), grid.axis.cells * HALVES
    if not worth:
        return bid, ask
    if grid.live and grid.several is None and market.book is not None:
        return rested(market, None, grid.group, grid.axis.low, rows, worth)[:2]
    middles = grid.axis.low + grid.group // 2 + grid.group * np.arange(rows, dtype=np.int64)
    return values(middles, bid, worth), values(middles, ask, worth)
