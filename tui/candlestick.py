"""Candlestick: open, high, low and close of bars as glyphs finer than a cell.

Prices come as eighths of a text row above the chart's bottom. Bodies end on eighths of a cell;
wicks are light lines that end on halves. Where body and wick meet in one cell, the one that
covers more of it has it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.area import Area
from tui.canvas import FULL, LOWER_EIGHTHS, SHADES, SPACE, Canvas

Parts = NDArray[np.int64]
Glyphs = NDArray[np.uint32]

_WICK = np.array([[ord(" "), ord("╵")], [ord("╷"), ord("│")]], np.uint32)
"""[lower half covered, upper half covered]"""
_DOJI = np.array([[ord("─"), ord("┴")], [ord("┬"), ord("┼")]], np.uint32)
"""[wick below, wick above]"""
_UPPER_HALF = ord("▀")
_LITTLE = 3
"""Eighths of a cell."""


@dataclass(frozen=True, slots=True)
class Sticks:
    """Candles by their edges in eighths of a row from the chart's bottom, one entry a bar."""

    low: Parts
    high: Parts
    body_low: Parts
    body_high: Parts


@dataclass(frozen=True, slots=True)
class Marks:
    """Glyphs [rows, bars] from the top row down; `inverse` cells swap ink and ground."""

    glyph: Glyphs
    inverse: NDArray[np.bool_]


def sticks(open_: Parts, high: Parts, low: Parts, close: Parts) -> Sticks:
    """Candles from prices as eighths; a body is at least one eighth tall."""
    body_low = np.minimum(open_, close)
    body_high = np.maximum(np.maximum(open_, close), body_low + 1)
    return Sticks(low, np.maximum(high, body_high), body_low, body_high)


def stick_marks(
    candles: Sticks, rows: int, wick: bool = True, inverse: bool = True, wide: bool = False
) -> Marks:
    """The glyphs of each candle's middle column, or of a column beside it (no `wick`).

    In the middle of a `wide` body the wick begins outside the body's cells, or it would cut it.
    Without `inverse` (no colour to swap) the lower end of a body is drawn to the nearest half.
    """
    base = 8 * np.arange(rows - 1, -1, -1)[:, None]
    low, high = (np.clip(edge[None, :] - base, 0, 8) for edge in (candles.low, candles.high))
    start = np.clip(candles.body_low[None, :] - base, 0, 8)
    end = np.clip(candles.body_high[None, :] - base, 0, 8)
    body = end > start
    above = (high > end) & wick
    below = (low < start) & wick
    glyph = np.full(body.shape, SPACE, np.uint32)
    if wick:
        glyph = _WICK[((low < 4) & (high > low)).astype(int), (high > 4).astype(int)]
        glyph[high <= low] = SPACE
    inside = body & (start > 0) & (end < 8)
    tiny = inside & (end - start <= np.where(above | below, _LITTLE, 1))
    # Where a wick leaves the cell, a candle without a break is easier to read than one whose
    # body ends to the eighth: the cell is all body or all wick.
    joint = body & ~tiny & (above & (end < 8) | below & (start > 0))
    full = joint & (end - start > (0 if wide else _LITTLE))
    line = joint & ~full
    # A body within one cell reaches to the edge of the cell that is nearer.
    hangs = body & ((end == 8) & (start > 0) | inside & (start > 8 - end)) & ~tiny & ~joint
    stands = body & ~hangs & ~tiny & ~line
    end = np.where(full, 8, end)
    glyph = np.where(stands, LOWER_EIGHTHS[end], glyph)
    glyph = np.where(tiny, _DOJI[below.astype(int), above.astype(int)], glyph)
    if inverse:
        return Marks(np.where(hangs, LOWER_EIGHTHS[start], glyph), hangs)
    half = np.where(start < 3, np.uint32(FULL), np.uint32(_UPPER_HALF))
    return Marks(np.where(hangs, half, glyph), np.zeros_like(hangs))


def draw_sticks(
    canvas: Canvas, area: Area, candles: Sticks, rising: NDArray[np.bool_], pitch: int
) -> None:
    """Draw candles from the area's left, one every `pitch` cells, wicks in the middle.

    Rising and falling bars differ in colour; where there is none, falling bodies are shaded.
    """
    look = canvas.look
    wide = max(1, pitch - 1)
    body = wide if wide % 2 else wide - 1
    rows = np.arange(area.y, min(canvas.height, area.y + area.height))
    inks = np.where(rising, np.uint8(look.buy), np.uint8(look.sell))
    for offset in range(body):
        marks = stick_marks(candles, area.height, offset == body // 2, not look.mono, wide=body > 1)
        if look.mono:
            falling = ~rising[None, :] & np.isin(marks.glyph, _BODIES)
            marks.glyph[falling] = SHADES[2]
        columns = area.x + offset + pitch * np.arange(len(rising))
        shown = (columns >= 0) & (columns < min(canvas.width, area.x + area.width))
        at = np.ix_(rows, columns[shown])
        glyph = marks.glyph[: len(rows), shown]
        inverse = marks.inverse[: len(rows), shown]
        ground = canvas.bg[at]
        ink = np.broadcast_to(inks[shown], glyph.shape)
        drawn = glyph != SPACE
        canvas.glyph[at] = np.where(drawn, glyph, canvas.glyph[at])
        canvas.fg[at] = np.where(drawn, np.where(inverse, ground, ink), canvas.fg[at])
        canvas.bg[at] = np.where(inverse, ink, ground)


NOWHERE = -(1 << 20)
"""Eighths far below any chart: where a slot without a bar is drawn."""
_BODIES = np.append(LOWER_EIGHTHS[1:], np.uint32(_UPPER_HALF))
