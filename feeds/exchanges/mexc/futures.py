"""MEXC futures' adapter: one connection as a machine of JSON pushes and answers.

Changes of the book come merged, five times a second, and name the first and the last version that
they hold. Mark price, open interest and statistics of the day come by one push.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, cast

from msgspec import Raw, Struct, json
from msgspec.json import Decoder
from msgspec.structs import replace

from feeds.adapter import Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.mexc import futures_rest as rest
from feeds.exchanges.mexc.about import (
    CODES,
    DECODE_ERRORS,
    SECONDS,
    SPELLING,
    About,
    Refused,
    Stated,
)
from feeds.exchanges.mexc.connection import Connection, query
from feeds.exchanges.mexc.futures_wire import Candle, Day, Deal, Depth, Fair, Funding, Nothing
from feeds.exchanges.mexc.wire import is_push
from feeds.fields import Price, Time, nanoseconds
from market.events import Event, MarkPrice

BOOK_LEVELS = 1000
"""Levels a side of the book that is fetched."""

KLINES = 500
"""Bars asked for at the start."""

PING = 15_000_000_000
"""ns between two pings: the venue hangs up 60 s after the last."""

METHODS: dict[Channel, tuple[str, ...]] = {
    Channel.BOOK: ("sub.depth",),
    Channel.KLINES: ("sub.kline",),
    Channel.MARK_PRICE: ("sub.ticker", "sub.funding.rate"),
    Channel.TICKER: ("sub.ticker",),
    Channel.TRADES: ("sub.deal",),
}
"""What each channel is subscribed by."""


class _Push(Struct):
    """{"channel":"push.deal","symbol":"BTC_USDT","data":[],"ts":1755487578276}."""

    channel: str
    symbol: str = ""
    data: Raw = Raw(b"null")
    ts: Time | None = None

    @property
    def time(self) -> int | None:
        """When it was sent."""
        return None if self.ts is None else nanoseconds(self.ts)


class _Index(Struct):
    price: Price


_Content: TypeAlias = list[Deal] | Deal | Depth | Candle | Day | Funding | Fair | Nothing
_Decode: TypeAlias = Callable[[Raw], _Content]


class MexcFutures:
    """The state of one connection to MEXC's futures."""

    def __init__(self, venue: str, url: str = "") -> None:
        self.url = url
        self._venue = venue
        self._known = Connection(venue, _depth_path, _listing_path)
        self._ping_at: int | None = None
        self._indexes: dict[str, float] = {}
        """The last index price of each symbol."""

    @property
    def duplicates(self) -> int:
        """Trades that came again and were left out."""
        return self._known.duplicates

    def open(self, wanted: Sequence[Subscription], now: int) -> Sequence[Output]:
        """Begin a fresh connection that carries `wanted`; forget books of an earlier one."""
        self._ping_at = now + PING
        sends = dict.fromkeys(send for item in wanted for send in self._requests(item))
        return [*sends, *self._known.open(wanted, _klines(wanted, now), now)]

    def receive(self, frame: bytes | str, now: int) -> Sequence[Output]:
        """Take one frame. Raise MalformedFrame when it is not what the venue documents."""
        push = self._push(frame)
        if push.channel == "rs.error":
            return self._on_error(push, now)
        content = self._content(push, frame)
        if isinstance(content, Nothing) or not push.symbol:
            self._note_index(push, frame)
            return ()
        return self._on_content(push, content, now)

    def receive_body(self, key: str, body: bytes, now: int) -> Sequence[Output]:
        """Take a fetched body; `key` is the fetch's, or a recorded request's path and query."""
        place, known = rest.locate(key), self._known
        try:
            stated = rest.read(About(self._venue, now, *place[1:]), place, body)
        except Refused as refusal:
            return known.refuse(key, place.symbol, refusal, now)
        except MalformedFrame:
            known.ask_again(key, place.symbol, now)
            raise
        return known.take(key, place.symbol, stated, now)

    def tick(self, now: int) -> Sequence[Output]:
        """Let time pass: retries that are due, and the ping that keeps the connection."""
        pings: list[Output] = []
        if self._ping_at is not None and now >= self._ping_at:
            self._ping_at = now + PING
            pings.append(Send('{"method":"ping"}'))
        return [*pings, *self._known.tick(now)]

    def parse(
        self, payload: bytes | str, now: int, path: str | None = None
    ) -> Sequence[Event | Ignored]:
        """What one message states by itself, synchronised or not; see `feeds.adapter.Parser`."""
        if path is not None:
            place = rest.locate(path)
            return rest.read(About(self._venue, now, *place[1:]), place, payload)
        try:
            push = self._push(payload)
        except MalformedFrame as error:
            return self._parse_odd(payload, now, error)
        if push.channel == "rs.error":
            raise Rejected(self._venue, _text(push.data))
        if not push.channel.startswith("push."):
            return (Ignored("", f"{push.channel[:60]}: nothing that is used"),)
        content = self._content(push, payload)
        stated = self._stated(push, content, About(self._venue, now, push.symbol or "?"))
        return stated or (Ignored(f"{self._venue}:{push.symbol or '?'}", "an empty list"),)

    def _parse_odd(self, payload: bytes | str, now: int, error: MalformedFrame) -> Stated:
        """A push or an answer of spot, or a body that nobody says is one."""
        try:
            if is_push(payload):
                return (Ignored("", "a push of another market"),)
            if "msg" in _keys(payload):
                return (Ignored("", "an answer of another market"),)
            return rest.read(About(self._venue, now), rest.Place(), payload)
        except (*DECODE_ERRORS, MalformedFrame):
            raise error from None

    def _push(self, frame: bytes | str) -> _Push:
        try:
            return _push(frame)
        except DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error

    def _content(self, push: _Push, frame: bytes | str) -> _Content:
        try:
            return _DECODERS.get(push.channel, _nothing)(push.data)
        except DECODE_ERRORS as error:
            raise MalformedFrame(self._venue, str(error), frame) from error

    def _stated(self, push: _Push, content: _Content, about: About) -> Stated:
        if isinstance(content, Depth) and push.channel == "push.depth":
            return (content.delta(about.instrument(), push.time, about.now),)
        rows = content if isinstance(content, list) else [content]
        return [event for row in rows for event in row.events(about, push.time)]

    def _requests(self, item: Subscription) -> Iterator[Send]:
        if item.channel not in METHODS:
            raise ConfigError(f"{self._venue} has no {item.channel}")
        for method in METHODS[item.channel]:
            param = {"symbol": item.symbol}
            if item.channel is Channel.KLINES:
                param["interval"] = SPELLING.get(item.interval, "Min1")
            yield Send(json.encode({"method": method, "param": param, "gzip": False}).decode())

    def _on_content(self, push: _Push, content: _Content, now: int) -> Sequence[Output]:
        outputs: list[Output] = []
        known = self._known.meet(push.symbol, now, outputs)
        match content:
            case Depth() if push.channel == "push.depth":
                outputs += known.book.delta(content.delta(known.id, push.time, now), now)
            case Depth():
                outputs += known.book.partial(content.snapshot(known.id, push.time, now), now)
            case Deal() | list():
                rows = content if isinstance(content, list) else [content]
                trades = (row.trade(known.id, now) for row in rows)
                outputs += self._known.new(known, trades)
            case _:
                for event in self._stated(push, content, About(self._venue, now, push.symbol)):
                    if isinstance(event, MarkPrice):
                        outputs.append(self._with_index(push.symbol, event))
                    elif not isinstance(event, Ignored):
                        outputs.append(event)
        return outputs

    def _with_index(self, symbol: str, mark: MarkPrice) -> MarkPrice:
        """A mark price with the last index price, where it does not come with its own."""
        if mark.index is None:
            return replace(mark, index=self._indexes.get(symbol))
        self._indexes[symbol] = mark.index
        return mark

    def _note_index(self, push: _Push, frame: bytes | str) -> None:
        if push.channel == "push.index.price" and push.symbol:
            try:
                self._indexes[push.symbol] = _index(push.data).price
            except DECODE_ERRORS as error:
                raise MalformedFrame(self._venue, str(error), frame) from error

    def _on_error(self, push: _Push, now: int) -> Sequence[Output]:
        """Say which symbol cannot be had, where the venue names it: Contract [X] not exists."""
        reason = _text(push.data)
        symbol = reason.partition("[")[2].partition("]")[0]
        if not symbol:
            raise Rejected(self._venue, reason)
        return (self._known.unknown(symbol, reason, now),)


