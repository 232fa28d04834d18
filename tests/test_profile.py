from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.profile import (
    ALWAYS,
    Span,
    SpanProfile,
    VolumeProfile,
    point_of_control,
    profile_within,
    value_area,
)
from market.trades import TradeLog
from tests.strategies import Drawn, log_of, trades
from tests.test_bars import fed

groups = st.sampled_from([1, 2, 5, 40])
rows = st.dictionaries(st.integers(-30, 30), st.integers(1, 50), min_size=1, max_size=30)


def slow_poc(volumes: dict[int, int]) -> int:
    most = max(volumes.values())
    middle = (min(volumes) + max(volumes)) / 2
    tied = [price for price, volume in volumes.items() if volume == most]
    return min(tied, key=lambda price: (abs(price - middle), price))


def slow_value_area(volumes: dict[int, int], group: int, percent: int) -> tuple[int, int]:
    """definitions.md 4, word by word, on a list of every row."""
    prices = list(range(min(volumes), max(volumes) + group, group))
    above = [p for p in prices if p > slow_poc(volumes)]
    below = [p for p in prices if p < slow_poc(volumes)][::-1]
    inside = [slow_poc(volumes)]
    while 100 * sum(volumes.get(p, 0) for p in inside) < percent * sum(volumes.values()):
        upper = sum(volumes.get(p, 0) for p in above[:2])
        lower = sum(volumes.get(p, 0) for p in below[:2])
        if above and (upper >= lower or not below):
            inside, above = inside + above[:2], above[2:]
        else:
            inside, below = inside + below[:2], below[2:]
    return min(inside), max(inside)


