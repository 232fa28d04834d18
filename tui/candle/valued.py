"""Candles valued: bars of a chart with sizes as what they were worth, and their running sums."""

from dataclasses import replace

import numpy as np

from market.cvd import Anchor, PartedSums
from market.market import Market
from market.valued import valued_bars, valued_cvd
from tui.candle.barchart import BarChart
from tui.drawing.measure import Measure


def measured(market: Market, chart: BarChart, measure: Measure) -> BarChart:
    """The same bars with sizes as they are to be written."""
    if measure is Measure.BASE:
        return chart
    past, bars = chart.past, valued_bars(market, chart.past.basis)
    grid, run = measure.grid(past.instrument), bars.run(past.run)
    newest = bars.bar(chart.newest, past.number)
    return replace(chart, past=past._replace(instrument=grid, run=run), newest=newest)


def valued_sums(market: Market, chart: BarChart, anchor: Anchor, since: int) -> PartedSums | None:
    """The running sums of the bars of a chart in quote currency."""
    return chart.sums(valued_cvd(market, chart.past.basis, anchor, since))


def measured_words(
    market: Market, measure: Measure, chart: BarChart, sums: PartedSums | None
) -> list[str]:
    """What the title says first: the currency that strips are in.

    It is rough where candles of the venue are in sight or in the sums.
    """
    past = chart.past
    first = int(past.run.start[0]) if len(past.run) else chart.newest.start
    since = first if sums is None else min(first, _begun(sums))
    return measure.words(past.instrument, valued_bars(market, past.basis).rough(since))


def _begun(found: PartedSums) -> int:
    """When the sum that is in sight first began."""
    sums = found.sums
    first = int(np.searchsorted(sums.period, sums.period[found.begin]))
    first += int(sums.known[first:].argmax())
    return int(sums.starts[first])
