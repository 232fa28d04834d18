"""Finding: which listed instruments a few typed words mean, the likeliest first.

A symbol that is the word, or of that coin, comes before one that begins with it, and that before
one that holds it; among equals the most traded is first. Case and the marks between coins mean
nothing.
"""

from collections.abc import Container, Iterable
from typing import Final, NamedTuple

from feeds.listing import Listed

_OTHER: Final = 3
"""The rank of a word that is of the venue's name or of the kind."""


class Known(NamedTuple):
    """An instrument, and what words are compared with."""

    venue: str
    listed: Listed
    symbol: str
    exact: tuple[str, ...]
    """The words that mean it: its symbol, its coin, its coin with the quote currency."""
    around: str

    @property
    def id(self) -> str:
        """`VENUE:SYMBOL`."""
        return f"{self.venue}:{self.listed.symbol}"


def known(venue: str, instruments: Iterable[Listed]) -> list[Known]:
    """Instruments made ready to be searched."""
    return [_known(venue, row) for row in instruments]


def find(
    query: str, instruments: Iterable[Known], first: Container[str] = (), near: str = ""
) -> list[Known]:
    """The instruments that every word of a query fits, the likeliest first.

    Among equals those named in `first` come first, and where no volume decides, those of the
    venue `near`; what nothing decides keeps its order.
    """
    words = [(word.lower(), _plain(word)) for word in query.split()]
    found = []
    for row in instruments:
        total = 0
        for word, plain in words:
            rank = _rank(word, plain, row)
            if rank is None:
                break
            total += rank
        else:
            dollars = row.listed.dollars or 0.0
            found.append((total, row.id not in first, -dollars, row.venue != near, row))
    return [row for *_, row in sorted(found, key=lambda item: item[:4])]


def _known(venue: str, row: Listed) -> Known:
    base, quote = _plain(row.base), _plain(row.quote)
    around = f"{venue} {row.kind}"
    symbol = _plain(row.symbol)
    return Known(venue, row, symbol, (symbol, base, base + quote), around)


def _rank(word: str, plain: str, row: Known) -> int | None:
    """How well a word fits, 0 best; None where it does not."""
    if ":" in word:
        venue, _, symbol = word.partition(":")
        return _rank(symbol, _plain(symbol), row) if venue == row.venue else None
    if plain:
        if plain in row.exact:
            return 0
        if row.symbol.startswith(plain):
            return 1
        if plain in row.symbol:
            return 2
    return _OTHER if word in row.around else None


def _plain(text: str) -> str:
    """Letters and digits, in capitals."""
    return "".join(filter(str.isalnum, text)).upper()
