"""Makers of the synthetic market: they quote around a fair price and fill the book behind it."""

from feeds.synthetic.book import Ladder
from feeds.synthetic.dice import RESTING, Bits

REACH = 1_300
"""Ticks from the middle within which makers keep the book: about 1.1 % of the price."""


def _roundness(ticks: int) -> int:
    """How much more rests at a price because it is round, in eighths (a tick is half a dollar)."""
    for step, eighths in ((200, 60), (100, 40), (50, 30), (20, 22), (10, 14), (2, 9)):
        if ticks % step == 0:
            return eighths
    return 6


VERY_ROUND = 20
"""Above this, somebody always rests there."""
ROUND = [_roundness(ticks) for ticks in range(200)]


def _crowding(distance: int) -> int:
    """The chance, of 256, that a plain price this far from the best has an order."""
    if distance < 90:
        return 244
    if distance < 260:
        return 244 - (distance - 90) * 3 // 4
    return max(44, 116 - (distance - 260) // 6)


CROWD = [_crowding(distance) for distance in range(REACH + 64)]


class Makers:
    """Fills, revises and re-quotes the ordinary levels. Ticks in `held` are somebody else's."""

    __slots__ = ("_bits", "_high", "_ladder", "_low", "held")

    def __init__(self, ladder: Ladder, bits: Bits) -> None:
        self._ladder = ladder
        self._bits = bits
        self.held: set[int] = set()
        self._low = self._high = 0

    def open(self, bid: int) -> None:
        """Fill an empty book around a best bid."""
        ladder = self._ladder
        ladder.bid, ladder.ask = bid, bid + 1
        ladder.put(bid, 1_800)
        ladder.put(bid + 1, -2_100)
        for distance in range(1, REACH):
            self._found(bid - distance, distance, 1)
            self._found(bid + 1 + distance, distance, -1)
        self._low, self._high = bid - REACH, bid + REACH

    def _found(self, ticks: int, distance: int, sign: int) -> None:
        if self._bits(8) < CROWD[distance] or ROUND[ticks % 200] > VERY_ROUND:
            self._ladder.put(ticks, sign * self._size(ticks, distance))

    def _size(self, ticks: int, distance: int) -> int:
        roundness = ROUND[ticks % 200]
        draw = self._bits(10)
        lots = RESTING[draw | 512 if roundness > VERY_ROUND else draw] * roundness >> 3
        if distance < 8:
            lots = lots * (4 + distance) // 12
        return lots + 1

    def quote(self, fair: int) -> None:
        """Pull quotes the fair price (in 1/64 tick) has passed, then close the spread around it."""
        ladder, want = self._ladder, fair >> 6
        budget = 8
        while ladder.ask <= want and budget and ladder.ask not in self.held:
            ladder.put(ladder.ask, 0)
            ladder.settle()
            budget -= 1
        while ladder.bid > want and budget and ladder.bid not in self.held:
            ladder.put(ladder.bid, 0)
            ladder.settle()
            budget -= 1
        if self._bits(4):
            self._close_spread(want)

    def _close_spread(self, want: int) -> None:
        ladder = self._ladder
        while ladder.ask - ladder.bid > 1:
            if ladder.bid < want:
                ladder.improve(ladder.bid + 1, self._opening(), 1)
            else:
                ladder.improve(ladder.ask - 1, self._opening(), -1)

    def _opening(self) -> int:
        return 150 + RESTING[self._bits(10)]

    def revise(self, count: int) -> None:
        """Let makers change their minds: `count` times near the touch, fewer far away."""
        bits, ladder, held = self._bits, self._ladder, self.held
        for _ in range(count):
            draw = bits(24)
            distance = (draw & 127) * (draw >> 7 & 127) >> 7
            sign = 1 if draw & 16384 else -1
            ticks = (ladder.bid if sign > 0 else ladder.ask) - sign * distance
            if ticks not in held:
                self._change(ticks, distance, sign, draw >> 15 & 63)
        for _ in range(count >> 2):
            distance = 60 + (bits(10) * (REACH - 60) >> 10)
            sign = 1 if bits(1) else -1
            ticks = (ladder.bid if sign > 0 else ladder.ask) - sign * distance
            if ticks not in held:
                self._change_far(ticks, distance, sign)

    def _change(self, ticks: int, distance: int, sign: int, kind: int) -> None:
        ladder = self._ladder
        lots = abs(ladder.lots[ticks])
        if not distance:
            self._change_best(ticks, lots, sign, kind)
        elif not lots or not kind:
            ladder.put(ticks, sign * self._size(ticks, distance))
        elif kind == 1:
            ladder.put(ticks, 0)
        elif kind < 24:
            ladder.put(ticks, sign * (lots + (self._size(ticks, distance) >> 4) + 1))
        elif kind < 46:
            ladder.put(ticks, sign * (lots - (lots * (kind - 23) >> 8)))

    def _change_best(self, ticks: int, lots: int, sign: int, kind: int) -> None:
        if kind < 36 and lots < 12_000:
            lots += RESTING[self._bits(10)]
        elif kind < 56:
            lots -= lots >> 3
        self._ladder.put(ticks, sign * max(1, lots))

    def _change_far(self, ticks: int, distance: int, sign: int) -> None:
        ladder, chance = self._ladder, self._bits(8)
        lots = abs(ladder.lots[ticks])
        if not lots:
            if chance < CROWD[distance] >> 1 or ROUND[ticks % 200] > VERY_ROUND:
                ladder.put(ticks, sign * self._size(ticks, distance))
        elif chance < (256 - CROWD[distance]) >> 1 and ROUND[ticks % 200] <= VERY_ROUND:
            ladder.put(ticks, 0)
        else:
            ladder.put(ticks, sign * (lots - (lots >> 4) + (RESTING[self._bits(10)] >> 5)))

    def follow(self) -> None:
        """Keep the reach: new levels come into it as the price moves, old ones are given up."""
        bid = self._ladder.bid
        for _ in range(min(40, bid - REACH - self._low)):
            self._ladder.put(self._low, 0)
            self._low += 1
            self._found(self._high, REACH, -1)
            self._high += 1
        for _ in range(min(40, self._low - bid + REACH)):
            self._high -= 1
            self._ladder.put(self._high, 0)
            self._low -= 1
            self._found(self._low, REACH, 1)
