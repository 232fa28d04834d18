"""Columns: upright bars of two stacked parts, and bars of rows, in eighths of a cell."""

from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.drawing.area import Area
from tui.drawing.canvas import LEFT_EIGHTHS, LOWER_EIGHTHS, SPACE, Canvas

Lots = NDArray[np.int64]
Eighths = NDArray[np.int64]
Glyphs = NDArray[np.uint32]
_Place: TypeAlias = tuple[slice, slice] | tuple[NDArray[np.int64], ...]


class _Stacks(NamedTuple):
    """Bars as glyphs [rows, bars] from the top down: which part has the cell, and both its colours.

    `lower` says whether the first part's colour is the ink; where `split`, the second's is the
    ground.
    """

    glyph: Glyphs
    lower: NDArray[np.bool_]
    split: NDArray[np.bool_]

    def part(self, rows: int, bars: NDArray[np.int64] | slice) -> "_Stacks":
        """The upper rows of some of the bars."""
        glyph, lower, split = self
        return _Stacks(glyph[:rows, bars], lower[:rows, bars], split[:rows, bars])


def stack_columns(
    canvas: Canvas,
    area: Area,
    volumes: tuple[Lots, Lots],
    most: float,
    inks: tuple[int, int],
    pitch: int = 1,
    x: Eighths | None = None,
) -> None:
    """Draw bars in slots of `pitch` cells, the first volume below the second; `most` is all of it.

    The slots follow one another, or begin at the columns `x`. A cell can show two colours, so
    where both tops fall into one cell the larger volume has it. Without colour the parts would
    look alike, so there the whole bar is one.
    """
    count = len(volumes[0])
    if area.height < 1 or not count:
        return
    tall, low = _tops(volumes, most, area.height, canvas.look.mono)
    stacks = _stacks(tall, low, volumes[0] >= volumes[1], area.height)
    starts = area.x + pitch * np.arange(count) if x is None else x
    width = max(1, pitch - 1)
    columns = (starts[:, None] + np.arange(width)).ravel()
    inside = (columns >= area.x) & (columns < min(canvas.width, area.right))
    bars = np.repeat(np.arange(count), width)[inside]
    rows = np.arange(area.y, min(canvas.height, area.bottom))
    at = np.ix_(rows, columns[inside])
    _put_stacks(canvas, at, stacks.part(len(rows), bars), inks)


def stack_column(
    canvas: Canvas,
    area: Area,
    volumes: tuple[int, int],
    most: float,
    inks: tuple[int, int],
    pitch: int,
    x: int,
) -> None:
    """Draw one bar as `stack_columns` does."""
    left, right = max(x, area.x), min(canvas.width, area.right, x + max(1, pitch - 1))
    height = min(canvas.height, area.bottom) - area.y
    if left >= right or height < 1:
        return
    tall, low = _top(volumes, most, area.height, canvas.look.mono)
    stacks = _one(tall, low, volumes[0] >= volumes[1], area.height).part(height, slice(None))
    at = slice(area.y, area.y + height), slice(left, right)
    # Written in place: this is done in every frame.
    drawn, (below, above) = stacks.glyph != SPACE, map(np.uint8, inks)
    np.copyto(canvas.glyph[at], stacks.glyph, where=drawn)
    np.copyto(canvas.fg[at], np.where(stacks.lower, below, above), where=drawn)
    np.copyto(canvas.bg[at], above, where=stacks.split)


@lru_cache(maxsize=512)
def _one(tall: int, low: int, larger: bool, height: int) -> _Stacks:
    """One bar's glyphs, remembered: a forming bar looks the same in most frames."""
    return _stacks(np.array([tall]), np.array([low]), np.array([larger]), height)


def _top(volumes: tuple[int, int], most: float, height: int, mono: bool) -> tuple[int, int]:
    """How tall one bar is, and its first part, as `_tops` says of many."""
    whole = volumes[0] + volumes[1]
    if most <= 0:
        return 0, 0
    tall = min(max(round(whole * (8 * height / most)), int(whole > 0), 0), 8 * height)
    return tall, tall if mono else tall * volumes[0] // max(whole, 1)


def _tops(volumes: tuple[Lots, Lots], most: float, height: int, mono: bool) -> tuple[Lots, Lots]:
    """How tall bars are, and their first parts, in eighths of a cell."""
    whole = volumes[0] + volumes[1]
    tall = eighths(whole, most, height)
    return tall, tall if mono else tall * volumes[0] // np.maximum(whole, 1)


def _stacks(tall: Eighths, low: Eighths, larger: NDArray[np.bool_], height: int) -> _Stacks:
    base = 8 * np.arange(height - 1, -1, -1)[:, None]
    first = np.minimum(np.maximum(low[None, :] - base, 0), 8)
    total = np.minimum(np.maximum(tall[None, :] - base, 0), 8)
    split = (first > 0) & (first < 8) & (total == 8)
    mixed = (first > 0) & (first < total)
    lower = np.where(mixed & ~split, larger, first > 0)
    return _Stacks(LOWER_EIGHTHS[np.where(split, first, total)], lower, split)


def _put_stacks(canvas: Canvas, at: _Place, stacks: _Stacks, inks: tuple[int, int]) -> None:
    """Write glyphs and colours over what is there."""
    below, above = np.uint8(inks[0]), np.uint8(inks[1])
    drawn = stacks.glyph != SPACE
    canvas.glyph[at] = np.where(drawn, stacks.glyph, canvas.glyph[at])
    canvas.fg[at] = np.where(drawn, np.where(stacks.lower, below, above), canvas.fg[at])
    canvas.bg[at] = np.where(stacks.split, above, canvas.bg[at])


def bar_rows(
    canvas: Canvas, left: int, top: int, width: int, lengths: Eighths, inks: NDArray[np.uint8]
) -> None:
    """Draw one bar a row to the right of `left`, each as long as its eighths and in its ink."""
    height = min(len(lengths), canvas.height - top)
    width = min(width, canvas.width - left)
    if height < 1 or width < 1:
        return
    filled = np.minimum(np.maximum(lengths[:height, None] - 8 * np.arange(width), 0), 8)
    rows, columns = slice(top, top + height), slice(left, left + width)
    canvas.glyph[rows, columns] = LEFT_EIGHTHS[filled]
    canvas.fg[rows, columns] = inks[:height, None]


def eighths(values: Lots, most: float, height: int) -> Eighths:
    """Values as eighths of cells where `most` fills `height` cells; anything above 0 shows."""
    if most <= 0 or height < 1:
        return np.zeros(len(values), np.int64)
    scaled: Eighths = np.rint(values * (8 * height / most)).astype(np.int64)
    return np.minimum(np.maximum(np.maximum(scaled, values > 0), 0), 8 * height)
