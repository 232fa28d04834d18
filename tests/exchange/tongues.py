"""Tongues: how the stand-ins of Kraken and OKX say what was recorded, and what they understand.

OKX's recordings are of 2022. They are said as of today: each change points at the one before by a
number, and the checksum is 0.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

from feeds.checksum import KRAKEN, WireBook

Json: TypeAlias = dict[str, Any]
"""Any: the JSON of a message."""
Stream: TypeAlias = tuple[str, str]
"""A channel and a symbol."""


class Asked(NamedTuple):
    """What a client wishes."""

    op: str
    streams: list[Stream]


class TrueBook:
    """The exchange's own book, as the wire spells it: size by price."""

    def __init__(self) -> None:
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self.number = 0
        """Of the last change, where the venue counts them."""

    def write(self, whole: bool, bids: Mapping[str, str], asks: Mapping[str, str]) -> None:
        """Take levels; a size of 0 removes one."""
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            if whole:
                side.clear()
            for price, size in levels.items():
                side[price] = size
                if not float(size):
                    del side[price]

    def cut(self, depth: int) -> None:
        """Keep so many of the best levels of each side."""
        for side, best_is_high in ((self.bids, True), (self.asks, False)):
            for price in sorted(side, key=float, reverse=best_is_high)[depth:]:
                del side[price]


class Tongue(Protocol):
    """One venue's way of saying things."""

    venue: str
    book: str
    """The channel of books."""

    def stream(self, text: str) -> Stream | None:
        """What a recorded frame is about; None where it is an answer or no market's."""
        ...

    def follow(self, text: str, book: TrueBook) -> str:
        """Take a book's frame; return it as it is said to those who listen."""
        ...

    def whole(self, symbol: str, book: TrueBook) -> str:
        """The book as it stands, for who has just subscribed."""
        ...

    def asked(self, text: str) -> Asked:
        """What a client's frame wishes."""
        ...

    def answers(self, asked: Asked, known: set[str]) -> Iterator[str]:
        """The venue's answers to a wish, where only these symbols are known."""
        ...

    def document(self, path: str, symbols: list[str]) -> Json:
        """The body of a REST answer."""
        ...


class Kraken:
    """Kraken spot, version 2: a checksum with each change, and books of ten levels."""

    venue, book = "kraken", "book"
    _depth = 10

    def stream(self, text: str) -> Stream | None:
        frame = json.loads(text)
        return (frame["channel"], frame["data"][0]["symbol"]) if "type" in frame else None

    def follow(self, text: str, book: TrueBook) -> str:
        frame = json.loads(text, parse_float=str, parse_int=str)
        (data,) = frame["data"]
        sides = ({row["price"]: row["qty"] for row in data[side]} for side in ("bids", "asks"))
        book.write(frame["type"] == "snapshot", *sides)
        book.cut(self._depth)
        return text

    def whole(self, symbol: str, book: TrueBook) -> str:
        wire = WireBook(KRAKEN)
        wire.replace([*book.bids.items()], [*book.asks.items()])
        sides = (
            ",".join(f'{{"price":{price},"qty":{size}}}' for price, size in side.items())
            for side in (book.bids, book.asks)
        )
        return (
            '{{"channel":"book","type":"snapshot","data":[{{"symbol":"{}","bids":[{}],"asks":[{}],'
            '"checksum":{},"timestamp":"2026-08-24T22:21:57.110183Z"}}]}}'
        ).format(symbol, *sides, wire.checksum())

    def asked(self, text: str) -> Asked:
        asked = json.loads(text)
        params = asked.get("params", {})
        return Asked(asked["method"], [(params["channel"], s) for s in params.get("symbol", [])])

    def answers(self, asked: Asked, known: set[str]) -> Iterator[str]:
        if asked.op == "ping":
            yield '{"method":"pong","time_in":"x","time_out":"x"}'
        for channel, symbol in asked.streams:
            answer: Json = {"method": asked.op, "success": symbol in known}
            if symbol in known:
                result = {"channel": channel, "symbol": symbol, "depth": self._depth}
                yield json.dumps(answer | {"result": result})
            else:
                error = f"Currency pair not supported {symbol}"
                yield json.dumps(answer | {"error": error, "symbol": symbol})

    def document(self, path: str, symbols: list[str]) -> Json:
        pairs = {"wsname": "XBT/USD", "pair_decimals": 1, "lot_decimals": 8, "altname": "XBTUSD"}
        listed = "AssetPairs" in path and "XBTUSD" in path
        if "AssetPairs" in path and not listed:
            return {"error": ["EQuery:Unknown asset pair"]}
        return {"error": [], "result": {"XXBTZUSD": pairs} if listed else {"last": 0}}


