"""Heat columns: the part of a heatmap that moves on with time, kept up column by column."""

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from market.depth import DepthView
from market.depthsum import Depth, SummedDepth
from market.market import Market
from tui.drawing.canvas import Canvas
from tui.heat.grid import HeatGrid, Stretch, settled
from tui.heat.layout import HeatLayout
from tui.heat.merge import HeatRuns
from tui.heat.paint import Heat, heat_of, paint_heat, paint_prints, paint_unknown
from tui.heat.scale import HeatScale, fitted, mark_sizes
from tui.heat.settings import HeatSettings, least_lots
from tui.heat.strip import HeatStrips
from tui.heat.trades import TradedCells

Flags = NDArray[np.bool_]

_EDGE = "▏"
"""Between the newest column and the blank ones ahead of a sweep."""


class HeatColumns:
    """Columns of book, trades and volume on one canvas, which is drawn on only where it changes.

    Everything but time stands still meanwhile: for other rows, another place, or a past that came
    to be seen otherwise, new ones are needed.
    """

    def __init__(
        self,
        canvas: Canvas,
        layout: HeatLayout,
        depth: Depth,
        columns: Stretch,
        cells: TradedCells,
        runs: HeatRuns | None,
        settings: HeatSettings,
    ) -> None:
        # The market is not kept: it is what everything here goes with.
        self._canvas, self._layout = canvas, layout
        self._depth, self._cells, self._runs = depth, cells, runs
        self._settings, self._marked = settings, settings.trades
        self.strips = HeatStrips(canvas, layout, cells)
        self._known: Flags = np.zeros(columns.width, np.bool_)
        """By place; what scrolls is drawn anew at each jump."""
        self._known_from: int | None = None
        self._last = columns.first - 1
        self._open = columns.first
        """The first column that may still change."""
        self._scale: HeatScale | None = None
        self._fitted_to: tuple[int, int] | None = None
        self._marks_settled = False
        self._shown: Hashable = None
        """What the newest column was drawn from."""
        self._forming: Heat | None = None
        """The colours of the newest column; None where it is not known."""
        self.newest: tuple[DepthView, HeatScale] | None = None
        """The columns drawn last, of which the last is the newest, with their scale."""
        self.drawn = 0
        """How often columns were drawn."""
        self.marks: list[int] = []
        """The volume from which each size of mark is drawn; empty where none are."""
        self.steps: tuple[int, ...] = ()
        """The smallest size of each level of colour."""

    def draw(self, market: Market, grid: HeatGrid) -> None:
        """Draw what has changed: nothing at all while neither book nor trades did."""
        columns = grid.stretch
        changed = self._cells.read(market.trades, columns.last)
        scale, other = self._fit(grid, changed)
        shown = self._made_from(market, columns)
        still, self._shown = shown == self._shown and not other, shown
        if still and changed > columns.last:
            return
        if still and changed == columns.last and self._forming is not None:
            self._put(columns, changed, self._forming)
        else:
            begin = columns.first if other else max(columns.first, min(self._open, changed))
            self._draw_book(market, grid, begin, scale)
        if self._layout.strip or self._layout.delta:
            self.strips.draw(columns, max(columns.first, min(changed, self._last + 1)))
        if columns.sweep and columns.last != self._last:
            self._blank(columns)
        self._last = columns.last
        self._open = min(self._depth.reached(columns.interval) // columns.interval, self._last + 1)

    def _made_from(self, market: Market, columns: Stretch) -> Hashable:
        """What tells the book of the columns that may still change from any other."""
        book = market.book
        edition: Hashable = None if book is None else book.edition
        if isinstance(self._depth, SummedDepth):
            edition = self._depth.version
        return columns.last, book, edition, self._depth.reached(columns.interval)

    def _draw_book(self, market: Market, grid: HeatGrid, begin: int, scale: HeatScale) -> None:
        """Draw book and trades of the columns from `begin` on."""
        if self._runs is not None and begin <= grid.stretch.last:
            begin = max(grid.stretch.first, self._runs.changed(begin))
        begin, view = self._view(grid, begin)
        if view is not None:
            self._paint(market, grid, begin, view, scale)
            self.newest = view, scale
            self.drawn += 1

    def _fit(self, grid: HeatGrid, changed: int) -> tuple[HeatScale, bool]:
        """The scale, and whether columns that are drawn already look different in it."""
        columns, scale, marks = grid.stretch, self._scale, self.marks
        first, stop = settled(columns, self._first_known(columns))
        closed = stop * columns.interval <= self._depth.reached(columns.interval)
        moved = scale is None or not closed or (first, stop) != self._fitted_to
        self._fitted_to = (first, stop) if closed else None
        if scale is None or moved:
            view = grid.view(self._depth, first, stop)
            levels, least = self._canvas.look.levels, self._least(grid)
            self._scale = fitted(view, levels, self._settings, least)
            self.steps = tuple(self._scale.steps.tolist())
        if self._marked and (moved or changed < stop or not self._marks_settled):
            self._fit_marks(columns, first, stop)
        now = self._scale
        assert now is not None
        other = scale is None or (now is not scale and not np.array_equal(scale.steps, now.steps))
        return now, other or marks != self.marks

    def _fit_marks(self, columns: Stretch, first: int, stop: int) -> None:
        """Fit the marks to what traded in settled columns, or at all while nothing did there."""
        volumes = np.add(*self._cells.cells(first, stop))
        self._marks_settled = bool(volumes.any())
        if not self._marks_settled:
            volumes = np.add(*self._cells.cells(columns.first, columns.last + 1))
        self.marks = mark_sizes(volumes[volumes > 0])

    def _first_known(self, columns: Stretch) -> int | None:
        """The oldest column that can be shown, None where there is none."""
        if self._known_from is not None and self._known_from >= columns.oldest:
            return self._known_from
        interval, oldest = columns.interval, columns.oldest
        flags = self._depth.known(interval, columns.last * interval, columns.last + 1 - oldest)
        if not flags.any():
            return None
        found = oldest + int(flags.argmax())
        self._known_from = found if found < columns.last else None
        return found

    def _view(self, grid: HeatGrid, begin: int) -> tuple[int, DepthView | None]:
        """The columns to draw, from `begin` on or from where words have to be written anew."""
        columns, stop = grid.stretch, grid.stretch.last + 1
        if begin >= stop:
            return begin, None
        view = grid.view(self._depth, begin, stop)
        self._known[np.arange(begin, stop) % len(self._known)] = view.known
        known = self._shown_known(columns)
        start = begin
        if columns.sweep and columns.last != self._last and not known.all():
            start = columns.first
        elif begin > columns.first and not known[begin - 1 - columns.first]:
            before = np.flatnonzero(known[: begin - columns.first])
            start = columns.first + (int(before[-1]) + 1 if len(before) else 0)
        return start, view if start == begin else grid.view(self._depth, start, stop)

    def _shown_known(self, columns: Stretch) -> Flags:
        known: Flags = self._known[np.arange(columns.first, columns.last + 1) % len(self._known)]
        return known

    def _paint(
        self, market: Market, grid: HeatGrid, begin: int, view: DepthView, scale: HeatScale
    ) -> None:
        columns, sizes = grid.stretch, (view.bid, view.ask)
        if self._runs is not None:
            sizes = self._runs.read(grid, self._depth, begin)
        heat = heat_of(view, sizes, self._least(grid), grid, scale, self._canvas.look)
        self._forming = heat.last() if view.known[-1] else None
        area, known = self._layout.picture, self._shown_known(columns)
        if known.all():
            self._put(columns, begin, heat)
            return
        paint_heat(self._canvas, area, columns.runs(begin, columns.last + 1), heat)
        paint_unknown(self._canvas, area, grid, market, known, begin)
        self._put_prints(columns, begin, heat)

    def _put(self, columns: Stretch, begin: int, heat: Heat) -> None:
        """Draw the columns from `begin` on, all of which are known."""
        runs = columns.runs(begin, columns.last + 1)
        paint_heat(self._canvas, self._layout.picture, runs, heat)
        self._put_prints(columns, begin, heat)

    def _put_prints(self, columns: Stretch, begin: int, heat: Heat) -> None:
        canvas, area, stop = self._canvas, self._layout.picture, columns.last + 1
        if self._marked:
            runs = columns.runs(begin, stop)
            places = np.concatenate([np.arange(x, x + count) for _, x, count in runs])
            traded = self._cells.cells(begin, stop)
            paint_prints(canvas, area, places, heat, traded, self.marks)

    def _least(self, grid: HeatGrid) -> int:
        """Lots below which an order is not drawn."""
        least = self._settings.least_order
        return least_lots(grid.instrument, least) if least else 0

    def _blank(self, columns: Stretch) -> None:
        """Empty the columns ahead of a sweep; a line says where it is, also where much is dark."""
        canvas, picture = self._canvas, self._layout.picture
        height, free = self._layout.deltas.bottom - picture.y, columns.last + 1
        for column, x, count in columns.runs(free, free + columns.ahead):
            canvas.fill(picture.x + x, picture.y, count, height, canvas.look.background)
            if column == free:
                canvas.vline(picture.x + x, picture.y, height, canvas.look.dim, _EDGE)
