"""Open interest in a market: what is told of the past stands where it belongs, in base currency."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import market.happenings
import market.interest
from market.events import Event, Kline, Listing, MarkPrice, OpenInterest
from market.happenings import Series
from market.instrument import Instrument, Kind
from market.market import Market

NAME = "test:BTC"
MINUTE = 60_000_000_000
NOW = 1_000_000 * MINUTE
STATED = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 3).map(float)),
    max_size=30,
    unique_by=lambda stated: stated[0],
)


def past(minutes: int, size: float) -> OpenInterest:
    """What a venue tells now of so many minutes ago."""
    return OpenInterest(NAME, NOW - minutes * MINUTE, NOW, size)


def now(size: float, after: int = 0) -> OpenInterest:
    return OpenInterest(NAME, NOW + after, NOW + after, size)


def listing(kind: Kind, contract: str) -> Listing:
    grids = Decimal("0.1"), Decimal(1)
    listed = Instrument("test", "BTC", *grids, "BTC", "USD", kind, Decimal(contract))
    return Listing(NAME, NOW, listed)


def bar(minutes: int, close: float) -> Kline:
    """The bar of a minute that ended so many minutes ago."""
    end = NOW - minutes * MINUTE
    prices = close, close, close, close
    return Kline(NAME, None, NOW, "1m", end - MINUTE, end, *prices, 1.0, None, None, None, True)


def made(*events: Event) -> Market:
    made = Market(NAME)
    for event in events:
        made.apply(event)
    return made


def known(market: Market, *minutes: int) -> list[float]:
    """What stood so many minutes ago, rounded to a millionth."""
    times = np.array([NOW - ago * MINUTE + 1 for ago in minutes])
    return [round(value, 6) for value in market.happenings.interest.before(times).tolist()]


@given(STATED, STATED)
def test_a_series_with_its_past_is_the_same_in_whatever_order_it_was_told(
    told: list[tuple[int, float]], stated: list[tuple[int, float]]
) -> None:
    """Against a dictionary."""
    series = Series()
    live = [(100 + number, value) for number, (_, value) in enumerate(stated)]
    for at, value in live:
        series.add(at, value)
    for at, value in told:
        series.recall(at, value)
    model = dict([*told, *live])
    for end in (0, 30, 61, 99, 110, 200):
        before = [model[at] for at in sorted(model) if at < end]
        (found,) = series.before(np.array([end])).tolist()
        assert found == before[-1] if before else math.isnan(found)


def test_a_full_series_takes_nothing_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market.happenings, "KEPT", 8)
    series = Series()
    for at in range(10, 18):
        series.add(at, float(at))
    series.recall(3, 1.0)
    assert (len(series), series.since) == (8, 10)


def test_the_past_stands_before_what_was_stated_live_whichever_comes_first() -> None:
    told = [past(10, 5.0), past(5, 7.0)]
    for events in ([*told, now(9.0)], [now(9.0), *told], [told[0], now(9.0), told[1]]):
        market = made(*events)
        assert known(market, 10, 7, 5, 0) == [5.0, 5.0, 7.0, 9.0]
        assert market.open_interest == now(9.0)


def test_the_past_told_once_more_changes_nothing() -> None:
    market = made(past(10, 5.0), now(9.0), past(10, 6.0), past(5, 7.0), past(5, 8.0))
    assert known(market, 10, 5) == [5.0, 7.0]
    assert len(market.happenings.interest) == 3


def test_the_past_in_contracts_is_worth_what_the_listing_says_whenever_that_comes() -> None:
    worth = listing(Kind.LINEAR, "0.01")
    told = past(5, 700.0)
    assert known(made(told, worth), 5) == known(made(worth, told), 5) == [7.0]


def test_inverse_contracts_of_the_past_are_worth_what_they_were_then() -> None:
    worth, bars = listing(Kind.INVERSE, "100"), [bar(10, 50_000.0), bar(5, 40_000.0)]
    told = [past(10, 2_000.0), past(5, 2_000.0)]
    mark = MarkPrice(NAME, NOW, NOW, 10_000.0, None)
    orders: list[list[Event]] = [
        [worth, mark, *bars, *told],
        [worth, mark, *told, *bars],
        [*told, worth, *bars, mark],
        [*told, *bars, worth, mark],
    ]
    for events in orders:
        assert known(made(*events), 10, 5) == [4.0, 5.0]
    unpriced = made(worth, mark, *told)
    assert unpriced.happenings.interest.since is None


def test_no_more_of_the_past_is_kept_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market.interest, "KEPT", 3)
    events = [past(minutes, float(minutes)) for minutes in range(9, 1, -1)]
    held = made(*events, listing(Kind.LINEAR, "0.5"))
    assert held.happenings.interest.since == NOW - 4 * MINUTE
    assert known(held, 4, 2) == [2.0, 1.0]
