from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from market.grid import EXACT, all_whole, can_restate, restated, whole

ratios = st.builds(Fraction, st.integers(1, 60), st.integers(1, 60))
amounts = st.lists(st.integers(-(10**12), 10**12))


def test_a_number_that_is_not_whole_is_none() -> None:
    assert whole(2.00001) is None
    assert whole(1e300) is None
    assert whole(1e-12) is None
    assert whole(-3.0) == -3
    assert whole(0.0) == 0


@given(st.floats(-EXACT + 1, EXACT - 1))
def test_one_value_and_many_are_told_alike(value: float) -> None:
    assert bool(all_whole(np.array([value]))[0]) is (whole(value) is not None)


@given(amounts, st.one_of(st.fractions(Fraction(1, 1000), 1000), ratios))
def test_amounts_can_be_restated_when_all_stay_whole(drawn: list[int], ratio: Fraction) -> None:
    values = np.array(drawn, np.int64)
    exact = [amount * ratio for amount in drawn]
    fits = all(amount.denominator == 1 for amount in exact)
    assert can_restate(values, ratio) is fits
    if fits:
        assert restated(values, ratio).tolist() == exact


def test_amounts_do_not_grow_beyond_what_floats_tell_apart() -> None:
    assert can_restate(np.array([2**50]), Fraction(8))
    assert not can_restate(np.array([2**50]), Fraction(9))
    assert not can_restate(np.array([-(2**50)]), Fraction(9))
