"""Stretches: what happened on a market for a while, as the wire spelled it, whatever the venue.

A stretch is read out of a recording by the venue's own parser, so that old recordings can be said
in today's protocol; where no recording holds changes of a book, it begins with a made-up one.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice, pairwise
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from feeds.errors import FeedError
from feeds.recording import records
from feeds.registry import VENUES, venue_for_url
from market.events import BookDelta, BookSnapshot, Levels, Side, Trade
from tests.captures import CAPTURES

Rows: TypeAlias = tuple[tuple[str, str], ...]
"""Levels as they are spelled: price and absolute size, of which 0 removes."""

STEP = 10_000_000
"""ns between two cues."""


class Change(NamedTuple):
    """A change of the book."""

    at: int
    """ns since the floor opened."""
    bids: Rows
    asks: Rows


class Print(NamedTuple):
    """A trade."""

    at: int
    id: int
    """Counted by the floor; 0 before it happens."""
    price: str
    size: str
    buys: bool
    """Whether the aggressor bought."""


Cue: TypeAlias = Change | Print
"""One thing that happens on a market."""


class Stretch(NamedTuple):
    """A book, and what happened after it stood so."""

    bids: Rows
    asks: Rows
    cues: tuple[Cue, ...] = ()
    depth: int | None = None
    """Levels of a side beyond which the venue says nothing, None where it says all."""
    single: bool = False
    """Whether a change is of one level each, as some venues say it."""

    @property
    def tick(self) -> Decimal:
        """The step of prices."""
        return _step(self.bids + self.asks, 0)

    @property
    def lot(self) -> Decimal:
        """The step of sizes."""
        return _step(self.bids + self.asks, 1)

    @property
    def gap(self) -> Decimal:
        """The smallest distance of two levels of a side."""
        sides = ([Decimal(price) for price, _ in rows] for rows in (self.bids, self.asks))
        return min(abs(a - b) for side in sides for a, b in pairwise(side))

    @property
    def usual(self) -> Decimal:
        """A size in the middle of those in the book."""
        return sorted(Decimal(size) for _, size in self.bids + self.asks)[len(self.bids)]


def imagined(price: str, size: str, *, depth: int | None = None, single: bool = False) -> Stretch:
    """A made-up book of twelve levels a side around a price, each a tick from the next."""
    middle, lot = Decimal(price), Decimal(size)
    tick = Decimal(1).scaleb(int(middle.as_tuple().exponent))
    bids = [(f"{middle - tick * n:f}", f"{lot * (n % 5 + 1):f}") for n in range(1, 13)]
    asks = [(f"{middle + tick * n:f}", f"{lot * (n % 7 + 1):f}") for n in range(1, 13)]
    return Stretch(tuple(bids[:depth]), tuple(asks[:depth]), (), depth, single)


@cache
def recorded(
    venue: str,
    symbol: str,
    *paths: str,
    levels: int = 15,
    most: int = 60,
    depth: int | None = None,
    single: bool = False,
) -> Stretch:
    """The best levels of a recorded book, and the first changes of these and trades after it.

    A test that comes to this has asked before whether there are recordings.
    """
    instrument, book = f"{venue}:{symbol}", None
    cues: list[Cue] = []
    events = [*islice((e for e in _events(venue, paths) if e.instrument == instrument), 4 * most)]
    numbers = [level for event in events for level in _levels(event)]
    spell = _Spelling(numbers)
    for event in events:
        at = len(cues) * STEP
        match event:
            case BookSnapshot() if book is None:
                bids = sorted(event.bids, reverse=True)[:levels]
                asks = sorted(event.asks)[:levels]
                book = Stretch(spell.rows(bids), spell.rows(asks), (), depth, single)
                low, high, begun = bids[-1][0], asks[-1][0], event.sequence or 0
            case BookDelta() if book is not None and event.sequence >= begun:
                sides = [
                    spell.rows(row for row in side if low <= row[0] <= high)
                    for side in (event.bids, event.asks)
                ]
                if any(sides):
                    cues += _split(Change(at, *sides)) if single else [Change(at, *sides)]
            case Trade():
                price, size = spell.row((event.price, event.size))
                cues.append(Print(at, 0, price, size, event.side is Side.BUY))
    assert book is not None, f"no book of {instrument} in {paths}"
    return book._replace(cues=tuple(cues[:most]))


def _events(venue: str, paths: Iterable[str]) -> Iterator[BookSnapshot | BookDelta | Trade]:
    """What the books and trades of recordings state, read by the venue's parser."""
    for path in paths:
        parser = VENUES[venue].parser()
        for record in records(CAPTURES / path):
            if record.direction != "in" or venue_for_url(record.url) != venue:
                continue
            url = urlsplit(record.url)
            asked = f"{url.path}?{url.query}" if record.connection == "http" else None
            try:
                stated = parser.parse(record.payload, 1, asked)
            except FeedError:
                continue  # an answer that refuses something is no part of the market
            yield from (e for e in stated if isinstance(e, BookSnapshot | BookDelta | Trade))


def _levels(event: BookSnapshot | BookDelta | Trade) -> Sequence[tuple[float, float]]:
    return [(event.price, event.size)] if isinstance(event, Trade) else [*event.bids, *event.asks]


def _split(change: Change) -> list[Cue]:
    bids = [Change(change.at, (row,), ()) for row in change.bids]
    return [*bids, *(Change(change.at, (), (row,)) for row in change.asks)]


class _Spelling:
    """The decimals that the prices and the sizes of a market are spelled with."""

    def __init__(self, levels: Iterable[tuple[float, float]]) -> None:
        self._places = [
            max((_places(number) for number in numbers), default=0)
            for numbers in zip(*levels, strict=True)
        ]

    def row(self, level: tuple[float, float]) -> tuple[str, str]:
        price, size = (f"{n:.{p}f}" for n, p in zip(level, self._places, strict=True))
        return price, size

    def rows(self, levels: Levels | Iterable[tuple[float, float]]) -> Rows:
        return tuple(self.row((price, size)) for price, size in levels)


def _places(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _step(rows: Rows, part: int) -> Decimal:
    """What all spelled numbers are multiples of: one of the last place."""
    exponent = min(int(Decimal(row[part]).as_tuple().exponent) for row in rows)
    return Decimal(1).scaleb(min(0, exponent))
