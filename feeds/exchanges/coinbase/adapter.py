"""Coinbase's adapter: one connection to the Advanced Trade feed as a machine of frames.

Books are stated by the stream (`feeds.inband`). Only the connection's messages are numbered, so one
that is missing or cannot be read may have been a change of any book: after it every book is asked
for again. Products in USDC share the books of those in USD, and are told of under that name.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.coinbase import rest, wire
from feeds.exchanges.coinbase.sides import Sides
from feeds.exchanges.coinbase.symbol import Symbol, request
from feeds.roster import Roster
from feeds.wishes import symbols_of
from market.events import Event, FeedState, FeedStatus, Kline, Listing, Ticker

CHANNELS: dict[Channel, str] = {
    Channel.BOOK: "level2",
    Channel.BOOK_TICKER: "ticker",
    Channel.KLINES: "candles",
    Channel.TICKER: "ticker",
    Channel.TRADES: "market_trades",
}
"""The venue's name of each channel."""

SYMBOLS_AT_ONCE = 100
"""Products in one subscription."""

KLINES = 300
"""Bars asked for at the start; 350 is the most that is known to be given."""

FINER = {"1s": "1m", "3m": "1m", "4h": "2h", "8h": "2h", "12h": "6h"}
"""Where the venue has no such bars, those that they can be made of; beyond a day, days."""

_Handler: TypeAlias = Callable[[Any, int], Sequence[Output]]
"""Any: the decoder says which type comes to which handler, a table's type cannot."""


