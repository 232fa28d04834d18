"""Ladder paint: the numbers and bars of one moment, drawn on a prepared sheet."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.chase import Chase
from market.instrument import Instrument
from tui.drawing.canvas import Canvas, Glyphs, Indices
from tui.drawing.digits import Scale, count_scale, exact_width, price_scale, size_scale, stamp
from tui.drawing.format import shortened
from tui.drawing.look import Look
from tui.ladder.book import Touch
from tui.ladder.sheet import (
    COUNTED,
    OUTER,
    SHARED,
    WIDEST,
    Columns,
    Sheet,
    Wanted,
    drawn_bars,
    prepared,
)
from tui.pane import Size
from tui.rows import PriceRows

Lots = NDArray[np.int64]


class Venues(NamedTuple):
    """Of sums of several markets, which of them has most of each row."""

    tags: tuple[str, ...]
    inks: Indices
    """Of each of them."""
    leader: Lots
    """[bids and asks, row]: its number."""
    percent: Lots
    """[bids and asks, row]: its share, rounded but where it has all or none; 0 in empty rows."""


class Shown(NamedTuple):
    """What the rows hold, from the top down; what is written may be values instead of lots."""

    lots: Lots
    """[bids and asks, row]: what rests."""
    resting: Lots
    """The same as it is written."""
    traded: Lots
    """[sold and bought, row]"""
    depth: Lots | None
    """[bids and asks, row]: what rests from the best price to there."""
    flow: Lots | None
    """[stacked and pulled, bids and asks, row]"""
    orders: Lots | None
    """[bids and asks, row]: of how many orders that is, 0 where not known."""
    last: tuple[int, bool] | None
    """Price of the last trade and whether a buyer made it."""
    touch: Touch | None
    chases: tuple[Chase | None, Chase | None]
    doubt: str | None
    """Why the book is not to be believed."""
    cross: tuple[int, str] | None
    """The row that is pointed at, and what is said of it."""
    venues: Venues | None = None
    """Whose the sizes are, where they are sums of several markets."""
    part: str = ""
    """How many of several books are summed up, where not all are."""
    whole: tuple[int, int] | None = None
    """Of rows that are sums, the first one that no book lacks and the one after the last."""


class Plan(NamedTuple):
    """What there is room for."""

    price: Scale
    at: Columns
    bars: bool

    @classmethod
    def of(cls, width: int, instrument: Instrument, rows: PriceRows, wanted: Wanted) -> "Plan":
        """The columns wanted, in so many cells."""
        highest = max(0, rows.bottom + rows.count) * rows.group
        price = price_scale(instrument, rows.group, highest)
        return cls(price, Columns.of(width, price.width, wanted), wanted.bars)


class Drawing:
    """One picture in the making: what every part of it needs."""

    def __init__(
        self,
        size: Size,
        look: Look,
        instrument: Instrument,
        rows: PriceRows,
        shown: Shown,
        plan: Plan,
    ) -> None:
        self.look, self.instrument = look, instrument
        self.rows, self.shown = rows, shown
        self.price, self.at, self.bars = plan
        most = int(shown.resting.max(initial=0))
        width = max(1, min(self.at.side - self.at.outer - 1, self._exact(most)))
        self.size = size_scale(instrument, most, width)
        self.sheet = Sheet(size, self.at, self.price, rows, width, shown.doubt, part=shown.part)
        if shown.venues is not None:
            self.sheet = self.sheet._replace(beside="venue")

    def draw(self, timeframe: str) -> Canvas:
        """Draw the numbers and bars of this moment on a sheet that has all the rest."""
        self.canvas = prepared(self.look, self.sheet, timeframe).copy()
        if self.rows.count:
            self._draw_reach()
            self._draw_touch()
            self._draw_chases()
            self._draw_last()
            self._draw_traded()
            self._draw_resting()
            self._draw_depth()
            self._draw_flow()
            self._draw_orders()
            self._draw_venues()
        if self.shown.cross is None:
            self._draw_totals()
        else:
            self._draw_cross(*self.shown.cross)
        return self.canvas

    def _draw_reach(self) -> None:
        """Fade the prices of rows that some of several books do not reach."""
        if self.shown.whole is None:
            return
        x, width, (begin, end) = self.at.left + 1, self.price.width, self.shown.whole
        for first, stop in ((0, begin), (end, self.rows.count)):
            if first < stop:
                self.canvas.ink(x, 2 + first, width, self.look.faint, height=stop - first)

    def _draw_touch(self) -> None:
        """Give the best prices their colours, and what lies between them none."""
        touch, canvas, look, at = self.shown.touch, self.canvas, self.look, self.at
        if touch is None or self.shown.doubt is not None:
            return
        bid, ask = self.rows.row(touch.bid), self.rows.row(touch.ask)
        x, width, count = at.left + 1, self.price.width, self.rows.count
        between = max(0, ask + 1)
        height = min(bid, count) - between
        if height > 0:
            canvas.ink(x, 2 + between, width, look.faint, height=height)
        if touch.bid > touch.ask:  # of several books, whose venues disagree
            above = max(0, bid)
            canvas.ink(x, 2 + above, width, look.warn, height=max(0, min(ask + 1, count) - above))
        for row, colour in ((bid, look.bid), (ask, look.ask)):
            if 0 <= row < count:
                canvas.ink(x, 2 + row, width, colour, bold=True)

    def _draw_chases(self) -> None:
        """Mark the rows through which a best price has chased the market."""
        marks = zip(self.shown.chases, "↑↓", (self.look.bid, self.look.ask), strict=True)
        for chase, mark, ink in marks:
            if chase is None:
                continue
            top, bottom = sorted((self.rows.row(chase.start), self.rows.row(chase.now)))
            for row in range(max(0, top), min(bottom + 1, self.rows.count)):
                self.canvas.text(self.at.left, 2 + row, mark, ink, bold=True)

    def _draw_last(self) -> None:
        """Mark the row of the last trade with the aggressor's direction."""
        if self.shown.last is None:
            return
        ticks, buy = self.shown.last
        row = self.rows.row(ticks)
        if 0 <= row < self.rows.count:
            look, at = self.look, self.at
            self.canvas.tint(at.left, 2 + row, at.price, look.buy_bar if buy else look.sell_bar)
            mark = "▲" if buy else "▼"
            self.canvas.text(at.left + at.price - 1, 2 + row, mark, look.text, bold=True)

    def _draw_traded(self) -> None:
        at, look, lots = self.at, self.look, self.shown.traded
        if not at.traded:
            return
        most = int(lots.max())
        scale = size_scale(self.instrument, most, min(at.traded - 1, WIDEST - 1, self._exact(most)))
        left = at.left - scale.width - 1
        right = at.left + at.price + at.traded - scale.width - 1
        glyphs, bold = scale.glyphs(lots, zeros=False), (lots * 2 > most)[..., None]
        stamp(self.canvas, left, 2, glyphs[0], look.sell, bold[0])
        stamp(self.canvas, right, 2, glyphs[1], look.buy, bold[1])

    def _draw_resting(self) -> None:
        look, at, lots = self.look, self.at, self.shown.lots
        scale, doubt = self.size, self.shown.doubt
        full = _full(lots)
        right = at.left + at.price + at.traded
        rest = self.canvas.width - right - at.outer
        glyphs = scale.glyphs(self.shown.resting, zeros=False)
        if doubt is not None:
            stamp(self.canvas, at.side - scale.width - 1, 2, glyphs[0], look.faint)
            stamp(self.canvas, right + 1, 2, glyphs[1], look.faint)
            return
        if self.bars:
            self._draw_bars(at.outer, at.side - at.outer, lots[0], full, bid=True)
            self._draw_bars(right, rest, lots[1], full, bid=False)
        bold = (lots >= full)[..., None]
        inks = np.where(bold, look.text, np.array([[[look.bid]], [[look.ask]]])).astype(np.uint8)
        stamp(self.canvas, at.side - scale.width - 1, 2, glyphs[0], inks[0], bold[0])
        stamp(self.canvas, right + 1, 2, glyphs[1], inks[1], bold[1])

    def _draw_bars(self, x: int, width: int, lots: Lots, full: int, bid: bool) -> None:
        """Draw bars that grow away from the price, under the numbers, to an eighth of a cell."""
        if width < 1:
            return
        look, canvas = self.look, self.canvas
        eighths = np.minimum(width * 8, -(-lots * (width * 8) // full))
        bars = drawn_bars(width, look.bid_bar if bid else look.ask_bar, look.background, bid)
        at = (slice(2, 2 + len(lots)), slice(x, x + width))
        canvas.glyph[at] = bars.glyph.take(eighths, axis=0)
        canvas.fg[at] = bars.fg.take(eighths, axis=0)
        canvas.bg[at] = bars.bg.take(eighths, axis=0)

    def _draw_depth(self) -> None:
        """Draw what rests from the best price to each row."""
        at, look, lots = self.at, self.look, self.shown.depth
        if not at.depth or lots is None or self.shown.doubt is not None:
            return
        scale = self._outer_scale(lots)
        glyphs = scale.glyphs(lots, zeros=False)
        for x, cells in ((0, glyphs[0]), (self.canvas.width - OUTER, glyphs[1])):
            stamp(self.canvas, x + OUTER - 1 - scale.width, 2, cells, look.dim)

    def _draw_flow(self) -> None:
        """Draw what was pulled and stacked, or in one column how much more was stacked."""
        at, look, lots = self.at, self.look, self.shown.flow
        if not at.flow or lots is None:
            return
        inks = np.array([look.bid, look.ask], np.uint8)
        if at.flow == OUTER:
            net = lots[0] - lots[1]
            scale = self._outer_scale(np.abs(net), signed=True)
            fg = np.where(net < 0, np.uint8(look.warn), inks[:, None])[..., None]
            self._stamp_flow(0, scale, scale.glyphs(net, signed=True, zeros=False), fg)
            return
        scale = self._outer_scale(lots)
        glyphs = scale.glyphs(lots, zeros=False)
        self._stamp_flow(0, scale, glyphs[1], np.full((2, 1, 1), look.warn, np.uint8))
        self._stamp_flow(1, scale, glyphs[0], inks[:, None, None])

    def _stamp_flow(self, number: int, scale: Scale, glyphs: Glyphs, fg: Indices) -> None:
        """Put a column of bids on the left, and its mirror of asks on the right."""
        at = self.at
        left = at.depth + (number + 1) * OUTER
        right = self.canvas.width - at.depth - number * OUTER
        for side, end in enumerate((left, right)):
            stamp(self.canvas, end - 1 - scale.width, 2, glyphs[side], fg[side])

    def _draw_orders(self) -> None:
        """Draw of how many orders each row is made, as far as that is known."""
        at, look, counts = self.at, self.look, self.shown.orders
        if not at.beside or counts is None or self.shown.doubt is not None:
            return
        scale = count_scale(int(counts.max(initial=0)), COUNTED - 1)
        glyphs = scale.glyphs(counts, zeros=False)
        ends = at.outer, self.canvas.width - at.depth - at.flow
        for end, cells, ink in zip(ends, glyphs, (look.bid, look.ask), strict=True):
            stamp(self.canvas, end - 1 - scale.width, 2, cells, ink)

    def _draw_venues(self) -> None:
        """Draw which venue has most of each row, in its colour, and its share if there is room."""
        at, look, venues = self.at, self.look, self.shown.venues
        if not at.beside or venues is None or self.shown.doubt is not None:
            return
        tag = max(map(len, venues.tags))
        wide = at.beside - 1
        told = [
            _share(venues.tags[leader], percent, tag, wide)
            for leader, percent in zip(
                venues.leader.ravel().tolist(), venues.percent.ravel().tolist(), strict=True
            )
        ]
        cells = np.frombuffer("".join(told).encode("utf-32-le"), "<u4")
        glyphs = cells.reshape(2, self.rows.count, wide).astype(np.uint32)
        inks = np.full(glyphs.shape, look.dim, np.uint8)
        inks[..., :tag] = venues.inks.take(venues.leader % len(venues.inks))[..., None]
        for side, end in enumerate((at.outer, self.canvas.width - at.depth - at.flow)):
            stamp(self.canvas, end - 1 - wide, 2, glyphs[side], inks[side])

    def _outer_scale(self, lots: Lots, signed: bool = False) -> Scale:
        most = int(lots.max(initial=0))
        width = min(OUTER - 1, self._exact(most) + signed)
        return size_scale(self.instrument, most, width, signed)

    def _draw_cross(self, row: int, said: str) -> None:
        """Point at a row, and say in place of the totals what it costs to trade to there."""
        canvas, look = self.canvas, self.look
        if 0 <= row < self.rows.count:
            canvas.tint(self.at.left, 2 + row, self.at.price, look.selection)
            canvas.text(self.at.left, 2 + row, "►", look.accent, bold=True)
        if canvas.height > 3:
            text = shortened(said, canvas.width - 2)
            canvas.text(1, canvas.height - 1, text, look.text, bold=True)

    def _draw_totals(self) -> None:
        """Draw sums under each column, over as many rows on either side of the touch.

        Sums over all rows would say more of where the price stands than of who rests more.
        """
        canvas, look, at, shown = self.canvas, self.look, self.at, self.shown
        row = canvas.height - 1
        if row < 3:
            return
        right = at.left + at.price
        reach, bids, asks = _even(shown.resting)
        between = slice(asks.start, bids.stop)
        words = f"±{reach} rows" if reach else "total"
        if len(words) >= at.price:
            words = f"±{reach}"
        canvas.right(at.left + at.price - 1, row, words, look.dim)
        if shown.doubt is None:
            bid, ask = int(shown.resting[0, bids].sum()), int(shown.resting[1, asks].sum())
            scale = self._total_scale(max(bid, ask), at.side - at.outer - 1)
            canvas.right(at.side - 1, row, scale.text(bid), look.bid, bold=True)
            text = f"{scale.text(ask):>{self.size.width}}"
            canvas.text(right + at.traded + 1, row, text, look.ask, bold=True)
        if at.traded:
            sold, bought = shown.traded[:, between].sum(axis=1).tolist()
            scale = self._total_scale(max(sold, bought), min(at.traded, WIDEST) - 1)
            canvas.right(at.left - 1, row, scale.text(sold), look.sell)
            canvas.right(right + at.traded - 1, row, scale.text(bought), look.buy)

    def _total_scale(self, most: int, width: int) -> Scale:
        return size_scale(self.instrument, most, max(1, min(width, self._exact(most))))

    def _exact(self, most: int) -> int:
        """Cells that hold numbers up to this one with every digit, as far as worth reading."""
        return min(WIDEST, exact_width(self.instrument, most))


@lru_cache(maxsize=512)
def _share(tag: str, percent: int, width: int, room: int) -> str:
    """A venue and its share of a row in so many cells."""
    if not percent:
        return " " * room
    share = "all" if percent == 100 else f"{percent}%"
    return f"{tag:<{width}} {share:>{SHARED}}"[:room].ljust(room)


def _even(resting: Lots) -> tuple[int, slice, slice]:
    """As many rows on either side of the touch as the ladder holds of both, from the top down.

    Where a side is not on the ladder at all that is none, and every row is taken.
    """
    bids, asks = (np.flatnonzero(side) for side in resting)
    if not len(bids) or not len(asks):
        return 0, slice(None), slice(None)
    first, stop = int(bids[0]), int(asks[-1]) + 1
    rows = min(resting.shape[1] - first, stop)
    return rows, slice(first, first + rows), slice(stop - rows, stop)


def _full(resting: Lots) -> int:
    """The size of a full bar: round, so steady, and not so large that one wall flattens all."""
    lots = sorted(size for size in resting.ravel().tolist() if size > 0)
    if not lots:
        return 1
    half = len(lots) // 2
    median = (lots[half] + lots[~half]) // 2
    wanted = min(lots[-1], median * 4)
    power = int(10 ** (len(str(wanted)) - 1))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= wanted)
