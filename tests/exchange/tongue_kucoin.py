"""KuCoin's tongues: an address that is asked for first, a welcome, and numbered changes.

Spot's are of a recording, whose books were fetched. Of futures no recording holds more than single
messages: their book is made up.
"""

import json
import random

from tests.exchange.stretch import Cue, Print, Rows, Stretch, imagined, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk, Tongue

_DEPTH = 100
"""Levels a side that spot's book is told with."""


class Kucoin:
    """KuCoin of either market: what its words and numbers have in common."""

    proof: Proof = Proof.NUMBER
    patience: int | None = 28_000_000_000
    """18 s between pings, and 10 s of grace."""

    def __init__(self, venue: str, symbol: str, unknown: str, stretch: Stretch) -> None:
        self.venue, self.symbol, self.unknown = venue, symbol, unknown
        self.floor = Floor(stretch)
        self._market = _Spot(symbol) if venue == "kucoin" else _Futures(symbol)

    def greet(self, talk: Talk) -> list[Frame]:
        return ['{"id":"hQvf8jkno","type":"welcome"}']

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        if asked["type"] == "ping":
            time = self.floor.now // 1000
            return [json.dumps({"id": asked["id"], "type": "pong", "timestamp": time})]
        channel, _, of = asked["topic"].partition(":")
        if of.partition("_")[0] != self.symbol:
            words = f"topic {asked['topic']} is not found"
            error = {"id": asked["id"], "type": "error", "code": 404, "data": words}
            return [json.dumps(error)]
        if asked["type"] == "subscribe":
            talk.heard[channel] = asked["topic"]
        else:
            talk.heard.pop(channel, None)
        return [json.dumps({"id": asked["id"], "type": "ack"})]

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        market, frames = self._market, list[Frame]()
        if isinstance(cue, Print):
            pushes = [market.print(cue, self.ident(cue.id), self.floor.epoch + cue.at)]
        else:
            pushes = [market.change(cue.bids, cue.asks, self.floor), market.best(self.floor)]
        for channel, subject, data in pushes:
            if channel in talk.heard:
                head = {"topic": talk.heard[channel], "type": "message", "subject": subject}
                frames.append(json.dumps(head | {"data": data}))
        return frames

    def beat(self, talk: Talk) -> list[Frame]:
        return []

    def document(self, path: str) -> Document:
        if path.startswith("/api/v1/bullet-public"):
            server = {"endpoint": self._market.endpoint, "encrypt": True, "protocol": "websocket"}
            server |= {"pingInterval": 18000, "pingTimeout": 10000}
            entry = {"token": "2neAiuYvAU61ZDXANAGAsiL4", "instanceServers": [server]}
            return _answer(entry)
        if self.symbol not in path:
            return Document('{"code":"900001","msg":"The symbol does not exist."}')
        if "level2" in path:
            return _answer(self._market.book(self.floor))
        if path.partition("?")[0].endswith(self.symbol):
            return _answer(self._market.listing)
        return _answer([])

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return f"{number:024x}"


class _Spot:
    """What only spot says: rows with numbers of their own, times in ms, prices as text."""

    endpoint = "wss://ws-api-spot.kucoin.com/"

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        base, _, quote = symbol.partition("-")
        row = {"symbol": symbol, "name": symbol, "baseCurrency": base, "quoteCurrency": quote}
        steps = {"baseIncrement": "0.00000001", "priceIncrement": "0.001"}
        self.listing: Json = row | steps | {"enableTrading": True}

    def print(self, one: Print, ident: str, time: int) -> tuple[str, str, Json]:
        row = {"symbol": self._symbol, "side": "buy" if one.buys else "sell", "type": "match"}
        row |= {"size": one.size, "price": one.price, "tradeId": ident, "time": str(time)}
        return "/market/match", "trade.l3match", row | {"sequence": str(one.id)}

    def change(self, bids: Rows, asks: Rows, floor: Floor) -> tuple[str, str, Json]:
        number = floor.number
        rows = {
            side: [[price, size, str(number)] for price, size in levels]
            for side, levels in (("asks", asks), ("bids", bids))
        }
        data: Json = {"changes": rows, "sequenceStart": number, "sequenceEnd": number}
        time = floor.now // 1_000_000
        return "/market/level2", "trade.l2update", data | {"symbol": self._symbol, "time": time}

    def best(self, floor: Floor) -> tuple[str, str, Json]:
        (bid, *_), (ask, *_) = floor.sorted()
        best: Json = {"bestBid": bid[0], "bestBidSize": bid[1], "bestAsk": ask[0]}
        best |= {"bestAskSize": ask[1], "time": floor.now // 1_000_000}
        return "/market/ticker", "trade.ticker", best | {"sequence": str(floor.number)}

    def book(self, floor: Floor) -> Json:
        bids, asks = (rows[:_DEPTH] for rows in floor.sorted())
        stated = {"sequence": str(floor.number), "time": floor.now // 1_000_000}
        return stated | {"bids": bids, "asks": asks}


class _Futures:
    """What only futures say: one level a change, sizes in lots, times of trades in ns."""

    endpoint = "wss://ws-api-futures.kucoin.com/"

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        row = {"symbol": symbol, "baseCurrency": "ETH", "quoteCurrency": "USDT"}
        self.listing: Json = {"isInverse": False, "lotSize": 1, "tickSize": 0.01} | row
        self.listing |= {"multiplier": 0.01, "openInterest": "11481754", "status": "Open"}
        self.listing |= {"fundingFeeRate": -0.000076, "nextFundingRateTime": 7139000}

    def print(self, one: Print, ident: str, time: int) -> tuple[str, str, Json]:
        row = {"symbol": self._symbol, "side": "buy" if one.buys else "sell", "sequence": one.id}
        row |= {"size": int(one.size), "price": one.price, "tradeId": ident, "ts": time}
        return "/contractMarket/execution", "match", row

    def change(self, bids: Rows, asks: Rows, floor: Floor) -> tuple[str, str, Json]:
        ((price, side, size),) = [
            (price, side, size)
            for side, rows in (("buy", bids), ("sell", asks))
            for price, size in rows
        ]
        stated = {"sequence": floor.number, "change": f"{price},{side},{size}"}
        data: Json = stated | {"timestamp": floor.now // 1_000_000}
        return "/contractMarket/level2", "level2", data

    def best(self, floor: Floor) -> tuple[str, str, Json]:
        (bid, *_), (ask, *_) = floor.sorted()
        best: Json = {"bestBidPrice": bid[0], "bestBidSize": int(bid[1]), "ts": floor.now}
        best |= {"bestAskPrice": ask[0], "bestAskSize": int(ask[1]), "symbol": self._symbol}
        return "/contractMarket/tickerV2", "tickerV2", best | {"sequence": floor.number}

    def book(self, floor: Floor) -> Json:
        bids, asks = ([[price, int(size)] for price, size in rows] for rows in floor.sorted())
        stated = {"symbol": self._symbol, "sequence": floor.number, "ts": floor.now}
        return stated | {"bids": bids, "asks": asks}


def _answer(data: object) -> Document:
    return Document(json.dumps({"code": "200000", "data": data}))


def kucoin_spot() -> Tongue:
    symbol, path = "BCHSV-USDT", "kucoin/spot_cf_20210425.jsonl.gz"
    return Kucoin("kucoin", symbol, "NOPE-USDT", recorded("kucoin", symbol, path))


def kucoin_futures() -> Tongue:
    stretch = imagined("2749.70", "1", single=True)
    return Kucoin("kucoin-futures", "ETHUSDTM", "NOPEUSDTM", stretch)
