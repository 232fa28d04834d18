"""Bitfinex's adapter: one connection to version 2 as a machine of frames.

Messages are numbered over all channels of a connection, and the venue states a checksum of each
book every now and then. After a number that is missing every book is asked for again, after a
checksum that differs the one. The venue has no ticks, prices have five digits that count: grids are
read off what is seen.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import Disconnected, MalformedFrame, Rejected
from feeds.exchanges.bitfinex import rest, wire
from feeds.exchanges.bitfinex.symbol import Symbol, book_request, request
from market.events import BookTicker, Event, FeedState, Kline, Liquidation, Ticker, Trade

FLAGS = 32768 + 65536 + 131072
"""Times, numbers and checksums with what is pushed."""

KLINES = 500
"""Bars asked for at the start."""

OVER = frozenset({20051, 20060})
"""Codes of a server that is about to stop."""
REPEATED = frozenset({10301, 10400, 10401})
"""Codes of a channel that is subscribed, or given up, already."""

BARS = {"1d": "1D", "1w": "1W", "3m": "1m", "2h": "1h", "4h": "1h", "8h": "1h", "3d": "1D"}
"""The venue's bars of each of ours that it spells otherwise, or that they can be made of."""


class Bitfinex:
    """The state of one connection to Bitfinex."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._symbols: dict[str, Symbol] = {}
        self._about: dict[int, wire.About] = {}
        """What each channel is about."""
        self._wanted: frozenset[str] = frozenset()
        self._channels: frozenset[Channel] | None = None
        self._asked = Asked()
        self._next: int | None = None
        """The number of the next message; None before the first."""
        self._owed: list[Output] = []
        """What could not be said because an error was to be raised."""

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._channels = frozenset(item.channel for item in wanted)
        self._next, self._owed = None, []
        self._about.clear()
        for known in self._symbols.values():
            known.reset()
        outputs: list[Output] = [request("conf", flags=FLAGS)]
        outputs += dict.fromkeys(_subscription(item) for item in wanted if _is_there(item))
        for item in wanted:
            if item.channel is Channel.BOOK:
                outputs.append(self._known(item.symbol).book.start(now))
        return [*outputs, *self._asked.begin(self._klines(wanted), now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        message = wire.read(self._venue, frame)
        if isinstance(message, wire.Notice):
            return self._on_notice(message)
        self._owed += self._count(message.sequence, now)
        try:
            outputs = self._on_push(message, now)
        except wire.DECODE_ERRORS as error:
            # Its number is known, but not what it said: let the next one show the gap.
            self._next = message.sequence
            raise MalformedFrame(self._venue, str(error), frame) from error
        return [*self._owing(), *outputs] if self._owed else outputs

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        try:
            stated = rest.read(self._venue, key, body, now)
        except rest.Refused as refusal:
            if not refusal.passing:
                self._asked.settle(key)
                raise
            stated = ()
        except MalformedFrame:
            self._asked.refuse(key, now)
            raise
        else:
            self._asked.settle(key)
        self._asked.refuse(key, now)
        return [event for event in stated if isinstance(event, Kline | Trade)]

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due."""
        outputs = self._owing()
        outputs += self._asked.tick(now)
        outputs += (output for known in self._symbols.values() for output in known.tick(now))
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself; what channels are about is remembered."""
        if path is not None:
            return rest.read(self._venue, path, payload, now)
        if payload[:2] in (b"[[", "[["):
            return rest.read(self._venue, "", payload, now)
        message = wire.read(self._venue, payload)
        if isinstance(message, wire.Notice):
            if message.event == "subscribed" and message.chanId is not None:
                self._about[message.chanId] = message.about
            if message.event == "error" and message.code not in REPEATED:
                raise Rejected(self._venue, _reason(message))
            return (Ignored("", f"{message.event} {message.msg}".strip()),)
        try:
            return self._stated(message, now)
        except wire.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _stated(self, push: wire.Push, now: int) -> wire.Stated:
        about, payload = push.about or self._about.get(push.channel), push.payload
        if about is None or payload is None or push.word == "cs":
            reason = "a channel of which nothing was said" if about is None else push.word
            return (Ignored("", reason or "nothing"),)
        name = f"{self._venue}:{about.subject}"
        match about.channel:
            case "book" if about.prec.startswith("P"):
                return (rest.book_of(payload, name, push.time, now),)
            case "trades" if push.word in ("", "te", "tu"):
                found: wire.Stated = tuple(wire.trades_of(payload, name, now))
            case "ticker":
                found = wire.ticker_of(payload, name, push.time, now)
            case "candles":
                found = wire.bars_of(payload, about, self._venue, now)
            case "status":
                found = wire.status_of(payload, about, self._venue, push.time, now)
            case other:
                found = (Ignored(name, f"channel {other!r} is not used like this"),)
        return found or (Ignored(name, "an empty list"),)

    def _known(self, symbol: str) -> Symbol:
        known = self._symbols.get(symbol)
        if known is None:
            known = self._symbols[symbol] = Symbol(self._venue, symbol)
        return known

    def _klines(self, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                key = quote(f"trade:{_bars(item.interval)}:{item.symbol}", safe=":")
                path = f"/v2/candles/{key}/hist?limit={KLINES}"
                yield Fetch(path, path, 1)

    def _count(self, number: int | None, now: int) -> Sequence[Output]:
        """Note a message's number; where it is not the next, no book is to be believed."""
        expected, self._next = self._next, None if number is None else number + 1
        if expected is None or number == expected:
            return ()
        reason = f"messages are missing: number {number} came instead of {expected}"
        return [
            output
            for known in self._symbols.values()
            if known.book.state is FeedState.LIVE
            for output in known.lose(reason, now)
        ]

    def _owing(self) -> list[Output]:
        owed, self._owed = self._owed, []
        return owed

    def _on_notice(self, notice: wire.Notice) -> Sequence[Output]:
        if notice.event == "subscribed" and notice.chanId is not None:
            about = self._about[notice.chanId] = notice.about
            if about.channel == "book" and about.prec.startswith("P"):
                self._known(about.subject).channel = notice.chanId
        elif notice.event == "info" and notice.code in OVER:
            raise Disconnected(self._venue, notice.msg or "the server is about to stop")
        elif notice.event == "error" and notice.code not in REPEATED:
            if notice.channel in ("candles", "status", "ticker"):
                return ()  # what is not vital is missed where it is missing
            if notice.channel == "book" and notice.symbol in self._symbols:
                self._symbols[notice.symbol].book.give_up()
            raise Rejected(self._venue, _reason(notice))
        return ()

    def _on_push(self, push: wire.Push, now: int) -> Sequence[Output]:
        about = push.about or self._about.get(push.channel)
        if about is None or push.payload is None:
            return ()
        if about.channel == "book" and about.prec.startswith("P"):
            known = self._known(about.subject)
            if known.channel != push.channel:
                return ()
            if push.word == "cs":
                return known.check(wire.checksum_of(push.payload), now)
            return known.push(push.payload, push.time, now)
        if about.channel == "trades":
            known = self._known(about.subject)
            taken = known.ids.take
            found = wire.trades_of(push.payload, known.id, now) if push.word[:1] != "f" else []
            fresh = [trade for trade in found if taken(trade.id)]
            self.duplicates += len(found) - len(fresh)
            return fresh
        return [
            event
            for event in self._stated(push, now)
            if not isinstance(event, Ignored) and self._concerns(event)
        ]

    def _concerns(self, event: Event) -> bool:
        """Whether an event was asked for: tickers state more, forced orders are of any symbol."""
        match event:
            case Liquidation():
                return not self._wanted or event.instrument.partition(":")[2] in self._wanted
            case Ticker():
                return self._channels is None or Channel.TICKER in self._channels
            case BookTicker():
                return self._channels is None or Channel.BOOK_TICKER in self._channels
        return True


