"""Prices of a listing: what lists tell of prices, funding and open interest.

Every one of these may be missing: venues state them with different answers, and some not at all.
"""

from math import isfinite
from typing import NamedTuple

from feeds.lists import Volumes
from market.events import Event, FundingRate, MarkPrice, OpenInterest, Ticker
from market.instrument import Instrument
from market.units import units_of


class Stand(NamedTuple):
    """How one instrument stood when its list was made; None is what the venue did not state."""

    last: float | None = None
    """The last price, else the mark price."""
    change: float | None = None
    """Percent in 24 h."""
    funding: float | None = None
    """A fraction, for the interval that runs."""
    interest: float | None = None
    """Open interest in quote currency."""


class Prices:
    """What was told so far, by symbol."""

    def __init__(self) -> None:
        self.days: dict[str, Ticker] = {}
        self._marks: dict[str, float] = {}
        self._rates: dict[str, float] = {}
        self._held: dict[str, OpenInterest] = {}
        self._moves: dict[str, tuple[float | None, float | None]] = {}

    def take(self, symbol: str, event: Event) -> None:
        """Note what an event tells, if it is of these."""
        match event:
            case Ticker():
                self.days[symbol] = event
            case MarkPrice(price=price):
                self._marks[symbol] = price
            case FundingRate(rate=rate):
                self._rates[symbol] = rate
            case OpenInterest():
                self._held[symbol] = event
            case _:
                pass

    def move(self, symbol: str, last: float | None, change: float | None) -> None:
        """Note a price and its change in percent, where no event tells them."""
        self._moves[symbol] = last, change

    def of(self, symbol: str, listed: Instrument | None) -> Stand:
        """All that was told of an instrument; `listed` is None where its grids are not known."""
        last, change = self._moves.get(symbol, (None, None))
        day = self.days.get(symbol)
        if day is not None:
            last = day.last
            change = 100 * (day.last / day.open - 1) if day.open > 0 else change
        last = self._marks.get(symbol) if last is None else last
        worth = None if last is None else self._worth(symbol, listed, last)
        return Stand(_sane(last), _sane(change), _sane(self._rates.get(symbol)), _sane(worth))

    def _worth(self, symbol: str, listed: Instrument | None, price: float) -> float | None:
        held = self._held.get(symbol)
        if held is None or listed is None:
            return None
        units = units_of(listed)
        base = held if units is None else units.interest(held, price)
        return None if base is None else base.size * price


def moved(
    place: Volumes, last: float | None, first: float | None, change: float | None
) -> tuple[float | None, float | None]:
    """The price and its change in percent, from whichever of these a venue states."""
    if change is not None:
        return last, 100 * change if place.shares else change
    if last is None or first is None or first <= 0:
        return last, None
    return last, 100 * (last / first - 1)


def _sane(value: float | None) -> float | None:
    """A number that can be shown and sorted by, in as many digits as say something."""
    if value is None or not isfinite(value):
        return None
    return float(f"{value:.12g}")
