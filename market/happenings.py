"""Happenings: open interest, funding, basis and liquidations as stated, in bounded logs."""

from array import array
from bisect import bisect_left
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.events import FundingRate, Liquidation, MarkPrice, Side

Integers = NDArray[np.int64]
Values = NDArray[np.float64]

KEPT = 20_000
"""Entries of a log at most, 16 bytes each; the oldest quarter goes when it is full."""


class Series:
    """A value that changes now and then: when it was first stated, and what it was."""

    def __init__(self) -> None:
        self._at = array("q")
        self._values = array("d")

    def __len__(self) -> int:
        return len(self._at)

    def add(self, at: int, value: float, repeated: bool = False) -> None:
        """Note a value; the same one again is no news unless entries are `repeated`."""
        if self._at:
            at = max(at, self._at[-1])  # time never goes back here, whatever a venue says
            if value == self._values[-1] and not repeated:
                return
        if len(self._at) == KEPT:
            del self._at[: KEPT // 4], self._values[: KEPT // 4]
        self._at.append(at)
        self._values.append(value)

    def recall(self, at: int, value: float) -> None:
        """Put a value of the past in its place, unless something is stated of its time already.

        The same value again is noted too: another may yet be told of between the two. A full log
        takes nothing in between.
        """
        place = bisect_left(self._at, at)
        if place < len(self._at) and self._at[place] == at:
            return
        if place == len(self._at):
            self.add(at, value, repeated=True)
        elif len(self._at) < KEPT:
            self._at.insert(place, at)
            self._values.insert(place, value)

    def before(self, ends: Integers) -> Values:
        """The value as it stood before each of these times; NaN before the first one."""
        if not self._at:
            return np.full(len(ends), np.nan)
        places = np.searchsorted(np.frombuffer(self._at, np.int64), ends) - 1
        values = np.frombuffer(self._values)[np.maximum(places, 0)]
        return np.where(places >= 0, values, np.nan)

    def at(self, end: int) -> float | None:
        """The value as it stood before one time; None before the first one."""
        place = bisect_left(self._at, end)
        return self._values[place - 1] if place else None

    def between(self, starts: Integers, ends: Integers) -> Values:
        """The sum of all entries from each start up to but not including its end."""
        if not self._at:
            return np.zeros(len(starts))
        at = np.frombuffer(self._at, np.int64)
        sums = np.concatenate(([0.0], np.cumsum(np.frombuffer(self._values))))
        held: Values = sums[np.searchsorted(at, ends)] - sums[np.searchsorted(at, starts)]
        return held

    @property
    def revision(self) -> tuple[int, int, float]:
        """What changes with every entry."""
        return (len(self._at), self._at[-1], self._values[-1]) if self._at else (0, 0, 0.0)

    @property
    def since(self) -> int | None:
        """When the oldest entry was stated."""
        return self._at[0] if self._at else None

    def clear(self) -> None:
        """Forget everything."""
        del self._at[:], self._values[:]


class Liquidated(NamedTuple):
    """Forced orders in base currency: longs are closed by selling, shorts by buying."""

    longs: Series
    shorts: Series


class Happenings:
    """What was stated of one instrument beside trades and the book."""

    def __init__(self) -> None:
        self.interest = Series()
        """Open contracts, in base currency as far as their worth is known."""
        self.contracts = Series()
        """The same in the unit of the venue, which a price does not change."""
        self.funding = Series()
        """The rate of the current interval, as a fraction."""
        self.basis = Series()
        """Mark price over index price less one, where a venue states both."""
        self.liquidated = Liquidated(Series(), Series())
        self.liquidated_worth = Liquidated(Series(), Series())
        """The same in quote currency, each order at its price."""

    def take_funding(self, funding: FundingRate) -> None:
        """Note a rate."""
        self.funding.add(funding.ts_event, funding.rate)

    def take_mark(self, mark: MarkPrice) -> None:
        """Note how far the mark price is from the index."""
        if mark.index:
            self.basis.add(mark.ts_event, mark.price / mark.index - 1)

    def take_liquidation(self, order: Liquidation) -> None:
        """Note a forced order."""
        for held, size in (
            (self.liquidated, order.size),
            (self.liquidated_worth, order.size * order.price),
        ):
            side = held.longs if order.side is Side.SELL else held.shorts
            side.add(order.ts_event, size, repeated=True)

    def clear_sizes(self) -> None:
        """Forget what was counted in contracts before anybody said what one is worth."""
        for series in (self.interest, *self.liquidated, *self.liquidated_worth):
            series.clear()
