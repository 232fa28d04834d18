"""Bybit's adapter: one connection to spot, linear or inverse as a machine of frames.

A book is stated by the stream itself and followed by its update numbers (`feeds.inband`). The
topics of other depths state other books with numbers of their own, so one topic is followed for
each symbol, the deepest that was seen. What the derivatives' ticker leaves out has not changed
since the connection was opened.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from msgspec import json

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.bybit import frames, history, rest
from feeds.exchanges.bybit.directory import Directory
from feeds.exchanges.bybit.markets import MARKETS, SPELLING
from feeds.exchanges.bybit.symbol import Symbol
from feeds.exchanges.bybit.wire import About, Book, Candles, Days, Forced, Trades, depth_of
from feeds.fields import nanoseconds
from feeds.inband import InbandSync
from feeds.wishes import spelled, without
from market.events import BookSnapshot, Event, Listing, Trade

TOPICS_AT_ONCE = 10
"""Topics in one request: spot takes no more, and one that is wrong may fail all of a request."""

KLINES = 1000
"""Bars asked for at the start."""

PING = 20_000_000_000
"""ns between two pings."""

INVALID = 10001
"""The code of a request for a symbol that does not exist."""

Handler: TypeAlias = Callable[[Any, str, int], Sequence[Output]]
"""Any: a decoder says which type comes to which handler, a table's type cannot."""

_READERS = 2000
"""Topics whose decoder is remembered."""
_HEAD = '{"topic":"'


