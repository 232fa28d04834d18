"""Deribit's frames: pushes of channels, heartbeats, and answers to requests (JSON-RPC 2.0)."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from feeds.adapter import Ignored
from feeds.errors import MalformedFrame, Rejected
from feeds.exchanges.deribit.names import is_combination
from feeds.exchanges.deribit.wire import Book, Candle, Day, Payload, Quote, Top, TradeRow

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec raises for bytes that are not the JSON it was told to expect, and our checks."""

BUSY = frozenset({10028, 10040, 10041, 10047, 11044, 13028, 13888})
"""Codes of a venue that is busy or at work on itself; any other refusal would be repeated."""

NOT_FOUND = frozenset({-32602, 11092, 13020})
"""Codes of a request for an instrument that does not exist."""


class Refusal(Struct, gc=False):
    """{"code":13778,"message":"raw_subscriptions_not_available_for_unauthorized","data":{}}."""

    code: int = 0
    message: str = ""


class _Params(Struct, gc=False):
    channel: str = ""
    data: Raw | UnsetType = UNSET
    type: str = ""


class _Frame(Struct, gc=False):
    method: str = ""
    params: _Params | UnsetType = UNSET
    id: int | str | None = None
    result: Raw | UnsetType = UNSET
    error: Refusal | UnsetType = UNSET


class Push(Struct, gc=False):
    """What a channel carries."""

    channel: str
    family: str
    symbol: str
    """"" where the channel is one of many instruments."""
    resolution: str
    """Of bars."""
    content: Sequence[Payload]


class Beat(Struct, gc=False):
    """{"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"}."""

    asks: bool
    """Whether the venue wants to be told that we live."""


class Answer(Struct, gc=False):
    """The outcome of a request of ours."""

    id: int | None
    result: Raw | None
    refusal: Refusal | None

    @property
    def channels(self) -> list[str] | None:
        """The channels that were subscribed or given up; None where it is about something else."""
        try:
            return None if self.result is None else _texts(self.result)
        except DECODE_ERRORS:
            return None


Read: TypeAlias = Push | Beat | Answer | Ignored

_frame = Decoder(_Frame).decode
_texts = Decoder(list[str]).decode


def _one(kind: Any) -> Callable[[Raw], Sequence[Payload]]:  # Any: a type made of a type
    decode = Decoder(kind).decode
    return lambda data: (cast(Payload, decode(data)),)


_CHANNELS: tuple[tuple[re.Pattern[str], Callable[[Raw], Sequence[Payload]]], ...] = (
    (re.compile(r"(book)\.([^.]+)\.\w+()"), _one(Book)),
    (re.compile(r"(book)\.([^.]+)\.\w+\.\d+\.\w+()"), _one(Top)),
    (re.compile(r"(trades)\.([^.]+)\.\w+()"), Decoder(list[TradeRow]).decode),
    (re.compile(r"(trades)\.\w+()\.\w+\.\w+()"), Decoder(list[TradeRow]).decode),
    (re.compile(r"(ticker)\.([^.]+)\.\w+()"), _one(Day)),
    (re.compile(r"(quote)\.([^.]+)()"), _one(Quote)),
    (re.compile(r"(chart)\.trades\.([^.]+)\.(\w+)"), _one(Candle)),
)
"""What reads the data of each channel: its family, its symbol and the resolution of bars."""


def read(venue: str, frame: bytes | str) -> Read:
    """What a frame holds. Raise MalformedFrame when it is not what the venue documents."""
    try:
        wire = _frame(frame)
        params = wire.params
        if isinstance(params, _Params) and wire.method == "subscription":
            if isinstance(params.data, Raw):
                return _push(params.channel, params.data)
        elif isinstance(params, _Params) and wire.method == "heartbeat":
            return Beat(params.type == "test_request")
        elif isinstance(wire.error, Refusal) or isinstance(wire.result, Raw):
            return Answer(
                wire.id if isinstance(wire.id, int) else None,
                wire.result if isinstance(wire.result, Raw) else None,
                wire.error if isinstance(wire.error, Refusal) else None,
            )
    except DECODE_ERRORS as error:
        raise MalformedFrame(venue, str(error), frame) from error
    raise MalformedFrame(venue, "neither a push, a heartbeat nor an answer", frame)


def refused(venue: str, refusal: Refusal, about: str = "") -> Rejected:
    """A refusal in words."""
    text = f"{refusal.message[:100] or 'refused'} (code {refusal.code})"
    return Rejected(venue, f"{about}: {text}" if about else text)


def _push(channel: str, data: Raw) -> Push | Ignored:
    for pattern, decode in _CHANNELS:
        match = pattern.fullmatch(channel)
        if match is not None:
            family, symbol, resolution = match.groups()
            if symbol and is_combination(symbol):
                return Ignored("", "combinations are not followed")
            return Push(channel, family, symbol, resolution, decode(data))
    return Ignored("", f"channel {channel[:60]!r} is not used")
