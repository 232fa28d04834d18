"""Sketch sheet: where the prices and times of a picture are, and the cells in which nothing is."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.drawings import Sort
from tui.drawing.area import Area
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import SPACE, UPPER, Canvas, Glyphs, Indices
from tui.drawing.format import text_width
from tui.drawing.look import Look

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

LETTERS: Final = {
    Sort.PLAIN: "─",
    Sort.SUPPORT: "S",
    Sort.RESISTANCE: "R",
    Sort.TARGET: "T",
    Sort.WARNING: "!",
}
"""What stands before a price on the axis, since colour alone must not say it."""
_ROLES: Final = {
    Sort.PLAIN: "accent",
    Sort.SUPPORT: "bid",
    Sort.RESISTANCE: "ask",
    Sort.TARGET: "poc",
    Sort.WARNING: "warn",
}
_THIRD: Final = 3
"""Over cells of two colours a line has every third: what they show stays readable."""
_FREE: Final = b"\1"
_DASHED: Final = ord("╌")
"""The line of the last price."""
_DASH: Final = 4
"""Cells of a line between numbers at least: a shorter one would read as a minus."""
_FAINT: Final = 0.4
"""Share of the ramp of heat up to which lines and words may go over it: walls stay whole."""


def ink_of(sort: Sort, look: Look) -> int:
    """The colour of a sort of drawing."""
    ink: int = getattr(look, _ROLES[sort])
    return ink


class Times(NamedTuple):
    """The axis of time of a picture."""

    x: Callable[[int], int | None]
    """The cell of the area, from its left, that a time is in; None out of sight."""
    cells: Callable[[], Sequence[int | None]]
    """The time that each cell of the area begins at; None where it stands for none."""
    axis: PriceAxis
    """The prices, finer than by rows."""


class Sheet(NamedTuple):
    """Where the prices and times of a picture are."""

    area: Area
    """The cells that may be drawn on."""
    row: Callable[[int], int]
    """The row of the area that a price in ticks is in, from the top; beyond it out of sight."""
    axis: Area
    """The cells of the price axis."""
    group: int = 0
    """Ticks a row where the axis has the price of each row; 0 where it has round ones."""
    times: Times | None = None
    halves: bool = False
    """Whether cells show two colours, one above the other."""

    def fits(self, canvas: Canvas) -> bool:
        """Whether there is anything to draw on, and it is wholly on the canvas."""
        area = self.area
        inside = area.x >= 0 and area.right <= canvas.width and area.bottom <= canvas.height
        return inside and area.width > 0 and area.height > 0


class Strip:
    """A row or column of a picture's area: which of its cells are free, and lines through it."""

    def __init__(self, canvas: Canvas, sheet: Sheet, *, row: int = -1, column: int = -1) -> None:
        area, self._look = sheet.area, canvas.look
        upright = column >= 0
        at: tuple[slice | int, slice | int] = (
            (slice(area.y, area.bottom), area.x + column)
            if upright
            else (area.y + row, slice(area.x, area.right))
        )
        # Views: what is assigned to their cells is drawn.
        self._glyph, self._bold = canvas.glyph[at], canvas.bold[at]
        self._fg, self._bg = canvas.fg[at], canvas.bg[at]
        self.free: Flags = self._glyph == SPACE
        if not upright and sheet.axis.x < area.right:
            self.free[max(0, sheet.axis.x - area.x) : max(0, sheet.axis.right - area.x)] = False
        self._least = _DASH if sheet.group else 1
        self._halves = sheet.halves and not canvas.look.mono
        self._beside = _beside(canvas, area, column) if upright else None

    def quiet(self) -> Flags:
        """Cells on which words can be read: free ones, and on heat those where little rests.

        The line of the last price goes on behind them.
        """
        return self._faint() if self._halves else self.free | (self._glyph == _DASHED)

    def draw(self, glyph: str, ink: int, kept: slice | None = None) -> None:
        """Draw a line through the free cells that touch nothing written; `kept` stays as it is."""
        if self._halves:
            cells = self.free | (self._faint() & (np.arange(len(self.free)) % _THIRD == 0))
            _warm(self._look, self._fg, self._bg, cells & (self._glyph == UPPER))
        elif self._beside is not None:
            cells = self.free & self._beside
        else:
            cells = _long(_apart(self.free), self._least)
        if kept is not None:
            cells[kept] = False
        self._glyph[cells] = ord(glyph)
        self._bold[cells] = False
        self._fg[cells] = self._look.readable[ink].take(self._bg[cells])

    def _faint(self) -> Flags:
        return _faint(self._look, self._glyph, self._fg, self._bg) | (self.free & self._cool())

    def _cool(self) -> Flags:
        """Cells on whose ground words can be read."""
        cool: Flags = warmth_of(self._look)[self._bg] <= _most(self._look)
        return cool


