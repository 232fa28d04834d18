"""Hyperliquid's frames by hand, for faults and corners that no capture holds."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from feeds.adapter import Adapter, Channel, Output, Send, Subscription
from feeds.registry import VENUES

VENUE, NAME = "hyperliquid", "hyperliquid:BTC"
MS, SECOND, MINUTE = 1_000_000, 1_000_000_000, 60_000_000_000
T = 1_700_000_000_000
"""A time in ms."""
NOW = T * MS
Pairs = Sequence[tuple[str, str]]
Tree = dict[str, Any]  # Any: the JSON of a payload


def message(channel: str, data: object) -> str:
    return json.dumps({"channel": channel, "data": data})


def trade(ident: int, coin: str = "BTC", **other: object) -> str:
    row = {"coin": coin, "side": "B", "px": "84143.0", "sz": "2", "time": T, "tid": ident}
    return message("trades", [row | {"hash": "0x0", "users": ["0x1", "0x2"]} | other])


def rows(levels: Pairs) -> list[Tree]:
    return [{"px": price, "sz": size, "n": 1} for price, size in levels]


def book(bids: Pairs, asks: Pairs, time: int = T, *, fast: bool = False, coin: str = "BTC") -> str:
    data = {"coin": coin, "time": time, "levels": [rows(bids), rows(asks)]}
    return message("l2Book", data | ({"fast": True} if fast else {}))


def candle(start: int, close: str = "2", **other: object) -> Tree:
    row = {"t": start, "T": start + 59_999, "s": "BTC", "i": "1m", "o": "1", "c": close}
    return row | {"h": "3", "l": "0.5", "v": "10", "n": 4} | other


def posted(number: int, data: object, kind: str = "info") -> str:
    payload = {"type": "meta", "data": data} if kind == "info" else data
    return message("post", {"id": number, "response": {"type": kind, "payload": payload}})


def meta(*names: str, decimals: int = 5) -> Tree:
    return {"universe": [{"name": name, "szDecimals": decimals} for name in names]}


SPOT_META = {
    "universe": [{"tokens": [1, 0], "name": "@107", "index": 107}],
    "tokens": [
        {"name": "USDC", "szDecimals": 8, "index": 0},
        {"name": "HYPE", "szDecimals": 2, "index": 1},
    ],
}


def opened(*channels: Channel, coins: Sequence[str] = ("BTC",)) -> tuple[Adapter, list[Output]]:
    adapter = VENUES[VENUE].adapter()
    wanted = [Subscription(coin, channel, "1m") for coin in coins for channel in channels]
    return adapter, list(adapter.open(wanted, NOW))


def receive(adapter: Adapter, *frames: str, now: int = NOW) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def sent(outputs: Iterable[Output]) -> list[Tree]:
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def subscribed(outputs: Iterable[Output]) -> list[Tree]:
    return [frame["subscription"] for frame in sent(outputs) if frame["method"] == "subscribe"]
