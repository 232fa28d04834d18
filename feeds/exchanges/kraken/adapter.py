"""Kraken spot's adapter: one connection to WebSocket v2 as a machine of frames.

Books are stated by the stream and checked after every change (`feeds.exchanges.kraken.symbol`).
Changes have no numbers, so a message that cannot be read may have been one of any book: after it
every book is asked for again. History and instruments come by REST, where pairs have other names.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from msgspec.structs import replace

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.kraken import rest, wire
from feeds.exchanges.kraken.pairs import rest_name
from feeds.exchanges.kraken.symbol import DEPTH, Symbol, book_request, request
from feeds.roster import Roster
from feeds.wishes import symbols_of, without
from market.events import Event, FeedState, Kline, Listing, Trade

CHANNELS: dict[Channel, str] = {
    Channel.BOOK: "book",
    Channel.BOOK_TICKER: "ticker",
    Channel.KLINES: "ohlc",
    Channel.TICKER: "ticker",
    Channel.TRADES: "trade",
}
"""The venue's name of each channel."""

SYMBOLS_AT_ONCE = 100
"""Symbols in one subscription."""

PING = 30_000_000_000
"""ns between two pings of ours."""

FINER = {"3m": "1m", "2h": "1h", "6h": "1h", "8h": "4h", "12h": "4h", "3d": "1d", "1M": "1d"}
"""Where the venue has no such bars, those that they can be made of."""

_Handler: TypeAlias = Callable[[Any, int], Sequence[Output]]
"""Any: the decoder says which type comes to which handler, a table's type cannot."""


