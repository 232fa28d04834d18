"""Heat screen: a heatmap as it was drawn last, of which only parts are drawn again.

What can still change is drawn anew each time: columns that are not closed and those with late
trades, the book, the tag of the price. All else is drawn when what it depends on has changed. The
result is the picture that a fresh screen would draw; that one was kept cannot be seen.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import NamedTuple
from weakref import WeakKeyDictionary

from market.depth import DepthView
from market.instrument import Instrument
from market.market import Market
from market.recent import Recent
from tui.drawing.area import Area
from tui.drawing.axis import draw_price_axis
from tui.drawing.canvas import Canvas
from tui.drawing.format import price, step
from tui.drawing.look import Look
from tui.drawing.timeline import draw_time_axis, even_labels, swept
from tui.findings.marks import POSSIBLE, Place, draw_marks
from tui.heat.bookbars import Written, book_word, draw_book
from tui.heat.columns import HeatColumns
from tui.heat.cross import Cross, cell_of, draw_cross
from tui.heat.events import event_words, events_shown
from tui.heat.grid import HALVES, HeatGrid, heat_grid, price_path, stretch
from tui.heat.labels import draw_labels
from tui.heat.layout import HeatLayout
from tui.heat.legend import draw_legend
from tui.heat.merge import HeatRuns
from tui.heat.paint import MARKS
from tui.heat.pricepath import PricePath
from tui.heat.profile import HeatProfile, draw_profile
from tui.heat.scale import HeatScale
from tui.heat.settings import HeatSettings, least_lots
from tui.heat.several import HeatSum
from tui.heat.sizes import HeatSizes, written_rows
from tui.heat.sketch import ends_of, heat_sheet, ruler_of
from tui.heat.trades import TradedCells
from tui.pane import Size, book_warning, title_row
from tui.sketch.paint import draw_sketch, notes_at
from tui.sketch.ruler import draw_ruler, write_words

KEPT = 6
"""Pictures kept for a market: settings, sizes and looks that are drawn in turn."""


class Overlay(NamedTuple):
    """What lies over a picture and is drawn anew each time."""

    labels: int
    """How many of the largest orders of either side are labelled."""
    events: int
    """How many findings of detectors of each sort are marked."""
    cross: Cross | None
    ruler: Cross | None = None
    """Where the ruler begins that ends at the crosshair, or at the newest column."""


NOTHING_OVER = Overlay(0, 0, None)


def heat_screen(market: Market, settings: HeatSettings, size: Size, look: Look) -> "HeatScreen":
    """The screen kept for a picture of this market, or a fresh one."""
    kept = _SCREENS.get(market)
    if kept is None:
        kept = _SCREENS[market] = Recent(KEPT)
    return kept.get((settings, size, look), lambda: HeatScreen(settings, size, look))


class HeatScreen:
    """The picture of one market with one set of settings, size and look."""

    def __init__(self, settings: HeatSettings, size: Size, look: Look) -> None:
        self._settings, self._size, self._look = settings, size, look
        self._canvas = Canvas(*size, look)
        self._path: tuple[Hashable, PricePath] | None = None
        self._cells: tuple[Hashable, TradedCells] | None = None
        self._runs: tuple[Hashable, HeatRuns] | None = None
        self._columns: tuple[Hashable, HeatColumns] | None = None
        self._last = 0
        self._sums: HeatSum | None = None
        self._drawn: dict[str, Hashable] = {}
        """What each part was drawn from."""

    def draw(
        self, market: Market, over: Overlay = NOTHING_OVER, sums: HeatSum | None = None
    ) -> Canvas | None:
        """Draw what has changed and return a copy; None while there is no book to show.

        What lies over the picture is drawn on the copy alone. With `sums` the books are those of
        several markets, and all else is of this one.
        """
        self._sums = sums
        instrument = market.instrument
        if instrument is None or not market.clock:
            return None
        layout = HeatLayout.of(instrument, market, self._size, self._settings)
        grid = self._grid(market, instrument, layout.picture)
        if grid is None:
            return None
        columns = self._begin(market, grid, layout)
        # Should drawing fail, nothing half drawn is kept.
        kept, self._columns = self._columns, None
        self._paint(market, grid, layout, columns, bool(over.events))
        self._columns = kept
        copy = self._canvas.copy()
        if over != NOTHING_OVER or market.drawings is not None:
            _draw_over(copy, market, grid, layout, over)
        return copy

    def _grid(self, market: Market, instrument: Instrument, area: Area) -> HeatGrid | None:
        if area.width < 1 or area.height < 1:
            return None
        _, interval, scroll, until, center, grouping, *_ = self._settings
        columns = stretch(market.clock, until, interval, area.width, scroll)
        key = area, instrument
        if self._path is None or self._path[0] != key:
            self._path = key, price_path(instrument, columns, area.height, grouping)
        grid = heat_grid(market, columns, area.height, center, grouping, self._path[1])
        if grid is None or self._sums is None:
            return grid
        return replace(grid, several=self._sums.depth)

    def _begin(self, market: Market, grid: HeatGrid, layout: HeatLayout) -> HeatColumns:
        """The columns to go on with, fresh ones on a blank canvas where more than time moved."""
        columns, log = grid.stretch, market.trades
        depth = grid.several or market.depth
        assert depth is not None
        rows = grid.instrument, grid.axis, columns.width, log.generation, log.first
        gaps = market.gaps
        past = depth.edition(columns.interval), grid.horizon, len(gaps), gaps[-1] if gaps else None
        place = None if columns.sweep else columns.first
        key = rows, layout, *past, place, grid.several
        back = columns.last < self._last
        self._last = columns.last
        if self._columns is not None and self._columns[0] == key and not back:
            return self._columns[1]
        settings, instrument = self._settings, grid.instrument
        if self._cells is None or self._cells[0] != rows or back:
            # A sweep's colours are fitted to the turn before the one that is drawn.
            least = least_lots(instrument, settings.least_trade)
            cells = TradedCells(columns.interval, grid.axis, 2 * columns.width, least)
            self._cells = rows, cells
        runs = self._merged((rows, *past, grid.several), back)
        self._canvas = Canvas(*self._size, self._look)
        self._drawn.clear()
        fresh = HeatColumns(self._canvas, layout, depth, columns, self._cells[1], runs, settings)
        self._columns = key, fresh
        return fresh

    def _merged(self, key: Hashable, back: bool) -> HeatRuns | None:
        """The runs of similar sizes, fresh ones where the past came to be seen otherwise."""
        if self._settings.merge == "off":
            return None
        if self._runs is None or self._runs[0] != key or back:
            self._runs = key, HeatRuns(self._settings.merge, self._settings.merge_percent)
        return self._runs[1]

    def _paint(
        self,
        market: Market,
        grid: HeatGrid,
        layout: HeatLayout,
        columns: HeatColumns,
        events: bool,
    ) -> None:
        canvas, picture = self._canvas, layout.picture
        columns.draw(market, grid)
        book = Area(picture.right, picture.y, layout.book, picture.height)
        newest = columns.newest
        if newest is not None and book.width > 1:
            alone = grid.live and grid.several is None
            seen, word = newest, book_warning(market) if alone else None
            self._part(
                "book",
                (columns.drawn, word),
                lambda: _draw_newest(canvas, book, market, grid, *seen, word),
            )
        profile = HeatProfile.of(market, grid, self._settings, self._look.zone)
        beside, left, last, instrument = (
            layout.beside,
            layout.beside.right,
            grid.last,
            grid.instrument,
        )
        if profile is not None and beside.width:
            made = profile
            self._part("profile", made, lambda: draw_profile(canvas, beside, grid, made))
        self._part(
            "axis",
            last,
            lambda: draw_price_axis(canvas, left, picture.y, grid.axis, instrument, last),
        )
        tops = columns.strips.top, columns.strips.delta_top
        self._part("strips", tops, lambda: self._draw_scales(grid, layout, tops))
        steps = columns.steps if self._settings.legend else ()
        moved = steps, grid.stretch.last if grid.stretch.sweep else None
        self._part("times", moved, lambda: self._draw_times(grid, picture.width, steps))
        marks = tuple(columns.marks)
        about = None if profile is None else profile.words
        told = grid.group, grid.axis, grid.horizon, None if grid.live else grid.stretch.end
        self._part(
            "title",
            (market.status, told, marks, about, events, self._sums and self._sums.words),
            lambda: title_row(
                canvas, self._look, "Heatmap", market, self._words(grid, marks, about, events)
            ),
        )

    def _part(self, name: str, made_from: Hashable, draw: Callable[[], None]) -> None:
        """Draw a part unless it would look the same."""
        if name not in self._drawn or self._drawn[name] != made_from:
            draw()
            self._drawn[name] = made_from

    def _draw_scales(self, grid: HeatGrid, layout: HeatLayout, tops: tuple[int, int]) -> None:
        """Say beside each strip what it shows and what a full column is."""
        sizes = HeatSizes.of(self._look, grid)
        shown = ("volume", "full", layout.below), ("delta", "±", layout.deltas)
        for (name, word, strip), top in zip(shown, tops, strict=True):
            if strip.height:
                self._draw_scale(strip, name, word, sizes.about(top))

    def _draw_scale(self, strip: Area, name: str, word: str, size: str) -> None:
        look, canvas = self._look, self._canvas
        left, room = strip.right, canvas.width - strip.right
        canvas.fill(left, strip.y, room, strip.height, look.background)
        words = f"{word} {size}"
        if 1 + len(words) > room:
            words = size  # a cut number would be another one
        canvas.text(left + 1, strip.y, name, look.faint)
        canvas.text(left + 1, strip.y + 1, words, look.faint)

    def _draw_times(self, grid: HeatGrid, width: int, steps: tuple[int, ...]) -> None:
        """Draw the times below the picture and the legend of the colours beside them."""
        canvas, look, columns = self._canvas, self._look, grid.stretch
        row = canvas.height - 1
        zone = look.zone
        labels = even_labels(columns.start, columns.interval, len(columns.starts), zone)
        if columns.sweep:
            labels = swept(labels, columns.x(columns.first), width)
        draw_time_axis(canvas, look, row, labels, 0, width)
        canvas.fill(width, row, canvas.width - width, 1, look.panel)
        word = zone.word(columns.end)
        canvas.right(canvas.width - 1, row, word, look.faint, look.panel)
        sizes = HeatSizes.of(look, grid)
        draw_legend(canvas, width + 1, canvas.width - 2 - len(word), row, sizes, steps)

    def _words(
        self, grid: HeatGrid, marks: tuple[int, ...], profile: str | None, events: bool
    ) -> list[str]:
        """The settings for the title."""
        instrument, settings = grid.instrument, self._settings
        unit = f" {instrument.quote}" if instrument.quote else ""
        clock = self._look.zone.clock
        back = [] if grid.live else [f"back at {clock(grid.stretch.end, millis=False)}"]
        possible = [POSSIBLE] if events else []
        words = [
            settings.timeframe,
            *(() if self._sums is None else self._sums.words),
            *possible,
            *back,
            f"{step(instrument, grid.group)}{unit} a row",
        ]
        words += settings.words(instrument)
        if profile is not None:
            words.append(profile)
        if len(set(marks)) > 1:  # all alike where nothing traded
            legend = zip(MARKS, marks, strict=False)
            sizes = HeatSizes.of(self._look, grid)
            said = " ".join(f"{mark}{sizes.about(lots)}" for mark, lots in legend)
            words.append(f"{said} {sizes.unit.base}".rstrip())
        rough = (not grid.live or grid.several is not None) and grid.group > 1
        return [*self._look.measure.words(instrument, rough), *words, *_hearsay(grid)]


def _draw_newest(
    canvas: Canvas,
    area: Area,
    market: Market,
    grid: HeatGrid,
    view: DepthView,
    scale: HeatScale,
    word: str | None,
) -> None:
    """Draw the book of the newest column, or say why there is none."""
    if word or not view.known[-1]:
        book_word(canvas, area, word or "no book")
    else:
        sizes = HeatSizes.of(canvas.look, grid)
        rows = written_rows(market, grid, view, sizes.measure)
        written = Written(sizes.unit, *rows, sizes.lots_about(scale.most))
        draw_book(canvas, area, written, view, scale)


def _draw_over(
    canvas: Canvas, market: Market, grid: HeatGrid, layout: HeatLayout, over: Overlay
) -> None:
    """Draw what people drew, events, labels over them, ruler, and the crosshair over all."""
    depth, last, sheet = market.depth, grid.stretch.last, heat_sheet(grid, layout)
    draw_sketch(canvas, market, sheet)
    found = events_shown(market, grid, over.events) if over.events else {}
    draw_marks(canvas, layout.picture, found.items())
    if over.labels and depth is not None:
        newest = grid.view(depth, last, last + 1)
        draw_labels(canvas, layout.picture, grid, newest, over.labels)
    measure = canvas.look.measure
    ruler = ruler_of(market, grid, over.ruler, over.cross, measure)
    if ruler is not None:
        draw_ruler(canvas, sheet, ends_of(grid, ruler), ruler)
    if over.cross is not None:
        cell = cell_of(grid, over.cross)
        row = grid.axis.cells - 1 - cell.row // HALVES
        finding = found.get(Place(grid.stretch.x(cell.column), row))
        words = []
        if finding is not None:
            stays = measure.stays(grid.instrument)
            words = [*event_words(grid.instrument, finding), *stays]
        words += notes_at(market, sheet, *over.cross)
        draw_cross(canvas, market, grid, layout, over.cross, words)
    if ruler is not None:
        told = ruler.words(measure.grid(grid.instrument), measure)
        write_words(canvas, layout.picture, layout.picture.y + 1, told)


_SCREENS: WeakKeyDictionary[Market, Recent[Hashable, HeatScreen]] = WeakKeyDictionary()
"""What is kept goes with the market it was drawn of."""


def _hearsay(grid: HeatGrid) -> list[str]:
    """Say where the snapshot ended, when that is in the picture."""
    if grid.horizon is None:
        return []
    low, high = grid.horizon
    if grid.axis.low >= low and grid.axis.high <= high + 1:
        return []
    low_text, high_text = (price(grid.instrument, ticks) for ticks in (low, high))
    return [f"snapshot covered {low_text} to {high_text}"]
