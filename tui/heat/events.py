"""Heat events: what detectors found, as marks over a heatmap at the time and price it belongs to.

Everything marked is only possible.
"""

from market.detectors.found import Finding, sort_of
from market.instrument import Instrument
from market.market import Market
from tui.drawing.format import compact_size
from tui.findings.marks import Place, largest
from tui.findings.words import evidence
from tui.heat.grid import HeatGrid


def events_shown(market: Market, grid: HeatGrid, most: int) -> dict[Place, Finding]:
    """The `most` largest findings of each sort by place in the picture, as known at its end."""
    columns, axis = grid.stretch, grid.axis
    return {
        Place(columns.x(ts // columns.interval), axis.cell(ticks)): finding
        for ts, ticks, finding in largest(market, columns.start, columns.end, axis, most)
    }


def event_words(instrument: Instrument, finding: Finding) -> list[str]:
    """What was found and what speaks for it, a line each."""
    size = compact_size(instrument, abs(finding.lots))
    return [f"possible {sort_of(finding)} {size}", *evidence(instrument, finding)]
