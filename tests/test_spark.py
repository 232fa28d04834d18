"""Sparklines and lines: what they show of their values in every depth of colour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenes import lines
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.lines import Path, draw_lines, row_of
from tui.drawing.look import ColorDepth, Look
from tui.drawing.spark import draw_spark, round_up
from tui.themes import load_look

TRUE, MONO = (load_look("dark", depth) for depth in (ColorDepth.TRUE, ColorDepth.MONO))


def spark(values: list[float], height: int, most: float = 1.0) -> list[str]:
    canvas = Canvas(len(values), height, MONO)
    draw_spark(canvas, Area(0, 0, len(values), height), np.array(values), most, (1, 2))
    return ["".join(map(chr, row)) for row in canvas.glyph.tolist()]


def test_bars_rise_above_zero_and_hang_below_it() -> None:
    assert spark([0.5, 1.0, 0.0, 0.01], 1) == ["▄█ ▁"]
    assert spark([0.5, -0.5, -1.0, -0.01], 1) == ["▄▀█▔"]
    assert spark([1.0, -1.0, 0.5, -0.5], 2) == ["█ ▄ ", " █ ▀"]
    assert spark([1.0, 0.5, 0.25], 2) == ["█  ", "██▄"], "nothing is below: all rows are above"


def test_a_length_means_the_same_above_and_below_zero() -> None:
    assert spark([1.0, -1.0, 0.5, -0.5], 3) == ["█ ▄ ", " █ ▀", "    "], "the odd row is free"
    assert spark([1.0, -1.0], 4) == ["█ ", "█ ", " █", " █"]
    canvas = Canvas(1, 2, MONO)
    draw_spark(canvas, Area(0, 0, 1, 2), np.array([1.0]), 1.0, (1, 2), signed=True)
    assert canvas.glyph[:, 0].tolist() == [ord("█"), ord(" ")], "zero stays in the middle"


def test_with_colour_bars_hang_as_finely_as_they_rise() -> None:
    canvas = Canvas(2, 2, TRUE)
    ground = int(canvas.bg[1, 1])
    draw_spark(canvas, Area(0, 0, 2, 2), np.array([0.375, -0.375]), 1.0, (1, 2))
    assert chr(canvas.glyph[0, 0]) == "▃"
    assert (chr(canvas.glyph[1, 1]), canvas.fg[1, 1], canvas.bg[1, 1]) == ("▅", ground, 2)


def test_what_is_not_known_is_a_stroke_and_zero_is_nothing() -> None:
    assert spark([np.nan, 0.0, 1.0], 1) == ["╱ █"]


def test_more_values_than_cells_show_the_newest_and_fewer_stand_at_the_right() -> None:
    canvas = Canvas(3, 1, MONO)
    draw_spark(canvas, Area(0, 0, 3, 1), np.array([1.0, 0.0, 0.0, 0.5]), 1.0, (1, 2))
    assert "".join(map(chr, canvas.glyph[0].tolist())) == "  ▄"
    canvas = Canvas(3, 1, MONO)
    draw_spark(canvas, Area(0, 0, 3, 1), np.array([1.0]), 1.0, (1, 2))
    assert "".join(map(chr, canvas.glyph[0].tolist())) == "  █"


@given(st.floats(1e-12, 1e12))
def test_a_scale_is_round_and_holds_its_value(value: float) -> None:
    found = round_up(value)
    assert value <= found * (1 + 1e-9)
    assert found <= 2.5 * value * (1 + 1e-9)


@pytest.mark.parametrize("nothing", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_of_nothing_is_one(nothing: float) -> None:
    assert round_up(nothing) == 1.0


def drawn(look: Look, paths: list[Path], height: int = 4) -> Canvas:
    width = len(paths[0].values)
    canvas = Canvas(width, height, look)
    draw_lines(canvas, Area(0, 0, width, height), paths, 0.0, 8.0, "block")
    return canvas


def test_a_steep_line_is_unbroken() -> None:
    canvas = drawn(TRUE, [Path(np.array([0.5, 7.5]), 5, "●")])
    on = canvas.glyph != ord(" ")
    assert on[:, 1].sum() == 4, "from the bottom to the top"
    assert on[:, 0].sum() == 1


def test_lines_in_one_cell_keep_both_colours() -> None:
    upper, lower = Path(np.array([7.5]), 5, "●"), Path(np.array([6.5]), 6, "■")
    for paths in ([upper, lower], [lower, upper]):
        canvas = drawn(TRUE, paths)
        pair = {int(canvas.fg[0, 0]), int(canvas.bg[0, 0])}
        assert pair == {5, 6}
    over = drawn(TRUE, [Path(np.array([7.5]), 5, "●"), Path(np.array([7.5]), 6, "■")])
    assert over.fg[0, 0] == 5, "the first lies over the others"


def test_without_colour_a_line_is_its_glyph() -> None:
    canvas = drawn(MONO, [Path(np.array([7.5, np.nan, 0.5]), 5, "▲")])
    assert lines(canvas) == ["▲", "", "", "  ▲"]


@given(st.floats(-5, 15), st.integers(1, 50))
def test_every_value_has_a_row(value: float, rows: int) -> None:
    assert 0 <= row_of(value, rows, 0.0, 8.0) < rows
