"""Sparklines: small charts of one value a cell, in one or more rows of text.

What is above zero grows up, what is below hangs down, so that the sign can be told without colour:
from a line between the rows, or in one row from its bottom and its top. A value that is not known
is a stroke, which is not zero.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.area import Area
from tui.canvas import LOWER_EIGHTHS, SPACE, Canvas, Glyphs

Floats = NDArray[np.float64]

_HANGING: Final = np.array([ord(mark) for mark in " ▔▔▀▀▀▀██"], np.uint32)
"""Blocks that hang from the top, by eighths: fonts have three of them."""
_UNKNOWN: Final = ord("╱")


def draw_spark(
    canvas: Canvas, area: Area, values: Floats, most: float, inks: tuple[int, int]
) -> None:
    """Draw the newest values, the last one at the right; `most` fills the height.

    The inks are those above and below zero.
    """
    if area.width < 1 or area.height < 1 or not len(values):
        return
    values = values[-area.width :]
    shown, unknown = np.nan_to_num(values), np.isnan(values)
    below = shown < 0
    # Of several rows the lower ones are for what is below zero, where there is any.
    lower = area.height // 2 if below.any() else 0
    upper = area.height - lower
    rising = _blocks(np.where(below, 0.0, shown) / most, upper, LOWER_EIGHTHS)[::-1]
    hanging = _blocks(np.where(below, -shown, 0.0) / most, lower or 1, _HANGING)
    if lower:
        glyphs = np.concatenate((rising, hanging))
    else:
        glyphs = rising.copy()
        glyphs[0, below] = hanging[0, below]
    glyphs[upper - 1, unknown] = _UNKNOWN
    ink = np.where(unknown, canvas.look.gap, np.where(below, inks[1], inks[0])).astype(np.uint8)
    on = glyphs != SPACE
    place = (slice(area.y, area.bottom), slice(area.right - len(values), area.right))
    canvas.glyph[place][on] = glyphs[on]
    canvas.fg[place][on] = np.broadcast_to(ink, glyphs.shape)[on]


def round_up(value: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not less: a scale that rests."""
    if not value > 0 or not np.isfinite(value):
        return 1.0
    magnitude = float(10.0 ** np.floor(np.log10(value)))
    return next(
        (step * magnitude for step in (1, 2, 5) if step * magnitude >= value), 10 * magnitude
    )


def _blocks(share: Floats, rows: int, blocks: Glyphs) -> Glyphs:
    """Bars as glyphs, the row at which they begin first; what is not zero is seen."""
    eighths = np.rint(np.minimum(share, 1.0) * 8 * rows).astype(np.int64)
    eighths = np.maximum(eighths, share > 0)
    glyphs: Glyphs = blocks[np.clip(eighths - 8 * np.arange(rows)[:, None], 0, 8)]
    return glyphs
