"""The price axis and the time axis: round steps, steady scales, labels where they belong."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.axis import (
    Movement,
    PriceAxis,
    centred,
    next_grouping,
    nice_grouping,
    nice_groupings,
    steady_axis,
)
from tui.drawing.timeline import DAY, HOUR, MINUTE, SECOND, round_step, time_labels, utc

TICK = Decimal("0.1")
ticks = st.integers(1, 10**9)
sizes = st.integers(1, 60)


def movement(path: list[int]) -> Movement:
    """A path without any spread inside its columns."""
    prices = np.array(path, np.int64)
    return Movement(prices, prices, prices)


@pytest.mark.parametrize(
    ("tick", "prices"),
    [
        ("0.1", "0.1 0.2 0.5 1 2 2.5 5 10 20 25"),
        ("0.25", "0.25 0.5 1 2 2.5 5 10 20 25 50"),
        ("0.5", "0.5 1 2 2.5 5 10 20 25 50 100"),
        ("10", "10 20 50 100 200 250 500 1000 2000 2500"),
        ("0.3", "0.3 0.6 1.5 3 6 7.5 15 30 60 75"),
    ],
)
def test_groupings_are_round_in_price_for_every_tick(tick: str, prices: str) -> None:
    groups = nice_groupings(Decimal(tick))[:10]
    assert [group * Decimal(tick) for group in groups] == [Decimal(p) for p in prices.split()]


@given(st.integers(1, 10**9), st.sampled_from(["0.1", "0.25", "0.5", "0.3", "8", "0.00001"]))
def test_the_nice_grouping_is_the_finest_that_is_wide_enough(least: int, tick: str) -> None:
    group = nice_grouping(least, Decimal(tick))
    finer = [g for g in nice_groupings(Decimal(tick)) if g < group]
    assert group >= least
    assert all(g < least for g in finer)


@given(st.integers(1, 10**6), st.integers(1, 5))
def test_going_coarser_and_back_finer_returns_to_a_nice_grouping(least: int, steps: int) -> None:
    group = nice_grouping(least, TICK)
    assert next_grouping(next_grouping(group, TICK, steps), TICK, -steps) == group
    assert next_grouping(group, TICK, 0) == group


def test_nothing_is_finer_than_a_tick() -> None:
    assert next_grouping(1, TICK, -1) == 1
    assert next_grouping(7, TICK, -10) == 1


@given(ticks, st.integers(1, 10**5), sizes)
def test_every_price_of_an_axis_lies_in_one_of_its_rows(low: int, span: int, cells: int) -> None:
    axis = PriceAxis(low, low + span * cells, cells)
    assert axis.cell(low) == cells - 1
    assert axis.cell(axis.high - 1) == 0
    assert axis.cell(axis.high) == -1
    assert axis.cell(low - 1) == cells


@given(ticks, st.integers(1, 10**5), st.integers(0, 60))
def test_labels_are_round_prices_in_their_own_rows_apart(low: int, span: int, cells: int) -> None:
    axis = PriceAxis(low, low + span * cells, cells)
    labels = axis.labels(TICK, spacing=3)
    rows = [row for row, _ in labels]
    assert all(0 <= row < cells and axis.cell(ticks) == row for row, ticks in labels)
    assert all(upper - lower >= 2 for upper, lower in pairwise(rows))


@given(st.lists(st.integers(500_000, 700_000), min_size=1, max_size=80), st.integers(2, 60))
def test_the_price_and_its_movement_are_always_covered(path: list[int], cells: int) -> None:
    axis, group = steady_axis(movement(path), 20, cells, TICK)
    recent = path[-20:]
    assert axis.low <= min(recent)
    assert max(recent) < axis.high
    assert axis.high - axis.low == group * cells * 2
    assert axis.low % (group * 2) == 0


@given(
    st.lists(st.integers(500_000, 700_000), min_size=1, max_size=80),
    st.integers(4, 60),
    st.integers(1, 50),
)
def test_a_grouping_set_by_hand_is_kept_and_the_price_stays_on_screen(
    path: list[int], cells: int, grouping: int
) -> None:
    axis, group = steady_axis(movement(path), 20, cells, TICK, grouping=grouping)
    assert group == grouping
    assert axis.low <= path[-1] < axis.high


def test_a_quiet_market_does_not_move_the_scale() -> None:
    wobble = [617_000 + (7 * n) % 31 for n in range(400)]
    seen = {steady_axis(movement(wobble[:n]), 60, 24, TICK) for n in range(100, 400)}
    assert len(seen) == 1


@given(
    st.lists(st.integers(600_000, 602_000), min_size=2, max_size=60),
    st.integers(0, 2_000),
    st.integers(0, 2_000),
)
def test_a_forming_column_never_tightens_the_scale_again(
    path: list[int], spike: int, back: int
) -> None:
    prices = movement(path)
    low, high = prices.low.copy(), prices.high.copy()
    high[-1] += spike
    close = prices.close.copy()
    close[-1] = high[-1]
    at_the_spike = steady_axis(Movement(low, high, close), 20, 24, TICK)
    close[-1] = max(low[-1], high[-1] - back)
    assert steady_axis(Movement(low, high, close), 20, 24, TICK)[1] >= at_the_spike[1]


def test_bursts_in_a_row_do_not_make_the_grouping_go_back_and_forth() -> None:
    burst = [617_000 + (900 if 20 <= n % 100 < 30 else (7 * n) % 31) for n in range(480)]
    seen = [steady_axis(movement(burst[:n]), 40, 24, TICK)[1] for n in range(120, 480)]
    assert len(set(seen)) == 1


def test_a_trending_market_moves_the_scale_in_steps() -> None:
    trend = [617_000 + 3 * n for n in range(600)]
    axes = [steady_axis(movement(trend[:n]), 60, 24, TICK)[0] for n in range(200, 600)]
    moves = sum(one != other for one, other in pairwise(axes))
    assert 1 <= moves <= 20


def test_a_perpetual_near_60000_is_shown_in_steps_of_about_a_dollar() -> None:
    quiet = [600_000 + n % 100 for n in range(300)]
    _, group = steady_axis(movement(quiet), 180, 50, TICK)
    assert group * TICK in (Decimal("0.5"), Decimal(1))


def test_an_empty_movement_has_an_axis_too() -> None:
    axis, group = steady_axis(movement([]), 10, 5, TICK)
    assert (axis.low, group) == (0, 1)


@given(ticks, st.integers(1, 100), st.integers(1, 100))
def test_a_centre_set_by_hand_is_within_a_row_of_the_middle(
    center: int, group: int, cells: int
) -> None:
    low = centred(center, group, cells * 2, 2)
    assert abs(low + group * cells - center) <= group * 2


def test_times_are_labelled_where_a_round_time_begins() -> None:
    start = 1_723_161_256 * SECOND  # 2024-08-08T23:54:16Z
    labels = time_labels([start + n * SECOND for n in range(120)])
    assert [(label.x, label.text) for label in labels] == [
        (14, "23:54:30"),
        (44, "23:55:00"),
        (74, "23:55:30"),
        (104, "23:56:00"),
    ]


def test_a_new_day_shows_its_date() -> None:
    start = 1_723_161_256 // 60 * MINUTE
    labels = time_labels([start + n * MINUTE for n in range(20)], pitch=4)
    assert "09 Aug" in [label.text for label in labels]


@given(
    st.integers(0, 10**18),
    st.sampled_from([SECOND // 10, SECOND, MINUTE, HOUR, DAY]),
    st.integers(0, 200),
    st.integers(1, 4),
)
def test_time_labels_never_touch(start: int, interval: int, columns: int, pitch: int) -> None:
    labels = time_labels([start + n * interval for n in range(columns)], pitch)
    for one, other in pairwise(labels):
        assert one.x + len(one.text) + 1 < other.x


@given(st.integers(0, 10**17))
def test_round_steps_are_wide_enough_or_the_widest(least: int) -> None:
    step = round_step(least)
    assert step >= min(least, 364 * DAY)


def test_a_time_that_cannot_be_is_still_a_time() -> None:
    assert utc(2**63 - 1).year == 2262
    assert utc(-5).year == 1970
