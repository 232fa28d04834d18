"""Chance in whole numbers: heavy-tailed tables drawn from random bits, the same everywhere."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

Bits: TypeAlias = Callable[[int], int]
"""`Random.getrandbits`: that many random bits."""


def table(knots: Sequence[tuple[int, int]]) -> list[int]:
    """1024 quantiles, straight between the knots (position of 1024, value), rising."""
    values: list[int] = []
    for (start, low), (end, high) in pairwise(knots):
        values += [low + (high - low) * (i - start) // (end - start) for i in range(start, end)]
    return values


RESTING = table(
    [
        (0, 4), (100, 30), (300, 120), (512, 320), (700, 700), (850, 1_500), (930, 2_800),
        (980, 6_000), (1_010, 13_000), (1_024, 26_000),
    ]
)  # fmt: skip
"""Lots of one maker's order away from the touch."""

TAKEN = table(
    [
        (0, 1), (100, 3), (300, 12), (512, 55), (700, 150), (850, 350), (930, 800),
        (980, 2_000), (1_010, 5_000), (1_024, 14_000),
    ]
)  # fmt: skip
"""Lots of one taker's order."""


def between(bits: Bits, low: int, high: int) -> int:
    """A whole number from `low` up to, but not including, `high`."""
    return low + (bits(20) * (high - low) >> 20)


def tidy(lots: int) -> int:
    """A size as people type it: one or two leading digits."""
    unit = 1
    while lots >= unit * 20:
        unit *= 10
    return max(1, lots // unit * unit)
