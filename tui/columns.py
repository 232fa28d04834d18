"""Columns: upright bars of two stacked parts, and bars of rows, in eighths of a cell."""

import numpy as np
from numpy.typing import NDArray

from tui.area import Area
from tui.canvas import LEFT_EIGHTHS, LOWER_EIGHTHS, SPACE, Canvas, Indices

Lots = NDArray[np.int64]
Eighths = NDArray[np.int64]
Glyphs = NDArray[np.uint32]


def stack_columns(
    canvas: Canvas,
    area: Area,
    volumes: tuple[Lots, Lots],
    most: float,
    inks: tuple[int, int],
    pitch: int = 1,
) -> None:
    """Draw one bar every `pitch` cells, the first volume below the second; `most` fills the area.

    A cell can show two colours, so where both tops fall into one cell the larger volume has it.
    Without colour the parts would look alike, so there the whole bar is one.
    """
    count = len(volumes[0])
    height = min(area.height, canvas.height - area.y)
    if height < 1 or not count:
        return
    whole = volumes[0] + volumes[1]
    tall = eighths(whole, most, area.height)
    low = tall * volumes[0] // np.maximum(whole, 1)
    if canvas.look.mono:
        low = tall
    base = 8 * np.arange(area.height - 1, -1, -1)[:height, None]
    first = np.clip(low[None, :] - base, 0, 8)
    total = np.clip(tall[None, :] - base, 0, 8)
    split = (first > 0) & (first < 8) & (total == 8)
    mixed = (first > 0) & (first < total)
    larger = volumes[0] >= volumes[1]
    ink = np.where(np.where(mixed & ~split, larger, first > 0), inks[0], inks[1]).astype(np.uint8)
    glyph = LOWER_EIGHTHS[np.where(split, first, total)]
    _put_columns(canvas, area, pitch, (glyph, ink, np.where(split, inks[1], -1)))


def _put_columns(
    canvas: Canvas, area: Area, pitch: int, marks: tuple[Glyphs, Indices, Lots]
) -> None:
    """Write glyphs, inks and grounds (-1 keeps the ground) of bars that are `pitch` cells apart."""
    glyph, ink, ground = marks
    rows = np.arange(area.y, area.y + len(glyph))
    for offset in range(max(1, pitch - 1)):
        columns = area.x + offset + pitch * np.arange(glyph.shape[1])
        inside = (columns >= 0) & (columns < min(canvas.width, area.right))
        at = np.ix_(rows, columns[inside])
        drawn = glyph[:, inside] != SPACE
        canvas.glyph[at] = np.where(drawn, glyph[:, inside], canvas.glyph[at])
        canvas.fg[at] = np.where(drawn, ink[:, inside], canvas.fg[at])
        kept = ground[:, inside] < 0
        canvas.bg[at] = np.where(kept, canvas.bg[at], ground[:, inside]).astype(np.uint8)


def bar_rows(
    canvas: Canvas, left: int, top: int, width: int, lengths: Eighths, inks: NDArray[np.uint8]
) -> None:
    """Draw one bar a row to the right of `left`, each as long as its eighths and in its ink."""
    height = min(len(lengths), canvas.height - top)
    width = min(width, canvas.width - left)
    if height < 1 or width < 1:
        return
    filled = np.clip(lengths[:height, None] - 8 * np.arange(width), 0, 8)
    rows, columns = slice(top, top + height), slice(left, left + width)
    canvas.glyph[rows, columns] = LEFT_EIGHTHS[filled]
    canvas.fg[rows, columns] = inks[:height, None]


def eighths(values: Lots, most: float, height: int) -> Eighths:
    """Values as eighths of cells where `most` fills `height` cells; anything above 0 shows."""
    if most <= 0 or height < 1:
        return np.zeros(len(values), np.int64)
    scaled: Eighths = np.rint(values * (8 * height / most)).astype(np.int64)
    return np.clip(np.maximum(scaled, values > 0), 0, 8 * height)