def draw_cells(
    canvas: Canvas, sheet: Sheet, columns: Places, rows: Places, glyphs: Glyphs, ink: int
) -> None:
    """Draw a glyph into each of some cells of the area that is free, or faint heat."""
    look, at = canvas.look, (rows + sheet.area.y, columns + sheet.area.x)
    glyph, fg, bg = canvas.glyph[at], canvas.fg[at], canvas.bg[at]
    drawn: Flags = glyph == SPACE
    if sheet.halves and not look.mono:
        drawn |= _faint(look, glyph, fg, bg)
        _warm(look, fg, bg, drawn & (glyph == UPPER))
    there = at[0][drawn], at[1][drawn]
    canvas.glyph[there], canvas.bold[there] = glyphs[drawn], False
    canvas.bg[there] = bg[drawn]
    canvas.fg[there] = look.readable[ink].take(bg[drawn])


def write(
    canvas: Canvas, sheet: Sheet, x: int, row: int, words: str, ink: int, *, bold: bool = False
) -> None:
    """Write words into a row of the area; on heat each cell keeps its warmer colour as ground."""
    left, y = sheet.area.x + x, sheet.area.y + row
    if sheet.halves and not canvas.look.mono:
        place = slice(left, left + text_width(words))
        halves = canvas.glyph[y, place] == UPPER
        _warm(canvas.look, canvas.fg[y, place], canvas.bg[y, place], halves)
    canvas.text(left, y, words, ink, bold=bold)


def room(free: Flags, wanted: int, least: int) -> slice | None:
    """The first run of free cells that has so many, else the longest one of at least `least`.

    One cell stays free on either side.
    """
    # Bytes are searched many times as fast as runs are counted.
    start = free.tobytes().find(_FREE * (wanted + 2))
    if start >= 0:
        return slice(start + 1, start + 1 + wanted)
    if least >= wanted:
        return None
    edges = np.flatnonzero(np.diff(np.concatenate(([False], free, [False]))))
    starts, stops = edges[0::2], edges[1::2]
    if not len(starts):
        return None
    lengths = stops - starts - 2
    place = int(lengths.argmax())
    length, start = int(lengths[place]), int(starts[place]) + 1
    return slice(start, start + length) if length >= least else None


def run(free: Flags) -> int:
    """How many cells are free from the first on."""
    taken = free.tobytes().find(b"\0")
    return len(free) if taken < 0 else taken


def _apart(free: Flags) -> Flags:
    """The free cells that have free ones on both sides; beyond the ends all is free."""
    apart = free.copy()
    apart[1:] &= free[:-1]
    apart[:-1] &= free[1:]
    return apart


def _long(cells: Flags, least: int) -> Flags:
    """The cells that are part of a run of so many at least."""
    if least < 2:
        return cells
    edges = np.flatnonzero(np.diff(np.concatenate(([False], cells, [False]))))
    for start, stop in zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True):
        if stop - start < least:
            cells[start:stop] = False
    return cells


def _beside(canvas: Canvas, area: Area, column: int) -> Flags:
    """Whether the cells left and right of each cell of a column are free."""
    beside = np.ones(area.height, np.bool_)
    for x in (area.x + column - 1, area.x + column + 1):
        if area.x <= x < area.right:
            beside &= canvas.glyph[area.y : area.bottom, x] == SPACE
    return beside


def _most(look: Look) -> int:
    """How warm heat may be that lines and words go over."""
    return int(_FAINT * len(look.heat_bid))


def _faint(look: Look, glyph: Glyphs, fg: Indices, bg: Indices) -> Flags:
    """Cells of two colours in both of which little rests, and not the line of best prices."""
    warmth, most = warmth_of(look), _most(look)
    faint: Flags = (glyph == UPPER) & (warmth[fg] <= most) & (warmth[bg] <= most)
    return faint


def _warm(look: Look, fg: Indices, bg: Indices, cells: Flags) -> None:
    """Give cells of two colours the warmer one for their ground."""
    warmth = warmth_of(look)
    upper = cells & (warmth[fg] > warmth[bg])
    bg[upper] = fg[upper]


@lru_cache(maxsize=8)
def warmth_of(look: Look) -> NDArray[np.uint8]:
    """How much rests where a colour is, by its index; most where it stands for something else."""
    warmth = np.full(256, 255, np.uint8)
    warmth[[look.background, look.panel, look.gap_bar]] = 0
    for heat in (look.heat_bid, look.heat_ask):
        warmth[heat] = np.arange(len(heat), dtype=np.uint8)
    return warmth
