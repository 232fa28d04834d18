"""Every recorded session of every venue: its books are followed, never crossed, and as stated.

Each connection has an adapter of its own, as it would have live, and every adapter hears the REST
bodies. What the venue states of a book again, whole or only its top, is compared with the book that
was followed to the same number. Checksums are the adapters' own: one that fails is a gap here.
What carries no number is compared by the tests of the venues: quotes and tickers of BitMEX,
Deribit, Gate and Kraken futures.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from feeds.adapter import Adapter, Output
from feeds.recording import Record, records
from feeds.registry import VENUES, venue_for_url
from market.book import Book
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
)
from market.market import Market
from market.markets import Markets
from tests.captures import needs_captures
from tests.lots import side_in_lots
from tests.places import files_of

pytestmark = needs_captures

MOST = 30_000
"""Records of a session that are played here."""

SINGLE = ("expected", "instruments", "samples")
"""Beginnings of the names of files whose messages do not follow one another."""

GAPS = {"dydx": 1}
"""Changes that are missing in the recordings themselves: dYdX's message 9 is not in the file."""

BOOKS: dict[str, tuple[int, int]] = {
    "binance": (7422, 3),
    "binance-coinm": (19724, 5),
    "binance-usdm": (7095, 57),
    "bitfinex": (22510, 36),
    "bitmex": (8372, 0),
    "bybit": (9, 0),
    "bybit-linear": (55, 0),
    "coinbase": (11, 0),
    "deribit": (233, 0),
    "dydx": (8, 0),
    "gate": (169, 0),
    "gate-futures": (326, 4),
    "htx": (292, 0),
    "htx-swap": (1588, 0),
    "hyperliquid": (46, 0),
    "kraken": (524, 10),
    "kraken-futures": (7024, 0),
    "kucoin": (3814, 766),
    "okx": (4676, 14),
}
"""By venue: book messages that are applied, and how often a book was compared with the venue's."""

TOP = 10


class Session:
    """The adapters and markets of a session, and what is counted of it."""

    def __init__(self, venue: str) -> None:
        self.count = Counter[str]()
        self._venue = VENUES[venue]
        self._parser = self._venue.parser()
        self._lines: dict[str, tuple[Adapter, Markets]] = defaultdict(
            lambda: (self._venue.adapter(), Markets())
        )

    def play(self, lines: Sequence[Record]) -> None:
        """Hand every record to those it concerns."""
        for name in {record.connection for record in lines} - {"http"}:
            self._lines[name]
        for record in lines:
            if record.connection == "http":
                for adapter, markets in self._lines.values():
                    self._body(record, adapter, markets)
            else:
                adapter, markets = self._lines[record.connection]
                self._take(adapter.receive(record.payload, record.ts_recv or 0), markets)

    def _body(self, record: Record, adapter: Adapter, markets: Markets) -> None:
        payload, now = record.payload, record.ts_recv or 0
        body = payload if isinstance(payload, bytes) else payload.encode()
        path = "/" + record.url.split("/", 3)[3]
        for event in self._parser.parse(body, now, path):
            market = markets.get(event.instrument)
            if isinstance(event, BookSnapshot) and market is not None:
                self._compare(market, event)
        self._take(adapter.receive_body(path, body, now), markets)

    def _take(self, outputs: Iterable[Output], markets: Markets) -> None:
        for output in outputs:
            if isinstance(output, Event):
                self._apply(output, markets)

    def _apply(self, event: Event, markets: Markets) -> None:
        before = markets.get(event.instrument)
        if isinstance(event, BookSnapshot) and before is not None:
            self._compare(before, event)
        markets.apply([event])
        market = markets.get(event.instrument)
        assert market is not None
        match event:
            case BookSnapshot() | BookDelta():
                self.count["books"] += 1
                assert not (market.synced and market.book and market.book.crossed)
            case BookTicker():
                self._top(market, event)
            case FeedStatus():
                self.count["gaps"] += event.state is FeedState.GAP

    def _compare(self, market: Market, stated: BookSnapshot) -> None:
        """The followed book and the one that is stated at the same number."""
        book = self._followed(market, stated.sequence)
        if book is not None:
            self.count["compared"] += 1
            sides = (stated.bids, stated.asks)
            for ours, levels, highest in zip(book.top(TOP), sides, (True, False), strict=True):
                theirs = side_in_lots(market, {price: size for price, size in levels if size})
                best = sorted(theirs.items(), reverse=highest)[:TOP]
                assert [*map(tuple, ours)][: len(best)] == best

    def _top(self, market: Market, stated: BookTicker) -> None:
        """The best of the followed book and what is stated to be at the same number."""
        book = self._followed(market, stated.sequence)
        if book is not None:
            self.count["compared"] += 1
            (bid,), (ask,) = book.top(1)
            assert {bid.ticks: bid.lots} == side_in_lots(market, {stated.bid: stated.bid_size})
            assert {ask.ticks: ask.lots} == side_in_lots(market, {stated.ask: stated.ask_size})

    def _followed(self, market: Market, sequence: int | None) -> Book | None:
        """The book, where it was followed change by change up to this number."""
        book, live = market.book, market.status.state is FeedState.LIVE
        same = book is not None and sequence is not None and book.sequence == sequence
        return book if live and market.synced and same else None


def sessions(venue: str) -> list[tuple[Path, list[Record]]]:
    """The recorded sessions of a venue: what it said itself, by file."""
    found = []
    for path in files_of(venue):
        if not path.name.startswith(SINGLE):
            lines = [
                record
                for _, record in zip(range(MOST), records(path), strict=False)
                if record.direction == "in" and venue_for_url(record.url) == venue
            ]
            if lines:
                found.append((path, lines))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("venue", VENUES)
def test_the_books_of_every_session_are_followed_never_crossed_and_as_stated(venue: str) -> None:
    count = Counter[str]()
    for _, lines in sessions(venue):
        session = Session(venue)
        session.play(lines)
        count += session.count
    assert count["gaps"] == GAPS.get(venue, 0)
    books, compared = BOOKS.get(venue, (0, 0))
    assert count["books"] >= books
    assert count["compared"] >= compared
