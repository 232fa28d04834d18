"""Talk: what the stand-in of any venue is made of: a floor, a tongue, and one talk a connection.

The floor is the market as it really is. The tongue says what happens on it in its venue's way, and
answers what clients ask. It is pure: the server and the tests without sockets drive the same one.
"""

import random
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeAlias

from tests.exchange.stretch import Change, Cue, Print, Rows, Stretch

Json: TypeAlias = dict[str, Any]
"""Any: the JSON of a message."""
Frame: TypeAlias = str | bytes

EPOCH = 1_790_000_000_000_000_000
"""When floors open unless told otherwise, ns."""
_FIRST = 5_001
"""The number of the first trade."""
_FEW, _MANY = 8, 20
"""Levels of a side from which none is taken away, to which none is added by the simulation."""


class Proof(StrEnum):
    """By what a client of the venue knows that a change of a book is missing."""

    NUMBER = "number"
    """The next message of the book, or of anything, has not the number that should come."""
    CHECKSUM = "checksum"
    """The venue states a checksum of the book with each change."""
    WHOLE = "whole"
    """Nothing is missing for long: each message states the whole book."""
    ROWS = "rows"
    """A change of a level that is not there, which not every loss leads to."""


class Document(NamedTuple):
    """A REST answer."""

    body: str
    status: int = 200


class Talk:
    """One connection of a client: what it hears, and what is counted on it."""

    def __init__(self, path: str = "") -> None:
        self.path = path
        """Of the socket, with its query."""
        self.heard: dict[str, str] = {}
        """Topics that are pushed, each with what the client or the venue calls it."""
        self.said = 0
        """Numbered messages so far, where messages are numbered by connection."""
        self.owed = 0
        """Questions of the venue's heartbeat that the client has not answered."""


class _Values(dict[str, float]):
    """Prices as numbers, each read once: a book is sorted again and again."""

    def __missing__(self, price: str) -> float:
        value = self[price] = float(price)
        return value


class Floor:
    """A market as it really is: its book, its last trades, and what happens next.

    What happens is what was recorded, and then a simulation that goes on for ever.
    """

    def __init__(self, stretch: Stretch, seed: int = 0, epoch: int = EPOCH) -> None:
        self.bids, self.asks = dict(stretch.bids), dict(stretch.asks)
        self.number = 1_000
        """Of the last change."""
        self.prints: list[Print] = []
        self.new = frozenset[str]()
        """Prices of levels that the last change brought."""
        self.tick, self.lot = stretch.tick, stretch.lot
        self._gap, self._usual = stretch.gap, stretch.usual
        self.epoch = self.now = epoch
        """ns: when it opened, and when the last thing happened."""
        self._stretch, self._cues = stretch, iter(stretch.cues)
        self._random = random.Random(seed)
        self._values = _Values()

    def open(self, epoch: int) -> None:
        """Open now, before anything has happened."""
        self.epoch = self.now = epoch

    def happen(self) -> Cue:
        """Let the next thing happen."""
        cue = next(self._cues, None) or self._simulated()
        self.now = self.epoch + cue.at
        if isinstance(cue, Print):
            cue = cue._replace(id=_FIRST + len(self.prints))
            self.prints.append(cue)
            return cue
        self.number += 1
        changed = {price for price, _ in cue.bids + cue.asks}
        self.new = frozenset(changed - self.bids.keys() - self.asks.keys())
        for side, rows in ((self.bids, cue.bids), (self.asks, cue.asks)):
            for price, size in rows:
                side[price] = size
                if not float(size):
                    del side[price]
        if self._stretch.depth is not None:
            bids, asks = (dict(rows[: self._stretch.depth]) for rows in self.sorted())
            self.bids, self.asks = bids, asks
        return cue

    def sorted(self) -> tuple[Rows, Rows]:
        """Bids and asks, best first."""
        bids, asks = self.bids, self.asks
        value = self._values.__getitem__
        return (
            tuple([(price, bids[price]) for price in sorted(bids, key=value, reverse=True)]),
            tuple([(price, asks[price]) for price in sorted(asks, key=value)]),
        )

    def numbers(self) -> tuple[dict[float, float], dict[float, float]]:
        """The book in numbers: sizes by price, bids and asks."""
        bids, asks = (
            {float(price): float(size) for price, size in side.items()}
            for side in (self.bids, self.asks)
        )
        return bids, asks

    def _simulated(self) -> Cue:
        draw = self._random
        at = self.now - self.epoch + draw.randrange(2, 40) * 1_000_000
        sides = self.sorted()
        if draw.random() < 0.3 and all(sides):
            buys = draw.random() < 0.5
            return Print(at, 0, sides[buys][0][0], self._amount(), buys)
        changed = dict[str, str](), dict[str, str]()
        for _ in range(1 if self._stretch.single else draw.randrange(1, 4)):
            side = draw.randrange(2)
            price, size = self._level(sides[side], sides[1 - side], -1 if side else 1)
            if price not in changed[1 - side]:
                changed[side][price] = size
        return Change(at, tuple(changed[0].items()), tuple(changed[1].items()))

    def _level(self, rows: Rows, others: Rows, inward: int) -> tuple[str, str]:
        """A level that comes, goes or has another size; the sides never cross."""
        draw, fate = self._random, self._random.random()
        if not rows:
            return _plain(Decimal(others[0][0]) - inward * self._gap), self._amount()
        price, size = draw.choice(rows)
        if fate < 0.25 and len(rows) > _FEW:
            return price, _plain(Decimal(size) * 0)
        most = _MANY if self._stretch.depth is None else self._stretch.depth
        near = Decimal(rows[0][0]) + inward * self._gap
        if 0.25 <= fate < 0.5 and len(rows) < most:
            if near * inward < Decimal(others[0][0]) * inward:
                return _plain(near), self._amount()
            return _plain(Decimal(rows[-1][0]) - inward * self._gap), self._amount()
        return price, self._amount()

    def _amount(self) -> str:
        lots = int(self._usual / self.lot * self._random.randrange(1, 3_000) / 1_000)
        return _plain(self.lot * max(1, lots))