class Coinbase:
    """The state of one connection to Coinbase."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._roster = Roster(lambda symbol: Symbol(venue, symbol))
        self._symbols = self._roster.known
        self._wanted: frozenset[str] = frozenset()
        self._channels: frozenset[Channel] | None = None
        self._asked = Asked()
        self._sides = Sides()
        self._next: int | None = None
        """The number of the next message; None before the first."""
        self._owed: list[Output] = []
        """What could not be said because an error was to be raised."""
        self._handlers: dict[type, _Handler] = {
            wire.Book: self._on_book,
            wire.Candles: self._on_candles,
            wire.Heartbeats: self._on_nothing,
            wire.SlowTickers: self._on_tickers,
            wire.Status: self._on_nothing,
            wire.Subscriptions: self._on_nothing,
            wire.Tickers: self._on_tickers,
            wire.Trades: self._on_trades,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._channels = frozenset(item.channel for item in wanted)
        self._next, self._owed = None, []
        for known in self._symbols.values():
            known.reset()
        outputs: list[Output] = [*self._subscribe(wanted)]
        for item in wanted:
            if item.channel is Channel.BOOK:
                known = self._roster.begun(item.symbol)
                outputs.append(known.book.start(now))
        fetches = (*self._listings(wanted, now), *self._klines(wanted, now))
        return [*outputs, *self._asked.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        message = wire.read(self._venue, frame)
        if isinstance(message, Ignored):
            return ()
        self._owed += self._count(message.sequence_num, now)
        try:
            outputs = self._handlers[type(message)](message, now)
        except wire.DECODE_ERRORS as error:
            # Its number is known, but not what it said: let the next one show the gap.
            self._next = message.sequence_num
            raise MalformedFrame(self._venue, str(error), frame) from error
        return [*self._owing(), *outputs] if self._owed else outputs

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        endpoint, symbol, _ = rest.locate(key)
        try:
            stated = rest.read(self._venue, key, body, now)
        except rest.Refused as refusal:
            return self._refused(key, symbol, refusal, now)
        except MalformedFrame:
            self._asked.refuse(key, now)
            raise
        self._asked.settle(key)
        outputs: list[Output] = []
        for event in stated:
            if isinstance(event, Listing):
                outputs += self._roster.take(event, now)
            elif endpoint == "candles" and isinstance(event, Kline):
                outputs.append(event)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due."""
        outputs = self._owing()
        outputs += self._asked.tick(now)
        outputs += (output for known in self._symbols.values() for output in known.book.tick(now))
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        if path is not None:
            return rest.read(self._venue, path, payload, now)
        try:
            message = wire.read(self._venue, payload)
            if isinstance(message, Ignored):
                return (message,)
            return message.stated(self._venue, now) or (Ignored("", "an empty list"),)
        except MalformedFrame as error:
            try:
                return rest.read(self._venue, "", payload, now)
            except MalformedFrame:
                raise error from None
        except wire.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _subscribe(self, wanted: Sequence[Subscription]) -> Iterator[Send]:
        """One channel to a request. Heartbeats keep the others open while they are quiet."""
        groups: dict[str, dict[str, None]] = {}
        for item in wanted:
            if item.channel not in CHANNELS:
                raise ConfigError(f"{self._venue} has no {item.channel}")
            if item.channel is not Channel.KLINES or _bars(item.interval) == wire.LIVE_BARS:
                groups.setdefault(CHANNELS[item.channel], {})[item.symbol] = None
        yield request("subscribe", "heartbeats", ())
        for channel, group in groups.items():
            for start in range(0, len(group), SYMBOLS_AT_ONCE):
                symbols = [*group][start : start + SYMBOLS_AT_ONCE]
                yield request("subscribe", channel, symbols)

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            path = f"{rest.API}products/{quote(symbol)}"
            yield Fetch(path, path, 1)

    def _klines(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                name, seconds = rest.GRANULARITIES[_bars(item.interval)]
                end = now // 1_000_000_000
                span = f"start={max(0, end - KLINES * seconds)}&end={end}"
                query = f"{span}&granularity={name}&limit={KLINES}"
                path = f"{rest.API}products/{quote(item.symbol)}/candles?{query}"
                yield Fetch(path, path, 1)

    def _count(self, number: int, now: int) -> Sequence[Output]:
        """Note a message's number; where it is not the next, no book is to be believed."""
        expected, self._next = self._next, number + 1
        if expected is None or number == expected:
            return ()
        reason = f"messages are missing: number {number} came instead of {expected}"
        return [
            output
            for known in self._symbols.values()
            if known.book.state is FeedState.LIVE
            for output in known.book.lose(reason, now)
        ]

    def _owing(self) -> list[Output]:
        owed, self._owed = self._owed, []
        return owed

    def _carrying(self, product: str, outputs: list[Output], now: int) -> Iterator[Symbol]:
        """The symbols that a product's messages are about, each announced the first time."""
        names = [product]
        if product.endswith("-USD") and f"{product}C" in self._wanted:
            names = [product, f"{product}C"] if product in self._wanted else [f"{product}C"]
        for name in names:
            known = self._symbols.get(name)
            if known is None:
                introduced, known = self._roster.met(name, now)
                outputs += introduced
            yield known

    def _on_book(self, message: wire.Book, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        time = message.time
        for event in message.events:
            for known in self._carrying(event.product_id, outputs, now):
                outputs += known.push(event, time, now)
        return outputs

    def _on_trades(self, message: wire.Trades, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for row in message.rows():
            for known in self._carrying(row.product_id, outputs, now):
                outputs += known.lost(known.seen.leap(row.trade_id), now)
                if not known.seen.take(row.trade_id):
                    self.duplicates += 1
                    continue
                side = self._sides.taker(row.side)
                outputs.append(row.trade(known.id, now, side))
                if message.live and self._sides.judge(side, row.price, *known.book.best):
                    reason = "the sides of trades were found to be the other way round"
                    outputs.append(FeedStatus(known.id, now, FeedState.LIVE, reason))
        return outputs

    def _on_tickers(self, message: wire.Tickers, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        time, wanted = wire.nanoseconds(message.timestamp), self._channels
        for row in message.rows():
            for known in self._carrying(row.product_id, outputs, now):
                for event in row.events(known.id, time, now):
                    day = isinstance(event, Ticker)
                    if wanted is None or (Channel.TICKER if day else Channel.BOOK_TICKER) in wanted:
                        outputs.append(event)
        return outputs

    def _on_candles(self, message: wire.Candles, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for row in message.rows():
            for known in self._carrying(row.product_id, outputs, now):
                bar = wire.live_bar(row, known.id, now)
                if isinstance(bar, Kline):
                    outputs.append(bar)
        return outputs

    def _on_nothing(self, message: object, now: int) -> Sequence[Output]:
        return ()

    def _refused(self, key: str, symbol: str, refusal: rest.Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.passing:
            self._asked.refuse(key, now)
            return ()
        self._asked.settle(key)
        if symbol in self._symbols:
            self._symbols[symbol].book.give_up()
        if self._wanted and self._wanted <= {symbol}:
            raise Rejected(self._venue, f"{symbol}: {refusal.reason}")
        reason = refusal.reason
        return (FeedStatus(f"{self._venue}:{symbol}", now, FeedState.CONNECTING, reason),)


def _bars(interval: str) -> str:
    """The venue's bars that serve a wish for bars of `interval`."""
    found = FINER.get(interval, interval)
    return found if found in rest.GRANULARITIES else "1d"
