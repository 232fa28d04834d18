"""Volume profiles reckoned the slow way, from definitions.md 1, 3, 4 and 6, a trade at a time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from market.events import Event, Trade
from market.market import Market
from tests.lots import in_lots

SECOND = 1_000_000_000


class Print(NamedTuple):
    """A trade: time in ns, price in ticks, lots bought (below zero: sold)."""

    ts: int
    ticks: int
    lots: int


class Row(NamedTuple):
    """What traded in a price row."""

    sell: int
    buy: int

    @property
    def volume(self) -> int:
        return self.sell + self.buy


Rows = dict[int, Row]
"""By low edge in ticks; rows without trades are missing."""


def prints(events: Iterable[Event], market: Market) -> list[Print]:
    """The trades of one market among events, in whole ticks and lots."""
    assert market.instrument is not None
    found = []
    for event in events:
        if isinstance(event, Trade) and event.instrument == market.id:
            lots = in_lots(market, event.size, event.price)
            ticks = market.instrument.ticks(event.price)
            found.append(Print(event.ts_event, ticks, lots if event.side.value == "buy" else -lots))
    return found


def rows(trades: Iterable[Print], group: int) -> Rows:
    """A(p) and B(p) of every row (notation of definitions.md)."""
    found: Rows = {}
    for trade in trades:
        edge = trade.ticks - trade.ticks % group
        row = found.get(edge, Row(0, 0))
        if trade.lots > 0:
            found[edge] = row._replace(buy=row.buy + trade.lots)
        else:
            found[edge] = row._replace(sell=row.sell - trade.lots)
    return found


def poc(volumes: dict[int, int]) -> int:
    """definitions.md 3: the most volume; tied the nearest to the middle, then the lower."""
    middle = Fraction(min(volumes) + max(volumes), 2)
    most = max(volumes.values())
    tied = [price for price, volume in volumes.items() if volume == most]
    return min(tied, key=lambda price: (abs(price - middle), price))


def value_area(volumes: dict[int, int], group: int, share: Fraction) -> tuple[int, int]:
    """definitions.md 4, method A, on a list of every row from the lowest to the highest."""
    prices = list(range(min(volumes), max(volumes) + 1, group))
    start = prices.index(poc(volumes))
    inside, above, below = prices[start : start + 1], prices[start + 1 :], prices[:start][::-1]

    def sum_of(these: Sequence[int]) -> int:
        return sum(volumes.get(price, 0) for price in these)

    while sum_of(inside) < share * sum(volumes.values()):
        up, down = above[:2], below[:2]
        if not down or (up and sum_of(up) >= sum_of(down)):
            inside, above = inside + up, above[2:]
        else:
            inside, below = inside + down, below[2:]
    return min(inside), max(inside)


def volumes_of(found: Rows) -> dict[int, int]:
    return {price: row.volume for price, row in found.items()}


def day_of(ts: int) -> date:
    """The UTC day."""
    return datetime.fromtimestamp(ts // SECOND, UTC).date()


def week_of(ts: int) -> tuple[int, int]:
    """The ISO year and week, which begins on Monday."""
    year, week, _ = day_of(ts).isocalendar()
    return year, week


def naked(sessions: Sequence[Sequence[Print]], group: int) -> list[int]:
    """definitions.md 6: POCs of all sessions but the last that no later session traded."""
    found = []
    for number, trades in enumerate(sessions[:-1]):
        point = poc(volumes_of(rows(trades, group)))
        later = [trade for session in sessions[number + 1 :] for trade in session]
        if point not in rows(later, group):
            found.append(point)
    return found


def nodes(volumes: dict[int, int], group: int, reach: int) -> tuple[list[int], list[int]]:
    """High and low volume nodes as `market/nodes.py` words them, row by row."""
    prices = list(range(min(volumes), max(volumes) + 1, group))
    volume = [volumes.get(price, 0) for price in prices]
    mean = Fraction(sum(volume), len(volume))
    high = []
    for at, here in enumerate(volume):
        below, above = volume[max(0, at - reach) : at], volume[at + 1 : at + 1 + reach]
        if here >= mean and all(v < here for v in below) and all(v <= here for v in above):
            high.append(at)
    low = []
    for one, other in pairwise(high):
        between = range(one + 1, other)
        least = min(between, key=lambda at: (volume[at], at))
        if Fraction(volume[least]) <= Fraction(min(volume[one], volume[other]), 2):
            low.append(least)
    return [prices[at] for at in high], [prices[at] for at in low]
