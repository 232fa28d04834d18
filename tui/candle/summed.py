"""Candles summed: strips of volume and delta of several markets of one coin, under bars of one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from market.barsum import Summed, SummedBars, summed_bars
from market.basis import Basis, TimeBasis
from market.cvd import Anchor, PartedSums
from market.instrument import plain
from market.market import Market
from market.valued import valued_bars
from tui.candle.barchart import BarChart
from tui.drawing.format import safe_text
from tui.drawing.measure import Measure
from tui.pane import GOOD_STATES
from tui.scope import Scope
from tui.venues import alike, quotes, unheard


class Strips(NamedTuple):
    """What the strips of volume and delta show: bars in the slots of a chart, and running sums."""

    chart: BarChart
    sums: PartedSums | None


def summed_markets(scope: Scope, wanted: bool, basis: Basis) -> list[Market]:
    """The markets with trades whose volume and delta are summed up; none where it is one alone.

    Only bars of time are of the same time in all of them.
    """
    if not wanted or not isinstance(basis, TimeBasis):
        return []
    markets = alike(scope, lambda market: len(market.trades) > 0)
    return markets if len(markets) > 1 and len(markets[0].trades) else []


def strips_of(
    markets: Sequence[Market], chart: BarChart, anchor: Anchor, since: int, measure: Measure
) -> Strips | None:
    """The sums of markets in the slots of a chart; None where its bars are not of time."""
    past = chart.past
    if not markets or not isinstance(past.basis, TimeBasis):
        return None
    valued, interval = measure is Measure.QUOTE, past.basis.interval
    sums = summed_bars(markets, past.basis, anchor, since, valued)
    begin, beyond = past.slots.first * interval, (past.slots.newest + 1) * interval
    found = sums.between(begin, chart.end)
    if found is not None and found.bars.newest.start >= beyond:
        # The clocks of venues differ: another one may be in the next bar already.
        found = sums.between(begin, beyond)
    if found is None:
        return None
    run, newest, number = found.bars
    grid = measure.grid(sums.grid)
    summed = past._replace(instrument=grid, run=run, number=number, since=newest.start)
    return Strips(replace(chart, past=summed, newest=newest), found.sums)


def summed_measure(markets: Sequence[Market], strips: Strips, measure: Measure) -> list[str]:
    """The currency that sums are in, where it is not as usual; none where there are no sums."""
    if not markets:
        return []
    past = strips.chart.past
    first = int(past.run.start[0]) if len(past.run) else past.since
    bars = (valued_bars(market, past.basis) for market in markets)
    rough = any(one.rough(first) for one in bars)
    instruments = [market.instrument for market in markets if market.instrument is not None]
    unlike = quotes(instruments)
    words = [f"{' and '.join(map(safe_text, unlike))} as one"] if unlike else []
    return [*measure.words(instruments[0], rough), *words]


def summed_words(scope: Scope, wanted: bool, basis: Basis) -> list[str]:
    """What the title says of sums: of how many markets, and which of them lack something."""
    known = [*alike(scope), *unheard(scope)] if wanted else []
    if len(known) < 2:
        return []
    if not isinstance(basis, TimeBasis):
        return ["volume and CVD of one: bars of time alone add up"]
    there = [market for market in known if len(market.trades)]
    lacking = [
        f"{safe_text(market.id)} {market.status.state.value}"
        for market in there[1:]
        if market.status.state not in GOOD_STATES
    ]
    lacking += [f"none of {safe_text(market.id)}" for market in known if market not in there]
    of = f"{len(known)}" if len(there) == len(known) else f"{len(there)} of {len(known)}"
    return [f"volume and CVD of {of}", *lacking]


def summed_numbers(
    markets: Sequence[Market], basis: Basis, end: int | None, anchor: Anchor, since: int
) -> list[dict[str, object]]:
    """Every bar of the sums as exact decimal strings, oldest first, with each market's part."""
    if not markets or not isinstance(basis, TimeBasis):
        return []
    sums = summed_bars(markets, basis, anchor, since)
    found = sums.between(0, end)
    return [] if found is None else _told(sums, found)


def _told(sums: SummedBars, found: Summed) -> list[dict[str, object]]:
    def size(lots: int) -> str:
        return plain(sums.grid.size(lots))

    (run, newest, _), (made, _, _, point) = found
    parts, told = sums.parts(), list[dict[str, object]]()
    values = [*found.sums.values.tolist(), point.value]
    for place, bar in enumerate((*run.bars, newest)):
        known, reliable = bool(made.known[place]), bool(made.reliable[place])
        told.append(
            {
                "start": bar.start,
                "volume": size(bar.volume),
                "buy": size(bar.buy) if bar.split else None,
                "sell": size(bar.sell) if bar.split else None,
                "cvd": size(values[place]) if known else None,
                "cvd_reliable": reliable,
                "shares": {
                    part.id: {
                        "volume": size(int(part.volume[place])),
                        "cvd": size(int(part.cvd[place])) if known else None,
                    }
                    for part in parts
                },
            }
        )
    return told
