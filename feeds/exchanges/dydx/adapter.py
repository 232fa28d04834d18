"""dYdX's adapter: one connection to the Indexer as a machine of frames.

Books are stated by the stream. Nothing numbers their changes but the messages of the connection,
which rise by one: where one is missing, or could not be read, no book is believed any more. What
is shown of a book is uncrossed first (`feeds.exchanges.dydx.uncross`).
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from urllib.parse import quote

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.dydx import rest, wire
from feeds.exchanges.dydx.names import SPELLING
from feeds.exchanges.dydx.outbox import Outbox
from feeds.exchanges.dydx.symbol import BOOK, Symbol, request
from feeds.exchanges.dydx.wire import About, Change, Content, Message, Stated, WholeBook
from feeds.lastbars import LastBars
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Liquidation,
    Listing,
    Trade,
)
from market.instrument import Instrument

KLINES = 1000
"""Bars asked for at the start."""

LISTING_AGE = 600_000_000_000
"""ns that the list of markets is good for."""

LIST = "/v4/perpetualMarkets"

OPTIONAL = ("v4_candles", "v4_markets")
"""Channels whose refusal leaves the instrument as it is."""

PASSING = ("internal error", "too many", "rate limit", "already subscribed")
"""What an error says that may be gone when the subscription is made again."""


class Dydx:
    """The state of one connection to dYdX."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._symbols: dict[str, Symbol] = {}
        self._listed: dict[str, Instrument] = {}
        self._listed_at: int | None = None
        self._wanted: frozenset[str] | None = None
        self._asked = Asked()
        self._outbox = Outbox()
        self._bars = LastBars()
        self._connection = ""
        self._number: int | None = None
        """Of the last message that was read; None before the first."""
        self._owed: list[Output] = []
        """What could not be said because an error was to be raised."""

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._connection, self._number, self._owed = "", None, []
        self._outbox.clear()
        for known in self._symbols.values():
            known.reset()
        outputs: list[Output] = []
        # Books first: a subscription more takes half a second.
        for channel, ident in dict.fromkeys(sorted(map(_topic, wanted), key=_by_weight)):
            self._outbox.put((request("subscribe", channel, ident),))
            if channel == BOOK:
                known = self._symbols.setdefault(ident, Symbol(self._venue, ident))
                outputs.append(known.book.start(now))
        fetches = (*self._listings(wanted, now), *_klines(wanted))
        return [*outputs, *self._outbox.tick(now), *self._asked.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        message = wire.read(self._venue, frame)
        self._meet(message.connection_id)
        last, number = self._number, message.message_id
        if last is not None and number <= last:
            return ()
        outputs, self._owed = self._owed, []
        if last is not None and number > last + 1:
            outputs += self._lose_books(f"messages are missing between {last} and {number}", now)
        if message.channel != BOOK:
            self._number = number
        # A change of a book that cannot be read is not counted: it is missed at the next message.
        try:
            outputs += self._take(message, now)
        except (MalformedFrame, Rejected):
            self._owed = outputs
            raise
        self._number = number
        return outputs

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        about = About(self._venue, now)
        try:
            stated = rest.read(about, key, body)
        except MalformedFrame:
            self._asked.refuse(key, now)
            raise
        except Rejected:
            self._asked.settle(key)
            raise
        self._asked.settle(key)
        outputs = self._state(stated, about)
        if key == LIST:
            self._listed_at = now
            outputs += self._missing(now)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries and subscriptions that are due."""
        for known in self._symbols.values():
            self._outbox.put([out for out in known.book.tick(now) if isinstance(out, Send)])
        outputs, self._owed = self._owed, []
        outputs += self._outbox.tick(now)
        outputs += self._asked.tick(now)
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself; see `feeds.adapter.Parser`."""
        if path is not None:
            return rest.read(About(self._venue, now), path, payload)
        message = wire.read(self._venue, payload)
        if message.type == "error":
            raise Rejected(self._venue, message.message)
        if not message.is_data:
            return (Ignored("", message.type[:40]),)
        rows = wire.contents(self._venue, message)
        if rows is None:
            return (Ignored("", f"channel {message.channel[:40]!r} is not used"),)
        about = message.about(self._venue, now)
        return self._plainly(message, rows, about) or (Ignored("", "nothing that is used"),)

    def _plainly(self, message: Message, rows: list[Content], about: About) -> Stated:
        try:
            return wire.states(message, rows, about)
        except wire.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), bytes(message.contents)) from error

    def _meet(self, connection: str) -> None:
        """Each connection counts by itself, and states its books anew."""
        if connection == self._connection:
            return
        if self._connection:
            for known in self._symbols.values():
                known.reset()
        self._connection, self._number = connection, None

    def _take(self, message: Message, now: int) -> Sequence[Output]:
        if message.type == "error":
            return self._on_error(message)
        rows = wire.contents(self._venue, message) if message.is_data else None
        about = message.about(self._venue, now)
        if rows is None:
            return ()
        if message.channel != BOOK:
            return self._state(self._plainly(message, rows, about), about)
        outputs: list[Output] = []
        known = self._known(about.symbol, about, outputs)
        changes: list[Change] = []
        for row in rows:
            if isinstance(row, WholeBook):
                outputs += self._queued(known.whole(row, about))
            elif isinstance(row, Change):
                changes.append(row)
        if changes:
            outputs += self._queued(known.change(changes, about))
        return outputs

    def _state(self, stated: Stated, about: About) -> list[Output]:
        """Pass on what is new."""
        outputs: list[Output] = []
        fresh = True
        for event in stated:
            match event:
                case Listing():
                    self._list(event, outputs)
                case Trade():
                    known = self._known(event.instrument.partition(":")[2], about, outputs)
                    fresh = known.ids.take(event.id)
                    self.duplicates += not fresh
                    outputs += (event,) if fresh else ()
                case Liquidation():
                    outputs += (event,) if fresh else ()  # stated with its trade
                case Kline():
                    self._bar(event, about, outputs)
                case Ignored() | BookSnapshot() | BookDelta():
                    pass  # a book by itself has no place among the changes of the stream
                case _ if self._follows(event.instrument):
                    outputs.append(event)
        return outputs

    def _follows(self, instrument: str) -> bool:
        """Whether it is wanted: the channel of markets is about every one there is."""
        wanted = self._wanted
        return wanted is None or instrument.partition(":")[2] in wanted

    def _known(self, symbol: str, about: About, outputs: list[Output]) -> Symbol:
        """What is known of a symbol; the first time its instrument goes out, where it is listed."""
        known = self._symbols.get(symbol)
        if known is None:
            known = self._symbols[symbol] = Symbol(self._venue, symbol)
            listed = self._listed.get(symbol)
            if listed is not None:
                outputs.append(Listing(listed.id, about.now, listed))
        return known

    def _list(self, event: Listing, outputs: list[Output]) -> None:
        symbol = event.listed.symbol
        changed = self._listed.get(symbol) != event.listed
        self._listed[symbol] = event.listed
        if symbol in self._symbols and changed:
            outputs.append(event)

    def _bar(self, bar: Kline, about: About, outputs: list[Output]) -> None:
        """The last bars of the stream, and those of the past."""
        outputs += self._bars.follow(bar, about.now) or ((bar,) if bar.closed else ())

    def _lose_books(self, reason: str, now: int) -> Sequence[Output]:
        return [
            output
            for known in self._symbols.values()
            if known.book.state is FeedState.LIVE
            for output in self._queued(known.book.lose(reason, now))
        ]

    def _queued(self, outputs: Sequence[Output]) -> Sequence[Output]:
        """The outputs without the frames, which wait for their turn."""
        self._outbox.put([output for output in outputs if isinstance(output, Send)])
        return [output for output in outputs if not isinstance(output, Send)]

    def _on_error(self, error: Message) -> Sequence[Output]:
        text = error.message.lower()
        if any(word in text for word in PASSING) or any(name in text for name in OPTIONAL):
            return ()
        for symbol, known in self._symbols.items():
            if symbol in error.message:
                known.book.give_up()
        raise Rejected(self._venue, error.message)

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        fresh = self._listed_at is not None and now - self._listed_at < LISTING_AGE
        if not fresh and any(item.channel is Channel.BOOK for item in wanted):
            yield Fetch(LIST, LIST, 1)

    def _missing(self, now: int) -> Sequence[Output]:
        """The whole list is here: say of each market that is wanted and not in it what is wrong."""
        outputs: list[Output] = []
        for symbol in sorted((self._wanted or frozenset()) - self._listed.keys()):
            near = get_close_matches(symbol, self._listed, n=1)
            reason = f'no such symbol; did you mean "{near[0]}"?' if near else "no such symbol"
            if self._wanted is not None and self._wanted <= {symbol}:
                raise Rejected(self._venue, f"{symbol}: {reason}")
            name = f"{self._venue}:{symbol}"
            outputs.append(FeedStatus(name, now, FeedState.CONNECTING, reason))
        return outputs


def _topic(item: Subscription) -> tuple[str, str]:
    """The venue's channel and id of a wish."""
    match item.channel:
        case Channel.BOOK:
            return BOOK, item.symbol
        case Channel.KLINES:
            return "v4_candles", f"{item.symbol}/{_resolution(item)}"
        case Channel.MARK_PRICE:
            return "v4_markets", ""
        case Channel.TRADES | Channel.LIQUIDATIONS:
            return "v4_trades", item.symbol
    raise ConfigError(f"dydx has no {item.channel}")


def _by_weight(topic: tuple[str, str]) -> int:
    return (BOOK, "v4_trades", "v4_candles", "v4_markets").index(topic[0])


def _klines(wanted: Sequence[Subscription]) -> Iterator[Fetch]:
    for item in wanted:
        if item.channel is Channel.KLINES:
            query = f"resolution={_resolution(item)}&limit={KLINES}"
            path = f"/v4/candles/perpetualMarkets/{quote(item.symbol)}?{query}"
            yield Fetch(path, path, 1)


def _resolution(item: Subscription) -> str:
    if item.interval not in SPELLING:
        raise ConfigError(f"{item.interval!r} is no interval of klines")
    return SPELLING[item.interval]
