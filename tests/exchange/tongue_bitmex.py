"""BitMEX's tongue: tables of rows, whose levels go by ids that only their insertion explains.

What was recorded of 2021 is said as it was: changes of levels without a time.
"""

import json
import random
from decimal import Decimal

from tests.exchange.followed import followed
from tests.exchange.stretch import Cue, Print, Rows
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk, moment

_BOOK = "orderBookL2"
_PAST = 10
"""Trades of the recent past that a table begins with."""
_HIGHEST = 45_400_000_000
"""From which the id of a level is counted down by its price."""


class Bitmex:
    """BitMEX: a table begins whole, and then its rows are inserted, updated and deleted.

    Nothing numbers the changes. Only a row that is there already, or is not, tells of a loss.
    """

    venue, symbol, unknown = "bitmex", "XBTM21", "NOPEUSD"
    proof: Proof = Proof.ROWS
    patience: int | None = None

    def __init__(self) -> None:
        path = "bitmex/cf_20210405_120s.jsonl.gz"
        self.floor = Floor(followed(self.venue, self.symbol, path))
        self._now = self._before = self._prices()
        """The prices of bids and asks, and those before the last change."""
        self._at = self.floor.number
        """The change that made them so."""

    def greet(self, talk: Talk) -> list[Frame]:
        welcome = {"info": "Welcome to the BitMEX Realtime API.", "version": "2026-09-01"}
        welcome |= {"timestamp": moment(self.floor.now), "docs": "https://www.bitmex.com/app/wsAPI"}
        return [json.dumps(welcome | {"limit": {"remaining": 39}})]

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        if frame == "ping":
            return ["pong"]
        asked = json.loads(frame)
        op, args = asked["op"], asked["args"]
        if wrong := self._wrong(talk, op, args):
            stated = {"status": 400, "error": wrong, "meta": {}, "request": asked}
            return [json.dumps(stated)]
        frames: list[Frame] = []
        for arg in args:
            table = arg.partition(":")[0]
            frames.append(json.dumps({"success": True, op: arg, "request": asked}))
            if op == "unsubscribe":
                del talk.heard[table]
            else:
                talk.heard[table] = arg
                frames.append(self._table(table, "partial", self._rows(table)))
        return frames

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            trade = [self._trade(cue)]
            return [self._table("trade", "insert", trade)] if "trade" in talk.heard else []
        frames: list[Frame] = []
        if _BOOK in talk.heard:
            frames += (
                self._table(_BOOK, action, rows)
                for action, rows in self._actions(cue.bids, cue.asks)
            )
        if "quote" in talk.heard:
            frames.append(self._table("quote", "insert", self._rows("quote")))
        return frames

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        if f"symbol={self.symbol}" not in path or not path.startswith("/api/v1/instrument"):
            return Document("[]")
        row: Json = {"symbol": self.symbol, "typ": "FFCCSX", "state": "Open", "underlying": "XBT"}
        row |= {"quoteCurrency": "USD", "isInverse": True, "isQuanto": False}
        worth = {"multiplier": -100000000, "underlyingToSettleMultiplier": -100000000}
        return Document(
            json.dumps([row | {"lotSize": 1, "tickSize": 0.1} | worth | self._market()])
        )

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return f"{number:08x}-d902-349c-936c-2588b8204aff"

    def _wrong(self, talk: Talk, op: str, args: list[str]) -> str:
        """What is wrong with a request, "" for nothing."""
        for arg in args:
            table, _, symbol = arg.partition(":")
            if symbol != self.symbol:
                return "Unknown or expired symbol."
            if (table in talk.heard) is (op == "subscribe"):
                already = "are already" if op == "subscribe" else "are not"
                return f"You {already} subscribed to this topic: {arg}"
        return ""

    def _actions(self, bids: Rows, asks: Rows) -> list[tuple[str, list[Json]]]:
        """The rows of a change by what happens to each."""
        self._catch_up()
        actions: dict[str, list[Json]] = {"delete": [], "update": [], "insert": []}
        for side, rows, before in zip(("Buy", "Sell"), (bids, asks), self._before, strict=True):
            for price, size in rows:
                row = {"symbol": self.symbol, "id": _id(price), "side": side}
                if price not in before:
                    if float(size):
                        stated = {"size": float(size), "price": float(price)}
                        actions["insert"].append(row | stated)
                elif float(size):
                    actions["update"].append(row | {"size": float(size)})
                else:
                    actions["delete"].append(row)
        return [(action, rows) for action, rows in actions.items() if rows]

    def _catch_up(self) -> None:
        """Note the prices there are now, once after each change; nobody minds what nobody hears."""
        if self._at != self.floor.number:
            self._before, self._now = self._now, self._prices()
            self._at = self.floor.number

    def _prices(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(self.floor.bids), frozenset(self.floor.asks)

    def _rows(self, table: str) -> list[Json]:
        """What a table holds when it is subscribed."""
        bids, asks = self.floor.sorted()
        match table:
            case "orderBookL2":
                self._catch_up()
                return [_level(self.symbol, "Sell", row) for row in reversed(asks)] + [
                    _level(self.symbol, "Buy", row) for row in bids
                ]
            case "quote":
                best = {"bidSize": float(bids[0][1]), "bidPrice": float(bids[0][0])}
                best |= {"askPrice": float(asks[0][0]), "askSize": float(asks[0][1])}
                return [{"timestamp": moment(self.floor.now), "symbol": self.symbol} | best]
            case "trade":
                return [self._trade(one) for one in self.floor.prints[-_PAST:]]
            case "instrument":
                return [self._market()]
        return []

    def _market(self) -> Json:
        bids, asks = self.floor.sorted()
        middle = float((Decimal(bids[0][0]) + Decimal(asks[0][0])) / 2)
        stated = {"symbol": self.symbol, "timestamp": moment(self.floor.now), "markPrice": middle}
        stated |= {"indicativeSettlePrice": middle, "openInterest": 574264600}
        stated |= {"lastPrice": middle, "prevPrice24h": middle, "highPrice": middle}
        return stated | {"lowPrice": middle, "volume24h": 662123900}

    def _trade(self, one: Print) -> Json:
        return {
            "timestamp": moment(self.floor.epoch + one.at),
            "symbol": self.symbol,
            "side": "Buy" if one.buys else "Sell",
            "size": float(one.size),
            "price": float(one.price),
            "tickDirection": "ZeroMinusTick",
            "trdMatchID": self.ident(one.id),
        }

    def _table(self, table: str, action: str, rows: list[Json]) -> str:
        head: Json = {"table": table, "action": action}
        if action == "partial":
            head |= {"keys": [], "types": {}, "filter": {"symbol": self.symbol}}
        return json.dumps(head | {"data": rows})


def _level(symbol: str, side: str, row: tuple[str, str]) -> Json:
    head: Json = {"symbol": symbol, "id": _id(row[0]), "side": side}
    return head | {"size": float(row[1]), "price": float(row[0])}


def _id(price: str) -> int:
    return _HIGHEST - int(Decimal(price) * 10)
