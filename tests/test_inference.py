from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.grid import whole
from market.inference import (
    coarser,
    infer_instrument,
    infer_step,
    merged,
    ratios,
    refine_instrument,
    refine_step,
)
from market.instrument import Instrument

steps = st.sampled_from(["0.1", "0.5", "0.25", "0.01", "0.05", "0.00001", "1", "5", "10"])


def on_grid(step: str, numbers: list[int]) -> list[float]:
    return [float(Decimal(step) * number) for number in numbers]


def instrument(tick: str, lot: str = "1", inferred: bool = False) -> Instrument:
    return Instrument("test", "X", Decimal(tick), Decimal(lot), inferred=inferred)


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([], "1"),
        ([60000.0], "1"),
        ([61800.3], "0.1"),
        ([61800.3, 61800.25], "0.01"),
        ([0.00001234], "0.00000001"),
        ([1e-12], "0.000000000001"),
        ([30.0, 40.0], "1"),
    ],
)
def test_a_step_is_the_decimals_seen(values: list[float], step: str) -> None:
    assert infer_step(values) == Decimal(step)


def test_fewer_than_fifty_prices_do_not_make_half_a_tick() -> None:
    halves = on_grid("0.5", list(range(1000, 1049)))
    assert infer_step(halves) == Decimal("0.1")
    assert infer_step([*halves, 525.0]) == Decimal("0.5")
    assert infer_step(on_grid("0.5", [1000, 1001] * 100)) == Decimal("0.1")


@pytest.mark.parametrize("step", ["0.5", "0.25", "0.05", "0.02", "5", "0.00025", "0.1", "1"])
def test_many_prices_agree_on_halves_and_quarters(step: str) -> None:
    assert infer_step(on_grid(step, list(range(60_001, 60_101)))) == Decimal(step)


@given(steps, st.lists(st.integers(1, 10**7), min_size=1, max_size=80))
def test_every_value_lies_on_the_step_inferred_from_it(step: str, numbers: list[int]) -> None:
    inferred = infer_step(on_grid(step, numbers))
    scale = float(1 / inferred)
    assert all(whole(value * scale) is not None for value in on_grid(step, numbers))


@given(steps, steps, st.lists(st.integers(1, 10**7), min_size=1, max_size=20))
def test_a_refined_step_divides_the_old_one_and_holds_the_new_values(
    old: str, new: str, numbers: list[int]
) -> None:
    refined = refine_step(Decimal(old), on_grid(new, numbers))
    assert Fraction(Decimal(old)) / Fraction(refined) % 1 == 0
    scale = float(1 / refined)
    assert all(whole(value * scale) is not None for value in on_grid(new, numbers))


def test_values_on_the_grid_refine_nothing() -> None:
    assert refine_step(Decimal("0.5"), [60000.5, 60001.0]) == Decimal("0.5")
    kept = instrument("0.5", "0.001")
    assert refine_instrument(kept, [0.5], [0.003]) is kept


def test_a_refined_instrument_is_labelled_inferred() -> None:
    refined = refine_instrument(instrument("0.5", "0.001"), [0.7], [0.0001])
    assert refined == instrument("0.1", "0.0001", inferred=True)


def test_noise_below_fifteen_digits_makes_no_step() -> None:
    assert infer_step([0.1 + 0.2]) == Decimal("0.1")
    assert refine_step(Decimal("0.1"), [0.1 + 0.2]) == Decimal("0.1")
    assert infer_step([61800.123456789012]) >= Decimal("1e-10")


def test_an_instrument_inferred_is_labelled_so() -> None:
    made = infer_instrument("binance", "BTCUSDT", [61800.3], [0.002])
    assert made.id == "binance:BTCUSDT"
    assert made.inferred
    assert (made.tick_size, made.lot_size) == (Decimal("0.1"), Decimal("0.001"))


def test_a_book_of_half_ticks_makes_the_tick_coarser() -> None:
    kept = instrument("0.1", inferred=True)
    halves = on_grid("0.5", list(range(100_000, 100_100)))
    assert coarser(kept, halves).tick_size == Decimal("0.5")
    assert coarser(kept, [*halves, 0.1]) is kept
    assert coarser(kept, [float(n) for n in range(1, 200)]) is kept
    assert coarser(kept, [1.0, 2.0]) is kept


def test_grids_that_disagree_are_merged_into_the_finer_of_both() -> None:
    both = merged(instrument("0.25", "0.01"), instrument("0.1", "1"))
    assert (both.tick_size, both.lot_size) == (Decimal("0.05"), Decimal("0.01"))
    assert both.inferred


def test_ratios_are_exact() -> None:
    assert ratios(instrument("0.1", "0.001"), instrument("0.5", "0.0001")) == (
        Fraction(1, 5),
        Fraction(10),
    )
