"""MEXC's tongues: spot in protobuf and futures in JSON, with books that REST gives.

No recording holds more than single messages of it. The books begin as those state them, and what
happens then is made up.
"""

import base64
import json
import random
from collections import deque
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from feeds.registry import VENUES
from market.events import BookSnapshot
from tests.captures import CAPTURES
from tests.exchange.stretch import Cue, Print, Rows, Stretch
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk
from tests.mexc import field, message, pairs

_DEALS, _DEPTHS, _QUOTE = 314, 313, 315
_SPOT_PUSHES = {"deals": _DEALS, "depth": _DEPTHS, "bookTicker": _QUOTE}
"""The number of the field that each kind of push is wrapped in."""


class Nodes:
    """The nodes of a REST service: each third answer is of now, others of some changes ago."""

    def __init__(self, floor: Floor, lag: int) -> None:
        self.asked = 0
        self._floor = floor
        self._past: deque[tuple[int, Rows, Rows]] = deque(maxlen=lag + 1)

    def note(self) -> None:
        """Remember the book as it stands."""
        self._past.append((self._floor.number, *self._floor.sorted()))

    def book(self) -> tuple[int, Rows, Rows]:
        """Number, bids and asks of an answer."""
        self.asked += 1
        if self.asked % 3 == 0 or len(self._past) < (self._past.maxlen or 0):
            return (self._floor.number, *self._floor.sorted())
        return self._past[0]


class Mexc:
    """MEXC spot: pushes are protobuf, answers JSON that agrees or says what it does not."""

    venue, symbol, unknown = "mexc", "BTCUSDT", "NOPEUSDT"
    proof: Proof = Proof.NUMBER
    patience: int | None = 60_000_000_000

    def __init__(self, lag: int = 0) -> None:
        self.floor = Floor(_sampled(self.venue, self.symbol, "pb_spot_limit_depth_5", 2, 8))
        self.nodes = Nodes(self.floor, lag)

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        if asked["method"] == "PING":
            return [_said("PONG")]
        agreed, refused = list[str](), list[str]()
        for topic in asked["params"]:
            kind = _kind(topic)
            if f"@{self.symbol}" not in topic:
                refused.append(topic)
                continue
            agreed.append(topic)
            if asked["method"] == "SUBSCRIPTION":
                talk.heard[kind] = topic
            else:
                talk.heard.pop(kind, None)
        words = f"Not Subscribed successfully! [{','.join(refused)}].  Reason： Blocked! "
        return [_said(words if refused else ",".join(agreed))]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            return self._push(talk, "deals", field(1, self._deal(cue)))
        self.nodes.note()
        number = str(self.floor.number)
        stated = message(f3="spot@public.aggre.depth.v3.api.pb@100ms", f4=number, f5=number)
        frames = self._push(talk, "depth", pairs(1, cue.asks) + pairs(2, cue.bids) + stated)
        (bid, *_), (ask, *_) = self.floor.sorted()
        best = message(f1=bid[0], f2=bid[1], f3=ask[0], f4=ask[1])
        return frames + self._push(talk, "bookTicker", best)

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        place, symbol = urlsplit(path).path, _asked(path, "symbol")
        if symbol != self.symbol:
            return Document('{"code":-1121,"msg":"Invalid symbol."}', 400)
        match place.rpartition("/")[2]:
            case "depth":
                number, bids, asks = self.nodes.book()
                stated: Json = {"lastUpdateId": number, "bids": bids, "asks": asks}
                return Document(json.dumps(stated | {"timestamp": self._time}))
            case "exchangeInfo":
                row = {"symbol": self.symbol, "status": "1", "baseAsset": "BTC"}
                row |= {"quoteAsset": "USDT", "baseSizePrecision": "0.000001"}
                places = {"baseAssetPrecision": 8, "quotePrecision": 2}
                return Document(json.dumps({"timezone": "CST", "symbols": [row | places]}))
            case "24hr":
                price = self.floor.sorted()[0][0][0]
                day = {"symbol": self.symbol, "lastPrice": price, "openPrice": price}
                day |= {"highPrice": price, "lowPrice": price, "volume": "1732.461487"}
                return Document(json.dumps(day | {"quoteVolume": None, "closeTime": self._time}))
        return Document("[]")

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return f"{number}X0_{number + 1}X0"

    def _deal(self, one: Print) -> bytes:
        side, time = (1 if one.buys else 2), (self.floor.epoch + one.at) // 1_000_000
        return message(f1=one.price, f2=one.size, f3=side, f4=time, f5=self.ident(one.id))

    def _push(self, talk: Talk, kind: str, body: bytes) -> list[Frame]:
        if kind not in talk.heard:
            return []
        head = message(f1=talk.heard[kind], f3=self.symbol, f6=self._time)
        return [head + field(_SPOT_PUSHES[kind], body)]

    @property
    def _time(self) -> int:
        return self.floor.now // 1_000_000


