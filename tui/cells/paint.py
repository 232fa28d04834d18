"""Cell paint: footprint bars composed as a block of cells, ready to be laid on a canvas."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument
from tui.candle.candlestick import bodies, one_body, sticks
from tui.cells.barcells import Mask, Strength
from tui.cells.table import CellScale, CellTable, Scaling
from tui.cells.widths import PAIRED, Columns
from tui.drawing.block import Block
from tui.drawing.canvas import FULL, LEFT_EIGHTHS, SHADES, SPACE
from tui.drawing.digits import Scale, count_scale, size_scale
from tui.drawing.look import ColorDepth, Look

Lots = NDArray[np.int64]
Glyphs = NDArray[np.uint32]
Most = NDArray[np.float64]

_POC = "◄"
_UNTRADED = ("no trades", "none", "-")
_VERY = 3
"""The strength of an imbalance that is drawn inverted."""


class Style(NamedTuple):
    """How cells are drawn, whatever is in them."""

    scaling: Scaling = "visible"
    zeros: bool = False
    """Whether rows inside a bar in which a side did not trade are marked."""
    weight: float = 0.2
    """What all that is seen weighs in a hybrid scale; the bar's own largest weighs the rest."""


def painted(
    table: CellTable,
    columns: Columns,
    scale: CellScale,
    instrument: Instrument,
    look: Look,
    style: Style,
) -> Block:
    """The bars beside one another, their numbers and bars of volume by one scale."""
    block = Block(table.rows.count, len(table.bars), columns.width, look)
    painter = _Painter(table, columns, scale, look, block, style)
    content = columns.content
    if content == "profile":
        painter.profile()
    elif not columns.digits:
        painter.ground()
        painter.shades()
    elif content == "sides":
        painter.ground()
        painter.pairs(instrument)
    elif content == "table":
        painter.tints()
        painter.pairs(instrument)
    else:
        painter.ground()
        painter.singles(instrument)
    painter.marks()
    painter.sticks()
    painter.untraded()
    return block


