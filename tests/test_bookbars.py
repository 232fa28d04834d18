"""The sizes beside a heatmap: what is large and what is small can both be read."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.instrument import Instrument
from tui.heat.bookbars import size_glyphs
from tui.heat.scale import round_up


def written(lot: str, sizes: list[int]) -> list[str]:
    instrument = Instrument("test", "X", Decimal(1), Decimal(lot))
    glyphs = size_glyphs(instrument, np.array(sizes), round_up(max(sizes)))
    return ["".join(map(chr, row)).strip() for row in glyphs]


@pytest.mark.parametrize(
    ("lot", "sizes", "words"),
    [
        ("0.001", [3_000_000, 12_000, 450, 1, 0], ["3000", "12", "0.45", "~0", "0"]),
        ("1", [5_200_000, 380_000, 25_400, 999, 12], ["5.2M", "380k", "25k", "999", "12"]),
        ("0.001", [510_000, 6_100, 20], ["510", "6", "0.02"]),
    ],
)
def test_a_wall_leaves_small_sizes_their_digits(
    lot: str, sizes: list[int], words: list[str]
) -> None:
    assert written(lot, sizes) == words


@given(st.lists(st.integers(1, 10**12), min_size=1), st.sampled_from(["1", "0.001", "0.00000001"]))
def test_a_number_is_its_size_to_a_tenth_or_a_last_digit_and_never_zero(
    sizes: list[int], lot: str
) -> None:
    for lots, word in zip(sizes, written(lot, sizes), strict=True):
        assert len(word) <= 4
        if word == "~0":
            assert lots * Decimal(lot) < Decimal("0.005")
            continue
        unit = {"k": 3, "M": 6, "G": 9, "T": 12}.get(word[-1], 0)
        value = Decimal(word.rstrip("kMGT")).scaleb(unit)
        assert value > 0
        assert abs(value - lots * Decimal(lot)) <= max(value / 2, Decimal("0.005"))
