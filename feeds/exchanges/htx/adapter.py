"""HTX's adapter: one connection to spot or swaps as a machine of frames.

Changes of a spot book point at the one before, and the book itself is asked for on the same
connection (`feeds.followed`). The book of a swap is stated by the stream (`feeds.inband`).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from msgspec import json

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.bodies import Place, Refused
from feeds.errors import ConfigError, Disconnected, MalformedFrame, Rejected
from feeds.exchanges.htx import frames, rest
from feeds.exchanges.htx.frames import Farewell, News, Notice, Ping
from feeds.exchanges.htx.markets import MARKETS, SPELLING
from feeds.exchanges.htx.symbol import Symbol
from feeds.exchanges.htx.wire import About, Change, Depth, Step
from feeds.followed import FollowedBook
from feeds.inband import InbandSync
from feeds.lastbars import LastBars
from feeds.roster import Roster
from feeds.wishes import spelled, symbols_of, without
from market.events import Event, Kline, Listing, Trade
from market.instrument import Kind

SPOT_TOPICS: dict[Channel, str] = {
    Channel.BOOK: "market.{symbol}.mbp.400",
    Channel.BOOK_TICKER: "market.{symbol}.bbo",
    Channel.KLINES: "market.{symbol}.kline.{interval}",
    Channel.TICKER: "market.{symbol}.detail",
    Channel.TRADES: "market.{symbol}.trade.detail",
}
SWAP_TOPICS: dict[Channel, str] = {
    **SPOT_TOPICS,
    Channel.BOOK: "market.{symbol}.depth.size_150.high_freq",
    Channel.LIQUIDATIONS: "public.{symbol}.liquidation_orders",
    Channel.MARK_PRICE: "public.{symbol}.funding_rate",
}
"""The topic of each channel."""

VITAL = ("mbp", "depth", "trade")
"""Parts of topics without which a symbol cannot be shown."""

KLINES = 1000
"""Bars asked for at the start."""

MARK_PAUSE = 5_000_000_000
INTEREST_PAUSE = 30_000_000_000
"""ns between two looks at what is not streamed where the rate of funding is."""

_Handler: TypeAlias = Callable[[News, int], Sequence[Output]]


class Htx:
    """The state of one connection to one of HTX's markets."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue, self._market = venue, MARKETS[venue]
        self._topics = SPOT_TOPICS if self._market.kind is Kind.SPOT else SWAP_TOPICS
        self.duplicates = 0
        self._roster = Roster(lambda symbol: Symbol(f"{venue}:{symbol}"))
        self._met = self._roster.met
        self._wanted: frozenset[str] | None = None
        self._asked = Asked()
        self._bars = LastBars()
        self._polls: dict[str, tuple[int, int]] = {}
        """What is looked at again and again, by path: when it is due, and the pause."""
        self._handlers: dict[str, _Handler] = {
            "depth": self._on_book,
            "kline": self._on_bars,
            "mbp": self._on_book,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        for known in self._roster.known.values():
            known.forget()
        topics = dict.fromkeys(self._topic(item) for item in wanted)
        outputs: list[Output] = [_subscribe(topic) for topic in topics]
        for symbol in symbols_of(wanted, Channel.BOOK):
            known = self._roster.begun(symbol)
            topic = self._topics[Channel.BOOK].format(symbol=symbol)
            outputs.append(self._begun(known, topic).start(now))
        fetches = (*self._listings(wanted, now), *self._klines(wanted))
        self._polls = dict(self._looks(wanted, now))
        outputs += self._asked.begin(fetches, now)
        return [*outputs, *(Fetch(path, path, 1) for path in self._polls)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        match frames.read(self._venue, frame):
            case News() as news:
                channel = news.topic.split(".")[2]
                try:
                    return self._handlers.get(channel, self._on_events)(news, now)
                except frames.DECODE_ERRORS as error:
                    raise MalformedFrame(self._venue, str(error), frame) from error
            case Ping(answer):
                return (Send(answer),)
            case Notice() as notice:
                return self._on_notice(notice, now)
            case Farewell():
                raise Disconnected(self._venue, "the venue closes the connection")
        return ()

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        place = rest.locate(key)
        try:
            stated = rest.read(About(self._venue, self._market, now), key, body)
        except Refused as refusal:
            return self._refused(key, place, refusal, now)
        except MalformedFrame:
            self._asked.refuse(key, now)
            raise
        self._asked.settle(key)
        outputs: list[Output] = []
        for event in stated:
            if isinstance(event, Listing):
                outputs += self._roster.take(event, now)
            elif not isinstance(event, Ignored):
                outputs += self._pass(event, now)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries and looks that are due."""
        outputs: list[Output] = []
        outputs += self._asked.tick(now)
        for path, (due, pause) in self._polls.items():
            if now >= due:
                self._polls[path] = (now + pause, pause)
                outputs.append(Fetch(path, path, 1))
        for known in self._roster.known.values():
            book = known.inband or known.fetched
            outputs += _on_socket(book.tick(now)) if book is not None else ()
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        about = About(self._venue, self._market, now)
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
            case Notice(refused=True):
                raise Rejected(self._venue, read.reason)
            case Ignored():
                return (read,)
        return (Ignored("", type(read).__name__.lower()),)

    def _stated(
        self, news: News, now: int, payload: bytes | str = b""
    ) -> Sequence[Event | Ignored]:
        about = self._about(news, now)
        try:
            stated = [event for row in news.rows for event in row.events(about)]
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error
        return stated or (Ignored("", "an empty push"),)

    def _about(self, news: News, now: int) -> About:
        return About(self._venue, self._market, now, news.symbol, news.time, news.interval)

    def _topic(self, item: Subscription) -> str:
        if item.channel not in self._topics:
            raise ConfigError(f"{self._venue} has no {item.channel}")
        klines = item.channel is Channel.KLINES
        interval = spelled(item, SPELLING) if klines else ""
        return self._topics[item.channel].format(symbol=item.symbol, interval=interval)

    def _begun(self, known: Symbol, topic: str) -> InbandSync | FollowedBook:
        """A book of this topic, in the way of its kind."""
        known.topic = topic
        if topic.split(".")[2] == "mbp" and ".refresh." not in topic:
            known.fetched = FollowedBook(known.id, Fetch(topic, topic, 0), window=True)
            return known.fetched
        again = [_request("unsub", topic), _subscribe(topic)]
        known.inband = InbandSync(known.id, again, window=True)
        return known.inband

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            path = f"{self._market.listing}{symbol}"
            yield Fetch(path, path, 1)

    def _klines(self, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                query = f"{item.symbol}&period={spelled(item, SPELLING)}&size={KLINES}"
                path = f"{self._market.klines}{query}"
                yield Fetch(path, path, 1)

    def _looks(
        self, wanted: Sequence[Subscription], now: int
    ) -> Iterator[tuple[str, tuple[int, int]]]:
        """Mark prices and open interest; the socket that states the rate of funding has neither."""
        for symbol in symbols_of(wanted, Channel.MARK_PRICE):
            mark = f"{self._market.mark}{symbol}&period=1min&size=1"
            yield mark, (now + MARK_PAUSE, MARK_PAUSE)
            yield f"{self._market.interest}{symbol}", (now + INTEREST_PAUSE, INTEREST_PAUSE)

    def _on_notice(self, notice: Notice, now: int) -> Sequence[Output]:
        """Tell of a symbol that cannot be had; what is not vital is missed where it is missing."""
        if not notice.refused:
            return ()
        parts = notice.topic.split(".")
        if len(parts) < 3:
            raise Rejected(self._venue, notice.reason)
        known = self._roster.known.get(parts[1])
        if parts[2] not in VITAL:
            return ()
        book = known and (known.inband or known.fetched)
        if book and parts[2] != "trade":
            book.give_up()
        return (without(self._venue, self._wanted, parts[1], notice.reason, now),)

    def _on_book(self, news: News, now: int) -> Sequence[Output]:
        """Books and changes of them; the first topic that is followed is followed on."""
        introduced, known = self._met(news.symbol, now)
        about, outputs = self._about(news, now), [*introduced]
        if known.topic not in ("", news.topic):
            return outputs
        book = known.fetched or known.inband or self._begun(known, news.topic)
        for row in news.rows:
            match row:
                case Step() if isinstance(book, InbandSync):
                    outputs += self._step(known, book, row, about)
                case Change() if isinstance(book, FollowedBook):
                    outputs += _on_socket(book.delta(row.delta(about), now))
                case Depth() if isinstance(book, FollowedBook):
                    outputs += _on_socket(book.snapshot(row.snapshot(about), now))
                case Depth():
                    outputs += book.partial(row.snapshot(about), now)
        return outputs

    def _step(self, known: Symbol, book: InbandSync, step: Step, about: About) -> Sequence[Output]:
        if step.event == "snapshot":
            return book.snapshot(step.snapshot(about), about.now)
        before = known.versions.before(step, book.sequence)
        return book.delta(step.delta(about, before), about.now)

    def _on_bars(self, news: News, now: int) -> Sequence[Output]:
        """A bar is over when the next has begun."""
        introduced, _ = self._met(news.symbol, now)
        outputs = [*introduced]
        for bar in self._stated(news, now):
            if isinstance(bar, Kline):
                outputs += self._bars.follow(bar, now)
        return outputs

    def _on_events(self, news: News, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for event in self._stated(news, now):
            if not isinstance(event, Ignored):
                outputs += self._pass(event, now)
        return outputs

    def _pass(self, event: Event, now: int) -> Sequence[Output]:
        """Pass on what is new."""
        introduced, known = self._met(event.instrument.partition(":")[2], now)
        if isinstance(event, Trade) and not known.ids.take(event.id):
            self.duplicates += 1
            return introduced
        return (*introduced, event)

    def _refused(self, key: str, place: Place, refusal: Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if key in self._polls:
            return ()
        if refusal.passing and self._asked.refuse(key, now):
            return ()
        self._asked.settle(key)
        if place.symbol == "?":
            raise refusal
        return (without(self._venue, self._wanted, place.symbol, refusal.reason, now),)


def _on_socket(outputs: Sequence[Output]) -> Sequence[Output]:
    """A book of spot is not fetched, but asked for where its changes come."""
    return [
        _request("req", output.path) if isinstance(output, Fetch) else output for output in outputs
    ]


def _request(verb: str, topic: str) -> Send:
    return Send(json.encode({verb: topic, "id": topic}).decode())


def _subscribe(topic: str) -> Send:
    """Topics of notifications are asked for in other words than those of markets."""
    if topic.startswith("public."):
        return Send(json.encode({"op": "sub", "cid": topic, "topic": topic}).decode())
    if topic.endswith(".high_freq"):
        words = {"sub": topic, "data_type": "incremental", "id": topic}
        return Send(json.encode(words).decode())
    return _request("sub", topic)