class Kraken:
    """The state of one connection to Kraken spot."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._roster = Roster(lambda symbol: Symbol(venue, symbol))
        self._symbols = self._roster.known
        self._wanted: frozenset[str] | None = None
        self._channels: frozenset[Channel] | None = None
        self._asked = Asked()
        self._bars: dict[tuple[str, str], Kline] = {}
        self._spoilt = False
        """Whether a message was lost that may have been a change of any book."""
        self._owed: list[Output] = []
        """What could not be said because an error was to be raised."""
        self._ping_at = 0
        self._handlers: dict[type, _Handler] = {
            wire.Answer: self._on_answer,
            wire.Book: self._on_book,
            wire.Candles: self._on_candles,
            wire.Heartbeat: self._on_nothing,
            wire.Status: self._on_nothing,
            wire.Tickers: self._on_tickers,
            wire.Trades: self._on_trades,
            Ignored: self._on_nothing,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._channels = frozenset(item.channel for item in wanted)
        self._spoilt, self._owed, self._ping_at = False, [], now + PING
        for known in self._symbols.values():
            known.reset()
        outputs: list[Output] = [*self._subscribe(wanted)]
        for item in wanted:
            if item.channel is Channel.BOOK:
                known = self._roster.begun(item.symbol)
                known.depth = DEPTH
                outputs.append(known.book.start(now))
        fetches = (*self._listings(wanted, now), *self._klines(wanted))
        return [*outputs, *self._asked.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        if self._spoilt:
            self._owed += self._lose_books(now)
        try:
            message = wire.read(self._venue, frame)
            outputs = self._handlers[type(message)](message, now)
        except MalformedFrame:
            self._spoilt = wire.channel_of(frame) in ("", "book")
            raise
        except wire.DECODE_ERRORS as error:
            self._spoilt = wire.channel_of(frame) in ("", "book")
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
            elif endpoint == "Trades" and isinstance(event, Trade):
                outputs += self._trade(event.instrument.partition(":")[2], event, now)
            elif endpoint == "OHLC" and isinstance(event, Kline):
                outputs.append(event)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, and a ping."""
        if self._spoilt:
            self._owed += self._lose_books(now)
        outputs = self._owing()
        if now >= self._ping_at:
            self._ping_at = now + PING
            outputs.append(Send('{"method":"ping"}'))
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
            return (message,) if isinstance(message, Ignored) else message.events(self._venue, now)
        except wire.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _subscribe(self, wanted: Sequence[Subscription]) -> Iterator[Send]:
        groups: dict[tuple[str, int], dict[str, None]] = {}
        for item in wanted:
            if item.channel not in CHANNELS:
                raise ConfigError(f"{self._venue} has no {item.channel}")
            minutes = _minutes(item.interval) if item.channel is Channel.KLINES else 0
            groups.setdefault((CHANNELS[item.channel], minutes), {})[item.symbol] = None
        quotes = any(item.channel is Channel.BOOK_TICKER for item in wanted)
        for (channel, minutes), group in groups.items():
            for start in range(0, len(group), SYMBOLS_AT_ONCE):
                symbols = [*group][start : start + SYMBOLS_AT_ONCE]
                match channel:
                    case "book":
                        yield book_request("subscribe", symbols)
                    case "ohlc":
                        options = {"interval": minutes, "snapshot": True}
                        yield request("subscribe", channel=channel, symbol=symbols, **options)
                    case "ticker":
                        trigger = "bbo" if quotes else "trades"
                        yield request(
                            "subscribe", channel=channel, symbol=symbols, event_trigger=trigger
                        )
                    case _:
                        yield request("subscribe", channel=channel, symbol=symbols, snapshot=True)

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        for symbol in self._roster.unlisted(symbols_of(wanted, Channel.BOOK), now):
            query = _classed(f"pair={rest_name(symbol)}", symbol, "aclass_base")
            path = f"/0/public/AssetPairs?{query}"
            yield Fetch(path, path, 1)

    def _klines(self, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
        for item in wanted:
            if item.channel is Channel.KLINES:
                query = f"pair={rest_name(item.symbol)}&interval={_minutes(item.interval)}"
                path = f"/0/public/OHLC?{_classed(query, item.symbol, 'asset_class')}"
                yield Fetch(path, path, 1)

    def _on_book(self, message: wire.Book, now: int) -> Sequence[Output]:
        whole = message.type == "snapshot"
        outputs: list[Output] = []
        for data in message.data:
            known = self._symbols.get(data.symbol)
            if known is None:
                introduced, known = self._roster.met(data.symbol, now)
                outputs += introduced
            outputs += known.whole(data, now) if whole else known.change(data, now)
        return outputs

    def _on_trades(self, message: wire.Trades, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for row in sorted(message.data, key=lambda row: row.trade_id):
            instrument = f"{self._venue}:{row.symbol}"
            outputs += self._trade(row.symbol, row.trade(instrument, now), now)
        return outputs

    def _trade(self, symbol: str, trade: Trade, now: int) -> Sequence[Output]:
        """Pass on a trade that is new, and say how many before it are missing."""
        introduced = () if symbol in self._symbols else self._roster.met(symbol, now)[0]
        known, ident = self._symbols[symbol], int(trade.id)
        lost = known.lost(known.seen.leap(ident), now)
        if known.seen.take(ident):
            return (*introduced, *lost, trade)
        self.duplicates += 1
        return introduced

    def _on_candles(self, message: wire.Candles, now: int) -> Sequence[Output]:
        """A bar is over when the next has begun: the venue does not say it otherwise."""
        outputs: list[Output] = []
        touched: dict[tuple[str, str], None] = {}
        for bar in message.events(self._venue, now):
            if not isinstance(bar, Kline):
                continue
            key = bar.instrument, bar.interval
            before = self._bars.get(key)
            if before is not None and before.start < bar.start:
                outputs.append(replace(before, ts_recv=now, closed=True))
            if before is None or before.start <= bar.start:
                self._bars[key] = bar
                touched[key] = None
        return [*outputs, *(self._bars[key] for key in touched)]

    def _on_tickers(self, message: wire.Tickers, now: int) -> Sequence[Output]:
        wanted = self._channels
        outputs: list[Output] = []
        for row in message.data:
            day, best = row.events(self._venue, now)
            outputs += [day] if wanted is None or Channel.TICKER in wanted else []
            outputs += [best] if wanted is None or Channel.BOOK_TICKER in wanted else []
        return outputs

    def _on_answer(self, answer: wire.Answer, now: int) -> Sequence[Output]:
        if answer.refused:
            if answer.symbol in self._symbols:
                self._symbols[answer.symbol].book.give_up()
            raise Rejected(self._venue, answer.reason)
        result = answer.result
        if answer.method == "subscribe" and result is not None and result.channel == "book":
            introduced, known = self._roster.met(result.symbol, now)
            known.depth = result.depth or known.depth
            return introduced
        return ()

    def _on_nothing(self, message: object, now: int) -> Sequence[Output]:
        return ()

    def _owing(self) -> list[Output]:
        owed, self._owed = self._owed, []
        return owed

    def _lose_books(self, now: int) -> Sequence[Output]:
        self._spoilt = False
        reason = "a message that may have changed the book could not be read"
        return [
            output
            for known in self._symbols.values()
            if known.book.state is FeedState.LIVE
            for output in known.book.lose(reason, now)
        ]

    def _refused(self, key: str, symbol: str, refusal: rest.Refused, now: int) -> Sequence[Output]:
        """Ask a busy venue again; else say which symbol cannot be had."""
        if refusal.passing:
            self._asked.refuse(key, now)
            return ()
        self._asked.settle(key)
        reason = "no such symbol" if "Unknown asset pair" in refusal.reason else refusal.reason
        return (without(self._venue, self._wanted, symbol, reason, now),)


def _minutes(interval: str) -> int:
    """Minutes of the venue's bars that serve a wish for bars of `interval`."""
    return wire.INTERVALS.get(FINER.get(interval, interval), 1)


def _classed(query: str, symbol: str, name: str) -> str:
    """The query of a pair; that of a tokenized stock has to say so."""
    return f"{query}&{name}=tokenized_asset" if symbol.partition("/")[0].endswith("x") else query
