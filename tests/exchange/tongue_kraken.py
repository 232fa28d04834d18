"""Kraken's tongues: spot of version 2 with a checksum, and futures of version 1 with a counter."""

import json
import random
import re
from zlib import crc32

from tests.exchange.stretch import Cue, Print, Rows, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk, flipped, moment

_DEPTH = 10
"""Levels a side that were recorded, and that are told whatever was asked for."""


class Kraken:
    """Kraken spot: one acknowledgement a symbol, the last trades and the book with it."""

    venue, symbol, unknown = "kraken", "BTC/USD", "FOO/USD"
    proof, patience = Proof.CHECKSUM, 60_000_000_000

    def __init__(self) -> None:
        path = "kraken/v2_btcusd_book10_20230730.jsonl"
        self.floor = Floor(recorded(self.venue, self.symbol, path, levels=_DEPTH, depth=_DEPTH))

    def greet(self, talk: Talk) -> list[Frame]:
        state = {"system": "online", "api_version": "v2", "connection_id": 1, "version": "2.0.4"}
        return [json.dumps({"channel": "status", "type": "update", "data": [state]})]

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        if asked["method"] == "ping":
            return ['{"method":"pong","time_in":"x","time_out":"x"}']
        params, frames = asked["params"], list[Frame]()
        for symbol in params["symbol"]:
            frames += self._obey(talk, asked["method"], params["channel"], symbol)
        return frames

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            return [self._trades("update", [cue])] if "trade" in talk.heard else []
        return [self._book("update", cue.bids, cue.asks)] if "book" in talk.heard else []

    def beat(self, talk: Talk) -> list[Frame]:
        return ['{"channel":"heartbeat"}']

    def document(self, path: str) -> Document:
        if "AssetPairs" not in path:
            return Document('{"error":[],"result":{"last":0}}')
        if "pair=XBTUSD" not in path:
            return Document('{"error":["EQuery:Unknown asset pair"]}')
        pair = {"wsname": "XBT/USD", "pair_decimals": 1, "lot_decimals": 8, "altname": "XBTUSD"}
        return Document(json.dumps({"error": [], "result": {"XXBTZUSD": pair}}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        if '"channel":"book"' not in (text := str(frame)):
            return None
        spot = draw.choice([*re.finditer(r'"(?:price|qty)":([\d.]+)', text)])
        return flipped(text, *spot.span(1), draw)

    def ident(self, number: int) -> str:
        return str(number)

    def _obey(self, talk: Talk, method: str, channel: str, symbol: str) -> list[Frame]:
        answer: Json = {"method": method, "success": symbol == self.symbol}
        if symbol != self.symbol:
            error = f"Currency pair not supported {symbol}"
            return [json.dumps(answer | {"error": error, "symbol": symbol})]
        result: Json = {"channel": channel, "symbol": symbol}
        result |= {"depth": _DEPTH} if channel == "book" else {}
        acknowledged: Frame = json.dumps(answer | {"result": result})
        if method == "unsubscribe":
            talk.heard.pop(channel, None)
            return [acknowledged]
        talk.heard[channel] = symbol
        match channel:
            case "book":
                return [acknowledged, self._book("snapshot", *self.floor.sorted())]
            case "trade":
                return [acknowledged, self._trades("snapshot", self.floor.prints[-50:])]
        return [acknowledged]

    def _book(self, kind: str, bids: Rows, asks: Rows) -> str:
        sides = (
            ",".join(f'{{"price":{price},"qty":{size}}}' for price, size in rows)
            for rows in (bids, asks)
        )
        return (
            '{{"channel":"book","type":"{}","data":[{{"symbol":"{}","bids":[{}],"asks":[{}],'
            '"checksum":{},"timestamp":"{}"}}]}}'
        ).format(kind, self.symbol, *sides, self._checksum(), moment(self.floor.now))

    def _checksum(self) -> int:
        bids, asks = (rows[:10] for rows in self.floor.sorted())
        digits = "".join(n.replace(".", "").lstrip("0") for row in (*asks, *bids) for n in row)
        return crc32(digits.encode())

    def _trades(self, kind: str, prints: list[Print]) -> str:
        rows = [
            '{{"symbol":"{}","side":"{}","price":{},"qty":{},"ord_type":"market","trade_id":{},'
            '"timestamp":"{}"}}'.format(
                self.symbol,
                "buy" if one.buys else "sell",
                one.price,
                one.size,
                one.id,
                moment(self.floor.epoch + one.at),
            )
            for one in prints
        ]
        return f'{{"channel":"trade","type":"{kind}","data":[{",".join(rows)}]}}'


class KrakenFutures:
    """Kraken futures: a counter for each book, one level a message."""

    venue, symbol, unknown = "kraken-futures", "PI_ETHUSD", "PI_FOOUSD"
    proof, patience = Proof.NUMBER, 60_000_000_000

    def __init__(self) -> None:
        path = "kraken/futures_cf_20210722.jsonl.gz"
        self.floor = Floor(recorded(self.venue, self.symbol, path, single=True))

    def greet(self, talk: Talk) -> list[Frame]:
        return ['{"event":"info","version":1}']

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        if asked["event"] == "ping":
            return ['{"event":"pong"}']
        # All of a request is answered before anything is stated.
        answers, stated = list[Frame](), list[Frame]()
        for symbol in asked.get("product_ids", []):
            answer, *rest = self._obey(talk, asked["event"], asked["feed"], symbol)
            answers.append(answer)
            stated += rest
        return answers + stated

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        head = {"product_id": self.symbol}
        time = {"timestamp": self.floor.now // 1_000_000}
        if isinstance(cue, Print):
            trade = {"feed": "trade"} | head | self._trade(cue)
            return [json.dumps(trade)] if "trade" in talk.heard else []
        ((side, price, size),) = (
            (side, *row) for side, rows in (("buy", cue.bids), ("sell", cue.asks)) for row in rows
        )
        level = {"side": side, "seq": self.floor.number, "price": float(price), "qty": float(size)}
        return [json.dumps({"feed": "book"} | head | level | time)] if "book" in talk.heard else []

    def beat(self, talk: Talk) -> list[Frame]:
        if "heartbeat" not in talk.heard:
            return []
        return [json.dumps({"feed": "heartbeat", "time": self.floor.now // 1_000_000})]

    def document(self, path: str) -> Document:
        if "charts" in path:
            return Document('{"candles":[],"more_candles":false}')
        grids = {"type": "futures_inverse", "tickSize": 0.01, "contractSize": 1}
        rows = [{"symbol": self.symbol.lower()} | grids]
        return Document(json.dumps({"result": "success", "instruments": rows}))

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        return None

    def ident(self, number: int) -> str:
        return f"{number:032x}"

    def _obey(self, talk: Talk, event: str, feed: str, symbol: str) -> list[Frame]:
        if symbol != self.symbol:
            return ['{"event":"alert","message":"Invalid product id"}']
        answer: Frame = json.dumps({"event": f"{event}d", "feed": feed, "product_ids": [symbol]})
        if event == "unsubscribe":
            talk.heard.pop(feed, None)
            return [answer]
        talk.heard[feed] = symbol
        match feed:
            case "book":
                return [answer, self._whole()]
            case "trade":
                trades = [{"feed": "trade"} | self._trade(one) for one in self.floor.prints[-100:]]
                head = {"feed": "trade_snapshot", "product_id": symbol}
                rows = [{"product_id": symbol} | trade for trade in reversed(trades)]
                return [answer, json.dumps(head | {"trades": rows})]
        return [answer]

    def _whole(self) -> str:
        sides = {
            side: [{"price": float(price), "qty": float(size)} for price, size in rows]
            for side, rows in zip(("bids", "asks"), self.floor.sorted(), strict=True)
        }
        head = {"feed": "book_snapshot", "product_id": self.symbol}
        numbers = {"timestamp": self.floor.now // 1_000_000, "seq": self.floor.number}
        return json.dumps(head | numbers | {"tickSize": None} | sides)

    def _trade(self, one: Print) -> Json:
        return {
            "uid": self.ident(one.id),
            "side": "buy" if one.buys else "sell",
            "type": "fill",
            "seq": one.id,
            "time": (self.floor.epoch + one.at) // 1_000_000,
            "qty": float(one.size),
            "price": float(one.price),
        }
