"""Bar rows: what is kept of every bar while it is made, and merging the rows of one bar."""

from collections.abc import Sequence

import numpy as np

from market.columns import Integers, heads, ordered

# FIRST and LAST order the trades inside a bar: event time, or sequence.
KEY, FIRST, LAST, BEGAN, ENDED, OPEN, HIGH, LOW, CLOSE, BUY, SELL, TRADES = range(12)


def add(
    row: list[int], order: Sequence[int], times: list[int], prices: list[int], lots: list[int]
) -> None:
    """Add a few trades of one bar to its row; `order` is what FIRST and LAST are of."""
    for at, ticks in zip(order, prices, strict=True):
        if at < row[FIRST]:
            row[FIRST], row[OPEN] = at, ticks
        if at >= row[LAST]:
            row[LAST], row[CLOSE] = at, ticks
    row[BEGAN], row[ENDED] = min(row[BEGAN], *times), max(row[ENDED], *times)
    row[LOW], row[HIGH] = min(row[LOW], *prices), max(row[HIGH], *prices)
    bought = sum(size for size in lots if size > 0)
    row[BUY], row[SELL] = row[BUY] + bought, row[SELL] + bought - sum(lots)
    row[TRADES] += len(lots)


def folded(columns: Sequence[Integers]) -> Integers:
    """Merge the rows of equal key into one row each, sorted by key."""
    first = ordered((columns[KEY], columns[FIRST]))
    last = first if columns[FIRST] is columns[LAST] else ordered((columns[KEY], columns[LAST]))
    by_first = [column if first is None else column[first] for column in columns]
    at = heads((by_first[KEY],))
    ends = np.empty_like(at)
    ends[:-1], ends[-1:] = at[1:] - 1, len(by_first[KEY]) - 1
    rows = np.empty((len(columns), len(at)), np.int64)
    rows[KEY] = by_first[KEY][at]
    rows[OPEN] = by_first[OPEN][at]
    rows[CLOSE] = (columns[CLOSE] if last is None else columns[CLOSE][last])[ends]
    for row in (FIRST, BEGAN, LOW):
        rows[row] = np.minimum.reduceat(by_first[row], at)
    for row in (LAST, ENDED, HIGH):
        rows[row] = np.maximum.reduceat(by_first[row], at)
    for row in (BUY, SELL, TRADES):
        rows[row] = np.add.reduceat(by_first[row], at)
    return rows
