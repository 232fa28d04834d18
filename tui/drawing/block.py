"""Block: cells of many columns composed together and laid on a canvas in one go."""

import numpy as np

from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.look import Look


class Block:
    """Glyph, ink, ground and boldness as [rows, bars, width]."""

    def __init__(self, rows: int, bars: int, width: int, look: Look) -> None:
        self.width = width
        shape = (rows, bars, width)
        self.glyph = np.full(shape, SPACE, np.uint32)
        self.fg = np.full(shape, look.text, np.uint8)
        self.bg = np.full(shape, look.background, np.uint8)
        self.bold = np.zeros(shape, np.bool_)

    def lay(self, canvas: Canvas, x: int, y: int, least: int) -> None:
        """Put the block on the canvas, right of `least`."""
        rows, bars, width = self.glyph.shape
        cut = max(0, least - x)
        left, right = x + cut, min(canvas.width, x + bars * width)
        bottom = min(canvas.height, y + rows)
        if left >= right or y >= bottom:
            return
        outer = (slice(y, bottom), slice(left, right))
        inner = (slice(0, bottom - y), slice(cut, right - x))
        glyph, fg, bg, bold = (
            cells.reshape(rows, bars * width)[inner]
            for cells in (self.glyph, self.fg, self.bg, self.bold)
        )
        canvas.glyph[outer], canvas.bg[outer], canvas.bold[outer] = glyph, bg, bold
        canvas.fg[outer] = canvas.look.readable[fg, bg]
