"""Renko and delta bars from their definitions (25), trade by trade.

Bricks are found by asking after every trade whether the price is a whole brick beyond the last one
in its direction or two against it; the sides of a bar are added up anew for every trade.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.footprint import Print


class Brick(NamedTuple):
    """A brick by its edges, which trades it holds, and with which it begins."""

    open: Decimal
    close: Decimal
    trades: tuple[int, ...]
    begin: int


def bricks(prices: Sequence[Decimal], size: Decimal) -> list[Brick]:
    """All bricks, the last of which is not over: it closes at the last price."""
    found: list[Brick] = []
    base = prices[0] - prices[0] % size
    if base > prices[0]:  # the remainder of a Decimal has the sign of the price
        base -= size
    closed, direction, held = base, 0, list[int]()
    begin = 0
    for number, price in enumerate(prices):
        while True:
            up = closed + (2 if direction < 0 else 1) * size
            down = closed - (2 if direction > 0 else 1) * size
            if down < price < up:
                break
            close = up if price >= up else down
            direction = 1 if price >= up else -1
            found.append(Brick(close - direction * size, close, tuple(held), begin))
            closed, held, begin = close, [], number
        held.append(number)
    return [*found, Brick(closed, prices[-1], tuple(held), begin)]


def bars_by_delta(prints: Sequence[Print], volume: Decimal) -> list[list[Print]]:
    """The trades of every bar, oldest bar first."""
    bars: list[list[Print]] = []
    for one in prints:
        if not bars or abs(_net(bars[-1])) >= volume:
            bars.append([])
        bars[-1].append(one)
    return bars


def _net(bar: Sequence[Print]) -> Decimal:
    return sum((one.size if one.bought else -one.size for one in bar), Decimal(0))
