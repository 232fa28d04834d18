"""Events: what large players may have been doing, newest first, each with its evidence.

Nothing here is certain: every line is a heuristic, and says so.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from market.basis import parse_basis
from market.detectors.findings import Findings, findings, usual_group
from market.detectors.found import Finding, LevelRules, PrintRules, Rules, Sort, SwingRules, sort_of
from market.detectors.marks import marks
from market.instrument import Instrument
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.findings.chart import Stretch, columns_of, draw_event_chart
from tui.findings.marks import GLYPHS
from tui.findings.sheet import EventSheet, drawn_list
from tui.findings.words import exact
from tui.pane import Size, as_of, book_warning, message, title_row, waiting
from tui.scope import Scope

_READING = "reading older trades"
_HEAD = 3
"""Rows above the newest line."""
_LIST = 113
"""Cells of a list with its evidence in full."""
_CHART = 60
"""The least cells of a chart beside it."""


@dataclass(frozen=True, slots=True)
class EventsPane:
    """The newest findings; `timeframe` is the length of the bars that make swings.

    `grouping` is the rows in which exhaustion is looked for; `center` is there because every pane
    has it: a list has no price axis.
    """

    kind: ClassVar[str] = "events"
    title: ClassVar[str] = "Events"
    minimum: ClassVar[Size] = Size(34, 6)

    grouping: int | None = None
    """Ticks in a row in which exhaustion is looked for."""
    timeframe: str = "15s"
    """Length of the bars that make swings."""
    until: int | None = None
    center: int | None = None
    """Without effect: a list has no axis of prices."""
    sweeps: bool = True
    """Show possible sweeps: one order through many levels."""
    large_lots: bool = True
    """Show large lots."""
    icebergs: bool = True
    """Show possible icebergs: more traded than was ever shown."""
    absorption: bool = True
    """Show possible absorption: much traded, the price held."""
    exhaustion: bool = True
    """Show possible exhaustion: little traded at an extreme."""
    pulled_walls: bool = True
    """Show walls that were possibly pulled before they traded."""
    divergences: bool = True
    """Show possible divergences of price and delta."""
    liquidations: bool = True
    """Show possible bursts of liquidations."""
    levels: int = 8
    """Prices that a sweep takes from at least."""
    percentile: float = 99.0
    """Percentile of the latest orders that a large lot is above."""
    large: float | None = None
    """Size from which on a lot is large; auto goes by percentile."""
    notional: float | None = None
    """Worth in quote currency from which on a lot is large."""
    refills: int = 3
    """Times that an iceberg fills up again, at least."""
    wall: int = 5
    """Times the median of the nearest 50 levels that a wall is."""
    pivot: int = 3
    """Bars on each side that confirm a swing."""

    def __post_init__(self) -> None:
        parse_basis(self.timeframe)
        for least, name in ((2, "levels"), (1, "refills"), (1, "wall"), (1, "pivot")):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more")
        if not 50 <= self.percentile < 100:
            raise ValueError("a percentile from 50 to below 100 is accepted")

    def draw(self, market: Market | None, size: Size, look: Look) -> Canvas:
        """Draw title, how many of each sort there are, column heads, and the newest lines."""
        canvas = Canvas(size.width, size.height, look)
        if market is None or market.instrument is None:
            title_row(canvas, look, self.title, market)
            message(canvas, look, waiting(market, "trades"))
            return canvas
        instrument, zone = market.instrument, look.zone
        every, now = findings(market, self._rules(instrument)), self.until or market.clock
        found = self._wanted(every)
        reading = [_READING] if every.unread else []
        words = [*as_of(self.until, zone), *reading, "all only possible", zone.word(now)]
        measured = look.measure.words(instrument)
        if instrument.base and not measured:
            words.append(f"size in {instrument.base}")
        words = [*measured, *words]
        title_row(canvas, look, self.title, market, words)
        top = 1
        if size.height >= 8:
            self._draw_counts(canvas, look, market, found)
            top = 2
        if not found:
            nothing = f"nothing found up to {zone.clock(now)} {zone.word(now)}"
            message(canvas, look, "".join(reading) or nothing)
            return canvas
        shown = found[: -1 - max(1, size.height - top - 1) : -1]
        side = _side(size.width)
        sheet = EventSheet.of(instrument, size.width - side, shown, zone, look.measure)
        canvas.blit(drawn_list(sheet, tuple(shown), size.height - top, look), 0, top)
        if side:
            area = Area(size.width - side, top, side, size.height - top)
            self._draw_side(canvas, area, market, shown)
        return canvas

    def stepped(self, scope: Scope, size: Size, lines: int) -> "EventsPane":
        """The list so many moments further back; past the newest it follows the market again."""
        market = scope.market
        if market is None or market.instrument is None:
            return self
        whole = replace(self, until=None)
        times = sorted({finding.ts for finding in whole._found(market)})
        newest = len(times) - 1
        at = newest if self.until is None else bisect_right(times, self.until) - 1
        if at - lines >= newest:
            return whole
        # Where nothing was found there is nothing further back.
        return replace(self, until=times[max(0, at - lines)]) if times else self

    def page(self, size: Size) -> int:
        """Lines to move on by so that some remain in sight."""
        return max(1, size.height - 2 * _HEAD)

    def group_shown(self, market: Market, size: Size) -> int | None:
        """Ticks a row in which exhaustion is looked for; None where there is nothing yet."""
        last = market.last
        return None if last is None else self.grouping or usual_group(last.ticks)

    def numbers(self, market: Market, size: Size) -> dict[str, object]:
        """Every finding held that is shown, oldest first, by sort."""
        lists: dict[str, list[dict[str, object]]] = {sort.value: [] for sort in Sort}
        if market.instrument is not None:
            for finding in self._found(market):
                lists[sort_of(finding)].append(exact(market.instrument, finding))
        return {name.replace(" ", "_"): rows for name, rows in lists.items()}

    def _found(self, market: Market) -> Sequence[Finding]:
        """The findings that are wanted, oldest first."""
        assert market.instrument is not None
        return self._wanted(findings(market, self._rules(market.instrument)))

    def _wanted(self, every: Findings) -> Sequence[Finding]:
        """Of all findings those that are wanted."""
        hidden = _hidden(self)
        if not hidden and self.until is None:
            return every.all()
        until = (1 << 63) - 1 if self.until is None else self.until
        return [one for one in every.all() if sort_of(one) not in hidden and one.ts <= until]

    def _draw_side(
        self, canvas: Canvas, area: Area, market: Market, shown: Sequence[Finding]
    ) -> None:
        """Draw the price since the oldest line of the list, with all that is marked in it."""
        instrument = market.instrument
        assert instrument is not None
        columns = columns_of(area.width, instrument, shown[0].ticks)
        stretch = Stretch.back_to(shown[-1].ts, market.clock, self.until, columns)
        hidden, until = _hidden(self), stretch.end if self.until is None else self.until
        marked = [
            mark
            for mark in marks(market, stretch.begin, stretch.end, self._rules(instrument))
            if mark.finding.ts <= until and sort_of(mark.finding) not in hidden
        ]
        draw_event_chart(canvas, area, market, stretch, marked)

    def _rules(self, instrument: Instrument) -> Rules:
        notional = None
        if self.notional is not None:
            unit = float(instrument.tick_size * instrument.lot_size)
            notional = max(1, round(self.notional / unit))
        large = None if self.large is None else max(1, instrument.lots(self.large))
        return Rules(
            PrintRules(self.levels, percentile=self.percentile, large=large, notional=notional),
            LevelRules(self.refills, wall=self.wall),
            SwingRules(self.pivot, parse_basis(self.timeframe), self.grouping),
        )

    def _draw_counts(
        self, canvas: Canvas, look: Look, market: Market, found: Sequence[Finding]
    ) -> None:
        """Draw how many of each sort are held, and whether the book can be judged at all."""
        end = canvas.width
        if warning := book_warning(market):
            words = f" levels not judged: book is {warning} "
            words = words if len(words) < end // 2 else f" book {warning} "
            canvas.right(end, 1, words, look.warn, bold=True)
            end -= len(words)
        counts = Counter(map(sort_of, found))
        x = 1
        for sort in Sort:
            text = f"{GLYPHS[sort]} {counts[sort]} {_many(sort, counts[sort])}"
            if counts[sort] and x + len(text) < end:
                canvas.text(x, 1, text, look.dim)
                x += len(text) + 2


def _side(width: int) -> int:
    """Cells of the chart beside the list; none where the list needs them."""
    return width - _LIST if width - _LIST >= _CHART else 0


def _many(sort: Sort, count: int) -> str:
    """The word for so many of a sort."""
    alike = sort in (Sort.ABSORPTION, Sort.EXHAUSTION, Sort.LIQUIDATIONS)
    return sort if count == 1 or alike else f"{sort}s"


def _hidden(pane: EventsPane) -> frozenset[Sort]:
    """The sorts that are switched off."""
    switches = {
        Sort.SWEEP: pane.sweeps,
        Sort.LARGE: pane.large_lots,
        Sort.ICEBERG: pane.icebergs,
        Sort.ABSORPTION: pane.absorption,
        Sort.EXHAUSTION: pane.exhaustion,
        Sort.WALL: pane.pulled_walls,
        Sort.DIVERGENCE: pane.divergences,
        Sort.LIQUIDATIONS: pane.liquidations,
    }
    return frozenset(sort for sort, shown in switches.items() if not shown)
