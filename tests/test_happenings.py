"""Logs of open interest, funding and liquidations, against lists of everything stated."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import market.happenings
from market.events import FundingRate, Liquidation, MarkPrice, OpenInterest, Side
from market.happenings import Series
from tests.scenes import NAME, START, market_of

entries = st.lists(st.tuples(st.integers(0, 60), st.integers(-3, 3).map(float)), max_size=40)
times = st.lists(st.integers(0, 61), min_size=1, max_size=9).map(sorted)


@given(entries.map(sorted), times)
def test_a_series_knows_what_stood_before_every_time(
    stated: list[tuple[int, float]], ends: list[int]
) -> None:
    series = Series()
    for at, value in stated:
        series.add(at, value)
    for end, found in zip(ends, series.before(np.array(ends)).tolist(), strict=True):
        known = [value for at, value in stated if at < end]
        assert found == known[-1] if known else math.isnan(found)


@given(entries.map(sorted), times)
def test_a_series_adds_up_what_lies_between_two_times(
    stated: list[tuple[int, float]], starts: list[int]
) -> None:
    series = Series()
    for at, value in stated:
        series.add(at, value, repeated=True)
    begins = np.array(starts)
    for start, found in zip(starts, series.between(begins, begins + 7).tolist(), strict=True):
        assert found == sum(value for at, value in stated if start <= at < start + 7)


def test_no_more_entries_are_kept_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market.happenings, "KEPT", 8)
    series = Series()
    for at in range(20):
        series.add(at, float(at))
        assert len(series) <= 8
    assert series.before(np.array([99])).tolist() == [19.0]


def test_time_does_not_go_back_whatever_a_venue_says() -> None:
    series = Series()
    series.add(10, 1.0)
    series.add(4, 2.0)
    assert series.before(np.array([11])).tolist() == [2.0]


def test_a_market_keeps_what_is_stated_beside_trades() -> None:
    market = market_of([(1, 100.0, 1.0)])
    market.apply(OpenInterest(NAME, START, START, 500.0))
    market.apply(FundingRate(NAME, START + 1, START, 0.0001, None))
    market.apply(Liquidation(NAME, START + 2, START, 100.0, 2.0, Side.SELL))
    market.apply(Liquidation(NAME, START + 2, START, 100.0, 2.0, Side.SELL))
    market.apply(Liquidation(NAME, START + 3, START, 100.0, 5.0, Side.BUY))
    market.apply(MarkPrice(NAME, START + 2, START, 100.5, None))
    market.apply(MarkPrice(NAME, START + 3, START, 100.5, 100.0))
    kept, end = market.happenings, np.array([START + 10])
    assert kept.basis.before(end).tolist() == [pytest.approx(0.005)]
    assert kept.interest.before(end).tolist() == [500.0]
    assert kept.funding.before(end).tolist() == [0.0001]
    assert kept.liquidated.longs.between(end - 10, end).tolist() == [4.0]
    assert kept.liquidated.shorts.between(end - 10, end).tolist() == [5.0]