class Bybit:
    """The state of one connection to one of Bybit's markets."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue, self._market = venue, MARKETS[venue]
        self.duplicates = 0
        self._symbols: dict[str, Symbol] = {}
        self._directory = Directory(self._market.category)
        self._wanted: frozenset[str] | None = None
        self._awaited = Asked()
        self._asked: dict[str, tuple[str, ...]] = {}
        """The topics of each request to subscribe, by its id."""
        self._ping_at: int | None = None
        self._readers: dict[bytes | str, tuple[frames.Decode, Handler, str]] = {}
        self._handlers: dict[type, Handler] = {
            Book: self._on_book,
            Candles: self._on_events,
            Days: self._on_days,
            Forced: self._on_events,
            Trades: self._on_trades,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._ping_at = now + PING
        for symbol, known in self._symbols.items():
            known.forget(self._book(symbol))
        outputs: list[Output] = [*self._subscribe(wanted)]
        for item in wanted:
            if item.channel is Channel.BOOK:
                known = self._symbols.setdefault(item.symbol, self._new(item.symbol))
                outputs.append(known.book.start(now))
        books = dict.fromkeys(item.symbol for item in wanted if item.channel is Channel.BOOK)
        fetches = [*self._directory.ask(books, now), *self._klines(wanted)]
        fetches += history.interest(self._venue, wanted)
        return [*outputs, *self._awaited.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        reader = self._readers.get(_head(frame))
        if reader is None:
            return self._receive_new(frame, now)
        decode, handle, topic = reader
        try:
            content = decode(frame)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error
        return handle(content, topic, now)

    def _receive_new(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take a frame whose topic is not remembered; from now on, where it can be, it is."""
        topic, content = frames.read(self._venue, frame)
        if isinstance(content, Ignored):
            return ()
        if isinstance(content, frames.Answer):
            return self._on_answer(content, now)
        handle, decode, head = self._handlers[type(content)], frames.decoder(topic), _head(frame)
        plain = topic.encode() if isinstance(frame, bytes) else topic
        if decode is not None and head == plain and len(self._readers) < _READERS:
            self._readers[head] = decode, handle, topic
        return handle(content, topic, now)

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        place = rest.locate(key)
        try:
            read = rest.read(self._about(now), key, body)
        except rest.Refused as refusal:
            return self._refused(key, place, refusal, now)
        except MalformedFrame:
            self._awaited.refuse(key, now)
            raise
        self._awaited.settle(key)
        if place.endpoint == "instruments-info":
            return self._list(read, place, now)
        outputs: list[Output] = []
        for event in read.stated:
            if not isinstance(event, Ignored):
                outputs += self._on_stated(event, now)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, and the ping that keeps the connection."""
        outputs: list[Output] = []
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + PING
            outputs.append(Send('{"op":"ping"}'))
        outputs += self._awaited.tick(now)
        for known in self._symbols.values():
            outputs += known.book.tick(now)
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        about = self._about(now)
        if path is not None:
            return rest.read(about, path, payload).stated
        try:
            topic, content = frames.read(self._venue, payload)
        except MalformedFrame as error:
            try:
                return rest.read(about, "", payload).stated
            except MalformedFrame:
                raise error from None
        if isinstance(content, Ignored):
            return (content,)
        if not isinstance(content, frames.Answer):
            return content.events(about, topic) or (Ignored("", "an empty list"),)
        if content.refused:
            raise Rejected(self._venue, content.reason)
        return (Ignored("", content.ret_msg if content.ret_msg == "pong" else "acknowledgement"),)

    def _about(self, now: int) -> About:
        return About(self._venue, self._market, now)

    def _new(self, symbol: str) -> Symbol:
        return Symbol(f"{self._venue}:{symbol}", self._book(symbol))

    def _book(self, symbol: str) -> InbandSync:
        topic = f"{self._market.topics[Channel.BOOK]}.{symbol}"
        again = (_request("unsubscribe", topic, [topic]), _request("subscribe", topic, [topic]))
        return InbandSync(f"{self._venue}:{symbol}", again, window=True)

    def _subscribe(self, wanted: Sequence[Subscription]) -> Iterator[Send]:
        # Mark prices and days come by one topic, and one asked for twice is an error.
        topics = list(dict.fromkeys(self._topic(item) for item in wanted))
        self._asked.clear()
        for start in range(0, len(topics), TOPICS_AT_ONCE):
            group = topics[start : start + TOPICS_AT_ONCE]
            ident = str(len(self._asked) + 1)
            self._asked[ident] = tuple(group)
            yield _request("subscribe", ident, group)

    def _topic(self, item: Subscription) -> str:
        name = self._market.topics.get(item.channel)
        if name is None:
            raise ConfigError(f"{self._venue} has no {item.channel}")
        if item.channel is Channel.KLINES:
            return f"{name}.{spelled(item, SPELLING)}.{item.symbol}"
        return f"{name}.{item.symbol}"

    def _klines(self, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                interval = spelled(item, SPELLING)
                query = f"symbol={quote(item.symbol)}&interval={interval}&limit={KLINES}"
                path = f"/v5/market/kline?category={self._market.category}&{query}"
                yield Fetch(path, path, 1)

    def _known(self, symbol: str, now: int, outputs: list[Output]) -> Symbol:
        """What is known of a symbol; the first time its instrument goes out, where it is listed."""
        known = self._symbols.get(symbol)
        if known is None:
            known = self._symbols[symbol] = self._new(symbol)
            listed = self._directory.listed.get(symbol)
            if listed is not None:
                outputs.append(Listing(listed.id, now, listed))
        return known

    def _on_trades(self, data: Trades, topic: str, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for row in data.data:
            known = self._symbols.get(row.s) or self._known(row.s, now, outputs)
            if row.BT:
                continue
            if known.ids.take(row.i):
                outputs.append(row.trade(known.id, now))
            else:
                self.duplicates += 1
        return outputs

    def _on_book(self, data: Book, topic: str, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        known = self._known(data.data.s, now, outputs)
        if topic != known.topic:
            depth = depth_of(topic)
            if depth <= 1:
                return (*outputs, *_quoted(data, known, now))
            if known.topic and (depth < known.depth or not data.whole):
                return outputs
            if data.whole:
                known.topic, known.depth = topic, depth
        if data.whole:
            return (*outputs, *known.book.snapshot(data.snapshot(known.id, now), now))
        return (*outputs, *known.book.delta(data.delta(known.id, now), now))

    def _on_days(self, data: Days, topic: str, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        known = self._known(data.data.symbol, now, outputs)
        if known.day is None or data.type == "snapshot":
            known.day = data.data  # a change without its beginning means no more than it states
        else:
            known.day.update(data.data)
        events = known.day.events(self._about(now), nanoseconds(data.ts), data.data)
        outputs += [event for event in events if not isinstance(event, Ignored)]
        return outputs

    def _on_events(self, data: Candles | Forced, topic: str, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for event in data.events(self._about(now), topic):
            if not isinstance(event, Ignored):
                self._known(event.instrument.partition(":")[2], now, outputs)
                outputs.append(event)
        return outputs

    def _on_stated(self, event: Event, now: int) -> Sequence[Output]:
        """Take one fact of a body."""
        if not isinstance(event, BookSnapshot | Trade):
            return (event,)
        outputs: list[Output] = []
        known = self._known(event.instrument.partition(":")[2], now, outputs)
        if isinstance(event, BookSnapshot):
            return (*outputs, *known.book.partial(event, now))
        if known.ids.take(event.id):
            outputs.append(event)
        else:
            self.duplicates += 1
        return outputs

    def _on_answer(self, answer: frames.Answer, now: int) -> Sequence[Output]:
        """Ask for each topic of a refused request by itself; tell of one that is refused so."""
        if not answer.refused or "already subscribed" in answer.reason:
            return ()
        topics = self._asked.pop(answer.req_id, None)
        if topics is not None and len(topics) > 1:
            return [_request("subscribe", topic, [topic]) for topic in topics]
        topic = topics[0] if topics else answer.req_id
        channel, _, symbol = topic.rpartition(".")
        if channel not in self._vital:
            if channel:
                return ()  # what is not vital is missed where it is missing
            raise Rejected(self._venue, answer.reason)
        if symbol in self._symbols:
            self._symbols[symbol].book.give_up()
        return (without(self._venue, self._wanted, symbol, answer.reason, now),)

    @property
    def _vital(self) -> set[str]:
        return {self._market.topics[channel] for channel in (Channel.BOOK, Channel.TRADES)}

    def _list(self, read: rest.Body, place: rest.Place, now: int) -> Sequence[Output]:
        """Take a list of instruments: announce those of interest, miss those asked for."""
        listings = [event for event in read.stated if isinstance(event, Listing)]
        self._directory.take((listing.listed for listing in listings), now)
        outputs: list[Output] = [
            listing for listing in listings if listing.listed.symbol in self._symbols
        ]
        if place.symbol != "?":
            return outputs if listings else self._miss(place.symbol, now)
        if read.cursor:
            return (*outputs, self._awaited.ask(self._directory.page(read.cursor), now))
        for symbol, reason in self._directory.complete():
            outputs.append(without(self._venue, self._wanted, symbol, reason, now))
        return outputs

    def _miss(self, symbol: str, now: int) -> Sequence[Output]:
        return (self._awaited.ask(self._directory.miss(symbol), now),)

    def _refused(
        self, key: str, place: rest.Place, refusal: rest.Refused, now: int
    ) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.code in rest.LATER:
            self._awaited.refuse(key, now)
            return ()
        self._awaited.settle(key)
        if place.endpoint == "open-interest":
            return ()  # without it everything else still stands
        listing = place.endpoint == "instruments-info"
        if listing and place.symbol != "?" and refusal.code == INVALID:
            return self._miss(place.symbol, now)
        raise refusal


def _head(frame: bytes | str) -> bytes | str:
    """The topic of a frame that begins with it; anything else where one does not."""
    if isinstance(frame, str):
        return frame[len(_HEAD) : frame.find('"', len(_HEAD))] if frame.startswith(_HEAD) else ""
    start = _HEAD.encode()
    return frame[len(start) : frame.find(b'"', len(start))] if frame.startswith(start) else b""


def _request(op: str, ident: str, topics: Iterable[str]) -> Send:
    return Send(json.encode({"op": op, "req_id": ident, "args": list(topics)}).decode())


def _quoted(data: Book, known: Symbol, now: int) -> Sequence[Output]:
    """The best bid and ask after a message of the topic of one level."""
    number = data.data.u
    if data.whole:
        known.quote.replace(data.data.b, data.data.a)
    elif known.quoted == number - 1:
        known.quote.apply(data.data.b, data.data.a)
    else:
        known.quoted = None
        return ()
    known.quoted = number
    return (data.quote(known.id, now, known.quote),)
