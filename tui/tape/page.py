"""Tape page: lanes of orders, and how a line of one looks by its side, its rank and its origin."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument
from tui.drawing.canvas import LEFT_EIGHTHS, Canvas, Indices
from tui.drawing.digits import Scale, exact_width, price_scale, size_scale
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.pane import Size
from tui.venues import inks

LANE = 52
"""A wide pane is divided into lanes of at least this many cells, read like newspaper columns."""
_CLOCK = len("12:34:56.789")
_SECOND = 1_000_000_000
_COUNT = 5
_BAR = 6
"""The least width of a size bar worth drawing."""
_LINES_KEPT = 512
FORCED = "L"
"""Marks what a liquidation may have done."""


class Line(NamedTuple):
    """One order as it is written."""

    ts: int
    ticks: int
    lots: int
    prints: int
    swept: int
    rank: int
    """0 small, 1 usual, 2 notable, 3 large."""
    forced: bool
    venue: int = 0
    """Which of the markets of the tape it was in."""
    value: int = 0
    """What it was worth, in units of `market/worth.py`, where that is written; else 0."""


class Ranks(NamedTuple):
    """Lots from which an order is small no more, notable, or large; round, so steady. 0 is none."""

    small: int
    notable: int
    large: int


class Scales(NamedTuple):
    """How the numbers of a picture are written."""

    price: Scale
    size: Scale
    swept: Scale
    full: int
    """Lots of a full bar."""
    valued: bool
    """Whether the size written is what an order was worth."""


class Most(NamedTuple):
    """The largest of what a picture has to find room for."""

    price: int
    lots: int
    swept: int
    large: int
    """Lots from which an order is large."""
    value: int = 0


@lru_cache(maxsize=64)
def scales_of(instrument: Instrument, most: Most, measure: Measure) -> Scales:
    """Scales that hold prices, sizes and ways up to these."""
    lots, unit, valued = max(most.lots, most.large * 10), measure.grid(instrument), False
    written = lots
    if worth := measure.worth(instrument):
        written, valued = max(most.value, most.large * 10 * most.price // worth), True
    return Scales(
        price_scale(instrument, 1, most.price),
        size_scale(unit, written, min(9, exact_width(unit, written))),
        price_scale(instrument, 1, most.swept),
        most.large or lots,
        valued,
    )


@lru_cache(maxsize=8)
def page_of(
    look: Look, size: Size, top: int, scales: Scales, venues: tuple[str, ...] = ()
) -> "Page":
    """The page of a picture; pages last for many frames. `venues` are tags of several markets."""
    return Page(look, size, top, scales, venues)


def lanes_of(size: Size, top: int) -> tuple[int, int]:
    """Lanes of a picture whose heads are in row `top`, and lines in each."""
    return max(1, size.width // LANE), max(0, size.height - top - 1)


class Page:
    """A tape without its orders: column heads, and lanes that know how their lines look."""

    def __init__(
        self,
        look: Look,
        size: Size,
        top: int,
        scales: Scales,
        venues: tuple[str, ...],
    ) -> None:
        self._top = top
        count, self._rows = lanes_of(size, top)
        self._sheet = Canvas(size.width, size.height, look)
        self._sheet.fill(0, top, size.width, 1, look.panel)
        width = size.width // count
        self._lanes: list[_Lane] = []
        for number in range(count):
            x = number * width
            if number:
                self._sheet.vline(x - 1, top + 1, self._rows, look.grid)
            end = x + width - 1 if number + 1 < count else size.width
            self._lanes.append(_Lane(look, scales, venues, x, end))
            self._lanes[-1].draw_heads(self._sheet, top)

    def draw(self, lines: list[Line]) -> Canvas:
        """Draw orders from the top left, lane after lane."""
        canvas = self._sheet.copy()
        for number, lane in enumerate(self._lanes):
            part = lines[number * self._rows : (number + 1) * self._rows]
            if part:
                lane.draw(canvas, self._top + 1, part)
        return canvas


class _Lane:
    """One column of orders: which fields fit its width, where they are, and how lines look.

    A line once made is kept, since it comes again, a row lower, with every print that follows.
    """

    def __init__(
        self,
        look: Look,
        scales: Scales,
        venues: tuple[str, ...],
        left: int,
        end: int,
    ) -> None:
        self._scales, self._left, self._width = scales, left, end - left
        self._zone = look.zone
        price, size = scales.price.width, scales.size.width
        spare = self._width - price - size - 6
        self._clock = next((n for n in (_CLOCK, _CLOCK - 4) if n + 1 <= spare), 0)
        spare -= self._clock + 1
        self._venues = venues
        tag = max(map(len, venues), default=0)
        self._tag = tag if tag + 1 <= spare else 0
        spare -= self._tag + 1 if self._tag else 0
        self._told = 1 + (self._clock + 1 if self._clock else 0)
        self._mark = self._told + (self._tag + 1 if self._tag else 0)
        self._price = self._mark + 3
        self._size = self._price + price + 1
        self._count = self._size + size + 1
        self._counted = spare >= _COUNT + 1 + _BAR
        self._swept = self._count + (_COUNT + 1 if self._counted else 0)
        spare -= _COUNT + 1
        depth = max(len("swept"), scales.swept.width + 1)
        self._depth = depth if spare >= depth + 1 + _BAR else 0
        self._bar = self._swept + (self._depth + 1 if self._depth else 0)
        self._remember()
        self._styles = self._made_styles(look)
        self._inks = inks(look)
        self._lines: dict[Line, tuple[str, int]] = {}

    def _remember(self) -> None:
        """Keep what lines have in common: many are of one second, and most of few prices."""
        price, size, full, zone = (
            self._scales.price,
            self._scales.size,
            self._scales.full,
            self._zone,
        )
        room = self._width - self._bar

        def sized(written: int, lots: int) -> tuple[str, str]:
            bar = _bar(lots, full, room) if room >= _BAR else ""
            return f"{size.text(written):>{size.width}}", bar

        self._clocked = lru_cache(64)(lambda second: zone.clock(second * _SECOND, millis=False))
        self._priced = lru_cache(512)(lambda ticks: f"{price.text(ticks):>{price.width}}")
        self._sized = lru_cache(512)(sized)

    def draw_heads(self, canvas: Canvas, row: int) -> None:
        """Draw the column heads."""
        x, dim = self._left, canvas.look.dim
        if self._clock:
            canvas.text(x + 1, row, "time", dim)
        if self._tag:
            canvas.text(x + self._told, row, "venue"[: self._tag], dim)
        canvas.right(x + self._size - 1, row, "price", dim)
        canvas.right(x + self._count - 1, row, "size", dim)
        if self._counted:
            canvas.right(x + self._swept - 1, row, "fills", dim)
        if self._depth:
            canvas.right(x + self._bar - 1, row, "swept", dim)

    def draw(self, canvas: Canvas, row: int, lines: list[Line]) -> None:
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
        if self._tag:
            self._draw_venues(canvas, row, [line.venue for line in lines])

    def _draw_venues(self, canvas: Canvas, row: int, venues: list[int]) -> None:
        """Give the tags their venues' colours."""
        x = self._left + self._told
        at = (slice(row, row + len(venues)), slice(x, x + self._tag))
        ink = self._inks[np.array(venues) % len(self._inks)][:, None]
        canvas.fg[at] = canvas.look.readable[ink, canvas.bg[at]]

    def _line(self, line: Line) -> tuple[str, int]:
        """The glyphs of an order and its style."""
        found = self._lines.get(line)
        if found is None:
            found = self._lines[line] = self._written(line)
        return found

    def _written(self, line: Line) -> tuple[str, int]:
        swept, lots, buy = self._scales.swept, abs(line.lots), line.lots > 0
        time = self._time(line.ts)
        size, bar = self._sized(line.value if self._scales.valued else lots, lots)
        tag = f"{self._venues[line.venue]:<{self._tag}} " if self._tag else ""
        text = (
            f" {time}{' ' if self._clock else ''}{tag}{'▲' if buy else '▼'}"
            f"{FORCED if line.forced else ' '} {self._priced(line.ticks)} {size} "
        )
        if self._counted:
            text += f"{line.prints if line.prints > 1 else '':>{_COUNT}} "
        if self._depth:
            text += f"{swept.text(line.swept) if line.swept else '':>{self._depth}} "
        style = 8 * line.forced + 4 * buy + line.rank
        return f"{text}{bar}".ljust(self._width)[: self._width], style

    def _time(self, ts: int) -> str:
        if ts <= 0:
            return self._zone.clock(ts)[: self._clock]
        second, rest = divmod(ts, _SECOND)
        return f"{self._clocked(second)}.{rest // 1_000_000:03}"[: self._clock]

    def _made_styles(self, look: Look) -> "_Styles":
        """The colours of a line by side and rank, from a seller's smallest to a buyer's largest.

        And once more with the mark of a liquidation.
        """
        fg = np.full((16, self._width), look.text, np.uint8)
        bg = np.full(fg.shape, look.background, np.uint8)
        bold = np.zeros(fg.shape, np.bool_)
        for style in range(16):
            buy, rank = divmod(style % 8, 4)
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
            if style >= 8:
                fg[style, self._mark + 1 : self._mark + 2] = look.warn
                bold[style, self._mark + 1 : self._mark + 2] = True
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
