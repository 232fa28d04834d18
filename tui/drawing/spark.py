"""Sparklines: small charts of one value a cell, in one or more rows of text.

What is above zero grows up, what is below hangs down, so that the sign can be told without colour:
from a line between the rows, on the same scale, or in one row from its bottom and its top. A value
that is not known is a stroke, which is not zero.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.drawing.area import Area
from tui.drawing.canvas import FULL, LOWER_EIGHTHS, SPACE, Canvas

Floats = NDArray[np.float64]

_HANGING: Final = np.array([ord(mark) for mark in " ▔▔▀▀▀▀██"], np.uint32)
"""Blocks that hang from the top, by eighths: fonts have three of them."""
_HOLES: Final = np.array([SPACE, *LOWER_EIGHTHS[7:0:-1], FULL], np.uint32)
"""Blocks that leave free what hangs from the top, for cells of exchanged colours."""
_UNKNOWN: Final = ord("╱")


def draw_spark(
    canvas: Canvas,
    area: Area,
    values: Floats,
    most: float,
    inks: tuple[int, int],
    signed: bool | None = None,
) -> None:
    """Draw the newest values, the last one at the right; `most` fills the height.

    The inks are those above and below zero. Signed values have as many rows below zero as above,
    of an odd number the last one is free; by itself where any is below.
    """
    if area.width < 1 or area.height < 1 or not len(values):
        return
    values = values[-area.width :]
    unknown, below = np.isnan(values), values < 0
    any_below = bool(below.any())
    split = area.height > 1 and (any_below if signed is None else signed)
    rows = area.height // 2 if split else area.height
    columns = slice(area.right - len(values), area.right)
    steps = _steps(np.where(unknown, 0.0, np.abs(values) / most), rows)
    place = slice(area.y, area.y + rows), columns
    _rise(canvas, place, np.where(below, 0, steps)[::-1], inks[0])
    if any_below:
        top = area.y + rows if split else area.y
        _hang(canvas, (slice(top, top + rows), columns), np.where(below, steps, 0), inks[1])
    if unknown.any():
        row = area.y + rows - 1
        canvas.glyph[row, columns][unknown] = _UNKNOWN
        canvas.fg[row, columns][unknown] = canvas.look.gap


def round_up(value: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not less: a scale that rests."""
    if not value > 0 or not np.isfinite(value):
        return 1.0
    magnitude = float(10.0 ** np.floor(np.log10(value)))
    return next(
        (step * magnitude for step in (1, 2, 5) if step * magnitude >= value), 10 * magnitude
    )


_Steps = NDArray[np.int64]
_Place = tuple[slice, slice]


def _steps(share: Floats, rows: int) -> _Steps:
    """Eighths filled of each cell, the row next to zero first; what is not zero is seen."""
    eighths = np.rint(np.minimum(share, 1.0) * (8 * rows)).astype(np.int64)
    eighths = np.maximum(eighths, share > 0)
    steps: _Steps = np.minimum(np.maximum(eighths - 8 * np.arange(rows)[:, None], 0), 8)
    return steps


def _rise(canvas: Canvas, place: _Place, steps: _Steps, ink: int) -> None:
    on = steps > 0
    canvas.glyph[place][on] = LOWER_EIGHTHS[steps[on]]
    canvas.fg[place][on] = ink


def _hang(canvas: Canvas, place: _Place, steps: _Steps, ink: int) -> None:
    """Bars from the top: of exchanged colours where there are any, as fine as those that rise."""
    on = steps > 0
    filled = steps[on]
    if canvas.look.mono:
        canvas.glyph[place][on] = _HANGING[filled]
        canvas.fg[place][on] = ink
        return
    whole, ground = filled == 8, canvas.bg[place][on]
    canvas.glyph[place][on] = _HOLES[filled]
    canvas.fg[place][on] = np.where(whole, np.uint8(ink), ground)
    canvas.bg[place][on] = np.where(whole, ground, np.uint8(ink))
