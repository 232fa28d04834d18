"""Steady: one symbol's session said again and again at an even rate, as if it never ended.

Contents are the recorded ones, in their order. Numbers go on where they would start over: update
ids of the book from round to round, trade ids one by one. Raw trades are said as aggregated ones.
At the end of a round changes of at most `PIECE` levels lead the book back to where the round
began, those that remove first, so it is never crossed on the way; they count as messages. The
times stated are those of saying it.
"""

import asyncio
import time
from collections.abc import Iterator
from itertools import count, islice
from typing import NamedTuple

import msgspec

from tests.exchange.script import Script, TrueBook, follow, read_depth, read_frame
from tests.exchange.server import Exchange

PIECE = 100
_TURN = 0.001
"""Seconds between two turns of saying what is due."""
_MOST = 2000
"""Messages in one turn; who is late catches up in several."""


class Said(NamedTuple):
    """How much had been said by a time of the monotonic clock, ns."""

    at: int
    trades: int
    changes: int


class _Template(NamedTuple):
    """A message with its numbers left out."""

    stream: str
    text: bytes
    numbers: tuple[int, int, int]
    """U, u and pu of a change; nothing of a trade."""


class Steady:
    """What one symbol's session says, round after round."""

    def __init__(self, script: Script, exchange: Exchange) -> None:
        self.log: list[Said] = []
        self._exchange = exchange
        self._script = _aligned(script)
        (self._symbol, self._start), *others = self._script.books.items()
        assert not others, "one symbol at a time"
        self._round = [_template(cue.stream, cue.text) for cue in self._script.cues]
        end, texts = self._start.copy(), [cue.text for cue in self._script.cues]
        for cue in self._script.cues:
            follow({self._symbol: end}, cue)
        name = next(frame.stream for frame in map(read_frame, texts) if "@depth" in frame.stream)
        self._round += _way_back(name, end, self._start)
        last = [item.numbers[1] for item in self._round if item.numbers[1]][-1]
        self._span = last - self._start.sequence
        self._position = self._trades = self._changes = 0
        self._turn = self._followed = 0
        self._book = self._start.copy()
        self._messages = self._render()
        exchange.catch_up = self.catch_up

    async def play(self, *steps: tuple[float, float]) -> None:
        """Say so many messages a second for so many seconds, step by step."""
        for rate, seconds in steps:
            began, said, total = time.monotonic(), 0, round(rate * seconds)
            while said < total:
                due = min(total, int((time.monotonic() - began) * rate)) - said
                self._say(min(due, _MOST))
                said += min(due, _MOST)
                await asyncio.sleep(_TURN if due <= _MOST else 0)

    def _say(self, number: int) -> None:
        messages = list(islice(self._messages, number))
        for line in list(self._exchange.lines):
            line.pour([text for stream, text in messages if stream in line.streams])
        self.log.append(Said(time.monotonic_ns(), self._trades, self._changes))

    def _render(self) -> Iterator[tuple[str, bytes]]:
        for turn in count():
            shift = turn * self._span
            for stream, text, (first, last, before) in self._round:
                self._position += 1
                now = time.time_ns() // 1_000_000
                if last:
                    self._changes += 1
                    numbers = (now, now, first + shift, last + shift, before + shift)
                else:
                    self._trades += 1
                    numbers = (now, self._trades, self._trades, self._trades, now)
                yield stream, text % numbers

    def catch_up(self) -> None:
        """Bring the exchange's book up to what has been said: somebody asks for it."""
        turn, position = divmod(self._position, len(self._round))
        if turn != self._turn:
            self._turn, self._followed, self._book = turn, 0, self._start.copy()
        for item in self._round[self._followed : position]:
            if item.numbers[1]:
                self._book.apply(read_depth(item.text % (0, 0, *item.numbers)).data)
        self._followed = position
        stated = self._book.copy()
        stated.sequence += turn * self._span
        self._exchange.books[self._symbol] = stated


def _aligned(script: Script) -> Script:
    """The part of a session from where its changes follow its book without a doubt."""
    book = next(iter(script.books.values())).copy()
    begun = book.sequence
    for number, cue in enumerate(script.cues):
        follow({cue.stream.partition("@")[0]: book}, cue)
        if book.sequence != begun:
            return script.cut(number + 1, len(script.cues))
    raise ValueError("no change of this session follows its book")


def _template(stream: str, text: str) -> _Template:
    frame = read_frame(text)
    data = msgspec.json.decode(frame.data)
    if stream.endswith("@depth"):
        numbers = (data["U"], data["u"], data["pu"])
        return _Template(stream, _change(frame.stream, data["s"], data["b"], data["a"]), numbers)
    fields = f'"e":"aggTrade","E":%d,"s":"{data["s"]}","a":%d,"p":"{data["p"]}","q":"{data["q"]}"'
    maker = "true" if data["m"] else "false"
    body = f'{{{fields},"f":%d,"l":%d,"T":%d,"m":{maker}}}'
    whole = f'{{"stream":"{data["s"].lower()}@aggTrade","data":{body}}}'
    return _Template(stream, whole.encode(), (0, 0, 0))


def _change(
    stream: str, symbol: str, bids: list[tuple[str, str]], asks: list[tuple[str, str]]
) -> bytes:
    head = f'"e":"depthUpdate","E":%d,"T":%d,"s":"{symbol}","U":%d,"u":%d,"pu":%d'
    levels = f'"b":{msgspec.json.encode(bids).decode()},"a":{msgspec.json.encode(asks).decode()}'
    return f'{{"stream":"{stream}","data":{{{head},{levels}}}}}'.encode()


def _way_back(stream: str, end: TrueBook, start: TrueBook) -> Iterator[_Template]:
    """Changes that lead one book to another: what must go goes first."""
    gone = [(0, price, "0") for price in end.bids if price not in start.bids]
    gone += [(1, price, "0") for price in end.asks if price not in start.asks]
    come = [(0, price, size) for price, size in start.bids.items() if end.bids.get(price) != size]
    come += [(1, price, size) for price, size in start.asks.items() if end.asks.get(price) != size]
    levels, sequence = gone + come, end.sequence
    for begin in range(0, len(levels), PIECE):
        part = levels[begin : begin + PIECE]
        bids = [(price, size) for side, price, size in part if side == 0]
        asks = [(price, size) for side, price, size in part if side == 1]
        symbol = stream.partition("@")[0]
        text = _change(stream, symbol.upper(), bids, asks)
        yield _Template(f"{symbol}@depth", text, (sequence + 1, sequence + 1, sequence))
        sequence += 1
