"""Table: rows of one kind made of a market's events, one object for each instrument.

Every table has a column `gap`: true where the feed had a gap between the row before, of the same
instrument, and this one, or in the time that this one is about. Who reads the rows alone never
takes a hole for silence.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, Protocol, TypeAlias

from market.basis import Basis
from market.events import Event
from market.instrument import plain
from market.market import Market
from market.units import Units, units_of

Value: TypeAlias = str | int | bool | Decimal | None
Row: TypeAlias = tuple[Value, ...]


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    TIME = "ns since 1970 UTC"
    COUNT = "whole number"
    DECIMAL = "exact decimal"
    FLAG = "true or false"


class Column(NamedTuple):
    """A name and what stands below it; where that is not known, nothing does."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Wish:
    """What of the tables can be chosen."""

    basis: Basis
    grouping: int = 1
    """Ticks a row of a footprint."""
    levels: int = 10
    every: int = 1_000_000_000
    """Market time between two books, ns."""
    start: int = 0
    """Only what happened from here on counts, ns."""
    end: int | None = None
    """And only what happened before."""

    def holds(self, time: int) -> bool:
        """Whether a time is within the span."""
        return time >= self.start and (self.end is None or time < self.end)


class Table(Protocol):
    """Rows of one instrument, handed over as soon as they cannot change any more."""

    def take(self, market: Market, event: Event) -> Iterable[Row]:
        """Rows that an event of this market brings."""
        ...

    def finish(self, market: Market) -> Iterable[Row]:
        """Rows that were kept back until the end."""
        ...


class Shape(NamedTuple):
    """A table by its columns and what makes one for an instrument."""

    columns: Callable[[Wish], Sequence[Column]]
    make: Callable[[Wish], Table]
    about: str
    uses: tuple[str, ...] = ()
    """The options that it understands."""
    early: bool = False
    """Whether it is handed events before they are applied."""


class Holes:
    """Whether the feed had a gap since somebody asked before, or had one then that went on."""

    def __init__(self) -> None:
        self._seen = 0
        """Gaps that were over."""

    def since(self, market: Market) -> bool:
        """Whether there was one since, or is one."""
        count, gaps = market.counts.gaps, market.gaps
        found = count != self._seen
        self._seen = count - (bool(gaps) and gaps[-1].end is None)
        return found


class Measures:
    """What turns the venue's own unit into base currency, as the instrument is listed."""

    def __init__(self) -> None:
        self._listed: object = None
        self._units: Units | None = None

    def of(self, market: Market) -> Units | None:
        """The units of a market; None where its sizes already are base currency."""
        if market.listed is not self._listed:
            self._listed = market.listed
            self._units = None if market.listed is None else units_of(market.listed)
        return self._units


def exact(number: float | None) -> Decimal | None:
    """The decimal that the venue wrote, of up to 15 digits."""
    return None if number is None else Decimal(repr(number))


def worded(value: Value) -> str:
    """A value as text: decimals without exponent and trailing zeros, nothing where not known."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return shortest(value)
    return str(value)


def shortest(value: Decimal) -> str:
    """A decimal without exponent and without zeros that say nothing."""
    text = plain(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def named(kind: Kind, *names: str) -> list[Column]:
    """Columns of one kind."""
    return [Column(name, kind) for name in names]
