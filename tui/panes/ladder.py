"""Ladder: resting sizes and recently traded volume at every price, on rows that stay put."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bars import Bar
from market.basis import TimeBasis, parse_basis
from market.book import Level
from market.instrument import Instrument, plain
from market.market import Market
from market.traded import Rows, traded
from tui.canvas import Canvas
from tui.digits import Scale, exact_width, price_scale, size_scale, stamp
from tui.format import step
from tui.laddersheet import WIDEST, Columns, Sheet, drawn_bars, prepared
from tui.look import Look
from tui.pane import Size, as_of, book_warning, message, stretch_within, title_row, waiting
from tui.rows import PriceRows, centred, followed, price_path, typical_grouping

Lots = NDArray[np.int64]

_MINUTE = TimeBasis(60_000_000_000)
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
        if market is None or market.instrument is None or market.book is None:
            canvas = Canvas(size.width, size.height, look)
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "the book"))
            return canvas
        rows = self._rows(market, market.instrument, size.height - 3)
        shown = self._shown(market, rows)
        canvas = _Drawing(size, look, market.instrument, rows, shown).draw(self.timeframe)
        title_row(canvas, look, self.title, market, self._words(market.instrument, rows, shown))
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
        group = self.grouping
        if group is None:
            group = typical_grouping(self._minutes(market), count, instrument, self._last(market))
        if self.center is not None:
            return centred(self.center, group, count)
        return followed(market, self.until, group, count)

    def _minutes(self, market: Market) -> Sequence[Bar]:
        """The last minutes that are over."""
        bars = market.bars(_MINUTE)
        if self.until is not None:
            return bars.before(self.until, 10)
        parted = bars.parted(None, 11)
        return () if parted is None else parted.run.bars

    def _last(self, market: Market) -> int:
        """About where the price is, in ticks."""
        path = price_path(market, self.until)
        return int(path[-1]) if len(path) else 0

    def _shown(self, market: Market, rows: PriceRows) -> "_Shown":
        """Read the model once, everything from the top row down."""
        basis, log = parse_basis(self.timeframe), market.trades
        start, stop = stretch_within(market, basis, self.until)
        kind = (basis, self.until is None)
        sums = traded(log, kind, start, stop, Rows(rows.group, rows.bottom, rows.count))
        last = None
        if start < stop:
            _, ticks, lots = log.between(stop - 1, stop)
            last = int(ticks[0]), bool(lots[0] > 0)
        *resting, doubt = self._book(market, rows)
        return _Shown(
            np.array(resting)[:, ::-1],
            np.array((sums.sold, sums.bought))[:, ::-1],
            last,
            _Touch.of(market, self.until),
            doubt,
        )

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

    resting: Lots
    """[bids and asks, row]"""
    traded: Lots
    """[sold and bought, row]"""
    last: tuple[int, bool] | None
    """Price of the last trade and whether a buyer made it."""
    touch: _Touch | None
    doubt: str | None
    """Why the book is not to be believed."""


class _Drawing:
    """One picture in the making: what every part of it needs."""

    def __init__(
        self, size: Size, look: Look, instrument: Instrument, rows: PriceRows, shown: _Shown
    ) -> None:
        self.look, self.instrument = look, instrument
        self.rows, self.shown = rows, shown
        highest = max(0, rows.bottom + rows.count) * rows.group
        self.price = price_scale(instrument, rows.group, highest)
        self.at = Columns.of(size.width, self.price.width)
        most = int(shown.resting.max(initial=0))
        width = max(1, min(self.at.side - 1, self._exact(most)))
        self.size = size_scale(instrument, most, width)
        self.sheet = Sheet(size, self.at, self.price, rows, width, shown.doubt)

    def draw(self, timeframe: str) -> Canvas:
        """Draw the numbers and bars of this moment on a sheet that has all the rest."""
        self.canvas = prepared(self.look, self.sheet, timeframe).copy()
        if self.rows.count:
            self._draw_touch()
            self._draw_last()
            self._draw_traded()
            self._draw_resting()
        self._draw_totals()
        return self.canvas

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
        for row, colour in ((bid, look.bid), (ask, look.ask)):
            if 0 <= row < count:
                canvas.ink(x, 2 + row, width, colour, bold=True)

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
        scale = size_scale(self.instrument, most, min(at.traded - 1, self._exact(most)))
        left = at.left - scale.width - 1
        right = at.left + at.price + at.traded - scale.width - 1
        glyphs, bold = scale.glyphs(lots, zeros=False), (lots * 2 > most)[..., None]
        stamp(self.canvas, left, 2, glyphs[0], look.sell, bold[0])
        stamp(self.canvas, right, 2, glyphs[1], look.buy, bold[1])

    def _draw_resting(self) -> None:
        look, at, lots = self.look, self.at, self.shown.resting
        scale, doubt = self.size, self.shown.doubt
        full = _full(lots)
        right = at.left + at.price + at.traded
        rest = self.canvas.width - right
        glyphs = scale.glyphs(lots, zeros=False)
        if doubt is not None:
            stamp(self.canvas, at.side - scale.width - 1, 2, glyphs[0], look.faint)
            stamp(self.canvas, right + 1, 2, glyphs[1], look.faint)
            return
        self._draw_bars(0, at.side, lots[0], full, bid=True)
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
            scale = self._total_scale(max(bid, ask), at.side - 1)
            canvas.right(at.side - 1, row, scale.text(bid), look.bid, bold=True)
            text = f"{scale.text(ask):>{self.size.width}}"
            canvas.text(right + at.traded + 1, row, text, look.ask, bold=True)
        if at.traded:
            sold, bought = shown.traded[:, between].sum(axis=1).tolist()
            scale = self._total_scale(max(sold, bought), at.traded - 1)
            canvas.right(at.left - 1, row, scale.text(sold), look.sell)
            canvas.right(right + at.traded - 1, row, scale.text(bought), look.buy)

    def _total_scale(self, most: int, width: int) -> Scale:
        return size_scale(self.instrument, most, max(1, min(width, self._exact(most))))

    def _exact(self, most: int) -> int:
        """Cells that hold numbers up to this one with every digit, as far as worth reading."""
        return min(WIDEST, exact_width(self.instrument, most))


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
