"""Heatmap: resting orders over time in half blocks, with the trades that met them drawn over."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from market.basis import TimeBasis, basis_text, parse_basis
from market.depth import FINE
from market.instrument import Instrument, plain
from market.market import Market
from tui.area import Area
from tui.axis import draw_price_axis, price_width
from tui.bookbars import draw_book
from tui.canvas import Canvas
from tui.columns import stack_columns
from tui.format import clock, compact, price, step
from tui.heat import Contrast
from tui.heatgrid import HALVES, HeatGrid, heat_grid, prints, stretch, volumes
from tui.heatpaint import MARKS, heat_of, paint_heat, paint_prints, paint_unknown, print_sizes
from tui.look import Look
from tui.pane import Size, message, title_row, waiting
from tui.timeline import draw_time_axis, time_labels

_BASE = basis_text(TimeBasis(FINE))


class _Layout(NamedTuple):
    """Where things go: picture, bars of the book right of it, then the price axis."""

    picture: Area
    book: int
    axis: int
    strip: int
    """Rows of traded volume below the picture."""


@dataclass(frozen=True, slots=True)
class Heatmap:
    """The book over time: each column is the book as it was at the end of its `timeframe`."""

    kind: ClassVar[str] = "heatmap"
    title: ClassVar[str] = "Heatmap"
    minimum: ClassVar[Size] = Size(36, 8)

    grouping: int | None = None
    timeframe: str = "1s"
    until: int | None = None
    center: int | None = None
    contrast: Contrast = "log"
    trades: bool = True
    """Marks for what traded, sized by volume."""
    volume: bool = True
    """A strip of traded volume below a picture that is tall enough."""

    def __post_init__(self) -> None:
        basis = parse_basis(self.timeframe)
        if not isinstance(basis, TimeBasis) or basis.interval % FINE:
            raise ValueError(f"a column is a multiple of {_BASE}, such as 200ms, 1s or 1m")
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw the picture, the book beside it, both axes and the title."""
        canvas = Canvas(*size, look)
        grid = self._grid(market, size)
        if market is None or grid is None:
            title_row(canvas, look, self.title, market, [self.timeframe])
            message(canvas, look, waiting(market, "the order book"))
            return canvas
        layout = self._layout(grid.instrument, market, size)
        area = layout.picture
        sizes = [0]
        heat = heat_of(grid, look, self.contrast)
        paint_heat(canvas, area, heat)
        paint_unknown(canvas, area, grid, market)
        if self.trades:
            traded = prints(market, grid)
            sizes = print_sizes(traded, grid.stretch.settled)
            paint_prints(canvas, area, heat, traded, sizes)
        draw_book(canvas, area.x + area.width, area.y, layout.book, grid, market)
        left = area.width + layout.book
        draw_price_axis(canvas, left, area.y, grid.axis, grid.instrument, grid.last)
        self._draw_below(canvas, layout, grid, market)
        title_row(canvas, look, self.title, market, self._words(grid, sizes))
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """The known columns of a picture of this size: their starts, row edges and sizes."""
        grid = self._grid(market, size)
        if grid is None:
            return {"columns": [], "prices": [], "bid": [], "ask": []}
        instrument, view = grid.instrument, grid.view
        low, group, rows = grid.axis.low, grid.group, grid.axis.cells * HALVES
        known = view.known.tolist()
        return {
            "columns": [start for start, k in zip(view.starts.tolist(), known, strict=True) if k],
            "prices": [plain(instrument.price(low + row * group)) for row in range(rows)],
            "bid": _sizes(instrument, view.bid[view.known].tolist()),
            "ask": _sizes(instrument, view.ask[view.known].tolist()),
        }

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        grid = self._grid(market, size)
        return None if grid is None else grid.group

    def _grid(self, market: Market | None, size: Size) -> HeatGrid | None:
        """What a picture of this size shows; None while there is nothing."""
        if market is None or market.instrument is None or not market.clock:
            return None
        area = self._layout(market.instrument, market, size).picture
        if area.width < 1 or area.height < 1:
            return None
        columns = stretch(market.clock, self.until, self._interval(), area.width)
        return heat_grid(market, columns, area.height, self.center, self.grouping)

    def _layout(self, instrument: Instrument, market: Market, size: Size) -> _Layout:
        """What is left out first when space is short: the book's bars, then the price axis."""
        axis = price_width(instrument, market.last.ticks if market.last else 0)
        book = min(18, max(11, size.width // 11)) if size.width >= 56 else 0
        if size.width - axis < 8:
            axis = 0
        rows = size.height - 2
        strip = max(2, rows // 12) if self.volume and rows >= 20 else 0
        picture = Area(0, 1, size.width - axis - book, rows - strip)
        return _Layout(picture, book, axis, strip)

    def _draw_below(self, canvas: Canvas, layout: _Layout, grid: HeatGrid, market: Market) -> None:
        """Draw the strip of volume and the time axis."""
        look, area = canvas.look, layout.picture
        top = area.y + area.height
        if layout.strip:
            sell, buy = volumes(market, grid.stretch)
            most = int((sell + buy).max(initial=0))
            strip = Area(0, top, area.width, layout.strip)
            stack_columns(canvas, strip, (sell, buy), most, (look.sell, look.buy))
            most_text = compact(grid.instrument.size(most))
            words = f"max {most_text}"
            if area.width + 1 + len(words) > canvas.width:
                # A cut number would be another one.
                words = most_text
            canvas.text(area.width + 1, top, "volume", look.faint)
            canvas.text(area.width + 1, top + 1, words, look.faint)
        row = canvas.height - 1
        draw_time_axis(canvas, look, row, time_labels(grid.stretch.starts), 0, area.width)
        canvas.fill(area.width, row, canvas.width - area.width, 1, look.panel)
        canvas.right(canvas.width - 1, row, "UTC", look.faint, look.panel)

    def _words(self, grid: HeatGrid, sizes: list[int]) -> list[str]:
        """The settings for the title."""
        instrument = grid.instrument
        unit = f" {instrument.quote}" if instrument.quote else ""
        back = [] if grid.live else [f"back at {clock(grid.stretch.end, millis=False)}"]
        words = [self.timeframe, *back, f"{step(instrument, grid.group)}{unit} a row"]
        if self.contrast != "log":
            words.append(f"{self.contrast} contrast")
        if self.trades and len(set(sizes)) > 1:  # all alike where nothing traded
            legend = zip(MARKS, sizes, strict=False)
            marks = " ".join(f"{mark}{compact(instrument.size(lots))}" for mark, lots in legend)
            words.append(f"{marks} {instrument.base}".rstrip())
        return [*words, *_hearsay(grid)]

    def _interval(self) -> int:
        """Length of a column in ns."""
        basis = parse_basis(self.timeframe)
        assert isinstance(basis, TimeBasis)
        return basis.interval


def _sizes(instrument: Instrument, columns: list[list[int]]) -> list[list[str]]:
    """Lots as exact decimal strings."""
    return [[plain(instrument.size(lots)) for lots in column] for column in columns]


def _hearsay(grid: HeatGrid) -> list[str]:
    """Say where the snapshot ended, when that is in the picture."""
    if grid.horizon is None:
        return []
    low, high = grid.horizon
    if grid.axis.low >= low and grid.axis.high <= high + 1:
        return []
    low_text, high_text = (price(grid.instrument, ticks) for ticks in (low, high))
    return [f"snapshot covered {low_text} to {high_text}"]
