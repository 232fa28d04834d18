"""The bell: which trades ring, and how often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.market import Market
from tests.scenes import NAME, listed, market_of, traded
from tui.main import run
from tui.terminal.bell import QUIET, Bell

Print = tuple[float, float, float]


def listening(least: float) -> tuple[Bell, Market]:
    """A bell that has heard a market begin."""
    bell, market = Bell(least), market_of([(0, 100.0, 50.0)])
    assert not bell.due(market, 0.0)
    return bell, market


@pytest.mark.parametrize(
    ("prints", "rings"),
    [
        ([(1, 100.0, 4.999)], False),
        ([(1, 100.0, 5.0)], True),
        ([(1, 100.0, -5.0)], True),
        ([(1, 100.0, 3.0), (1, 100.5, 2.0)], True),
        ([(1, 100.0, 3.0), (1.001, 100.5, 2.0)], False),
        ([(1, 100.0, 3.0), (1, 100.5, -2.0), (1, 100.0, 2.0)], False),
    ],
)
def test_it_rings_for_an_order_of_that_size(prints: list[Print], rings: bool) -> None:
    bell, market = listening(5.0)
    traded(market, prints)
    assert bell.due(market, 1.0) is rings
    assert not bell.due(market, 9.0)


def test_an_order_whose_prints_come_bit_by_bit_is_one() -> None:
    bell, market = listening(5.0)
    for size, rings in ((2.0, False), (2.0, False), (1.0, True)):
        traded(market, [(1, 100.0, size)])
        assert bell.due(market, 1.0) is rings


def test_it_rings_once_a_second_at_most() -> None:
    bell, market = listening(5.0)
    rung = []
    for tenth in range(40):
        traded(market, [(1 + tenth / 10, 100.0, 7.0)])
        rung.append(bell.due(market, tenth / 10))
    assert sum(rung) == 40 / (10 * QUIET)


def test_what_is_past_does_not_ring() -> None:
    bell = Bell(5.0)
    assert not bell.due(None, 0.0)
    market = market_of([(0, 100.0, 50.0)])
    assert not bell.due(market, 0.0)
    traded(market, [(1, 100.0, 50.0), (60, 100.0, 1.0)])
    assert not bell.due(market, 1.0)


def test_another_market_and_another_grid_do_not_ring_by_themselves() -> None:
    bell, market = listening(5.0)
    other = Market(f"{NAME}2")
    listed(other)
    traded(other, [(1, 100.0, 9.0)])
    assert not bell.due(other, 1.0)
    assert not bell.due(market, 2.0)
    traded(market, [(1, 100.03, 0.5)])
    assert not bell.due(market, 3.0)
    traded(market, [(2, 100.0, 5.0)])
    assert bell.due(market, 4.0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-6, 6)), max_size=12), st.integers(1, 11))
def test_however_trades_are_cut_into_frames_the_same_orders_ring(
    steps: list[tuple[int, int]], frame: int
) -> None:
    time, prints = 1.0, list[Print]()
    for pause, size in steps:
        time += pause / 1000
        prints += [(time, 100.0, float(size))] if size else []
    whole, parts = listening(8.0), listening(8.0)
    traded(whole[1], prints)
    rung = []
    for number, one in enumerate(prints):
        traded(parts[1], [one])
        if number % frame == frame - 1 or number == len(prints) - 1:
            rung.append(parts[0].due(parts[1], 10.0 * number))
    assert any(rung) is whole[0].due(whole[1], 1.0)


def test_a_size_is_more_than_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--bell", "0"]) == 2
    assert "--bell" in capsys.readouterr().err
