"""Connection: what the adapters of both markets know in the same way.

That is which symbols there are, what is listed, and what was asked of the REST service. Books are a
REST snapshot and the changes that follow it (`feeds.sync`). The REST service answers from several
nodes, and a snapshot may well be older than the changes at hand: then it is asked for again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

from feeds.adapter import Channel, Fetch, Ignored, Output, Subscription
from feeds.errors import Rejected
from feeds.exchanges.mexc.about import LATER, Refused
from feeds.exchanges.mexc.symbol import Symbol
from feeds.sync import BookSync, Request
from market.events import BookSnapshot, Event, FeedState, FeedStatus, Listing, Trade
from market.instrument import Instrument

LISTING_AGE: Final = 600_000_000_000
"""ns that a statement of an instrument is good for."""


class Connection:
    """The symbols of one connection, their books, and the requests that are under way.

    `depth` and `listing` make the paths of a symbol's book and of its instrument.
    """

    def __init__(
        self, venue: str, depth: Callable[[str], str], listing: Callable[[str], str]
    ) -> None:
        self.venue = venue
        self.symbols: dict[str, Symbol] = {}
        self.duplicates = 0
        self._depth, self._listing = depth, listing
        self._listed: dict[str, Instrument] = {}
        self._listed_at: dict[str, int] = {}
        self._wanted: frozenset[str] | None = None
        self._requests: dict[str, Request] = {}

    def open(
        self, wanted: Sequence[Subscription], others: Iterable[Fetch], now: int
    ) -> Sequence[Output]:
        """Forget the books; begin those that are wanted, and ask for instruments and `others`."""
        self._wanted = frozenset(item.symbol for item in wanted)
        for symbol, known in self.symbols.items():
            known.book = self._book(symbol)
        books = dict.fromkeys(item.symbol for item in wanted if item.channel is Channel.BOOK)
        outputs: list[Output] = []
        for symbol in books:
            known = self.symbols.setdefault(symbol, self._new(symbol))
            outputs.append(known.book.start(now))
        fetches = [*self._listings(books, now), *others]
        self._requests = {fetch.key: Request(fetch) for fetch in fetches}
        return [*outputs, *(request.ask(now) for request in self._requests.values())]

    def tick(self, now: int) -> Sequence[Output]:
        """Requests that are due again."""
        requests = [output for request in self._requests.values() for output in request.tick(now)]
        books = [output for known in self.symbols.values() for output in known.book.tick(now)]
        return [*requests, *books]

    def meet(self, symbol: str, now: int, outputs: list[Output]) -> Symbol:
        """What is known of a symbol; the first time its instrument goes out, where it is listed."""
        known = self.symbols.get(symbol)
        if known is None:
            known = self.symbols[symbol] = self._new(symbol)
            listed = self._listed.get(symbol)
            if listed is not None:
                outputs.append(Listing(listed.id, now, listed))
        return known

    def take(
        self, key: str, symbol: str, stated: Iterable[Event | Ignored], now: int
    ) -> list[Output]:
        """What the body of an answer means; `symbol` is the one that was asked for."""
        self._requests.pop(key, None)
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    outputs += self._list(event, now)
                case BookSnapshot() if symbol != "?":
                    outputs += self.meet(symbol, now, outputs).book.snapshot(event, now)
                case Trade():
                    # Without an id it may have come by the stream.
                    if event.id:
                        known = self.meet(symbol, now, outputs)
                        outputs += self.new(known, [event])
                case BookSnapshot() | Ignored():
                    continue
                case _:
                    outputs.append(event)
        if key == self._listing(symbol) and symbol not in self._listed:
            outputs.append(self.unknown(symbol, "no such symbol", now))
        return outputs

    def new(self, known: Symbol, trades: Iterable[Trade]) -> Iterator[Trade]:
        """Trades that were not seen yet; one without an id cannot be told from others."""
        for trade in trades:
            if not trade.id or known.ids.take(trade.id):
                yield trade
            else:
                self.duplicates += 1

    def refuse(self, key: str, symbol: str, refusal: Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.code in LATER:
            self.ask_again(key, symbol, now)
            return ()
        self._requests.pop(key, None)
        return (self.unknown(symbol, refusal.reason, now),)

    def ask_again(self, key: str, symbol: str, now: int) -> None:
        """The answer was of no use."""
        if key in self._requests:
            self._requests[key].refuse(now)
        elif symbol in self.symbols and key == self._depth(symbol):
            self.symbols[symbol].book.refuse(now)

    def unknown(self, symbol: str, reason: str, now: int) -> FeedStatus:
        """Say what is wrong with one symbol; without others there is nothing left to do."""
        if symbol in self.symbols:
            self.symbols[symbol].book.give_up()
        if self._wanted is not None and self._wanted <= {symbol}:
            raise Rejected(self.venue, f"{symbol}: {reason}")
        return FeedStatus(f"{self.venue}:{symbol}", now, FeedState.CONNECTING, reason)

    def _new(self, symbol: str) -> Symbol:
        return Symbol(f"{self.venue}:{symbol}", self._book(symbol))

    def _book(self, symbol: str) -> BookSync:
        path = self._depth(symbol)
        return BookSync(f"{self.venue}:{symbol}", Fetch(path, path, 1), inclusive=False)

    def _listings(self, symbols: Iterable[str], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in symbols:
            if now - self._listed_at.get(symbol, now - LISTING_AGE) >= LISTING_AGE:
                path = self._listing(symbol)
                yield Fetch(path, path, 1)

    def _list(self, listing: Listing, now: int) -> Sequence[Output]:
        symbol = listing.listed.symbol
        self._listed[symbol], self._listed_at[symbol] = listing.listed, now
        return (listing,) if symbol in self.symbols else ()


def query(symbol: str) -> str:
    """A symbol as it is written in a path."""
    return quote(symbol, safe="")
