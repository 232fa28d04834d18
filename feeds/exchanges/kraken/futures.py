"""Kraken futures' adapter: one connection to WebSocket v1 as a machine of frames.

Books are stated by the stream and followed by their counters (`feeds.inband`). Bars are not
streamed: they are asked for by REST, again and again. The venue has announced that this protocol
ends on 2027-03-01, when contracts move to the messages of spot at `uws.kraken.com`.
"""

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from msgspec import json

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.asked import Asked
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.kraken import futures_rest as rest
from feeds.exchanges.kraken import futures_wire as wire
from feeds.ids import RecentIds
from feeds.inband import InbandSync
from market.events import (
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    Listing,
    Trade,
)
from market.instrument import Instrument

FEEDS: dict[Channel, str] = {
    Channel.BOOK: "book",
    Channel.BOOK_TICKER: "ticker",
    Channel.LIQUIDATIONS: "trade",
    Channel.MARK_PRICE: "ticker",
    Channel.TICKER: "ticker",
    Channel.TRADES: "trade",
}
"""The venue's feed of each channel that is streamed."""

INSTRUMENTS = "/derivatives/api/v3/instruments"

PING = 30_000_000_000
"""ns between two pings: the venue hangs up after 60 s without one."""

POLL = 20_000_000_000
"""ns between two requests for the newest bars."""

KLINES = 500
"""Bars asked for at the start."""

LISTING_AGE = 600_000_000_000
"""ns that a list of instruments is good for."""

FINER = {"3m": "1m", "2h": "1h", "6h": "1h", "8h": "4h", "3d": "1d", "1M": "1d"}
"""Where the venue has no such bars, those that they can be made of."""

_Handler: TypeAlias = Callable[[Any, int], Sequence[Output]]
"""Any: the decoder says which type comes to which handler, a table's type cannot."""


class Symbol:
    """What one connection knows of one contract."""

    __slots__ = ("book", "id", "ids", "last")

    def __init__(self, venue: str, symbol: str) -> None:
        self.id = f"{venue}:{symbol}"
        self.ids = RecentIds()
        self.reset(symbol)

    def reset(self, symbol: str) -> None:
        """Forget the book; the trades seen are remembered over connections."""
        again = (_request("unsubscribe", "book", [symbol]), _request("subscribe", "book", [symbol]))
        self.book = InbandSync(self.id, again)
        self.last: int | None = None
        """The number of the last trade of this connection."""

    def lost(self, number: int, now: int) -> Sequence[Output]:
        """Say that trades are missing before this one; the book is as good as it was."""
        missing = 0 if self.last is None else number - self.last - 1
        self.last = number if self.last is None else max(self.last, number)
        if missing <= 0 or self.book.state not in (None, FeedState.LIVE):
            return ()
        reason = f"{missing} trade{'s' if missing > 1 else ''} missing"
        gap = FeedStatus(self.id, now, FeedState.GAP, reason)
        return gap, FeedStatus(self.id, now, FeedState.LIVE)


