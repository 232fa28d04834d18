"""OKX's tongue as of 2026: changes that point at the one before, and a checksum of 0."""

import json
import random
import re

from tests.exchange.interest import past_interest
from tests.exchange.stretch import Cue, Print, Rows, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk

_MARKS = frozenset({"funding-rate", "index-tickers", "mark-price", "open-interest"})
_PUBLIC = frozenset({"books", "trades", "tickers"}) | _MARKS


class Okx:
    """OKX: bars on a socket path of their own."""

    venue, symbol, unknown = "okx", "BTC-USDT", "FOO-USDT"
    proof, patience = Proof.NUMBER, 30_000_000_000

    def __init__(self, symbol: str = "BTC-USDT") -> None:
        """Swaps have what was recorded of spot, in contracts."""
        self.floor = Floor(recorded(self.venue, self.symbol, "okx/cf_20220513.jsonl.gz"))
        self.symbol = symbol

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        if frame == "ping":
            return ["pong"]
        asked, frames = json.loads(frame), list[Frame]()
        for arg in asked["args"]:
            frames += self._obey(talk, asked["op"], arg)
        return frames

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if not isinstance(cue, Print):
            book = self._book("update", cue.bids, cue.asks, self.floor.number - 1)
            return [book] if "books" in talk.heard else []
        row = {"instId": self.symbol, "tradeId": self.ident(cue.id), "px": cue.price}
        row |= {"sz": cue.size, "side": "buy" if cue.buys else "sell", "count": "1"}
        row |= {"ts": str(self.floor.now // 1_000_000), "source": "0"}
        arg = {"channel": "trades", "instId": self.symbol}
        return [json.dumps({"arg": arg, "data": [row]})] if "trades" in talk.heard else []

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        if "open-interest-history" in path:
            past = [[str(at), size, "1", "1"] for at, size in past_interest(self.floor.epoch)]
            return Document(json.dumps({"code": "0", "msg": "", "data": past[::-1]}))
        name = re.search(r"instId=([\w-]+)", path)
        if "instruments" not in path or name is None:
            return Document('{"code":"0","msg":"","data":[]}')
        if name[1] != self.symbol:
            return Document('{"code":"51001","msg":"Instrument ID does not exist","data":[]}')
        row = {"instType": "SPOT", "instId": name[1], "tickSz": "0.1", "lotSz": "0.00000001"}
        if self.symbol.endswith("-SWAP"):
            contract = {"ctVal": "0.01", "ctValCcy": "BTC", "ctType": "linear", "ctMult": "1"}
            row |= {"instType": "SWAP", "settleCcy": "USDT", "uly": "BTC-USDT"} | contract
        return Document(json.dumps({"code": "0", "msg": "", "data": [row]}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(number)

    def _obey(self, talk: Talk, op: str, arg: Json) -> list[Frame]:
        channel, symbol = arg["channel"], arg["instId"]
        known = symbol == self.symbol or channel == "index-tickers"
        if not known or (channel in _PUBLIC) != talk.path.endswith("/public"):
            words = f"Wrong URL or channel:{channel},instId:{symbol} doesn't exist. Please use"
            return [json.dumps({"event": "error", "code": "60018", "msg": words})]
        answer: Frame = json.dumps({"event": op, "arg": arg, "connId": "32f4414f"})
        if op == "unsubscribe":
            talk.heard.pop(channel, None)
            return [answer]
        talk.heard[channel] = symbol
        whole = [self._book("snapshot", *self.floor.sorted(), -1)] if channel == "books" else []
        return [answer, *whole]

    def _book(self, action: str, bids: Rows, asks: Rows, before: int) -> str:
        sides = {
            side: [[price, size, "0", "1"] for price, size in rows]
            for side, rows in (("bids", bids), ("asks", asks))
        }
        numbers = {"seqId": self.floor.number, "prevSeqId": before, "checksum": 0}
        row = sides | {"ts": str(self.floor.now // 1_000_000)} | numbers
        arg = {"channel": "books", "instId": self.symbol}
        return json.dumps({"arg": arg, "action": action, "data": [row]})
