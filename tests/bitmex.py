"""BitMEX's frames and bodies by hand, for faults and corners that no capture holds."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from feeds.adapter import Adapter, Channel, Ignored, Output, Send, Subscription
from feeds.registry import VENUES
from market.events import Event

BITMEX, XBTUSD = "bitmex", "XBTUSD"
SECOND, MINUTE = 1_000_000_000, 60_000_000_000
AT = "2023-11-14T22:14:00.000Z"
AT_NS = 1_700_000_040 * SECOND
LISTING = f"/api/v1/instrument?symbol={XBTUSD}"
BARS = f"/api/v1/trade/bucketed?symbol={XBTUSD}&binSize=1m&count=1000&partial=true&reverse=true"


def table(name: str, action: str, *rows: dict[str, Any], **other: Any) -> str:
    """Any: the JSON of a payload."""
    named = [{"symbol": XBTUSD} | row for row in rows]
    return json.dumps({"table": name, "action": action, "data": named} | other)


def candle(name: str = "1m", **other: Any) -> str:
    row = {"timestamp": AT, "open": 1, "high": 2, "low": 1, "close": 2, "trades": 3}
    return table(f"tradeBin{name}", "insert", row | {"volume": 50, "foreignNotional": 50} | other)


def opened(*channels: Channel, symbols: Sequence[str] = (XBTUSD,)) -> Adapter:
    adapter = VENUES[BITMEX].adapter()
    adapter.open([Subscription(name, one, "1m") for name in symbols for one in channels], 0)
    return adapter


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(payload: str | bytes, path: str | None = None, now: int = 7) -> list[Event | Ignored]:
    return list(VENUES[BITMEX].parser().parse(payload, now, path))


def sent(outputs: Iterable[Output]) -> list[str]:
    return [output.frame for output in outputs if isinstance(output, Send)]


def requests(outputs: Iterable[Output]) -> list[tuple[str, list[str]]]:
    found = [json.loads(text) for text in sent(outputs)]
    return [(request["op"], request["args"]) for request in found]


def listed(**other: Any) -> str:
    row = {"symbol": XBTUSD, "typ": "FFWCSX", "underlying": "XBT", "quoteCurrency": "USD"}
    worth = {"multiplier": -100000000, "underlyingToSettleMultiplier": -100000000}
    grid = {"lotSize": 100, "tickSize": 0.5, "isInverse": True, "isQuanto": False}
    return json.dumps([row | worth | grid | other])


def refusal(*args: str, status: int = 400, error: str = "Unknown or expired symbol.") -> str:
    asked = {"op": "subscribe", "args": args}
    return json.dumps({"status": status, "error": error, "meta": {}, "request": asked})
