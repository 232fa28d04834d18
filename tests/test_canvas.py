"""Canvas: strokes stay inside, wide characters stay whole, and bars are exact to the eighth."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenes import same
from tui.drawing.canvas import CONTINUED, SPACE, UPPER, Canvas
from tui.drawing.color import contrast
from tui.drawing.format import cell_width, safe_text
from tui.drawing.look import ColorDepth, Look
from tui.themes import load_look

LOOKS = [load_look("dark", depth) for depth in ColorDepth]
LOOK = LOOKS[0]

Stroke = Callable[[Canvas], None]
places = st.integers(-9, 15)
sizes = st.integers(-3, 14)
inks = st.sampled_from([LOOK.text, LOOK.bid, LOOK.ask, LOOK.dim])
grounds = st.one_of(st.none(), st.sampled_from([LOOK.panel, LOOK.bid_bar, LOOK.selection]))
words = st.text(st.sampled_from("ab1 ·█币安한🚀\x1b\n\u202e\u0301"), max_size=12)


@st.composite
def strokes(draw: st.DrawFn) -> Stroke:
    """Any one stroke, anywhere."""
    x, y, width, height = draw(places), draw(places), draw(sizes), draw(sizes)
    fg, bg, word = draw(inks), draw(grounds), draw(words)
    ground = LOOK.panel if bg is None else bg
    block = np.full((max(0, height), max(0, width)), ground, np.uint8)
    other = Canvas(width, height, LOOK)
    other.text(draw(places), 0, word, fg)
    kinds: list[Stroke] = [
        lambda c: c.text(x, y, word, fg, bg),
        lambda c: c.right(x, y, word, fg, bg, bold=True),
        lambda c: c.center(x, y, width, word, fg, bg),
        lambda c: c.mark(x, y, "●", fg, bg),
        lambda c: c.fill(x, y, width, height, ground),
        lambda c: c.tint(x, y, width, ground, height),
        lambda c: c.pixels(x, y, block, block),
        lambda c: c.shade(x, y, block % 6, fg, bg),
        lambda c: c.hline(x, y, width, fg),
        lambda c: c.vline(x, y, height, fg),
        lambda c: c.blit(other, x, y),
    ]
    return draw(st.sampled_from(kinds))


@given(st.lists(strokes(), max_size=8), st.integers(-1, 12), st.integers(-1, 6))
def test_strokes_fit_every_size_and_leave_wide_characters_whole(
    marks: list[Stroke], width: int, height: int
) -> None:
    canvas = Canvas(width, height, LOOK)
    for stroke in marks:
        stroke(canvas)
    assert canvas.glyph.shape == (max(0, height), max(0, width))
    for row in canvas.glyph.tolist():
        for x, glyph in enumerate(row):
            wide = glyph != CONTINUED and cell_width(chr(glyph)) == 2
            assert wide == (x + 1 < len(row) and row[x + 1] == CONTINUED)
            assert glyph != CONTINUED or x > 0


@given(
    places,
    words,
    st.sampled_from(LOOKS),
    st.sampled_from(["text", "dim", "bid", "faint"]),
    st.sampled_from([None, "selection", "bid_bar", "title_bar"]),
    st.integers(0, 12),
)
def test_text_written_at_once_is_text_written_cell_by_cell(
    x: int, word: str, look: Look, ink: str, ground: str | None, width: int
) -> None:
    fg, bg = getattr(look, ink), None if ground is None else getattr(look, ground)
    canvas, expected = Canvas(width, 2, look), Canvas(width, 2, look)
    for one in (canvas, expected):
        one.tint(3, 1, 4, look.selection)
    canvas.text(x, 1, word, fg, bg, bold=True)
    for mark in safe_text(word):
        cells = cell_width(mark)
        for cell in range(max(0, x), min(width, x + cells)):
            if x + cells <= width:
                whole = mark if x >= 0 else " "
                expected.glyph[1, cell] = ord(whole) if cell == max(0, x) else CONTINUED
                expected.bold[1, cell] = True
                expected.bg[1, cell] = expected.bg[1, cell] if bg is None else bg
                expected.fg[1, cell] = look.readable[fg, expected.bg[1, cell]]
        x += cells
    assert same(canvas, expected)


def test_a_copy_has_the_same_cells_and_is_drawn_on_alone() -> None:
    canvas = Canvas(8, 2, LOOK)
    canvas.text(0, 0, "ab币", LOOK.bid, LOOK.panel, bold=True)
    copy = canvas.copy()
    assert same(copy, canvas)
    copy.text(3, 0, "x", LOOK.ask)
    assert _rows(copy)[0] == "ab x    "
    assert _rows(canvas)[0] == "ab币\0    "


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.depth.value)
def test_another_ink_leaves_glyphs_and_grounds(look: Look) -> None:
    canvas, expected = Canvas(9, 2, look), Canvas(9, 2, look)
    for one, ink in ((canvas, look.text), (expected, look.dim)):
        one.tint(2, 0, 4, look.sell_bar)
        one.text(0, 0, "123456789", ink, bold=one is expected)
    canvas.ink(0, 0, 99, look.dim, bold=True)
    assert same(canvas, expected)


@given(places, st.integers(-2, 6), st.text("abc12. ", max_size=20), st.integers(0, 12))
def test_text_is_what_a_list_of_characters_would_hold(
    x: int, y: int, word: str, width: int
) -> None:
    canvas = Canvas(width, 4, LOOK)
    canvas.text(x, y, word, LOOK.bid)
    expected = [[" "] * width for _ in range(4)]
    for offset, mark in enumerate(word):
        if 0 <= y < 4 and 0 <= x + offset < width:
            expected[y][x + offset] = mark
    assert [list(map(chr, row)) for row in canvas.glyph.tolist()] == expected


def test_text_aligns_right_and_centre() -> None:
    canvas = Canvas(10, 2, LOOK)
    canvas.right(9, 0, "1.5", LOOK.text)
    canvas.center(0, 1, 10, "abcd", LOOK.text)
    assert _rows(canvas) == ["      1.5 ", "   abcd   "]


def test_text_keeps_the_ground_it_is_written_on() -> None:
    canvas = Canvas(6, 1, LOOK)
    canvas.tint(0, 0, 3, LOOK.bid_bar)
    canvas.text(0, 0, "123456", LOOK.bid)
    assert canvas.bg[0].tolist() == [LOOK.bid_bar] * 3 + [LOOK.background] * 3
    canvas.tint(3, 0, 3, LOOK.ask_bar)
    assert _rows(canvas) == ["123456"]


def test_escape_sequences_never_become_cells() -> None:
    canvas = Canvas(30, 1, LOOK)
    canvas.text(0, 0, "\x1b[31mBTC\x9b2J\u202eUSDT\x07\u200b", LOOK.text)
    assert _rows(canvas)[0].rstrip() == "[31mBTC2JUSDT"


def test_pixels_are_half_blocks_and_equal_halves_are_plain_ground() -> None:
    canvas = Canvas(2, 1, LOOK)
    heat = LOOK.heat_bid
    canvas.pixels(0, 0, heat[None, [5, 9]], heat[None, [5, 2]])
    assert canvas.glyph[0].tolist() == [SPACE, UPPER]
    assert canvas.bg[0].tolist() == [heat[5], heat[2]]
    assert canvas.fg[0, 1] == heat[9]


def test_without_colours_a_ramp_becomes_ever_fuller_shades() -> None:
    look = load_look("dark", ColorDepth.MONO)
    canvas = Canvas(look.levels, 2, look)
    canvas.pixels(0, 0, look.heat_bid[None], look.heat_bid[None])
    for level, color in enumerate(look.heat_bid.tolist()):
        canvas.fill(level, 1, 1, 1, color)
    assert _rows(canvas) == [" ░▒▓█", " ░▒▓█"]
    canvas.pixels(0, 0, look.heat_bid[None, [4, 0]], look.heat_bid[None, [0, 4]])
    assert _rows(canvas)[0][:2] == "▀▄"


def test_sixteen_colours_keep_text_readable_on_every_ground() -> None:
    look = load_look("dark", ColorDepth.C16)
    for ink in range(len(look.palette)):
        canvas = Canvas(len(look.palette), 2, look)
        for ground in range(len(look.palette)):
            canvas.text(ground, 0, "x", ink, ground)
            canvas.text(ground, 1, "x", ink)
            canvas.tint(ground, 1, 1, ground)
        for fg, bg in zip(canvas.fg.ravel(), canvas.bg.ravel(), strict=True):
            assert contrast(look.palette[fg], look.palette[bg]) >= 2.8


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.depth.value)
def test_a_blit_copies_what_was_drawn(look: Look) -> None:
    small, large = Canvas(4, 2, look), Canvas(8, 4, look)
    small.text(0, 0, "ab币", look.bid, look.panel, bold=True)
    large.blit(small, 3, 1)
    assert _rows(large)[1] == "   ab币\0 "
    assert large.bold[1].tolist() == [False] * 3 + [True] * 4 + [False]
    large.blit(small, 5, 3)
    assert _rows(large)[3] == "     ab "


def _rows(canvas: Canvas) -> list[str]:
    return ["".join(map(chr, row)) for row in canvas.glyph.tolist()]
