"""What traded between two bars or columns is the sum of the trades in them, whoever asks."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.simulate import events
from market.basis import TimeBasis, parse_basis
from market.between import Between, traded_between
from market.drawings import Point, line_ticks, ticks_of
from market.events import Side, Trade
from market.market import Market
from tests.scenes import SECOND, START, market_of, simulated
from tests.test_candles import kline
from tui.keys.crossing import ruled
from tui.pane import Size
from tui.panes.candles import Candles
from tui.panes.heatmap import Heatmap

SIZE = Size(120, 40)
TRADES = [event for event in events(7, 300.0) if isinstance(event, Trade)]


def summed(start: int, end: int) -> tuple[Decimal, Decimal]:
    """Volume and delta of the trades from a time up to another, one by one."""
    bought = sold = Decimal(0)
    for trade in TRADES:
        if start <= trade.ts_event < end:
            if trade.side is Side.BUY:
                bought += Decimal(str(trade.size))
            else:
                sold += Decimal(str(trade.size))
    return bought + sold, bought - sold


def exact(market: Market, found: Between) -> tuple[Decimal, Decimal | None]:
    assert market.instrument is not None
    delta = None if found.delta is None else market.instrument.size(found.delta)
    return market.instrument.size(found.volume), delta


@settings(max_examples=30)
@given(st.integers(0, 310), st.integers(0, 310), st.sampled_from(["1s", "5s", "100ms"]))
def test_it_is_the_sum_of_the_trades_one_by_one(one: int, other: int, timeframe: str) -> None:
    market, basis = simulated(), parse_basis(timeframe)
    assert isinstance(basis, TimeBasis)
    begin, end = ((START + seconds * SECOND) // basis.interval for seconds in (one, other))
    first, last = sorted((begin, end))
    found = exact(market, traded_between(market, basis, begin, end))
    assert found == summed(first * basis.interval, (last + 1) * basis.interval)


def test_bars_of_trades_are_counted_by_their_numbers() -> None:
    market = market_of([(float(n), 100.0, 0.1 if n % 3 else -0.2) for n in range(20)])
    basis = parse_basis("5t")
    assert traded_between(market, basis, 1, 2) == Between(1300, 100)
    assert traded_between(market, basis, 0, 9).volume == traded_between(market, basis, 3, 0).volume
    assert traded_between(Market("test:X"), basis, 0, 1) == Between(0, 0)


def test_bars_that_the_venue_states_without_sides_have_no_delta() -> None:
    market, minute = Market("x:Y"), parse_basis("1m")
    market.apply(kline(buy_volume=None))
    assert traded_between(market, minute, 0, 5) == Between(7, None)
    market = Market("x:Y")
    market.apply(kline(buy_volume=5.0))
    assert traded_between(market, minute, 5, 0) == Between(7, 3)


@pytest.mark.parametrize("kind", [Candles, Heatmap])
def test_the_ruler_of_a_pane_is_exact_in_numbers(kind: type[Candles] | type[Heatmap]) -> None:
    market, size = simulated(), SIZE
    pane = kind(
        timeframe="5s",
        ruler_time=START + 200 * SECOND,
        ruler_price=120_300,
        cross_time=START + 260 * SECOND,
        cross_price=120_346,
    )
    told = json.loads(json.dumps(pane.numbers(market, size)))["ruler"]
    volume, delta = summed(START + 200 * SECOND, START + 265 * SECOND)
    assert Decimal(told.pop("volume")) == volume
    assert Decimal(told.pop("delta")) == delta
    assert told == {
        "from": {"time": START + 200 * SECOND, "price": "60150.0"},
        "to": {"time": START + 260 * SECOND, "price": "60173.0"},
        "change": "23.0",
        "percent": pytest.approx(100 * 46 / 120_300, abs=1e-6),
        "ticks": 46,
        "columns": 12,
        "time": 60 * SECOND,
    }
    assert "ruler" not in ruled(pane, 0, 0).numbers(market, size)


@given(
    st.decimals(-1000, 1000, places=4),
    st.sampled_from(["0.5", "0.25", "0.0001", "10", "0.3"]).map(Decimal),
)
def test_ticks_are_those_at_or_below_a_price(price: Decimal, tick: Decimal) -> None:
    ticks = ticks_of(price, tick)
    assert ticks * tick <= price < (ticks + 1) * tick


@given(
    st.tuples(st.integers(0, 10**18), st.integers(-(10**9), 10**9)),
    st.tuples(st.integers(1, 10**15), st.integers(-(10**9), 10**9)),
    st.integers(0, 10**18),
)
def test_a_line_goes_through_both_its_points_and_on(
    one: tuple[int, int], step: tuple[int, int], at: int
) -> None:
    begin, end = Point(*one), Point(one[0] + step[0], one[1] + step[1])
    assert line_ticks(begin, end, [begin.at, end.at]) == [begin.ticks, end.ticks]
    (ticks,) = line_ticks(begin, end, [at])
    rise = (ticks - begin.ticks) * step[0] - step[1] * (at - begin.at)
    assert -step[0] < rise <= 0
