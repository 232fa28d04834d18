"""Footprints from their definitions (1, 3, 4 and 6 to 9), in decimals, over a plain list of trades.

Everything is found by going through all trades again, and nothing of the model is used.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple


class Print(NamedTuple):
    """A trade: when in ns, at what price, how much in base currency, and who aggressed."""

    ts: int
    price: Decimal
    size: Decimal
    bought: bool


Row = tuple[Decimal, Decimal, int]
"""What was sold and bought, and in how many trades."""
Rows = dict[Decimal, Row]
"""By the low edge of the row's prices."""
Standing = tuple[str, Decimal, Decimal, int]
"""Kind, low edges of the lowest and highest row, and the start of the bar it comes from."""


def bars_by_time(prints: Sequence[Print], interval: int) -> list[list[Print]]:
    """The trades of every bar, oldest bar first, in order of arrival."""
    starts = sorted({one.ts // interval for one in prints})
    return [[one for one in prints if one.ts // interval == start] for start in starts]


def bars_by_volume(prints: Sequence[Print], volume: Decimal) -> list[list[Print]]:
    bars: list[list[Print]] = []
    for one in prints:
        if not bars or sum(p.size for p in bars[-1]) >= volume:
            bars.append([])
        bars[-1].append(one)
    return bars


def bars_by_range(prints: Sequence[Print], width: Decimal) -> list[list[Print]]:
    bars: list[list[Print]] = []
    for one in prints:
        prices = [one.price, *(p.price for p in (bars[-1] if bars else []))]
        if not bars or max(prices) - min(prices) > width:
            bars.append([])
        bars[-1].append(one)
    return bars


def rows_of(bar: Sequence[Print], step: Decimal) -> Rows:
    rows: Rows = {}
    for one in bar:
        edge = one.price // step * step
        sold, bought, count = rows.get(edge, (Decimal(0), Decimal(0), 0))
        if one.bought:
            bought += one.size
        else:
            sold += one.size
        rows[edge] = (sold, bought, count + 1)
    return dict(sorted(rows.items()))


def point_of_control(rows: Rows) -> Decimal:
    """The row of the largest volume; tied the one nearest the middle of all, then the lower."""
    middle = (min(rows) + max(rows)) / 2
    return min(rows, key=lambda p: (-(rows[p][0] + rows[p][1]), abs(p - middle), p))


def value_area(rows: Rows, step: Decimal, share: Decimal) -> tuple[Decimal, Decimal]:
    """Low edges of its lowest and highest row: the larger pair of rows joins, tied the upper."""

    def held(first: Decimal, last: Decimal) -> Decimal:
        return sum((s + b for p, (s, b, _) in rows.items() if first <= p <= last), Decimal(0))

    bottom, top = min(rows), max(rows)
    low = high = point_of_control(rows)
    while held(low, high) < share * held(bottom, top):
        upper, lower = min(high + 2 * step, top), max(low - 2 * step, bottom)
        above, below = held(high + step, upper), held(lower, low - step)
        if lower == low or (upper > high and above >= below):
            high = upper
        else:
            low = lower
    return low, high


def imbalances(
    rows: Rows, step: Decimal, ratio: Decimal, least: Decimal, ignore_zeros: bool
) -> tuple[list[Decimal], list[Decimal]]:
    """Rows with more bought than `ratio` times what was sold one row below, and the mirror."""
    nothing = (Decimal(0), Decimal(0), 0)
    buys, sells = [], []
    for price, (sold, bought, _) in rows.items():
        below, above = rows.get(price - step, nothing)[0], rows.get(price + step, nothing)[1]
        if bought > ratio * below and bought >= least and (below or not ignore_zeros):
            buys.append(price)
        if sold > ratio * above and sold >= least and (above or not ignore_zeros):
            sells.append(price)
    return buys, sells


def stacks(marked: Sequence[Decimal], step: Decimal, least: int) -> list[tuple[Decimal, Decimal]]:
    """First and last of at least so many rows in a row."""
    found = []
    for price in marked:
        if price - step in marked:
            continue
        last = price
        while last + step in marked:
            last += step
        if (last - price) / step + 1 >= least:
            found.append((price, last))
    return found


def standing(
    bars: Sequence[Sequence[Print]],
    step: Decimal,
    interval: int,
    ratio: Decimal,
    least: Decimal,
    ignore_zeros: bool,
    stacked: int,
) -> set[Standing]:
    """What each bar but the last left behind, as far as no bar after it has met it."""
    found: set[Standing] = set()
    for number, bar in enumerate(bars[:-1]):
        rows, later = rows_of(bar, step), bars[number + 1 :]
        traded = {one.price // step * step for after in later for one in after}
        start = bar[0].ts // interval * interval

        def row(kind: str, price: Decimal, start: int = start) -> Standing:
            return kind, price, price, start

        if (point := point_of_control(rows)) not in traded:
            found.add(row("naked_pocs", point))
        for kind, edge in (("unfinished_highs", max(rows)), ("unfinished_lows", min(rows))):
            if rows[edge][0] and rows[edge][1] and edge not in traded:
                found.add(row(kind, edge))
        sides = imbalances(rows, step, ratio, least, ignore_zeros)
        for kind, marked in zip(("buy_zones", "sell_zones"), sides, strict=True):
            for low, high in stacks(marked, step, stacked):
                if not any(_touches(after, low, high + step) for after in later):
                    found.add((kind, low, high, start))
    return found


def _touches(bar: Sequence[Print], low: Decimal, below: Decimal) -> bool:
    """Whether the prices of a bar reach what lies from `low` up to `below`."""
    prices = [one.price for one in bar]
    return min(prices) < below and max(prices) >= low


def extremes(bar: Sequence[Print]) -> tuple[Decimal, Decimal]:
    """The largest and smallest cumulative delta inside a bar, in order of arrival."""
    total, sums = Decimal(0), []
    for one in bar:
        total += one.size if one.bought else -one.size
        sums.append(total)
    return max(sums), min(sums)
