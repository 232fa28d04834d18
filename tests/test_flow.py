"""Measures of order flow: what must hold whatever traded and whatever rested."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bookflow import BookFlow, Touch, band, flow_of
from market.depth import DepthHistory
from market.events import FeedState
from market.flow import (
    Fit,
    Vpin,
    book_now,
    fit,
    imbalance,
    rolling_slopes,
    round_lots,
    vpin,
    weighted_mid,
    z_score,
)
from market.flowreport import FlowSettings, book_intervals, flow_report
from market.market import Market
from market.trades import TradeLog
from tests.scenes import NAME, SECOND, START, listed, quoted, status, traded

TOUCHES = st.builds(
    lambda bid, spread, b, a: Touch(bid, b, bid + spread, a),
    st.integers(1, 1000),
    st.integers(1, 5),
    st.integers(1, 100),
    st.integers(1, 100),
)
SIGNED = st.integers(-(10**6), 10**6).filter(bool)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_an_imbalance_lies_between_all_asks_and_all_bids(bids: int, asks: int) -> None:
    share = imbalance(bids, asks)
    if share is None:
        assert bids == asks == 0
    else:
        assert -1 <= share <= 1
        assert imbalance(asks, bids) == -share


@given(TOUCHES)
def test_the_weighted_mid_lies_in_the_spread_and_leans_to_the_thinner_side(touch: Touch) -> None:
    mid = weighted_mid(touch)
    assert touch.bid < mid < touch.ask
    middle = Fraction(touch.bid + touch.ask, 2)
    assert (mid > middle) == (touch.bid_lots > touch.ask_lots)


@given(TOUCHES, TOUCHES)
def test_order_flow_turns_with_the_book(before: Touch, after: Touch) -> None:
    def turned(touch: Touch) -> Touch:
        bid, bid_lots, ask, ask_lots = touch
        return Touch(-ask, ask_lots, -bid, bid_lots)

    assert flow_of(turned(before), turned(after)) == -flow_of(before, after)
    assert flow_of(before, before) == 0
    assert flow_of(None, after) == flow_of(before, None) == 0


def test_order_flow_is_the_sum_of_what_came_and_went() -> None:
    assert flow_of(Touch(100, 5, 101, 7), Touch(100, 8, 101, 7)) == 3, "3 joined the bid"
    assert flow_of(Touch(100, 5, 101, 7), Touch(101, 4, 102, 9)) == 4 + 7, "the ask was lifted"
    assert flow_of(Touch(100, 5, 101, 7), Touch(99, 6, 101, 9)) == -5 - 2, "the bid was hit"


@given(st.integers(2, 10**9), st.fractions(Fraction(1, 100), 5000, max_denominator=1000))
def test_a_band_holds_exactly_the_prices_near_enough(twice: int, bps: Fraction) -> None:
    low, high = band(twice, bps)
    reach = Fraction(twice, 2) * bps / 10_000
    for ticks in (low, high):
        assert abs(ticks - Fraction(twice, 2)) <= reach or low > high
    assert Fraction(twice, 2) - (low - 1) > reach
    assert high + 1 - Fraction(twice, 2) > reach


@given(st.lists(SIGNED, min_size=1, max_size=60), st.integers(1, 10**6))
def test_every_bucket_is_full_and_no_more_one_sided_than_whole(
    lots: list[int], bucket: int
) -> None:
    log = TradeLog()
    for number, size in enumerate(lots):
        log.append(number, 100, size)
    found = Vpin(bucket)
    found.update(log)
    gaps = found.upto(log.end, 1000)
    whole = sum(map(abs, lots)) // bucket
    assert len(gaps) == min(whole, 1000)
    assert all(0 <= gap <= bucket and gap % 2 == bucket % 2 for gap in gaps)
    value = vpin(gaps, bucket)
    assert value is None if not gaps else 0 <= value <= 1  # type: ignore[operator]  # not None


@given(st.lists(SIGNED, min_size=2, max_size=60), st.integers(1, 10**6), st.data())
def test_buckets_do_not_depend_on_when_they_are_looked_at(
    lots: list[int], bucket: int, data: st.DataObject
) -> None:
    log, once, often = TradeLog(), Vpin(bucket), Vpin(bucket)
    for number, size in enumerate(lots):
        log.append(number, 100, size)
        if data.draw(st.booleans()):
            often.update(log)
    once.update(log)
    often.update(log)
    assert once.upto(log.end, 1000) == often.upto(log.end, 1000)


def test_vpin_is_none_without_a_full_bucket_and_one_where_all_bought() -> None:
    assert vpin([], 10) is None
    assert vpin([10, 10], 10) == 1
    assert vpin([0, 10], 10) == Fraction(1, 2)
    with pytest.raises(ValueError, match="one lot"):
        Vpin(0)


def test_a_bucket_counts_from_when_its_last_trade_came() -> None:
    log, found = TradeLog(), Vpin(10)
    for number, size in enumerate((6, -6, -6)):
        log.append(number, 100, size)
    found.update(log)
    assert found.upto(2, 50) == [2], "6 bought, 4 of the 6 sold"
    assert found.upto(1, 50) == []


LINES = st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), min_size=30)


@given(LINES, st.integers(-9, 9).filter(bool))
def test_a_fit_scales_with_what_it_explains(points: list[tuple[int, int]], times: int) -> None:
    x, y = [a for a, _ in points], [b for _, b in points]
    found, scaled = fit(x, y), fit(x, [times * b for b in y])
    if found is None:
        assert len(set(x)) == 1
        return
    assert scaled is not None
    assert scaled.slope == times * found.slope
    assert scaled.r2 == found.r2
    assert 0 <= found.r2 <= 1


@given(LINES)
def test_rolling_slopes_end_with_the_fit(points: list[tuple[int, int]]) -> None:
    x, y = [a for a, _ in points[:30]], [b for _, b in points[:30]]
    slopes = rolling_slopes(np.array(x), np.array(y), 30)
    found = fit(x, y)
    if found is None:
        assert np.isnan(slopes[-1])
    else:
        assert slopes[-1] == pytest.approx(float(found.slope), abs=1e-9)


def test_a_line_is_found_and_too_few_points_are_not() -> None:
    x = list(range(30))
    assert fit(x, [3 * a + 7 for a in x]) == Fit(Fraction(3), Fraction(1))
    assert fit(x, [5] * 30) == Fit(Fraction(0), Fraction(0))
    assert fit(x[:29], x[:29]) is None
    assert fit([4] * 30, x) is None


def test_a_z_score_is_told_from_thirty_intervals_that_differ() -> None:
    assert z_score(3, [1, 3] * 15) == pytest.approx(1.0)
    assert z_score(3, [2] * 30) is None
    assert z_score(3, [1, 3] * 14) is None


@given(st.integers(-5, 10**15))
def test_a_round_number_of_lots_is_not_more_and_not_less_than_two_fifths(lots: int) -> None:
    found = round_lots(lots)
    assert str(found).rstrip("0") in ("1", "2", "5")
    assert found <= max(1, lots) <= 2.5 * found or lots < 1


def test_the_book_now_has_no_measures_without_two_sides() -> None:
    market = Market(NAME)
    listed(market)
    quoted(market, [(100.0, 2.0)], [])
    assert market.book is not None
    assert book_now(market.book, 5, Fraction(10)) is None
    quoted(market, [(100.0, 2.0), (99.0, 4.0)], [(100.5, 3.0)])
    found = book_now(market.book, 1, Fraction(30))
    assert found is not None
    assert found.touch == (200, 2000, 201, 3000)
    assert found.near == found.within == (2000, 3000), "99 is more than 30 bps away"


def test_no_order_flow_is_told_of_a_time_in_which_the_book_was_lost() -> None:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    for second in range(12):
        if second == 5:
            status(market, FeedState.GAP, "lost")
        if second == 7:
            status(market, FeedState.LIVE)
        quoted(market, [(100.0, 2.0 + second)], [(100.5, 3.0)], second + 0.05)
        traded(market, [(second + 0.06, 100.5, 0.1)])
    stop = START // SECOND + 11
    settings = FlowSettings(SECOND, 5, Fraction(10), 30, 50, 11)
    found = book_intervals(market, settings, stop - 11, stop)
    known = [row.number - stop + 11 for row in found if row is not None]
    assert known == [1, 2, 3, 7, 8, 9, 10]
    assert all(row is None or row.ofi == 1000 for row in found)


def test_a_long_silence_costs_no_walk_through_it() -> None:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    day = 86_400
    for second in (0, 1, 2, day, day + 1, day + 2):
        quoted(market, [(100.0, 2.0)], [(100.5, 3.0)], second + 0.05)
        traded(market, [(second + 0.06, 100.5, 0.1)])
    report = flow_report(market, FlowSettings(SECOND, 5, Fraction(10), 30, 50, 60), None)
    assert report is not None
    assert report.last is not None
    assert report.trades is not None
    assert report.trades.value == 1


def test_an_interval_is_a_multiple_of_what_the_record_holds() -> None:
    with pytest.raises(ValueError, match="100 ms"):
        BookFlow(SECOND // 7, 5, Fraction(10))
    assert BookFlow(SECOND, 5, Fraction(10)).read(DepthHistory(), 0, 10) == []
