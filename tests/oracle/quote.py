"""Sizes in quote currency the slow way: sums of size times price, in decimals."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from market.market import Market
from tests.oracle.footprint import Print

Pair = tuple[Decimal, Decimal]
"""What was sold and bought, or rests as bids and asks, by its worth."""
_NUMBER = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]+)?)([kMGT]?)")
_SUFFIX = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12}


def by_row(prints: Iterable[Print], step: Decimal) -> dict[Decimal, Pair]:
    """What was sold and bought in each row is worth, by the row's low edge."""
    rows: dict[Decimal, Pair] = {}
    for one in prints:
        edge = one.price // step * step
        sold, bought = rows.get(edge, (Decimal(0), Decimal(0)))
        value = one.price * one.size
        rows[edge] = (sold, bought + value) if one.bought else (sold + value, bought)
    return rows


def resting(market: Market, step: Decimal) -> dict[Decimal, Pair]:
    """What rests in each row is worth, level by level."""
    instrument, book, rows = market.instrument, market.book, dict[Decimal, Pair]()
    assert instrument is not None
    assert book is not None
    for side, levels in enumerate(book.top(1_000_000)):
        for ticks, lots in levels:
            at = instrument.price(ticks)
            pair = list(rows.get(at // step * step, (Decimal(0), Decimal(0))))
            pair[side] += at * instrument.size(lots)
            rows[at // step * step] = (pair[0], pair[1])
    return rows


def orders(prints: Sequence[Print]) -> list[Decimal]:
    """What the orders behind the prints were worth, newest first (definitions.md 13)."""
    found: list[tuple[int, bool, Decimal]] = []
    for one in prints:
        value = one.price * one.size
        if found and found[-1][:2] == (one.ts, one.bought):
            value += found.pop()[2]
        found.append((one.ts, one.bought, value))
    return [value for _, _, value in reversed(found)]


def says(text: str, value: Decimal) -> bool:
    """Whether a number as written is the value to its last digit; nothing stands for zero."""
    text = text.strip() or "0"
    found = _NUMBER.fullmatch(text)
    assert found is not None, text
    sign, digits, suffix = found.groups()
    last = Decimal(1).scaleb(_SUFFIX[suffix] - len(digits.partition(".")[2]))
    written = Decimal(digits).scaleb(_SUFFIX[suffix]) * (-1 if sign == "-" else 1)
    # Halves go either way, since the scale is a binary fraction.
    return abs(written - value) <= last * Decimal("0.500001")
