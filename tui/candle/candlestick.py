"""Candlestick: open, high, low and close of bars as glyphs finer than a cell.

Prices come as eighths of a text row above the chart's bottom. Bodies end on eighths of a cell;
wicks are light lines that end on halves. Where body and wick meet in one cell, the one that
covers more of it has it; a body that would vanish crosses its wick as a line.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.drawing.area import Area
from tui.drawing.canvas import LOWER_EIGHTHS, SHADES, SPACE, Canvas

Parts = NDArray[np.int64]
Glyphs = NDArray[np.uint32]
Mask = NDArray[np.bool_]
_Place: TypeAlias = tuple[slice, slice] | tuple[NDArray[np.int64], ...]

_WICK = np.array([[ord(" "), ord("╵")], [ord("╷"), ord("│")]], np.uint32)
"""[lower half covered, upper half covered]"""
_DOJI = np.array([[ord("─"), ord("┴")], [ord("┬"), ord("┼")]], np.uint32)
"""[wick below, wick above]"""
_UPPER_HALVES = np.array([ord(mark) for mark in "███▀▀▀▀▀ "], np.uint32)
"""Bodies from the top of a cell down to an eighth of it."""
_THIRDS = np.array([ord(mark) for mark in "▁─▔"], np.uint32)
_LITTLE = 3
"""Eighths of a cell."""
_JOINED = np.array([0, 1, 1, 1, 6, 6, 6, 7, 8])
"""To which eighth of a cell a wide body is drawn where its wick leaves the cell."""
_ROUNDED = np.array([0, 0, 0, 0, 8, 8, 8, 8, 8])
"""The same without colour, where falling bodies are shaded cells."""


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


class _Cut(NamedTuple):
    """The edges of candles within each cell [rows, bars], in eighths from the cell's bottom."""

    low: Parts
    high: Parts
    start: Parts
    end: Parts
    body: Mask
    """Where there is some of the body."""
    above: Mask
    """Where a wick goes on above the body."""
    below: Mask


class _Joints(NamedTuple):
    """What becomes of cells [rows, bars] that hold some of a body, and where it ends in them."""

    tiny: Mask
    """A line stands for the body."""
    wick: Mask
    """The wick has the cell."""
    hangs: Mask
    """The body fills the cell from its top down to `start`; elsewhere from its bottom to `end`."""
    start: Parts
    end: Parts


def stick_marks(
    candles: Sticks, rows: int, wick: bool = True, inverse: bool = True, wide: bool = False
) -> Marks:
    """The glyphs of each candle's middle column, or of a column beside it (no `wick`).

    `wide` bodies have columns on both sides of that with the wick. Without `inverse` (no colour
    to swap) the lower end of a body is drawn to the nearest half.
    """
    cut = _cut(candles, rows)
    return _marks(cut, _joined(cut, inverse, wide), wick, inverse, wide)


def _joined(cut: "_Cut", inverse: bool, wide: bool) -> "_Joints":
    if not wide:
        return _narrow(cut)
    return _wide(cut, _JOINED if inverse else _ROUNDED)


def _marks(cut: "_Cut", joints: "_Joints", wick: bool, inverse: bool, wide: bool) -> Marks:
    """The glyphs of one column of candles that are cut into cells."""
    line = joints.wick & wick
    if wick:
        glyph = _wicks(cut.low, cut.high)
        glyph[cut.high <= cut.low] = SPACE
    else:
        glyph = np.full(cut.body.shape, SPACE, np.uint32)
    hangs = joints.hangs & ~line & (joints.start < 8)
    stands = cut.body & ~joints.hangs & ~joints.tiny & ~line
    glyph = np.where(stands, LOWER_EIGHTHS[joints.end], glyph)
    if joints.tiny.any():
        glyph = np.where(joints.tiny, _line(cut, wick, wide), glyph)
    _show_lost(glyph, cut, joints, wick, wide)
    if inverse:
        return Marks(np.where(hangs, LOWER_EIGHTHS[joints.start], glyph), hangs)
    return Marks(np.where(hangs, _UPPER_HALVES[joints.start], glyph), np.zeros_like(hangs))


def _cut(candles: Sticks, rows: int) -> _Cut:
    base = 8 * np.arange(rows - 1, -1, -1)[:, None]
    edges = np.array((candles.low, candles.high, candles.body_low, candles.body_high))
    low, high, start, end = np.minimum(np.maximum(edges[:, None, :] - base, 0), 8)
    return _Cut(low, high, start, end, end > start, high > end, low < start)


def _narrow(cut: _Cut) -> _Joints:
    """Where a wick leaves a cell it is all body or all wick: breaks would be harder to read."""
    inside = cut.body & (cut.start > 0) & (cut.end < 8)
    left = np.where(cut.above | cut.below, _LITTLE, 1)
    tiny = inside & (cut.end - cut.start <= left)
    joint = cut.body & ~tiny & (cut.above & (cut.end < 8) | cut.below & (cut.start > 0))
    full = joint & (cut.end - cut.start > _LITTLE)
    hangs = _hanging(cut, inside) & ~tiny & ~joint
    return _Joints(tiny, joint & ~full, hangs, cut.start, np.where(full, 8, cut.end))


def _wide(cut: _Cut, joined: Parts) -> _Joints:
    """Where a wick leaves it, a body ends next to the cell's edge, to which the wick reaches.

    Thus neither is a wick far from its body nor cuts it deep; a body is wrong by a quarter of a
    cell at most, or by half of one where cells are all or nothing.
    """
    inside = cut.body & (cut.start > 0) & (cut.end < 8)
    tiny = inside & (cut.end - cut.start <= 1)
    hangs = _hanging(cut, inside) & ~tiny
    end = np.where(cut.above, joined[cut.end], cut.end)
    start = np.where(cut.below, 8 - joined[8 - cut.start], cut.start)
    wick = np.where(hangs, cut.below & (start > 6), cut.above & (end < 2))
    return _Joints(tiny, cut.body & wick & ~tiny, hangs, start, end)


