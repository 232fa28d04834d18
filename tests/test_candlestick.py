"""Candlesticks and columns in eighths of a cell: exact where glyphs can be, never unseen."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.candle.candlestick import one_body, stick_marks, sticks
from tui.drawing.area import Area
from tui.drawing.canvas import LOWER_EIGHTHS, Canvas
from tui.drawing.columns import eighths, stack_columns
from tui.drawing.look import ColorDepth
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


@given(
    st.lists(parts, min_size=4, max_size=4), st.booleans(), st.booleans(), st.sampled_from([1, 3])
)
def test_a_body_is_seen_however_small_it_is(
    edges: list[int], rising: bool, mono: bool, body: int
) -> None:
    low, first, second, high = sorted(edges)
    opened, closed = (first, second) if rising else (second, first)
    marks = one_body((opened, high, low, closed), rising, ROWS, body, mono)
    for column in marks.glyph.T:
        assert body == 3 or set(map(chr, column.tolist())) - set(" ╷╵│")
    assert set(map(chr, marks.glyph[:, 0].tolist())) - set(" ╷╵│")


@given(st.lists(parts, min_size=4, max_size=4))
def test_a_wide_body_has_one_height_and_is_wrong_by_a_quarter_of_a_cell_at_most(
    edges: list[int],
) -> None:
    low, first, second, high = sorted(edges)
    marks = one_body((first, high, low, second), True, ROWS, 3, mono=False)
    assert marks.glyph[:, 0].tolist() == marks.glyph[:, 2].tolist()
    if second // 8 == first // 8:
        return
    covered = np.zeros(8 * ROWS, np.bool_)
    for row in range(ROWS):
        glyph, base = int(marks.glyph[row, 0]), 8 * (ROWS - 1 - row)
        height = LOWER.get(glyph, 0)
        covered[base : base + height] = True
        if marks.inverse[row, 0]:
            covered[base : base + 8] = ~covered[base : base + 8]
    drawn = np.flatnonzero(covered)
    if len(drawn):
        assert abs(int(drawn[0]) - first) <= 2
        assert abs(int(drawn[-1]) + 1 - second) <= 2


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
