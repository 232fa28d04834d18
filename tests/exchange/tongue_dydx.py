"""dYdX's tongue: messages numbered by connection, and books whose sides overlap now and then."""

import json
import random
from decimal import Decimal

from tests.exchange.followed import followed
from tests.exchange.stretch import Cue, Print, Rows
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk, moment

_OVERLAPS = 3
"""Every so many changes come with a bid that was met long ago on another node."""
_PAST = 10
"""Trades of the recent past that a subscription begins with."""


class Dydx:
    """dYdX's Indexer: changes in batches, each message with the next number.

    The stale bid comes before the ask that meets it is stated anew, and so is the older one; the
    message after it takes it back.
    """

    venue, symbol, unknown = "dydx", "ETH-USD", "NOPE-USD"
    proof: Proof = Proof.NUMBER
    patience: int | None = None

    def __init__(self) -> None:
        path = "dydx/v4_ethusd_orderbook_testnet.jsonl"
        self.floor = Floor(followed(self.venue, self.symbol, path, levels=60))

    def greet(self, talk: Talk) -> list[Frame]:
        return [self._message(talk, {"type": "connected"})]

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        channel, ident = asked["channel"], asked.get("id", "")
        if asked["type"] == "unsubscribe":
            talk.heard.pop(channel, None)
            named = {"type": "unsubscribed", "channel": channel, "id": ident}
            return [self._message(talk, named)]
        if ident.partition("/")[0] not in ("", self.symbol):
            words = f"Invalid subscription id for channel: ({channel}-{ident})"
            return [self._message(talk, {"type": "error", "message": words})]
        if channel in talk.heard:
            words = f"Invalid subscribe message: already subscribed ({channel}-{ident})"
            return [self._message(talk, {"type": "error", "message": words})]
        talk.heard[channel] = ident
        named = {"type": "subscribed", "channel": channel, "id": ident}
        return [self._message(talk, named | {"contents": self._whole(channel)})]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            if "v4_trades" not in talk.heard:
                return []
            return [self._batch(talk, "v4_trades", [{"trades": [self._trade(cue)]}])]
        if "v4_orderbook" not in talk.heard:
            return []
        return [self._batch(talk, "v4_orderbook", self._changes(talk, cue.bids, cue.asks))]

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        if path.startswith("/v4/perpetualMarkets"):
            return Document(json.dumps({"markets": self._markets()}))
        if path.startswith("/v4/candles/"):
            return Document('{"candles":[]}')
        return Document('{"errors":[{"msg":"not found"}]}', 404)

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return f"{number:024x}"

    def _changes(self, talk: Talk, bids: Rows, asks: Rows) -> list[Json]:
        """A batch of single changes, the overlapping bid of the last one taken back first."""
        changes: list[Json] = []
        if stale := talk.heard.pop("stale", ""):
            changes.append({"bids": [[stale, "0"]]})
        changes += [{"bids": [row]} for row in bids] + [{"asks": [row]} for row in asks]
        best, size = self.floor.sorted()[1][0]
        if self.floor.number % _OVERLAPS == 0:
            talk.heard["stale"] = best
            changes += [{"bids": [[best, "0.5"]]}, {"asks": [[best, size]]}]
        return changes

    def _whole(self, channel: str) -> Json:
        """What a subscription begins with."""
        match channel:
            case "v4_orderbook":
                sides = [
                    [{"price": price, "size": size} for price, size in rows]
                    for rows in self.floor.sorted()
                ]
                return {"bids": sides[0], "asks": sides[1]}
            case "v4_trades":
                past = self.floor.prints[-_PAST:]
                return {"trades": [self._trade(one) for one in reversed(past)]}
            case "v4_markets":
                return {"markets": self._markets()}
        return {"candles": []}

    def _markets(self) -> Json:
        bids, asks = self.floor.sorted()
        middle = (Decimal(bids[0][0]) + Decimal(asks[0][0])) / 2
        stated = {"clobPairId": "1", "ticker": self.symbol, "status": "ACTIVE"}
        stated |= {"oraclePrice": str(middle), "nextFundingRate": "0.0000125"}
        stated |= {"openInterest": "630.9279", "tickSize": "0.001", "stepSize": "0.000001"}
        return {self.symbol: stated}

    def _trade(self, one: Print) -> Json:
        return {
            "id": self.ident(one.id),
            "side": "BUY" if one.buys else "SELL",
            "size": one.size,
            "price": one.price,
            "type": "LIMIT",
            "createdAt": moment(self.floor.epoch + one.at),
            "createdAtHeight": "66624083",
        }

    def _batch(self, talk: Talk, channel: str, contents: list[Json]) -> str:
        named = {"type": "channel_batch_data", "id": self.symbol, "channel": channel}
        return self._message(talk, named | {"version": "1.0.0", "contents": contents})

    def _message(self, talk: Talk, content: Json) -> str:
        counted = {"connection_id": f"{id(talk):032x}", "message_id": talk.said}
        talk.said += 1
        return json.dumps(content | counted)
