"""Candles valued: strips of volume and delta as what they were worth, under bars of a chart."""

from dataclasses import replace

import numpy as np

from market.cvd import Anchor, PartedSums
from market.market import Market
from market.valued import valued_bars, valued_cvd
from tui.candle.barchart import BarChart
from tui.candle.summed import Strips
from tui.drawing.measure import Measure, Valued


def valued_strips(
    market: Market, chart: BarChart, anchor: Anchor, since: int, wanted: bool
) -> Strips:
    """The bars of a chart and their running sums in quote currency; sums where there is room."""
    past = chart.past
    bars = valued_bars(market, past.basis)
    grid, run = Measure.QUOTE.grid(past.instrument), bars.run(past.run)
    newest = bars.bar(chart.newest, past.number)
    valued = replace(chart, past=past._replace(instrument=grid, run=run), newest=newest)
    sums = chart.sums(valued_cvd(market, past.basis, anchor, since)) if wanted else None
    return Strips(valued, sums)


def told_by(chart: BarChart, strips: Strips) -> BarChart:
    """The bars of a chart as the crosshair tells them: valued where its strips are."""
    return strips.chart if isinstance(strips.chart.past.instrument, Valued) else chart


def measured_words(market: Market, measure: Measure, chart: BarChart, strips: Strips) -> list[str]:
    """What the title says first: the currency that strips are in.

    It is rough where candles of the venue are in sight or in the sums. Sums of several markets
    stay in base currency.
    """
    past, sums = chart.past, strips.sums
    if told_by(chart, strips) is chart:
        return measure.stays(past.instrument)
    first = int(past.run.start[0]) if len(past.run) else chart.newest.start
    since = first if sums is None else min(first, _begun(sums))
    return measure.words(past.instrument, valued_bars(market, past.basis).rough(since))


def _begun(found: PartedSums) -> int:
    """When the sum that is in sight first began."""
    sums = found.sums
    first = int(np.searchsorted(sums.period, sums.period[found.begin]))
    first += int(sums.known[first:].argmax())
    return int(sums.starts[first])
