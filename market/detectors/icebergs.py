"""Icebergs: levels that trade more than they ever show, told from the book's levels alone."""

from dataclasses import dataclass

from market.detectors.found import Iceberg, LevelRules
from market.detectors.steps import Step
from market.detectors.store import Store

RESTED = 60 * 1_000_000_000
"""After so long without a trade a level is no longer followed."""


@dataclass(slots=True)
class _Level:
    """A level since the first trade there, for as long as it stands."""

    began: int
    shown: int
    largest: int
    last: int
    executed: int = 0
    reduced: int = 0
    refills: int = 0
    pending: bool = False
    """Whether it was traded through and stands: a refill, if it still does at the next look."""
    number: int | None = None


class Icebergs:
    """Levels whose executed volume is not explained by what became of their shown size.

    definitions.md 12: hidden = executed since it was followed - visible reductions since then;
    reported with 3 refills and twice the largest size shown. A refill is a step of 100 ms in which
    at least all that was shown traded, and the level stands at that step's end and at the next.
    Orders placed and filled within one step cannot be told from hidden ones: hence "possible".
    """

    def __init__(self, rules: LevelRules, store: Store[Iceberg]) -> None:
        self._rules, self._store = rules, store
        self._levels: dict[int, _Level] = {}
        self._pending: set[int] = set()
        self._swept = 0

    def take(self, step: Step) -> None:
        """Look at one step."""
        levels, traded = self._levels, step.traded
        if step.first:
            levels.clear()
            self._pending.clear()
        else:
            for key in traded.keys() - levels.keys():
                self._follow(key, step)
        touched = levels.keys() & (step.changed.keys() | traded.keys())
        for key in touched | self._pending:
            self._look(key, levels[key], traded.get(key, 0), step)
        if step.ts >= self._swept + RESTED:
            self._swept = step.ts
            for key in [key for key, level in levels.items() if level.last < step.ts - RESTED]:
                del levels[key]

    def _follow(self, key: int, step: Step) -> None:
        shown = step.before.get(key, step.sizes.get(key, 0))
        if shown:
            self._levels[key] = _Level(step.ts, shown, shown, step.ts)

    def _look(self, key: int, level: _Level, traded: int, step: Step) -> None:
        before, now = level.shown, step.sizes.get(key, 0)
        level.refills += level.pending and now > 0
        level.pending = now > 0 and traded >= before
        level.executed += traded
        level.reduced += max(0, before - now)
        level.shown, level.largest = now, max(level.largest, now)
        level.last = step.ts if traded else level.last
        self._judge(key, level, step)
        self._pending.discard(key)
        if not now:
            del self._levels[key]
        elif level.pending:
            self._pending.add(key)

    def _judge(self, key: int, level: _Level, step: Step) -> None:
        hidden = level.executed - level.reduced
        if level.refills < self._rules.refills or hidden < self._rules.hidden * level.largest:
            return
        lots = -level.executed if key & 1 else level.executed
        found = Iceberg(
            step.ts, level.began, key >> 1, lots, hidden, level.refills, level.largest
        )  # fmt: skip
        level.number = self._store.put(found, level.number)
