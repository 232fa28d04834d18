"""The tape's numbers reckoned the slow way, from the trades alone."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from market.events import Event, Trade
from market.market import Market
from tests.lots import in_lots

SECOND = 1_000_000_000


class Print(NamedTuple):
    """A trade in the market's ticks and lots; lots are negative where the seller aggressed."""

    ts: int
    ticks: int
    lots: int


class Order(NamedTuple):
    """Prints of one side and one exchange time, one after the other (definitions.md 13)."""

    ts: int
    price: Decimal
    """Reached last."""
    size: Decimal
    side: str
    prints: int
    swept: Decimal
    value: Decimal


def prints(market: Market, events: Iterable[Event]) -> list[Print]:
    """The trades of a market in the order of their arrival; it has taken all of them already."""
    instrument = market.instrument
    assert instrument is not None
    found: list[Print] = []
    for event in events:
        if isinstance(event, Trade) and event.instrument == market.id:
            lots = in_lots(market, event.size, event.price)
            sign = 1 if event.side == "buy" else -1
            found.append(Print(event.ts_event, instrument.ticks(event.price), sign * lots))
    return found


def orders(market: Market, taken: Sequence[Print], merge: bool = True) -> list[Order]:
    """The orders behind the prints, newest first."""
    instrument = market.instrument
    assert instrument is not None
    groups: list[list[Print]] = []
    for one in taken:
        last = groups[-1][-1] if groups else None
        if merge and last and (last.ts, last.lots > 0) == (one.ts, one.lots > 0):
            groups[-1].append(one)
        else:
            groups.append([one])
    found: list[Order] = []
    for group in reversed(groups):
        prices = [one.ticks * instrument.tick_size for one in group]
        sizes = [abs(one.lots) * instrument.lot_size for one in group]
        found.append(
            Order(
                group[0].ts,
                prices[-1],
                sum(sizes, Decimal(0)),
                "buy" if group[0].lots > 0 else "sell",
                len(group),
                abs(prices[-1] - prices[0]),
                sum((p * s for p, s in zip(prices, sizes, strict=True)), Decimal(0)),
            )
        )
    return found


def speed(taken: Sequence[Print], now: int) -> tuple[int, float | None] | None:
    """Prints of the last whole second, and their z-score against the 60 before it.

    The second of the first trade counts for nothing; fewer than 30 seconds have no score.
    """
    if not taken:
        return None
    last, first = now // SECOND - 1, taken[0].ts // SECOND + 1
    if first > last:
        return None
    seconds = range(max(first, last - 60), last + 1)
    counts = [sum(1 for one in taken if one.ts // SECOND == n) for n in seconds]
    return counts[-1], _score(counts)


def _score(values: Sequence[int]) -> float | None:
    *before, value = values
    if len(before) < 30:
        return None
    mean = Fraction(sum(before), len(before))
    variance = sum((v - mean) ** 2 for v in before) / len(before)
    return float(value - mean) / sqrt(variance) if variance else None