def _is_there(item: Subscription) -> bool:
    """Whether the venue has this: only contracts have a mark price and forced orders."""
    of_contracts = item.channel in (Channel.MARK_PRICE, Channel.LIQUIDATIONS)
    return not of_contracts or "F0:" in item.symbol


def _subscription(item: Subscription) -> Send:
    match item.channel:
        case Channel.BOOK:
            return book_request(item.symbol)
        case Channel.TRADES:
            return request("subscribe", channel="trades", symbol=item.symbol)
        case Channel.KLINES:
            key = f"trade:{_bars(item.interval)}:{item.symbol}"
            return request("subscribe", channel="candles", key=key)
        case Channel.MARK_PRICE:
            return request("subscribe", channel="status", key=f"deriv:{item.symbol}")
        case Channel.LIQUIDATIONS:
            return request("subscribe", channel="status", key="liq:global")
    return request("subscribe", channel="ticker", symbol=item.symbol)


def _bars(interval: str) -> str:
    """The venue's bars that serve a wish for bars of `interval`."""
    found = BARS.get(interval, interval)
    return found if found in wire.INTERVALS else "1m"


def _reason(notice: wire.Notice) -> str:
    about = notice.symbol or notice.key
    return f"{about}: {notice.msg}" if about else notice.msg
