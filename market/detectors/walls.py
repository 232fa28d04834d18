"""Walls: large resting sizes, and how much of them was traded and how much taken away."""

from dataclasses import dataclass
from statistics import median

from market.detectors.found import LevelRules, PulledWall
from market.detectors.steps import Sizes, Step
from market.detectors.store import Store

NEAREST = 50
"""Levels of its side around a wall that it is measured by."""
FOLLOWED = 512
"""Walls followed at once; what is beyond is not looked at."""
STOOD = 5 * 1_000_000_000
"""How long a wall has stood at least, ns: what flickers is no wall."""
WITHIN = 200
"""A wall is placed within a 200th of the price from the best price of its side."""
LARGEST = 0.98
"""The share of its side's levels that a wall is at least as large as."""
_REACH = 400
"""Ticks on each side in which the nearest levels are looked for."""
_RANK_EVERY = 10 * 1_000_000_000
_SETTLING = 200_000_000
"""Time for trades that are told later than the book, ns."""


@dataclass(slots=True)
class _Wall:
    began: int
    peak: int
    placed: int
    """All that was ever added."""
    shown: int
    traded: int = 0
    distance: int = 0
    gone: int | None = None
    """When it was found to be gone."""


class Walls:
    """Sizes of at least 5 times the median of the nearest 50 levels that were then taken away.

    definitions.md 21 says no more, and half of a book is like that. So it has to be a size that
    one hand may have placed and taken: among the largest fiftieth of its side, within half a
    percent of the best price, most of it placed in one step of 100 ms and, after 5 s or more, most
    of it gone in one step. Of what went, the part that did not trade was pulled; reported where
    that is at least half.
    """

    def __init__(self, rules: LevelRules, store: Store[PulledWall]) -> None:
        self._rules, self._store = rules, store
        self._walls: dict[int, _Wall] = {}
        self._closing: dict[int, _Wall] = {}
        self._floors: list[float] = [0, 0]
        self._ranked = 0

    def take(self, step: Step) -> None:
        """Look at one step."""
        if step.first:
            self._walls.clear()
            self._closing.clear()
        if step.first or step.ts >= self._ranked + _RANK_EVERY:
            self._rank(step.sizes)
            self._ranked = step.ts - step.ts % _RANK_EVERY
        walls, traded = self._walls, step.traded
        for key in walls.keys() & (step.changed.keys() | traded.keys()):
            self._look(key, walls[key], step)
        for key in list(self._closing):
            self._settle(key, self._closing[key], step)
        floors, before = self._floors, step.before
        fresh = step.sizes if step.first else step.changed
        for key, lots in fresh.items():
            if lots >= floors[key & 1] and key not in walls and lots > before.get(key, 0):
                self._meet(key, lots, step)

    def _rank(self, sizes: Sizes) -> None:
        """Find how large the largest fiftieth of each side is."""
        for ask in (0, 1):
            ranked = sorted(lots for key, lots in sizes.items() if key & 1 == ask)
            self._floors[ask] = ranked[int(LARGEST * len(ranked))] if ranked else float("inf")

    def _meet(self, key: int, lots: int, step: Step) -> None:
        if not step.first and 2 * step.before.get(key, 0) > lots:
            return
        best = step.best(key)
        if best is None or abs(best - (key >> 1)) * WITHIN > best:
            return
        near = nearest(step.sizes, key)
        if near and lots >= self._rules.wall * median(near) and len(self._walls) < FOLLOWED:
            self._walls[key] = _Wall(step.ts, lots, lots, lots)

    def _look(self, key: int, wall: _Wall, step: Step) -> None:
        now = step.sizes.get(key, 0)
        wall.traded += step.traded.get(key, 0)
        wall.placed += max(0, now - wall.shown)
        wall.shown, wall.peak = now, max(wall.peak, now)
        if now * 5 < wall.peak:
            if 2 * (step.before.get(key, 0) - now) < wall.peak or step.ts < wall.began + STOOD:
                del self._walls[key]
                return
            best = step.best(key)
            wall.distance = 0 if best is None else abs(best - (key >> 1))
            wall.gone = step.ts
            self._closing[key] = self._walls.pop(key)

    def _settle(self, key: int, wall: _Wall, step: Step) -> None:
        assert wall.gone is not None
        if step.ts > wall.gone:
            wall.traded += step.traded.get(key, 0)
        if step.ts < wall.gone + _SETTLING:
            return
        del self._closing[key]
        went = wall.placed - wall.shown
        traded = min(wall.traded, went)
        pulled = went - traded
        if 2 * pulled >= went:
            lots = -wall.peak if key & 1 else wall.peak
            self._store.put(
                PulledWall(wall.gone, wall.began, key >> 1, lots, traded, pulled, wall.distance)
            )


def nearest(sizes: Sizes, key: int) -> list[int]:
    """Sizes of up to 50 other levels of a level's side, those nearest to it in price."""
    near: list[int] = []
    for away in range(2, 2 * _REACH + 2, 2):
        near += [sizes[other] for other in (key - away, key + away) if other in sizes]
        if len(near) >= NEAREST:
            return near[:NEAREST]
    return near
