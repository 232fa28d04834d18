"""Hyperliquid's tongue: books that are whole each time, and questions over the socket.

Books of all three kinds are said with each change, which is sooner than the venue does: it states
twenty levels every few seconds only.
"""

import json
import random

from tests.exchange.followed import followed
from tests.exchange.stretch import Cue, Print, Rows
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk

_PATH = "hyperliquid/btc_20250126.jsonl.gz"
_DEPTH, _FAST_DEPTH = 20, 5
_PAST = 10
"""Trades of the recent past that a subscription begins with."""


class Hyperliquid:
    """Hyperliquid's perpetuals: three subscriptions make a book."""

    venue, symbol, unknown = "hyperliquid", "BTC", "NOPE"
    proof: Proof = Proof.WHOLE
    patience: int | None = 60_000_000_000

    def __init__(self) -> None:
        # Prices are whole numbers, and so they stay: the venue takes no others of six figures.
        stretch = followed(self.venue, self.symbol, _PATH, levels=_DEPTH, depth=_DEPTH)
        self.floor = Floor(stretch)

    def greet(self, talk: Talk) -> list[Frame]:
        return ["Websocket connection established."]

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        match asked["method"]:
            case "ping":
                return ['{"channel":"pong"}']
            case "post":
                return [self._answer(asked)]
            case "subscribe":
                return self._subscribe(talk, asked)
        wish = asked["subscription"]
        if talk.heard.pop(_topic(wish), None) is None:
            return [_push("error", f"Already unsubscribed: {json.dumps(wish)}")]
        return [_push("subscriptionResponse", asked)]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            return [self._trades([cue])] if "trades" in talk.heard else []
        return [self._book(topic) for topic in ("l2Book", "fast", "bbo") if topic in talk.heard]

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        # There is one path, and it takes no GET.
        return Document("", 405)

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(number)

    def _subscribe(self, talk: Talk, asked: Json) -> list[Frame]:
        wish, topic = asked["subscription"], _topic(asked["subscription"])
        if wish["coin"] != self.symbol:
            return [_push("error", f"Invalid subscription {json.dumps(wish)}")]
        if topic in talk.heard:
            return [_push("error", f"Already subscribed: {json.dumps(wish)}")]
        talk.heard[topic] = self.symbol
        stated = {"nSigFigs": None, "mantissa": None} if wish["type"] == "l2Book" else {}
        answer = _push("subscriptionResponse", asked | {"subscription": wish | stated})
        match topic:
            case "l2Book" | "fast" | "bbo":
                return [answer, self._book(topic)]
            case "trades":
                return [answer, self._trades(self.floor.prints[-_PAST:])]
            case "activeAssetCtx":
                return [answer, self._context()]
        return [answer]

    def _book(self, topic: str) -> str:
        sides = self.floor.sorted()
        head: Json = {"coin": self.symbol, "time": self._time}
        if topic == "bbo":
            return _push("bbo", head | {"bbo": [_levels(rows, 1)[0] for rows in sides]})
        fast = topic == "fast"
        levels = [_levels(rows, _FAST_DEPTH if fast else _DEPTH) for rows in sides]
        return _push("l2Book", head | {"levels": levels} | ({"fast": True} if fast else {}))

    def _trades(self, prints: list[Print]) -> str:
        rows = [
            {
                "coin": self.symbol,
                "side": "B" if one.buys else "A",
                "px": _spelled(one.price),
                "sz": one.size,
                "time": (self.floor.epoch + one.at) // 1_000_000,
                "hash": f"0x{one.id:064x}",
                "tid": one.id,
                "users": [f"0x{1:040x}", f"0x{2:040x}"],
            }
            for one in prints
        ]
        return _push("trades", rows)

    def _context(self) -> str:
        bids, asks = self.floor.sorted()
        middle = str((float(bids[0][0]) + float(asks[0][0])) / 2)
        context = {"funding": "0.0000018952", "openInterest": "36585.31848", "midPx": middle}
        context |= {"oraclePx": middle, "markPx": middle, "prevDayPx": middle}
        return _push("activeAssetCtx", {"coin": self.symbol, "ctx": context})

    def _answer(self, asked: Json) -> str:
        """The answer to a question that others ask of the REST service."""
        payload = asked["request"]["payload"]
        listed = {"szDecimals": 5, "name": self.symbol, "maxLeverage": 40}
        data: Json | list[Json] = {"universe": [listed]} if payload["type"] == "meta" else []
        response = {"type": "info", "payload": {"type": payload["type"], "data": data}}
        return _push("post", {"id": asked["id"], "response": response})

    @property
    def _time(self) -> int:
        return self.floor.now // 1_000_000


def _topic(wish: Json) -> str:
    return "fast" if wish.get("fast") else str(wish["type"])


def _levels(rows: Rows, depth: int) -> list[Json]:
    return [{"px": _spelled(price), "sz": size, "n": 1} for price, size in rows[:depth]]


def _spelled(price: str) -> str:
    """A whole price as the venue writes it: 105055.0."""
    return price if "." in price else f"{price}.0"


def _push(channel: str, data: object) -> str:
    return json.dumps({"channel": channel, "data": data}, separators=(",", ":"))
