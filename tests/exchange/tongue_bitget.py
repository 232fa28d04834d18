"""Bitget's tongue: pointers from each change to the one before, and a checksum with them.

What was recorded of the first API, in 2022, is said in today's words. Its checksums are those of
spring 2026: 0 with the whole book, stated with changes.
"""

import json
import random
import re
from collections.abc import Iterable
from functools import cache
from zlib import crc32

from feeds.recording import records
from tests.captures import CAPTURES
from tests.exchange.stretch import STEP, Change, Cue, Print, Rows, Stretch
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk, flipped

_PATH = "bitget/legacy/v1_cf_20220407.jsonl.gz"
_MARKET, _NAME = "usdt-futures", "UNIUSDT"
_NEAR = 60
"""Levels a side that are followed."""
_MOST = 60
"""Recorded cues."""
_CHECKED = 25
"""Levels a side of the checksum."""
_STRIDE = 7
"""From the number of a change to the next."""
_PAST = 10
"""Trades of the recent past that a subscription begins with."""


class Bitget:
    """Bitget's futures: one acknowledgement a topic, and a book that points back."""

    venue, symbol, unknown = "bitget", f"{_NAME}_UMCBL", "NOPEUSDT_UMCBL"
    proof: Proof = Proof.NUMBER
    patience: int | None = 120_000_000_000

    def __init__(self) -> None:
        self.floor = Floor(_recorded())

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        if frame == "ping":
            return ["pong"]
        asked = json.loads(frame)
        return [answer for arg in asked["args"] for answer in self._obey(talk, asked["op"], arg)]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            trade = [self._trade(cue)]
            return (
                [self._push("publicTrade", "update", trade)] if "publicTrade" in talk.heard else []
            )
        frames: list[Frame] = []
        if "books" in talk.heard:
            frames.append(self._book("update", cue.bids, cue.asks))
        if "books1" in talk.heard:
            frames.append(self._best())
        return frames

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        head: Json = {"code": "00000", "msg": "success", "requestTime": self._time}
        if f"symbol={_NAME}" not in path:
            wrong = {"code": "40034", "msg": "Parameter does not exist", "data": None}
            return Document(json.dumps(head | wrong), 400)
        if not path.startswith("/api/v3/market/instruments"):
            return Document(json.dumps(head | {"data": []}))
        row = {"symbol": _NAME, "category": "USDT-FUTURES", "baseCoin": "UNI", "quoteCoin": "USDT"}
        row |= {"pricePrecision": "3", "quantityPrecision": "0", "priceMultiplier": "0.001"}
        row |= {"quantityMultiplier": "1", "type": "perpetual", "status": "online"}
        return Document(json.dumps(head | {"data": [row]}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        text = str(frame)
        if '"topic":"books"' not in text or '"action":"update"' not in text:
            return None
        bids, asks = self.floor.sorted()
        low, high = (float(rows[:_CHECKED][-1][0]) for rows in (bids, asks))
        # What the checksum is not made of, it says nothing about.
        spots = [
            spot
            for spot in re.finditer(r'\["([\d.]+)","([\d.]+)"\]', text)
            if low <= float(spot[1]) <= high
        ]
        if not spots:
            return None
        return flipped(text, *draw.choice(spots).span(draw.randrange(1, 3)), draw)

    def ident(self, number: int) -> str:
        return str(1_432_912_488_536_000_000 + number)

    def _obey(self, talk: Talk, op: str, arg: dict[str, str]) -> list[Frame]:
        topic = arg["topic"]
        here = arg["instType"] == _MARKET and arg.get("symbol", _NAME) == _NAME
        if not here:
            named = json.dumps(dict(sorted(arg.items())), separators=(",", ":"))
            error = {"event": "error", "code": 30001, "msg": f"{named} doesn't exist"}
            return [json.dumps(error | {"connId": "0ac601fffe2331d1"})]
        answer: Frame = _json({"event": op, "arg": arg})
        if op == "unsubscribe":
            talk.heard.pop(topic, None)
            return [answer]
        talk.heard[topic] = arg.get("interval", "")
        return [answer, *self._begin(topic)]

    def _begin(self, topic: str) -> list[Frame]:
        """What a subscription begins with."""
        match topic:
            case "books":
                return [self._book("snapshot", *self.floor.sorted())]
            case "books1":
                return [self._best()]
            case "publicTrade":
                past = [self._trade(one) for one in reversed(self.floor.prints[-_PAST:])]
                return [self._push(topic, "snapshot", past)]
            case "ticker":
                return [self._push(topic, "snapshot", [self._day()])]
        return []

    def _book(self, action: str, bids: Rows, asks: Rows) -> str:
        whole = action == "snapshot"
        number = self.floor.number * _STRIDE
        row: Json = {"a": asks, "b": bids, "seq": number}
        row |= {"pseq": 0 if whole else number - _STRIDE, "ts": str(self._time)}
        row |= {"checksum": 0 if whole else self._checksum()}
        return self._push("books", action, [row])

    def _best(self) -> str:
        bids, asks = self.floor.sorted()
        row: Json = {"a": asks[:1], "b": bids[:1], "seq": self.floor.number * _STRIDE, "pseq": 0}
        return self._push("books1", "snapshot", [row | {"ts": str(self._time)}])

    def _checksum(self) -> int:
        bids, asks = (rows[:_CHECKED] for rows in self.floor.sorted())
        rows = [
            row
            for place in range(max(len(bids), len(asks)))
            for row in (*bids[place : place + 1], *asks[place : place + 1])
        ]
        unsigned = crc32(":".join(number for row in rows for number in row).encode())
        return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned

    def _day(self) -> Json:
        price = self.floor.sorted()[0][0][0]
        day = {"lastPrice": price, "openPrice24h": price, "highPrice24h": price}
        day |= {"lowPrice24h": price, "volume24h": "37", "turnover24h": "370.5"}
        day |= {"markPrice": price, "indexPrice": price, "fundingRate": "0.0001"}
        due = str(self._time // 28_800_000 * 28_800_000 + 28_800_000)
        return day | {"nextFundingTime": due, "openInterest": "45000"}

    def _trade(self, one: Print) -> Json:
        return {
            "i": self.ident(one.id),
            "p": one.price,
            "v": one.size,
            "S": "buy" if one.buys else "sell",
            "T": str((self.floor.epoch + one.at) // 1_000_000),
            "L": self.ident(one.id + 1),
            "isRPI": "no",
        }

    def _push(self, topic: str, action: str, rows: list[Json]) -> str:
        arg = {"instType": _MARKET, "topic": topic, "symbol": _NAME}
        return _json({"action": action, "arg": arg, "data": rows, "ts": self._time})

    @property
    def _time(self) -> int:
        return self.floor.now // 1_000_000


@cache
def _recorded() -> Stretch:
    """The futures' book of the recording near its best prices, and what happened there."""
    book: tuple[Rows, Rows] = (), ()
    low = high = 0.0
    cues: list[Cue] = []
    for record in records(CAPTURES / _PATH):
        text = str(record.payload)
        if '"instType":"mc"' not in text or _NAME not in text or '"action"' not in text:
            continue
        frame = json.loads(text)
        at, (first, *_) = len(cues) * STEP, frame["data"]
        match frame["arg"]["channel"], frame["action"]:
            case "books", "snapshot":
                book = _rows(first["bids"][:_NEAR]), _rows(first["asks"][:_NEAR])
                low, high = float(book[0][-1][0]), float(book[1][-1][0])
            case "books", "update":
                sides = [
                    _rows(row for row in first[side] if low <= float(row[0]) <= high)
                    for side in ("bids", "asks")
                ]
                cues += [Change(at, *sides)] if any(sides) else []
            case "trade", "update":
                for _, price, size, side in reversed(frame["data"]):
                    cues.append(Print(at, 0, price, size, side == "buy"))
    return Stretch(*book, tuple(cues[:_MOST]))


def _rows(levels: Iterable[list[str]]) -> Rows:
    return tuple((price, size) for price, size in levels)


def _json(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))
