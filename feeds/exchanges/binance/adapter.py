"""Binance's adapter: one connection to spot or to futures as a machine of frames.

A symbol's trades come from raw trades or from aggregated ones, whichever is seen first, and
never from both. Books follow the venue's rule of aligning a REST snapshot with the stream of
changes (`feeds.sync`). An instrument is announced when the venue has listed it and something
concerns it, so a list of two thousand does not become two thousand markets.
"""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from urllib.parse import quote

from feeds.adapter import Channel, Fetch, Ignored, Output, Subscription
from feeds.asked import Asked
from feeds.errors import Disconnected, MalformedFrame
from feeds.exchanges.binance import frames, rest, wishes
from feeds.exchanges.binance.backfill import Backfill
from feeds.exchanges.binance.heads import HEAD, Handler, Heads
from feeds.exchanges.binance.interest import Interest
from feeds.exchanges.binance.inverse import in_quote
from feeds.exchanges.binance.markets import MARKETS
from feeds.exchanges.binance.symbol import Symbol
from feeds.exchanges.binance.wire import (
    AggTrade,
    BookTicker,
    DayTicker,
    Depth,
    DepthUpdate,
    ForceOrder,
    KlineUpdate,
    MarkPriceUpdate,
    RawTrade,
    ServerShutdown,
    StreamEvent,
    depth_kind,
)
from feeds.sync import BookSync
from feeds.wishes import without
from market.events import BookSnapshot, Event, Listing, Trade
from market.instrument import Instrument, Kind

LISTING_AGE = 600_000_000_000
"""ns that a list of instruments is good for."""

TRANSIENT = frozenset({-1000, -1001, -1003, -1006, -1007, -1008, -1016})
"""Codes of a venue that is busy; any other refusal would only be repeated."""


