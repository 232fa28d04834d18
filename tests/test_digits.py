from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.instrument import Instrument
from tui.drawing.canvas import Canvas
from tui.drawing.digits import Scale, exact_width, price_scale, size_scale, stamp
from tui.drawing.look import ColorDepth
from tui.themes import load_look


def listed(tick: str, lot: str) -> Instrument:
    return Instrument("x", "Y", Decimal(tick), Decimal(lot))


lots_of = st.sampled_from(["0.001", "1", "0.25", "5", "0.00000001", "0.3"])
SUFFIXES = {"k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def shown(scale: Scale, lots: int) -> str:
    return "".join(map(chr, scale.glyphs(np.array([lots]))[0].tolist()))


@given(lots_of, st.integers(0, 10**12), st.integers(0, 10**12), st.integers(4, 11))
def test_a_number_is_the_rounded_size_in_the_cells_given(
    lot: str, most: int, other: int, width: int
) -> None:
    instrument = listed("0.1", lot)
    scale = size_scale(instrument, max(most, other), width)
    text = shown(scale, other)
    assert len(text) == width
    digits = text.strip()
    power = SUFFIXES.get(digits[-1], 0)
    value = Decimal(digits.rstrip("kMGTPE")).scaleb(power)
    unit = Decimal(1).scaleb(power - scale.decimals)
    exact = instrument.size(other)
    # Half a unit either way, and a hair for the float in between.
    assert abs(value - exact) <= unit * Decimal("0.5001")


@given(st.integers(1, 10**9), st.integers(5, 11))
def test_digits_after_the_point_stand_under_one_another(most: int, width: int) -> None:
    scale = size_scale(listed("0.1", "0.001"), most, width)
    texts = [shown(scale, lots) for lots in (1, most // 3 or 1, most)]
    assert len({text.find(".") for text in texts}) == 1


def test_a_zero_is_bare_and_a_trace_is_not() -> None:
    scale = size_scale(listed("0.1", "0.001"), 12_345, 5)
    assert shown(scale, 0) == "    0"
    assert shown(scale, 1) == " 0.00"


def test_signed_numbers_carry_their_sign_before_the_digits() -> None:
    scale = size_scale(listed("0.1", "0.001"), 12_345, 7, signed=True)
    assert scale.text(12_345, signed=True) == "+12.345"
    assert scale.text(-2_345, signed=True) == "-2.345"
    assert scale.text(0, signed=True) == "0"


def test_large_sizes_are_shortened_by_thousands() -> None:
    scale = size_scale(listed("0.1", "1"), 123_456, 5)
    assert shown(scale, 123_456) == " 123k"
    assert shown(scale, 1_600) == "   2k"


@given(
    st.sampled_from(["0.1", "0.5", "0.25", "0.01", "5", "0.00001", "0.3"]),
    st.integers(1, 500),
    st.integers(0, 10**7),
)
def test_prices_are_exact_at_every_grouping(tick: str, group: int, index: int) -> None:
    instrument = listed(tick, "1")
    edge = index * group
    scale = price_scale(instrument, group, edge)
    assert Decimal(scale.text(edge)) == instrument.price(edge)


def test_prices_keep_the_venues_digits_while_rows_are_finer_than_one() -> None:
    assert price_scale(listed("0.1", "1"), 1, 583_000).text(583_000) == "58300.0"
    assert price_scale(listed("0.1", "1"), 50, 583_000).text(583_000) == "58300"
    assert price_scale(listed("0.25", "1"), 2, 16_001).text(16_002) == "4000.50"


scales = st.builds(
    Scale,
    st.sampled_from([1.0, 0.001, 25.0, 1e-6]),
    st.integers(0, 8),
    st.sampled_from(["", "", "k"]),
    st.integers(1, 20),
)
amounts = st.lists(
    st.one_of(st.integers(-(10**12), 10**12), st.integers(-2000, 2000), st.just(0)), max_size=9
)


@given(scales, amounts, st.booleans(), st.booleans())
def test_a_grid_of_numbers_is_each_of_them_written_alone(
    scale: Scale, lots: list[int], signed: bool, zeros: bool
) -> None:
    grid = scale.glyphs(np.array([lots, lots[::-1]], np.int64), signed, zeros)
    rows = ["".join(map(chr, row)).lstrip() for row in grid[0].tolist()]
    alone = [scale.text(number, signed) if number or zeros else "" for number in lots]
    assert rows == alone
    assert (grid[1] == grid[0][::-1]).all()


@given(lots_of, st.integers(0, 10**15))
def test_the_exact_width_is_that_of_the_size_in_full(lot: str, most: int) -> None:
    instrument = listed("0.1", lot)
    text = f"{instrument.size(most):.{instrument.size_decimals}f}"
    assert exact_width(instrument, most) == len(text)


@given(scales, st.integers(0, 10**12))
def test_one_number_is_its_units_with_the_point_in_place(scale: Scale, lots: int) -> None:
    room = max(1, scale.width - len(scale.suffix))
    units = Decimal(round(lots * scale.factor)).scaleb(-scale.decimals)
    text = f"{units:.{scale.decimals}f}" if lots else "0"
    text = text if len(text) <= room else "+" * room
    assert scale.text(lots) == text + (scale.suffix if lots else "")


@pytest.mark.parametrize("at", [(-2, 0), (3, 1), (9, 9), (0, -5)])
def test_a_stamp_is_cut_at_the_edges(at: tuple[int, int]) -> None:
    look = load_look("dark", ColorDepth.MONO)
    canvas = Canvas(5, 2, look)
    glyphs = np.full((2, 4), ord("7"), np.uint32)
    stamp(canvas, *at, glyphs, look.text)
    inside = {
        (x, y) for x in range(5) for y in range(2) if 0 <= x - at[0] < 4 and 0 <= y - at[1] < 2
    }
    assert {(x, y) for x in range(5) for y in range(2) if canvas.glyph[y, x] == ord("7")} == inside


def test_rounding_is_to_the_nearest() -> None:
    scale = size_scale(listed("0.1", "0.001"), 99_999, 4)
    expected = Decimal("45.678").quantize(Decimal(1), ROUND_HALF_EVEN)
    assert shown(scale, 45_678).strip() == f"{expected}"