class Tongue(Protocol):
    """One venue's way of saying what happens on a floor, for one symbol."""

    venue: str
    symbol: str
    unknown: str
    """A symbol that the venue does not have, spelled as it would be."""
    proof: Proof
    floor: Floor

    @property
    def patience(self) -> int | None:
        """Ns of a client's silence after which the venue hangs up, None where it bears any."""
        ...

    def greet(self, talk: Talk) -> list[Frame]:
        """What is said to who has just connected."""
        ...

    def hear(self, talk: Talk, frame: Frame) -> list[Frame]:
        """The answers to a client's frame: acknowledgement, refusal, pong, the book as it stands.

        What is subscribed is noted in the talk.
        """
        ...

    def say(self, talk: Talk, cue: Cue) -> list[Frame]:
        """What is pushed of what has just happened on the floor, to this talk."""
        ...

    def beat(self, talk: Talk) -> list[Frame]:
        """The venue's own heartbeat, where it has one; what wants an answer is noted as owed."""
        ...

    def document(self, path: str) -> Document:
        """The answer to a GET of a path with its query."""
        ...

    def flip(self, frame: Frame, draw: random.Random) -> Frame | None:
        """A push of the checksummed book with one digit of a level altered.

        None where the frame is not one, or the venue states no checksum.
        """
        ...

    def ident(self, number: int) -> str:
        """The id of a trade as clients know it."""
        ...


def _plain(number: Decimal) -> str:
    """A number without an exponent, as every wire has it."""
    return f"{number:f}"


def flipped(text: str, start: int, end: int, draw: random.Random) -> str:
    """A text with one of the digits between two places altered."""
    place = draw.choice([n for n in range(start, end) if text[n].isdigit()])
    other = draw.choice([digit for digit in "0123456789" if digit != text[place]])
    return text[:place] + other + text[place + 1 :]


def moment(ns: int) -> str:
    """A time as RFC 3339 has it, in microseconds."""
    return f"{datetime.fromtimestamp(ns // 1000 / 1e6, UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
