"""Candles: sticks finer than a cell, columns that stack, bars in the slot of their time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.area import Area
from tui.candlestick import stick_marks, sticks
from tui.canvas import LOWER_EIGHTHS, Canvas
from tui.columns import eighths, stack_columns
from tui.look import ColorDepth
from tui.themes import load_look

ROWS = 6
parts = st.integers(0, 8 * ROWS - 1)
LOWER = {int(glyph): height for height, glyph in enumerate(LOWER_EIGHTHS.tolist()) if height}


def body_parts(rows: int, low: int, high: int) -> set[int]:
    """Eighths that the glyphs of a candle's side column cover."""
    price = np.array([low]), np.array([high])
    candles = sticks(price[0], price[1], price[0], price[1])
    marks = stick_marks(candles, rows, wick=False)
    covered = set()
    for row in range(rows):
        glyph, base = int(marks.glyph[row, 0]), 8 * (rows - 1 - row)
        if glyph in LOWER:
            height = LOWER[glyph]
            span = range(height, 8) if marks.inverse[row, 0] else range(height)
            covered |= {base + part for part in span}
    return covered


@given(parts, parts)
def test_a_body_that_spans_cells_is_exact_to_the_eighth(one: int, other: int) -> None:
    low, high = sorted((one, other))
    if high > low and low // 8 != (high - 1) // 8:
        assert body_parts(ROWS, low, high) == set(range(low, high))


@given(parts, parts)
def test_a_body_within_a_cell_reaches_to_the_nearer_edge(one: int, other: int) -> None:
    low, high = sorted((one, other))
    if high - low > 1 and low // 8 == (high - 1) // 8:
        base = low // 8 * 8
        down, up = set(range(base, high)), set(range(low, base + 8))
        assert body_parts(ROWS, low, high) in (down, up)


@given(parts, parts, parts, parts)
def test_a_candle_is_drawn_wherever_it_traded_and_nowhere_else(
    one: int, two: int, three: int, four: int
) -> None:
    low, first, second, high = sorted((one, two, three, four))
    edges = (np.array([value]) for value in (first, high, low, second))
    candles = sticks(*edges)
    marks = stick_marks(candles, ROWS)
    drawn = {row for row in range(ROWS) if marks.glyph[row, 0] != ord(" ")}
    top, bottom = ROWS - 1 - max(high, first + 1) // 8, ROWS - 1 - low // 8
    assert drawn <= set(range(top, bottom + 1))
    assert drawn >= set(range(top + 1, bottom))
    assert drawn


def test_a_doji_shows_where_its_wicks_are() -> None:
    middle = np.array([12])
    whole = stick_marks(sticks(middle, np.array([20]), np.array([2]), middle), 3)
    assert "".join(map(chr, whole.glyph[:, 0].tolist())) == "╷┼│"


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20),
    st.integers(1, 6),
)
def test_stacked_columns_are_as_tall_as_their_volume(
    volumes: list[tuple[int, int]], height: int
) -> None:
    look = load_look("dark", ColorDepth.TRUE)
    canvas = Canvas(len(volumes), height, look)
    low, high = (np.array([pair[side] for pair in volumes]) for side in (0, 1))
    most = float((low + high).max())
    area = Area(0, 0, canvas.width, height)
    stack_columns(canvas, area, (low, high), most, (look.sell, look.buy))
    expected = eighths(low + high, most, height)
    for column in range(len(volumes)):
        cells = zip(canvas.glyph[:, column].tolist(), canvas.bg[:, column].tolist(), strict=True)
        drawn = sum(8 if ground == look.buy else LOWER.get(glyph, 0) for glyph, ground in cells)
        assert drawn == expected[column]


def test_any_volume_at_all_is_seen() -> None:
    assert eighths(np.array([0, 1, 10**9]), 1e9, 2).tolist() == [0, 1, 16]
