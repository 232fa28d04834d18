"""HTX's frames: gzip around JSON; rows of a channel, notices of topics, or answers to us."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from msgspec import UNSET, Raw, Struct, UnsetType, field
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame
from feeds.exchanges.htx.wire import (
    Bar,
    Change,
    Day,
    Depth,
    Forced,
    Funding,
    Mark,
    Prints,
    Row,
    SpotBest,
    Step,
    SwapBest,
)
from feeds.fields import Time, nanoseconds

DECODE_ERRORS = (ValueError, RecursionError, OverflowError, zlib.error)
"""All that gzip and msgspec raise for bytes that are not what they were told to expect."""

LONGEST = 32 * 1024 * 1024
"""Bytes that a frame may unpack to."""

LONGEST_PING = 64
"""Characters of a ping, which goes back as it came."""

_GZIP = 16 + zlib.MAX_WBITS


class Frame(Struct, gc=False):
    """Any message; what is there tells what it is.

    {"ch":"market.GRT-USDT.bbo","ts":1645289380959,"tick":{...}}
    {"id":"1","subbed":"market.GRT-USDT.bbo","ts":1645289384874,"status":"ok"}
    {"id":"1","status":"ok","ts":1593561601666,"rep":"market.btcusdt.mbp.150","data":{...}}
    {"status":"error","ts":1790134833291,"id":"x","err-code":"bad-request","err-msg":"..."}
    {"op":"notify","topic":"public.BTC-USDT.funding_rate","ts":1790135117894,"data":[{...}]}
    {"ping":1790134831961}
    {"op":"ping","ts":"1492420473058"}
    """

    ch: str = ""
    ts: Time | None = None
    tick: Raw | UnsetType = UNSET
    data: Raw | UnsetType = UNSET
    rep: str = ""
    subbed: str = ""
    unsubbed: str = ""
    op: str = ""
    topic: str = ""
    ping: Raw | UnsetType = UNSET
    pong: Raw | UnsetType = UNSET
    id: str | int | None = None
    cid: str | int | None = None
    status: str = ""
    update: bool = False
    """Beside a book that is no book but a change of one; recorded in 2019 only."""
    code: str | int = field(default=0, name="err-code")
    reason: str = field(default="", name="err-msg")


class _Stamp(Struct, gc=False):
    """What a ping of a notification socket wants back, as it was written."""

    ts: Raw


class Notice(Struct, gc=False):
    """What the venue says to a request of ours; `topic` "" where it does not say to which."""

    topic: str
    refused: bool
    reason: str = ""


class Ping(Struct, gc=False):
    """The venue asks whether we are there; the frame that answers it."""

    answer: str


class News(Struct, gc=False):
    """The rows of one push, or of one answer that holds a book."""

    topic: str
    symbol: str
    time: int
    rows: Sequence[Row]
    interval: str = ""


class Farewell(Struct, gc=False):
    """The venue is about to hang up."""


Read: TypeAlias = News | Notice | Ping | Farewell | Ignored
Rows: TypeAlias = Callable[[Raw], Sequence[Row]]

_frame = Decoder(Frame, strict=False).decode
_stamp = Decoder(_Stamp).decode


def _one(kind: Any) -> Rows:  # Any: a type made of a type
    decode = Decoder(kind, strict=False).decode
    return lambda data: [cast(Row, decode(data))]


def _some(kind: Any) -> Rows:  # Any: as above
    decode = Decoder(list[kind], strict=False).decode
    return lambda data: cast(Sequence[Row], decode(data))


_spot_best, _swap_best, _depth, _change, _step = map(
    _one, (SpotBest, SwapBest, Depth, Change, Step)
)

CHANNELS: dict[str, Rows] = {
    "depth": _depth,
    "detail": _one(Day),
    "funding_rate": _some(Funding),
    "kline": _one(Bar),
    "liquidation_orders": _some(Forced),
    "mark_price": _one(Mark),
    "trade": _one(Prints),
}
"""What reads each channel that states something for the model, but for those of many shapes."""


def read(venue: str, frame: bytes | str) -> Read:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        text = _unpacked(frame)
        wire = _frame(text)
        if isinstance(wire.ping, Raw):
            return Ping(f'{{"pong":{_text(wire.ping)}}}')
        if wire.op == "ping":
            return Ping(f'{{"op":"pong","ts":{_text(_stamp(text).ts)}}}')
        if wire.op:
            return _notification(wire)
        topic, data = (wire.rep, wire.data) if wire.rep else (wire.ch, wire.tick)
        if topic and isinstance(data, Raw) and not wire.update:
            return _news(topic, wire.ts, data)
        if wire.ch:
            return Ignored("", f"{wire.ch[:60]}: states nothing that is used")
        return _answer(wire)
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error


def _unpacked(frame: bytes | str) -> bytes | str:
    """The JSON in a frame. Recordings hold it unpacked, too."""
    if isinstance(frame, str) or frame[:2] != b"\x1f\x8b":
        return frame
    unpacking = zlib.decompressobj(_GZIP)
    unpacked = unpacking.decompress(frame, LONGEST)
    if not unpacking.eof:
        raise ValueError("gzip data that is cut short, or too long")
    return unpacked


def _answer(wire: Frame) -> Read:
    """What the venue says to what we said."""
    if wire.code or wire.status == "error":
        topic = wire.id if isinstance(wire.id, str) else ""
        return Notice(topic, True, wire.reason or f"refused ({wire.code})")
    if wire.subbed or wire.unsubbed:
        return Notice(wire.subbed or wire.unsubbed, False)
    if isinstance(wire.pong, Raw):
        return Ignored("", "pong")
    raise ValueError("neither rows nor an answer")


def _notification(wire: Frame) -> Read:
    """What sockets of notifications say."""
    if wire.op == "close":
        return Farewell()
    refused = wire.code not in (0, "0") or wire.op == "error"
    if wire.op in ("sub", "unsub", "error"):
        topic = wire.topic or (wire.cid if isinstance(wire.cid, str) else "")
        return Notice(topic, refused, wire.reason or f"refused ({wire.code})" if refused else "")
    if wire.op == "notify" and isinstance(wire.data, Raw):
        return _news(wire.topic, wire.ts, wire.data)
    return Ignored("", f"{wire.op[:40]}: states nothing that is used")


def _news(topic: str, time: int | None, data: Raw) -> Read:
    """The rows of a topic such as `market.btcusdt.kline.1min`."""
    parts = topic.split(".")
    symbol, channel = (parts[1], parts[2]) if len(parts) > 2 else ("", "")
    reader = _shaped(channel, topic, data) or CHANNELS.get(channel)
    if reader is None or not symbol:
        return Ignored("", f"{topic[:60]}: states nothing that is used")
    interval = parts[3] if channel == "kline" and len(parts) > 3 else ""
    return News(topic, symbol, nanoseconds(time or 0), reader(data), interval)


def _shaped(channel: str, topic: str, data: Raw) -> Rows | None:
    """What reads channels whose rows differ from market to market, or from step to step."""
    if channel == "bbo":
        return _spot_best if b'"quoteTime"' in bytes(memoryview(data)) else _swap_best
    if channel == "mbp":
        return _change if b'"prevSeqNum"' in bytes(memoryview(data)) else _depth
    return _step if channel == "depth" and topic.endswith(".high_freq") else None


def _text(raw: Raw) -> str:
    """A value as the venue wrote it."""
    text = bytes(memoryview(raw)).decode()
    if len(text) > LONGEST_PING:
        raise ValueError("a ping that is too long")
    return text
