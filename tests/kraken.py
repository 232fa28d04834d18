"""Kraken's frames and bodies by hand, for faults and corners that no capture holds."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from zlib import crc32

from feeds.adapter import Adapter, Channel, Output, Send, Subscription
from feeds.registry import VENUES
from market.events import FeedState, FeedStatus

SPOT = "kraken"
SECOND = 1_000_000_000
TIME = "2026-08-24T22:21:58.343688Z"
WHOLE = ([("99.5", "1.0"), ("99.4", "2.0")], [("100.0", "3.0"), ("100.1", "4.0")])
OHLC = "/0/public/OHLC?pair=XBTUSD&interval=1"

Rows = Sequence[tuple[str, str]]


def frame(channel: str, kind: str, *data: dict[str, Any]) -> str:  # Any: the JSON of a payload
    return json.dumps({"channel": channel, "type": kind, "data": data})


def checksum(bids: Rows, asks: Rows) -> int:
    """Of a book in order, put together as the venue's document says."""
    words = [word for level in [*asks[:10], *bids[:10]] for word in level]
    return crc32("".join(word.replace(".", "").lstrip("0") for word in words).encode())


def book(kind: str, bids: Rows, asks: Rows, stated: int, symbol: str = "BTC/USD") -> str:
    """Prices and sizes are numbers on the wire, with the zeros that they are written with."""
    sides = [
        ",".join(f'{{"price":{price},"qty":{size}}}' for price, size in rows)
        for rows in (bids, asks)
    ]
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{sides[0]}],'
        f'"asks":[{sides[1]}],"checksum":{stated},"timestamp":"{TIME}"}}]}}'
    )


def whole(symbol: str = "BTC/USD") -> str:
    return book("snapshot", *WHOLE, checksum(*WHOLE), symbol)


def trade(ident: int, **other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"symbol": "BTC/USD", "side": "buy", "price": 100.5, "qty": 0.25, "trade_id": ident}
    return row | {"ord_type": "limit", "timestamp": TIME} | other


def trades(*idents: int) -> str:
    return frame("trade", "update", *map(trade, idents))


def opened(*channels: Channel, symbols: Sequence[str] = ("BTC/USD",)) -> Adapter:
    adapter = VENUES[SPOT].adapter()
    wanted = [Subscription(symbol, channel, "1m") for symbol in symbols for channel in channels]
    adapter.open(wanted, 0)
    return adapter


def live() -> Adapter:
    adapter = opened(Channel.BOOK)
    assert states(receive(adapter, whole())) == [FeedState.LIVE]
    return adapter


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def sent(outputs: Iterable[Output]) -> list[dict[str, Any]]:  # Any: the JSON of a request
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]
