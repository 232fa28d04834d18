from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.events import Side
from market.trades import TradeLog, TradePoint
from tests.strategies import Drawn, log_of, trades


def held(log: TradeLog, sequence: int = 0) -> list[Drawn]:
    return [Drawn(*row) for row in zip(*(c.tolist() for c in log.since(sequence)), strict=True)]


@given(trades(), st.integers(4, 60))
def test_a_log_holds_the_newest_trades_under_their_lasting_numbers(
    drawn: list[Drawn], capacity: int
) -> None:
    log = log_of(drawn, TradeLog(capacity))
    assert log.end == len(drawn)
    assert log.end - log.first == len(log) <= capacity
    assert len(log) >= min(len(drawn), capacity - capacity // 4)
    assert held(log) == drawn[log.first :]


@given(trades(), st.integers(-5, 250), st.integers(-5, 250))
def test_since_between_and_last_cut_the_same_list(
    drawn: list[Drawn], start: int, stop: int
) -> None:
    log = log_of(drawn)
    assert held(log, start) == drawn[max(start, 0) :]
    assert log.last(stop).lots.tolist() == [t.lots for t in drawn[::-1][: max(stop, 0)][::-1]]
    between = log.between(start, stop)
    assert between.ts.tolist() == [t.ts for t in drawn[max(start, 0) : max(stop, 0)]]


def test_a_view_taken_before_the_log_made_room_keeps_its_trades() -> None:
    log = log_of([Drawn(n, n, 1) for n in range(8)], TradeLog(8))
    before = log.last(8)
    log_of([Drawn(n, n, 1) for n in range(8, 20)], log)
    assert before.ts.tolist() == list(range(8))


def test_a_full_log_goes_on_in_the_same_memory() -> None:
    log = log_of([Drawn(n, n, 1) for n in range(9)], TradeLog(8))
    memory = log._ts
    log_of([Drawn(n, n, 1) for n in range(9, 33)], log)
    assert log._ts is memory
    assert log.since(0).ts.tolist() == list(range(log.first, 33))


def test_the_newest_trade_tells_its_side() -> None:
    log = TradeLog()
    assert log.newest() is None
    log.append(1, 5, 7)
    assert log.newest() == TradePoint(1, 5, 7)
    log.append(2, 4, -3)
    assert log.newest() == (2, 4, -3)
    assert TradePoint(2, 4, -3).side is Side.SELL
    assert TradePoint(2, 4, 3).side is Side.BUY


@given(trades(), st.integers(1, 1000), st.integers(1, 1000))
def test_rescaling_there_and_back_is_exact(drawn: list[Drawn], price: int, size: int) -> None:
    log = log_of(drawn)
    log.rescale(price, size)
    assert held(log) == [Drawn(t.ts, t.ticks * price, t.lots * size) for t in drawn]
    assert log.divides(Fraction(1, price), Fraction(1, size))
    log.rescale(Fraction(1, price), Fraction(1, size))
    assert held(log) == drawn
    assert log.generation == 2


def test_trades_between_the_ticks_of_a_coarser_grid_do_not_divide() -> None:
    log = log_of([Drawn(0, 10, 4), Drawn(1, 15, 4)])
    assert log.divides(Fraction(1, 5), Fraction(1, 2))
    assert not log.divides(Fraction(1, 10), Fraction(1))
    assert not log.divides(Fraction(1), Fraction(1, 3))


def test_a_log_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        TradeLog(3)
