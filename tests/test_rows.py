from decimal import Decimal
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from market.bar import Bar
from market.instrument import Instrument
from market.market import Market
from tests.scenes import NAME
from tests.strategies import Drawn, log_of
from tui.rows import (
    BLOCK,
    PriceRows,
    centred,
    fitted,
    followed,
    price_path,
    settled,
    typical_grouping,
)

INSTRUMENT = Instrument("x", "Y", Decimal("0.5"), Decimal("0.001"))

prices = st.integers(0, 3000)
paths = st.lists(prices, min_size=1, max_size=60)
groups = st.integers(1, 40)
counts = st.integers(1, 60)


@given(paths, groups, counts)
def test_the_newest_price_always_has_a_row(path: list[int], group: int, count: int) -> None:
    rows = settled(path, group, count)
    assert 0 <= rows.row(path[-1]) < count


@given(paths, groups, counts)
def test_rows_and_edges_agree(path: list[int], group: int, count: int) -> None:
    rows = settled(path, group, count)
    edges = rows.edges()
    assert len(edges) == count
    assert [rows.row(edge) for edge in edges] == list(range(count))
    assert edges[-1] == rows.low
    assert all(edge % group == 0 for edge in edges)


@given(paths, st.integers(12, 60))
def test_rows_stay_while_the_price_moves_in_the_middle(path: list[int], count: int) -> None:
    before = settled(path, 1, count)
    middle = before.bottom + count // 2
    wiggle = [middle + step for step in (0, 1, -1, 2, -2, 0) for _ in range(3)]
    assert settled([*path, *wiggle], 1, count) == before


@given(st.integers(0, 500), st.integers(0, 500), counts)
def test_a_range_that_fits_is_covered_whole(low: int, span: int, count: int) -> None:
    group = span // count + 1
    rows = fitted(low, low + span, group, count)
    if (low + span) // group - low // group < count:
        assert 0 <= rows.row(low) < count
        assert 0 <= rows.row(low + span) < count


def test_rows_around_a_held_price_have_it_in_the_middle() -> None:
    assert centred(1000, 10, 21).row(1000) == 10


def walked(path: list[int], group: int, count: int) -> PriceRows:
    """The simplest walk: each price, and the rows moved where it is near their edge."""
    margin, step = count // 4, max(1, count // 8)
    bottom = None
    for ticks in path:
        row = ticks // group
        if bottom is None or not bottom + margin <= row < bottom + count - margin:
            bottom = (row - count // 2 + step // 2) // step * step
    return PriceRows(group, bottom or 0, count)


@given(paths, st.integers(1, 40), st.integers(0, 60))
def test_rows_are_where_a_walk_price_by_price_ends(path: list[int], group: int, count: int) -> None:
    assert settled(path, group, count) == walked(path, group, count)
    assert settled(path * 9, group, count) == walked(path * 9, group, count)


@settings(max_examples=30)
@given(
    st.lists(st.integers(1, BLOCK), min_size=1, max_size=8),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 2**32),
)
def test_rows_that_follow_a_market_are_those_of_its_whole_path(
    parts: list[int], group: int, count: int, seed: int
) -> None:
    steps = np.random.default_rng(seed).integers(-9, 10, sum(parts))
    drawn = [Drawn(number, int(ticks), 1) for number, ticks in enumerate(steps.cumsum())]
    market = Market(NAME)
    for start, stop in pairwise([0, *np.cumsum(parts).tolist()]):
        log_of(drawn[start:stop], market.trades)
        expected = settled(price_path(market, None), group, count)
        assert followed(market, None, group, count) == expected
        back = market.trades.end // 2
        expected = settled(price_path(market, back), group, count)
        assert followed(market, back, group, count) == expected


def test_no_prices_and_no_rows_are_no_trouble() -> None:
    assert settled([], 5, 0) == PriceRows(5, 0, 0)
    assert PriceRows(5, 0, 0).edges() == []


def test_the_grouping_follows_a_typical_minute_and_not_one_wild_one() -> None:
    def minute(low: int, high: int) -> Bar:
        return Bar(0, 60, low, high, low, high, 1, 1, 0, 1)

    calm = [minute(1000, 1100)] * 9
    assert typical_grouping(calm, 40, INSTRUMENT, 120_000) == 5
    assert typical_grouping([*calm, minute(0, 9000)], 40, INSTRUMENT, 120_000) == 5


def test_before_the_first_minute_is_over_the_grouping_suits_the_price() -> None:
    assert typical_grouping([], 40, INSTRUMENT, 120_000) == 4
    assert typical_grouping([], 40, INSTRUMENT, 0) == 1
