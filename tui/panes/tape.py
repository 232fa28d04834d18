"""Tape: time and sales, newest first, so drawn that large orders jump out.

Prints that one order made (in a row, same side, same exchange time; definitions.md 13) are one
line: their sum, the price the order reached, how many prints and how far it swept.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.basis import parse_basis
from market.instrument import Instrument, plain
from market.market import Market
from market.trades import TradeColumns
from tui.canvas import LEFT_EIGHTHS, SPACE, Canvas
from tui.digits import Scale, price_scale, size_scale, stamp
from tui.format import clock
from tui.heat import round_sizes
from tui.look import Look
from tui.pane import Size, as_of, message, title_row, trades_end, trades_within, waiting

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SAMPLE = 8192
"""Prints that are looked at: sizes are ranked among them, and more never fit."""
_LANE = 52
"""A wide pane is divided into lanes of at least this many cells, read like newspaper columns."""
_CLOCK = len("12:34:56.789")
_COUNT = 5
_BAR = 6
"""The least width of a size bar worth drawing."""


@dataclass(frozen=True, slots=True)
class TapePane:
    """The newest prints; `timeframe` is the window of the sums at the top.

    With `merge` the prints of one order are one line. `grouping` and `center` are there because
    every pane has them: a tape has no price axis.
    """

    kind: ClassVar[str] = "tape"
    title: ClassVar[str] = "Tape"
    minimum: ClassVar[Size] = Size(22, 5)

    grouping: int | None = None
    timeframe: str = "1m"
    until: int | None = None
    center: int | None = None
    merge: bool = True

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw title, sums, column heads and as many orders as fit."""
        canvas = Canvas(size.width, size.height, look)
        if market is None or market.instrument is None or not len(market.trades):
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        instrument = market.instrument
        end = trades_end(market, self.until)
        orders = _Orders.of(market.trades.between(end - _SAMPLE, end), self.merge)
        if not len(orders.ts):
            title_row(canvas, look, self.title, market)
            message(canvas, look, f"no trades up to {clock(self.until or 0)} UTC")
            return canvas
        ranks = _Ranks.of(np.abs(orders.lots))
        title_row(canvas, look, self.title, market, self._words(instrument, ranks))
        top = 1
        if canvas.height >= 9:
            self._draw_sums(canvas, look, market, instrument)
            top = 2
        _Drawing(canvas, instrument, orders, ranks).draw(top)
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every print held, newest first, never merged."""
        if market.instrument is None:
            return {"trades": []}
        columns = market.trades.between(market.trades.first, trades_end(market, self.until))
        price, amount = market.instrument.price, market.instrument.size
        rows = zip(*(column[::-1].tolist() for column in columns), strict=True)
        return {
            "trades": [
                {
                    "ts_event": ts,
                    "price": plain(price(ticks)),
                    "size": plain(amount(abs(lots))),
                    "side": "buy" if lots > 0 else "sell",
                }
                for ts, ticks, lots in rows
            ]
        }

    def _words(self, instrument: Instrument, ranks: "_Ranks") -> list[str]:
        words = [*as_of(self.until), "orders" if self.merge else "prints", "UTC"]
        if instrument.base:
            words.append(f"size in {instrument.base}")
        if ranks.large:
            words.append(f"large from {instrument.size(ranks.large).normalize():f}")
        return words

    def _draw_sums(
        self, canvas: Canvas, look: Look, market: Market, instrument: Instrument
    ) -> None:
        """Draw bought against sold volume of the window as one divided bar with its numbers."""
        lots = trades_within(market, parse_basis(self.timeframe), self.until).lots
        bought = int(lots[lots > 0].sum())
        sold = -int(lots[lots < 0].sum())
        scale = size_scale(instrument, max(bought, sold), 8)
        width = canvas.width
        middle = width * bought // (bought + sold) if bought + sold else width // 2
        canvas.tint(0, 1, middle, look.bid_bar)
        if not look.mono:
            canvas.tint(middle, 1, width - middle, look.ask_bar)
        buys, sells = int((lots > 0).sum()), int((lots < 0).sum())
        left, right = f" ▲ {scale.text(bought)}", f"{scale.text(sold)} ▼ "
        word = f"last {self.timeframe}"
        if width >= 60:
            left = f" ▲ bought {scale.text(bought)} in {buys} prints"
            right = f"sold {scale.text(sold)} in {sells} prints ▼ "
        canvas.text(0, 1, left, look.buy, bold=True)
        canvas.right(width, 1, right, look.sell, bold=True)
        room = width - len(left) - len(right)
        if len(word) + 2 <= room:
            canvas.center(len(left), 1, room, word, look.text)


class _Orders(NamedTuple):
    """Orders as parallel columns, newest first; lots are negative when the seller aggressed."""

    ts: Integers
    ticks: Integers
    """The price reached last."""
    lots: Integers
    prints: Integers
    swept: Integers
    """Ticks from the first price to the last."""

    @classmethod
    def of(cls, trades: TradeColumns, merge: bool) -> "_Orders":
        """Merge the prints in a row that have side and time in common."""
        ts, ticks, lots = trades
        fresh = np.ones(len(ts), np.bool_)
        if merge:
            fresh[1:] = (ts[1:] != ts[:-1]) | ((lots[1:] > 0) != (lots[:-1] > 0))
        first = np.flatnonzero(fresh)
        last = np.append(first[1:], len(ts)) - 1
        if not len(first):
            return cls(ts, ticks, lots, lots, lots)
        total = np.add.reduceat(lots, first)
        columns = (
            ts[first],
            ticks[last],
            total,
            last - first + 1,
            np.abs(ticks[last] - ticks[first]),
        )
        return cls(*(column[::-1] for column in columns))

    def part(self, start: int, stop: int) -> "_Orders":
        """Return some of the orders."""
        return _Orders(*(column[start:stop] for column in self))


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Lots from which an order is small no more, notable, or large; round, so steady. 0 is none."""

    small: int
    notable: int
    large: int

    @classmethod
    def of(cls, lots: Integers) -> "_Ranks":
        """Rank by the sizes of recent orders; too few of them rank nothing."""
        return cls(*round_sizes(lots, (50.0, 90.0, 98.0))) if len(lots) >= 50 else cls(0, 0, 0)


