"""Binance's tongue: changes of a book on the stream, the book itself by REST, on three markets.

Whoever asks for a stream that is not there, or on a path that is not its own, is acknowledged and
hears nothing.
"""

import json
import random

from tests.exchange.interest import past_interest
from tests.exchange.stretch import Cue, Print, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk

_PUBLIC = frozenset({"depth", "bookTicker", "trade"})
_MARKETS = {
    "binance": ("BTCUSDT", "binance_spot/btcusdt_20240808_09.jsonl.gz"),
    "binance-coinm": ("BTCUSD_PERP", "binance_coinm/btcusd_perp_20240808_09.jsonl.gz"),
    "binance-usdm": ("BTCUSDT", "binance_usdm/btcusdt_20240808.jsonl.gz"),
}
"""A symbol and its recording, by venue."""


class Binance:
    """One of Binance's markets."""

    proof, patience = Proof.NUMBER, None

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.symbol, path = _MARKETS[venue]
        self.unknown = self.symbol.replace("BTC", "FOO")
        self.floor = Floor(recorded(venue, self.symbol, path))

    def greet(self, talk: Talk) -> list[Frame]:
        return []

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        for stream in asked.get("params", []):
            symbol, _, kind = stream.partition("@")
            kind = kind.partition("@")[0]
            split = self.venue != "binance"
            astray = split and (kind in _PUBLIC) != talk.path.startswith("/public/")
            if asked["method"] == "UNSUBSCRIBE":
                talk.heard.pop(kind, None)
            elif symbol == self.symbol.lower() and not astray:
                talk.heard[kind] = stream
        return [json.dumps({"result": None, "id": asked["id"]})]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        time = self.floor.now // 1_000_000
        data: Json = {"E": time, "T": time, "s": self.symbol}
        if isinstance(cue, Print):
            stream = talk.heard.get("aggTrade")
            ids = {"a": cue.id, "f": cue.id, "l": cue.id}
            data |= ids | {"e": "aggTrade", "p": cue.price, "q": cue.size, "m": not cue.buys}
        else:
            stream, number = talk.heard.get("depth"), self.floor.number
            numbers = {"U": number, "u": number, "pu": number - 1}
            data |= {"e": "depthUpdate", "b": cue.bids, "a": cue.asks} | numbers
        return [json.dumps({"stream": stream, "data": data})] if stream else []

    def beat(self, talk: Talk) -> list[Frame]:
        return []  # a ping of the socket's own

    def document(self, path: str) -> Document:
        if "exchangeInfo" in path:
            if "symbol=" in path and f"symbol={self.symbol}" not in path:
                return Document('{"code":-1121,"msg":"Invalid symbol."}', 400)
            return Document(json.dumps({"symbols": [self._listing()]}))
        if "/depth" in path:
            bids, asks = self.floor.sorted()
            number = {"lastUpdateId": self.floor.number}
            return Document(json.dumps(number | {"bids": bids, "asks": asks}))
        if "openInterestHist" in path:
            named = {"symbol": self.symbol}
            rows = [
                named | {"sumOpenInterest": size, "sumOpenInterestValue": "1", "timestamp": at}
                for at, size in past_interest(self.floor.epoch)
            ]
            return Document(json.dumps(rows))
        return Document("[]")

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return str(number)

    def _listing(self) -> Json:
        steps = [("PRICE_FILTER", "tickSize", "0.01"), ("LOT_SIZE", "stepSize", "0.00001")]
        if self.venue != "binance":
            steps = [("PRICE_FILTER", "tickSize", "0.1"), ("LOT_SIZE", "stepSize", "0.001")]
        if self.venue == "binance-coinm":
            steps[1] = ("LOT_SIZE", "stepSize", "1")
        filters = [{"filterType": kind, name: step} for kind, name, step in steps]
        names = {"baseAsset": "BTC", "quoteAsset": "USDT", "contractSize": 100}
        state = {"status": "TRADING", "contractStatus": "TRADING", "contractType": "PERPETUAL"}
        return {"symbol": self.symbol, "filters": filters} | names | state
