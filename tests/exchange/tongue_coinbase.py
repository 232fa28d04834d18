"""Coinbase's tongue: messages numbered over all channels of a connection, one channel a request."""

import json
import random

from tests.exchange.stretch import Cue, Print, Rows, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk, moment


class Coinbase:
    """Coinbase Advanced Trade."""

    venue, symbol, unknown = "coinbase", "BTC-USD", "FOO-USD"
    proof, patience = Proof.NUMBER, None

    def __init__(self) -> None:
        path = "coinbase/advanced_btcusd_l2_20260824.jsonl"
        self.floor = Floor(recorded(self.venue, self.symbol, path))

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        channel, products = asked["channel"], asked.get("product_ids", [])
        frames: list[Frame] = [
            json.dumps({"type": "error", "message": f"{name} is not a valid product"})
            for name in products
            if name != self.symbol
        ]
        if asked["type"] == "unsubscribe":
            talk.heard.pop(channel, None)
        elif channel == "heartbeats" or self.symbol in products:
            talk.heard[channel] = self.symbol
            frames += self._whole(talk, channel)
        subscribed = {name: [symbol] for name, symbol in talk.heard.items()}
        return [*frames, self._say(talk, "subscriptions", [{"subscriptions": subscribed}])]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            event: Json = {"type": "update", "trades": [self._trade(cue)]}
            trades = "market_trades"
            return [self._say(talk, trades, [event])] if trades in talk.heard else []
        event = {"type": "update", "product_id": self.symbol} | self._rows(cue.bids, cue.asks)
        return [self._say(talk, "l2_data", [event])] if "level2" in talk.heard else []

    def beat(self, talk: Talk) -> list[Frame]:
        time = {"current_time": moment(self.floor.now), "heartbeat_counter": talk.said}
        return [self._say(talk, "heartbeats", [time])] if "heartbeats" in talk.heard else []

    def document(self, path: str) -> Document:
        if "/candles" in path:
            return Document('{"candles":[]}')
        if not path.endswith(f"/products/{self.symbol}"):
            refusal = {"error": "NOT_FOUND", "message": "valid product_id is required"}
            return Document(json.dumps(refusal), 404)
        names = {"product_id": self.symbol, "product_type": "SPOT"}
        currencies = {"base_currency_id": "BTC", "quote_currency_id": "USD"}
        grids = {"base_increment": f"{self.floor.lot:f}", "price_increment": "0.01"}
        return Document(json.dumps(names | currencies | grids))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(number)

    def _whole(self, talk: Talk, channel: str) -> list[Frame]:
        match channel:
            case "level2":
                book = self._rows(*self.floor.sorted())
                event = {"type": "snapshot", "product_id": self.symbol} | book
                return [self._say(talk, "l2_data", [event])]
            case "market_trades":
                last = [self._trade(one) for one in reversed(self.floor.prints[-50:])]
                return [self._say(talk, channel, [{"type": "snapshot", "trades": last}])]
        return []

    def _say(self, talk: Talk, channel: str, events: list[Json]) -> str:
        """A message with its number, which is counted whether it arrives or not."""
        number, talk.said = talk.said, talk.said + 1
        head = {"channel": channel, "client_id": "", "timestamp": moment(self.floor.now)}
        return json.dumps(head | {"sequence_num": number, "events": events})

    def _rows(self, bids: Rows, asks: Rows) -> Json:
        time = moment(self.floor.now)
        rows = [("bid", *row) for row in bids] + [("offer", *row) for row in asks]
        return {
            "updates": [
                {"side": side, "event_time": time, "price_level": price, "new_quantity": size}
                for side, price, size in rows
            ]
        }

    def _trade(self, one: Print) -> Json:
        what = {"price": one.price, "size": one.size, "side": "SELL" if one.buys else "BUY"}
        time = moment(self.floor.epoch + one.at)
        return {"trade_id": str(one.id), "product_id": self.symbol, "time": time} | what
