"""Export: pictures carry the canvas's colours and places, and nothing hostile."""

import io
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from feeds.errors import ConfigError
from tui import export
from tui.drawing.canvas import Canvas
from tui.drawing.color import hex_code
from tui.drawing.look import ColorDepth
from tui.themes import load_look

LOOK = load_look()
SVG = "{http://www.w3.org/2000/svg}"


def test_text_is_the_glyphs_alone() -> None:
    canvas = Canvas(8, 2, LOOK)
    canvas.text(1, 0, "币 x", LOOK.bid, LOOK.panel, bold=True)
    assert export.text(canvas) == " 币 x\n\n"


def test_terminal_text_ends_each_row_with_a_reset() -> None:
    canvas = Canvas(4, 2, LOOK)
    assert all(row.endswith("\x1b[0m") for row in export.ansi(canvas).splitlines())
    assert export.ansi(canvas).endswith("\n")


@pytest.mark.parametrize("size", [(0, 0), (0, 4), (4, 0), (1, 1), (13, 7)])
def test_every_size_is_exported(size: tuple[int, int]) -> None:
    canvas = Canvas(*size, LOOK)
    ElementTree.fromstring(export.svg(canvas))
    assert export.png(canvas).startswith(b"\x89PNG")
    assert export.text(canvas).count("\n") == size[1]


def test_hostile_text_stays_text_in_svg() -> None:
    canvas = Canvas(60, 3, LOOK)
    canvas.text(0, 0, "</text><script>alert(1)</script>&amp;]]>", LOOK.text)
    # Cells written past the canvas's own strokes, as no pane may: even those stay harmless.
    canvas.glyph[1, :5] = [0x1B, 0x07, 0xFFFE, 0xD800, ord("<")]
    root = ElementTree.fromstring(export.svg(canvas))
    assert not list(root.iter(f"{SVG}script"))
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert words == ["</text><script>alert(1)</script>&amp;]]>", "????<"]


def test_svg_words_are_held_to_their_cells() -> None:
    canvas = Canvas(20, 2, LOOK)
    canvas.text(3, 1, "64250.5", LOOK.ask, bold=True)
    canvas.text(12, 1, "币", LOOK.bid)
    root = ElementTree.fromstring(export.svg(canvas))
    price, wide = root.iter(f"{SVG}text")
    assert (price.get("x"), price.get("textLength")) == ("30", "70")
    assert price.get("font-weight") == "bold"
    assert price.get("fill") == hex_code(LOOK.palette[LOOK.ask])
    assert (wide.get("x"), wide.get("textLength")) == ("120", "20")


def test_svg_grounds_and_blocks_cover_what_the_cells_do() -> None:
    canvas = Canvas(4, 1, LOOK)
    canvas.tint(0, 0, 2, LOOK.bid_bar)
    canvas.text(2, 0, "█▍", LOOK.ask)
    paths = {
        element.get("fill"): sum(
            float(width) * float(height)
            for width, height in re.findall(r"h([\d.]+)v([\d.]+)", element.get("d", ""))
        )
        for element in ElementTree.fromstring(export.svg(canvas)).iter(f"{SVG}path")
    }
    assert paths == {
        hex_code(LOOK.palette[LOOK.bid_bar]): 2.0,
        hex_code(LOOK.palette[LOOK.ask]): 11 / 8,
    }


@pytest.mark.parametrize("depth", [ColorDepth.TRUE, ColorDepth.C256, ColorDepth.C16])
def test_png_halves_have_exactly_the_ramps_colours(depth: ColorDepth) -> None:
    look = load_look("dark", depth)
    canvas = Canvas(look.levels, 1, look)
    canvas.pixels(0, 0, look.heat_bid[None], look.heat_bid[None, ::-1])
    picture = _picture(canvas)
    assert picture.shape == (export.CELL_HEIGHT, look.levels * export.CELL_WIDTH, 3)
    middle = np.arange(look.levels) * export.CELL_WIDTH + export.CELL_WIDTH // 2
    colors = [look.palette[index] for index in look.heat_bid]
    assert [tuple(color) for color in picture[2, middle].tolist()] == colors
    assert [tuple(color) for color in picture[-3, middle].tolist()] == colors[::-1]


def test_png_bars_end_at_their_eighth() -> None:
    canvas = Canvas(2, 2, LOOK)
    canvas.text(0, 0, "█▌", LOOK.bid)
    canvas.text(0, 1, "▌█", LOOK.bid)
    canvas.fg[1, 0], canvas.bg[1, 0] = LOOK.background, LOOK.bid
    bid = np.array(LOOK.palette[LOOK.bid])
    lit = (_picture(canvas) == bid).all(axis=2)
    assert lit[5].tolist() == [True] * 15 + [False] * 5
    assert lit[25].tolist() == [False] * 5 + [True] * 15


def test_png_draws_wide_glyphs_over_both_their_cells() -> None:
    canvas = Canvas(4, 1, LOOK)
    canvas.text(0, 0, "币", LOOK.text)
    ground = np.array(LOOK.palette[LOOK.background])
    inked = (_picture(canvas) != ground).any(axis=(0, 2))
    assert inked[: export.CELL_WIDTH].any()
    assert not inked[2 * export.CELL_WIDTH :].any()


@pytest.mark.parametrize(("theme", "ground"), [("dark", 0), ("light", 255)])
def test_without_colours_reverse_video_swaps_ink_and_ground(theme: str, ground: int) -> None:
    look = load_look(theme, ColorDepth.MONO)
    canvas = Canvas(2, 1, look)
    canvas.fill(1, 0, 1, 1, look.bid_bar)
    picture = _picture(canvas)
    assert picture[10, 5].tolist() == [ground] * 3
    assert picture[10, 15].tolist() == [255 - ground] * 3


def test_png_without_pillow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ConfigError, match=r"pip install 'tapetop\[png\]'"):
        export.png(Canvas(2, 1, LOOK))


def _picture(canvas: Canvas) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(export.png(canvas))) as image:
        return np.asarray(image)
