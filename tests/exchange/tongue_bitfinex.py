"""Bitfinex's tongue: arrays after a channel's number, counted by connection, and a checksum.

The checksum is told with each change here; the venue itself tells it every few seconds.
"""

import json
import random
import re
from itertools import chain, zip_longest
from zlib import crc32

from tests.exchange.stretch import Cue, Print, recorded
from tests.exchange.talk import Document, Floor, Frame, Json, Proof, Talk, flipped

_FIRST = {"book": 1000, "trades": 2000, "candles": 3000, "ticker": 4000}
"""Where the numbers of the channels of a kind begin."""
_COVERED = 25
"""Levels of each side that the checksum covers."""


class Bitfinex:
    """Bitfinex, version 2."""

    venue, symbol, unknown = "bitfinex", "tETHJPY", "tFOOUSD"
    proof, patience = Proof.CHECKSUM, None

    def __init__(self) -> None:
        path = "bitfinex/cf_20210405_120s.jsonl.gz"
        self.floor = Floor(recorded(self.venue, self.symbol, path, levels=12))
        self._channels = 0

    def greet(self, talk: Talk) -> list[Frame]:
        info = {"event": "info", "version": 2, "serverId": "x", "platform": {"status": 1}}
        return [json.dumps(info)]

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        asked = json.loads(frame)
        match asked["event"]:
            case "conf":
                return [json.dumps({"event": "conf", "status": "OK", "flags": asked["flags"]})]
            case "unsubscribe":
                number = str(asked["chanId"])
                talk.heard = {kind: ch for kind, ch in talk.heard.items() if ch != number}
                answer = {"event": "unsubscribed", "status": "OK", "chanId": asked["chanId"]}
                return [json.dumps(answer)]
        return self._subscribe(talk, asked)

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        if isinstance(cue, Print):
            if "trades" not in talk.heard:
                return []
            return [self._push(talk, "trades", f'"{w}"', _trade(self, cue)) for w in ("te", "tu")]
        if "book" not in talk.heard:
            return []
        rows = [_level(row, 1) for row in cue.bids] + [_level(row, -1) for row in cue.asks]
        changes = [self._push(talk, "book", row) for row in rows]
        return [*changes, self._push(talk, "book", '"cs"', str(self._checksum()))]

    def beat(self, talk: Talk) -> list[Frame]:
        return [self._push(talk, kind, '"hb"') for kind in talk.heard]

    def document(self, path: str) -> Document:
        return Document("[]")

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        text = str(frame)
        if not re.match(r"\[1\d{3},\[", text):
            return None
        rows = [*re.finditer(r"\[([\d.]+),(\d+),-?([\d.]+)\]", text)]
        row = draw.choice(rows)
        # Of a level that goes the size says no more than its side.
        part = 1 if row[2] == "0" else draw.choice((1, 3))
        return flipped(text, *row.span(part), draw)

    def ident(self, number: int) -> str:
        return str(number)

    def _subscribe(self, talk: Talk, asked: Json) -> list[Frame]:
        kind, key = asked["channel"], asked.get("key", "")
        names = {
            name: asked[name] for name in ("channel", "symbol", "key", "prec") if name in asked
        }
        if self.symbol not in (asked.get("symbol"), key.rpartition(":")[2]):
            error = {"event": "error", "msg": "symbol: invalid", "code": 10300}
            return [json.dumps(error | names)]
        if kind in talk.heard:
            error = {"event": "error", "msg": "subscribe: dup", "code": 10301}
            return [json.dumps(error | names)]
        self._channels += 1
        number = _FIRST[kind] + self._channels
        talk.heard[kind] = str(number)
        frames: list[Frame] = [json.dumps({"event": "subscribed", "chanId": number} | names)]
        match kind:
            case "book":
                bids, asks = self.floor.sorted()
                rows = [_level(row, 1) for row in bids] + [_level(row, -1) for row in asks]
                frames.append(self._push(talk, kind, f"[{','.join(rows)}]"))
            case "trades":
                last = [_trade(self, one) for one in reversed(self.floor.prints[-30:])]
                frames.append(self._push(talk, kind, f"[{','.join(last)}]"))
        return frames

    def _push(self, talk: Talk, kind: str, *parts: str) -> Frame:
        """A message with its number, which is counted whether it arrives or not."""
        talk.said += 1
        time = self.floor.now // 1_000_000
        return f"[{talk.heard[kind]},{','.join(parts)},{talk.said},{time}]"

    def _checksum(self) -> int:
        bids, asks = (rows[:_COVERED] for rows in self.floor.sorted())
        pairs = zip_longest((f"{p}:{s}" for p, s in bids), (f"{p}:-{s}" for p, s in asks))
        number = crc32(":".join(part for part in chain(*pairs) if part).encode())
        return number - 2**32 if number >= 2**31 else number


def _level(row: tuple[str, str], sign: int) -> str:
    price, size = row
    minus = "-" if sign < 0 else ""
    return f"[{price},2,{minus}{size}]" if float(size) else f"[{price},0,{sign}]"


def _trade(venue: Bitfinex, one: Print) -> str:
    time = (venue.floor.epoch + one.at) // 1_000_000
    return f"[{one.id},{time},{'' if one.buys else '-'}{one.size},{one.price}]"