class KrakenFutures:
    """Kraken futures, version 1: a counter for each book."""

    venue, book = "kraken-futures", "book"

    def stream(self, text: str) -> Stream | None:
        frame = json.loads(text)
        if "event" in frame or "product_id" not in frame:
            return None
        return frame["feed"].removesuffix("_snapshot"), frame["product_id"]

    def follow(self, text: str, book: TrueBook) -> str:
        frame = json.loads(text)
        book.number = frame["seq"]
        if frame["feed"] == "book_snapshot":
            sides = (
                {str(row["price"]): str(row["qty"]) for row in frame[side]}
                for side in ("bids", "asks")
            )
            book.write(True, *sides)
        else:
            level = {str(frame["price"]): str(frame["qty"])}
            book.write(False, *((level, {}) if frame["side"] == "buy" else ({}, level)))
        return text

    def whole(self, symbol: str, book: TrueBook) -> str:
        sides = {
            side: [{"price": float(p), "qty": float(q)} for p, q in levels.items()]
            for side, levels in (("bids", book.bids), ("asks", book.asks))
        }
        head = {"feed": "book_snapshot", "product_id": symbol, "timestamp": 1626994925378}
        return json.dumps(head | {"seq": book.number, "tickSize": None} | sides)

    def asked(self, text: str) -> Asked:
        asked = json.loads(text)
        return Asked(
            asked["event"], [(asked["feed"], symbol) for symbol in asked.get("product_ids", [])]
        )

    def answers(self, asked: Asked, known: set[str]) -> Iterator[str]:
        if asked.op == "ping":
            yield '{"event":"pong"}'
        for feed, symbol in asked.streams:
            if symbol in known:
                answer = {"event": f"{asked.op}d", "feed": feed, "product_ids": [symbol]}
                yield json.dumps(answer)
            else:
                yield json.dumps({"event": "alert", "message": "Invalid product id"})

    def document(self, path: str, symbols: list[str]) -> Json:
        if "charts" in path:
            return {"candles": [], "more_candles": False}
        grids = {"type": "futures_inverse", "tickSize": 0.0001, "contractSize": 1}
        rows = [{"symbol": symbol.lower()} | grids for symbol in symbols]
        return {"result": "success", "instruments": rows}


class Okx:
    """OKX, version 5 as of 2026: pointers from each change to the one before."""

    venue, book = "okx", "books"

    def stream(self, text: str) -> Stream | None:
        frame = json.loads(text)
        if "data" not in frame or "arg" not in frame:
            return None
        return frame["arg"]["channel"], frame["arg"]["instId"]

    def follow(self, text: str, book: TrueBook) -> str:
        frame = json.loads(text)
        (row,) = frame["data"]
        sides = ({level[0]: level[1] for level in row[side]} for side in ("bids", "asks"))
        book.write(frame["action"] == "snapshot", *sides)
        before, book.number = book.number, book.number + 7
        row |= {"seqId": book.number, "prevSeqId": before, "checksum": 0}
        return json.dumps(frame)

    def whole(self, symbol: str, book: TrueBook) -> str:
        sides = {
            side: [[price, size, "0", "1"] for price, size in levels.items()]
            for side, levels in (("bids", book.bids), ("asks", book.asks))
        }
        numbers = {"seqId": book.number, "prevSeqId": -1, "checksum": 0}
        row = sides | {"ts": "1652459225464"} | numbers
        arg = {"channel": "books", "instId": symbol}
        return json.dumps({"arg": arg, "action": "snapshot", "data": [row]})

    def asked(self, text: str) -> Asked:
        if text == "ping":
            return Asked("ping", [])
        asked = json.loads(text)
        return Asked(asked["op"], [(arg["channel"], arg["instId"]) for arg in asked["args"]])

    def answers(self, asked: Asked, known: set[str]) -> Iterator[str]:
        if asked.op == "ping":
            yield "pong"
        for channel, symbol in asked.streams:
            arg = {"channel": channel, "instId": symbol}
            if symbol in known:
                yield json.dumps({"event": asked.op, "arg": arg, "connId": "32f4414f"})
            else:
                words = f"Wrong URL or channel:{channel},instId:{symbol} doesn't exist. Please use"
                yield json.dumps({"event": "error", "code": "60018", "msg": words})

    def document(self, path: str, symbols: list[str]) -> Json:
        name = re.search(r"instId=([\w-]+)", path)
        if "instruments" not in path or name is None:
            return {"code": "0", "msg": "", "data": []}
        if name[1] not in symbols:
            return {"code": "51001", "msg": "Instrument ID does not exist", "data": []}
        row = {"instType": "SPOT", "instId": name[1], "tickSz": "0.1", "lotSz": "0.00000001"}
        return {"code": "0", "msg": "", "data": [row]}
