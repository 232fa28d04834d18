"""Encoder: what it writes, a terminal emulator shows cell by cell as the canvas has it."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator import Terminal
from tests.pictures import NARROW, THEMES, drawn, looks, noise
from tui.drawing.canvas import LOWER, UPPER, Canvas
from tui.drawing.encode import encode, encode_spans, encode_update
from tui.drawing.halves import PAYS, exchanged
from tui.drawing.look import ColorDepth
from tui.themes import load_look

DEPTHS = list(ColorDepth)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_a_terminal_shows_what_the_canvas_holds(theme: str, depth: ColorDepth) -> None:
    canvas = drawn(load_look(theme, depth), 60, 16, np.random.default_rng(3))
    assert _after("\r\n".join(encode(canvas)), canvas) == ""


@pytest.mark.parametrize("depth", DEPTHS)
@settings(max_examples=25)
@given(st.data(), st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12))
def test_rows_and_updates_of_any_picture_show_it(
    depth: ColorDepth, data: st.DataObject, seed: int, width: int, height: int
) -> None:
    random = np.random.default_rng(seed)
    draw = data.draw(st.sampled_from([drawn, noise]))
    canvas = draw(data.draw(looks(depth)), width, height, random)
    assert _after("\r\n".join(encode(canvas)), canvas) == ""
    whole = range(height), [0] * height, [width] * height
    assert _after(encode_update(canvas, *whole), canvas) == ""


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("seed", range(8))
def test_spans_repair_exactly_the_cells_that_differ(depth: ColorDepth, seed: int) -> None:
    random = np.random.default_rng(seed)
    look = load_look("dark", depth)
    before, after = (drawn(look, 40, 10, random, NARROW) for _ in range(2))
    rows, lefts, rights = [], [], []
    for y in range(10):
        # Several spans a row, so that a row's second span is told from its first.
        cuts = sorted({0, 40, *random.integers(0, 41, 3).tolist()})
        for left, right in pairwise(cuts):
            rows.append(y)
            lefts.append(left)
            rights.append(right)
    spans = encode_spans(after, rows, lefts, rights)
    moves = [f"\x1b[{y + 1};{x + 1}H{text}" for y, x, text in zip(rows, lefts, spans, strict=True)]
    shown = "\r\n".join(encode(before))
    assert _after(shown + "".join(moves), after) == ""
    assert _after(shown + encode_update(after, rows, lefts, rights), after) == ""
    edges = (np.array(edge) for edge in (rows, lefts, rights))
    assert _after(shown + encode_update(after, *edges), after) == ""


@pytest.mark.parametrize("depth", [ColorDepth.TRUE, ColorDepth.C256, ColorDepth.C16])
@pytest.mark.parametrize("seed", range(3))
def test_halves_told_the_other_way_round_look_the_same(depth: ColorDepth, seed: int) -> None:
    random = np.random.default_rng(seed)
    canvas = drawn(load_look("dark", depth), 90, 24, random)
    assert (canvas.glyph == UPPER).sum() > PAYS
    rows = "\r\n".join(encode(canvas))
    assert chr(LOWER) in rows
    assert _after(rows, canvas) == ""
    assert _after(encode_update(canvas, range(24), [0] * 24, [90] * 24), canvas) == ""


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
@settings(max_examples=30)
def test_telling_halves_the_other_way_round_never_takes_more_colours(
    seed: int, colors: int
) -> None:
    random = np.random.default_rng(seed)
    ink, ground = random.integers(0, colors, (2, 2 * PAYS), np.uint8)
    glyph = np.full(len(ink), UPPER, np.uint32)
    flat = np.zeros(len(ink), np.bool_)
    _, told_ink, told_ground = exchanged(glyph, ink, ground, flat)
    assert _changes(told_ink) + _changes(told_ground) <= _changes(ink) + _changes(ground) + 2
    upper, lower = np.sort([ink, ground], axis=0), np.sort([told_ink, told_ground], axis=0)
    assert np.array_equal(upper, lower)


def test_few_halves_and_bold_ones_are_told_as_they_are() -> None:
    look = load_look()
    glyph = np.full(4 * PAYS, UPPER, np.uint32)
    ink, ground = np.full((2, len(glyph)), [[look.bid], [look.ask]], np.uint8)
    ground[::2], ink[::2] = ink[::2].copy(), ground[::2].copy()
    bold = np.ones(len(glyph), np.bool_)
    assert (exchanged(glyph, ink, ground, bold)[0] == UPPER).all()
    few = slice(0, PAYS - 1)
    assert (exchanged(glyph[few], ink[few], ground[few], ~bold[few])[0] == UPPER).all()
    assert (exchanged(glyph, ink, ground, ~bold)[0] == LOWER).sum() == 2 * PAYS


def test_a_span_blanks_the_wide_characters_it_cuts() -> None:
    canvas = Canvas(6, 1, load_look("dark", ColorDepth.MONO))
    canvas.text(0, 0, "币安所", canvas.look.text)
    left, right = encode_spans(canvas, [0, 0], [1, 2], [4, 5])
    assert "".join(part.partition("m")[2] for part in left.split("\x1b")) == " 安"
    assert "".join(part.partition("m")[2] for part in right.split("\x1b")) == "安 "


def test_rows_are_encoded_alone_as_in_the_whole() -> None:
    canvas = drawn(load_look(), 30, 12, np.random.default_rng(5))
    whole = encode(canvas)
    rows = encode_spans(canvas, [7, 0, 3], [0] * 3, [30] * 3)
    assert rows == [whole[7], whole[0], whole[3]]


@pytest.mark.parametrize("size", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_every_size_is_encoded(size: tuple[int, int]) -> None:
    canvas = Canvas(*size, load_look())
    assert len(encode(canvas)) == size[1]
    assert encode_spans(canvas, [], [], []) == []
    assert encode_spans(canvas, [0], [1], [1]) == [""]
    assert encode_update(canvas, [], [], []) == ""


def test_only_what_changes_is_written() -> None:
    look = load_look()
    canvas = Canvas(30, 1, look)
    canvas.text(0, 0, "one two", look.bid)
    canvas.text(10, 0, "three", look.bid)
    canvas.tint(12, 0, 9, look.bid_bar)
    row = encode(canvas)[0]
    # Both colours at the start, one ground at each edge of the tint, one reset; blanks are free.
    assert row.count("\x1b[") == 4
    assert row.count("38;2;") == 1
    assert "\x1b[22" not in row


def test_blanks_say_no_ink_and_a_change_of_weight_shares_its_escape() -> None:
    look = load_look()
    canvas = Canvas(12, 1, look)
    canvas.text(2, 0, "ab", look.bid, bold=True)
    canvas.text(6, 0, "cd", look.bid)
    row = encode(canvas)[0]
    ink, ground = (";".join(map(str, look.palette[color])) for color in (look.bid, 0))
    assert row == f"\x1b[48;2;{ground}m  \x1b[1;38;2;{ink}mab  \x1b[22mcd    \x1b[0m"


def test_an_update_says_a_colour_once_and_a_row_once() -> None:
    look = load_look()
    canvas = Canvas(40, 4, look)
    for y in range(4):
        canvas.text(0, y, "bid", look.bid)
        canvas.text(30, y, "ask", look.ask)
    rows, lefts = [0, 0, 1, 1, 2, 2, 3, 3], [0, 30] * 4
    text = encode_update(canvas, rows, lefts, [3, 33] * 4)
    assert text.count("38;2;") == 2
    assert re.sub(r"\x1b\[[\d;]*m", "", text).startswith("\x1b[1;1Hbid\x1b[2;1Hbid")
    canvas.text(10, 2, "bid", look.bid)
    assert "\x1b[11G" in encode_update(canvas, [2, 2], [0, 10], [3, 13])


def test_without_colours_no_colour_is_written() -> None:
    canvas = drawn(load_look("dark", ColorDepth.MONO), 60, 16, np.random.default_rng(9))
    text = "".join(encode(canvas))
    codes = {code for part in text.split("\x1b[")[1:] for code in part.split("m")[0].split(";")}
    assert codes <= {"0", "1", "2", "7"}


def _after(text: str, canvas: Canvas) -> str:
    """What of a canvas an empty terminal does not show when it was told this text."""
    terminal = Terminal(canvas.width, canvas.height)
    terminal.feed(text)
    return terminal.difference(canvas)


def _changes(colors: np.typing.NDArray[np.uint8]) -> int:
    return int((colors[1:] != colors[:-1]).sum())
