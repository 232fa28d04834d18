"""Gate's adapter: one connection to spot or futures as a machine of frames.

A book is stated by the stream itself and followed by its numbers (`feeds.inband`). Recordings of
before 2025 have changes only, and the book by REST (`feeds.sync`). Which of the two is followed
for a symbol, is the first that was asked for or seen.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from msgspec import json

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.bodies import Place, Refused
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.gate import frames, rest
from feeds.exchanges.gate.frames import News, Notice
from feeds.exchanges.gate.markets import MARKETS, OBU_DEPTH, SPELLING
from feeds.exchanges.gate.wire import Context, FuturesChange, Obu, SpotChange
from feeds.inband import InbandSync
from feeds.lastbars import LastBars
from feeds.roster import Roster
from feeds.sync import BookSync, Seen
from feeds.wishes import spelled, symbols_of, without
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    Kline,
    Listing,
    Trade,
)
from market.instrument import Kind

CHANNELS: dict[Channel, str] = {
    Channel.BOOK: "obu",
    Channel.BOOK_TICKER: "book_ticker",
    Channel.KLINES: "candlesticks",
    Channel.LIQUIDATIONS: "public_liquidates",
    Channel.MARK_PRICE: "tickers",
    Channel.TICKER: "tickers",
    Channel.TRADES: "trades",
}
"""The venue's name of each channel."""

FUTURES_ONLY = (Channel.LIQUIDATIONS, Channel.MARK_PRICE)

SYMBOLS_AT_ONCE = 50
"""Symbols in one request."""

PING = 15_000_000_000
"""ns between two pings."""

_SECOND = 1_000_000_000
_Handler: TypeAlias = Callable[[News, int], Sequence[Output]]


class _Symbol:
    """What one connection knows of one symbol: its book, and the trades it has seen."""

    def __init__(self, ident: str) -> None:
        self.id = ident
        self.seen = Seen()
        self.inband: InbandSync | None = None
        self.fetched: BookSync | None = None
        """The book of recordings that have it by REST."""
        self.topic = ""
        """The stream's name of the book that is followed: each depth is a book of its own."""


