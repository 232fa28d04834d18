"""Measure: whether sizes are written in base currency or as what they are worth in quote currency.

The model holds lots whichever it is. A `Look` carries the measure to every draw; `grid` gives the
steps that numbers are written in, and `worth` what aggregates are to count.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from market.instrument import Instrument
from market.worth import unit_of, worth_of

_UNNAMED = "size x price"
"""What values are in where no listing tells."""


class Measure(StrEnum):
    """The currency in which sizes are written."""

    BASE = "base"
    QUOTE = "quote"

    def worth(self, instrument: Instrument) -> int:
        """What aggregates count for numbers that are written: 0 lots, else such units of value."""
        return 0 if self is Measure.BASE else worth_of(instrument)

    def grid(self, instrument: Instrument) -> Instrument:
        """The instrument with the grid and the unit that numbers are written in."""
        return instrument if self is Measure.BASE else _valued(instrument)

    def words(self, instrument: Instrument, rough: bool = False) -> list[str]:
        """What titles say before anything that may find no room: nothing where it is as usual."""
        if self is Measure.BASE:
            return []
        mark = "~" if rough else ""
        # Nobody has said which currency it is, nor how much a contract is.
        return [f"size in {mark}{instrument.quote}" if instrument.quote else f"{mark}{_UNNAMED}"]

    def stays(self, instrument: Instrument) -> list[str]:
        """What titles say of sizes that stay in base currency."""
        return [] if self is Measure.BASE else [f"size in {instrument.base or 'base'}"]

    @property
    def other(self) -> "Measure":
        """The one that a key changes to."""
        return Measure.QUOTE if self is Measure.BASE else Measure.BASE


@dataclass(frozen=True, slots=True)
class Valued(Instrument):
    """An instrument whose lots are units of value and whose `base` is the quote currency."""


@lru_cache(maxsize=64)
def _valued(instrument: Instrument) -> Instrument:
    return Valued(
        instrument.venue,
        instrument.symbol,
        instrument.tick_size,
        unit_of(instrument),
        instrument.quote or _UNNAMED,
        instrument.quote,
        instrument.kind,
    )
