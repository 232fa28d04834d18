"""The messages a benchmark feeds: a recorded Binance session, or the simulator in its wire format.

Raw `trade` frames are rewritten as `aggTrade`, the stream the monitor and its peers subscribe
to, so that every candidate reads the same bytes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from feeds.errors import ConfigError
from feeds.recording import records
from feeds.simulate import events
from market.events import BookDelta, BookSnapshot, Event, Levels, Side, Trade
from market.instrument import plain

DEFAULT_CAPTURE = Path("../shared/captures/binance_usdm/btcusdt_20240808.jsonl.gz")
"""In the captures folder beside the checkout, where there is one; used when no file is named."""

SYMBOL = "BTCUSDT"
VENUE = "binance-usdm"


@dataclass(frozen=True, slots=True)
class Workload:
    """A REST depth body and the stream's frames in order of receipt."""

    label: str
    snapshot: bytes
    frames: list[bytes]

    def only(self, *streams: str) -> "Workload":
        """The frames of the named streams (`depth`, `aggTrade`, `bookTicker`)."""
        marks = [f"@{stream}".encode() for stream in streams]
        kept = [f for f in self.frames if any(mark in f[:80] for mark in marks)]
        return Workload(f"{self.label}, {' + '.join(streams)}", self.snapshot, kept)


def load(path: Path | None) -> Workload:
    """The named recording, else that of the captures folder where it is, else the simulator."""
    if path is None and not DEFAULT_CAPTURE.exists():
        return _simulated(seconds=120)
    return _recorded(path or DEFAULT_CAPTURE)


def _recorded(path: Path) -> Workload:
    snapshot, frames = b"", list[bytes]()
    for record in records(path):
        payload = record.payload.encode() if isinstance(record.payload, str) else record.payload
        if "/depth?" in record.url and not snapshot:
            snapshot = payload
        elif payload.startswith(b'{"stream"'):
            frames.append(_as_aggregate(payload))
    if not snapshot or not frames:
        raise ConfigError(
            f"{path}: not a Binance session with combined streams and a depth snapshot"
        )
    return Workload(path.name, snapshot, frames)


def _as_aggregate(frame: bytes) -> bytes:
    if b"@trade" not in frame[:60]:
        return frame
    data = msgspec.json.decode(frame)["data"]
    fields = {"e": "aggTrade", "E": data["E"], "s": data["s"], "a": data["t"]}
    fields |= {"p": data["p"], "q": data["q"], "f": data["t"], "l": data["t"]}
    fields |= {"T": data["T"], "m": data["m"]}
    return _frame("aggTrade", fields)


def _frame(stream: str, data: dict[str, object]) -> bytes:
    body = {"stream": f"{SYMBOL.lower()}@{stream}", "data": data}
    return json.dumps(body, separators=(",", ":")).encode()


def _simulated(seconds: int) -> Workload:
    """The simulator's events in Binance's format; the first snapshot is the REST body."""
    snapshot, frames, number = b"", list[bytes](), 0
    for event in _until_done(seconds):
        match event:
            case BookSnapshot():
                body = {"lastUpdateId": number, "bids": _wire(event.bids)}
                snapshot = json.dumps(body | {"asks": _wire(event.asks)}).encode()
            case BookDelta():
                milliseconds = (event.ts_event or 0) // 1_000_000
                data = {"e": "depthUpdate", "E": milliseconds, "T": milliseconds, "s": SYMBOL}
                data |= {"U": number, "u": number + 1, "pu": number}
                data |= {"b": _wire(event.bids), "a": _wire(event.asks)}
                frames.append(_frame("depth@100ms", data))
                number += 1
            case Trade():
                frames.append(_frame("aggTrade", _wire_trade(event, len(frames))))
            case _:
                pass
    return Workload(f"simulated, {seconds} s", snapshot, frames)


def _until_done(seconds: int) -> Iterable[Event]:
    return events(7, seconds)


def _wire(levels: Levels) -> list[tuple[str, str]]:
    return [(plain(price), plain(size)) for price, size in levels]


def _wire_trade(trade: Trade, number: int) -> dict[str, object]:
    milliseconds = trade.ts_event // 1_000_000
    fields: dict[str, object] = {"e": "aggTrade", "E": milliseconds, "s": SYMBOL, "a": number}
    fields |= {"p": plain(trade.price), "q": plain(trade.size), "f": number, "l": number}
    return fields | {"T": milliseconds, "m": trade.side is Side.SELL}