class Binance:
    """The state of one connection to one of Binance's markets."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue, self._market = venue, MARKETS[venue]
        self._symbols: dict[str, Symbol] = {}
        self._listed: dict[str, Instrument] = {}
        self._listed_at: int | None = None
        self._wanted: frozenset[str] | None = None
        self._asked = Asked()
        self._backfill = Backfill(self._market.api, self._market.trades_weight)
        self._interest = Interest(self._market.api)
        self.duplicates = 0
        self._handlers: dict[type, Handler] = {
            AggTrade: self._on_aggregated_trade,
            BookTicker: self._on_book_ticker,
            DayTicker: self._on_event,
            Depth: self._on_book,
            DepthUpdate: self._on_depth_update,
            ForceOrder: self._on_event,
            Ignored: self._on_nothing,
            KlineUpdate: self._on_event,
            MarkPriceUpdate: self._on_event,
            RawTrade: self._on_raw_trade,
            ServerShutdown: self._on_shutdown,
            list: self._on_list,
        }
        self._listen(None)

    def _listen(self, channels: frozenset[Channel] | None) -> None:
        """Read what belongs to these channels; None reads all."""
        self._channels = channels
        self._decode = frames.frame_decoder(channels).decode
        self._heads = Heads()
        self._reader = self._heads.get

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._listen(frozenset(item.channel for item in wanted))
        self._wanted = frozenset(item.symbol for item in wanted)
        for symbol, known in self._symbols.items():
            known.book = self._book(symbol)
        outputs: list[Output] = [*wishes.subscribe(self._venue, self._market, wanted)]
        for item in wanted:
            if item.channel is Channel.BOOK:
                known = self._symbols.setdefault(item.symbol, self._new(item.symbol))
                outputs.append(known.book.start(now))
        fetches = (
            *self._listings(wanted, now),
            *wishes.klines(self._market, wanted),
            *wishes.interest(self._venue, wanted),
        )
        asked = self._asked.begin(fetches, now)
        return [*outputs, *asked, *self._backfill.again(now), *self._interest.open(wanted, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        reader = self._reader(frame[:HEAD])
        if reader is None:
            return self._receive_new(frame, now)
        decode, handle, stream = reader
        if decode is None:
            return ()
        try:
            data = decode(frame).data
        except frames.DECODE_ERRORS:
            return self._receive_odd(frame, now)
        return handle(data, stream, now)

    def _receive_new(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take a frame whose head is not remembered; from now on, where it can be, it is."""
        try:
            wire = self._decode(frame)
        except frames.DECODE_ERRORS:
            return self._receive_odd(frame, now)
        kind = type(wire.data)
        handle = self._handlers.get(kind)
        if handle is None:
            self._heads.remember(frame, (None, self._on_nothing, ""))
            return ()
        if kind in frames.CHANNELS:
            self._heads.remember(frame, (frames.kind_decoder(kind), handle, wire.stream))
        return handle(wire.data, wire.stream, now)

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        endpoint, symbol, _ = rest.locate(key)
        try:
            stated = rest.read(self._venue, self._market.kind, key, body, now)
        except rest.Refused as refusal:
            return self._refused(key, refusal, now)
        except MalformedFrame:
            self._ask_again(key, now)
            raise
        self._asked.settle(key)
        if endpoint == "exchangeInfo":
            return self._list(stated, now)
        outputs: list[Output] = []
        for event in self._worded(stated):
            if not isinstance(event, Ignored):
                outputs += self._on_stated(event, symbol, endpoint == "aggTrades", now)
        if endpoint == "aggTrades":
            outputs += self._filled(key, symbol, stated, now)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due."""
        requests = self._asked.tick(now)
        books = [output for known in self._symbols.values() for output in known.book.tick(now)]
        return [*requests, *books, *self._backfill.tick(now), *self._interest.tick(now)]

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        if path is not None:
            return self._worded(rest.read(self._venue, self._market.kind, path, payload, now))
        try:
            stream, contents = frames.read(self._venue, payload)
        except MalformedFrame as error:
            try:
                return self._worded(rest.read(self._venue, self._market.kind, "", payload, now))
            except MalformedFrame:
                raise error from None
        stated: list[Event | Ignored] = []
        for content in contents:
            if isinstance(content, Ignored):
                stated.append(content)
            else:
                name = f"{self._venue}:{_symbol_of(content, stream)}"
                stated += self._worded(content.events(name, now, stream))
        return stated

    def _worded(self, stated: Sequence[Event | Ignored]) -> Sequence[Event | Ignored]:
        """What a message states, in the words that hold for every market."""
        return in_quote(stated, self._listed) if self._market.kind is Kind.INVERSE else stated

    def _new(self, symbol: str) -> Symbol:
        return Symbol(f"{self._venue}:{symbol}", self._book(symbol))

    def _book(self, symbol: str) -> BookSync:
        market = self._market
        path = f"{market.api}/depth?symbol={quote(symbol)}&limit={market.depth}"
        fetch = Fetch(path, path, market.depth_weight)
        return BookSync(f"{self._venue}:{symbol}", fetch, inclusive=market.inclusive)

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two sockets do not ask twice."""
        books = {item.symbol: None for item in wanted if item.channel is Channel.BOOK}
        fresh = self._listed_at is not None and now - self._listed_at < LISTING_AGE
        if not books or (fresh and books.keys() <= self._listed.keys()):
            return
        path, weight = f"{self._market.api}/exchangeInfo", self._market.listing_weight
        if not self._market.listing_by_symbol:
            yield Fetch(path, path, weight)
            return
        for symbol in books:
            query = f"{path}?symbol={quote(symbol)}"
            yield Fetch(query, query, weight)

    def _receive_odd(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """The careful way, for frames of any other shape than the usual."""
        stream, contents = frames.read(self._venue, frame)
        outputs: list[Output] = []
        if self._market.untagged_tickers and contents and isinstance(contents[0], BookTicker):
            wanted = self._channels is None or Channel.BOOK_TICKER in self._channels
            decode = frames.kind_decoder(BookTicker) if wanted else None
            self._heads.remember(frame, (decode, self._on_book_ticker, stream))
        for content in contents:
            channel = frames.CHANNELS.get(type(content))
            if channel is None or self._channels is None or channel in self._channels:
                outputs += self._handlers[type(content)](content, stream, now)
        return outputs

    def _on_raw_trade(self, data: RawTrade, stream: str, now: int) -> Sequence[Output]:
        known = self._symbols.get(data.s)
        if known is None:
            return self._first(data, stream, now)
        seen = known.raw
        if seen is None:
            return ()
        known.aggregated = None
        lost = known.lost(seen.leap(data.t), now)
        if not seen.take(data.t):
            self.duplicates += 1
            return lost
        return (*lost, data.trade(known.id, now)) if data.X == "MARKET" else lost

    def _on_aggregated_trade(self, data: AggTrade, stream: str, now: int) -> Sequence[Output]:
        known = self._symbols.get(data.s)
        if known is None:
            return self._first(data, stream, now)
        seen = known.aggregated
        if seen is None:
            return ()
        known.raw = None
        ident = data.a
        if ident == seen.next:  # nearly always; a call would cost a tenth of the whole trade
            seen.next = ident + 1
            return (data.trade(known.id, now),)
        lost = self._missed(known, data.s, ident - 1, now)
        if seen.take(ident):
            return (*lost, data.trade(known.id, now))
        self.duplicates += 1
        return ()

    def _missed(self, known: Symbol, symbol: str, last: int, now: int) -> Sequence[Output]:
        """Ask for the trades before one that came too early, or say that they are missing."""
        seen = known.aggregated
        count = seen.leap(last + 1) if seen is not None else 0
        asked: Sequence[Output] = ()
        if seen is not None and count and self._wanted is not None:
            asked = self._backfill.ask(symbol, seen.next, last, now)
        return asked or known.lost(count, now)

    def _filled(
        self, key: str, symbol: str, stated: Sequence[Event | Ignored], now: int
    ) -> Sequence[Output]:
        """Go on with what is being filled; what the venue does not have stays a gap."""
        got = {int(event.id) for event in stated if isinstance(event, Trade)}
        asked, lost = self._backfill.filled(key, got, now)
        known = self._symbols.get(symbol)
        return (*asked, *(known.lost(lost, now) if known is not None else ()))

    def _on_depth_update(self, data: DepthUpdate, stream: str, now: int) -> Sequence[Output]:
        known = self._symbols.get(data.s)
        if known is None:
            return self._first(data, stream, now)
        if stream != known.changes:
            kind = depth_kind(stream)
            if kind == "partial":
                return known.book.partial(data.snapshot(known.id, now), now)
            if kind != "diff":
                return ()
            known.changes = stream
        return known.book.delta(data.delta(known.id, now), now)

    def _on_book_ticker(self, data: BookTicker, stream: str, now: int) -> Sequence[Output]:
        known = self._symbols.get(data.s)
        if known is None:
            return self._first(data, stream, now)
        return data.events(known.id, now)

    def _on_event(self, data: StreamEvent, stream: str, now: int) -> Sequence[Output]:
        known = self._symbols.get(data.s)
        if known is None:
            return self._first(data, stream, now)
        stated = self._worded(data.events(known.id, now, stream))
        return [event for event in stated if not isinstance(event, Ignored)]

    def _on_book(self, data: Depth, stream: str, now: int) -> Sequence[Output]:
        symbol = _symbol_of(data, stream)
        if symbol == "?":
            return ()
        if symbol not in self._symbols:
            return (*self._introduce(symbol, now), *self._on_book(data, stream, now))
        known = self._symbols[symbol]
        snapshot = data.snapshot(known.id, now)
        if depth_kind(stream) == "snapshot":
            return known.book.snapshot(snapshot, now)
        return known.book.partial(snapshot, now)

    def _on_list(self, data: list[StreamEvent], stream: str, now: int) -> Sequence[Output]:
        handlers = self._handlers
        return [output for item in data for output in handlers[type(item)](item, stream, now)]

    def _on_nothing(self, data: object, stream: str, now: int) -> Sequence[Output]:
        return ()

    def _on_shutdown(self, data: ServerShutdown, stream: str, now: int) -> Sequence[Output]:
        raise Disconnected(self._venue, "the server is about to shut down")

    def _first(self, data: StreamEvent, stream: str, now: int) -> Sequence[Output]:
        """The first event of a symbol comes after its instrument, where that is known."""
        return (*self._introduce(data.s, now), *self._handlers[type(data)](data, stream, now))

    def _introduce(self, symbol: str, now: int) -> Sequence[Output]:
        self._symbols[symbol] = self._new(symbol)
        listed = self._listed.get(symbol)
        return () if listed is None else (Listing(listed.id, now, listed),)

    def _on_stated(self, event: Event, symbol: str, aggregated: bool, now: int) -> Sequence[Output]:
        """Take one fact of a body; `symbol` is the one asked for."""
        if not isinstance(event, BookSnapshot | Trade) or symbol == "?":
            return (event,)
        introduced = () if symbol in self._symbols else self._introduce(symbol, now)
        known = self._symbols[symbol]
        if isinstance(event, BookSnapshot):
            return (*introduced, *known.book.snapshot(event, now))
        seen = known.aggregated if aggregated else known.raw
        if seen is None or not seen.take(int(event.id)):
            self.duplicates += seen is not None
            return introduced
        if aggregated:
            known.raw = None
        else:
            known.aggregated = None
        return (*introduced, event)

    def _list(self, stated: Iterable[Event | Ignored], now: int) -> Sequence[Output]:
        """Take a list of instruments: announce those of interest, miss those asked for."""
        listings = [event for event in stated if isinstance(event, Listing)]
        self._listed |= {listing.listed.symbol: listing.listed for listing in listings}
        self._listed_at = now
        outputs: list[Output] = [
            listing for listing in listings if listing.listed.symbol in self._symbols
        ]
        if not self._market.listing_by_symbol:
            for symbol in sorted((self._wanted or frozenset()) - self._listed.keys()):
                near = get_close_matches(symbol, self._listed, n=1)
                guess = f'; did you mean "{near[0]}"?' if near else ""
                reason = f"no such symbol{guess}"
                outputs.append(without(self._venue, self._wanted, symbol, reason, now))
        return outputs

    def _refused(self, key: str, refusal: rest.Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        endpoint, symbol, _ = rest.locate(key)
        if refusal.problem.code in TRANSIENT:
            self._ask_again(key, now)
            return ()
        self._asked.settle(key)
        if endpoint == "aggTrades":
            return self._filled(key, symbol, (), now)
        if endpoint.startswith("openInterest"):
            return ()  # without it everything else still stands
        if symbol in self._symbols:
            self._symbols[symbol].book.give_up()
        return (without(self._venue, self._wanted, symbol, refusal.reason, now),)

    def _ask_again(self, key: str, now: int) -> None:
        endpoint, symbol, _ = rest.locate(key)
        self._backfill.refuse(key, now)
        asked = self._asked.refuse(key, now)
        if not asked and endpoint == "depth" and symbol in self._symbols:
            self._symbols[symbol].book.refuse(now)


def _symbol_of(content: StreamEvent | Depth, stream: str) -> str:
    """The payload's symbol, or the stream's where a payload has none."""
    if isinstance(content, Depth):
        return content.symbol or stream.partition("@")[0].upper() or "?"
    return content.s
