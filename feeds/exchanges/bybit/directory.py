"""The directory: what a market lists, asked for one by one, or all where one is missing.

The whole list comes in pages, each of which names the next.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final
from urllib.parse import quote

from feeds.adapter import Fetch
from market.instrument import Instrument

AGE: Final = 600_000_000_000
"""ns that a listing is good for."""

SINGLY: Final = 20
"""Symbols asked for one by one; for more the whole list is less work."""

_PATH = "/v5/market/instruments-info?category="


class Directory:
    """The instruments of one category that are known, and the symbols that are not listed."""

    def __init__(self, category: str) -> None:
        self.listed: dict[str, Instrument] = {}
        self._category = category
        self._at: dict[str, int] = {}
        self._missing: dict[str, None] = {}

    def ask(self, symbols: Iterable[str], now: int) -> Iterator[Fetch]:
        """What to fetch so that these are known."""
        wanted = [name for name in symbols if now - self._at.get(name, now - AGE) >= AGE]
        if len(wanted) > SINGLY:
            self._missing = dict.fromkeys(wanted)
            yield self.page()
            return
        for symbol in wanted:
            yield _fetch(f"{_PATH}{self._category}&symbol={quote(symbol)}")

    def page(self, cursor: str = "") -> Fetch:
        """A page of the whole list, the first without a cursor."""
        # The venue gives its cursor as it is to be sent, with its own percent signs.
        after = f"&cursor={quote(cursor, safe='%')}" if cursor else ""
        return _fetch(f"{_PATH}{self._category}&limit=1000{after}")

    def take(self, instruments: Iterable[Instrument], now: int) -> None:
        """Note what is listed."""
        for instrument in instruments:
            self.listed[instrument.symbol] = instrument
            self._at[instrument.symbol] = now
            self._missing.pop(instrument.symbol, None)

    def miss(self, symbol: str) -> Fetch:
        """Note that a symbol is not listed by itself: fetch the list, for names that are near."""
        self._missing[symbol] = None
        return self.page()

    def complete(self) -> list[tuple[str, str]]:
        """The whole list is here: the symbols that are not in it, and what is wrong with each."""
        missing, self._missing = self._missing, {}
        return [(symbol, self._unknown(symbol)) for symbol in missing]

    def _unknown(self, symbol: str) -> str:
        near = get_close_matches(symbol, self.listed, n=1)
        return f'no such symbol; did you mean "{near[0]}"?' if near else "no such symbol"


def _fetch(path: str) -> Fetch:
    return Fetch(path, path, 1)
