"""Cell paint: footprint bars composed as a block of cells, ready to be laid on a canvas."""

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument
from tui.block import Block
from tui.candlestick import bodies, one_body, sticks
from tui.canvas import SHADES, SPACE
from tui.cells import CellScale, CellTable, Columns
from tui.digits import size_scale
from tui.look import ColorDepth, Look

Lots = NDArray[np.int64]

_POC = "◄"


def painted(
    table: CellTable, columns: Columns, scale: CellScale, instrument: Instrument, look: Look
) -> Block:
    """The bars beside one another, their numbers and bars of volume by one scale."""
    block = Block(table.rows.count, len(table.bars), columns.width, look)
    painter = _Painter(table, columns, scale, look, block)
    painter.ground()
    if columns.digits:
        painter.numbers(instrument)
    else:
        painter.shades()
    painter.marks()
    painter.sticks()
    return block


class _Painter:
    """One block in the making."""

    def __init__(
        self, table: CellTable, columns: Columns, scale: CellScale, look: Look, block: Block
    ) -> None:
        self.table, self.columns, self.scale = table, columns, scale
        self.look, self.block = look, block

    def ground(self) -> None:
        """Lay a bar as long as the row's volume under the numbers, so that the profile shows."""
        look, body, table = self.look, self.columns.body, self.table
        # With few colours or none the bars would be louder than the numbers.
        quiet = not self.columns.digits or look.depth in (ColorDepth.C16, ColorDepth.MONO)
        length = -(-(table.sell + table.buy) * body * (not quiet) // max(1, self.scale.row))
        filled = np.arange(body) < length[..., None]
        ground = np.where(filled, np.uint8(look.selection), np.uint8(look.panel))
        cells = self.block.bg[..., 1 : 1 + body]
        np.copyto(cells, ground, where=table.seen[..., None])

    def numbers(self, instrument: Instrument) -> None:
        """Write what was sold at the left and what was bought at the right."""
        look, block, table = self.look, self.block, self.table
        digits, body = self.columns.digits, self.columns.body
        lots = np.stack((table.sell, table.buy))
        glyphs = size_scale(instrument, max(1, self.scale.side), digits).glyphs(lots)
        glyphs[:, ~table.seen] = SPACE
        larger = np.stack((table.sell >= table.buy, table.buy >= table.sell))
        marked = np.stack((table.sells, table.buys))
        inks, strong, bars = (
            np.array(pair, np.uint8)[:, None, None]
            for pair in (
                (look.sell, look.buy),
                (look.imbalance_sell, look.imbalance_buy),
                (look.sell_bar, look.buy_bar),
            )
        )
        ink = np.where(larger, inks, np.uint8(look.dim))
        ink = np.where(lots == 0, np.uint8(look.faint), np.where(marked, strong, ink))[..., None]
        bold = marked[..., None]
        for side, start in enumerate((1, 1 + body - digits)):
            where = (..., slice(start, start + digits))
            block.glyph[where] = glyphs[side]
            np.copyto(block.bg[where], bars[side], where=bold[side])
            block.fg[where], block.bold[where] = ink[side], bold[side]
        self._separators()

    def _separators(self) -> None:
        """Put the x between the numbers; an arrow points at a number out of balance."""
        look, block, table = self.look, self.block, self.table
        text, start = self.columns.separator, 1 + self.columns.digits
        for offset, mark in enumerate(text):
            block.glyph[..., start + offset][table.seen] = ord(mark)
        block.fg[..., start : start + len(text)] = look.faint
        marks = [
            (table.sells, start, "«", look.imbalance_sell),
            (table.buys, start + len(text) - 1, "»", look.imbalance_buy),
        ]
        if len(text) == 1:
            marks.append((table.sells & table.buys, start, "X", look.text))
        for mask, at, mark, ink in marks:
            block.glyph[..., at][mask] = ord(mark)
            block.fg[..., at][mask] = ink
            block.bold[..., at][mask] = True

    def shades(self) -> None:
        """Draw sold and bought volume as shades side by side, or their sum where all is narrow."""
        look, block, table, body = self.look, self.block, self.table, self.columns.body
        half = body // 2
        for lots, place, ink in (
            (table.sell, slice(1, 1 + half), look.sell),
            (table.buy, slice(1 + half, 1 + 2 * half), look.buy),
        ):
            block.glyph[..., place] = SHADES[_levels(lots, self.scale.side)][..., None]
            block.fg[..., place] = ink
        if not half:
            levels = _levels(table.sell + table.buy, self.scale.row)
            block.glyph[..., 1] = SHADES[levels]
            block.fg[..., 1] = np.where(table.buy >= table.sell, look.buy, look.sell)

    def marks(self) -> None:
        """Mark the point of control with a ground of its own and an arrow."""
        look, block, points = self.look, self.block, self.table.points
        at = 1 + self.columns.body
        if self.columns.digits and not look.mono:
            cells = block.bg[..., 1:at]
            plain = (cells == look.panel) | (cells == look.selection)
            cells[plain & points[..., None]] = look.poc_bar
        if at < block.width:
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


def _levels(volume: Lots, most: int) -> Lots:
    """Shades 0 to 4 of volumes by their square root, so that more than the largest is seen."""
    levels: Lots = np.ceil(4 * np.sqrt(volume / max(1, most))).astype(np.int64)
    return levels
