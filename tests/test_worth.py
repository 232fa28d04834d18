"""Values are whole numbers that add up to what sizes are worth, however they are counted."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.basis import TickBasis, TimeBasis
from market.extremes import DeltaExtremes
from market.footprint import Footprint
from market.instrument import Instrument
from market.profile import Span, profile_within
from market.pulling import pulled
from market.traded import Rows, traded
from market.trades import TradeLog
from market.worth import unit_of, values, worth_of
from tests.scenes import simulated

SECOND = 1_000_000_000
PRINTS = st.lists(
    st.tuples(st.integers(900, 940), st.integers(-50, 50).filter(bool)), min_size=1, max_size=200
)


def instrument(tick: str, lot: str) -> Instrument:
    return Instrument("test", "BTCUSDT", Decimal(tick), Decimal(lot), "BTC", "USDT")


def logged(prints: list[tuple[int, int]]) -> TradeLog:
    log = TradeLog()
    for number, (ticks, lots) in enumerate(prints):
        log.append(number * SECOND // 7, ticks, lots)
    return log


@pytest.mark.parametrize(
    ("tick", "lot", "worth"),
    [("0.1", "0.001", 1), ("0.01", "0.00001", 1), ("1000", "0.00000001", 1), ("0.01", "1e-8", 100)],
)
def test_values_are_exact_down_to_eight_decimals(tick: str, lot: str, worth: int) -> None:
    grid = instrument(tick, lot)
    assert worth_of(grid) == worth
    assert unit_of(grid) == grid.tick_size * grid.lot_size * worth
    ticks, lots = np.array([6_012_345, 6_012_346]), np.array([-123_456_789, 1])
    found = values(ticks, lots, worth)
    for value, at, size in zip(found.tolist(), ticks.tolist(), lots.tolist(), strict=True):
        assert abs(value * unit_of(grid) - grid.price(at) * grid.size(size)) <= unit_of(grid) / 2


def test_a_day_of_a_venue_with_eight_decimals_fits() -> None:
    grid = instrument("0.01", "0.00000001")
    lots = np.full(1000, 10**10)  # a hundred bitcoins each
    total = int(values(np.full(1000, 10_000_000), lots, worth_of(grid)).sum())
    assert total * unit_of(grid) == 1000 * 100 * 100_000


@given(PRINTS, st.integers(1, 9), st.sampled_from([1, 10]))
def test_a_footprint_read_trade_by_trade_is_worth_what_its_trades_are(
    prints: list[tuple[int, int]], group: int, worth: int
) -> None:
    log, basis = TradeLog(), TimeBasis(SECOND)
    found = Footprint(basis, group, worth=worth)
    for number, (ticks, lots) in enumerate(prints):
        log.append(number * SECOND // 7, ticks, lots)
        found.update(log)
    sums: dict[tuple[int, int], list[int]] = {}
    columns = log.since(0)
    value = values(columns.ticks, columns.lots, worth)
    for ts, ticks, one in zip(
        columns.ts.tolist(), columns.ticks.tolist(), value.tolist(), strict=True
    ):
        cell = sums.setdefault((ts // SECOND * SECOND, ticks // group * group), [0, 0])
        cell[one > 0] += abs(one)
    told = {
        (bar.bar.start, price): pair
        for bar in found.last(1000)
        if bar.values is not None
        for price, pair in zip(bar.prices.tolist(), bar.values.T.tolist(), strict=True)
    }
    assert told == sums


@given(PRINTS, st.integers(1, 9))
def test_profiles_and_stretches_are_worth_what_their_trades_are(
    prints: list[tuple[int, int]], group: int
) -> None:
    log = logged(prints)
    half, rows = len(prints) // 2, Rows(group, 900 // group, 50)
    for start, stop in ((0, half), (half // 2, len(prints)), (half, len(prints))):
        sums = np.zeros((2, 50), np.int64)
        for ticks, lots in prints[start:stop]:
            sums[int(lots > 0), ticks // group - rows.bottom] += ticks * abs(lots)
        one = traded(log, "test", start, stop, rows, 1)
        assert [one.sold.tolist(), one.bought.tolist()] == sums.tolist()
        profile = profile_within(log, group, Span(start, stop, counted=True), 1)
        assert [side.tolist() for side in profile.rows(rows.bottom, 50)] == sums.tolist()


@given(PRINTS)
def test_the_delta_runs_by_value_as_far_as_its_trades_go(prints: list[tuple[int, int]]) -> None:
    log = logged(prints)
    extremes = DeltaExtremes(TickBasis(1000), 1)
    extremes.update(log)
    running = np.cumsum([ticks * lots for ticks, lots in prints])
    assert extremes.at(0) == (running.max(), running.min())


def test_what_was_pulled_and_stacked_is_worth_as_much_as_at_each_price() -> None:
    market = simulated(7)
    assert market.depth is not None
    assert market.last is not None
    low, start = market.last.ticks - 100, market.clock - 60 * SECOND
    fine, coarse = Rows(1, low // 10 * 10, 200), Rows(10, low // 10, 20)
    log, prices = market.trades, low // 10 * 10 + np.arange(200)
    sizes = pulled(market.depth, log, "sizes", start, market.clock, fine)
    worth = pulled(market.depth, log, "worth", start, market.clock, coarse, 1)
    for lots, value in ((sizes.stacked, worth.stacked), (sizes.pulled, worth.pulled)):
        assert lots.any()
        assert value.tolist() == (lots * prices).reshape(2, 20, 10).sum(axis=2).tolist()
