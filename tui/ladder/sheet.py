"""Ladder sheet: what a picture of the book shows beside the sizes of the moment.

The heads of the columns, the prices of the rows and bars of every length last for many frames;
they are drawn once and copied.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tui.drawing.canvas import LEFT_EIGHTHS, Canvas, Glyphs, Indices
from tui.drawing.digits import Scale, stamp
from tui.drawing.look import Look
from tui.pane import Size
from tui.rows import PriceRows

WIDEST = 11
"""Cells for one number: enough for any size worth reading exactly."""
OUTER = 8
"""Cells of a column beyond the bars: a number of seven and a gap."""
COUNTED = 7
"""Cells of a column of order counts."""
SHARED = 3
"""Cells of a share in percent."""
_LEAST = 15
"""Cells that the bars keep before columns beyond them find room."""
_BARE = 9
"""Cells of resting sizes without bars."""


class Wanted(NamedTuple):
    """The columns asked for; those that find no room are left out."""

    traded: bool
    bars: bool
    depth: bool
    flow: bool
    beside: tuple[int, ...] = ()
    """Cells of the column beside the bars, the widest first; the first that fits is taken."""


class Columns(NamedTuple):
    """Where the columns begin, and how wide they are, on each side of the price alike."""

    side: int
    """Cells up to traded volume."""
    traded: int
    """Cells for traded volume, 0 where there is no room."""
    price: int
    left: int
    """Where the price column begins."""
    depth: int
    """Cells at the edge for cumulative depth."""
    flow: int
    """Cells beside those for what was pulled and stacked: of two columns, one, or none."""
    beside: int
    """Cells beside those for the number of orders, or for venues."""

    @classmethod
    def of(cls, width: int, price: int, wanted: Wanted) -> "Columns":
        """Give the price its width, numbers theirs, and the bars the rest."""
        price += 3
        half = max(0, (width - price) // 2)
        traded = 0 if half < 15 or not wanted.traded else min(WIDEST + 1, 7 + (half - 15) // 4)
        spare = half - traded - (_LEAST if wanted.bars else _BARE)
        beside = next((cells for cells in wanted.beside if spare >= cells), 0)
        spare -= beside
        depth = OUTER if wanted.depth and spare >= OUTER else 0
        spare -= depth
        flow = min(2, spare // OUTER) * OUTER if wanted.flow and spare >= OUTER else 0
        return cls(half - traded, traded, price, half, depth, flow, beside)

    @property
    def outer(self) -> int:
        """Cells from the edge to the bars."""
        return self.depth + self.flow + self.beside


class Sheet(NamedTuple):
    """What a picture shows beside the sizes of the moment, which lasts for many frames."""

    size: Size
    at: Columns
    price: Scale
    rows: PriceRows
    sizes: int
    """Cells of a resting size."""
    doubt: str | None
    beside: str = "orders"
    """The head of the column beside the bars."""
    part: str = ""
    """How many of several books are summed up, where not all are."""


@lru_cache(maxsize=16)
def prepared(look: Look, sheet: Sheet, timeframe: str) -> Canvas:
    """The column heads, the prices, and the ground of the totals."""
    (width, height), at, price, rows = sheet[:4]
    canvas = Canvas(width, height, look)
    canvas.fill(0, 1, width, 1, look.panel)
    _draw_heads(canvas, look, sheet, timeframe)
    _draw_outer_heads(canvas, look, at, sheet.beside)
    canvas.fill(at.left, 2, at.price, rows.count, look.panel)
    stamp(canvas, at.left + 1, 2, price.glyphs(np.array(rows.edges(), np.int64)), look.text)
    if height > 3:
        canvas.fill(0, height - 1, width, 1, look.panel)
    return canvas


def _draw_heads(canvas: Canvas, look: Look, sheet: Sheet, timeframe: str) -> None:
    at, doubt = sheet.at, sheet.doubt
    room = max(0, at.side - 1 - at.outer)
    end = at.left + at.price
    bids, asks = (look.bid, look.ask) if doubt is None else (look.error, look.error)
    if sheet.part and doubt is None:
        bids = asks = look.warn
    loud = doubt is not None or sheet.part != ""
    canvas.right(at.side - 1, 1, (doubt or f"bids{sheet.part}")[:room], bids, bold=loud)
    word = f"{doubt or f'asks{sheet.part}':>{sheet.sizes}}"[:room]
    canvas.text(end + at.traded + 1, 1, word, asks, bold=loud)
    canvas.right(at.left + 1 + sheet.price.width, 1, "price", look.dim)
    sold, bought = f"sold {timeframe}", f"bought {timeframe}"
    if at.traded > len(bought):
        canvas.right(at.left - 1, 1, sold, look.dim)
        canvas.right(end + at.traded - 1, 1, bought, look.dim)
    elif at.traded:
        canvas.right(at.left - 1, 1, "sold", look.dim)
        canvas.right(end + at.traded - 1, 1, "bought"[: at.traded - 1], look.dim)


def _draw_outer_heads(canvas: Canvas, look: Look, at: Columns, beside: str) -> None:
    """Head the columns beyond the bars, which stand in mirrored order on the right."""
    width = canvas.width
    words = {0: (), OUTER: ("net add",), 2 * OUTER: ("pulled", "stacked")}[at.flow]
    for number, word in enumerate(words):
        canvas.right(at.depth + (number + 1) * OUTER - 1, 1, word, look.dim)
        canvas.right(width - at.depth - number * OUTER - 1, 1, word, look.dim)
    if at.beside:
        word = beside if len(beside) < at.beside else "by"
        canvas.right(at.outer - 1, 1, word, look.dim)
        canvas.right(width - at.depth - at.flow - 1, 1, word, look.dim)
    if at.depth:
        canvas.right(at.depth - 1, 1, "cumul.", look.dim)
        canvas.right(width - 1, 1, "cumul.", look.dim)


class Bars(NamedTuple):
    """Bars of every length, [eighths, cell]."""

    glyph: Glyphs
    fg: Indices
    bg: Indices


@lru_cache(maxsize=8)
def drawn_bars(width: int, bar: int, ground: int, from_right: bool) -> Bars:
    """Bars that grow from one end of their cells."""
    filled = np.clip(np.arange(width * 8 + 1)[:, None] - 8 * np.arange(width), 0, 8)
    if not from_right:
        bg = np.where(filled == 8, bar, ground).astype(np.uint8)
        return Bars(LEFT_EIGHTHS[filled % 8], np.full(bg.shape, bar, np.uint8), bg)
    # No block fills a cell from the right: draw the free part in the ground's colour.
    filled = filled[:, ::-1]
    bg = np.where(filled > 0, bar, ground).astype(np.uint8)
    return Bars(LEFT_EIGHTHS[-filled % 8], np.full(bg.shape, ground, np.uint8), bg)
