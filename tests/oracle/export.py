"""Trades, bars and tops of a capture read straight off its frames, in plain Python and Decimal.

Nothing of ours reads the frames: the fields are those of the venues' own documentation.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

MILLISECOND = 1_000_000


class Print(NamedTuple):
    """A trade as the venue states it: ns, sizes in its own unit."""

    instrument: str
    ts: int
    id: str
    price: Decimal
    size: Decimal
    side: str


@lru_cache(maxsize=1)
def frames(path: Path) -> list[tuple[str, Any]]:
    """The messages of a capture that are JSON with their addresses, in order."""
    found = []
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["dir"] == "in" and record.get("raw", "")[:1] in {"{", "["}:
                frame = json.loads(record["raw"], parse_float=Decimal)
                found.append((record.get("url") or "", frame))
    return found


def _binance(venue: str) -> Callable[[Any], Iterator[Print]]:
    def read(frame: Any) -> Iterator[Print]:
        data = frame.get("data", frame) if isinstance(frame, dict) else {}
        if isinstance(data, dict) and data.get("e") in {"trade", "aggTrade"}:
            id = data["t"] if data["e"] == "trade" else data["a"]
            side = "sell" if data["m"] else "buy"
            name = f"{venue}:{data['s']}"
            numbers = Decimal(data["p"]), Decimal(data["q"])
            yield Print(name, data["T"] * MILLISECOND, str(id), *numbers, side)

    return read


def _hyperliquid(frame: Any) -> Iterator[Print]:
    for of in frame["data"] if frame.get("channel") == "trades" else ():
        side = {"B": "buy", "A": "sell"}[of["side"]]
        numbers = Decimal(of["px"]), Decimal(of["sz"])
        name, ts = f"hyperliquid:{of['coin']}", of["time"] * MILLISECOND
        yield Print(name, ts, str(of["tid"]), *numbers, side)


def _okx(frame: Any) -> Iterator[Print]:
    if isinstance(frame, dict) and frame.get("arg", {}).get("channel") == "trades":
        for of in frame.get("data", ()):
            numbers = Decimal(of["px"]), Decimal(of["sz"])
            name, ts = f"okx:{of['instId']}", int(of["ts"]) * MILLISECOND
            yield Print(name, ts, of["tradeId"], *numbers, of["side"])


def _bybit(frame: Any) -> Iterator[Print]:
    if frame.get("topic", "").startswith("publicTrade."):
        for of in frame["data"]:
            numbers = Decimal(of["p"]), Decimal(of["v"])
            name, ts = f"bybit-linear:{of['s']}", of["T"] * MILLISECOND
            yield Print(name, ts, of["i"], *numbers, of["S"].lower())


READERS: dict[str, Callable[[Any], Iterator[Print]]] = {
    "binance_usdm/cf_20210405_120s.jsonl.gz": _binance("binance-usdm"),
    "binance_coinm/cf_20210722.jsonl.gz": _binance("binance-coinm"),
    "bybit/linear_publicTrade_btcusdt_202602.jsonl": _bybit,
    "hyperliquid/btc_20250126.jsonl.gz": _hyperliquid,
    "okx/cf_20220513.jsonl.gz": _okx,
}


def prints(path: Path, name: str) -> list[Print]:
    """Every trade of a capture, each once."""
    seen: dict[tuple[str, str], Print] = {}
    for _, frame in frames(path):
        for found in READERS[name](frame):
            seen.setdefault((found.instrument, found.id), found)
    return [*seen.values()]


def inverse(contracts: Decimal, face: Decimal, price: Decimal, lot: Decimal) -> Decimal:
    """Base currency of inverse contracts in whole lots, at least one."""
    lots = (contracts * face / price / lot).to_integral_value(ROUND_HALF_EVEN)
    return max(lots, Decimal(1)) * lot


def bars(of: list[Print], interval: int) -> dict[int, dict[str, Decimal | int]]:
    """Bars of one instrument by start."""
    found: dict[int, list[Print]] = {}
    for one in of:
        found.setdefault(one.ts // interval * interval, []).append(one)
    return {start: _bar(found[start]) for start in sorted(found)}


def cells(of: list[Print], interval: int, row: Decimal) -> dict[tuple[int, Decimal], list[Any]]:
    """Sold, bought and number of trades by bar and low edge of a row of prices."""
    found: dict[tuple[int, Decimal], list[Any]] = {}
    for one in of:
        low = one.price - one.price % row
        cell = found.setdefault((one.ts // interval * interval, low), [0, 0, 0])
        cell[one.side == "buy"] += one.size
        cell[2] += 1
    return found


def _bar(of: list[Print]) -> dict[str, Decimal | int]:
    in_time = sorted(of, key=lambda one: one.ts)  # stable: at equal times by arrival
    zero = Decimal(0)
    buy = sum((one.size for one in of if one.side == "buy"), zero)
    sell = sum((one.size for one in of if one.side == "sell"), zero)
    return {
        "open": in_time[0].price,
        "high": max(one.price for one in of),
        "low": min(one.price for one in of),
        "close": in_time[-1].price,
        "volume": buy + sell,
        "buy": buy,
        "sell": sell,
        "delta": buy - sell,
        "value": sum((one.size * one.price for one in of), zero),
        "trades": len(of),
    }


def tops(path: Path, symbol: str) -> Iterator[tuple[Decimal, ...]]:
    """Best bid, its size, best ask, its size of a Binance futures book, each time one changes.

    https://developers.binance.com: the first change after the document has U <= lastUpdateId <= u.
    """
    sides: tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]] | None = None
    waiting: list[Any] = []
    document, last = 0, None
    for url, frame in frames(path):
        if "/depth?" in url and f"symbol={symbol}&" in f"{url}&":
            document = frame["lastUpdateId"]
            sides = _levels(frame["bids"]), _levels(frame["asks"])
            fresh, waiting = waiting, []
        else:
            data = frame.get("data", {}) if isinstance(frame, dict) else {}
            fresh = [data] if isinstance(data, dict) and data.get("e") == "depthUpdate" else []
            fresh = [change for change in fresh if change["s"] == symbol]
        if sides is None:
            waiting += fresh
            continue
        for change in fresh:
            if change["u"] >= document:
                top = _changed(sides, change)
                if top != last:
                    last = top
                    yield top


def changes(path: Path, symbol: str) -> list[tuple[str, Decimal, Decimal]]:
    """Side, price and size of every changed level of a Binance futures book, from its document on.

    Those that waited for the document come after it.
    """
    found: list[tuple[str, Decimal, Decimal]] = []
    document, waiting = 0, list[Any]()
    for url, frame in frames(path):
        if "/depth?" in url and f"symbol={symbol}&" in f"{url}&":
            document = frame["lastUpdateId"]
            fresh, waiting = waiting, []
        else:
            data = frame.get("data", {}) if isinstance(frame, dict) else {}
            mine = isinstance(data, dict) and data.get("e") == "depthUpdate"
            fresh = [data] if mine and data["s"] == symbol else []
        if not document:
            waiting += fresh
        for change in fresh if document else ():
            if change["u"] >= document:
                for side, rows in (("bid", change["b"]), ("ask", change["a"])):
                    found += [(side, Decimal(price), Decimal(size)) for price, size in rows]
    return found


def quotes(path: Path) -> list[tuple[str, int, Decimal, Decimal, Decimal, Decimal]]:
    """Instrument, number, best bid and ask with their sizes, as Binance futures states them."""
    said = (frame.get("data") for _, frame in frames(path) if isinstance(frame, dict))
    return [
        (f"binance-usdm:{of['s']}", of["u"], *(Decimal(of[key]) for key in "bBaA"))
        for of in said
        if isinstance(of, dict) and of.get("e") == "bookTicker"
    ]


def tickers(path: Path) -> list[tuple[str, int, Decimal, Decimal, Decimal]]:
    """Instrument, time, mark and index price, open interest, as Deribit states them."""
    said = (frame.get("params", {}) for _, frame in frames(path) if isinstance(frame, dict))
    return [
        (
            f"deribit:{of['instrument_name']}",
            of["timestamp"] * MILLISECOND,
            *(Decimal(of[key]) for key in ("mark_price", "index_price", "open_interest")),
        )
        for params in said
        if isinstance(params, dict) and params.get("channel", "").startswith("ticker.")
        for of in [params["data"]]
    ]


def _changed(
    sides: tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]], change: Any
) -> tuple[Decimal, ...]:
    for side, levels in zip(sides, (change["b"], change["a"]), strict=True):
        side.update(_levels(levels))
        for price in [price for price, size in side.items() if not size]:
            del side[price]
    bid, ask = max(sides[0]), min(sides[1])
    return bid, sides[0][bid], ask, sides[1][ask]


def _levels(rows: list[list[str]]) -> dict[Decimal, Decimal]:
    return {Decimal(price): Decimal(size) for price, size in rows}
