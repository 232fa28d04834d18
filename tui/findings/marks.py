"""Event marks: one glyph for each sort of finding, in the colour of its side, and which are drawn.

Markets in a hurry sweep every second. Of each sort the largest in sight are marked; a list of all
is what the events pane is for.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from heapq import nlargest
from typing import Final, NamedTuple

from market.detectors.found import Finding, LargeLot, Sort, sort_of
from market.detectors.marks import Mark, marks
from market.market import Market
from tui.candle.barchart import BarChart
from tui.drawing.area import Area
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look

MOST: Final = 50
"""Marks of one sort at most, whatever is set."""
POSSIBLE: Final = "possible events"
"""What a title says where events are marked."""
GLYPHS: Final[dict[Sort, str]] = {
    Sort.SWEEP: "»",
    Sort.LARGE: "○",
    Sort.ICEBERG: "◆",
    Sort.ABSORPTION: "■",
    Sort.EXHAUSTION: "◇",
    Sort.WALL: "×",
    Sort.DIVERGENCE: "≠",
    Sort.LIQUIDATIONS: "!",
}


class Place(NamedTuple):
    """A column and a text row from the top of a chart."""

    x: int
    row: int


def glyph_of(finding: Finding) -> str:
    """The glyph of a finding on a chart and in the list."""
    return GLYPHS[sort_of(finding)]


def ink_of(finding: Finding, look: Look) -> int:
    """The colour of a finding's side."""
    return look.buy if finding.lots > 0 else look.sell


def largest(market: Market, begin: int, end: int, axis: PriceAxis, most: int) -> list[Mark]:
    """What is marked from `begin` up to `end` on an axis: the `most` largest of each sort.

    What was known only later is left out. What is drawn later lies over what was drawn before:
    large lots come first, since trades are seen anyway, and then smaller before larger ones.
    """
    sorts: defaultdict[Sort, list[Mark]] = defaultdict(list)
    for mark in marks(market, begin, end):
        if mark.finding.ts < end and axis.low <= mark.ticks < axis.high:
            sorts[sort_of(mark.finding)].append(mark)
    chosen = [one for found in sorts.values() for one in nlargest(most, found, key=_size)]
    return sorted(chosen, key=lambda one: (not isinstance(one.finding, LargeLot), *_size(one)))


def draw_marks(canvas: Canvas, area: Area, placed: Iterable[tuple[Place, Finding]]) -> None:
    """Draw marks on grounds of their own: green for buyers and bids, red for the others.

    Without colour those of sellers and asks are dark on light.
    """
    look = canvas.look
    for (x, row), finding in placed:
        ink, ground = ink_of(finding, look), look.panel
        if look.mono:
            ink, ground = look.text, look.panel if finding.lots > 0 else look.selection
        if 0 <= x < area.width:
            canvas.mark(area.x + x, area.y + row, glyph_of(finding), ink, ground)


def draw_bar_events(
    canvas: Canvas, area: Area, axis: PriceAxis, chart: BarChart, market: Market, most: int
) -> None:
    """Mark the findings in the bars of a chart at their prices."""
    past, starts = chart.past, chart.past.starts
    begins = starts[: past.number + 1 - past.first]
    if not begins:
        return
    placed: dict[Place, Finding] = {}
    for ts, ticks, finding in largest(market, begins[0], chart.newest.end, axis, most):
        number = past.first + bisect_right(begins, ts) - 1
        x = past.slots.cell(number) + (past.slots.pitch - 1) // 2
        placed[Place(x, axis.cell(ticks))] = finding
    draw_marks(canvas, area, placed.items())


def _size(mark: Mark) -> tuple[int, int]:
    """How large a finding is; of equal ones the newer counts as larger."""
    return abs(mark.finding.lots), mark.ts
