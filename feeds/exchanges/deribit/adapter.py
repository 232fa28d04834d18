"""Deribit's adapter: one connection as a machine of frames.

Books are stated by the stream and followed by the pointers of their changes (`feeds.inband`).
Mark prices, funding, open interest and days come by one channel, liquidations with the trades. A
channel that cannot be had is left out of the answer to the request for it, without a word.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.deribit import frames, rest
from feeds.exchanges.deribit.frames import Answer, Beat, Push
from feeds.exchanges.deribit.names import BARS
from feeds.exchanges.deribit.symbol import UNTRACKED, Symbol, book_channel, request
from feeds.exchanges.deribit.wire import Book, Context, Top, TradeRow
from feeds.lastbars import LastBars
from feeds.roster import Roster
from feeds.wishes import symbols_of
from market.events import (
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Liquidation,
    Listing,
    Trade,
)

CHANNELS_AT_ONCE = 100
"""Channels in one request."""

KLINES = 1000
"""Bars asked for at the start."""

BEAT = 30
"""Seconds of silence after which the venue asks whether we live."""

PAUSE = 2_000_000_000
"""ns before a request that a busy venue refused is made again."""

_BASE = "/api/v2/public"
_Handler: TypeAlias = Callable[[Push, int], Sequence[Output]]


class Deribit:
    """The state of one connection to Deribit."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._roster = Roster(lambda symbol: Symbol(venue, symbol))
        self._met = self._roster.met
        self._wanted: frozenset[tuple[str, Channel]] | None = None
        self._awaited = Asked()
        self._asked: dict[int, tuple[str, ...]] = {}
        """The channels of each request to subscribe, by its id."""
        self._again: list[tuple[int, Send]] = []
        """Requests that a busy venue refused, and when they are made again."""
        self._bars = LastBars()
        self._handlers: dict[str, _Handler] = {
            "book": self._on_book,
            "chart": self._on_bar,
            "trades": self._on_trades,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset((item.symbol, item.channel) for item in wanted)
        self._asked, self._again = {}, []
        for known in self._roster.known.values():
            known.reset()
        outputs: list[Output] = [request("set_heartbeat", UNTRACKED, interval=BEAT)]
        outputs += self._subscribe(wanted)
        for item in wanted:
            if item.channel is Channel.BOOK:
                known = self._roster.begun(item.symbol)
                outputs.append(known.book.start(now))
        fetches = (*self._listings(wanted, now), *self._klines(wanted, now))
        return [*outputs, *self._awaited.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        read = frames.read(self._venue, frame)
        try:
            match read:
                case Push():
                    return self._handlers.get(read.family, self._on_events)(read, now)
                case Beat():
                    return (request("test", UNTRACKED),) if read.asks else ()
                case Answer():
                    return self._on_answer(read, now)
                case _:
                    return ()
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        _, symbol, _ = rest.locate(key)
        try:
            stated = rest.read(self._venue, key, body, now)
        except rest.Refused as refusal:
            return self._refused(key, symbol, refusal, now)
        except MalformedFrame:
            self._awaited.refuse(key, now)
            raise
        self._awaited.settle(key)
        outputs: list[Output] = []
        for event in stated:
            match event:
                case Listing():
                    outputs += self._roster.take(event, now)
                case Trade():
                    introduced, known = self._met(event.instrument.partition(":")[2], now)
                    new = known.ids.take(event.id)
                    self.duplicates += not new
                    outputs += (*introduced, event) if new else introduced
                case BookSnapshot() | BookTicker() | Liquidation() | Ignored():
                    # A book by itself has no place among the changes of the stream.
                    continue
                case _:
                    outputs.append(event)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due."""
        outputs: list[Output] = [send for due, send in self._again if now >= due]
        self._again = [(due, send) for due, send in self._again if now < due]
        outputs += self._awaited.tick(now)
        for known in self._roster.known.values():
            outputs += known.book.tick(now)
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        if path is not None or payload[:1] in ("[", b"["):
            return rest.read(self._venue, path or "", payload, now)
        read = frames.read(self._venue, payload)
        try:
            match read:
                case Push():
                    return self._stated(read, now) or (Ignored("", "an empty push"),)
                case Beat():
                    return (Ignored("", "heartbeat"),)
                case Answer():
                    return self._answered(read, now)
                case _:
                    return (read,)
        except frames.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _answered(self, answer: Answer, now: int) -> Sequence[Event | Ignored]:
        """What an answer states, which may be a body that nobody says is one."""
        if answer.refusal is not None:
            raise frames.refused(self._venue, answer.refusal)
        if answer.result is None or answer.channels is not None:
            return (Ignored("", "acknowledgement"),)
        return rest.result_of(answer.result, "", Context(self._venue, now))

    def _stated(self, push: Push, now: int) -> Sequence[Event | Ignored]:
        about = Context(self._venue, now, push.symbol or "?", push.resolution)
        return [event for payload in push.content for event in payload.events(about)]

    def _subscribe(self, wanted: Sequence[Subscription]) -> Iterator[Send]:
        channels = list(dict.fromkeys(self._channel(item) for item in wanted))
        for start in range(0, len(channels), CHANNELS_AT_ONCE):
            yield self._ask_for(channels[start : start + CHANNELS_AT_ONCE])

    def _ask_for(self, channels: Sequence[str]) -> Send:
        ident = len(self._asked) + 1
        self._asked[ident] = tuple(channels)
        return request("subscribe", ident, channels=channels)

    def _channel(self, item: Subscription) -> str:
        match item.channel:
            case Channel.BOOK:
                return book_channel(item.symbol)
            case Channel.BOOK_TICKER:
                return f"quote.{item.symbol}"
            case Channel.KLINES:
                return f"chart.trades.{item.symbol}.{_bar(item.interval)}"
            case Channel.LIQUIDATIONS | Channel.TRADES:
                return f"trades.{item.symbol}.100ms"
            case Channel.MARK_PRICE | Channel.TICKER:
                return f"ticker.{item.symbol}.100ms"
            case _:
                raise ConfigError(f"{self._venue} has no {item.channel}")

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            path = f"{_BASE}/get_instrument?instrument_name={symbol}"
            yield Fetch(path, path, 1)

    def _klines(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                resolution, end = _bar(item.interval), now // 1_000_000
                start = max(0, end - KLINES * rest.seconds_of(resolution) * 1000)
                span = f"start_timestamp={start}&end_timestamp={end}&resolution={resolution}"
                query = f"instrument_name={item.symbol}&{span}"
                path = f"{_BASE}/get_tradingview_chart_data?{query}"
                yield Fetch(path, path, 1)

    def _on_book(self, push: Push, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for data in push.content:
            match data:
                case Book():
                    introduced, known = self._met(data.instrument_name, now)
                    outputs += (*introduced, *known.push(push.channel, data, now))
                case Top():
                    introduced, known = self._met(data.instrument_name, now)
                    outputs += (*introduced, *known.top(data, now))
        return outputs

    def _on_trades(self, push: Push, now: int) -> Sequence[Output]:
        rows = [row for row in push.content if isinstance(row, TradeRow)]
        outputs: list[Output] = []
        for row in sorted(rows, key=lambda row: row.trade_seq):
            introduced, known = self._met(row.instrument_name, now)
            outputs += introduced
            if not row.apart:
                trade = row.trade(known.id, now)
                new = known.ids.take(trade.id)
                self.duplicates += not new
                told = (*self._told(row, trade),) if new else ()
                outputs += (*known.lost(row.trade_seq, now), *told)
            else:
                outputs += known.lost(row.trade_seq, now)
        return outputs

    def _told(self, row: TradeRow, trade: Trade) -> Iterable[Output]:
        """The trade and the orders that it forced, each where it was asked for."""
        wanted = self._wanted
        if wanted is None or (row.instrument_name, Channel.TRADES) in wanted:
            yield trade
        if wanted is None or (row.instrument_name, Channel.LIQUIDATIONS) in wanted:
            yield from row.forced(trade)

    def _on_bar(self, push: Push, now: int) -> Sequence[Output]:
        """A bar is over when the next has begun: the venue does not say it otherwise."""
        outputs: list[Output] = []
        for bar in self._stated(push, now):
            if isinstance(bar, Kline):
                outputs += self._bars.follow(bar, now)
        return outputs

    def _on_events(self, push: Push, now: int) -> Sequence[Output]:
        """What a ticker or a quote states; the best bid and ask have a channel of their own."""
        quotes = self._wanted is None or push.family == "quote"
        return [
            event
            for event in self._stated(push, now)
            if not isinstance(event, Ignored) and (quotes or not isinstance(event, BookTicker))
        ]

    def _on_answer(self, answer: Answer, now: int) -> Sequence[Output]:
        """Miss the channels that were asked for and are not in the answer."""
        channels = () if answer.id is None else self._asked.pop(answer.id, ())
        if answer.refusal is not None:
            if channels and answer.refusal.code in frames.BUSY:
                assert answer.id is not None  # channels were found by it
                self._asked[answer.id] = channels
                send = request("subscribe", answer.id, channels=channels)
                self._again.append((now + PAUSE, send))
                return ()
            if not channels and answer.refusal.code in frames.BUSY:
                return ()  # what was asked for is asked for again
            raise frames.refused(self._venue, answer.refusal)
        had = answer.channels
        if had is None:
            return ()
        return self._missing([channel for channel in channels if channel not in had], now)

    def _missing(self, channels: Sequence[str], now: int) -> Sequence[Output]:
        """Say which symbols cannot be had; without others there is nothing left to do."""
        symbols: dict[str, None] = {}
        for channel in channels:
            family, symbol = channel.split(".")[:2]
            if family in ("book", "trades"):
                symbols[symbol] = None
            if family == "book" and symbol in self._roster.known:
                self._roster.known[symbol].book.give_up()
        return [self._unknown(symbol, now) for symbol in symbols]

    def _unknown(self, symbol: str, now: int, reason: str = "no such symbol") -> FeedStatus:
        if {name for name, _ in self._wanted or ()} <= {symbol}:
            raise Rejected(self._venue, f"{symbol}: {reason}")
        return FeedStatus(f"{self._venue}:{symbol}", now, FeedState.CONNECTING, reason)

    def _refused(self, key: str, symbol: str, refusal: rest.Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.passing:
            self._awaited.refuse(key, now)
            return ()
        self._awaited.settle(key)
        reason = "no such symbol" if refusal.unknown else refusal.reason
        return (self._unknown(symbol, now, reason),)


def _bar(interval: str) -> str:
    """The venue's bars that serve a wish for bars of `interval`."""
    return BARS.get(interval, "1")
