"""Drawings: what people put on the charts of an instrument, at exact prices and market times.

They are kept as decimals and ns, whatever the grid; `placed` puts them on an instrument's ticks
once, for all pictures. A line between two points goes on beyond the second:
price(t) = p1 + (p2 - p1) (t - t1) / (t2 - t1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import NamedTuple, TypeAlias

from market.instrument import Instrument


class Sort(StrEnum):
    """What a drawing stands for: it decides the colour, and a letter where there is none."""

    PLAIN = "plain"
    SUPPORT = "support"
    RESISTANCE = "resistance"
    TARGET = "target"
    WARNING = "warning"

    @property
    def next(self) -> "Sort":
        """The one that a key changes to."""
        sorts = tuple(Sort)
        return sorts[(sorts.index(self) + 1) % len(sorts)]


@dataclass(frozen=True, slots=True)
class Level:
    """A price that matters at any time."""

    price: Decimal
    text: str = ""
    sort: Sort = Sort.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line from one point, `at` ns, through a later one, `until` ns, and on."""

    at: int
    price: Decimal
    until: int
    to: Decimal
    text: str = ""
    sort: Sort = Sort.PLAIN

    def __post_init__(self) -> None:
        if self.at >= self.until:
            raise ValueError("a line goes on in time: its second point is later than its first")


@dataclass(frozen=True, slots=True)
class Moment:
    """A market time that matters at any price, ns."""

    at: int
    text: str = ""
    sort: Sort = Sort.PLAIN


@dataclass(frozen=True, slots=True)
class Note:
    """Words at a market time, ns, and a price."""

    at: int
    price: Decimal
    text: str = ""
    sort: Sort = Sort.PLAIN


Drawing: TypeAlias = Level | Line | Moment | Note


@dataclass(frozen=True, slots=True, eq=False)
class Drawings:
    """The drawings of one instrument as they are to be shown; equal to itself alone."""

    items: tuple[Drawing, ...]
    held: int | None = None
    """Which of them is moved by keys now."""


class Point(NamedTuple):
    """A market time in ns and a price in ticks."""

    at: int
    ticks: int


class Placed(NamedTuple):
    """A drawing on an instrument's grid: ticks are the grid's price at or below its own."""

    drawing: Drawing
    held: bool
    points: tuple[Point, ...]
    """Where it is: a level has no time (0), a moment no price (0), a line two points."""


@lru_cache(maxsize=64)
def placed(drawings: Drawings, instrument: Instrument) -> tuple[Placed, ...]:
    """The drawings on a grid, made once for as long as neither changes."""
    return tuple(
        Placed(drawing, number == drawings.held, _points(drawing, instrument.tick_size))
        for number, drawing in enumerate(drawings.items)
    )


def moved(drawing: Drawing, price: Decimal, time: int) -> Drawing:
    """A drawing so much higher and so many ns later; what has no price or time keeps its place."""
    match drawing:
        case Level():
            return replace(drawing, price=drawing.price + price)
        case Moment():
            return replace(drawing, at=max(0, drawing.at + time))
        case Note():
            return replace(drawing, price=drawing.price + price, at=max(0, drawing.at + time))
        case Line():
            time = max(time, -drawing.at)
            return replace(
                drawing,
                price=drawing.price + price,
                to=drawing.to + price,
                at=drawing.at + time,
                until=drawing.until + time,
            )


def repriced(drawing: Drawing, price: Decimal) -> Drawing:
    """A drawing that is, or begins, at a price."""
    return drawing if isinstance(drawing, Moment) else moved(drawing, price - drawing.price, 0)


def line_ticks(one: Point, other: Point, times: Sequence[int]) -> list[int]:
    """The price of a line through two points at some times: ticks at or below it."""
    rise, run = other.ticks - one.ticks, other.at - one.at
    return [one.ticks + rise * (at - one.at) // run for at in times]


def ticks_of(price: Decimal, tick_size: Decimal) -> int:
    """The ticks at or below a price, exactly."""
    return floor(Fraction(price) / Fraction(tick_size))


def _points(drawing: Drawing, tick_size: Decimal) -> tuple[Point, ...]:
    match drawing:
        case Level(price):
            return (Point(0, ticks_of(price, tick_size)),)
        case Moment(at):
            return (Point(at, 0),)
        case Note(at, price):
            return (Point(at, ticks_of(price, tick_size)),)
        case Line(at, price, until, to):
            first = Point(at, ticks_of(price, tick_size))
            return first, Point(until, ticks_of(to, tick_size))