class _Painter:
    """One block in the making."""

    def __init__(
        self,
        table: CellTable,
        columns: Columns,
        scale: CellScale,
        look: Look,
        block: Block,
        style: Style,
    ) -> None:
        self.table, self.columns, self.scale = table, columns, scale
        self.look, self.block, self.style = look, block, style
        self.measured = table.measured(columns.content)
        self.most = self._most(self.measured, scale.most(columns.content))

    def _most(self, measured: Lots, seen: int) -> Most:
        """What fills a cell, of each bar."""
        if self.style.scaling == "visible":
            return np.full(measured.shape[1], max(1.0, seen))
        own = measured.max(axis=0, initial=0).astype(np.float64)
        share = self.style.weight if self.style.scaling == "hybrid" else 0.0
        most: Most = np.maximum(1.0, share * seen + (1 - share) * own)
        return most

    def ground(self) -> None:
        """Lay a bar as long as the row's volume under the numbers, so that the profile shows."""
        look, body, table = self.look, self.columns.body, self.table
        # With few colours or none the bars would be louder than the numbers.
        quiet = not self.columns.digits or look.depth in (ColorDepth.C16, ColorDepth.MONO)
        length = np.ceil(self.measured * (body * (not quiet)) / self.most)
        filled = np.arange(body) < length[..., None]
        full: NDArray[np.uint8] | np.uint8 = np.uint8(look.selection)
        if self.columns.content == "delta":
            full = np.where(table.net > 0, np.uint8(look.buy_bar), np.uint8(look.sell_bar))
            full = full[..., None]
        ground = np.where(filled, full, np.uint8(look.panel))
        cells = self.block.bg[..., 1 : 1 + body]
        np.copyto(cells, ground, where=table.seen[..., None])

    def tints(self) -> None:
        """Colour each half of a cell the stronger the more traded there, as a table does."""
        look, block, table = self.look, self.block, self.table
        self.ground()
        if look.depth in (ColorDepth.C16, ColorDepth.MONO):
            return
        digits, end = self.columns.digits, 1 + self.columns.body
        for lots, ramp, place in (
            (table.sell, look.heat_ask, slice(1, 1 + digits)),
            (table.buy, look.heat_bid, slice(end - digits, end)),
        ):
            top = len(ramp) - 1
            level = np.minimum(np.ceil(lots * top / self.most), top).astype(np.int64)
            tint = np.where(lots > 0, ramp[level], np.uint8(look.panel))[..., None]
            np.copyto(block.bg[..., place], tint, where=table.seen[..., None])

    def pairs(self, instrument: Instrument) -> None:
        """Write what was sold at the left and what was bought at the right."""
        look, table, digits = self.look, self.table, self.columns.digits
        lots, written = np.array((table.sell, table.buy)), np.array((table.sold, table.bought))
        glyphs = size_scale(instrument, max(1, self.scale.written_side), digits).glyphs(written)
        glyphs[:, ~table.seen] = SPACE
        strength, zero = np.array((table.sells, table.buys)), lots == 0
        tints = _tints(look)
        ink = np.where(lots >= lots[::-1], tints.sides, tints.dim)
        ink[zero] = look.faint
        bold = strength > 0
        ink = np.where(bold & ~zero, tints.strong, ink)
        if self.style.zeros:
            none = zero & table.inner
            ink[none] = look.warn
            bold |= none
        self._put_pairs(glyphs, ink, bold, strength)
        self._separators()

    def _put_pairs(
        self, glyphs: Glyphs, ink: NDArray[np.uint8], bold: Mask, strength: Strength
    ) -> None:
        """Put numbers [side, row, bar] in their places, on the ground of their imbalance."""
        look, block, digits = self.look, self.block, self.columns.digits
        tints, table_like = _tints(look), self.columns.content == "table"
        grounded = strength > 1
        very = strength == _VERY
        ink = np.where(very, look.ink[tints.strong], ink)
        for side, start in enumerate((1, 1 + self.columns.body - digits)):
            where = (..., slice(start, start + digits))
            block.glyph[where] = glyphs[side]
            if grounded[side].any():
                bars = np.where(very[side], tints.strong[side], tints.bars[side])[..., None]
                np.copyto(block.bg[where], bars, where=grounded[side][..., None])
            if table_like:
                best = look.ink[block.bg[where]]
                block.fg[where] = np.where(grounded[side][..., None], ink[side][..., None], best)
            else:
                block.fg[where] = ink[side][..., None]
            block.bold[where] = bold[side][..., None]

    def singles(self, instrument: Instrument) -> None:
        """Write one number a cell at its right end."""
        look, block, table = self.look, self.block, self.table
        body, digits = self.columns.body, self.columns.digits
        scale, numbers, signed = self._single(instrument)
        glyphs = scale.glyphs(numbers, signed)
        glyphs[~table.seen] = SPACE
        net = table.net
        side = np.where(net > 0, np.uint8(look.buy), np.uint8(look.sell))
        ink = np.where(net == 0, np.uint8(look.dim), side)
        ink = np.where(numbers == 0, np.uint8(look.faint), ink)
        buys, sells = table.buys > 0, table.sells > 0
        ink = np.where(buys, np.uint8(look.imbalance_buy), ink)
        ink = np.where(sells, np.uint8(look.imbalance_sell), ink)
        none = self.style.zeros & table.inner & ((table.sell == 0) | (table.buy == 0))
        ink = np.where(none, np.uint8(look.warn), ink)
        where = (..., slice(1 + body - scale.width, 1 + body))
        assert scale.width <= digits <= body
        block.glyph[where], block.fg[where] = glyphs, ink[..., None]
        block.bold[where] = (buys | sells | none)[..., None]
        self._arrows(1)

    def _single(self, instrument: Instrument) -> tuple[Scale, Lots, bool]:
        table, digits, scale = self.table, self.columns.digits, self.scale
        match self.columns.content:
            case "delta":
                most, net = max(1, scale.written_net), table.bought - table.sold
                return size_scale(instrument, most, digits, True), net, True
            case "trades":
                return count_scale(max(1, scale.trades), digits), table.trades, False
        most, volume = max(1, scale.written_row), table.sold + table.bought
        return size_scale(instrument, most, digits), volume, False

    def profile(self) -> None:
        """Draw what was sold and then what was bought as one bar to an eighth of a cell."""
        look, block, table, body = self.look, self.block, self.table, self.columns.body
        steps = 8 * body / self.most
        sold = np.rint(table.sell * steps).astype(np.int64)[..., None] - 8 * np.arange(body)
        both = np.ceil(table.volume * steps).astype(np.int64)[..., None] - 8 * np.arange(body)
        sold, both = np.clip(sold, 0, 8), np.clip(both, 0, 8)
        where = (..., slice(1, 1 + body))
        shared = (sold > 0) & (sold < 8) & (both > sold)
        ink = np.where(sold > 0, np.uint8(look.sell), np.uint8(look.buy))
        panel = np.where(table.seen, np.uint8(look.panel), np.uint8(look.background))[..., None]
        block.bg[where] = np.where(shared, np.uint8(look.buy), panel)
        if look.mono:
            glyph = np.where(both > sold, np.uint32(FULL), SHADES[1])
            block.glyph[where] = np.where(both > 3, glyph, SPACE)
            block.bg[where] = np.uint8(look.background)
        else:
            block.glyph[where] = np.where(sold > 0, LEFT_EIGHTHS[sold], LEFT_EIGHTHS[both])
        block.fg[where] = ink

    def _arrows(self, start: int) -> None:
        """Point at a single number with an imbalance in its row, where a cell is free for it."""
        look, block, table = self.look, self.block, self.table
        for mask, mark, ink in (
            (table.sells > 0, "«", look.imbalance_sell),
            (table.buys > 0, "»", look.imbalance_buy),
            ((table.sells > 0) & (table.buys > 0), "X", look.text),
        ):
            free = mask & (block.glyph[..., start] == SPACE)
            free |= mask & np.isin(block.glyph[..., start], _ARROWS)
            block.glyph[..., start][free] = ord(mark)
            block.fg[..., start][free] = ink

    def _separators(self) -> None:
        """Put the x between the numbers; an arrow points at a number out of balance."""
        look, block, table = self.look, self.block, self.table
        text, start = self.columns.separator, 1 + self.columns.digits
        for offset, mark in enumerate(text):
            block.glyph[..., start + offset][table.seen] = ord(mark)
        block.fg[..., start : start + len(text)] = look.faint
        sells, buys = table.sells > 0, table.buys > 0
        marks = [
            (sells, start, "«", look.imbalance_sell),
            (buys, start + len(text) - 1, "»", look.imbalance_buy),
        ]
        if len(text) == 1:
            marks.append((sells & buys, start, "X", look.text))
        for mask, at, mark, ink in marks:
            block.glyph[..., at][mask] = ord(mark)
            block.fg[..., at][mask] = ink
            block.bold[..., at][mask] = True

    def shades(self) -> None:
        """Draw sold and bought volume as shades side by side, or their sum where all is narrow."""
        look, block, table, body = self.look, self.block, self.table, self.columns.body
        half = body // 2 if self.columns.content in PAIRED else 0
        sides = self._most(np.maximum(table.sell, table.buy), self.scale.side)
        for lots, place, ink in (
            (table.sell, slice(1, 1 + half), look.sell),
            (table.buy, slice(1 + body - half, 1 + body), look.buy),
        ):
            block.glyph[..., place] = SHADES[_levels(lots, sides)][..., None]
            block.fg[..., place] = ink
        if not half:
            levels = _levels(self.measured, self.most)
            block.glyph[..., 1] = SHADES[levels]
            block.fg[..., 1] = np.where(table.buy >= table.sell, look.buy, look.sell)

    def marks(self) -> None:
        """Mark the point of control with a ground of its own and an arrow, the area with a line."""
        look, block, points = self.look, self.block, self.table.points
        at = 1 + self.columns.body
        area = self.table.area
        if self.columns.digits and not look.mono:
            cells = block.bg[..., 1:at]
            plain = (cells == look.panel) | (cells == look.selection)
            cells[plain & points[..., None]] = look.poc_bar
        if at < block.width:
            first, last = area.copy(), area.copy()
            first[1:] &= ~area[:-1]
            last[:-1] &= ~area[1:]
            for mask, mark in ((area, "│"), (first, "┐"), (last, "┘")):
                block.glyph[..., at][mask] = ord(mark)
            block.fg[..., at][area] = look.faint
            block.glyph[..., at][points] = ord(_POC)
            block.fg[..., at][points] = look.poc

    def sticks(self) -> None:
        """Draw each bar's candle, a cell wide, to an eighth of a row."""
        look, rows, block = self.look, self.table.rows, self.block
        edges = self.table.edges
        parts = ((edges - rows.low) * 8 + 4) // rows.group
        rising = edges[3] >= edges[0]
        if len(self.table.bars) == 1:
            opened, high, low, close = parts[:, 0].tolist()
            marks = one_body((opened, high, low, close), bool(rising[0]), rows.count, 1, look.mono)
        else:
            marks = bodies(sticks(*parts), rising, rows.count, 1, look.mono)
        ink = np.where(rising, np.uint8(look.buy), np.uint8(look.sell))
        ground = np.uint8(look.background)
        block.glyph[..., 0] = marks.glyph
        block.fg[..., 0] = np.where(marks.inverse, ground, ink)
        block.bg[..., 0] = np.where(marks.inverse, ink, ground)

    def untraded(self) -> None:
        """Say of a brick that the price leapt over that it has no trades."""
        block, rows, body = self.block, self.table.rows, self.columns.body
        word = next((word for word in _UNTRADED if len(word) <= body), "")
        for column, bar in enumerate(self.table.bars):
            if bar.cells is None or len(bar.cells.prices):
                continue
            row = rows.row((bar.bar.open + bar.bar.close) // 2)
            if 0 <= row < rows.count:
                place = row, column, slice(1, 1 + len(word))
                block.glyph[place] = [ord(letter) for letter in word]
                block.fg[place] = self.look.dim


def _levels(volume: Lots, most: Most) -> Lots:
    """Shades 0 to 4 of volumes by their square root, so that more than the largest is seen."""
    levels: Lots = np.ceil(4 * np.sqrt(np.minimum(1.0, volume / most))).astype(np.int64)
    return levels


class _Tints(NamedTuple):
    """Colours of what was sold and of what was bought, as uint8[2, 1, 1]."""

    sides: NDArray[np.uint8]
    strong: NDArray[np.uint8]
    """Numbers out of balance."""
    bars: NDArray[np.uint8]
    """Their ground."""
    dim: np.uint8


@lru_cache(maxsize=16)
def _tints(look: Look) -> _Tints:
    sides, strong, bars = (
        np.array(pair, np.uint8)[:, None, None]
        for pair in (
            (look.sell, look.buy),
            (look.imbalance_sell, look.imbalance_buy),
            (look.sell_bar, look.buy_bar),
        )
    )
    return _Tints(sides, strong, bars, np.uint8(look.dim))


_ARROWS = np.array([ord("«"), ord("»")], np.uint32)
