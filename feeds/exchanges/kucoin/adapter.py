"""KuCoin's adapter: one connection to spot or futures as a machine of frames.

The address of the sockets is asked for before (`door`). Changes of a book are numbered, and the
book itself is fetched (`feeds.followed`): 100 levels a side of spot, which are soon left behind by
the price, so that it is fetched again before.
"""

from collections.abc import Iterator, Sequence

from msgspec import json

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.bodies import Place, Refused
from feeds.errors import ConfigError, Disconnected, MalformedFrame, Rejected
from feeds.exchanges.kucoin import frames, rest
from feeds.exchanges.kucoin.door import PING
from feeds.exchanges.kucoin.frames import News, Notice, Welcome
from feeds.exchanges.kucoin.markets import INTERVALS, MARKETS, SPELLING
from feeds.exchanges.kucoin.wire import About
from feeds.followed import FollowedBook
from feeds.ids import RecentIds
from feeds.lastbars import LastBars
from feeds.roster import Roster
from feeds.wishes import spelled, symbols_of, without
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedStatus,
    Kline,
    Listing,
    Trade,
)

EXPIRED = 401
"""The code of a token that is not good any more."""

PAUSE = 30_000_000_000
"""ns between two looks at what only the statement of an instrument holds."""

_SECOND = 1_000_000_000
_VITAL = ("level2", "match", "execution")
"""Ends of channels without which a symbol cannot be shown."""


class _Symbol:
    """What one connection knows of one symbol: its book, and the trades it has seen."""

    def __init__(self, ident: str, book: FollowedBook) -> None:
        self.id = ident
        self.ids = RecentIds()
        self.book = book


class Kucoin:
    """The state of one connection to one of KuCoin's markets."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue, self._market = venue, MARKETS[venue]
        self.duplicates = 0
        self._roster = Roster(self._new)
        self._met = self._roster.met
        self._wanted: frozenset[str] | None = None
        self._asked = Asked()
        self._bars = LastBars()
        self._looks: dict[str, int] = {}
        """What is looked at again and again, by path, and when it is due."""
        self._waiting: list[Send] = []
        """What is sent when the venue is ready."""
        self._ping_at: int | None = None

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._ping_at = now + PING
        for symbol, known in self._roster.known.items():
            known.book = self._book(symbol)
        topics = dict.fromkeys(self._topic(item) for item in wanted)
        self._waiting = [_request("subscribe", topic) for topic in topics]
        outputs: list[Output] = []
        for symbol in symbols_of(wanted, Channel.BOOK):
            known = self._roster.begun(symbol)
            outputs.append(known.book.start(now))
        self._looks = dict.fromkeys(self._statements(wanted), now + PAUSE)
        fetches = (*self._listings(wanted, now), *self._klines(wanted, now))
        return [*outputs, *self._asked.begin(fetches, now)]

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
        except Refused as refusal:
            return self._refused(key, place, refusal, now)
        except MalformedFrame:
            self._ask_again(key, place, now)
            raise
        self._asked.settle(key)
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    outputs += self._roster.take(event, now)
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
        outputs += self._asked.tick(now)
        for known in self._roster.known.values():
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
        interval = spelled(item, SPELLING) if item.channel is Channel.KLINES else ""
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
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            path = self._market.listing.format(symbol=symbol)
            if path not in self._looks:
                yield Fetch(path, path, 3)

    def _klines(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                interval = spelled(item, SPELLING)
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
                    outputs += self._bars.follow(event, now)
                case Trade() if not known.ids.take(event.id):
                    self.duplicates += 1
                case _:
                    outputs.append(event)
        return outputs

    def _refused(self, key: str, place: Place, refusal: Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.passing:
            self._ask_again(key, place, now)
            return ()
        self._asked.settle(key)
        if place.symbol == "?":
            raise refusal
        return (self._unknown(place.symbol, refusal.reason, now),)

    def _ask_again(self, key: str, place: Place, now: int) -> None:
        asked = self._asked.refuse(key, now)
        if not asked and place.endpoint == "book" and place.symbol in self._roster.known:
            self._roster.known[place.symbol].book.refuse(now)

    def _unknown(self, symbol: str, reason: str, now: int) -> FeedStatus:
        """Say what is wrong with one symbol; without others there is nothing left to do."""
        if symbol in self._roster.known:
            self._roster.known[symbol].book.give_up()
        return without(self._venue, self._wanted, symbol, reason, now)


def _request(verb: str, topic: str) -> Send:
    words = {"id": topic, "type": verb, "topic": topic, "privateChannel": False, "response": True}
    return Send(json.encode(words).decode())
