"""Measuring: several ways of doing one thing, timed turn by turn in one process.

Machines are noisy, so nothing here states a time without a reference measured beside it: the
candidates run in turn, round after round, and each is judged by its fastest round.
"""

import gc
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TypeAlias

from msgspec import Struct


class Figure(Struct, frozen=True):
    """One comparison: how fast ours is, how fast the reference is, and the ratio of the two."""

    name: str
    unit: str
    ours: float
    reference: float
    ratio: float
    """Above 1: ours does more a second than the reference."""
    against: str
    goal: float | None = None
    """The least ratio that is good; None where there is none."""

    def line(self) -> str:
        """Return the comparison as one line of text."""
        line = (
            f"{self.name:24} {self.ours:>14,.0f} {self.unit:9} = {self.ratio:>8.2f} x "
            f"{self.against} ({self.reference:,.0f})"
        )
        if self.goal is None:
            return line
        return f"{line}; goal {self.goal:g}: {'met' if self.ratio >= self.goal else 'MISSED'}"


Runner: TypeAlias = Callable[[], tuple[int, float]]
"""Does its work once and says how much it did and how many seconds that took."""


def timed(work: Callable[[], int]) -> Runner:
    """A runner of work in this process; the collector is kept out of the measured stretch."""

    def run() -> tuple[int, float]:
        gc.collect()
        gc.disable()
        started = perf_counter()
        done = work()
        elapsed = perf_counter() - started
        gc.enable()
        return done, elapsed

    return run


def compare(
    name: str,
    unit: str,
    ours: Runner,
    references: Mapping[str, Runner],
    rounds: int,
    goal: float | None = None,
) -> list[Figure]:
    """Ours against every reference, turn by turn in the same rounds; `goal` is the least ratio."""
    runners = {"": ours, **references}
    best = dict.fromkeys(runners, 0.0)
    for _ in range(rounds):
        for runner_name, runner in runners.items():
            done, seconds = runner()
            best[runner_name] = max(best[runner_name], done / seconds)
    return [
        Figure(name, unit, best[""], rate, best[""] / rate, against, goal)
        for against, rate in best.items()
        if against
    ]
