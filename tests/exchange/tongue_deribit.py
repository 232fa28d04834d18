"""Deribit's tongue: JSON-RPC, changes that point at the one before, a heartbeat that asks back.

A channel that cannot be had is left out of the answer to the request for it.
"""

import json
import random

from tests.exchange.stretch import Cue, Print, Rows, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk


class Deribit:
    """Deribit."""

    venue, symbol, unknown = "deribit", "ETH-9APR21-1950-C", "FOO-9APR21-1950-C"
    proof, patience = Proof.NUMBER, None

    def __init__(self) -> None:
        path = "deribit/cf_20210405_120s.jsonl.gz"
        self.floor = Floor(recorded(self.venue, self.symbol, path))

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        result, frames = self._obey(talk, asked["method"], asked.get("params", {}))
        answer = {"jsonrpc": "2.0", "id": asked["id"], "result": result, "usIn": 1, "usOut": 2}
        return [json.dumps(answer), *frames]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            return (
                [self._push(talk, "trades", [self._trade(cue)])] if "trades" in talk.heard else []
            )
        before = {"prev_change_id": self.floor.number - 1}
        book = self._book("change", cue.bids, cue.asks) | before
        return [self._push(talk, "book", book)] if "book" in talk.heard else []

    def beat(self, talk: Talk) -> list[Frame]:
        if "heartbeat" not in talk.heard:
            return []
        talk.owed += 1
        params = {"type": "test_request"}
        return [json.dumps({"jsonrpc": "2.0", "method": "heartbeat", "params": params})]

    def document(self, path: str) -> Document:
        if "get_instrument?" not in path:
            columns = ("ticks", "open", "high", "low", "close", "volume", "cost")
            result: Json = {column: [] for column in columns} | {"status": "no_data"}
            return Document(json.dumps({"jsonrpc": "2.0", "result": result}))
        if f"instrument_name={self.symbol}" not in path:
            error = {"code": 13020, "message": "instrument_not_found"}
            return Document(json.dumps({"jsonrpc": "2.0", "error": error}), 400)
        result = {"instrument_name": self.symbol, "kind": "option", "is_active": True}
        result |= {"tick_size": float(self.floor.tick), "min_trade_amount": float(self.floor.lot)}
        result |= {"base_currency": "ETH", "quote_currency": "ETH", "contract_size": 1.0}
        return Document(json.dumps({"jsonrpc": "2.0", "result": result}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return f"ETH-{number}"

    def _obey(
        self, talk: Talk, method: str, params: Json
    ) -> tuple[Json | list[str] | str, list[Frame]]:
        match method:
            case "public/set_heartbeat":
                talk.heard["heartbeat"] = str(params["interval"])
                return "ok", []
            case "public/test":
                talk.owed -= 1
                return {"version": "1.2.26"}, []
        had = [name for name in params["channels"] if self.symbol in name.split(".")]
        frames = list[Frame]()
        for channel in had:
            family = channel.partition(".")[0]
            if method == "public/unsubscribe":
                talk.heard.pop(family, None)
                continue
            talk.heard[family] = channel
            if family == "book":
                whole = self._book("snapshot", *self.floor.sorted())
                frames.append(self._push(talk, family, whole))
        return had, frames

    def _push(self, talk: Talk, family: str, data: Json | list[Json]) -> str:
        params = {"channel": talk.heard[family], "data": data}
        return json.dumps({"jsonrpc": "2.0", "method": "subscription", "params": params})

    def _book(self, kind: str, bids: Rows, asks: Rows) -> Json:
        sides = {
            side: [[self._word(kind, *row), float(row[0]), float(row[1])] for row in rows]
            for side, rows in (("bids", bids), ("asks", asks))
        }
        time = {"type": kind, "timestamp": self.floor.now // 1_000_000}
        return time | {"instrument_name": self.symbol, "change_id": self.floor.number} | sides

    def _word(self, kind: str, price: str, size: str) -> str:
        if kind == "snapshot" or price in self.floor.new:
            return "new"
        return "change" if float(size) else "delete"

    def _trade(self, one: Print) -> Json:
        names = {"trade_id": self.ident(one.id), "instrument_name": self.symbol}
        what = {"price": float(one.price), "amount": float(one.size), "tick_direction": 0}
        side = {"direction": "buy" if one.buys else "sell", "trade_seq": one.id}
        time = (self.floor.epoch + one.at) // 1_000_000
        return names | what | side | {"timestamp": time, "mark_price": 0.01}
