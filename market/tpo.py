"""Tpo: time at price, a letter per bracket of time and price touched (definitions.md 5).

A bracket touches every row from its low to its high, prices that it leapt over included, as on the
charts of the CBOT. So brackets need no more than a high and a low, and the venue's own candles
serve where trades were not received.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar
from market.profile import VALUE_AREA, point_of_control, value_area

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""A day of half hours has 48; after `z` they begin again."""

MOST_MARKS = 1 << 22
"""Brackets times rows up to which letters are laid out."""

INITIAL = 2
"""Brackets of the initial balance: of half hours the first hour (definitions.md 5)."""

POOR = 2
"""Letters at an extreme that make it a poor one (definitions.md 5)."""


class Balance(NamedTuple):
    """The initial balance: lowest and highest price of the first two brackets, in ticks."""

    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Tpo:
    """The letters of one session; equal to itself alone."""

    group: int
    bottom: int
    """The lowest row is the price group with this index."""
    numbers: tuple[int, ...]
    """Which letter each bracket has, counted from the session's first; a bracket may be missing."""
    marks: Mask
    """[bracket, row from the lowest]: where there is a letter."""
    open: int
    close: int
    high: int
    low: int
    """In ticks."""
    balance: Balance

    @cached_property
    def counts(self) -> Integers:
        """Letters in each row, from the lowest."""
        counts: Integers = self.marks.sum(axis=0, dtype=np.int64)
        return counts

    @property
    def prices(self) -> Integers:
        """Low edges of the rows in ticks, ascending."""
        return (self.bottom + np.arange(self.marks.shape[1])) * self.group

    @cached_property
    def poc(self) -> int:
        """Low edge of the row with most letters; ties as in definitions.md 3."""
        poc = point_of_control(self.prices, self.counts)
        assert poc is not None
        return poc

    def value_area(self, share: float = VALUE_AREA) -> tuple[int, int]:
        """VAL and VAH by letters in place of volume: low edges (definitions.md 4)."""
        # Rows that no bracket touched are rows without letters.
        touched = self.counts > 0
        area = value_area(self.prices[touched], self.counts[touched], self.group, share)
        assert area is not None
        return area

    @cached_property
    def singles(self) -> Mask:
        """Rows with exactly one letter, the highest and the lowest row left out."""
        singles: Mask = self.counts == 1
        singles[[0, -1]] = False
        return singles

    @property
    def poor_high(self) -> bool:
        """Whether the highest row has two letters or more: no one was turned away there."""
        return bool(self.counts[-1] >= POOR)

    @property
    def poor_low(self) -> bool:
        """The same of the lowest row."""
        return bool(self.counts[0] >= POOR)


def tpo(bars: Sequence[Bar], numbers: Sequence[int], group: int) -> Tpo | None:
    """The letters of a session's bars, oldest first, each a bracket with the number given.

    None without bars, and where there are so many brackets or rows that nobody could read them.
    """
    if group < 1:
        raise ValueError("a price group is at least one tick")
    if not bars:
        return None
    low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
    bottom = low // group
    count = high // group - bottom + 1
    if count * len(bars) > MOST_MARKS:
        return None
    rows = np.arange(count)
    lows = np.array([bar.low // group - bottom for bar in bars])[:, None]
    highs = np.array([bar.high // group - bottom for bar in bars])[:, None]
    begun = numbers[0] + INITIAL
    first = [bar for bar, number in zip(bars, numbers, strict=True) if number < begun]
    return Tpo(
        group=group,
        bottom=bottom,
        numbers=tuple(numbers),
        marks=(rows >= lows) & (rows <= highs),
        open=bars[0].open,
        close=bars[-1].close,
        high=high,
        low=low,
        balance=Balance(min(bar.low for bar in first), max(bar.high for bar in first)),
    )


def letter(number: int) -> str:
    """The letter of a bracket: A to Z, a to z, and round again."""
    return LETTERS[number % len(LETTERS)]
