"""Bybit's tongue: books stated by the stream, their changes counted, on three markets.

A request with a topic that is not there, or that is subscribed already, is refused as a whole.
"""

import json
import random

from tests.exchange.interest import past_interest
from tests.exchange.stretch import Cue, Print, Rows, Stretch, imagined, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk

_MOST_TOPICS = 10
"""Topics that spot takes in one request."""
_MARKETS: dict[str, tuple[str, str, str, str]] = {
    "bybit": ("BTCUSDT", "bybit/spot_btcusdt_ob50_20260824.jsonl", "0.01", "0.000001"),
    "bybit-inverse": ("BTCUSD", "", "0.1", "1"),
    "bybit-linear": ("XRPUSDT", "bybit/linear_xrpusdt_ob500_20241201.jsonl", "0.0001", "0.1"),
}
"""A symbol with its recording, where there is one, and its grids, by venue."""


class Bybit:
    """One of Bybit's markets."""

    proof, patience = Proof.NUMBER, 600_000_000_000

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.symbol, path, self._tick, self._lot = _MARKETS[venue]
        self.unknown = "FOO" + self.symbol[3:]
        self.floor = Floor(_stretch(venue, self.symbol, path))

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        topics = asked.get("args", [])
        match asked["op"]:
            case "ping":
                return [self._answer(asked, "pong")]
            case "unsubscribe":
                for topic in topics:
                    talk.heard.pop(topic.partition(".")[0], None)
                return [self._answer(asked)]
        if wrong := self._wrong(topics, talk):
            return [self._answer(asked, wrong, success=False)]
        frames: list[Frame] = [self._answer(asked, "subscribe" if self.venue == "bybit" else "")]
        for topic in topics:
            kind = topic.partition(".")[0]
            talk.heard[kind] = topic
            if kind == "orderbook":
                frames.append(self._book(topic, "snapshot", *self.floor.sorted()))
        return frames

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if not isinstance(cue, Print):
            topic = talk.heard.get("orderbook")
            return [self._book(topic, "delta", cue.bids, cue.asks)] if topic else []
        time, topic = self.floor.now // 1_000_000, talk.heard.get("publicTrade")
        ids = {"T": time, "s": self.symbol, "i": self.ident(cue.id), "seq": cue.id}
        what = {"S": "Buy" if cue.buys else "Sell", "v": cue.size, "p": cue.price, "BT": False}
        frame = {"topic": topic, "type": "snapshot", "ts": time, "data": [ids | what]}
        return [json.dumps(frame, separators=(",", ":"))] if topic else []

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        here = "symbol=" not in path or f"symbol={self.symbol}&" in f"{path}&"
        rows = [] if "/kline" in path or not here else [self._listing()]
        if "/open-interest" in path and here:
            rows = [
                {"openInterest": size, "timestamp": str(at)}
                for at, size in reversed(past_interest(self.floor.epoch))
            ]
        category = self.venue.partition("-")[2] or "spot"
        result = {"category": category, "list": rows, "nextPageCursor": ""}
        time = self.floor.now // 1_000_000
        return Document(json.dumps({"retCode": 0, "retMsg": "OK", "result": result, "time": time}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(number) if self.venue == "bybit" else f"20f43950-d8dd-5b31-9112-{number:012x}"

    def _wrong(self, topics: list[str], talk: Talk) -> str:
        """What is wrong with a request to subscribe, "" for nothing."""
        if self.venue == "bybit" and len(topics) > _MOST_TOPICS:
            return "args size >10"
        for topic in topics:
            if topic.rpartition(".")[2] != self.symbol:
                return f"error:handler not found,topic:{topic}"
            if topic in talk.heard.values():
                return f"error:already subscribed,topic:{topic}"
        return ""

    def _answer(self, asked: Json, words: str = "", *, success: bool = True) -> str:
        stated = {"success": success, "ret_msg": words, "conn_id": "stand-in"}
        return json.dumps(stated | {"req_id": asked.get("req_id", ""), "op": asked["op"]})

    def _book(self, topic: str, kind: str, bids: Rows, asks: Rows) -> str:
        time, numbers = self.floor.now // 1_000_000, {"u": self.floor.number, "seq": 7}
        data = {"s": self.symbol, "b": bids, "a": asks} | numbers
        frame = {"topic": topic, "type": kind, "ts": time, "data": data, "cts": time}
        return json.dumps(frame, separators=(",", ":"))

    def _listing(self) -> Json:
        quote = self.symbol[3:]
        lots = {"qtyStep": self._lot, "basePrecision": self._lot}
        grids = {"priceFilter": {"tickSize": self._tick}, "lotSizeFilter": lots}
        return {"symbol": self.symbol, "baseCoin": self.symbol[:3], "quoteCoin": quote} | grids


def _stretch(venue: str, symbol: str, path: str) -> Stretch:
    return recorded(venue, symbol, path) if path else imagined("61250.5", "100")
