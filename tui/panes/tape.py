"""Tape: time and sales, newest first, so drawn that large orders jump out.

Prints that one order made (in a row, same side, same exchange time; definitions.md 13) are one
line: their sum, the price the order reached, how many prints and how far it swept.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.basis import parse_basis
from market.instrument import Instrument, plain
from market.market import Market
from market.orders import Orders, newest_orders, orders
from market.recent import Recent
from market.traded import traded
from market.trades import TradeLog
from tui.canvas import LEFT_EIGHTHS, Canvas, Indices
from tui.digits import Scale, exact_width, price_scale, size_scale
from tui.format import clock
from tui.heat import round_sizes
from tui.look import Look
from tui.pane import Size, as_of, message, stretch_within, title_row, trades_end, waiting

_SAMPLE = 8192
"""Prints that are looked at: sizes are ranked among them, and more never fit."""
_STEP = 1024
"""The sample moves by so many prints, or a fraction while there are few: ranks stay put."""
_LANE = 52
"""A wide pane is divided into lanes of at least this many cells, read like newspaper columns."""
_CLOCK = len("12:34:56.789")
_COUNT = 5
_BAR = 6
"""The least width of a size bar worth drawing."""
_LINES_KEPT = 512


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
        top = 2 if size.height >= 9 else 1
        lanes = max(1, size.width // _LANE)
        room = max(1, lanes * (size.height - top - 1))
        shown = newest_orders(market.trades, end, room, self.merge, _SAMPLE)
        if not len(shown.ts):
            title_row(canvas, look, self.title, market)
            message(canvas, look, f"no trades up to {clock(self.until or 0)} UTC")
            return canvas
        sample = _sample(market.trades, end, self.merge)
        page = _page(look, size, top, _Scales.of(instrument, sample, shown))
        canvas = page.draw(shown)
        title_row(canvas, look, self.title, market, self._words(instrument, sample.ranks))
        if top == 2:
            self._draw_sums(canvas, look, market, instrument)
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
        basis = parse_basis(self.timeframe)
        stretch = stretch_within(market, basis, self.until)
        sums = traded(market.trades, (basis, self.until is None), *stretch, None)
        bought, sold = int(sums.bought[0]), int(sums.sold[0])
        scale = size_scale(instrument, max(bought, sold), 8)
        width = canvas.width
        middle = width * bought // (bought + sold) if bought + sold else width // 2
        canvas.tint(0, 1, middle, look.bid_bar)
        if not look.mono:
            canvas.tint(middle, 1, width - middle, look.ask_bar)
        left, right = f" ▲ {scale.text(bought)}", f"{scale.text(sold)} ▼ "
        word = f"last {self.timeframe}"
        if width >= 60:
            left = f" ▲ bought {scale.text(bought)} in {int(sums.buys[0])} prints"
            right = f"sold {scale.text(sold)} in {int(sums.sells[0])} prints ▼ "
        canvas.text(0, 1, left, look.buy, bold=True)
        canvas.right(width, 1, right, look.sell, bold=True)
        room = width - len(left) - len(right)
        if len(word) + 2 <= room:
            canvas.center(len(left), 1, room, word, look.text)


class _Ranks(NamedTuple):
    """Lots from which an order is small no more, notable, or large; round, so steady. 0 is none."""

    small: int
    notable: int
    large: int


class _Sample(NamedTuple):
    """What orders were like of late, which says how to write and what to stress."""

    ranks: _Ranks
    highest: int
    most: int
    swept: int


def _sample(log: TradeLog, end: int, merge: bool) -> _Sample:
    """Look at the orders before `end`, up to where the sample moved last."""
    step = min(_STEP, 1 << max(4, end.bit_length() - 3))
    stop = max(log.first, end // step * step)
    start = max(log.first, stop - _SAMPLE)
    kept = _SAMPLES.get(log)
    if kept is None:
        kept = _SAMPLES[log] = Recent(4)
    return kept.get(
        (log.generation, start, stop, merge), lambda: _looked_at(log, start, stop, merge)
    )


def _looked_at(log: TradeLog, start: int, stop: int, merge: bool) -> _Sample:
    found = orders(log.between(start, stop), merge)
    lots = np.abs(found.lots)
    # Too few of them rank nothing.
    ranks = round_sizes(lots, (50.0, 90.0, 98.0)) if len(lots) >= 50 else (0, 0, 0)
    most = (found.ticks.max(initial=0), lots.max(initial=0), found.swept.max(initial=0))
    return _Sample(_Ranks(*ranks), *map(int, most))


_SAMPLES: WeakKeyDictionary[TradeLog, Recent[tuple[int, int, int, bool], _Sample]] = (
    WeakKeyDictionary()
)


class _Scales(NamedTuple):
    """How the numbers of a picture are written, and which are stressed."""

    price: Scale
    size: Scale
    swept: Scale
    ranks: _Ranks
    full: int
    """Lots of a full bar."""

    @classmethod
    def of(cls, instrument: Instrument, sample: _Sample, shown: Orders) -> "_Scales":
        """Fit the scales to the sample and to what is shown."""
        lots = shown.lots
        return _scales(
            instrument,
            sample.ranks,
            max(sample.highest, int(shown.ticks.max())),
            max(sample.most, int(lots.max()), -int(lots.min())),
            max(sample.swept, int(shown.swept.max())),
        )


@lru_cache(maxsize=64)
def _scales(instrument: Instrument, ranks: _Ranks, highest: int, most: int, swept: int) -> _Scales:
    most = max(most, ranks.large * 10)
    return _Scales(
        price_scale(instrument, 1, highest),
        size_scale(instrument, most, min(9, exact_width(instrument, most))),
        price_scale(instrument, 1, swept),
        ranks,
        ranks.large or most,
    )


@lru_cache(maxsize=8)
def _page(look: Look, size: Size, top: int, scales: _Scales) -> "_Page":
    return _Page(look, size, top, scales)


class _Page:
    """A tape without its orders: column heads, and lanes that know how their lines look."""

    def __init__(self, look: Look, size: Size, top: int, scales: _Scales) -> None:
        self._top = top
        self._rows = max(0, size.height - top - 1)
        self._sheet = Canvas(size.width, size.height, look)
        self._sheet.fill(0, top, size.width, 1, look.panel)
        count = max(1, size.width // _LANE)
        width = size.width // count
        self._lanes: list[_Lane] = []
        for number in range(count):
            x = number * width
            if number:
                self._sheet.vline(x - 1, top + 1, self._rows, look.grid)
            end = x + width - 1 if number + 1 < count else size.width
            self._lanes.append(_Lane(look, scales, x, end))
            self._lanes[-1].draw_heads(self._sheet, top)

    def draw(self, shown: Orders) -> Canvas:
        """Draw orders from the top left, lane after lane."""
        canvas = self._sheet.copy()
        lines = list(zip(*(column.tolist() for column in shown), strict=True))
        for number, lane in enumerate(self._lanes):
            part = lines[number * self._rows : (number + 1) * self._rows]
            if part:
                lane.draw(canvas, self._top + 1, part)
        return canvas


_Line = tuple[int, int, int, int, int]
"""The columns of `Orders` for one of them."""


class _Lane:
    """One column of orders: which fields fit its width, where they are, and how lines look.

    A line once made is kept, since it comes again, a row lower, with every print that follows.
    """

    def __init__(self, look: Look, scales: _Scales, left: int, end: int) -> None:
        self._scales, self._left, self._width = scales, left, end - left
        price, size = scales.price.width, scales.size.width
        spare = self._width - price - size - 5
        self._clock = next((n for n in (_CLOCK, _CLOCK - 4) if n + 1 <= spare), 0)
        spare -= self._clock + 1
        self._mark = 1 + (self._clock + 1 if self._clock else 0)
        self._price = self._mark + 2
        self._size = self._price + price + 1
        self._count = self._size + size + 1
        self._counted = spare >= _COUNT + 1 + _BAR
        self._swept = self._count + (_COUNT + 1 if self._counted else 0)
        spare -= _COUNT + 1
        self._depth = scales.swept.width + 1 if spare >= scales.swept.width + 2 + _BAR else 0
        self._bar = self._swept + (self._depth + 1 if self._depth else 0)
        self._styles = self._made_styles(look)
        self._lines: dict[_Line, tuple[str, int]] = {}

    def draw_heads(self, canvas: Canvas, row: int) -> None:
        """Draw the column heads."""
        x, dim = self._left, canvas.look.dim
        if self._clock:
            canvas.text(x + 1, row, "time", dim)
        canvas.right(x + self._size - 1, row, "price", dim)
        canvas.right(x + self._count - 1, row, "size", dim)
        if self._counted:
            canvas.right(x + self._swept - 1, row, "fills", dim)
        if self._depth:
            canvas.right(x + self._bar - 1, row, "swept"[: self._depth], dim)

    def draw(self, canvas: Canvas, row: int, lines: list[_Line]) -> None:
        """Draw orders from a row down."""
        if len(self._lines) > _LINES_KEPT:
            self._lines.clear()
        texts, numbers = zip(*map(self._line, lines), strict=True)
        cells = np.frombuffer("".join(texts).encode("utf-32-le"), "<u4")
        at = (slice(row, row + len(lines)), slice(self._left, self._left + self._width))
        styles = np.array(numbers)
        canvas.glyph[at] = cells.reshape(len(lines), self._width)
        canvas.fg[at] = self._styles.fg.take(styles, axis=0)
        canvas.bg[at] = self._styles.bg.take(styles, axis=0)
        canvas.bold[at] = self._styles.bold.take(styles, axis=0)

    def _line(self, line: _Line) -> tuple[str, int]:
        """The glyphs of an order and its style."""
        found = self._lines.get(line)
        if found is None:
            found = self._lines[line] = self._written(*line)
        return found

    def _written(self, ts: int, ticks: int, lots: int, prints: int, swept: int) -> tuple[str, int]:
        scales, lots, buy = self._scales, abs(lots), lots > 0
        price, size = scales.price, scales.size
        text = (
            f" {clock(ts)[: self._clock]}{' ' if self._clock else ''}{'▲' if buy else '▼'} "
            f"{price.text(ticks):>{price.width}} {size.text(lots):>{size.width}} "
        )
        if self._counted:
            text += f"{prints if prints > 1 else '':>{_COUNT}} "
        if self._depth:
            text += f"{scales.swept.text(swept) if swept else '':>{self._depth}} "
        if self._width - self._bar >= _BAR:
            text += _bar(lots, scales.full, self._width - self._bar)
        ranks = scales.ranks
        rank = bisect_right(ranks, lots) if ranks.large else 1
        return text.ljust(self._width)[: self._width], 4 * buy + rank

    def _made_styles(self, look: Look) -> "_Styles":
        """The colours of a line by side and rank, from a seller's smallest to a buyer's largest."""
        fg = np.full((8, self._width), look.text, np.uint8)
        bg = np.full(fg.shape, look.background, np.uint8)
        bold = np.zeros(fg.shape, np.bool_)
        for style in range(8):
            buy, rank = divmod(style, 4)
            side = look.buy if buy else look.sell
            ink, quiet = (look.text, look.text) if rank == 3 else (side, look.dim)
            if rank == 3:
                bg[style] = look.buy_bar if buy else look.sell_bar
            fg[style, : self._mark] = quiet
            fg[style, self._mark : self._count] = ink
            fg[style, self._count : self._bar] = quiet
            if rank == 0:
                fg[style, self._size : self._count] = quiet
            if self._width - self._bar >= _BAR:
                fg[style, self._bar :] = side
            bold[style, self._mark : self._count] = rank > 1
        return _Styles(look.readable[fg, bg], bg, bold)


class _Styles(NamedTuple):
    """Cells of whole lines, [style, cell]."""

    fg: Indices
    bg: Indices
    bold: NDArray[np.bool_]


_TIPS = "".join(map(chr, LEFT_EIGHTHS[:8].tolist()))


def _bar(lots: int, full: int, width: int) -> str:
    """A size as a bar; a large order fills its own."""
    whole, eighths = divmod(min(width * 8, lots * (width * 8) // full), 8)
    return "█" * whole + (_TIPS[eighths] if eighths else "")
