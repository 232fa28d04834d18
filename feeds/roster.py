"""Roster: what one connection knows of each symbol it has heard of, and how these are introduced.

A symbol's instrument goes out with the first that is heard of the symbol where it was stated
before, and as soon as it is stated where not. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from feeds.adapter import Output
from market.events import Listing
from market.instrument import Instrument

S = TypeVar("S")

LISTING_AGE: Final = 600_000_000_000
"""ns that a statement of an instrument is good for."""


class Roster(Generic[S]):
    """Symbols by name; `make` gives what is known of one at first."""

    def __init__(self, make: Callable[[str], S]) -> None:
        self.known: dict[str, S] = {}
        self.listed: dict[str, Instrument] = {}
        """Instruments that were stated, of symbols that were heard of or not."""
        self._listed_at: dict[str, int] = {}
        self._make = make

    def begun(self, symbol: str) -> S:
        """What is known of a symbol that is asked for."""
        known = self.known.get(symbol)
        if known is None:
            known = self.known[symbol] = self._make(symbol)
        return known

    def met(self, symbol: str, now: int) -> tuple[Sequence[Output], S]:
        """What is known of a symbol that is heard of, and its introduction the first time."""
        known = self.known.get(symbol)
        if known is not None:
            return (), known
        known = self.known[symbol] = self._make(symbol)
        listed = self.listed.get(symbol)
        return (() if listed is None else (Listing(listed.id, now, listed),)), known

    def take(self, listing: Listing, now: int) -> Sequence[Output]:
        """Take a statement of an instrument; it goes out where its symbol was heard of."""
        symbol = listing.listed.symbol
        self.listed[symbol], self._listed_at[symbol] = listing.listed, now
        return (listing,) if symbol in self.known else ()

    def unlisted(self, symbols: Iterable[str], now: int) -> Iterator[str]:
        """Those whose instrument has to be asked for: it was not stated, or too long ago."""
        for symbol in symbols:
            if now - self._listed_at.get(symbol, now - LISTING_AGE) >= LISTING_AGE:
                yield symbol