class _Drawing:
    """One picture in the making: the canvas, the orders and the scales they share."""

    def __init__(
        self, canvas: Canvas, instrument: Instrument, orders: _Orders, ranks: _Ranks
    ) -> None:
        self.canvas, self.look = canvas, canvas.look
        self.orders, self.ranks = orders, ranks
        highest = int(orders.ticks.max(initial=0))
        most = max(int(np.abs(orders.lots).max(initial=0)), ranks.large * 10)
        width = len(str(int(instrument.size(most)))) + 1 + instrument.size_decimals
        self.price = price_scale(instrument, 1, highest)
        self.size = size_scale(instrument, most, min(9, width))
        swept = int(orders.swept.max(initial=0))
        self.swept = price_scale(instrument, 1, swept)
        self.full = ranks.large or most
        """Lots of a full bar."""

    def draw(self, top: int) -> None:
        """Draw from the top left, lane after lane, under column heads."""
        canvas, look = self.canvas, self.look
        rows = max(0, canvas.height - top - 1)
        canvas.fill(0, top, canvas.width, 1, look.panel)
        lanes = max(1, canvas.width // _LANE)
        width = canvas.width // lanes
        for lane in range(lanes):
            x = lane * width
            if lane:
                canvas.vline(x - 1, top + 1, rows, look.grid)
            end = x + width - 1 if lane + 1 < lanes else canvas.width
            part = self.orders.part(lane * rows, (lane + 1) * rows)
            _Lane(self, x, end).draw(top, part)


class _Lane:
    """One column of orders: which fields fit its width, and where they are."""

    def __init__(self, drawing: _Drawing, x: int, end: int) -> None:
        self.drawing, self.canvas, self.look = drawing, drawing.canvas, drawing.look
        self.left, self.end = x, end
        price, size = drawing.price.width, drawing.size.width
        spare = end - x - price - size - 5
        self.clock = next((n for n in (_CLOCK, _CLOCK - 4) if n + 1 <= spare), 0)
        spare -= self.clock + 1
        self.mark = x + 1 + (self.clock + 1 if self.clock else 0)
        self.price = self.mark + 2
        self.size = self.price + price + 1
        self.count = self.size + size + 1
        self.counted = spare >= _COUNT + 1 + _BAR
        self.swept = self.count + (_COUNT + 1 if self.counted else 0)
        spare -= _COUNT + 1
        self.depth = drawing.swept.width + 1 if spare >= drawing.swept.width + 2 + _BAR else 0
        self.bar = self.swept + (self.depth + 1 if self.depth else 0)

    def draw(self, top: int, part: _Orders) -> None:
        """Draw heads and orders."""
        self._draw_heads(top)
        if not len(part.ts):
            return
        look, row, ranks = self.look, top + 1, self.drawing.ranks
        buy = part.lots > 0
        lots = np.abs(part.lots)
        large = lots >= ranks.large if ranks.large else np.zeros(len(lots), np.bool_)
        bold = large | (lots >= ranks.notable if ranks.notable else False)
        for index in np.flatnonzero(large).tolist():
            ground = look.buy_bar if buy[index] else look.sell_bar
            self.canvas.tint(self.left, row + index, self.end - self.left, ground)
        side = np.where(buy, look.buy, look.sell)
        ink = np.where(large, look.text, side)
        quiet = np.where(lots < ranks.small, look.dim, ink)
        times = _clock_glyphs(part.ts)[:, : self.clock]
        self._put(self.left + 1, row, times, np.where(large, look.text, look.dim))
        marks = np.where(buy, ord("▲"), ord("▼")).astype(np.uint32)
        self._put(self.mark, row, marks[:, None], ink, bold)
        self._put(self.price, row, self.drawing.price.glyphs(part.ticks), ink, bold)
        self._put(self.size, row, self.drawing.size.glyphs(lots), quiet, bold)
        self._draw_extent(row, part, large)
        self._draw_bars(row, lots, side)

    def _draw_heads(self, row: int) -> None:
        canvas, dim = self.canvas, self.look.dim
        if self.clock:
            canvas.text(self.left + 1, row, "time", dim)
        canvas.right(self.size - 1, row, "price", dim)
        canvas.right(self.count - 1, row, "size", dim)
        if self.counted:
            canvas.right(self.swept - 1, row, "fills", dim)
        if self.depth:
            canvas.right(self.bar - 1, row, "swept"[: self.depth], dim)

    def _draw_extent(self, row: int, part: _Orders, large: Mask) -> None:
        """Draw how many prints an order made and how far it went, where that is more than one."""
        ink = np.where(large, self.look.text, self.look.dim)
        if self.counted:
            glyphs = Scale(1.0, 0, "", _COUNT).glyphs(part.prints)
            glyphs[part.prints < 2] = SPACE
            self._put(self.count, row, glyphs, ink)
        if self.depth:
            glyphs = self.drawing.swept.glyphs(part.swept)
            glyphs[part.swept == 0] = SPACE
            self._put(self.bar - 1 - glyphs.shape[1], row, glyphs, ink)

    def _draw_bars(self, row: int, lots: Integers, ink: Integers) -> None:
        """Draw sizes as bars; a large order fills its own."""
        width = self.end - self.bar
        if width < _BAR:
            return
        eighths = np.minimum(width * 8, lots * (width * 8) // self.drawing.full)[:, None]
        filled = np.clip(eighths - 8 * np.arange(width), 0, 8)
        self._put(self.bar, row, LEFT_EIGHTHS[filled], ink)

    def _put(
        self, x: int, y: int, glyphs: NDArray[np.uint32], ink: Integers, bold: Mask | None = None
    ) -> None:
        """Stamp one glyph row an order, each with its own ink."""
        strong = False if bold is None else bold[:, None]
        stamp(self.canvas, x, y, glyphs, ink[:, None].astype(np.uint8), strong)


def _clock_glyphs(ts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Write HH:MM:SS.mmm in UTC for every time."""
    glyphs = np.full((len(ts), _CLOCK), SPACE, np.uint32)
    millis = ts // 1_000_000 % 86_400_000
    for place, (unit, base) in _PLACES.items():
        glyphs[:, place] = ord("0") + millis // unit % base
    for place, mark in ((2, ":"), (5, ":"), (8, ".")):
        glyphs[:, place] = ord(mark)
    return glyphs


_PLACES = {
    0: (36_000_000, 10),
    1: (3_600_000, 10),
    3: (600_000, 6),
    4: (60_000, 10),
    6: (10_000, 6),
    7: (1000, 10),
    9: (100, 10),
    10: (10, 10),
    11: (1, 10),
}
"""Column of each digit: milliseconds it counts and its base. The hour's two wrap at the day."""
