from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from market.orders import Filter, Orders, newest_orders, orders, passed_orders
from market.trades import TradeLog
from tests.strategies import Drawn, log_of, trades

Row = tuple[int, ...]

few_times = trades(span=6, ticks=5)


def merged(drawn: list[Drawn], merge: bool) -> list[Row]:
    """Prints in a row with side and time in common as one, newest first."""
    if not merge:
        return [(t.ts, t.ticks, t.lots, 1, 0, t.ticks * t.lots) for t in reversed(drawn)]
    groups = [list(g) for _, g in groupby(drawn, key=lambda t: (t.ts, t.lots > 0))]
    return [
        (
            g[0].ts,
            g[-1].ticks,
            sum(t.lots for t in g),
            len(g),
            abs(g[-1].ticks - g[0].ticks),
            sum(t.ticks * t.lots for t in g),
        )
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


filters = st.builds(
    Filter,
    st.booleans(),
    st.sampled_from([-1, 0, 1]),
    st.sampled_from([0, 1, 5 * 10**8]),
    st.sampled_from([0, 1, 10**9]),
)


@given(few_times, filters, st.lists(st.integers(0, 60), max_size=8), st.integers(0, 60))
def test_orders_that_pass_a_filter_are_the_same_however_the_log_grew(
    drawn: list[Drawn], wanted: Filter, steps: list[int], count: int
) -> None:
    log = TradeLog()
    for place, trade in enumerate(drawn):
        log.append(*trade)
        if place in steps:
            passed_orders(log, log.end, count, wanted, live=True)
    expected = [
        row
        for row in merged(drawn, wanted.merge)
        if abs(row[2]) >= wanted.lots
        and abs(row[5]) >= wanted.value
        and (not wanted.side or row[2] * wanted.side > 0)
    ]
    assert rows(passed_orders(log, log.end, count, wanted, live=True)) == expected[:count]
    assert rows(passed_orders(log, log.end, count, wanted, live=False)) == expected[:count]


def test_a_value_beyond_what_64_bits_hold_is_exact_and_passes_filters() -> None:
    log, worth = log_of([Drawn(1, 10**12, 2**52)] * 3), 3 * 10**12 * 2**52
    assert rows(orders(log.since(0), merge=True)) == [(1, 10**12, 3 * 2**52, 3, 0, worth)]
    for least, count in ((worth, 1), (worth + 1, 0)):
        wanted = Filter(True, value=least)
        assert len(passed_orders(log, log.end, 9, wanted, live=True).ts) == count


def test_an_order_of_very_many_prints_is_one() -> None:
    log = log_of([Drawn(1, 5, -1), *[Drawn(2, 6, 1)] * 3000])
    assert rows(newest_orders(log, log.end, 1, merge=True, most=8192)) == [
        (2, 6, 3000, 3000, 0, 18000)
    ]


def test_no_more_prints_are_looked_at_than_said() -> None:
    log = log_of([Drawn(2, 6, 1)] * 300, TradeLog(1024))
    assert rows(newest_orders(log, log.end, 5, merge=True, most=100)) == [(2, 6, 100, 100, 0, 600)]