class KrakenFutures:
    """The state of one connection to Kraken futures."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self.duplicates = 0
        self._symbols: dict[str, Symbol] = {}
        self._listed: dict[str, Instrument] = {}
        self._listed_at: int | None = None
        self._wanted: frozenset[str] | None = None
        self._channels: frozenset[Channel] | None = None
        self._asked = Asked()
        self._bars: dict[tuple[str, str], int] = {}
        """When to ask for the bars of a symbol and interval again."""
        self._ping_at: int | None = None
        self._handlers: dict[type, _Handler] = {
            wire.Answer: self._on_answer,
            wire.Change: self._on_change,
            wire.Day: self._on_day,
            wire.Heartbeat: self._on_nothing,
            wire.Lite: self._on_nothing,
            wire.Print: self._on_print,
            wire.Prints: self._on_prints,
            wire.Whole: self._on_whole,
        }

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._wanted = frozenset(item.symbol for item in wanted)
        self._channels = frozenset(item.channel for item in wanted)
        self._ping_at = now + PING
        for symbol, known in self._symbols.items():
            known.reset(symbol)
        outputs: list[Output] = [*self._subscribe(wanted)]
        for item in wanted:
            if item.channel is Channel.BOOK:
                known = self._symbols.setdefault(item.symbol, Symbol(self._venue, item.symbol))
                outputs.append(known.book.start(now))
        fetches = [*self._listings(wanted, now)]
        self._bars = {}
        for item in wanted:
            if item.channel is Channel.KLINES:
                key = item.symbol, _resolution(item.interval)
                self._bars[key] = now + POLL
                fetches.append(_bars(*key, KLINES, now))
        return [*outputs, *self._asked.begin(fetches, now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        message = wire.read(self._venue, frame)
        try:
            return self._handlers[type(message)](message, now)
        except wire.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        try:
            stated = rest.read(self._venue, key, body, now)
        except MalformedFrame:
            self._asked.refuse(key, now)
            raise
        except Rejected as refusal:
            self._asked.settle(key)
            _, symbol, _ = rest.locate(key)
            raise Rejected(self._venue, f"{symbol}: {refusal.reason}") from refusal
        self._asked.settle(key)
        listings = [event for event in stated if isinstance(event, Listing)]
        if listings:
            return self._list(listings, now)
        kept = (FundingRate, Kline)
        outputs: list[Output] = [event for event in stated if isinstance(event, kept)]
        for event in stated:
            if isinstance(event, Trade):
                outputs += self._trade(event, now)
        return outputs

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, bars that may be new, and a ping."""
        outputs: list[Output] = []
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + PING
            outputs.append(Send('{"event":"ping"}'))
        for key, due in self._bars.items():
            if now >= due:
                self._bars[key] = now + POLL
                outputs.append(_bars(*key, 2, now))
        outputs += self._asked.tick(now)
        outputs += (output for known in self._symbols.values() for output in known.book.tick(now))
        return outputs

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        if path is not None:
            return rest.read(self._venue, path, payload, now)
        message = wire.read(self._venue, payload)
        try:
            return message.events(self._venue, now)
        except wire.DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), payload) from error

    def _subscribe(self, wanted: Sequence[Subscription]) -> Iterator[Send]:
        groups: dict[str, dict[str, None]] = {}
        for item in wanted:
            if item.channel is Channel.KLINES:
                continue
            if item.channel not in FEEDS:
                raise ConfigError(f"{self._venue} has no {item.channel}")
            groups.setdefault(FEEDS[item.channel], {})[item.symbol] = None
        yield Send('{"event":"subscribe","feed":"heartbeat"}')
        for feed, symbols in groups.items():
            yield _request("subscribe", feed, [*symbols])

    def _listings(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Asked for where books are carried, so that two connections do not ask twice."""
        books = {item.symbol for item in wanted if item.channel is Channel.BOOK}
        fresh = self._listed_at is not None and now - self._listed_at < LISTING_AGE
        if books and not (fresh and books <= self._listed.keys()):
            yield Fetch(INSTRUMENTS, INSTRUMENTS, 10)

    def _on_whole(self, message: wire.Whole, now: int) -> Sequence[Output]:
        introduced, known = self._met(message.product_id, now)
        return (*introduced, *known.book.snapshot(message.snapshot(known.id, now), now))

    def _on_change(self, message: wire.Change, now: int) -> Sequence[Output]:
        known = self._symbols.get(message.product_id)
        if known is None:
            introduced, known = self._met(message.product_id, now)
            return (*introduced, *known.book.delta(message.delta(known.id, now), now))
        return known.book.delta(message.delta(known.id, now), now)

    def _on_print(self, message: wire.Print, now: int) -> Sequence[Output]:
        introduced, known = self._met(message.product_id, now)
        lost = known.lost(message.seq, now)
        new = known.ids.take(message.uid or str(message.seq))
        self.duplicates += not new
        stated = message.events(self._venue, now) if new else ()
        wanted = [
            event
            for event in stated
            if isinstance(event, Trade | Liquidation) and self._wants(event)
        ]
        return (*introduced, *lost, *wanted)

    def _on_prints(self, message: wire.Prints, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        for row in sorted(message.trades, key=lambda row: row.seq):
            outputs += self._on_print(row, now)
        return outputs

    def _on_day(self, message: wire.Day, now: int) -> Sequence[Output]:
        wanted, name = self._channels, f"{self._venue}:{message.product_id}"
        outputs: list[Output] = []
        if message.last and (wanted is None or Channel.TICKER in wanted):
            outputs.append(message.ticker(name, now, self._venue))
        if wanted is None or Channel.BOOK_TICKER in wanted:
            outputs.append(message.best(name, now))
        if wanted is None or Channel.MARK_PRICE in wanted:
            outputs += message.contract(name, now)
        return outputs

    def _on_answer(self, answer: wire.Answer, now: int) -> Sequence[Output]:
        if answer.channel or answer.method:
            raise MalformedFrame(self._venue, "a message of Kraken spot")
        answer.events(self._venue, now)  # raises what is amiss
        return ()

    def _on_nothing(self, message: object, now: int) -> Sequence[Output]:
        return ()

    def _wants(self, event: Trade | Liquidation) -> bool:
        """Whether what one feed states as two things was asked for."""
        channel = Channel.TRADES if isinstance(event, Trade) else Channel.LIQUIDATIONS
        return self._channels is None or channel in self._channels

    def _trade(self, trade: Trade, now: int) -> Sequence[Output]:
        """A trade of the past is told once, and says nothing of those between."""
        introduced, known = self._met(trade.instrument.partition(":")[2], now)
        if known.ids.take(trade.id):
            return (*introduced, trade)
        self.duplicates += 1
        return introduced

    def _met(self, symbol: str, now: int) -> tuple[Sequence[Output], Symbol]:
        """What is known of a symbol; its instrument is announced with the first that we hear."""
        known = self._symbols.get(symbol)
        if known is not None:
            return (), known
        known = self._symbols[symbol] = Symbol(self._venue, symbol)
        listed = self._listed.get(symbol)
        return (() if listed is None else (Listing(listed.id, now, listed),)), known

    def _list(self, listings: Sequence[Listing], now: int) -> Sequence[Output]:
        """Take a list of instruments: announce those of interest, miss those asked for."""
        self._listed |= {listing.listed.symbol: listing.listed for listing in listings}
        self._listed_at = now
        outputs: list[Output] = [
            listing for listing in listings if listing.listed.symbol in self._symbols
        ]
        for symbol in sorted((self._wanted or frozenset()) - self._listed.keys()):
            near = get_close_matches(symbol, self._listed, n=1)
            reason = "no such symbol" + (f'; did you mean "{near[0]}"?' if near else "")
            if symbol in self._symbols:
                self._symbols[symbol].book.give_up()
            if self._wanted is not None and self._wanted <= {symbol}:
                raise Rejected(self._venue, f"{symbol}: {reason}")
            name = f"{self._venue}:{symbol}"
            outputs.append(FeedStatus(name, now, FeedState.CONNECTING, reason))
        return outputs


def _request(event: str, feed: str, symbols: Sequence[str]) -> Send:
    return Send(json.encode({"event": event, "feed": feed, "product_ids": symbols}).decode())


def _bars(symbol: str, resolution: str, count: int, now: int) -> Fetch:
    """The request for the newest bars; its key stays the same, so that they are asked for once."""
    path = f"/api/charts/v1/trade/{symbol}/{resolution}"
    since = max(0, now // 1_000_000_000 - count * rest.RESOLUTIONS[resolution])
    return Fetch(f"{path}?from={since}", path, 1)


def _resolution(interval: str) -> str:
    """The venue's bars that serve a wish for bars of `interval`."""
    name = FINER.get(interval, interval)
    return name if name in rest.RESOLUTIONS else "1m"
