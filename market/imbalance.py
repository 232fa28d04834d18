"""Imbalances between rows of a footprint, and stacks of them (definitions.md 7 and 8)."""

from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Rule(NamedTuple):
    """What an imbalance is: more than `ratio` times the other side, and at least `minimum` lots."""

    ratio: Fraction = Fraction(3)
    minimum: int = 0
    ignore_zeros: bool = True
    """Whether an opposite side of 0 makes no imbalance."""


class Cells(NamedTuple):
    """Cells of bars one after another, each bar's by ascending price; `bar` numbers them."""

    group: int
    bar: Integers
    prices: Integers
    sell: Integers
    buy: Integers

    @property
    def joined(self) -> Mask:
        """Of every cell but the first: whether it lies one row above the cell before it."""
        above = self.prices[1:] - self.prices[:-1] == self.group
        same: Mask = above & (self.bar[1:] == self.bar[:-1])
        return same


Opposites: TypeAlias = tuple[Integers, Integers]
"""What was sold one row below each cell, and what was bought one row above it."""


def imbalances(cells: Cells, rule: Rule, opposite: Opposites | None = None) -> tuple[Mask, Mask]:
    """Diagonal imbalances between the rows as they are grouped: buy mask, sell mask.

    Buy at p: A(p) > ratio x B(one row below) and A(p) >= minimum lots, strictly greater; sell at
    p: B(p) > ratio x A(one row above) and B(p) >= minimum. A neighbour that did not trade is 0.
    `opposite` is what `opposites` says, where it is known already.
    """
    below, above = opposite or opposites(cells)
    buy, sell = _exceeds(cells.buy, below, rule.ratio), _exceeds(cells.sell, above, rule.ratio)
    if rule.minimum > 0:
        buy &= cells.buy >= rule.minimum
        sell &= cells.sell >= rule.minimum
    if rule.ignore_zeros:
        buy &= below > 0
        sell &= above > 0
    return buy, sell


def opposites(cells: Cells) -> Opposites:
    """What was sold one row below each cell, and what was bought one row above it."""
    count, joined = len(cells.prices), cells.joined
    below, above = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.multiply(cells.sell[:-1], joined, out=below[1:])
    np.multiply(cells.buy[1:], joined, out=above[:-1])
    return below, above


def stacks(cells: Cells, marked: Mask, least: int) -> list[tuple[int, int]]:
    """Runs of so many marked cells or more on consecutive rows of a bar: first and last index."""
    linked = np.zeros(len(marked), np.bool_)
    linked[1:] = marked[1:] & marked[:-1] & cells.joined
    first = np.flatnonzero(marked & ~linked)
    last = np.flatnonzero(marked & ~np.append(linked[1:], False))
    pairs = zip(first.tolist(), last.tolist(), strict=True)
    return [(low, high) for low, high in pairs if high - low + 1 >= least]


def _exceeds(volume: Integers, opposite: Integers, ratio: Fraction) -> Mask:
    numerator, denominator = ratio.as_integer_ratio()
    return (volume if denominator == 1 else volume * denominator) > opposite * numerator
