"""Cumulative delta and VWAP bands equal those reckoned trade by trade."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.basis import RangeBasis, TickBasis, TimeBasis
from market.cvd import Anchor
from market.market import Market
from market.trades import TradeLog
from market.vwap import Spread, Vwap, vwap
from tests.captures import needs_captures
from tests.oracle.candles import DAY, points
from tests.oracle.footprint import Print
from tests.oracle.prints import SESSIONS, recorded
from tests.scenes import SECOND, START, market_of
from tests.strategies import Drawn, log_of

WEEK = 7 * DAY
MONDAY = 4 * DAY

drawn_prints = st.lists(
    st.tuples(
        # Around a midnight, that of a Monday too: five days and ten hours after the start.
        st.sampled_from([0, 36_000, 5 * 86_400 + 36_000]).flatmap(
            lambda middle: st.integers(middle - 40, middle + 40).map(float)
        ),
        st.integers(195, 210).map(lambda half: half / 2),
        st.sampled_from([-3, -1, 1, 2, 9]).map(float),
    ),
    min_size=1,
    max_size=40,
).map(sorted)


def anchors(prints: Sequence[Print], anchor: Anchor, since: int) -> list[int]:
    match anchor:
        case Anchor.SESSION:
            return [one.ts // DAY * DAY for one in prints]
        case Anchor.WEEK:
            return [(one.ts - MONDAY) // WEEK * WEEK + MONDAY for one in prints]
        case Anchor.TIME:
            return [since]
    return [0]


def compare(market: Market, prints: Sequence[Print], interval: int, anchor: Anchor) -> None:
    """Hold both against the oracle at the end of every bar."""
    instrument, basis = market.instrument, TimeBasis(interval)
    assert instrument is not None
    starts = sorted({one.ts // interval * interval for one in prints})
    since = starts[len(starts) // 2] if anchor is Anchor.TIME else 0
    expected = points(prints, interval, anchors(prints, anchor, since))
    sums = market.cvd(basis, anchor, since).last(10**6)
    shown = [(point.start, instrument.size(point.value)) for point in sums if point.start >= since]
    assert shown == [(point.start, point.cvd) for point in expected if point.start >= since]
    bands = vwap(market.trades, basis, anchor, since)
    found = bands.at(np.array([point.start // interval for point in expected]))
    tick = float(instrument.tick_size)
    for spread, point in zip(found, expected, strict=True):
        if point.start < since:
            assert spread is None
            continue
        assert spread is not None
        assert spread.mean * tick == pytest.approx(float(point.vwap), rel=1e-12)
        wide = float(point.variance) ** 0.5
        assert spread.sigma * tick == pytest.approx(wide, rel=1e-6, abs=tick * 1e-6)


@settings(max_examples=60)
@given(drawn_prints, st.sampled_from(Anchor))
def test_drawn_sums_are_those_that_the_definitions_make(
    trades: list[tuple[float, float, float]], anchor: Anchor
) -> None:
    prints = [
        Print(START + round(after * SECOND), Decimal(str(price)), Decimal(abs(size)), size > 0)
        for after, price, size in trades
    ]
    compare(market_of(trades), prints, 10 * SECOND, anchor)


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS)
@pytest.mark.parametrize("anchor", Anchor)
def test_recorded_sums_are_those_that_the_definitions_make(
    path: str, count: int, anchor: Anchor
) -> None:
    market, prints = recorded(path, count)
    compare(market, prints, 10 * SECOND, anchor)


def test_a_spread_far_from_zero_does_not_cancel() -> None:
    log = log_of([Drawn(n, 10**9 + n % 2, 10**6) for n in range(1000)])
    bands = vwap(log, TimeBasis(100), Anchor.NONE)
    last = bands.at(np.array([9]))[0]
    assert last is not None
    assert last.mean == 10**9 + 0.5
    assert last.sigma == 0.5


@given(
    st.lists(st.integers(0, 99), min_size=1, max_size=60), st.lists(st.integers(0, 59), max_size=9)
)
def test_sums_do_not_depend_on_when_trades_are_read(times: list[int], cuts: list[int]) -> None:
    for basis in (TimeBasis(10), TickBasis(7), RangeBasis(9)):
        log, read = TradeLog(), Vwap(basis, Anchor.NONE)
        for sequence, ts in enumerate(times):
            log.append(ts, ts * ts % 31, 1 + ts % 3)
            if sequence in cuts:
                read.update(log)
                read.at(np.arange(3))
        read.update(log)
        whole = Vwap(basis, Anchor.NONE)
        whole.update(log)
        keys = np.arange(12)
        for one, other in zip(read.at(keys), whole.at(keys), strict=True):
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                assert one == pytest.approx(other)


def test_spreads_of_parts_join_to_that_of_the_whole() -> None:
    whole = Spread(1.0, 10.0, 0.0).joined(Spread(3.0, 14.0, 0.0))
    assert whole == Spread(4.0, 13.0, 12.0)
    assert whole.sigma == 3.0**0.5
