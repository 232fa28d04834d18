"""KuCoin's adapter: one connection to spot or futures as a machine of frames.

The address of the sockets is asked for before (`door`). Changes of a book are numbered, and the
book itself is fetched (`feeds.followed`): 100 levels a side of spot, which are soon left behind by
the price, so that it is fetched again before.
"""

from collections.abc import Iterator, Sequence

from msgspec import json
from msgspec.structs import replace

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.errors import ConfigError, Disconnected, MalformedFrame, Rejected
from feeds.exchanges.kucoin import frames, rest
from feeds.exchanges.kucoin.door import PING
from feeds.exchanges.kucoin.frames import News, Notice, Welcome
from feeds.exchanges.kucoin.markets import INTERVALS, MARKETS, SPELLING
from feeds.exchanges.kucoin.wire import About
from feeds.followed import FollowedBook
from feeds.ids import RecentIds
from feeds.sync import Request
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    Trade,
)
from market.instrument import Instrument

EXPIRED = 401
"""The code of a token that is not good any more."""

LISTING_AGE = 600_000_000_000
"""ns that a statement of an instrument is good for."""

PAUSE = 30_000_000_000
"""ns between two looks at what only the statement of an instrument holds."""

_SECOND = 1_000_000_000
_VITAL = ("level2", "match", "execution")
"""Ends of channels without which a symbol cannot be shown."""


class _Symbol:
    """What one connection knows of one symbol: its book, its bars, and the trades it has seen."""

    def __init__(self, ident: str, book: FollowedBook) -> None:
        self.id = ident
        self.ids = RecentIds()
        self.bars: dict[str, Kline] = {}
        self.book = book


