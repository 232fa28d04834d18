"""Heat events: what detectors found, as marks over a heatmap at the time and price it belongs to.

Everything marked is only possible. Large lots are left out: the dots of the trades show them.
"""

from market.detectors.found import Finding, LargeLot, sort_of
from market.detectors.marks import marks
from market.instrument import Instrument
from market.market import Market
from tui.area import Area
from tui.canvas import Canvas
from tui.eventmarks import glyph_of, ink_of
from tui.eventwords import evidence
from tui.format import compact_size
from tui.heatgrid import HeatGrid


def events_shown(market: Market, grid: HeatGrid) -> dict[tuple[int, int], Finding]:
    """Findings by column and text row from the top, the newest of each, as known at the end."""
    columns, axis = grid.stretch, grid.axis
    found: dict[tuple[int, int], Finding] = {}
    for ts, ticks, finding in marks(market, columns.start, columns.end):
        row = axis.cell(ticks)
        known = finding.ts < columns.end and not isinstance(finding, LargeLot)
        if known and 0 <= row < axis.cells:
            found[ts // columns.interval, row] = finding
    return found


def draw_events(
    canvas: Canvas, picture: Area, grid: HeatGrid, found: dict[tuple[int, int], Finding]
) -> None:
    """Draw the marks on a ground of their own: green for buyers and bids, red for the others."""
    look = canvas.look
    for (column, row), finding in found.items():
        x, y = picture.x + grid.stretch.x(column), picture.y + row
        canvas.mark(x, y, glyph_of(finding), ink_of(finding, look), look.panel)


def event_words(instrument: Instrument, finding: Finding) -> list[str]:
    """What was found and what speaks for it, a line each."""
    size = compact_size(instrument, abs(finding.lots))
    return [f"possible {sort_of(finding)} {size}", *evidence(instrument, finding)]
