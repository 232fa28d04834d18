from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from market.orders import Orders, newest_orders, orders
from market.trades import TradeLog
from tests.strategies import Drawn, log_of, trades

Row = tuple[int, ...]

few_times = trades(span=6, ticks=5)


def merged(drawn: list[Drawn], merge: bool) -> list[Row]:
    """Prints in a row with side and time in common as one, newest first."""
    if not merge:
        return [(t.ts, t.ticks, t.lots, 1, 0) for t in reversed(drawn)]
    groups = [list(g) for _, g in groupby(drawn, key=lambda t: (t.ts, t.lots > 0))]
    return [
        (g[0].ts, g[-1].ticks, sum(t.lots for t in g), len(g), abs(g[-1].ticks - g[0].ticks))
        for g in reversed(groups)
    ]


def rows(found: Orders) -> list[Row]:
    return list(zip(*(column.tolist() for column in found), strict=True))


@given(few_times, st.booleans())
def test_prints_in_a_row_of_one_side_and_time_are_one_order(
    drawn: list[Drawn], merge: bool
) -> None:
    log = log_of(drawn)
    assert rows(orders(log.since(0), merge)) == merged(drawn, merge)


@given(few_times, st.booleans(), st.integers(0, 90), st.integers(0, 220))
def test_the_newest_orders_are_whole_however_few_are_asked_for(
    drawn: list[Drawn], merge: bool, count: int, end: int
) -> None:
    log, end = log_of(drawn), min(end, len(drawn))
    found = newest_orders(log, end, count, merge, most=1000)
    assert rows(found) == merged(drawn[:end], merge)[:count]


def test_an_order_of_very_many_prints_is_one() -> None:
    log = log_of([Drawn(1, 5, -1), *[Drawn(2, 6, 1)] * 3000])
    assert rows(newest_orders(log, log.end, 1, merge=True, most=8192)) == [(2, 6, 3000, 3000, 0)]


def test_no_more_prints_are_looked_at_than_said() -> None:
    log = log_of([Drawn(2, 6, 1)] * 300, TradeLog(1024))
    assert rows(newest_orders(log, log.end, 5, merge=True, most=100)) == [(2, 6, 100, 100, 0)]
