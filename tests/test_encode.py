"""Encoder: what it writes, a terminal emulator shows cell by cell as the canvas has it."""

import numpy as np
import pyte
import pytest
from numpy.random import Generator

from tui.canvas import CONTINUED, Canvas
from tui.color import hex_code
from tui.encode import encode, encode_rows, encode_spans
from tui.look import REVERSE, ColorDepth, Look
from tui.themes import load_look

DEPTHS = list(ColorDepth)
THEMES = ["colorblind", "dark", "light"]

# pyte's names of the sixteen colours, in their order.
_BASIC = ["black", "red", "green", "brown", "blue", "magenta", "cyan", "white"]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_a_terminal_shows_what_the_canvas_holds(theme: str, depth: ColorDepth) -> None:
    canvas = _drawn(load_look(theme, depth), 60, 16, np.random.default_rng(3))
    screen = _screen(canvas, "\r\n".join(encode(canvas)))
    _same(screen, canvas)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("seed", range(8))
def test_spans_repair_exactly_the_cells_that_differ(depth: ColorDepth, seed: int) -> None:
    random = np.random.default_rng(seed)
    look = load_look("dark", depth)
    before, after = (_drawn(look, 40, 10, random, _NARROW) for _ in range(2))
    rows, lefts, rights = [], [], []
    for y in range(10):
        # Two spans a row, so that a row's second span is told from its first.
        cuts = sorted(random.integers(0, 41, 3).tolist())
        for left, right in zip([0, *cuts], [*cuts, 40], strict=True):
            rows.append(y)
            lefts.append(left)
            rights.append(right)
    spans = encode_spans(after, rows, lefts, rights)
    moves = [f"\x1b[{y + 1};{x + 1}H{text}" for y, x, text in zip(rows, lefts, spans, strict=True)]
    screen = _screen(before, "\r\n".join(encode(before)) + "".join(moves))
    _same(screen, after)


def test_a_span_blanks_the_wide_characters_it_cuts() -> None:
    canvas = Canvas(6, 1, load_look("dark", ColorDepth.MONO))
    canvas.text(0, 0, "币安所", canvas.look.text)
    left, right = encode_spans(canvas, [0, 0], [1, 2], [4, 5])
    assert "".join(part.partition("m")[2] for part in left.split("\x1b")) == " 安"
    assert "".join(part.partition("m")[2] for part in right.split("\x1b")) == "安 "


def test_rows_are_encoded_alone_as_in_the_whole() -> None:
    canvas = _drawn(load_look(), 50, 12, np.random.default_rng(5))
    whole = encode(canvas)
    assert encode_rows(canvas, [7, 0, 3]) == [whole[7], whole[0], whole[3]]


@pytest.mark.parametrize("size", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_every_size_is_encoded(size: tuple[int, int]) -> None:
    canvas = Canvas(*size, load_look())
    assert len(encode(canvas)) == size[1]
    assert encode_spans(canvas, [], [], []) == []
    assert encode_spans(canvas, [0], [1], [1]) == [""]


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


def test_without_colours_no_colour_is_written() -> None:
    canvas = _drawn(load_look("dark", ColorDepth.MONO), 60, 16, np.random.default_rng(9))
    text = "".join(encode(canvas))
    codes = {code for part in text.split("\x1b[")[1:] for code in part.split("m")[0].split(";")}
    assert codes <= {"0", "1", "2", "7"}


_NARROW = ("64250.50", "  0.125", "▲ buy", "·•●")
_WIDE = (*_NARROW, "币安 x")


def _drawn(
    look: Look, width: int, height: int, random: Generator, words: tuple[str, ...] = _WIDE
) -> Canvas:
    """Heat, words and bars, laid over one another at random."""
    canvas = Canvas(width, height, look)
    inks = [look.text, look.dim, look.bid, look.ask, look.poc]
    grounds = [look.background, look.panel, look.bid_bar, look.sell_bar]
    heat = look.heat_bid[random.integers(0, look.levels, (height, width))]
    canvas.pixels(width // 2, 0, heat, heat[::-1])
    for _ in range(40):
        x, y = int(random.integers(-5, width)), int(random.integers(0, height))
        fg, bg = int(random.choice(inks)), int(random.choice(grounds))
        word = str(random.choice(words))
        canvas.text(x, y, word, fg, bg if random.random() < 0.5 else None, random.random() < 0.3)
        canvas.hbar(x, y, 6, int(random.integers(0, 50)), fg, bg, from_right=random.random() < 0.5)
        canvas.tint(x, y, 5, bg)
        canvas.text(x + 3, y, word, fg, bold=random.random() < 0.3)
    return canvas


def _screen(canvas: Canvas, text: str) -> pyte.Screen:
    screen = pyte.Screen(max(1, canvas.width), max(1, canvas.height))
    screen.reset_mode(pyte.modes.DECAWM)
    pyte.Stream(screen).feed(text)
    return screen


def _same(screen: pyte.Screen, canvas: Canvas) -> None:
    """Every cell of the terminal is the canvas's."""
    for y in range(canvas.height):
        for x, glyph in enumerate(canvas.glyph[y].tolist()):
            if glyph != CONTINUED:
                cell = screen.buffer[y][x]
                assert cell.data == chr(glyph), (y, x)
                _same_colors(cell, canvas, y, x)


def _same_colors(cell: pyte.screens.Char, canvas: Canvas, y: int, x: int) -> None:
    look, fg, bg = canvas.look, int(canvas.fg[y, x]), int(canvas.bg[y, x])
    blank = cell.data == " "
    if look.mono:
        assert cell.reverse == bool(look.codes[bg] & REVERSE)
        assert (cell.fg, cell.bg) == ("default", "default")
    else:
        assert blank or cell.fg == _named(look, fg)
        assert cell.bg == _named(look, bg)
    assert blank or cell.bold == canvas.bold[y, x]


def _named(look: Look, color: int) -> str:
    """A colour as pyte spells it."""
    if look.depth is ColorDepth.C16:
        code = look.codes[color]
        return _BASIC[code] if code < 8 else f"bright{_BASIC[code - 8]}"
    return hex_code(look.palette[color])[1:]