def _klines(wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
    for item in wanted:
        if item.channel is Channel.KLINES:
            code = SPELLING.get(item.interval, "Min1")
            length = SECONDS.get(CODES[code], 31 * SECONDS["1d"])
            start = max(0, now // 1_000_000_000 - KLINES * length)
            place = f"/api/v1/contract/kline/{query(item.symbol)}"
            path = f"{place}?interval={code}&start={start}"
            yield Fetch(path, path, 1)


def _depth_path(symbol: str) -> str:
    return f"/api/v1/contract/depth/{query(symbol)}?limit={BOOK_LEVELS}"


def _listing_path(symbol: str) -> str:
    return f"/api/v1/contract/detail?symbol={query(symbol)}"


def _text(data: Raw) -> str:
    """A text as it is; anything else as it is spelled."""
    return bytes(data).decode(errors="replace").strip('"')[:200]


def _of(kind: object) -> _Decode:
    return cast(_Decode, Decoder(kind, strict=False).decode)


def _nothing(data: Raw) -> _Content:
    return Nothing()


_push = Decoder(_Push).decode
_keys = Decoder(dict[str, Raw]).decode
_index = Decoder(_Index, strict=False).decode

_DECODERS: dict[str, _Decode] = {
    "push.deal": _of(list[Deal] | Deal),
    "push.depth": _of(Depth),
    "push.depth.full": _of(Depth),
    "push.fair.price": _of(Fair),
    "push.funding.rate": _of(Funding),
    "push.kline": _of(Candle),
    "push.ticker": _of(Day),
}
"""What decodes the data of each channel that is used."""
