"""Lines: several paths of numbers over the same columns, each in its colour and with its glyph.

Half blocks give every cell two colours, so that lines cross without hiding one another. Braille is
finer but has one colour a cell, and not every font has it. Without colour a path is a row of its
own glyphs.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.drawing.area import Area
from tui.drawing.canvas import FULL, LOWER, UPPER, Canvas
from tui.drawing.look import Look

Floats = NDArray[np.float64]
Style: TypeAlias = Literal["block", "braille"]

GLYPHS: Final = "●■▲◆○□△◇"
MOST: Final = len(GLYPHS)
"""Paths that can be told apart."""
_BRAILLE: Final = 0x2800
_DOTS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)


class Path(NamedTuple):
    """One line: a value for each column, NaN where it has none."""

    values: Floats
    ink: int
    glyph: str


def inks(look: Look) -> tuple[int, ...]:
    """The colours of paths in their order, as far apart as a theme's are."""
    return (
        look.accent,
        look.poc,
        look.sell,
        look.buy,
        look.text,
        look.best_ask,
        look.best_bid,
        look.dim,
    )


def columns_of(width: int, style: Style, look: Look) -> int:
    """Columns in so many cells."""
    return 2 * width if style == "braille" and not look.mono else width


def draw_lines(
    canvas: Canvas, area: Area, paths: Sequence[Path], low: float, high: float, style: Style
) -> None:
    """Draw paths, the first over the others, in an area that goes from `low` to `high`.

    An area that is not wholly on the canvas is too small for lines.
    """
    if area.right > canvas.width or area.bottom > canvas.height:
        return
    for path in reversed(paths):
        if canvas.look.mono:
            _draw_marks(canvas, area, path, low, high)
        elif style == "braille":
            _draw_dots(canvas, area, _plot(path.values, 4 * area.height, low, high), path.ink)
        else:
            _draw_halves(canvas, area, _plot(path.values, 2 * area.height, low, high), path.ink)


def row_of(value: float, rows: int, low: float, high: float) -> int:
    """The row of a value, 0 the top one."""
    return min(max(0, int((high - value) / (high - low) * rows)), max(0, rows - 1))


def _plot(values: Floats, rows: int, low: float, high: float) -> NDArray[np.bool_]:
    """[rows, columns]: where a line goes, unbroken from column to column."""
    known = ~np.isnan(values)
    at = np.clip((high - np.where(known, values, low)) / (high - low) * rows, 0, rows - 1)
    row = at.astype(np.int64)
    before = np.concatenate((row[:1], row[:-1]))
    before = np.where(np.concatenate((known[:1], known[:-1])), before, row)
    # From beside the row before to its own: a steep line is as thin as a flat one.
    top = np.where(before < row, before + 1, row)
    bottom = np.where(before > row, before - 1, row)
    rows_ = np.arange(rows)[:, None]
    on: NDArray[np.bool_] = (rows_ >= top) & (rows_ <= bottom) & known
    return on


def _draw_halves(canvas: Canvas, area: Area, on: NDArray[np.bool_], ink: int) -> None:
    upper, lower = on[0::2], on[1::2]
    place = slice(area.y, area.bottom), slice(area.x, area.x + on.shape[1])
    glyph, fg, bg = canvas.glyph[place], canvas.fg[place], canvas.bg[place]
    # What a half that is not of this line shows stays as it is.
    was_upper = np.where(glyph == FULL, fg, np.where(glyph == UPPER, fg, bg))
    was_lower = np.where(glyph == FULL, fg, np.where(glyph == LOWER, fg, bg))
    both, any_ = upper & lower, upper | lower
    head, foot = upper & ~lower, lower & ~upper
    glyph[both], fg[both] = FULL, ink
    glyph[head], fg[head], bg[head] = UPPER, ink, was_lower[head]
    glyph[foot], fg[foot], bg[foot] = LOWER, ink, was_upper[foot]
    canvas.bold[place][any_] = False


def _draw_dots(canvas: Canvas, area: Area, on: NDArray[np.bool_], ink: int) -> None:
    width = on.shape[1] // 2
    bits = np.zeros((area.height, width), np.uint32)
    for row in range(4):
        for column in range(2):
            bits |= on[row::4, column : 2 * width : 2] * _DOTS[row, column]
    place = slice(area.y, area.bottom), slice(area.x, area.x + width)
    drawn, glyph = bits > 0, canvas.glyph[place]
    before = np.where((glyph >= _BRAILLE) & (glyph < _BRAILLE + 256), glyph - _BRAILLE, 0)
    glyph[drawn] = _BRAILLE + (bits | before)[drawn]
    canvas.fg[place][drawn], canvas.bold[place][drawn] = ink, False


def _draw_marks(canvas: Canvas, area: Area, path: Path, low: float, high: float) -> None:
    for x, value in enumerate(path.values.tolist()):
        if value == value:
            row = row_of(value, area.height, low, high)
            canvas.mark(area.x + x, area.y + row, path.glyph, path.ink)
