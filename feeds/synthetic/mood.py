"""Moods of the synthetic market: spells of quiet, balance, trend and excitement."""

from dataclasses import dataclass

from feeds.synthetic.dice import Bits, between


@dataclass(frozen=True, slots=True)
class Mood:
    """One spell's character, by step of 100 ms."""

    name: str
    drift: int
    """Of the fair price, 1/64 tick a step."""
    noise: int
    """Of the fair price: about 52 / 64 of this many 1/64 ticks a step."""
    pace: int
    """Taker orders a step, in 1/64."""
    lean: int
    """How much likelier takers buy, in 1/256."""
    sweeps: int
    """Chance of a sweep a step, in 1/65536."""
    shortest: int
    longest: int
    """Length of a spell in steps."""


MOODS = (
    Mood("balance", 0, 88, 44, 0, 200, 300, 900),
    Mood("trend up", 4, 84, 70, 14, 420, 400, 1_100),
    Mood("quiet", 0, 34, 16, 0, 12, 250, 600),
    Mood("trend down", -4, 84, 70, -14, 420, 400, 1_100),
    Mood("excitement", 0, 136, 150, 0, 900, 120, 350),
)


class Spells:
    """Moods one after another: each comes once before any comes again."""

    __slots__ = ("_bag", "_bits", "left", "mood")

    def __init__(self, bits: Bits) -> None:
        self._bits = bits
        self._bag: list[Mood] = []
        self.mood = MOODS[0]
        self.left = between(bits, 250, 500)

    def step(self) -> bool:
        """Let a step pass; True when a new spell begins."""
        self.left -= 1
        if self.left > 0:
            return False
        if not self._bag:
            self._bag = [mood for mood in MOODS if mood is not self.mood]
        self.mood = self._bag.pop(between(self._bits, 0, len(self._bag)))
        self.left = between(self._bits, self.mood.shortest, self.mood.longest)
        return True
