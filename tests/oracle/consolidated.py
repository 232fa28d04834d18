"""Several markets of one coin as one from the definition (23), price by price and trade by trade.

Prices and sizes are decimals as they are told, sizes in base currency.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.footprint import Print

Levels = Mapping[Decimal, Decimal]
"""Size by price."""


class Sides(NamedTuple):
    """A book."""

    bids: Levels
    asks: Levels


def row_of(price: Decimal, step: Decimal) -> int:
    """The row of a price: floor(price / step)."""
    return Fraction(price) // Fraction(step)


def rows(levels: Iterable[Levels], step: Decimal) -> dict[int, Decimal]:
    """What rests in each row in all books together."""
    sums: dict[int, Decimal] = {}
    for one in levels:
        for price, size in one.items():
            row = row_of(price, step)
            sums[row] = sums.get(row, Decimal(0)) + size
    return sums


def best(books: Mapping[str, Sides]) -> tuple[Decimal, set[str], Decimal, set[str]]:
    """The highest bid and the lowest ask of all, and who has them."""
    bid = max(max(book.bids) for book in books.values() if book.bids)
    ask = min(min(book.asks) for book in books.values() if book.asks)
    return (
        bid,
        {name for name, book in books.items() if bid in book.bids},
        ask,
        {name for name, book in books.items() if ask in book.asks},
    )


def cumulative(levels: Iterable[Levels], row: int, step: Decimal, ask: bool) -> Decimal:
    """All that rests up to the far edge of a row."""
    return sum(
        (
            size
            for one in levels
            for price, size in one.items()
            if (row_of(price, step) <= row if ask else row_of(price, step) >= row)
        ),
        Decimal(0),
    )


def imbalance(books: Sequence[Sides], count: int) -> Fraction:
    """(bids - asks) / both of the best prices of all books together (definitions.md 15)."""
    sums = []
    for number, turn in ((0, True), (1, False)):
        prices = sorted({price for book in books for price in book[number]}, reverse=turn)
        nearest = prices[:count]
        sums.append(
            sum((book[number].get(p, Decimal(0)) for book in books for p in nearest), Decimal(0))
        )
    return Fraction(sums[0] - sums[1]) / Fraction(sums[0] + sums[1])


def cost(books: Sequence[Sides], row: int, step: Decimal) -> tuple[str, Decimal, Decimal] | None:
    """Side, size and worth of an order that takes everything up to a row (definitions.md 26)."""
    bids = [(price, size) for book in books for price, size in book.bids.items()]
    asks = [(price, size) for book in books for price, size in book.asks.items()]
    bought = [one for one in asks if row_of(one[0], step) <= row]
    sold = [one for one in bids if row_of(one[0], step) >= row]
    for name, taken in (("buy", bought), ("sell", sold)):
        if taken and bids and asks:
            size = sum((size for _, size in taken), Decimal(0))
            return name, size, sum((price * size for price, size in taken), Decimal(0))
    return None


def traded(
    prints: Iterable[Print], after: int, step: Decimal
) -> dict[int, tuple[Decimal, Decimal]]:
    """What was sold and bought in each row later than a time."""
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for one in prints:
        if one.ts > after:
            row = row_of(Decimal(one.price), step)
            sold, bought = sums.get(row, (Decimal(0), Decimal(0)))
            size = Decimal(one.size)
            sums[row] = (sold, bought + size) if one.bought else (sold + size, bought)
    return sums


class Point(NamedTuple):
    """A bar of several markets, and the running sum at its end; None before all are known."""

    start: int
    volume: Decimal
    cvd: Decimal | None
    parts: dict[str, Decimal]


def points(prints: Mapping[str, Sequence[Print]], interval: int, day: int) -> list[Point]:
    """Bars of time with the sums of all, begun anew at every multiple of `day`.

    A sum begins with the bar in which the last of the markets was first seen; later anew at once.
    """
    known = max(min(one.ts for one in own) for own in prints.values()) // interval * interval
    starts = sorted({one.ts // interval * interval for own in prints.values() for one in own})
    found: list[Point] = []
    for start in starts:
        begin = max(known, start // day * day)
        volume = sum(
            (
                Decimal(one.size)
                for own in prints.values()
                for one in own
                if one.ts // interval * interval == start
            ),
            Decimal(0),
        )
        parts = {
            name: sum(
                (
                    Decimal(one.size) if one.bought else -Decimal(one.size)
                    for one in own
                    if begin <= one.ts < start + interval
                ),
                Decimal(0),
            )
            for name, own in prints.items()
        }
        total = sum(parts.values(), Decimal(0))
        found.append(Point(start, volume, None if start < known else total, parts))
    return found
