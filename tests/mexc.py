"""MEXC's frames and bodies by hand, for faults and corners that no capture holds."""

import json
from collections.abc import Sequence
from typing import Any

from feeds.adapter import Adapter, Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.registry import VENUES
from market.events import Event, FeedState, FeedStatus

SPOT, FUTURES = "mexc", "mexc-futures"
MS, SECOND = 1_000_000, 1_000_000_000
T = 1_790_000_000_000
"""A time in ms."""
SYMBOLS = {SPOT: "BTCUSDT", FUTURES: "BTC_USDT"}
DEPTH = {
    SPOT: "/api/v3/depth?symbol=BTCUSDT&limit=5000",
    FUTURES: "/api/v1/contract/depth/BTC_USDT?limit=1000",
}
LISTING = {
    SPOT: "/api/v3/exchangeInfo?symbol=BTCUSDT",
    FUTURES: "/api/v1/contract/detail?symbol=BTC_USDT",
}
Pairs = Sequence[tuple[str, str]]
Rows = Sequence[tuple[float, float, int]]


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def message(**fields: int | str | bytes) -> bytes:
    """A message of fields named `f1`, `f2` and so on."""
    return b"".join(field(int(name[1:]), value) for name, value in fields.items())


def push(number: int, body: bytes, symbol: str = "BTCUSDT", time: int = T) -> bytes:
    channel = f"spot@public.hand.made.{number}"
    return message(f1=channel, f3=symbol, f6=time) + field(number, body)


def deal(ident: str = "a", price: str = "10.5", size: str = "2", side: int = 1) -> bytes:
    row = message(f1=price, f2=size, f3=side, f4=T, f5=ident)
    return push(314, field(1, row))


def pairs(number: int, levels: Pairs) -> bytes:
    return b"".join(field(number, message(f1=price, f2=size)) for price, size in levels)


def changes(
    first: int,
    last: int | None = None,
    bids: Pairs = (("10.0", "1"),),
    asks: Pairs = (("11.0", "2"),),
    time: int = T,
) -> bytes:
    numbers = message(f4=str(first), f5=str(first if last is None else last))
    return push(313, pairs(1, asks) + pairs(2, bids) + numbers, time=time)


def candle(interval: str = "Min1", time: int = T) -> bytes:
    prices = {"f3": "1", "f4": "2", "f5": "3", "f6": "0.5", "f7": "10", "f8": "20"}
    start = T // 60_000 * 60
    row = message(f1=interval, f2=start, **prices, f9=start + 60)
    return push(308, row, time=time)


def snapshot(last: int, bids: Pairs = (("9.0", "1"),), asks: Pairs = (("12.0", "1"),)) -> bytes:
    return json.dumps({"lastUpdateId": last, "bids": bids, "asks": asks}).encode()


def listing(*symbols: str) -> bytes:
    rows = [
        {"symbol": symbol, "status": "1", "baseAsset": symbol[:3], "quoteAsset": symbol[3:]}
        | {"baseAssetPrecision": 6, "quotePrecision": 2, "baseSizePrecision": "0.000001"}
        for symbol in symbols
    ]
    return json.dumps({"timezone": "CST", "symbols": rows}).encode()


def answer(said: str, code: int = 0) -> str:
    return json.dumps({"id": 0, "code": code, "msg": said})


def futures(channel: str, data: Any, symbol: str = "BTC_USDT", **other: Any) -> str:
    """A push; Any: the JSON of a payload."""
    stated = {"channel": f"push.{channel}", "symbol": symbol, "data": data, "ts": T}
    return json.dumps(stated | other)


def print_row(ident: str = "1", **other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    return {"p": 10.5, "v": 2, "T": 1, "O": 3, "M": 1, "t": T, "i": ident} | other


def levels(
    version: int,
    begin: int | None = None,
    channel: str = "depth",
    bids: Rows = ((10.0, 1, 1),),
    asks: Rows = ((11.0, 2, 1),),
    **other: Any,  # Any: the JSON of a payload
) -> str:
    data: dict[str, Any] = {"asks": asks, "bids": bids, "version": version, "cts": T} | other
    if begin is not None:
        data |= {"begin": begin, "end": version}
    return futures(channel, data)


def body(data: object) -> bytes:
    return json.dumps({"success": True, "code": 0, "data": data}).encode()


def whole(version: int) -> bytes:
    """The book of futures by REST."""
    rows = {"asks": [[12.0, 1, 1]], "bids": [[9.0, 1, 1]]}
    return body(rows | {"version": version, "timestamp": T})


def contract(symbol: str = "BTC_USDT") -> dict[str, Any]:  # Any: the JSON of a payload
    base, _, quote = symbol.partition("_")
    settled = base if quote == "USD" else quote
    row = {"symbol": symbol, "baseCoin": base, "quoteCoin": quote, "settleCoin": settled}
    return row | {"contractSize": 0.0001, "priceUnit": 0.1, "volUnit": 1, "state": 0}


def opened(
    *channels: Channel, venue: str = SPOT, symbols: Sequence[str] = ()
) -> tuple[Adapter, list[Output]]:
    adapter = VENUES[venue].adapter()
    names = symbols or (SYMBOLS[venue],)
    wanted = [Subscription(symbol, channel, "1h") for symbol in names for channel in channels]
    return adapter, list(adapter.open(wanted, 0))


def receive(adapter: Adapter, *frames: bytes | str, now: int = 0) -> list[Output]:
    return [output for frame in frames for output in adapter.receive(frame, now)]


def parse(venue: str, payload: str | bytes, path: str | None = None) -> list[Event | Ignored]:
    return list(VENUES[venue].parser().parse(payload, 7, path))


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def fetches(outputs: Sequence[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def requests(outputs: Sequence[Output]) -> list[dict[str, Any]]:  # Any: the JSON of a request
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]
