"""Bitget's adapter: one connection to spot and all futures as a machine of frames.

Books are stated by the stream and followed by the pointers of their changes, and by checksums
where the venue makes them (`feeds.exchanges.bitget.symbol`). Frames of the API before this one
are read too: their books have the same numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias
from urllib.parse import quote

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.bitget import frames, rest
from feeds.exchanges.bitget.frames import News, Notice
from feeds.exchanges.bitget.markets import SPELLING, split
from feeds.exchanges.bitget.symbol import BOOKS, Symbol, argument, request
from feeds.exchanges.bitget.wire import BookRow, PrintRow
from feeds.lastbars import LastBars
from feeds.roster import Roster
from feeds.wishes import spelled, symbols_of, without
from market.events import (
    BookSnapshot,
    BookTicker,
    Event,
    Kline,
    Listing,
    Trade,
)
from market.instrument import Kind

TOPICS: dict[Channel, str] = {
    Channel.BOOK: BOOKS,
    Channel.BOOK_TICKER: "books1",
    Channel.KLINES: "kline",
    Channel.LIQUIDATIONS: "liquidation",
    Channel.MARK_PRICE: "ticker",
    Channel.TICKER: "ticker",
    Channel.TRADES: "publicTrade",
}
"""The topic of each channel."""

FUTURES_ONLY = (Channel.LIQUIDATIONS, Channel.MARK_PRICE)

ARGS_AT_ONCE = 10
"""Topics in one request."""

KLINES = 1000
"""Bars asked for at the start: the most that one request gives."""

PING = 25_000_000_000
"""ns between two pings: the venue wants one every 30 s."""

_Handler: TypeAlias = Callable[[News, int], Sequence[Output]]


class Bitget:
    """The state of one connection to Bitget."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._roster = Roster(lambda symbol: Symbol(venue, symbol))
        self._met = self._roster.met
        self._wanted: frozenset[str] | None = None
        self._asked = Asked()
        self._bars = LastBars()
        self._ping_at: int | None = None
        self._handlers: dict[str, _Handler] = {
            "books": self._on_changes,
            "books15": self._on_partial,
            "books5": self._on_partial,
            "books50": self._on_partial,
            "kline": self._on_bars,
            "liquidation": self._on_liquidations,
            "publicTrade": self._on_trades,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._ping_at = now + PING
        for known in self._roster.known.values():
            known.reset()
        books = map(self._roster.begun, symbols_of(wanted, Channel.BOOK))
        fetches = (*self._listings(wanted, now), *self._klines(wanted))
        return [
            *self._subscribe(wanted),
            *(known.book.start(now) for known in books),
            *self._asked.begin(fetches, now),
        ]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        read = frames.read(self._venue, frame, now)
        if isinstance(read, Ignored):
            return ()
        if isinstance(read, Notice):
            return self._on_notice(read, now)
        try:
            return self._handlers.get(read.topic, self._on_events)(read, now)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        try:
            stated = rest.read(self._venue, key, body, now)
        except rest.Refused as refusal:
            return self._refused(key, refusal, now)
        except MalformedFrame:
            self._asked.refuse(key, now)
            raise
        self._asked.settle(key)
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    outputs += self._roster.take(event, now)
                case Trade():
                    outputs += self._trade(event, now)
                case BookSnapshot() | BookTicker() | Ignored():
                    # A book by itself has no place among the changes of the stream.
                    continue
                case _:
                    outputs.append(event)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, and the ping that keeps the connection."""
        outputs: list[Output] = []
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + PING
            outputs.append(Send("ping"))
        outputs += self._asked.tick(now)
        for known in self._roster.known.values():
            outputs += known.book.tick(now)
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        if path is not None:
            return rest.read(self._venue, path, payload, now)
        try:
            read = frames.read(self._venue, payload, now)
        except MalformedFrame as error:
            try:
                return rest.read(self._venue, "", payload, now)
            except MalformedFrame:
                raise error from None
        if isinstance(read, Ignored):
            return (read,)
        if isinstance(read, Notice):
            if read.refused:
                raise Rejected(self._venue, read.reason)
            return (Ignored("", "acknowledgement"),)
        try:
            return self._stated(read) or (Ignored("", "nothing that is used"),)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _stated(self, news: News) -> Sequence[Event | Ignored]:
        """What the rows of a push state by themselves."""
        return [event for row in news.rows for event in row.events(news.about)]

    def _subscribe(self, wanted: Sequence[Subscription]) -> Iterator[Send]:
        args = [self._arg(item) for item in wanted]
        # Mark prices and days come by one topic, and liquidations of all symbols by another.
        listed = list({str(arg): arg for arg in args if arg}.values())
        for start in range(0, len(listed), ARGS_AT_ONCE):
            yield request("subscribe", listed[start : start + ARGS_AT_ONCE])

    def _arg(self, item: Subscription) -> dict[str, str]:
        """What is subscribed for a wish; nothing where the market has no such thing."""
        if item.channel not in TOPICS:
            raise ConfigError(f"{self._venue} has no {item.channel}")
        topic, (market, _) = TOPICS[item.channel], split(item.symbol)
        if item.channel in FUTURES_ONLY and market.kind is Kind.SPOT:
            return {}
        if item.channel is Channel.LIQUIDATIONS:
            return {"instType": market.name, "topic": topic}
        if item.channel is Channel.KLINES:
            return argument(topic, item.symbol, interval=spelled(item, SPELLING))
        return argument(topic, item.symbol)

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            path = f"/api/v3/market/instruments?{_query(symbol)}"
            yield Fetch(path, path, 1)

    def _klines(self, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                query = f"{_query(item.symbol)}&interval={spelled(item, SPELLING)}&limit={KLINES}"
                path = f"/api/v3/market/candles?{query}"
                yield Fetch(path, path, 1)

    def _on_notice(self, notice: Notice, now: int) -> Sequence[Output]:
        """Tell of a symbol that cannot be had; what is not vital is missed where it is missing."""
        if not notice.refused:
            return ()
        market, name, topic = notice.about
        if market is None or not name:
            raise Rejected(self._venue, notice.reason)
        if topic not in (BOOKS, "publicTrade"):
            return ()
        symbol = name + market.ending
        if symbol in self._roster.known:
            self._roster.known[symbol].book.give_up()
        reason = "no such symbol" if "doesn't exist" in notice.msg else notice.reason
        return (without(self._venue, self._wanted, symbol, reason, now),)

    def _on_changes(self, news: News, now: int) -> Sequence[Output]:
        introduced, known = self._met(news.about.instrument().partition(":")[2], now)
        rows = [row for row in news.rows if isinstance(row, BookRow)]
        return (*introduced, *known.push(news, rows, now))

    def _on_partial(self, news: News, now: int) -> Sequence[Output]:
        """A few levels, whole each time; they count where no changes are followed."""
        introduced, known = self._met(news.about.instrument().partition(":")[2], now)
        outputs = [*introduced]
        for row in news.rows:
            if isinstance(row, BookRow):
                outputs += known.book.partial(row.snapshot(known.id, now, row.seq), now)
        return outputs

    def _on_trades(self, news: News, now: int) -> Sequence[Output]:
        """A subscription begins with trades of before, the newest first."""
        prints = sorted((row for row in news.rows if isinstance(row, PrintRow)), key=rest.when)
        name = news.about.instrument()
        return [output for row in prints for output in self._trade(row.trade(name, now), now)]

    def _trade(self, trade: Trade, now: int) -> Sequence[Output]:
        introduced, known = self._met(trade.instrument.partition(":")[2], now)
        if known.ids.take(trade.id):
            return (*introduced, trade)
        self.duplicates += 1
        return introduced

    def _on_bars(self, news: News, now: int) -> Sequence[Output]:
        """A bar is over when the next has begun: the venue does not say it otherwise."""
        introduced, _ = self._met(news.about.instrument().partition(":")[2], now)
        outputs = [*introduced]
        bars = [event for event in self._stated(news) if isinstance(event, Kline)]
        for bar in sorted(bars, key=lambda bar: bar.start):
            outputs += self._bars.follow(bar, now)
        return outputs

    def _on_liquidations(self, news: News, now: int) -> Sequence[Output]:
        """Those of every future come, whichever were asked for."""
        wanted = self._wanted
        return [
            event
            for event in self._on_events(news, now)
            if wanted is None or getattr(event, "instrument", "").partition(":")[2] in wanted
        ]

    def _on_events(self, news: News, now: int) -> Sequence[Output]:
        return [event for event in self._stated(news) if not isinstance(event, Ignored)]

    def _refused(self, key: str, refusal: rest.Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.passing:
            self._asked.refuse(key, now)
            return ()
        self._asked.settle(key)
        place = rest.locate(key)
        if place.market is None or place.symbol == "?":
            raise refusal
        symbol = place.symbol + place.market.ending
        return (without(self._venue, self._wanted, symbol, refusal.reason, now),)


def _query(symbol: str) -> str:
    market, name = split(symbol)
    return f"category={market.category}&symbol={quote(name)}"
