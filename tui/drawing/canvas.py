"""Canvas: a grid of cells as numpy arrays, and the few strokes every pane is drawn with."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.drawing.format import KEPT, LONGEST, cell_width, safe_text, text_width
from tui.drawing.look import SHADED, Look

Glyphs = NDArray[np.uint32]
Indices = NDArray[np.uint8]

SPACE: Final = 32
CONTINUED: Final = 0
"""The glyph of a cell that the wide character on its left covers."""
UPPER: Final = ord("▀")
LOWER: Final = ord("▄")
FULL: Final = ord("█")
SHADES: Final = np.array([ord(mark) for mark in " ░▒▓█"], np.uint32)
LEFT_EIGHTHS: Final = np.array([ord(mark) for mark in " ▏▎▍▌▋▊▉█"], np.uint32)
LOWER_EIGHTHS: Final = np.array([ord(mark) for mark in " ▁▂▃▄▅▆▇█"], np.uint32)


class Canvas:
    """Cells of glyph, ink, ground and boldness, drawn on anywhere: what falls outside is cut.

    Colours are palette indices of `look`. Ground `None` keeps the ground that is there, so text
    can be laid over bars. Coordinates are cells from the top left; a size below zero is zero.
    """

    __slots__ = ("_shifting", "_wide", "bg", "bold", "fg", "glyph", "height", "look", "width")

    def __init__(self, width: int, height: int, look: Look) -> None:
        self.width, self.height, self.look = max(0, width), max(0, height), look
        blank = _blank(self.width, self.height, look.text, look.background)
        # Copies of cells once made cost a quarter of filling new ones.
        self.glyph: Glyphs = blank.glyph.copy()
        self.fg: Indices = blank.fg.copy()
        self.bg: Indices = blank.bg.copy()
        self.bold: NDArray[np.bool_] = blank.bold.copy()
        self._wide = False
        self._shifting = shifting(look)

    def copy(self) -> "Canvas":
        """Another canvas with the same cells: many pictures can begin with one drawing."""
        other = Canvas.__new__(Canvas)
        other.width, other.height, other.look = self.width, self.height, self.look
        other.glyph, other.fg = self.glyph.copy(), self.fg.copy()
        other.bg, other.bold = self.bg.copy(), self.bold.copy()
        other._wide, other._shifting = self._wide, self._shifting
        return other

    def text(
        self, x: int, y: int, text: str, fg: int, bg: int | None = None, bold: bool = False
    ) -> None:
        """Write from the left at x; cut at both edges, hostile characters dropped."""
        if not 0 <= y < self.height or x >= self.width:
            return
        glyphs, wide = written(text)
        end = x + len(glyphs)
        if wide or self._wide or x < 0 or end > self.width:
            glyphs, x = self._cut(glyphs, x)
            end = x + len(glyphs)
            self._wide = self._wide or wide
            self._mend(x, y, end, y + 1)
        self.glyph[y, x:end] = glyphs
        self.bold[y, x:end] = bold
        if bg is not None:
            self.bg[y, x:end] = bg
        if fg in self._shifting:
            self.fg[y, x:end] = self.look.readable[fg].take(self.bg[y, x:end])
        else:
            self.fg[y, x:end] = fg

    def right(
        self, x_end: int, y: int, text: str, fg: int, bg: int | None = None, bold: bool = False
    ) -> None:
        """Write so that the last cell is the one before `x_end`."""
        self.text(x_end - len(written(text).glyphs), y, text, fg, bg, bold)

    def center(
        self,
        x: int,
        y: int,
        width: int,
        text: str,
        fg: int,
        bg: int | None = None,
        bold: bool = False,
    ) -> None:
        """Write in the middle of `width` cells, cut to them."""
        text = safe_text(text, max(0, width))
        self.text(x + (width - text_width(text)) // 2, y, text, fg, bg, bold)

    def mark(self, x: int, y: int, glyph: str, fg: int, bg: int | None = None) -> None:
        """One narrow glyph in exactly this ink, even where it reads badly (trade dots on heat)."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._mend(x, y, x + 1, y + 1)
            self.glyph[y, x], self.fg[y, x], self.bold[y, x] = ord(glyph), fg, False
            if bg is not None:
                self.bg[y, x] = bg

    def fill(self, x: int, y: int, width: int, height: int, bg: int) -> None:
        """Empty a rectangle to one ground."""
        rows, columns = self._window(x, y, width, height)
        glyph, fg = SPACE, self.look.text
        if self.look.mono and self.look.codes[bg] & SHADED:
            glyph, fg, bg = int(SHADES[self.look.shades[bg]]), bg, self.look.background
        self.glyph[rows, columns], self.bold[rows, columns] = glyph, False
        self.fg[rows, columns], self.bg[rows, columns] = fg, bg

    def tint(self, x: int, y: int, width: int, bg: int, height: int = 1) -> None:
        """Lay a ground under what is written there."""
        rows, columns = self._window(x, y, width, height, mend=False)
        self.bg[rows, columns] = bg
        if self._shifting:
            self.fg[rows, columns] = self.look.readable[:, bg].take(self.fg[rows, columns])

    def ink(self, x: int, y: int, width: int, fg: int, bold: bool = False, height: int = 1) -> None:
        """Write again what is written there, in another ink."""
        rows, columns = self._window(x, y, width, height, mend=False)
        self.bold[rows, columns] = bold
        if fg in self._shifting:
            self.fg[rows, columns] = self.look.readable[fg].take(self.bg[rows, columns])
        else:
            self.fg[rows, columns] = fg

    def pixels(self, x: int, y: int, top: Indices, bottom: Indices) -> None:
        """Two colours a cell, one above the other; `top` and `bottom` are indices [h, w]."""
        height, width = top.shape
        rows, columns = self._window(x, y, width, height)
        inner = (_inner(rows, y), _inner(columns, x))
        upper, lower = top[inner], bottom[inner]
        self.bold[rows, columns] = False
        if self.look.mono:
            shades = self.look.shades
            self.glyph[rows, columns] = _SHADE_PAIRS[shades[upper], shades[lower]]
            self.fg[rows, columns] = np.where(shades[upper] >= shades[lower], upper, lower)
            self.bg[rows, columns] = self.look.background
            return
        self.glyph[rows, columns] = np.where(upper == lower, np.uint32(SPACE), np.uint32(UPPER))
        self.fg[rows, columns] = upper
        self.bg[rows, columns] = lower

    def shade(self, x: int, y: int, levels: Indices, fg: int, bg: int | None = None) -> None:
        """Shade glyphs: `levels` [h, w] of 0 to 4 as ` ░▒▓█`."""
        height, width = levels.shape
        rows, columns = self._window(x, y, width, height)
        inner = levels[_inner(rows, y), _inner(columns, x)]
        self.glyph[rows, columns] = SHADES[np.minimum(inner, 4)]
        self.fg[rows, columns], self.bold[rows, columns] = fg, False
        if bg is not None:
            self.bg[rows, columns] = bg

    def hline(self, x: int, y: int, width: int, fg: int, glyph: str = "─") -> None:
        """A rule over whatever ground is there."""
        rows, columns = self._window(x, y, width, 1)
        self.glyph[rows, columns], self.fg[rows, columns] = ord(glyph), fg
        self.bold[rows, columns] = False

    def vline(self, x: int, y: int, height: int, fg: int, glyph: str = "│") -> None:
        """An upright rule over whatever ground is there."""
        rows, columns = self._window(x, y, 1, height)
        self.glyph[rows, columns], self.fg[rows, columns] = ord(glyph), fg
        self.bold[rows, columns] = False

    def blit(self, other: "Canvas", x: int, y: int) -> None:
        """Copy another canvas of the same look with its top left at x, y."""
        rows, columns = self._window(x, y, other.width, other.height)
        inner = (_inner(rows, y), _inner(columns, x))
        self.glyph[rows, columns] = other.glyph[inner]
        self.fg[rows, columns] = other.fg[inner]
        self.bg[rows, columns] = other.bg[inner]
        self.bold[rows, columns] = other.bold[inner]
        if other._wide:
            self._wide = True
            self._mend_cut(rows, columns)

    def _cut(self, glyphs: Glyphs, x: int) -> tuple[Glyphs, int]:
        """The part of a line of text that is on the canvas, without halves of wide characters."""
        room = self.width - x
        if room < len(glyphs):
            glyphs = glyphs[: room - (glyphs[room] == CONTINUED)]
        if x < 0:
            glyphs, x = glyphs[-x:], 0
            if len(glyphs) and glyphs[0] == CONTINUED:
                glyphs = glyphs.copy()
                glyphs[0] = SPACE
        return glyphs, x

    def _window(
        self, x: int, y: int, width: int, height: int, mend: bool = True
    ) -> tuple[slice, slice]:
        """The part of a rectangle that is on the canvas."""
        left, top, right, bottom = x, y, x + width, y + height
        if not (0 <= left <= right <= self.width and 0 <= top <= bottom <= self.height):
            left, top = min(max(0, x), self.width), min(max(0, y), self.height)
            right = max(left, min(self.width, right))
            bottom = max(top, min(self.height, bottom))
        if mend and self._wide:
            self._mend(left, top, right, bottom)
        return slice(top, bottom), slice(left, right)

    def _mend(self, left: int, top: int, right: int, bottom: int) -> None:
        """Blank the halves of wide characters that are about to lose their other half."""
        if not self._wide or left >= right:
            return
        rows = slice(top, bottom)
        if left > 0:
            cut = self.glyph[rows, left] == CONTINUED
            self.glyph[rows, left - 1][cut] = SPACE
        if right < self.width:
            cut = self.glyph[rows, right] == CONTINUED
            self.glyph[rows, right][cut] = SPACE

    def _mend_cut(self, rows: slice, columns: slice) -> None:
        """Blank wide characters that a blit has cut at the canvas's own edges."""
        if columns.start < columns.stop:
            first, last = self.glyph[rows, columns.start], self.glyph[rows, columns.stop - 1]
            first[first == CONTINUED] = SPACE
            if columns.stop == self.width:
                last[[cell_width(chr(glyph)) == 2 for glyph in last.tolist()]] = SPACE


