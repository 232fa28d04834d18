"""Connection: what the adapters of both markets know in the same way.

That is which symbols there are, what is listed, and what was asked of the REST service. Books are a
REST snapshot and the changes that follow it (`feeds.sync`). The REST service answers from several
nodes, and a snapshot may well be older than the changes at hand: then it is asked for again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from feeds.adapter import Channel, Fetch, Ignored, Output, Subscription
from feeds.asked import Asked
from feeds.exchanges.mexc.about import LATER, Refused
from feeds.exchanges.mexc.symbol import Symbol
from feeds.roster import Roster
from feeds.sync import BookSync
from feeds.wishes import symbols_of, without
from market.events import BookSnapshot, Event, FeedStatus, Listing, Trade


class Connection:
    """The symbols of one connection, their books, and the requests that are under way.

    `depth` and `listing` make the paths of a symbol's book and of its instrument.
    """

    def __init__(
        self, venue: str, depth: Callable[[str], str], listing: Callable[[str], str]
    ) -> None:
        self.venue = venue
        self._roster = Roster(self._new)
        self.symbols = self._roster.known
        self.duplicates = 0
        self._depth, self._listing = depth, listing
        self._wanted: frozenset[str] | None = None
        self._asked = Asked()

    def open(
        self, wanted: Sequence[Subscription], others: Iterable[Fetch], now: int
    ) -> Sequence[Output]:
        """Forget the books; begin those that are wanted, and ask for instruments and `others`."""
        self._wanted = frozenset(item.symbol for item in wanted)
        for symbol, known in self.symbols.items():
            known.book = self._book(symbol)
        books = symbols_of(wanted, Channel.BOOK)
        outputs: list[Output] = []
        for symbol in books:
            known = self._roster.begun(symbol)
            outputs.append(known.book.start(now))
        fetches = [*self._listings(books, now), *others]
        return [*outputs, *self._asked.begin(fetches, now)]

    def tick(self, now: int) -> Sequence[Output]:
        """Requests that are due again."""
        requests = self._asked.tick(now)
        books = [output for known in self.symbols.values() for output in known.book.tick(now)]
        return [*requests, *books]

    def meet(self, symbol: str, now: int, outputs: list[Output]) -> Symbol:
        """What is known of a symbol; the first time its instrument goes out, where it is listed."""
        known = self.symbols.get(symbol)
        if known is None:
            introduced, known = self._roster.met(symbol, now)
            outputs += introduced
        return known

    def take(
        self, key: str, symbol: str, stated: Iterable[Event | Ignored], now: int
    ) -> list[Output]:
        """What the body of an answer means; `symbol` is the one that was asked for."""
        self._asked.settle(key)
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    outputs += self._roster.take(event, now)
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
        if key == self._listing(symbol) and symbol not in self._roster.listed:
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
        self._asked.settle(key)
        return (self.unknown(symbol, refusal.reason, now),)

    def ask_again(self, key: str, symbol: str, now: int) -> None:
        """The answer was of no use."""
        asked = self._asked.refuse(key, now)
        if not asked and symbol in self.symbols and key == self._depth(symbol):
            self.symbols[symbol].book.refuse(now)

    def unknown(self, symbol: str, reason: str, now: int) -> FeedStatus:
        """Say what is wrong with one symbol; without others there is nothing left to do."""
        if symbol in self.symbols:
            self.symbols[symbol].book.give_up()
        return without(self.venue, self._wanted, symbol, reason, now)

    def _new(self, symbol: str) -> Symbol:
        return Symbol(f"{self.venue}:{symbol}", self._book(symbol))

    def _book(self, symbol: str) -> BookSync:
        path = self._depth(symbol)
        return BookSync(f"{self.venue}:{symbol}", Fetch(path, path, 1), inclusive=False)

    def _listings(self, symbols: Iterable[str], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols, now):
            path = self._listing(symbol)
            yield Fetch(path, path, 1)


def query(symbol: str) -> str:
    """A symbol as it is written in a path."""
    return quote(symbol, safe="")
