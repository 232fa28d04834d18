"""Heatmap: resting orders over time in half blocks, with the trades that met them drawn over."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Literal

from market.basis import TimeBasis, basis_text, parse_basis
from market.depth import FINE
from market.instrument import Instrument, plain
from market.market import Market
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.drawing.timeline import Scroll
from tui.findings.marks import MOST
from tui.heat.brightness import Contrast
from tui.heat.cross import Cell, Cross, cell_of, cross_at, pointed
from tui.heat.grid import HALVES, HeatGrid, heat_grid, stretch
from tui.heat.layout import HeatLayout
from tui.heat.profile import HeatProfile
from tui.heat.screen import Overlay, heat_screen
from tui.heat.settings import HeatSettings, Merge, Profiled
from tui.heat.several import exact_sum, heat_sum
from tui.heat.sketch import ruler_of
from tui.pane import Size, message, title_row, waiting
from tui.scope import Scope

_BASE = basis_text(TimeBasis(FINE))
_LABELS = 50


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
    """Colours by even steps of the logarithm, of size, or of rank."""
    trades: bool = True
    """Marks for what traded, sized by volume."""
    volume: bool = True
    """A strip of traded volume below a picture that is tall enough."""
    scroll: Scroll = "block"
    """How the picture moves on: by blocks, by every column, or as a sweep."""
    delta: bool = False
    """A strip of bought minus sold volume below that."""
    floor: float | None = None
    """Percentile of the sizes on screen at which colours begin; smaller orders stay dark."""
    ceiling: float | None = None
    """Percentile of the sizes on screen from which colours get no brighter."""
    least_order: float = 0.0
    """Price rows where less than this rests stay dark."""
    least_trade: float = 0.0
    """Trades of less than this make no mark."""
    merge: Merge = "off"
    """Draw runs of similar sizes at a price as one size."""
    merge_percent: int = 15
    """How far from a run's size another one may be to belong to it."""
    profile: Profiled = "off"
    """Traded volume by price beside the picture, with its point of control and value area."""
    window: str = "1h"
    """How far back the profile of a `window` reaches."""
    legend: bool = True
    """The colours with their sizes, where there is room below the axis."""
    labels: int = 0
    """How many of the largest orders of either side have their size written."""
    events: bool = False
    """Marks for possible sweeps, large lots, icebergs, absorption, pulled walls and turns."""
    most_events: int = 12
    """How many of each sort are marked, the largest in sight."""
    cross_time: int | None = None
    """Market time that the crosshair is at, ns."""
    cross_price: int | None = None
    """Price that the crosshair is at, ticks."""
    ruler_time: int | None = None
    """Market time at which the ruler begins, ns."""
    ruler_price: int | None = None
    """Price at which the ruler begins, ticks."""
    venues: Literal["one", "all"] = "one"
    """Whose books: of the market in focus, or the sum of all watched that trade the same."""

    def __post_init__(self) -> None:
        basis = parse_basis(self.timeframe)
        if not isinstance(basis, TimeBasis) or basis.interval % FINE:
            raise ValueError(f"a column is a multiple of {_BASE}, such as 200ms, 1s or 1m")
        if self.grouping is not None and self.grouping < 1:
            raise ValueError("grouping must be 1 tick or more")
        low, high = self.floor or 0.0, 100.0 if self.ceiling is None else self.ceiling
        if not 0 <= low < high <= 100:
            raise ValueError("floor and ceiling are percentiles from 0 to 100, the floor the lower")
        if min(self.least_order, self.least_trade) < 0:
            raise ValueError("a least size must be 0 or more")
        if not 1 <= self.merge_percent <= 90:
            raise ValueError("merge_percent must be from 1 to 90")
        if not 0 <= self.labels <= _LABELS:
            raise ValueError(f"labels must be from 0 to {_LABELS}")
        if not 1 <= self.most_events <= MOST:
            raise ValueError(f"most_events must be from 1 to {MOST}")
        if not isinstance(parse_basis(self.window), TimeBasis):
            raise ValueError("a window is a time, such as 15m or 4h")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw one market alone."""
        return self.draw_all(Scope.of(market), size, look)

    def draw_all(self, scope: Scope, size: Size, look: Look) -> Canvas:
        """Draw the picture, the book beside it, both axes and the title."""
        picture, market = None, scope.market
        if market is not None:
            marked = self.most_events if self.events else 0
            over = Overlay(self.labels, marked, self._cross(), self._ruler())
            sums = heat_sum(scope, self.venues == "all")
            picture = heat_screen(market, _settings(self), size, look).draw(market, over, sums)
        if picture is not None:
            return picture
        canvas = Canvas(*size, look)
        title_row(canvas, look, self.title, market, [self.timeframe])
        message(canvas, look, waiting(market, "the order book"))
        return canvas

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """The known columns of a picture of this size: their starts, row edges and sizes.

        Sizes are those that rested, also where others are drawn for them; a profile and a ruler
        are added where they are shown.
        """
        return self.numbers_all(Scope.of(market), size)

    def numbers_all(self, scope: Scope, size: Size) -> dict[str, object]:
        """The same of the sum of all markets that trade the same, exactly."""
        market = scope.market
        grid = None if market is None else self._grid(market, size)
        if grid is None or market is None or market.depth is None:
            return {"columns": [], "prices": [], "bid": [], "ask": []}
        instrument, columns, sized = grid.instrument, grid.stretch, grid.instrument
        depth = exact_sum(scope) if self.venues == "all" else None
        if depth is not None:
            grid, sized = replace(grid, several=depth), depth.grid
        view = grid.view(market.depth, columns.first, columns.last + 1)
        low, group, rows = grid.axis.low, grid.group, grid.axis.cells * HALVES
        found: dict[str, object] = {
            "columns": view.starts[view.known].tolist(),
            "prices": [plain(instrument.price(low + row * group)) for row in range(rows)],
            "bid": _sizes(sized, view.bid[view.known].tolist()),
            "ask": _sizes(sized, view.ask[view.known].tolist()),
        }
        profile = HeatProfile.of(market, grid, _settings(self))
        if profile is not None:
            found["profile"] = profile.numbers(instrument)
        if (ruler := ruler_of(market, grid, self._ruler(), self._cross())) is not None:
            found["ruler"] = ruler.numbers(instrument)
        return found

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in a picture of this size."""
        grid = self._grid(market, size)
        return None if grid is None else grid.group

    @property
    def crossed(self) -> bool:
        """Whether there is a crosshair."""
        return self._cross() is not None

    def crossed_at(self, market: Market, size: Size, x: int, y: int) -> "Heatmap":
        """The pane with the crosshair at a cell of its picture; itself where there is none."""
        grid = self._grid(market, size)
        if grid is None or market.instrument is None:
            return self
        picture = HeatLayout.of(market.instrument, market, size, _settings(self)).picture
        return self._with(pointed(grid, picture, x, y) or self._cross())

    def cross_moved(self, market: Market, size: Size, right: int, up: int) -> "Heatmap":
        """The pane with its crosshair so many columns and price rows on, within the picture.

        Where there is none yet it begins at the newest column and the last price.
        """
        grid = self._grid(market, size)
        if grid is None:
            return self
        cross = self._cross()
        if cross is None:
            middle = (grid.axis.low + grid.axis.high) // 2
            cross = Cross(grid.stretch.last * grid.stretch.interval, grid.last or middle)
        cell = cell_of(grid, cross)
        moved = cross_at(grid, Cell(cell.column + right, cell.row + up))
        return self._with(cross_at(grid, cell_of(grid, moved)))

    def _with(self, cross: Cross | None) -> "Heatmap":
        at, ticks = (None, None) if cross is None else cross
        return replace(self, cross_time=at, cross_price=ticks)

    def _cross(self) -> Cross | None:
        if self.cross_time is None or self.cross_price is None:
            return None
        return Cross(self.cross_time, self.cross_price)

    def _ruler(self) -> Cross | None:
        if self.ruler_time is None or self.ruler_price is None:
            return None
        return Cross(self.ruler_time, self.ruler_price)

    def _grid(self, market: Market, size: Size) -> HeatGrid | None:
        """What a picture of this size shows; None while there is nothing."""
        if market.instrument is None or not market.clock:
            return None
        area = HeatLayout.of(market.instrument, market, size, _settings(self)).picture
        if area.width < 1 or area.height < 1:
            return None
        columns = stretch(market.clock, self.until, self._interval(), area.width, self.scroll)
        return heat_grid(market, columns, area.height, self.center, self.grouping)

    def _interval(self) -> int:
        """Length of a column in ns."""
        return _length(self.timeframe)


@lru_cache(maxsize=64)
def _settings(pane: Heatmap) -> HeatSettings:
    """What a pane is drawn by, made once: it is asked for at every picture."""
    return HeatSettings(
        timeframe=pane.timeframe,
        interval=pane._interval(),
        scroll=pane.scroll,
        until=pane.until,
        center=pane.center,
        grouping=pane.grouping,
        contrast=pane.contrast,
        trades=pane.trades,
        volume=pane.volume,
        delta=pane.delta,
        floor=pane.floor,
        ceiling=pane.ceiling,
        least_order=pane.least_order,
        least_trade=pane.least_trade,
        merge=pane.merge,
        merge_percent=pane.merge_percent,
        profile=pane.profile,
        window=pane.window,
        span=_length(pane.window),
        legend=pane.legend,
        venues=pane.venues,
    )


def _sizes(instrument: Instrument, columns: list[list[int]]) -> list[list[str]]:
    """Lots as exact decimal strings."""
    return [[plain(instrument.size(lots)) for lots in column] for column in columns]


def _length(word: str) -> int:
    """The ns of a time."""
    basis = parse_basis(word)
    assert isinstance(basis, TimeBasis)
    return basis.interval
