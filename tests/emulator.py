"""An emulated terminal, and what of a canvas is not seen on it."""

import re
from typing import NamedTuple

import pyte
from pyte.screens import Char

from tui.drawing.canvas import CONTINUED, LOWER, UPPER, Canvas
from tui.drawing.color import hex_code
from tui.drawing.look import FAINT, REVERSE, ColorDepth, Look

# pyte's names of the sixteen colours, in their order.
_BASIC = ["black", "red", "green", "brown", "blue", "magenta", "cyan", "white"]


class Seen(NamedTuple):
    """What the eye has of a cell."""

    glyph: str
    ink: str
    """Empty where no ink is seen."""
    ground: str
    weight: str


class Terminal:
    """A screen that is told text and shows cells."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(max(1, width), max(1, height))
        self.screen.reset_mode(pyte.modes.DECAWM)
        self._stream = _Stream(self.screen)

    def feed(self, text: str) -> None:
        """Take what is written to the terminal."""
        self._stream.feed(text)

    def difference(self, canvas: Canvas) -> str:
        """The first cell that does not look as the canvas has it, in words; empty if all do."""
        for y in range(canvas.height):
            for x, glyph in enumerate(canvas.glyph[y].tolist()):
                if glyph == CONTINUED:
                    continue
                shown, wanted = _shown(self.screen.buffer[y][x]), _wanted(canvas, y, x)
                if shown != wanted:
                    return f"row {y}, column {x}: {shown} instead of {wanted}"
        return ""


class _Stream(pyte.Stream):
    """pyte knows no faintness: a code of its own stands for it."""

    def feed(self, data: str) -> None:
        super().feed(re.sub(r"(\x1b\[0(;1)?);2", r"\1;3", data))


def _shown(cell: Char) -> Seen:
    weight = "bold" * cell.bold + "faint" * cell.italics + "reverse" * cell.reverse
    # pyte misspells one of its names.
    ink, ground = (color.replace("bfight", "bright") for color in (cell.fg, cell.bg))
    return _seen(cell.data, ink, ground, weight)


def _wanted(canvas: Canvas, y: int, x: int) -> Seen:
    look, glyph = canvas.look, chr(canvas.glyph[y, x])
    fg, bg, bold = int(canvas.fg[y, x]), int(canvas.bg[y, x]), bool(canvas.bold[y, x])
    if not look.mono:
        return _seen(glyph, _named(look, fg), _named(look, bg), "bold" * bold)
    faint, reverse = look.codes[fg] & FAINT > 0, look.codes[bg] & REVERSE > 0
    weight = "bold" * bold + "faint" * faint + "reverse" * reverse
    return _seen(glyph, "default", "default", weight)


def _seen(glyph: str, ink: str, ground: str, weight: str) -> Seen:
    """A cell in the one way of telling it: halves from above, blanks without ink and weight."""
    if glyph == chr(LOWER) and not weight:
        glyph, ink, ground = chr(UPPER), ground, ink
    if glyph == " " and "reverse" not in weight:
        ink, weight = "", ""
    return Seen(glyph, ink, ground, weight)


def _named(look: Look, color: int) -> str:
    """A colour as pyte spells it."""
    if look.depth is ColorDepth.C16:
        code = look.codes[color]
        return _BASIC[code] if code < 8 else f"bright{_BASIC[code - 8]}"
    return hex_code(look.palette[color])[1:]