class Gate:
    """The state of one connection to one of Gate's markets."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue, self._market = venue, MARKETS[venue]
        self.duplicates = 0
        self._roster = Roster(lambda symbol: _Symbol(f"{venue}:{symbol}"))
        self._met = self._roster.met
        self._wanted: frozenset[str] | None = None
        self._asked = Asked()
        self._bars = LastBars()
        self._ping_at: int | None = None
        self._handlers: dict[str, _Handler] = {
            "candlesticks": self._on_bars,
            "obu": self._on_obu,
            "order_book": self._on_partial,
            "order_book_update": self._on_changes,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._ping_at = now + PING
        for known in self._roster.known.values():
            known.inband, known.fetched, known.topic = None, None, ""
        outputs: list[Output] = [*self._subscribe(wanted, now)]
        for symbol in symbols_of(wanted, Channel.BOOK):
            known = self._roster.begun(symbol)
            known.inband = self._inband(symbol)
            outputs.append(known.inband.start(now))
        fetches = (*self._listings(wanted, now), *self._klines(wanted))
        return [*outputs, *self._asked.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        read = frames.read(self._venue, self._market.prefix, frame)
        if isinstance(read, Ignored):
            return ()
        if isinstance(read, Notice):
            return self._on_notice(read, now)
        try:
            return self._handlers.get(read.channel, self._on_events)(read, now)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        place = rest.locate(key)
        fetched = self._fetched(place) if place.endpoint == "order_book" else None
        try:
            stated = rest.read(self._about(now), key, body)
        except (Refused, MalformedFrame) as error:
            if fetched is not None:
                fetched.refuse(now)
            if isinstance(error, Refused):
                return self._refused(key, place, error, now)
            self._asked.refuse(key, now)
            raise
        self._asked.settle(key)
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    outputs += self._roster.take(event, now)
                case BookSnapshot():
                    outputs += fetched.snapshot(event, now) if fetched is not None else ()
                case Trade():
                    outputs += self._pass(event, now)
                case Ignored() | BookTicker():
                    continue
                case _:
                    outputs.append(event)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, and the ping that keeps the connection."""
        outputs: list[Output] = []
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + PING
            outputs.append(self._request("ping", now=now))
        outputs += self._asked.tick(now)
        for known in self._roster.known.values():
            outputs += _dated(known.inband.tick(now), now) if known.inband is not None else ()
            outputs += known.fetched.tick(now) if known.fetched is not None else ()
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        about = self._about(now)
        if path is not None:
            return rest.read(about, path, payload)
        try:
            read = frames.read(self._venue, self._market.prefix, payload)
        except MalformedFrame as error:
            try:
                return rest.read(about, "", payload)
            except MalformedFrame:
                raise error from None
        if isinstance(read, Ignored):
            return (read,)
        if isinstance(read, Notice):
            if read.refused:
                raise Rejected(self._venue, read.reason)
            return (Ignored("", "acknowledgement"),)
        try:
            return self._stated(read, now) or (Ignored("", "an empty push"),)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _about(self, now: int, time: int = 0) -> Context:
        return Context(self._venue, self._market, now, time)

    def _stated(self, news: News, now: int) -> Sequence[Event | Ignored]:
        about = self._about(now, news.time)
        return [event for row in news.rows for event in row.events(about)]

    def _inband(self, symbol: str) -> InbandSync:
        payload = [f"ob.{symbol}.{OBU_DEPTH}"]
        again = [self._request("obu", event, payload) for event in ("unsubscribe", "subscribe")]
        return InbandSync(f"{self._venue}:{symbol}", again, window=True)

    def _request(
        self, channel: str, event: str = "", payload: Sequence[str] = (), now: int = 0
    ) -> Send:
        stated: dict[str, object] = {
            "time": now // _SECOND,
            "channel": f"{self._market.prefix}.{channel}",
        }
        if event:
            stated |= {"event": event, "payload": list(payload)}
        return Send(json.encode(stated).decode())

    def _subscribe(self, wanted: Sequence[Subscription], now: int) -> Iterator[Send]:
        groups: dict[str, dict[str, None]] = {}
        for item in wanted:
            name, futures = CHANNELS.get(item.channel), self._market.kind is not Kind.SPOT
            if name is None or (item.channel in FUTURES_ONLY and not futures):
                raise ConfigError(f"{self._venue} has no {item.channel}")
            if item.channel is Channel.KLINES:
                yield self._request(name, "subscribe", (spelled(item, SPELLING), item.symbol), now)
                continue
            book = item.channel is Channel.BOOK
            wish = f"ob.{item.symbol}.{OBU_DEPTH}" if book else item.symbol
            groups.setdefault(name, {})[wish] = None
        for name, group in groups.items():
            wishes = [*group]
            for start in range(0, len(wishes), SYMBOLS_AT_ONCE):
                some = wishes[start : start + SYMBOLS_AT_ONCE]
                yield self._request(name, "subscribe", some, now)

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            path = f"/api/v4/{self._market.rest}/{self._market.listing}/{symbol}"
            yield Fetch(path, path, 1)

    def _klines(self, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                query = f"{self._market.symbol}={item.symbol}&interval={spelled(item, SPELLING)}"
                path = f"/api/v4/{self._market.rest}/candlesticks?{query}"
                path = f"{path}&limit={self._market.klines}"
                yield Fetch(path, path, 1)

    def _on_notice(self, notice: Notice, now: int) -> Sequence[Output]:
        """Ask for each of several that were refused together; tell of one that is by itself.

        What is not vital is missed where it is missing.
        """
        if not notice.refused or notice.channel not in ("obu", "trades"):
            return ()
        wishes = notice.payload
        if len(wishes) > 1:
            return [self._request(notice.channel, "subscribe", [wish], now) for wish in wishes]
        if not wishes:
            raise Rejected(self._venue, notice.reason)
        symbol = wishes[0].removeprefix("ob.").rpartition(".")[0] or wishes[0]
        known = self._roster.known.get(symbol)
        if known is not None and known.inband is not None:
            known.inband.give_up()
        return (without(self._venue, self._wanted, symbol, notice.reason, now),)

    def _on_obu(self, news: News, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for row in news.rows:
            if isinstance(row, Obu):
                introduced, known = self._met(row.symbol, now)
                outputs += introduced
                if known.fetched is not None or known.topic not in ("", row.s):
                    continue
                known.inband = known.inband or self._inband(row.symbol)
                if row.full:
                    known.topic = row.s
                    outputs += known.inband.snapshot(row.snapshot(known.id, now), now)
                else:
                    said = known.inband.delta(row.delta(known.id, now), now)
                    outputs += said if len(said) == 1 else _dated(said, now)
        return outputs

    def _on_changes(self, news: News, now: int) -> Sequence[Output]:
        """Changes of a book that has to be fetched."""
        outputs: list[Output] = []
        for row in news.rows:
            if isinstance(row, SpotChange | FuturesChange):
                introduced, known = self._met(row.s, now)
                outputs += introduced
                if known.inband is None:
                    known.fetched = known.fetched or self._book(row.s)
                    outputs += known.fetched.delta(row.delta(known.id, now), now)
        return outputs

    def _on_partial(self, news: News, now: int) -> Sequence[Output]:
        """A few levels, whole each time; they count where no changes are followed."""
        outputs: list[Output] = []
        for event in self._stated(news, now):
            if isinstance(event, BookSnapshot):
                introduced, known = self._met(event.instrument.partition(":")[2], now)
                known.inband = known.inband or self._inband(event.instrument.partition(":")[2])
                outputs += (*introduced, *known.inband.partial(event, now))
        return outputs

    def _book(self, symbol: str) -> BookSync:
        query = f"{self._market.symbol}={symbol}&limit={self._market.depth}&with_id=true"
        path = f"/api/v4/{self._market.rest}/order_book?{query}"
        return BookSync(f"{self._venue}:{symbol}", Fetch(path, path, 1), inclusive=False)

    def _fetched(self, place: Place) -> BookSync | None:
        """The book that a body is the answer for; None where the stream states it."""
        _, known = self._met(place.symbol, 0)
        if known.inband is None and known.fetched is None:
            known.fetched = self._book(place.symbol)
        return known.fetched

    def _on_bars(self, news: News, now: int) -> Sequence[Output]:
        """A bar is over when the next has begun, where the venue does not say it before."""
        outputs: list[Output] = []
        for bar in self._stated(news, now):
            if not isinstance(bar, Kline):
                continue
            introduced, _ = self._met(bar.instrument.partition(":")[2], now)
            outputs += introduced
            outputs += self._bars.follow(bar, now)
        return outputs

    def _on_events(self, news: News, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for event in self._stated(news, now):
            if not isinstance(event, Ignored | BookDelta):
                outputs += self._pass(event, now)
        return outputs

    def _pass(self, event: Event, now: int) -> Sequence[Output]:
        """Pass on what is new."""
        introduced, known = self._met(event.instrument.partition(":")[2], now)
        if isinstance(event, Trade) and not known.seen.take(int(event.id)):
            self.duplicates += 1
            return introduced
        return (*introduced, event)

    def _refused(self, key: str, place: Place, refusal: Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.passing:
            self._asked.refuse(key, now)
            return ()
        self._asked.settle(key)
        if place.symbol == "?":
            raise refusal
        return (without(self._venue, self._wanted, place.symbol, refusal.reason, now),)


def _dated(outputs: Sequence[Output], now: int) -> Sequence[Output]:
    """Requests that were written before with the time of now: an old one would be refused."""
    begin = f'{{"time":{now // _SECOND},'
    return [
        Send(output.frame.replace('{"time":0,', begin, 1)) if isinstance(output, Send) else output
        for output in outputs
    ]
