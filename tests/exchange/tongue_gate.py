"""Gate's tongue: books stated by the stream and counted, on spot and futures.

A request with a symbol that is not there is refused as a whole.
"""

import json
import random

from tests.exchange.stretch import Cue, Print, Rows, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk

_MARKETS = {
    "gate": ("spot", "gate/spot_cf_20210422.jsonl.gz"),
    "gate-futures": ("futures", "gate/futures_cf_20230524.jsonl.gz"),
}
"""The name of the market in channels and its recording, by venue."""


class Gate:
    """One of Gate's markets."""

    symbol, unknown = "OMG_USDT", "FOO_USDT"
    proof, patience = Proof.NUMBER, None

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self._market, path = _MARKETS[venue]
        self.floor = Floor(recorded(venue, self.symbol, path))

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        kind = asked["channel"].partition(".")[2]
        if kind == "ping":
            return [self._frame("pong", "", None)]
        event, payload = asked["event"], asked["payload"]
        symbols = [part for part in payload if "_" in part]
        answer = {"payload": payload}
        if any(self.symbol not in name for name in symbols):
            fault = {"code": 2, "message": f"unknown currency pair {symbols[-1]}"}
            return [self._frame(kind, event, {"status": "fail"}, answer | {"error": fault})]
        frames: list[Frame] = [self._frame(kind, event, {"status": "success"}, answer)]
        if event == "unsubscribe":
            talk.heard.pop(kind, None)
            return frames
        talk.heard[kind] = payload[0]
        if kind == "obu":
            whole = {"full": True} | self._book(talk, *self.floor.sorted())
            frames.append(self._frame("obu", "update", whole))
        return frames

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if not isinstance(cue, Print):
            change = {"U": self.floor.number}
            if "obu" not in talk.heard:
                return []
            return [self._frame("obu", "update", change | self._book(talk, cue.bids, cue.asks))]
        if "trades" not in talk.heard:
            return []
        trade = self._spot(cue) if self._market == "spot" else [self._future(cue)]
        return [self._frame("trades", "update", trade)]

    def beat(self, talk: Talk) -> list[Frame]:
        return []  # a ping of the socket's own

    def document(self, path: str) -> Document:
        if "/candlesticks" in path:
            return Document("[]")
        if not path.endswith(f"/{self.symbol}"):
            return Document('{"label":"INVALID_CURRENCY_PAIR","message":"not there"}', 400)
        tick, lot = self.floor.tick, self.floor.lot
        if self._market == "spot":
            places = {"precision": _places(tick), "amount_precision": _places(lot)}
            return Document(
                json.dumps({"id": self.symbol, "base": "OMG", "quote": "USDT"} | places)
            )
        worth = {"quanto_multiplier": "1", "order_size_min": 1, "type": "direct"}
        return Document(json.dumps({"name": self.symbol, "order_price_round": f"{tick:f}"} | worth))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(number)

    def _frame(self, kind: str, event: str, result: object, more: Json | None = None) -> str:
        time = self.floor.now // 1_000_000
        head = {"time": time // 1000, "time_ms": time, "channel": f"{self._market}.{kind}"}
        return json.dumps(head | {"event": event} | (more or {}) | {"result": result})

    def _book(self, talk: Talk, bids: Rows, asks: Rows) -> Json:
        name = {"t": self.floor.now // 1_000_000, "s": talk.heard["obu"]}
        sides = {side: rows for side, rows in (("b", bids), ("a", asks)) if rows}
        return name | {"u": self.floor.number} | sides

    def _spot(self, one: Print) -> Json:
        time = (self.floor.epoch + one.at) // 1_000_000
        ids = {"id": one.id, "create_time": time // 1000, "create_time_ms": f"{time}.25"}
        what = {"currency_pair": self.symbol, "amount": one.size, "price": one.price}
        return ids | what | {"side": "buy" if one.buys else "sell"}

    def _future(self, one: Print) -> Json:
        time = (self.floor.epoch + one.at) // 1_000_000
        ids = {"id": one.id, "create_time": time // 1000, "create_time_ms": time}
        size = int(float(one.size)) * (1 if one.buys else -1)
        return ids | {"size": size, "price": one.price, "contract": self.symbol}


def _places(step: object) -> int:
    return len(f"{step:f}".partition(".")[2])