class Written(NamedTuple):
    """A line of text as glyphs, a cell each, and whether there are wide characters in it."""

    glyphs: Glyphs
    wide: bool


def written(text: str) -> Written:
    """What `Canvas.text` writes for any text, not to be changed: short ones are remembered."""
    return (_written if len(text) <= LONGEST else _written.__wrapped__)(text)


@lru_cache(maxsize=KEPT)
def _written(text: str) -> Written:
    text = safe_text(text)
    wide = text_width(text) > len(text)
    if wide:
        text = "".join(mark + "\0" if cell_width(mark) == 2 else mark for mark in text)
    glyphs = np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.uint32, copy=False)
    glyphs.flags.writeable = False
    return Written(glyphs, wide)


class _Blank(NamedTuple):
    """The cells of a canvas that nothing was drawn on."""

    glyph: Glyphs
    fg: Indices
    bg: Indices
    bold: NDArray[np.bool_]


@lru_cache(maxsize=32)
def _blank(width: int, height: int, fg: int, bg: int) -> _Blank:
    shape = (height, width)
    return _Blank(
        np.full(shape, SPACE, np.uint32),
        np.full(shape, fg, np.uint8),
        np.full(shape, bg, np.uint8),
        np.zeros(shape, np.bool_),
    )


@lru_cache(maxsize=32)
def shifting(look: Look) -> frozenset[int]:
    """The inks that text changes on some ground; none where there are colours enough."""
    own = np.arange(len(look.readable), dtype=np.uint8)[:, None]
    return frozenset(np.flatnonzero((look.readable != own).any(axis=1)).tolist())


def _inner(outer: slice, offset: int) -> slice:
    """The same cells in the coordinates of what is being laid at `offset`."""
    if outer.start >= outer.stop:
        return slice(0, 0)
    return slice(outer.start - offset, outer.stop - offset)


def _shade_pairs() -> Glyphs:
    """The glyph for a pair of shades, one above the other: a half block where they differ much."""
    table = np.empty((5, 5), np.uint32)
    for top in range(5):
        for bottom in range(5):
            if abs(top - bottom) >= 3:
                table[top, bottom] = UPPER if top > bottom else LOWER
            else:
                table[top, bottom] = SHADES[(top + bottom + 1) // 2]
    return table


_SHADE_PAIRS: Final = _shade_pairs()
