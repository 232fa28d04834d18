"""A venue's capability as data: how deep, how often, how its book is verified, and its traps.

Which channels there are and what an address is allowed stands in the venue's row itself; the
matrix of `tapetop venues` is made of both.
"""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """A means by which a book is known to be right."""

    SEQUENCE = "sequence"
    """Each change of a book says which one it follows."""
    CONNECTION = "connection sequence"
    """Messages are numbered over all of a connection."""
    ROWS = "row ids"
    """Changes name rows; one that was never stated betrays a loss."""
    CHECKSUM = "checksum"
    """The venue states a checksum of the top of the book."""
    SNAPSHOTS = "snapshots only"
    """Nothing: the book comes whole, and is labelled SNAPSHOT-ONLY."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What a venue states, as far as its row does not say it already."""

    depth: int | None = None
    """Levels a side of the book; None where it is stated whole."""
    cadence: str = ""
    """How often the book comes."""
    checks: tuple[Check, ...] = ()
    book: str = ""
    """How the book begins, is followed and is verified."""
    trades: str = ""
    """What one trade is."""
    bars: int = 0
    """Bars of the past that a chart begins with."""
    interest: bool = False
    """Whether open interest comes with the mark price, or is asked for where it does not."""
    liquidations: str = ""
    """How much of them is told, where any is."""
    notes: tuple[str, ...] = ()
    """Known limits and traps, each a sentence or two."""


UNSTATED = Capability()
"""Of a venue whose row says nothing more."""
