"""Candlestick: open, high, low and close of bars as glyphs finer than a cell.

Prices come as eighths of a text row above the chart's bottom. Bodies end on eighths of a cell;
wicks are light lines that end on halves. Where body and wick meet in one cell, the one that
covers more of it has it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.area import Area
from tui.canvas import FULL, LOWER_EIGHTHS, SHADES, SPACE, Canvas

Parts = NDArray[np.int64]
Glyphs = NDArray[np.uint32]
_Place: TypeAlias = tuple[slice, slice] | tuple[NDArray[np.int64], ...]

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
    low, high = (
        np.minimum(np.maximum(edge[None, :] - base, 0), 8) for edge in (candles.low, candles.high)
    )
    start = np.minimum(np.maximum(candles.body_low[None, :] - base, 0), 8)
    end = np.minimum(np.maximum(candles.body_high[None, :] - base, 0), 8)
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


def bodies(candles: Sticks, rising: NDArray[np.bool_], rows: int, body: int, mono: bool) -> Marks:
    """The glyphs of every column of candles `body` cells wide, candle after candle.

    Where there is no colour falling bodies are shaded.
    """
    columns = [_shape(candles, rising, rows, True, body, mono)]
    if body > 1:
        beside = [_shape(candles, rising, rows, False, body, mono)] * (body // 2)
        columns = [*beside, *columns, *beside]
    glyph = np.stack([column.glyph for column in columns], axis=2)
    inverse = np.stack([column.inverse for column in columns], axis=2)
    shape = rows, len(rising) * body
    return Marks(glyph.reshape(shape), inverse.reshape(shape))


@lru_cache(maxsize=512)
def one_body(
    edges: tuple[int, int, int, int], rising: bool, rows: int, body: int, mono: bool
) -> Marks:
    """One candle's glyphs, remembered: a forming bar looks the same in most frames."""
    candles = sticks(*(np.array([edge], np.int64) for edge in edges))
    return bodies(candles, np.array([rising]), rows, body, mono)


def draw_sticks(
    canvas: Canvas, area: Area, x: Parts, candles: Sticks, rising: NDArray[np.bool_], pitch: int
) -> None:
    """Draw candles in the slots of `pitch` cells that begin at columns `x`, wicks in the middle.

    Rising and falling bars differ in colour; where there is none, falling bodies are shaded.
    """
    if area.height < 1 or not len(x):
        return
    body = _body(pitch)
    marks = bodies(candles, rising, area.height, body, canvas.look.mono)
    columns = (x[:, None] + np.arange(body)).ravel()
    inks = np.repeat(_inks(canvas, rising), body)
    shown = (columns >= area.x) & (columns < min(canvas.width, area.right))
    rows = np.arange(area.y, min(canvas.height, area.bottom))
    at = np.ix_(rows, columns[shown])
    marks = Marks(marks.glyph[: len(rows), shown], marks.inverse[: len(rows), shown])
    _put(canvas, at, marks, inks[shown])


def draw_stick(
    canvas: Canvas, area: Area, x: int, edges: tuple[int, int, int, int], rising: bool, pitch: int
) -> None:
    """Draw one candle as `draw_sticks` does, from its open, high, low and close as eighths."""
    if area.height < 1:
        return
    marks = one_body(edges, rising, area.height, _body(pitch), canvas.look.mono)
    left, right = max(x, area.x), min(canvas.width, area.right, x + marks.glyph.shape[1])
    height = min(canvas.height, area.bottom) - area.y
    if left >= right or height < 1:
        return
    at = slice(area.y, area.y + height), slice(left, right)
    inner = slice(0, height), slice(left - x, right - x)
    ink = np.uint8(canvas.look.buy if rising else canvas.look.sell)
    _put(canvas, at, Marks(marks.glyph[inner], marks.inverse[inner]), ink)


def _inks(canvas: Canvas, rising: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(rising, np.uint8(canvas.look.buy), np.uint8(canvas.look.sell))


def _body(pitch: int) -> int:
    """Cells of a body in a slot: one is left free, and the wick needs a middle."""
    wide = max(1, pitch - 1)
    return wide if wide % 2 else wide - 1


def _shape(
    candles: Sticks, rising: NDArray[np.bool_], rows: int, wick: bool, body: int, mono: bool
) -> Marks:
    """The glyphs of the middle column of each candle, or of one beside it (no `wick`)."""
    marks = stick_marks(candles, rows, wick, not mono, wide=body > 1)
    if mono:
        marks.glyph[~rising[None, :] & np.isin(marks.glyph, _BODIES)] = SHADES[2]
    return marks


def _put(canvas: Canvas, at: _Place, marks: Marks, ink: NDArray[np.uint8] | np.uint8) -> None:
    """Write glyphs over what is there."""
    ground = canvas.bg[at]
    drawn = marks.glyph != SPACE
    canvas.glyph[at] = np.where(drawn, marks.glyph, canvas.glyph[at])
    canvas.fg[at] = np.where(drawn, np.where(marks.inverse, ground, ink), canvas.fg[at])
    canvas.bg[at] = np.where(marks.inverse, ink, ground)


_BODIES = np.append(LOWER_EIGHTHS[1:], np.uint32(_UPPER_HALF))
