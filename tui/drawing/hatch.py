"""Hatching: ground about which nothing is known, with the word for why."""

from collections.abc import Sequence

import numpy as np

from tui.drawing.area import Area
from tui.drawing.canvas import Canvas


def hatch(canvas: Canvas, area: Area, every: int, keep: bool = False) -> None:
    """Fill an area with strokes, one in `every` cells; with `keep` behind what is drawn there."""
    look = canvas.look
    x, y = max(0, area.x), max(0, area.y)
    width, height = min(area.right, canvas.width) - x, min(area.bottom, canvas.height) - y
    if width < 1 or height < 1:
        return
    if keep:
        canvas.tint(x, y, width, look.gap_bar, height)
    else:
        canvas.fill(x, y, width, height, look.gap_bar)
    rows, columns = np.mgrid[y : y + height, x : x + width]
    free = canvas.glyph[y : y + height, x : x + width] == ord(" ")
    on = free & ((rows + columns) % every == 0)
    canvas.glyph[rows[on], columns[on]] = ord("╱")
    canvas.fg[rows[on], columns[on]] = look.gap


def label(canvas: Canvas, area: Area, words: Sequence[str], alarm: bool) -> None:
    """Write the longest wording that fits (they come longest first) into the middle.

    An alarm that fits nowhere is written downwards.
    """
    look = canvas.look
    ink = look.error if alarm else look.dim
    y = area.y + area.height // 2
    for text in (text for word in words for text in (f" {word} ", word)):
        if len(text) <= area.width:
            canvas.center(area.x, y, area.width, text, ink, look.gap_bar, bold=alarm)
            return
    letters = words[-1]
    if alarm and area.width > 0:
        for row, letter in enumerate(letters[: area.height]):
            top = max(area.y, y - len(letters) // 2)
            canvas.text(area.x, top + row, letter, ink, look.gap_bar, bold=True)
