"""Ladder: resting sizes and recently traded volume at every price, on rows that stay put."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.basis import TimeBasis, parse_basis
from market.book import Level
from market.instrument import Instrument, plain
from market.market import Market
from tui.canvas import LEFT_EIGHTHS, Canvas
from tui.digits import Scale, price_scale, size_scale, stamp
from tui.format import step
from tui.look import Look
from tui.pane import Size, as_of, book_warning, message, title_row, trades_within, waiting
from tui.rows import PriceRows, centred, price_path, settled, typical_grouping

Lots = NDArray[np.int64]

_MINUTE = TimeBasis(60_000_000_000)
_WIDEST = 11
"""Cells for one number: enough for any size worth reading exactly."""
_BASE = 100_000_000
"""The interval at which the past of the book is kept, ns."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The book by price, best in the middle; `timeframe` is the window of traded volume.

    Without a `grouping` rows are as coarse as the movement of recent minutes needs. Rows keep
    their prices until the price nears an edge. `until` shows the book of that moment.
    """

    kind: ClassVar[str] = "ladder"
    title: ClassVar[str] = "Ladder"
    minimum: ClassVar[Size] = Size(24, 6)

    grouping: int | None = None
    timeframe: str = "5m"
    until: int | None = None
    center: int | None = None

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw title, column heads, price rows and totals."""
        canvas = Canvas(size.width, size.height, look)
        if market is None or market.instrument is None or market.book is None:
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "the book"))
            return canvas
        rows = self._rows(market, market.instrument, canvas.height - 3)
        shown = self._shown(market, rows)
        title_row(canvas, look, self.title, market, self._words(market.instrument, rows, shown))
        _Drawing(canvas, look, market.instrument, rows, shown).draw(self.timeframe)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every level of the book now, best first; empty where the book is not to be believed."""
        instrument, book = market.instrument, market.book
        if instrument is None or book is None or not market.book_good:
            return {"bids": [], "asks": [], "spread": None}
        bids, asks = book.top(max(book.levels))
        spread = asks[0].ticks - bids[0].ticks if bids and asks else None
        return {
            "bids": _levels(instrument, bids, self.grouping or 1),
            "asks": _levels(instrument, asks, self.grouping or 1),
            "spread": None if spread is None else plain(instrument.price(spread)),
        }

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        if market.instrument is None or market.book is None:
            return None
        return self._rows(market, market.instrument, size.height - 3).group

    def _rows(self, market: Market, instrument: Instrument, count: int) -> PriceRows:
        count = max(0, count)
        path = price_path(market, self.until)
        group = self.grouping
        if group is None:
            bars = market.bars(_MINUTE)
            minutes = bars.last(11)[:-1] if self.until is None else bars.before(self.until, 10)
            group = typical_grouping(minutes, count, instrument, path[-1] if path else 0)
        if self.center is not None:
            return centred(self.center, group, count)
        return settled(path, group, count)

    def _shown(self, market: Market, rows: PriceRows) -> "_Shown":
        """Read the model once, everything from the top row down."""
        ts, ticks, lots = trades_within(market, parse_basis(self.timeframe), self.until)
        index = rows.bottom + rows.count - 1 - ticks // rows.group
        inside = (index >= 0) & (index < rows.count)
        index, lots = index[inside], lots[inside]
        buys = np.bincount(index[lots > 0], lots[lots > 0], rows.count).astype(np.int64)
        sells = np.bincount(index[lots < 0], -lots[lots < 0], rows.count).astype(np.int64)
        bid, ask, known = self._book(market, rows)
        last = (int(ticks[-1]), bool(lots[-1] > 0)) if len(ts) and len(lots) else None
        return _Shown(bid[::-1], ask[::-1], sells, buys, last, _Touch.of(market, self.until), known)

    def _book(self, market: Market, rows: PriceRows) -> tuple[Lots, Lots, str | None]:
        """Resting lots a row from the lowest, and the word that says why not to believe them."""
        assert market.book is not None
        if self.until is None or market.depth is None:
            bid, ask = market.book.grouped(rows.group, rows.low, rows.count)
            return bid, ask, book_warning(market)
        view = market.depth.view(_BASE, self.until, 1, rows.group, rows.low, rows.count)
        return view.bid[0], view.ask[0], None if view.known[0] else "UNKNOWN"

    def _words(self, instrument: Instrument, rows: PriceRows, shown: "_Shown") -> list[str]:
        words = as_of(self.until)
        if shown.touch is not None and shown.doubt is None:
            bid, ask = shown.touch
            points = (ask - bid) / (ask + bid) * 2e4 if ask + bid else 0.0
            words.append(f"spread {step(instrument, ask - bid)} ({points:.2f} bp)")
        words.append(f"rows of {step(instrument, rows.group)}")
        return [*words, f"size in {instrument.base}"] if instrument.base else words


class _Touch(NamedTuple):
    """Best bid and ask in ticks."""

    bid: int
    ask: int

    @classmethod
    def of(cls, market: Market, until: int | None) -> "_Touch | None":
        """Take the touch of the book as it is; the past keeps no exact one."""
        book = market.book
        if book is None or book.best_bid is None or book.best_ask is None or until is not None:
            return None
        return cls(book.best_bid, book.best_ask)


class _Shown(NamedTuple):
    """What the rows hold, from the top down, in lots."""

    bid: Lots
    ask: Lots
    sells: Lots
    buys: Lots
    last: tuple[int, bool] | None
    """Price of the last trade and whether a buyer made it."""
    touch: _Touch | None
    doubt: str | None
    """Why the book is not to be believed."""


class _Columns(NamedTuple):
    """Where the columns begin, and how wide they are."""

    side: int
    """Cells on each side for resting size."""
    traded: int
    """Cells on each side for traded volume, 0 where there is no room."""
    price: int
    left: int
    """Where the price column begins."""

    @classmethod
    def of(cls, width: int, price: int) -> "_Columns":
        """Give the price its width, traded volume a number's, and the bars the rest."""
        price += 3
        half = max(0, (width - price) // 2)
        traded = 0 if half < 15 else min(_WIDEST + 1, 7 + (half - 15) // 4)
        return cls(half - traded, traded, price, half)


class _Drawing:
    """One picture in the making: the canvas and what every part of it needs."""

    def __init__(
        self, canvas: Canvas, look: Look, instrument: Instrument, rows: PriceRows, shown: _Shown
    ) -> None:
        self.canvas, self.look, self.instrument = canvas, look, instrument
        self.rows, self.shown = rows, shown
        highest = max(0, rows.bottom + rows.count) * rows.group
        self.price = price_scale(instrument, rows.group, highest)
        self.at = _Columns.of(canvas.width, self.price.width)
        most = int(max(shown.bid.max(initial=0), shown.ask.max(initial=0)))
        self.size = size_scale(instrument, most, max(1, min(self.at.side - 1, self._exact(most))))

    def draw(self, timeframe: str) -> None:
        """Draw the column heads, the rows and the totals."""
        self._draw_heads(timeframe)
        if self.rows.count:
            self._draw_prices()
            self._draw_traded()
            self._draw_resting()
        self._draw_totals()

    def _draw_heads(self, timeframe: str) -> None:
        at, look, canvas, doubt = self.at, self.look, self.canvas, self.shown.doubt
        canvas.fill(0, 1, canvas.width, 1, look.panel)
        room = max(0, at.side - 1)
        end = at.left + at.price
        bids, asks = (look.bid, look.ask) if doubt is None else (look.error, look.error)
        canvas.right(at.side - 1, 1, (doubt or "bids")[:room], bids, bold=doubt is not None)
        word = f"{doubt or 'asks':>{self.size.width}}"[:room]
        canvas.text(end + at.traded + 1, 1, word, asks, bold=doubt is not None)
        canvas.right(at.left + 1 + self.price.width, 1, "price", look.dim)
        sold, bought = f"sold {timeframe}", f"bought {timeframe}"
        if at.traded > len(bought):
            canvas.right(at.left - 1, 1, sold, look.dim)
            canvas.right(end + at.traded - 1, 1, bought, look.dim)
        elif at.traded:
            canvas.right(at.left - 1, 1, "sold", look.dim)
            canvas.right(end + at.traded - 1, 1, "bought"[: at.traded - 1], look.dim)

    def _draw_prices(self) -> None:
        canvas, look, rows, at = self.canvas, self.look, self.rows, self.at
        edges = np.array(rows.edges(), np.int64)
        canvas.fill(at.left, 2, at.price, rows.count, look.panel)
        ink = np.full(rows.count, look.text, np.uint8)
        bold = np.zeros(rows.count, np.bool_)
        touch = self.shown.touch
        if touch is not None and self.shown.doubt is None:
            bid, ask = rows.row(touch.bid), rows.row(touch.ask)
            ink[max(0, ask + 1) : max(0, bid)] = look.faint
            for row, colour in ((bid, look.bid), (ask, look.ask)):
                if 0 <= row < rows.count:
                    ink[row], bold[row] = colour, True
        glyphs = self.price.glyphs(edges)
        stamp(canvas, at.left + 1, 2, glyphs, ink[:, None], bold[:, None])
        self._draw_last()

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
        at, look = self.at, self.look
        if not at.traded:
            return
        most = int(max(self.shown.sells.max(), self.shown.buys.max()))
        scale = size_scale(self.instrument, most, min(at.traded - 1, self._exact(most)))
        left = at.left - scale.width - 1
        right = at.left + at.price + at.traded - scale.width - 1
        for x, lots, ink in (
            (left, self.shown.sells, look.sell),
            (right, self.shown.buys, look.buy),
        ):
            glyphs = _blank_zeros(scale, lots)
            stamp(self.canvas, x, 2, glyphs, ink, (lots * 2 > most)[:, None])

    def _draw_resting(self) -> None:
        look, at, shown = self.look, self.at, self.shown
        scale = self.size
        full = _full(shown.bid, shown.ask)
        right = at.left + at.price + at.traded
        for bid, lots, x in ((True, shown.bid, 0), (False, shown.ask, right)):
            width = at.side if bid else self.canvas.width - right
            if shown.doubt is None:
                self._draw_bars(x, width, lots, full, bid)
            ink = (look.bid if bid else look.ask) if shown.doubt is None else look.faint
            start = x + width - scale.width - 1 if bid else x + 1
            bold = (lots >= full)[:, None] & (shown.doubt is None)
            inks = np.where(bold, look.text, ink).astype(np.uint8)
            stamp(self.canvas, start, 2, _blank_zeros(scale, lots), inks, bold)

    def _draw_bars(self, x: int, width: int, lots: Lots, full: int, bid: bool) -> None:
        """Draw bars that grow away from the price, under the numbers, to an eighth of a cell."""
        if width < 1:
            return
        look, canvas = self.look, self.canvas
        eighths = np.minimum(width * 8, -(-lots * (width * 8) // full))[:, None]
        filled = np.clip(eighths - 8 * np.arange(width), 0, 8)
        bar = look.bid_bar if bid else look.ask_bar
        ink = np.full(filled.shape, bar, np.uint8)
        ground = np.where(filled == 8, bar, look.background).astype(np.uint8)
        glyphs = LEFT_EIGHTHS[filled % 8]
        if bid:
            # No block fills a cell from the right: draw the free part in the ground's colour.
            partly = (filled % 8 > 0)[:, ::-1]
            glyphs = LEFT_EIGHTHS[(8 - filled % 8) % 8][:, ::-1]
            ink = np.full(filled.shape, look.background, np.uint8)
            ground = np.where(partly, bar, ground[:, ::-1]).astype(np.uint8)
        rows, columns = slice(2, 2 + len(lots)), slice(x, x + width)
        canvas.bg[rows, columns] = ground
        canvas.fg[rows, columns] = ink
        canvas.glyph[rows, columns] = glyphs

    def _draw_totals(self) -> None:
        """Draw sums under each column, over as many rows on either side of the touch.

        Sums over all rows would say more of where the price stands than of who rests more.
        """
        canvas, look, at, shown = self.canvas, self.look, self.at, self.shown
        row = canvas.height - 1
        if row < 3:
            return
        canvas.fill(0, row, canvas.width, 1, look.panel)
        right = at.left + at.price
        reach, bids, asks = _even(shown.bid, shown.ask)
        between = slice(asks.start, bids.stop)
        words = f"±{reach} rows" if reach else "total"
        if len(words) >= at.price:
            words = f"±{reach}"
        canvas.right(at.left + at.price - 1, row, words, look.dim)
        if shown.doubt is None:
            bid, ask = int(shown.bid[bids].sum()), int(shown.ask[asks].sum())
            scale = self._total_scale(max(bid, ask), at.side - 1)
            canvas.right(at.side - 1, row, scale.text(bid), look.bid, bold=True)
            text = f"{scale.text(ask):>{self.size.width}}"
            canvas.text(right + at.traded + 1, row, text, look.ask, bold=True)
        if at.traded:
            sold, bought = int(shown.sells[between].sum()), int(shown.buys[between].sum())
            scale = self._total_scale(max(sold, bought), at.traded - 1)
            canvas.right(at.left - 1, row, scale.text(sold), look.sell)
            canvas.right(right + at.traded - 1, row, scale.text(bought), look.buy)

    def _total_scale(self, most: int, width: int) -> Scale:
        return size_scale(self.instrument, most, max(1, min(width, self._exact(most))))

    def _exact(self, most: int) -> int:
        """Cells that hold numbers up to this one with every digit, as far as worth reading."""
        places = self.instrument.size_decimals
        return min(_WIDEST, len(str(int(self.instrument.size(most)))) + (places > 0) + places)


def _blank_zeros(scale: Scale, lots: Lots) -> NDArray[np.uint32]:
    """Write numbers but leave rows without any empty."""
    glyphs = scale.glyphs(lots)
    glyphs[lots == 0] = ord(" ")
    return glyphs


def _even(bid: Lots, ask: Lots) -> tuple[int, slice, slice]:
    """As many rows on either side of the touch as the ladder holds of both, from the top down.

    Where a side is not on the ladder at all that is none, and every row is taken.
    """
    bids, asks = np.flatnonzero(bid), np.flatnonzero(ask)
    if not len(bids) or not len(asks):
        return 0, slice(None), slice(None)
    first, stop = int(bids[0]), int(asks[-1]) + 1
    rows = min(len(bid) - first, stop)
    return rows, slice(first, first + rows), slice(stop - rows, stop)


def _full(bid: Lots, ask: Lots) -> int:
    """The size of a full bar: round, so steady, and not so large that one wall flattens all."""
    lots = np.concatenate((bid[bid > 0], ask[ask > 0]))
    if not len(lots):
        return 1
    wanted = min(int(lots.max()), int(np.median(lots)) * 4)
    power = int(10 ** (len(str(wanted)) - 1))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= wanted)


def _levels(instrument: Instrument, levels: list[Level], group: int) -> list[list[str]]:
    """Levels as exact decimal strings, best first, summed by price group (low edges)."""
    sums: dict[int, int] = {}
    for ticks, lots in levels:
        edge = ticks // group * group
        sums[edge] = sums.get(edge, 0) + lots
    return [
        [plain(instrument.price(ticks)), plain(instrument.size(lots))]
        for ticks, lots in sums.items()
    ]
