"""The past as venues keep it: answers to requests for history, made of trades that are known.

Each answers by the venue's own rules of paging, in the shape its documents show, and gives at most
`cap` rows, whatever is asked for.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from market.events import Side, Trade
from market.instrument import plain

MS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Query: TypeAlias = dict[str, str]
Answer: TypeAlias = Callable[[Sequence[Trade], Query, int], object]


def answer(venue: str, trades: Sequence[Trade], path: str, cap: int) -> bytes:
    """The body of a request; `trades` are oldest first."""
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query))
    return json.dumps(ANSWERS[venue](trades, query, cap)).encode()


def _binance(trades: Sequence[Trade], query: Query, cap: int) -> object:
    if "fromId" in query:
        found = [t for t in trades if int(t.id) >= int(query["fromId"])]
    else:
        start, end = int(query["startTime"]), int(query["endTime"])
        found = [t for t in trades if start <= t.ts_event // MS <= end]
    return [
        {
            "a": int(t.id),
            "p": plain(t.price),
            "q": plain(t.size),
            "f": int(t.id),
            "l": int(t.id),
            "T": t.ts_event // MS,
            "m": t.side is Side.SELL,
        }
        for t in found[:cap]
    ]


def _okx(trades: Sequence[Trade], query: Query, cap: int) -> object:
    after = int(query["after"])
    if query["type"] == "1":
        found = [t for t in trades if int(t.id) < after]
    else:
        found = [t for t in trades if t.ts_event // MS < after]
    rows = [
        {
            "instId": query["instId"],
            "tradeId": t.id,
            "px": plain(t.price),
            "sz": plain(t.size),
            "side": str(t.side),
            "ts": str(t.ts_event // MS),
        }
        for t in found[::-1][:cap]
    ]
    return {"code": "0", "msg": "", "data": rows}


def _kraken(trades: Sequence[Trade], query: Query, cap: int) -> object:
    found = [t for t in trades if t.ts_event > int(query["since"])][:cap]
    rows = [
        [
            plain(t.price),
            plain(t.size),
            float(round(Decimal(t.ts_event) / 10**9, 7)),
            "b" if t.side is Side.BUY else "s",
            "l",
            "",
            int(t.id),
        ]
        for t in found
    ]
    last = str(found[-1].ts_event) if found else query["since"]
    return {"error": [], "result": {"XXBTZUSD": rows, "last": last}}


def _deribit(trades: Sequence[Trade], query: Query, cap: int) -> object:
    if "start_seq" in query:
        first, last = int(query["start_seq"]), int(query["end_seq"])
        found = [t for t in trades if first <= int(t.id) <= last]
    else:
        start, end = int(query["start_timestamp"]), int(query["end_timestamp"])
        found = [t for t in trades if start <= t.ts_event // MS <= end]
    rows = [
        {
            "trade_seq": int(t.id),
            "trade_id": t.id,
            "timestamp": t.ts_event // MS,
            "price": t.price,
            "instrument_name": query["instrument_name"],
            "direction": str(t.side),
            "amount": t.size,
        }
        for t in found[:cap]
    ]
    return {"jsonrpc": "2.0", "result": {"trades": rows, "has_more": len(found) > cap}}


def _bitmex(trades: Sequence[Trade], query: Query, cap: int) -> object:
    start, end = (_time(query[name]) for name in ("startTime", "endTime"))
    found = [t for t in trades if start <= t.ts_event // MS * MS <= end][::-1]
    skipped = int(query["start"])
    return [
        {
            "timestamp": (_EPOCH + timedelta(milliseconds=t.ts_event // MS)).isoformat(),
            "symbol": query["symbol"],
            "side": t.side.capitalize(),
            "size": t.size,
            "price": t.price,
            "trdMatchID": t.id,
        }
        for t in found[skipped : skipped + cap]
    ]


def _bitfinex(trades: Sequence[Trade], query: Query, cap: int) -> object:
    start, end = int(query["start"]), int(query["end"])
    found = [t for t in trades if start <= t.ts_event // MS <= end]
    return [
        [int(t.id), t.ts_event // MS, t.size if t.side is Side.BUY else -t.size, t.price]
        for t in found[:cap]
    ]


def _bybit(trades: Sequence[Trade], query: Query, cap: int) -> object:
    rows = [
        {
            "execId": t.id,
            "symbol": query["symbol"],
            "price": plain(t.price),
            "size": plain(t.size),
            "side": t.side.capitalize(),
            "time": str(t.ts_event // MS),
            "isBlockTrade": False,
        }
        for t in trades[::-1][:cap]
    ]
    result = {"category": query["category"], "list": rows}
    return {"retCode": 0, "retMsg": "OK", "result": result, "time": 1_700_000_000_000}


def _time(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1) * 1000


ANSWERS: dict[str, Answer] = {
    "binance": _binance,
    "binance-coinm": _binance,
    "binance-usdm": _binance,
    "bitfinex": _bitfinex,
    "bitmex": _bitmex,
    "bybit": _bybit,
    "bybit-inverse": _bybit,
    "bybit-linear": _bybit,
    "deribit": _deribit,
    "kraken": _kraken,
    "okx": _okx,
}
"""How each venue with a past answers."""


def csv(trades: Sequence[Trade], *, header: bool = False, micro: bool = False) -> bytes:
    """A day of Binance's archive."""
    unit = 1000 if micro else MS
    head = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
    rows = "".join(
        f"{t.id},{plain(t.price)},{plain(t.size)},{t.id},{t.id},{t.ts_event // unit},"
        f"{str(t.side is Side.SELL).lower()}\n"
        for t in trades
    )
    return ((head if header else "") + rows).encode()
