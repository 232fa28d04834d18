"""Damage: what it leaves out looks right already, whatever looks two pictures are drawn in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator import Terminal
from tests.pictures import drawn, looks, noise, retouched
from tui.drawing.canvas import Canvas
from tui.drawing.encode import encode, encode_update
from tui.drawing.look import LEVELS, ColorDepth
from tui.terminal.damage import damage
from tui.themes import load_look

DEPTHS = list(ColorDepth)


@pytest.mark.parametrize("depth", DEPTHS)
@settings(max_examples=30)
@given(st.data(), st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 10))
def test_updates_from_look_to_look_end_in_the_last_picture(
    depth: ColorDepth, data: st.DataObject, seed: int, width: int, height: int
) -> None:
    random = np.random.default_rng(seed)
    canvas = drawn(data.draw(looks(depth)), width, height, random)
    terminal = Terminal(width, height)
    terminal.feed("\r\n".join(encode(canvas)))
    for change in data.draw(st.lists(st.sampled_from([drawn, noise, None]), max_size=5)):
        look = data.draw(looks(depth))
        after = change(look, width, height, random) if change else retouched(canvas, look, random)
        terminal.feed(encode_update(after, *damage(canvas, after)))
        assert terminal.difference(after) == ""
        canvas = after


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_picture_that_looks_the_same_is_no_damage(depth: ColorDepth) -> None:
    canvas = drawn(load_look("dark", depth), 40, 10, np.random.default_rng(1))
    for levels in LEVELS:
        other = Canvas(40, 10, load_look("dark", depth, levels))
        other.blit(canvas, 0, 0)
        assert len(damage(canvas, other).rows) == 0


def test_only_cells_that_look_different_in_another_theme_are_written() -> None:
    dark, safe = load_look("dark"), load_look("colorblind")
    before, after = Canvas(20, 2, dark), Canvas(20, 2, safe)
    for canvas, look in ((before, dark), (after, safe)):
        canvas.text(0, 0, "white", look.title_focus)
        canvas.text(10, 0, "bid", look.bid)
    assert dark.title_focus != safe.title_focus
    assert [edges.tolist() for edges in damage(before, after)] == [[0], [10], [13]]


def test_fewer_levels_repaint_the_heat_and_not_the_words() -> None:
    many, few = load_look("dark", levels=64), load_look("dark", levels=8)
    before, after = Canvas(16, 2, many), Canvas(16, 2, few)
    for canvas, look in ((before, many), (after, few)):
        heat = look.heat_bid[np.linspace(0, look.levels - 1, 8).astype(int)][None]
        canvas.pixels(8, 0, heat, heat)
        canvas.text(0, 1, "price", look.text)
    spans = damage(before, after)
    assert set(spans.rows.tolist()) == {0}
    # The ends of the ramp are the same colours.
    assert spans.starts.min() > 8
    assert spans.ends.max() < 16


def test_another_colour_depth_changes_every_cell() -> None:
    before, after = Canvas(7, 3, load_look()), Canvas(7, 3, load_look("dark", ColorDepth.C256))
    whole = [edges.tolist() for edges in damage(before, after)]
    assert whole == [[0, 1, 2], [0, 0, 0], [7, 7, 7]]


def test_the_ink_of_a_blank_is_not_seen() -> None:
    look = load_look()
    before, after = Canvas(9, 1, look), Canvas(9, 1, look)
    after.text(0, 0, "   ", look.bid, bold=True)
    assert len(damage(before, after).rows) == 0
    after.tint(1, 0, 1, look.bid_bar)
    assert [edges.tolist() for edges in damage(before, after)] == [[0], [1], [2]]


def test_in_reverse_video_the_ink_of_a_blank_is_its_ground() -> None:
    look = load_look("dark", ColorDepth.MONO)
    before, after = Canvas(9, 1, look), Canvas(9, 1, look)
    for canvas, ink in ((before, look.text), (after, look.dim)):
        canvas.bg[0, 2], canvas.fg[0, 2] = look.bid_bar, ink
    assert [edges.tolist() for edges in damage(before, after)] == [[0], [2], [3]]


def test_spans_are_joined_over_a_few_equal_cells_and_never_from_row_to_row() -> None:
    look = load_look()
    before, after = Canvas(20, 2, look), Canvas(20, 2, look)
    for x, y in ((0, 0), (5, 0), (11, 0), (19, 0), (0, 1)):
        after.text(x, y, "x", look.text)
    spans = [edges.tolist() for edges in damage(before, after)]
    assert spans == [[0, 0, 0, 1], [0, 11, 19, 0], [6, 12, 20, 1]]


def test_a_span_takes_in_whole_wide_characters() -> None:
    look = load_look()
    before, after = Canvas(8, 1, look), Canvas(8, 1, look)
    before.text(0, 0, "a币b", look.text)
    after.text(0, 0, "a安b", look.text)
    assert [edges.tolist() for edges in damage(before, after)] == [[0], [1], [3]]


@pytest.mark.parametrize("size", [(0, 0), (0, 2), (2, 0)])
def test_nothing_is_no_damage(size: tuple[int, int]) -> None:
    assert len(damage(Canvas(*size, load_look()), Canvas(*size, load_look("light"))).rows) == 0
