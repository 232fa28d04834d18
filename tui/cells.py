"""Cell grid: bars of `sell x buy` cells on price rows, drawn all at once.

Each bar has a candle at its left and a mark for its point of control at its right. Where columns
get narrow numbers lose digits, and where there is no room for digits they become shades.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bars import Bar
from market.footprint import FootprintBar
from market.instrument import Instrument
from tui.block import Block
from tui.candlestick import stick_marks, sticks
from tui.canvas import FULL, SHADES, SPACE, UPPER, Canvas
from tui.digits import price_scale, size_scale, stamp
from tui.look import ColorDepth
from tui.rows import PriceRows
from tui.timeline import MINUTE, utc

Lots = NDArray[np.int64]
Mask = NDArray[np.bool_]

_ROOMY = 15
"""Cells of a column that reads well: candle, 5 digits, ` x `, 5 digits, mark."""
_TIGHT = 13
"""The same with a bare `x`."""
_WIDE = 21
"""Cells beyond which a column gains nothing."""
_SMALL = 9
"""Cells of the narrowest column with numbers."""
_NARROWEST = 3
"""Cells of the narrowest column at all: candle, shade, mark."""
_MOST_DIGITS = 7
_POC = "◄"


def axis_width(instrument: Instrument, ticks: int) -> int:
    """Cells of the price axis for prices about `ticks`, and for the names of the sums."""
    return max(price_scale(instrument, 1, ticks * 2).width, len(" volume")) + 1


def most_bars(width: int) -> int:
    """How many bars read well in a width."""
    return max(1, width // (_ROOMY if width >= 6 * _ROOMY else _TIGHT))


class Columns(NamedTuple):
    """How a width is divided into equal columns."""

    bars: int
    """How many there are."""
    width: int
    digits: int
    """Cells for one number; 0 where shades stand for numbers."""

    @classmethod
    def of(cls, width: int, bars: int) -> "Columns":
        """Divide a width for so many bars, or as many as have room."""
        width = max(0, width)
        count = max(1, min(bars, width // _NARROWEST))
        column = min(_WIDE, width // count)
        gaps = 5 if column >= _ROOMY else 3
        digits = (column - gaps) // 2 if column >= _SMALL else 0
        return cls(count, column, min(_MOST_DIGITS, digits))

    @property
    def body(self) -> int:
        """Cells between the candle and the mark."""
        if not self.digits:
            return max(1, self.width - 2)
        return 2 * self.digits + len(self.separator)

    @property
    def separator(self) -> str:
        """What stands between the two numbers."""
        return " x " if self.width >= _ROOMY else "x"


class BarCells(NamedTuple):
    """A bar with its cells, None where no trades of it were seen."""

    bar: Bar
    cells: FootprintBar | None
    buys: Mask
    sells: Mask
    partial: bool
    """Whether trades are missing, so that the sums are only of what was seen."""

    @classmethod
    def of(
        cls,
        bar: Bar,
        cells: FootprintBar | None,
        doubtful: bool,
        rule: tuple[Fraction, int, bool],
    ) -> "BarCells":
        """Find the imbalances of a bar by `rule` (ratio, least lots, ignore zeros)."""
        if cells is None:
            nothing = np.zeros(0, np.bool_)
            return cls(bar, cells, nothing, nothing, False)
        buys, sells = cells.imbalances(*rule)
        return cls(bar, cells, buys, sells, doubtful)


class CellGrid:
    """One picture in the making: the canvas, its rows and columns, and the bars they show."""

    def __init__(
        self,
        canvas: Canvas,
        instrument: Instrument,
        rows: PriceRows,
        axis: int,
        columns: Columns,
        bars: Sequence[BarCells],
    ) -> None:
        self.canvas, self.look, self.instrument = canvas, canvas.look, instrument
        self.rows, self.columns, self.bars = rows, columns, bars[-columns.bars :]
        self.sell, self.buy = self._volumes()
        self.axis = axis
        self.left = canvas.width - len(self.bars) * columns.width
        """Where the first bar begins."""

    @staticmethod
    def height(canvas_height: int) -> int:
        """How many price rows a canvas of this height has."""
        return max(0, canvas_height - 1 - _foot(canvas_height))

    def draw(self, last: int) -> None:
        """Draw the price axis with the last price, the cells and the sums."""
        drawn = bool(self.bars) and self.columns.width >= _NARROWEST
        if self.rows.count:
            self._draw_axis(last)
            if drawn:
                self._draw_cells()
        if drawn:
            self._draw_foot()

    def _volumes(self) -> tuple[Lots, Lots]:
        """Lots sold and bought as [rows from the top, bars]."""
        shape = (self.rows.count, len(self.bars))
        sell, buy = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for column, (_, cells, *_rest) in enumerate(self.bars):
            if cells is not None:
                at, inside = self._at(cells)
                sell[at, column], buy[at, column] = cells.sell[inside], cells.buy[inside]
        return sell, buy

    def _at(self, cells: FootprintBar) -> tuple[Lots, Mask]:
        """Rows of a bar's cells, and which of the cells have a row."""
        at = self.rows.bottom + self.rows.count - 1 - cells.prices // self.rows.group
        inside = (at >= 0) & (at < self.rows.count)
        return at[inside], inside

    def _masks(self) -> tuple[Mask, Mask]:
        """Sell and buy imbalances as [rows, bars]."""
        sells, buys = np.zeros_like(self.sell, np.bool_), np.zeros_like(self.sell, np.bool_)
        for column, bar in enumerate(self.bars):
            if bar.cells is not None:
                at, inside = self._at(bar.cells)
                sells[at, column], buys[at, column] = bar.sells[inside], bar.buys[inside]
        return sells, buys

    def _points(self) -> Mask:
        """Points of control as [rows, bars]."""
        mask = np.zeros_like(self.sell, np.bool_)
        for column, bar in enumerate(self.bars):
            poc = bar.cells.poc if bar.cells is not None else None
            if poc is not None and 0 <= (row := self.rows.row(poc)) < self.rows.count:
                mask[row, column] = True
        return mask

    def _draw_axis(self, last: int) -> None:
        look, rows, canvas = self.look, self.rows, self.canvas
        edges = np.array(rows.edges(), np.int64)
        scale = price_scale(self.instrument, rows.group, int(edges[0]))
        canvas.fill(0, 1, self.axis, rows.count, look.panel)
        quiet = (edges // rows.group) % 5 != 0
        ink = np.where(quiet, look.dim, look.text).astype(np.uint8)[:, None]
        x = self.axis - 1 - scale.width
        stamp(canvas, x, 1, scale.glyphs(edges), ink)
        row = rows.row(last)
        if 0 <= row < rows.count:
            canvas.tint(0, 1 + row, self.axis, look.last)
            glyphs = scale.glyphs(edges[row : row + 1])
            stamp(canvas, x, 1 + row, glyphs, int(look.ink[look.last]), True)

    def _draw_cells(self) -> None:
        """Compose all columns as one block of cells and lay it on the canvas."""
        block = Block(self.rows.count, len(self.bars), self.columns.width, self.look)
        seen = self._seen()
        self._ground(block, seen)
        if self.columns.digits:
            self._numbers(block, seen)
        else:
            self._shades(block)
        self._marks(block)
        self._sticks(block)
        block.lay(self.canvas, self.left, 1, self.axis)

    def _seen(self) -> Mask:
        """Rows between high and low of the bars whose trades were seen."""
        rows = np.arange(self.rows.count)[:, None]
        top, bottom = (
            np.array([self.rows.row(edge) for edge in edges])
            for edges in (
                [bar.cells.bar.high if bar.cells else bar.bar.high for bar in self.bars],
                [bar.cells.bar.low if bar.cells else bar.bar.low for bar in self.bars],
            )
        )
        known = np.array([bar.cells is not None for bar in self.bars])
        seen: Mask = (rows >= top) & (rows <= bottom) & known
        return seen

    def _ground(self, block: "Block", seen: Mask) -> None:
        """Lay a bar as long as the row's volume under the numbers, so that the profile shows."""
        look, body = self.look, self.columns.body
        volume = self.sell + self.buy
        most = max(1, int(volume.max()))
        length = -(-volume * body // most)
        # With few colours or none the bars would be louder than the numbers.
        if not self.columns.digits or look.depth in (ColorDepth.C16, ColorDepth.MONO):
            length[:] = 0
        ground = np.where(np.arange(body) < length[..., None], look.selection, look.panel)
        cells = block.bg[..., 1 : 1 + body]
        cells[seen] = ground[seen]

    def _numbers(self, block: "Block", seen: Mask) -> None:
        look, digits, body = self.look, self.columns.digits, self.columns.body
        most = max(1, int(self.sell.max()), int(self.buy.max()))
        scale = size_scale(self.instrument, most, digits)
        sells, buys = self._masks()
        inks = (look.sell, look.buy)
        strong = (look.imbalance_sell, look.imbalance_buy)
        bars = (look.sell_bar, look.buy_bar)
        places = (slice(1, 1 + digits), slice(1 + body - digits, 1 + body))
        pairs = ((self.sell, self.buy, sells), (self.buy, self.sell, buys))
        for side, (lots, other, marked) in enumerate(pairs):
            ink = np.where(lots >= other, inks[side], look.dim)
            ink = np.where(lots == 0, look.faint, np.where(marked, strong[side], ink))
            where = (..., places[side])
            block.glyph[where] = np.where(seen[..., None], scale.glyphs(lots), SPACE)
            block.bg[where] = np.where(marked[..., None], bars[side], block.bg[where])
            block.fg[where] = ink[..., None]
            block.bold[where] = marked[..., None]
        self._separators(block, seen, sells, buys)

    def _separators(self, block: "Block", seen: Mask, sells: Mask, buys: Mask) -> None:
        """Put the x between the numbers; an arrow points at a number out of balance."""
        look, text, start = self.look, self.columns.separator, 1 + self.columns.digits
        for offset, mark in enumerate(text):
            block.glyph[..., start + offset] = np.where(seen, ord(mark), SPACE)
            block.fg[..., start + offset] = look.faint
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

    def _shades(self, block: "Block") -> None:
        """Draw sold and bought volume as shades side by side, or their sum where all is narrow."""
        look, body = self.look, self.columns.body
        half = body // 2
        sold, bought = _levels(self.sell, self.buy)
        for levels, place, ink in (
            (sold, slice(1, 1 + half), look.sell),
            (bought, slice(1 + half, 1 + 2 * half), look.buy),
        ):
            block.glyph[..., place] = SHADES[levels][..., None]
            block.fg[..., place] = ink
        if not half:
            (both,) = _levels(self.sell + self.buy)
            block.glyph[..., 1] = SHADES[both]
            block.fg[..., 1] = np.where(self.buy >= self.sell, look.buy, look.sell)

    def _marks(self, block: "Block") -> None:
        """Mark the point of control with a ground of its own and an arrow."""
        look, body = self.look, self.columns.body
        points = self._points()
        cells = block.bg[..., 1 : 1 + body]
        plain = (cells == look.panel) | (cells == look.selection)
        if self.columns.digits and not look.mono:
            cells[plain & points[..., None]] = look.poc_bar
        at = 1 + body
        if at < block.width:
            block.glyph[..., at][points] = ord(_POC)
            block.fg[..., at][points] = look.poc

    def _sticks(self, block: "Block") -> None:
        """Draw each bar's candle, a cell wide, to an eighth of a row."""
        look, low, group = self.look, self.rows.low, self.rows.group
        edges = np.array([(b.bar.open, b.bar.high, b.bar.low, b.bar.close) for b in self.bars])
        eighths = ((edges - low) * 8 + 4) // group
        candles = sticks(*(eighths[:, n] for n in range(4)))
        marks = stick_marks(candles, self.rows.count, inverse=not look.mono)
        rising = edges[:, 3] >= edges[:, 0]
        ink = np.broadcast_to(np.where(rising, look.buy, look.sell), marks.glyph.shape)
        glyph = marks.glyph
        if look.mono:
            # Where there is no colour, falling bodies are shaded.
            body = (glyph >= UPPER) & (glyph <= FULL)
            glyph = np.where(body & ~rising, SHADES[2], glyph)
        block.glyph[..., 0] = glyph
        block.fg[..., 0] = np.where(marks.inverse, look.background, ink)
        block.bg[..., 0] = np.where(marks.inverse, ink, look.background)

    def _draw_foot(self) -> None:
        """Draw volume, delta and start of each bar; only the delta where there is little room."""
        canvas, look = self.canvas, self.look
        foot = _foot(canvas.height)
        top = canvas.height - foot
        canvas.fill(0, top, canvas.width, foot, look.panel)
        names = ("volume", "delta", "UTC") if foot == _FOOT else ("delta",)
        for offset, name in enumerate(names):
            canvas.right(self.axis - 1, top + offset, name, look.dim)
        if foot == _FOOT:
            self._draw_sums(top, [_volume(bar) for bar in self.bars], signed=False)
            self._draw_times(top + 2)
        self._draw_sums(top + foot // 2, [_delta(bar) for bar in self.bars], signed=True)

    def _draw_sums(self, row: int, sums: Sequence[int], signed: bool) -> None:
        """Draw one number below each bar; dim where it is only of what was seen."""
        look = self.look
        width = min(9, self.columns.width - (not signed))
        lots = np.array(sums, np.int64)
        scale = size_scale(self.instrument, int(np.abs(lots).max()), max(1, width), signed)
        ink = np.full(len(lots), look.text, np.uint8)
        if signed:
            ink = np.where(lots > 0, look.buy, np.where(lots < 0, look.sell, look.dim))
        partial = np.array([bar.partial for bar in self.bars])
        ink = np.where(partial, look.dim, ink).astype(np.uint8)
        for index, glyphs in enumerate(scale.glyphs(lots, signed)):
            x = self._end(index) - scale.width
            stamp(self.canvas, x, row, glyphs[None], int(ink[index]), signed)

    def _draw_times(self, row: int) -> None:
        """Draw where bars begin; `~` is a bar that was not wholly seen, bright the forming one."""
        look = self.look
        length = 5 if self._minutes() else 8
        every = -(-(length + 2) // self.columns.width)
        for index, (bar, *_rest, partial) in enumerate(self.bars):
            if (len(self.bars) - 1 - index) % every == 0:
                text = utc(bar.start).strftime("%H:%M:%S")[:length]
                forming = index == len(self.bars) - 1
                ink = look.warn if partial else look.accent if forming else look.dim
                text = f"~{text}" if partial else text
                self.canvas.right(self._end(index), row, text, ink, bold=forming)

    def _minutes(self) -> bool:
        """Whether every bar begins on a whole minute."""
        return all(bar.bar.start % MINUTE == 0 for bar in self.bars)

    def _end(self, index: int) -> int:
        """The cell after the numbers of a bar."""
        return self.left + index * self.columns.width + 1 + self.columns.body


def _levels(*volumes: Lots) -> list[Lots]:
    """Shades 0 to 4 of volumes by their square root, so that more than the largest is seen."""
    most = max(1, *(int(volume.max(initial=0)) for volume in volumes))
    return [np.ceil(4 * np.sqrt(volume / most)).astype(np.int64) for volume in volumes]


def _volume(bar: BarCells) -> int:
    return bar.bar.volume if bar.cells is None else bar.cells.bar.volume


def _delta(bar: BarCells) -> int:
    return bar.bar.delta if bar.cells is None else bar.cells.delta


def _foot(height: int) -> int:
    """Rows below the prices: volume, delta and time, or only the delta, or nothing."""
    return _FOOT if height >= 10 else int(height >= 4)


_FOOT = 3
