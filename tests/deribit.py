"""Deribit's frames and bodies by hand, for faults and corners that no capture holds."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from feeds.adapter import Adapter, Channel, Ignored, Output, Send, Subscription
from feeds.registry import VENUES
from market.events import Event

DERIBIT, PERPETUAL = "deribit", "BTC-PERPETUAL"
MS, SECOND = 1_000_000, 1_000_000_000
AT = 1_700_000_040_000
"""A full minute in ms."""
LISTING = f"/api/v2/public/get_instrument?instrument_name={PERPETUAL}"
CHART = f"/api/v2/public/get_tradingview_chart_data?instrument_name={PERPETUAL}"
BOOK = f"book.{PERPETUAL}.100ms"


def push(channel: str, data: object) -> str:
    params = {"channel": channel, "data": data}
    return json.dumps({"jsonrpc": "2.0", "method": "subscription", "params": params})


def trade(number: int, **other: Any) -> dict[str, Any]:  # Any: the JSON of a payload
    row = {"trade_seq": number, "trade_id": f"t{number}", "timestamp": AT, "price": 100.5}
    return row | {"instrument_name": PERPETUAL, "direction": "buy", "amount": 20.0} | other


def day(**other: Any) -> str:  # Any: the JSON of a payload
    row: dict[str, Any] = {"timestamp": AT, "instrument_name": PERPETUAL, "mark_price": 101.0}
    return push(f"ticker.{other.get('instrument_name', PERPETUAL)}.100ms", row | other)


def opened(*channels: Channel, symbols: Sequence[str] = (PERPETUAL,)) -> Adapter:
    adapter = VENUES[DERIBIT].adapter()
    adapter.open([Subscription(name, one, "1m") for name in symbols for one in channels], 0)
    return adapter


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(payload: str | bytes, path: str | None = None, now: int = 7) -> list[Event | Ignored]:
    return list(VENUES[DERIBIT].parser().parse(payload, now, path))


def calls(outputs: Iterable[Output]) -> list[tuple[str, Any]]:
    """Method and parameters of each request; Any: their JSON."""
    sent = [json.loads(output.frame) for output in outputs if isinstance(output, Send)]
    return [(call["method"].removeprefix("public/"), call["params"]) for call in sent]


def chart(**other: object) -> str:
    columns = {name: [1.0, 2.0] for name in ("open", "high", "low", "close", "volume", "cost")}
    result: dict[str, object] = {"status": "ok", "ticks": [AT, AT + 60_000]}
    return json.dumps({"jsonrpc": "2.0", "result": result | columns | other})


def listed(**other: object) -> str:
    row = {"instrument_name": PERPETUAL, "kind": "future", "tick_size": 0.5}
    names = {"base_currency": "BTC", "quote_currency": "USD", "min_trade_amount": 10.0}
    return json.dumps({"jsonrpc": "2.0", "result": row | names | other})


def answer(ident: int, *channels: str) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": ident, "result": channels})


def refusal(ident: int | None, code: int, text: str = "no") -> str:
    return json.dumps({"jsonrpc": "2.0", "id": ident, "error": {"code": code, "message": text}})