class Kucoin:
    """The state of one connection to one of KuCoin's markets."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue, self._market = venue, MARKETS[venue]
        self.duplicates = 0
        self._symbols: dict[str, _Symbol] = {}
        self._listed: dict[str, Instrument] = {}
        self._listed_at: dict[str, int] = {}
        self._wanted: frozenset[str] | None = None
        self._requests: dict[str, Request] = {}
        self._looks: dict[str, int] = {}
        """What is looked at again and again, by path, and when it is due."""
        self._waiting: list[Send] = []
        """What is sent when the venue is ready."""
        self._ping_at: int | None = None

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._ping_at = now + PING
        for symbol, known in self._symbols.items():
            known.book = self._book(symbol)
        topics = dict.fromkeys(self._topic(item) for item in wanted)
        self._waiting = [_request("subscribe", topic) for topic in topics]
        outputs: list[Output] = []
        for symbol in _of(wanted, Channel.BOOK):
            known = self._symbols.setdefault(symbol, self._new(symbol))
            outputs.append(known.book.start(now))
        self._looks = dict.fromkeys(self._statements(wanted), now + PAUSE)
        fetches = (*self._listings(wanted, now), *self._klines(wanted, now))
        self._requests = {fetch.key: Request(fetch) for fetch in fetches}
        return [*outputs, *(asked.ask(now) for asked in self._requests.values())]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        match frames.read(self._venue, frame):
            case News() as news:
                return self._on_news(news, now, frame)
            case Welcome():
                waiting, self._waiting = self._waiting, []
                return waiting
            case Notice() as notice:
                return self._on_notice(notice, now)
        return ()

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        place = rest.locate(key)
        try:
            stated = rest.read(About(self._venue, now), key, body)
        except rest.Refused as refusal:
            return self._refused(key, place, refusal, now)
        except MalformedFrame:
            self._ask_again(key, place, now)
            raise
        self._requests.pop(key, None)
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    outputs += self._list(event, now)
                case BookSnapshot() if place.symbol != "?":
                    introduced, known = self._met(place.symbol, now)
                    outputs += (*introduced, *known.book.snapshot(event, now))
                case BookSnapshot() | Ignored():
                    continue
                case _:
                    outputs.append(event)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries and looks that are due, and the ping that keeps the connection."""
        outputs: list[Output] = []
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + PING
            outputs.append(Send(json.encode({"id": str(now), "type": "ping"}).decode()))
        for path, due in self._looks.items():
            if now >= due:
                self._looks[path] = now + PAUSE
                outputs.append(Fetch(path, path, 3))
        for asked in self._requests.values():
            outputs += asked.tick(now)
        for known in self._symbols.values():
            outputs += known.book.tick(now)
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        about = About(self._venue, now)
        if path is not None:
            return rest.read(about, path, payload)
        try:
            read = frames.read(self._venue, payload)
        except MalformedFrame as error:
            try:
                return rest.read(about, "", payload)
            except MalformedFrame:
                raise error from None
        match read:
            case News():
                return self._stated(read, now, payload)
            case Notice():
                raise Rejected(self._venue, read.reason)
            case Ignored():
                return (read,)
        return (Ignored("", "welcome"),)

    def _stated(self, news: News, now: int, payload: bytes | str) -> Sequence[Event | Ignored]:
        try:
            return news.row.events(About(self._venue, now, news.symbol, news.interval))
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _topic(self, item: Subscription) -> str:
        if item.channel not in self._market.topics:
            raise ConfigError(f"{self._venue} has no {item.channel}")
        interval = _interval(item) if item.channel is Channel.KLINES else ""
        return self._market.topics[item.channel].format(symbol=item.symbol, interval=interval)

    def _new(self, symbol: str) -> _Symbol:
        return _Symbol(f"{self._venue}:{symbol}", self._book(symbol))

    def _book(self, symbol: str) -> FollowedBook:
        path = self._market.book.format(symbol=symbol)
        return FollowedBook(f"{self._venue}:{symbol}", Fetch(path, path, 5), window=False)

    def _statements(self, wanted: Sequence[Subscription]) -> Iterator[str]:
        """What is told of a future beside its grids."""
        if self._market.looks:
            for item in wanted:
                if item.channel in (Channel.MARK_PRICE, Channel.TICKER):
                    yield self._market.listing.format(symbol=item.symbol)

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for path in self._looks:
            yield Fetch(path, path, 3)
        for symbol in _of(wanted, Channel.BOOK):
            path = self._market.listing.format(symbol=symbol)
            fresh = now - self._listed_at.get(symbol, now - LISTING_AGE) < LISTING_AGE
            if not fresh and path not in self._looks:
                yield Fetch(path, path, 3)

    def _klines(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                interval = _interval(item)
                length = INTERVALS[interval][1]
                begin = max(0, now // _SECOND // length - self._market.history + 1) * length
                number = rest.minutes(interval)
                words = {"interval": interval, "minutes": number, "seconds": begin}
                path = self._market.bars.format(symbol=item.symbol, **words)
                yield Fetch(path, path, 3)

    def _on_notice(self, notice: Notice, now: int) -> Sequence[Output]:
        """Tell of a symbol that cannot be had; what is not vital is missed where it is missing."""
        if notice.code == EXPIRED:
            raise Disconnected(self._venue, "the key to the sockets has expired")
        channel, _, symbol = notice.topic.partition(":")
        if not symbol:
            raise Rejected(self._venue, notice.reason)
        if not channel.endswith(_VITAL):
            return ()
        return (self._unknown(symbol, notice.reason, now),)

    def _on_news(self, news: News, now: int, frame: bytes | str) -> Sequence[Output]:
        outputs: list[Output] = []
        for event in self._stated(news, now, frame):
            if isinstance(event, Ignored):
                continue
            introduced, known = self._met(event.instrument.partition(":")[2], now)
            outputs += introduced
            match event:
                case BookDelta():
                    outputs += known.book.delta(event, now)
                case BookSnapshot():
                    outputs += known.book.partial(event, now)
                case Kline():
                    outputs += _followed(known, event, now)
                case Trade() if not known.ids.take(event.id):
                    self.duplicates += 1
                case _:
                    outputs.append(event)
        return outputs

    def _met(self, symbol: str, now: int) -> tuple[Sequence[Output], _Symbol]:
        """What is known of a symbol; its instrument is announced with the first that we hear."""
        known = self._symbols.get(symbol)
        if known is not None:
            return (), known
        known = self._symbols[symbol] = self._new(symbol)
        listed = self._listed.get(symbol)
        return (() if listed is None else (Listing(listed.id, now, listed),)), known

    def _list(self, listing: Listing, now: int) -> Sequence[Output]:
        symbol = listing.listed.symbol
        self._listed[symbol], self._listed_at[symbol] = listing.listed, now
        return (listing,) if symbol in self._symbols else ()

    def _refused(
        self, key: str, place: rest.Place, refusal: rest.Refused, now: int
    ) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.passing:
            self._ask_again(key, place, now)
            return ()
        self._requests.pop(key, None)
        if place.symbol == "?":
            raise refusal
        return (self._unknown(place.symbol, refusal.reason, now),)

    def _ask_again(self, key: str, place: rest.Place, now: int) -> None:
        if key in self._requests:
            self._requests[key].refuse(now)
        elif place.endpoint == "book" and place.symbol in self._symbols:
            self._symbols[place.symbol].book.refuse(now)

    def _unknown(self, symbol: str, reason: str, now: int) -> FeedStatus:
        """Say what is wrong with one symbol; without others there is nothing left to do."""
        if symbol in self._symbols:
            self._symbols[symbol].book.give_up()
        if self._wanted is not None and self._wanted <= {symbol}:
            raise Rejected(self._venue, f"{symbol}: {reason}")
        return FeedStatus(f"{self._venue}:{symbol}", now, FeedState.CONNECTING, reason)


def _followed(known: _Symbol, bar: Kline, now: int) -> Iterator[Output]:
    """A bar is over when the next has begun."""
    before = known.bars.get(bar.interval)
    if before is not None and before.start < bar.start and not before.closed:
        yield replace(before, ts_recv=now, closed=True)
    if before is None or before.start <= bar.start:
        known.bars[bar.interval] = bar
        yield bar


def _of(wanted: Sequence[Subscription], channel: Channel) -> dict[str, None]:
    """The symbols that a channel is wanted of, each once."""
    return dict.fromkeys(item.symbol for item in wanted if item.channel is channel)


def _request(verb: str, topic: str) -> Send:
    words = {"id": topic, "type": verb, "topic": topic, "privateChannel": False, "response": True}
    return Send(json.encode(words).decode())


def _interval(item: Subscription) -> str:
    if item.interval not in SPELLING:
        raise ConfigError(f"{item.interval!r} is no interval of klines")
    return SPELLING[item.interval]
