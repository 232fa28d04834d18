"""OKX's frames and bodies by hand, for faults and corners that no capture holds."""

import json
from collections.abc import Iterable, Sequence

from feeds.adapter import Adapter, Channel, Ignored, Output, Send, Subscription
from feeds.registry import VENUES
from market.events import Event

OKX, SWAP = "okx", "BTC-USDT-SWAP"
NAME = f"{OKX}:{SWAP}"
MS, SECOND = 1_000_000, 1_000_000_000
CANDLES = f"/api/v5/market/candles?instId={SWAP}&bar=1m&limit=300"
LISTING = f"/api/v5/public/instruments?instType=SWAP&instId={SWAP}"


def opened(*channels: Channel, symbols: Sequence[str] = (SWAP,)) -> Adapter:
    adapter = VENUES[OKX].adapter()
    adapter.open([Subscription(name, one, "1m") for name in symbols for one in channels], 0)
    return adapter


def receive(adapter: Adapter, *frames: str, now: int = 0) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def parse(payload: str | bytes, path: str | None = None, now: int = 7) -> list[Event | Ignored]:
    return list(VENUES[OKX].parser().parse(payload, now, path))


def sent(outputs: Iterable[Output]) -> list[str]:
    return [output.frame for output in outputs if isinstance(output, Send)]


def listed(**other: str) -> str:
    row = {"instType": "SWAP", "instId": SWAP, "uly": "BTC-USDT", "tickSz": "0.1", "lotSz": "0.01"}
    worth = {"ctType": "linear", "ctVal": "0.1", "ctMult": "0.1", "ctValCcy": "BTC"}
    return json.dumps({"code": "0", "msg": "", "data": [row | worth | other]})
