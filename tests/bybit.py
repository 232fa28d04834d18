"""Bybit's frames and bodies by hand, for faults and corners that no capture holds."""

import json
from collections.abc import Sequence
from typing import Any

from feeds.adapter import Adapter, Channel, Fetch, Ignored, Output, Send, Subscription
from feeds.registry import VENUES
from market.events import Event, FeedState, FeedStatus

SPOT, LINEAR, INVERSE = "bybit", "bybit-linear", "bybit-inverse"
MARKETS = (SPOT, LINEAR, INVERSE)
MS, SECOND = 1_000_000, 1_000_000_000
T = 1_700_000_000_000
"""A time in ms."""
TOPIC = "orderbook.1000.BTCUSDT"
DAY = {"lastPrice": "100", "prevPrice24h": "90", "highPrice24h": "110", "lowPrice24h": "80"}
"""The prices of a ticker."""
Pairs = Sequence[tuple[str, str]]


def message(topic: str, data: Any, **other: Any) -> str:  # Any: the JSON of a payload
    return json.dumps({"topic": topic, "type": "snapshot", "ts": T} | other | {"data": data})


def trade(ident: str, **other: Any) -> str:  # Any: the JSON of a payload
    row = {"T": T, "s": "BTCUSDT", "S": "Buy", "v": "2", "p": "10.5", "i": ident, "BT": False}
    return message("publicTrade.BTCUSDT", [row | other])


def book(
    kind: str,
    number: int,
    bids: Pairs = (("10.0", "1"),),
    asks: Pairs = (("11.0", "2"),),
    topic: str = TOPIC,
    **other: Any,  # Any: the JSON of a payload
) -> str:
    data = {"s": topic.rpartition(".")[2], "b": bids, "a": asks, "u": number, "seq": 1}
    return message(topic, data, **{"type": kind, "ts": T + number, "cts": T + number} | other)


def day(kind: str = "delta", **fields: str) -> str:
    return message("tickers.BTCUSDT", {"symbol": "BTCUSDT"} | fields, type=kind)


def candle(**other: Any) -> str:  # Any: the JSON of a payload
    start = T - T % 60_000
    row = {"start": start, "end": start + 59_999, "interval": "1", "open": "1", "close": "2"}
    row |= {"high": "3", "low": "0.5", "volume": "10", "turnover": "20", "confirm": False}
    return message("kline.1.BTCUSDT", [row | {"timestamp": T} | other])


def forced(side: str, **other: Any) -> str:  # Any: the JSON of a payload
    row = {"T": T, "s": "BTCUSDT", "S": side, "v": "3", "p": "9.5"}
    return message("allLiquidation.BTCUSDT", [row | other])


def answer(ident: str = "", reason: str = "", *, success: bool = False) -> str:
    stated = {"success": success, "ret_msg": reason, "conn_id": "c", "op": "subscribe"}
    return json.dumps(stated | {"req_id": ident})


def body(result: object, time: int = T) -> bytes:
    stated = {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": time}
    return json.dumps(stated).encode()


def refusal(code: int, reason: str) -> bytes:
    return json.dumps({"retCode": code, "retMsg": reason, "result": {}, "time": T}).encode()


def listed(symbol: str, category: str = "linear") -> dict[str, object]:
    step = "basePrecision" if category == "spot" else "qtyStep"
    return {
        "symbol": symbol,
        "baseCoin": symbol[:3],
        "quoteCoin": symbol[3:],
        "priceFilter": {"tickSize": "0.10"},
        "lotSizeFilter": {step: "0.001"},
    }


def listing(*symbols: str, cursor: str = "", category: str = "linear") -> bytes:
    rows = [listed(symbol, category) for symbol in symbols]
    return body({"category": category, "list": rows, "nextPageCursor": cursor})


def listing_path(symbol: str, category: str = "linear") -> str:
    return f"/v5/market/instruments-info?category={category}&symbol={symbol}"


def opened(
    *channels: Channel, venue: str = LINEAR, symbols: Sequence[str] = ("BTCUSDT",)
) -> tuple[Adapter, list[Output]]:
    adapter = VENUES[venue].adapter()
    wanted = [Subscription(symbol, channel, "1m") for symbol in symbols for channel in channels]
    return adapter, list(adapter.open(wanted, 0))


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(venue: str, payload: str | bytes, path: str | None = None) -> list[Event | Ignored]:
    return list(VENUES[venue].parser().parse(payload, 7, path))


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def fetches(outputs: Sequence[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def requests(outputs: Sequence[Output]) -> list[dict[str, Any]]:  # Any: the JSON of a request
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]
