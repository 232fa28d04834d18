"""Cumulative delta and VWAP with its bands from their definitions (2 and 20), trade by trade."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.footprint import Print

DAY = 86_400 * 10**9


class Point(NamedTuple):
    """What there was at the end of a bar; `variance` is the square of sigma."""

    start: int
    cvd: Decimal
    vwap: Fraction
    variance: Fraction


def points(prints: Sequence[Print], interval: int, anchors: Sequence[int]) -> list[Point]:
    """The sums at the end of every bar, begun anew at each of the anchors."""
    found: list[Point] = []
    for start in sorted({one.ts // interval * interval for one in prints}):
        anchor = max((at for at in anchors if at <= start), default=0)
        held = [one for one in prints if anchor <= one.ts < start + interval]
        delta = sum((one.size if one.bought else -one.size for one in held), Decimal(0))
        volume = sum((Fraction(one.size) for one in held), Fraction(0))
        amounts = (Fraction(one.size) * Fraction(one.price) for one in held)
        mean = sum(amounts, Fraction(0)) / volume
        squares = (Fraction(one.size) * (Fraction(one.price) - mean) ** 2 for one in held)
        spread = sum(squares, Fraction(0))
        found.append(Point(start, delta, mean, spread / volume))
    return found
