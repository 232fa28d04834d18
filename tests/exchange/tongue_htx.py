"""HTX's tongues: JSON in gzip, a ping that wants its number back, and two kinds of books.

Spot's book is asked for on the socket of its changes, which point at the one before. A swap's is
stated by its stream, whose versions are counted. What was recorded are whole books, in 2021 and
2022: what is another in each than in the one before is said as a change.
"""

import gzip
import json
import random

from tests.exchange.followed import followed
from tests.exchange.stretch import Cue, Print, Rows, imagined
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk


class Spot:
    """HTX spot: books on one path, all else on another."""

    venue, symbol, unknown = "htx", "zeneth", "nopeusdt"
    proof: Proof = Proof.NUMBER
    patience: int | None = None

    def __init__(self) -> None:
        self.floor = Floor(followed(self.venue, self.symbol, "htx/spot_cf_20210417.jsonl.gz"))

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        if "pong" in asked:
            talk.owed -= 1
            return []
        verb = next(word for word in ("sub", "unsub", "req") if word in asked)
        topic = asked[verb]
        if not self._has(talk, topic):
            return [_refused(asked, topic, _time(self.floor))]
        if verb == "req":
            book = self._book(*self.floor.sorted()) | {"seqNum": self.floor.number}
            head = {"id": asked["id"], "rep": topic, "status": "ok", "ts": _time(self.floor)}
            return [_packed(head | {"data": book})]
        if verb == "sub":
            talk.heard[_channel(topic)] = topic
        else:
            talk.heard.pop(_channel(topic), None)
        return [_agreed(asked, verb, topic, _time(self.floor))]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            row = {"id": int(f"100373972746{cue.id:015}"), "tradeId": cue.id}
            return _prints(talk, cue, row | {"amount": float(cue.size)}, self.floor)
        number = self.floor.number
        change = self._book(cue.bids, cue.asks) | {"seqNum": number, "prevSeqNum": number - 1}
        (bid, *_), (ask, *_) = self.floor.sorted()
        best: Json = {"seqId": number, "symbol": self.symbol, "quoteTime": _time(self.floor)}
        best |= {"bid": float(bid[0]), "bidSize": float(bid[1])}
        best |= {"ask": float(ask[0]), "askSize": float(ask[1])}
        return [
            *_pushed(talk, "mbp", change, self.floor),
            *_pushed(talk, "bbo", best, self.floor),
        ]

    def beat(self, talk: Talk) -> list[Frame]:
        talk.owed += 1
        return [_packed({"ping": _time(self.floor)})]

    def document(self, path: str) -> Document:
        time = str(_time(self.floor))
        if self.symbol not in path:
            error = {
                "status": "error",
                "err-code": "invalid-parameter",
                "err-msg": "invalid symbol",
            }
            return Document(json.dumps(error | {"ts": time, "data": None}))
        data: list[Json] = []
        if "market-symbols" in path:
            row = {"symbol": self.symbol, "bc": "zen", "qc": "eth", "state": "online"}
            data = [row | {"pp": 6, "ap": 4}]
        return Document(json.dumps({"status": "ok", "data": data, "ts": time}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(number)

    def _has(self, talk: Talk, topic: str) -> bool:
        """Whether a topic is to be had on the path of a socket."""
        here = f"market.{self.symbol}."
        return topic.startswith(here) and (".mbp." in topic) == talk.path.startswith("/feed")

    def _book(self, bids: Rows, asks: Rows) -> Json:
        return {"bids": _rows(bids), "asks": _rows(asks)}


class Swap:
    """HTX's swaps: sizes in contracts, and in prints those of both sides.

    What is funded and what is liquidated comes over notification sockets, which speak in other
    words and are asked in others whether they are there.
    """

    symbol, unknown = "GRT-USDT", "NOPE-USDT"
    proof: Proof = Proof.NUMBER
    patience: int | None = None

    def __init__(self, venue: str = "htx-swap") -> None:
        self.venue = venue
        if venue == "htx-swap":
            path = "htx/linear_swap_cf_20220219.jsonl.gz"
            self.floor = Floor(followed(venue, self.symbol, path))
        else:
            self.symbol, self.unknown = "BTC-USD", "NOPE-USD"
            self.floor = Floor(imagined("60000.0", "1"))

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        if "pong" in asked or asked.get("op") == "pong":
            talk.owed -= 1
            return []
        if "op" in asked:
            return [self._notify(talk, asked)]
        verb = "sub" if "sub" in asked else "unsub"
        topic = asked[verb]
        if not topic.startswith(f"market.{self.symbol}.") or "notification" in talk.path:
            return [_refused(asked, topic, _time(self.floor))]
        agreed: Frame = _agreed(asked, verb, topic, _time(self.floor))
        if verb == "unsub":
            talk.heard.pop(_channel(topic), None)
            return [agreed]
        talk.heard[_channel(topic)] = topic
        if _channel(topic) != "depth":
            return [agreed]
        return [agreed, *self._step(talk, "snapshot", *self.floor.sorted())]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            row: Json = {"id": cue.id, "amount": 2 * float(cue.size)}
            return _prints(talk, cue, row, self.floor)
        (bid, *_), (ask, *_) = self.floor.sorted()
        best: Json = {"mrid": self.floor.number, "id": 1, "ts": _time(self.floor)}
        best |= {"bid": [float(n) for n in bid], "ask": [float(n) for n in ask]}
        best |= {"version": self.floor.number}
        return [
            *self._step(talk, "update", cue.bids, cue.asks),
            *_pushed(talk, "bbo", best, self.floor),
        ]

    def beat(self, talk: Talk) -> list[Frame]:
        talk.owed += 1
        if "notification" in talk.path:
            return [_packed({"op": "ping", "ts": str(_time(self.floor))})]
        return [_packed({"ping": _time(self.floor)})]

    def document(self, path: str) -> Document:
        time = _time(self.floor)
        if self.symbol not in path:
            words = "The contract doesn't exist."
            error = {"status": "error", "err_code": 1332, "err_msg": words, "ts": time}
            return Document(json.dumps(error))
        data: list[Json] = []
        price, base = self.floor.sorted()[0][0][0], self.symbol.partition("-")[0]
        if "swap_contract_info" in path:
            worth, tick = (10.0, 0.00001) if self.venue == "htx-swap" else (100.0, 0.1)
            row: Json = {"symbol": base, "contract_code": self.symbol, "contract_status": 1}
            data = [row | {"contract_size": worth, "price_tick": tick}]
        elif "swap_open_interest" in path:
            data = [{"volume": 119125.0, "contract_code": self.symbol, "symbol": base}]
        elif "mark_price_kline" in path:
            data = [{"id": time // 60_000 * 60} | dict.fromkeys(("open", "close", "high"), price)]
        return Document(json.dumps({"status": "ok", "data": data, "ts": time}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(number)

    def _step(self, talk: Talk, event: str, bids: Rows, asks: Rows) -> list[Frame]:
        number = self.floor.number
        tick = {"event": event, "version": number, "id": number, "mrid": number}
        sides = {"asks": _rows(asks), "bids": _rows(bids)}
        return _pushed(talk, "depth", tick | sides | {"ts": _time(self.floor)}, self.floor)

    def _notify(self, talk: Talk, asked: Json) -> Frame:
        topic = asked["topic"]
        answer = {"op": asked["op"], "cid": asked["cid"], "topic": topic, "ts": _time(self.floor)}
        if not topic.startswith(f"public.{self.symbol}.") or "notification" not in talk.path:
            return _packed(answer | {"err-code": 2011, "err-msg": f"invalid topic {topic}"})
        talk.heard[_channel(topic)] = topic
        return _packed(answer | {"err-code": 0})


def _channel(topic: str) -> str:
    return topic.split(".")[2]


def _agreed(asked: Json, verb: str, topic: str, time: int) -> bytes:
    return _packed({"id": asked["id"], "status": "ok", f"{verb}bed": topic, "ts": time})


def _refused(asked: Json, topic: str, time: int) -> bytes:
    error = {"status": "error", "ts": time, "id": asked["id"], "err-code": "bad-request"}
    return _packed(error | {"err-msg": f"invalid topic {topic}"})


def _prints(talk: Talk, one: Print, row: Json, floor: Floor) -> list[Frame]:
    time = (floor.epoch + one.at) // 1_000_000
    row |= {"ts": time, "price": float(one.price), "direction": "buy" if one.buys else "sell"}
    return _pushed(talk, "trade", {"id": one.id, "ts": time, "data": [row]}, floor)


def _pushed(talk: Talk, channel: str, tick: Json, floor: Floor) -> list[Frame]:
    """A push to who hears its channel."""
    if channel not in talk.heard:
        return []
    return [_packed({"ch": talk.heard[channel], "ts": _time(floor), "tick": tick})]


def _packed(value: Json) -> bytes:
    return gzip.compress(json.dumps(value).encode(), 1, mtime=0)


def _rows(rows: Rows) -> list[list[float]]:
    return [[float(price), float(size)] for price, size in rows]


def _time(floor: Floor) -> int:
    return floor.now // 1_000_000