def _hanging(cut: _Cut, inside: Mask) -> Mask:
    """Bodies at the top of a cell; one within a cell reaches to the edge that is nearer."""
    edge: Mask = (cut.end == 8) & (cut.start > 0) | inside & (cut.start > 8 - cut.end)
    return cut.body & edge


def _wicks(low: Parts, high: Parts) -> Glyphs:
    found: Glyphs = _WICK[(low < 4).astype(int), (high > 4).astype(int)]
    return found


def _line(cut: _Cut, wick: bool, wide: bool) -> Glyphs:
    """A body as a line, at the nearest of three heights where no wick crosses it."""
    third = np.minimum((cut.start + cut.end) * 3 // 16, 2)
    plain: Glyphs = _THIRDS[third]
    if not wick:
        return plain
    crossed = _DOJI[cut.below.astype(int), cut.above.astype(int)]
    if wide:
        crossed = np.where(third == 1, crossed, _wicks(cut.low, cut.high))
    return np.where(cut.above | cut.below, crossed, plain)


def _show_lost(glyph: Glyphs, cut: _Cut, joints: _Joints, wick: bool, wide: bool) -> None:
    """Draw a line for a body that would not be seen, as its wick has all of its cells."""
    seen = np.where(joints.hangs, joints.start < 8, joints.end > 0) & (wide | ~joints.wick)
    shown = (cut.body & (seen | joints.tiny)).any(axis=0)
    lost = np.flatnonzero(cut.body.any(axis=0) & ~shown)
    if len(lost):
        row = (cut.end - cut.start)[:, lost].argmax(axis=0)
        low, high = cut.low[row, lost] < 4, cut.high[row, lost] > 4
        crossed = _DOJI[low.astype(int), high.astype(int)]
        glyph[row, lost] = crossed if wick else _DOJI[0, 0]


def bodies(candles: Sticks, rising: NDArray[np.bool_], rows: int, body: int, mono: bool) -> Marks:
    """The glyphs of every column of candles `body` cells wide, candle after candle.

    Where there is no colour falling bodies are shaded.
    """
    cut = _cut(candles, rows)
    joints, shaded = _joined(cut, not mono, body > 1), ~rising[None, :] if mono else None
    columns = [_shape(cut, joints, shaded, True, body)]
    if body > 1:
        beside = [_shape(cut, joints, shaded, False, body)] * (body // 2)
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


class _Stick(NamedTuple):
    """One candle's glyphs [rows, columns], which cells have any, and which swap ink and ground."""

    glyph: Glyphs
    drawn: Mask
    inverse: Mask
    hangs: bool
    """Whether any do."""


@lru_cache(maxsize=512)
def _stick(
    edges: tuple[int, int, int, int], rising: bool, rows: int, body: int, mono: bool
) -> _Stick:
    """One candle as it is laid over what is there, remembered likewise."""
    marks = one_body(edges, rising, rows, body, mono)
    return _Stick(marks.glyph, marks.glyph != SPACE, marks.inverse, bool(marks.inverse.any()))


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
    marks = _stick(edges, rising, area.height, _body(pitch), canvas.look.mono)
    left, right = max(x, area.x), min(canvas.width, area.right, x + marks.glyph.shape[1])
    height = min(canvas.height, area.bottom) - area.y
    if left >= right or height < 1:
        return
    at = slice(area.y, area.y + height), slice(left, right)
    inner = slice(0, height), slice(left - x, right - x)
    ink, drawn = canvas.look.buy if rising else canvas.look.sell, marks.drawn[inner]
    # Written in place: this is done in every frame.
    fg, bg = canvas.fg[at], canvas.bg[at]
    np.copyto(canvas.glyph[at], marks.glyph[inner], where=drawn)
    np.copyto(fg, np.uint8(ink), where=drawn)
    if marks.hangs:
        hanging = marks.inverse[inner]
        np.copyto(fg, bg, where=hanging & drawn)
        np.copyto(bg, np.uint8(ink), where=hanging)


def _inks(canvas: Canvas, rising: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(rising, np.uint8(canvas.look.buy), np.uint8(canvas.look.sell))


def _body(pitch: int) -> int:
    """Cells of a body in a slot: one is left free, and the wick needs a middle."""
    wide = max(1, pitch - 1)
    return wide if wide % 2 else wide - 1


def _shape(cut: _Cut, joints: _Joints, shaded: Mask | None, wick: bool, body: int) -> Marks:
    """The glyphs of the middle column of each candle, or of one beside it (no `wick`).

    Where there is no colour some are `shaded`.
    """
    marks = _marks(cut, joints, wick, shaded is None, body > 1)
    if shaded is not None:
        marks.glyph[shaded & np.isin(marks.glyph, _BODIES)] = SHADES[2]
    return marks


def _put(canvas: Canvas, at: _Place, marks: Marks, ink: NDArray[np.uint8] | np.uint8) -> None:
    """Write glyphs over what is there."""
    ground = canvas.bg[at]
    drawn = marks.glyph != SPACE
    canvas.glyph[at] = np.where(drawn, marks.glyph, canvas.glyph[at])
    canvas.fg[at] = np.where(drawn, np.where(marks.inverse, ground, ink), canvas.fg[at])
    canvas.bg[at] = np.where(marks.inverse, ink, ground)


_BODIES = np.append(LOWER_EIGHTHS[2:], np.uint32(ord("▀")))
"""What is shaded of a falling body; a line stays a line."""