class MexcFutures:
    """MEXC futures: JSON, sizes in contracts, a version with each change."""

    venue, symbol, unknown = "mexc-futures", "RIF_USDT", "NOPE_USDT"
    proof: Proof = Proof.NUMBER
    patience: int | None = 60_000_000_000

    def __init__(self, lag: int = 0) -> None:
        self.floor = Floor(_sampled(self.venue, self.symbol, "obs_fut_depth_full_RIF", 5, 0))
        self.nodes = Nodes(self.floor, lag)

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        method = asked["method"]
        if method == "ping":
            return [json.dumps({"channel": "pong", "data": self._time, "ts": self._time})]
        symbol = asked["param"]["symbol"]
        if symbol != self.symbol:
            words = f"Contract [{symbol}] not exists"
            return [json.dumps({"channel": "rs.error", "data": words, "ts": self._time})]
        word, _, channel = method.partition(".")
        if word == "sub":
            talk.heard[channel] = symbol
        else:
            talk.heard.pop(channel, None)
        done = {"channel": f"rs.{method}", "data": "success", "ts": self._time}
        begun = {"ticker": self._day, "funding.rate": self._funding}
        first = [self._push(channel, begun[channel]())] if channel in begun else []
        return [json.dumps(done), *(first if word == "sub" else [])]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            return [self._push("deal", [self._deal(cue)])] if "deal" in talk.heard else []
        self.nodes.note()
        if "depth" not in talk.heard:
            return []
        version = self.floor.number
        stated: Json = {"cts": self._time, "asks": _rows(cue.asks), "bids": _rows(cue.bids)}
        numbers = {"end": version, "begin": version, "version": version}
        return [self._push("depth", stated | numbers)]

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        place = urlsplit(path).path
        if self.symbol not in path:
            return Document('{"success":false,"code":1001,"message":"Contract does not exist!"}')
        stated: Json = {}
        if "/depth/" in place:
            number, bids, asks = self.nodes.book()
            stated = {"asks": _rows(asks), "bids": _rows(bids), "version": number}
            stated |= {"timestamp": self._time}
        elif place.endswith("/detail"):
            stated = {"symbol": self.symbol, "baseCoin": "RIF", "quoteCoin": "USDT"}
            stated |= {"settleCoin": "USDT", "contractSize": 10, "priceUnit": 0.00001}
            stated |= {"volUnit": 1, "state": 0}
        else:
            names = ("time", "open", "close", "high", "low", "vol", "amount")
            stated = {name: [] for name in names}
        return Document(json.dumps({"success": True, "code": 0, "data": stated}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(13_064_000_000 + number)

    def _deal(self, one: Print) -> Json:
        deal = {"p": float(one.price), "v": float(one.size), "T": 1 if one.buys else 2, "O": 3}
        time = (self.floor.epoch + one.at) // 1_000_000
        return deal | {"M": 1, "t": time, "i": self.ident(one.id)}

    def _day(self) -> Json:
        price = float(self.floor.sorted()[0][0][0])
        day = {"symbol": self.symbol, "lastPrice": price, "high24Price": price}
        day |= {"lower24Price": price, "volume24": 40146, "timestamp": self._time}
        day |= {"riseFallValue": 0.0, "holdVol": 2284742, "fundingRate": 0.0008}
        return day | {"fairPrice": price, "indexPrice": price}

    def _funding(self) -> Json:
        due = self._time // 28_800_000 * 28_800_000 + 28_800_000
        return {"symbol": self.symbol, "rate": 0.000081, "nextSettleTime": due}

    def _push(self, channel: str, data: Json | list[Json]) -> str:
        stated = {"symbol": self.symbol, "data": data, "channel": f"push.{channel}"}
        return json.dumps(stated | {"ts": self._time})

    @property
    def _time(self) -> int:
        return self.floor.now // 1_000_000


@cache
def _sampled(venue: str, symbol: str, name: str, prices: int, sizes: int) -> Stretch:
    """The book of one sample, spelled with so many decimals."""
    lines = (CAPTURES / "mexc/samples.jsonl").read_text().splitlines()
    row: dict[str, Any] = next(  # Any: the JSON of a sample
        row for row in map(json.loads, lines) if row["name"] == name
    )
    payload = base64.b64decode(row["b64"]) if "b64" in row else row["raw"]
    (whole,) = VENUES[venue].parser().parse(payload, 1)
    assert isinstance(whole, BookSnapshot)
    bids, asks = (
        tuple((f"{price:.{prices}f}", f"{size:.{sizes}f}") for price, size in side)
        for side in (whole.bids, whole.asks)
    )
    return Stretch(bids, asks)


def _kind(topic: str) -> str:
    """What a topic is about: spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT -> depth."""
    return topic.removeprefix("spot@public.").removeprefix("aggre.").partition(".")[0]


def _said(words: str) -> str:
    return json.dumps({"id": 0, "code": 0, "msg": words}, ensure_ascii=False)


def _asked(path: str, name: str) -> str:
    return parse_qs(urlsplit(path).query).get(name, [""])[0]


def _rows(rows: Rows) -> list[list[float]]:
    return [[float(price), float(size), 1 if float(size) else 0] for price, size in rows]