def columns(volumes: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    prices = sorted(volumes)
    return np.array(prices, np.int64), np.array([volumes[p] for p in prices], np.int64)


@given(trades(), groups, st.lists(st.integers(0, 200)))
def test_a_profile_is_the_trades_added_up_by_price(
    drawn: list[Drawn], group: int, cuts: list[int]
) -> None:
    profile = VolumeProfile(group)
    fed(drawn, cuts, profile.update)
    expected: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for _, ticks, lots in drawn:
        expected[ticks // group * group][lots > 0] += abs(lots)
    prices, sell, buy = profile.columns
    assert prices.tolist() == sorted(expected)
    assert [[s, b] for s, b in zip(sell.tolist(), buy.tolist(), strict=True)] == [
        expected[price] for price in sorted(expected)
    ]


@given(rows)
def test_the_point_of_control_breaks_ties_towards_the_middle_then_down(
    volumes: dict[int, int],
) -> None:
    assert point_of_control(*columns(volumes)) == slow_poc(volumes)


@given(rows.map(lambda v: {p: n % 3 + 1 for p, n in v.items()}))
def test_the_point_of_control_of_many_ties(volumes: dict[int, int]) -> None:
    assert point_of_control(*columns(volumes)) == slow_poc(volumes)


@given(rows, st.sampled_from([1, 3, 10]), st.sampled_from([0, 1, 50, 68, 70, 99, 100]))
def test_the_value_area_grows_by_pairs_from_the_point_of_control(
    volumes: dict[int, int], group: int, percent: int
) -> None:
    grouped = {price * group: volume for price, volume in volumes.items()}
    area = value_area(*columns(grouped), group, percent / 100)
    assert area == slow_value_area(grouped, group, percent)


def test_the_value_area_takes_the_upper_pair_when_both_are_equal() -> None:
    volumes = {1: 5, 2: 5, 3: 10, 4: 5, 5: 5}
    assert value_area(*columns(volumes), 1, 0.5) == (3, 5)


def test_the_value_area_stops_when_the_share_is_met_exactly() -> None:
    assert value_area(*columns({1: 3, 2: 7}), 1, 0.7) == (2, 2)
    assert value_area(*columns({1: 31, 2: 69}), 1, 0.7) == (1, 2)


def test_the_value_area_of_a_profile_uses_seventy_percent() -> None:
    profile = VolumeProfile(10)
    profile.update(log_of([Drawn(0, 5, 70), Drawn(0, 15, -30)]))
    assert profile.poc == 0
    assert profile.value_area() == (0, 0)
    assert profile.value_area(0.71) == (0, 10)


def test_a_profile_without_trades_has_neither() -> None:
    profile = VolumeProfile(1)
    profile.update(TradeLog())
    assert profile.poc is None
    assert profile.value_area() is None


def test_a_rescaled_log_is_read_anew() -> None:
    log, profile = log_of([Drawn(0, 5, 7), Drawn(0, 6, -1)]), VolumeProfile(1)
    profile.update(log)
    log.rescale(10, 100)
    profile.update(log)
    prices, sell, buy = profile.columns
    assert (prices.tolist(), sell.tolist(), buy.tolist()) == ([50, 60], [0, 100], [700, 0])


def test_a_group_of_no_ticks_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one tick"):
        VolumeProfile(0)


moves = st.lists(
    st.tuples(st.integers(0, 12), st.integers(-5, 20), st.one_of(st.none(), st.integers(0, 30))),
    min_size=1,
    max_size=8,
)


@given(trades(), groups, moves, st.booleans())
def test_a_span_that_moves_holds_what_counting_it_anew_would(
    drawn: list[Drawn], group: int, steps: list[tuple[int, int, int | None]], counted: bool
) -> None:
    log, profile, start = TradeLog(), SpanProfile(group), 0
    for fed_now, on, length in steps:
        log_of(drawn[log.end : log.end + fed_now * 4], log)
        start += on
        span = Span(start, ALWAYS if length is None else start + length, counted)
        expected: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
        for sequence, (ts, ticks, lots) in enumerate(drawn[: log.end]):
            if span.start <= (sequence if counted else ts) < span.end:
                expected[ticks // group * group][lots > 0] += abs(lots)
        found = profile.move(log, span)
        assert profile.move(log, span) is found
        sides = zip(found.sell.tolist(), found.buy.tolist(), strict=True)
        assert dict(zip(found.prices.tolist(), map(list, sides), strict=True)) == expected


def test_a_span_keeps_what_the_log_has_dropped_until_it_moves() -> None:
    log, profile = TradeLog(capacity=4), SpanProfile(1)
    log_of([Drawn(second, 5, 1) for second in range(4)], log)
    assert profile.move(log, Span(0)).total == 4
    log_of([Drawn(4, 5, 1)], log)
    assert log.first == 1
    assert profile.move(log, Span(0)).total == 5
    assert profile.move(log, Span(1)).total == 4
    assert profile.move(log, Span(0)).total == 4, "the first trade is no longer known"


def test_a_span_profile_is_read_anew_from_a_rescaled_log() -> None:
    log, profile = log_of([Drawn(0, 5, 7), Drawn(1, 6, -1)]), SpanProfile(1)
    profile.move(log, Span(0))
    log.rescale(10, 100)
    found = profile.move(log, Span(1))
    assert (found.prices.tolist(), found.sell.tolist(), found.poc) == ([60], [100], 60)


def test_a_profile_is_laid_on_rows_that_need_not_cover_it() -> None:
    profile = SpanProfile(10).move(
        log_of([Drawn(0, 5, 7), Drawn(1, 16, -1), Drawn(1, 40, 2)]), Span(0)
    )
    sold, bought = profile.rows(-1, 3)
    assert (sold.tolist(), bought.tolist()) == ([0, 0, 1], [0, 7, 0])
    assert profile.delta.tolist() == [7, -1, 2]
    assert [len(side) for side in profile.rows(0, -2)] == [0, 0]


def test_a_span_of_no_ticks_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one tick"):
        SpanProfile(0)


def test_spans_of_a_log_are_shared_by_all_who_ask() -> None:
    log = log_of([Drawn(0, 5, 7), Drawn(1, 16, -1)])
    found = profile_within(log, 1, Span(0))
    assert profile_within(log, 1, Span(0)) is found
    assert profile_within(log, 1, Span(1)).total == 1
    assert profile_within(log, 1, Span(0, 1)).total == 7
    assert profile_within(log, 10, Span(1, 2, counted=True)).poc == 10
