"""Cell levels: what footprint bars left behind, drawn through the bars after them.

By what they are, levels that still stand lie where later bars did not trade: their cells are free.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from market.footprint import FootprintBar
from market.levels import ZONES, Level, LevelKind
from tui.cells.barcells import Mask
from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.look import ColorDepth, Look
from tui.rows import PriceRows

_LINE = ord("╌")
_ZONE = ord("░")
_MARKS = {LevelKind.HIGH: "▴", LevelKind.LOW: "▾"}


class Placed(NamedTuple):
    """A level with where it begins and ends, in bars ago."""

    level: Level
    born: int | None
    """Bars ago of the bar it comes from; None where that is out of sight."""
    until: int | None
    """Bars ago of the bar in which it ended, None while it stood up to the newest."""


class Lanes(NamedTuple):
    """Where columns are: the first cell of one so many bars ago is `right - (ago + 1) * width`."""

    left: int
    right: int
    width: int
    body_end: int
    """Cells from a column's first to the one after its body: the one of the mark."""

    def start(self, ago: int) -> int:
        """The first cell of a column."""
        return max(self.left, self.right - (ago + 1) * self.width)


def draw_levels(
    canvas: Canvas, lanes: Lanes, rows: PriceRows, placed: Sequence[Placed], taken: Mask
) -> None:
    """Draw points of control and zones through the columns of bars that are over.

    Nothing is drawn into cells [price rows, columns] that are `taken`.
    """
    for level, born, until in placed:
        if level.kind in _MARKS:
            continue
        begin = lanes.left if born is None else lanes.start(born - 1)
        end = lanes.start(0 if until is None else until)
        _draw(canvas, rows, level, begin, end, taken)


def draw_standing(
    canvas: Canvas,
    lanes: Lanes,
    rows: PriceRows,
    placed: Sequence[Placed],
    newest: FootprintBar | None,
    taken: Mask,
) -> None:
    """Draw through the newest column what the newest bar has not met, and unfinished auctions."""
    for level, born, until in placed:
        if until is not None or (newest is not None and level.met_by(newest)):
            continue
        if level.kind not in _MARKS:
            _draw(canvas, rows, level, lanes.start(0), lanes.right, taken)
        elif born is not None and lanes.body_end < lanes.width:
            row, x = rows.row(level.low), lanes.start(born) + lanes.body_end
            if 0 <= row < rows.count and canvas.glyph[1 + row, x] != ord("◄"):
                canvas.mark(x, 1 + row, _MARKS[level.kind], canvas.look.warn)


def _draw(canvas: Canvas, rows: PriceRows, level: Level, begin: int, end: int, taken: Mask) -> None:
    """Draw a level into cells that nothing else has."""
    top, bottom = max(0, rows.row(level.high)), min(rows.count - 1, rows.row(level.low))
    if top > bottom or begin >= end:
        return
    look = canvas.look
    place = slice(1 + top, 2 + bottom), slice(begin, end)
    free = (canvas.glyph[place] == SPACE) & (canvas.bg[place] == look.background)
    free &= ~taken[top : bottom + 1, begin:end]
    if level.kind in ZONES:
        ink, ground = _zone(look, level.kind)
        if ground is not None:
            canvas.bg[place][free] = ground
            return
        canvas.glyph[place][free] = _ZONE
    else:
        ink = look.poc
        canvas.glyph[place][free] = _LINE
    canvas.fg[place][free] = np.uint8(ink)


def _zone(look: Look, kind: LevelKind) -> tuple[int, int | None]:
    """Ink of a zone, and its ground where there are colours enough for one."""
    bought = kind is LevelKind.BUY_ZONE
    ink = look.imbalance_buy if bought else look.imbalance_sell
    few = look.depth in (ColorDepth.C16, ColorDepth.MONO)
    return ink, None if few else look.buy_bar if bought else look.sell_bar
