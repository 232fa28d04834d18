"""Actors of the synthetic market: who rests walls, hides icebergs and follows the price."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from feeds.synthetic.book import Ladder
from feeds.synthetic.dice import Bits, between, tidy
from feeds.synthetic.makers import Makers


class Act(StrEnum):
    """What an actor did."""

    WALL_PLACED = "wall placed"
    WALL_PULLED = "wall pulled"
    WALL_EATEN = "wall eaten"
    WITHDRAWN = "withdrawn"
    """Anybody takes away much at once: a wall that is pulled, an order that is no more wanted."""
    ICEBERG_PLACED = "iceberg placed"
    ICEBERG_REFILLED = "iceberg refilled"
    ICEBERG_ENDED = "iceberg ended"
    ABSORPTION = "absorption"
    """A very large iceberg in the way of the price."""
    SWEEP = "sweep"
    SPELL = "spell"


@dataclass(frozen=True, slots=True)
class Planted:
    """Something the market did on purpose, for whoever wants to find it in the events."""

    act: Act
    ts: int
    """Market time of the book update that first shows it, or of the trades; ns."""
    ticks: int
    lots: int
    """Positive on the bid side or bought, negative on the ask side or sold."""
    reached: int = 0
    """The last tick a sweep took from."""
    note: str = ""
    """The name of the mood a spell is in."""
    filled: int = 0
    """Lots that an order took out of hiding before an iceberg was refilled."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """One order of a taker as it was filled, whatever prints it made."""

    ts: int
    ticks: int
    """The last tick it took from."""
    lots: int
    """Positive when it bought."""
    prints: int
    """How many prices it filled at."""


KEPT = 1 << 16
"""Acts remembered: about a day of them."""


FORGOTTEN = 900
"""Ticks from the best price at which a wall is taken away."""


@dataclass(slots=True)
class _Wall:
    ticks: int
    sign: int
    lots: int
    until: int
    pull_within: int
    """Pulled when the best price comes this near, in ticks; 0 stays to be eaten."""


@dataclass(slots=True)
class _Follower:
    sign: int
    offset: int
    lots: int
    ticks: int


class Actors:
    """The few large players, at work in the makers' book."""

    __slots__ = ("_bits", "_followers", "_ladder", "_makers", "_turn", "_walls", "planted")

    def __init__(self, ladder: Ladder, makers: Makers, bits: Bits) -> None:
        self._ladder, self._makers, self._bits = ladder, makers, bits
        self._walls: list[_Wall] = []
        self._turn = 0
        self.planted: deque[Planted] = deque(maxlen=KEPT)
        self._followers = [
            _Follower(sign, offset, 2_000 + 500 * rank + between(bits, 0, 3_000), 0)
            for sign in (1, -1)
            for rank, offset in enumerate((16, 34, 60, 96, 150))
        ]

    def open(self, now: int) -> None:
        """Place what rests at the opening."""
        for sign in (1, -1, 1, -1, 1, -1):
            self._place_wall(now, sign)
        for follower in self._followers:
            self._move(follower)

    def step(self, now: int) -> None:
        """Let each actor look at the market, in turns."""
        self._turn += 1
        self._note_refills(now)
        if self._walls:
            self._watch(self._walls[self._turn % len(self._walls)], now)
        self._move(self._followers[self._turn % len(self._followers)])
        draw = self._bits(11)
        if draw < 11 and len(self._walls) < 12:
            self._place_wall(now, 1 if draw & 1 else -1)
        elif draw < 20 and len(self._ladder.icebergs) < 4:
            self._hide_iceberg(now, 1 if draw & 1 else -1, large=draw > 17)
        self._note_withdrawals(now)
        if self._turn % 20 == 0:
            self._drop_far_icebergs(now)

    def _plant(self, act: Act, ts: int, ticks: int, lots: int) -> None:
        self.planted.append(Planted(act, ts, ticks, lots))

    def _best(self, sign: int) -> int:
        return self._ladder.bid if sign > 0 else self._ladder.ask

    def _place_wall(self, now: int, sign: int) -> None:
        bits = self._bits
        step = (10, 20, 20, 50)[bits(2)]
        ticks = self._best(sign) - sign * (14 + (bits(7) * (bits(7) + 40) >> 7))
        ticks -= ticks % step
        rest = self._ladder.lots[ticks] * sign
        if ticks in self._makers.held or rest < 0 or (self._best(sign) - ticks) * sign < 6:
            return
        lots = tidy(between(bits, 25_000, 90_000) * (3 if not bits(3) else 1))
        pull = between(bits, 3, 14) if bits(1) else 0
        self._walls.append(_Wall(ticks, sign, lots, now + between(bits, 60, 420) * 10**9, pull))
        self._makers.held.add(ticks)
        self._ladder.put(ticks, sign * (rest + lots))
        self._plant(Act.WALL_PLACED, now, ticks, sign * lots)

    def _watch(self, wall: _Wall, now: int) -> None:
        rest = self._ladder.lots[wall.ticks] * wall.sign
        near = (self._best(wall.sign) - wall.ticks) * wall.sign
        if rest < wall.lots >> 3:
            self._end(wall)
            self._plant(Act.WALL_EATEN, now, wall.ticks, wall.sign * wall.lots)
        elif now > wall.until or near < wall.pull_within or near > FORGOTTEN:
            gone = min(rest, wall.lots)
            self._ladder.put(wall.ticks, wall.sign * (rest - gone))
            self._ladder.settle()
            self._end(wall)
            self._plant(Act.WALL_PULLED, now, wall.ticks, wall.sign * gone)

    def _end(self, wall: _Wall) -> None:
        self._walls.remove(wall)
        self._makers.held.discard(wall.ticks)

    def _hide_iceberg(self, now: int, sign: int, *, large: bool) -> None:
        bits, ladder = self._bits, self._ladder
        ticks = self._best(sign) - sign * between(bits, 0, 7)
        if ticks in self._makers.held:
            return
        shown = tidy(between(bits, 600, 3_000) << large)
        hidden = shown * between(bits, 8 << large, 32)
        ladder.icebergs[ticks] = [hidden, shown]
        self._makers.held.add(ticks)
        ladder.put(ticks, sign * (max(0, ladder.lots[ticks] * sign) // 4 + shown))
        act = Act.ABSORPTION if large else Act.ICEBERG_PLACED
        self._plant(act, now, ticks, sign * hidden)

    def _note_refills(self, now: int) -> None:
        ladder = self._ladder
        for ticks, filled in ladder.refilled:
            shown = ladder.lots[ticks]
            self.planted.append(Planted(Act.ICEBERG_REFILLED, now, ticks, shown, filled=filled))
            if ticks not in ladder.icebergs:
                self._makers.held.discard(ticks)
                self._plant(Act.ICEBERG_ENDED, now, ticks, 0)
        ladder.refilled.clear()

    def _note_withdrawals(self, now: int) -> None:
        for ticks, lots in self._ladder.withdrawn:
            self._plant(Act.WITHDRAWN, now, ticks, lots)
        self._ladder.withdrawn.clear()

    def _drop_far_icebergs(self, now: int) -> None:
        ladder = self._ladder
        for ticks in [t for t in ladder.icebergs if t < ladder.bid - 40 or t > ladder.ask + 40]:
            del ladder.icebergs[ticks]
            self._makers.held.discard(ticks)
            self._plant(Act.ICEBERG_ENDED, now, ticks, 0)

    def _move(self, follower: _Follower) -> None:
        """Keep an order at its distance from the best price, in steps, as quoting programs do."""
        sign, lots = follower.sign, self._ladder.lots
        target = self._best(sign) - sign * follower.offset
        if abs(target - follower.ticks) <= follower.offset >> 2 or target in self._makers.held:
            return
        old = follower.ticks
        if (
            old
            and lots[old] * sign > 0
            and old not in self._makers.held
            and old != self._best(sign)
        ):
            self._ladder.put(old, sign * max(0, lots[old] * sign - follower.lots))
        self._ladder.put(target, sign * (max(0, lots[target] * sign) + follower.lots))
        follower.ticks = target
