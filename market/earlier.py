"""Earlier: what another run knew of an instrument, put in front of what this one has seen.

A monitor that is started again begins with an empty record. What was recorded meanwhile is read
into a market of its own, off to the side, and then joined to the present one as if it had run all
the time. Between the two stands a gap, unless they overlap; nothing is repeated into it.
"""

from collections import Counter
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.depth import COARSE_SPAN, DepthPast
from market.gaps import Gap
from market.inference import merged, ratios
from market.instrument import Instrument
from market.market import GAPS_KEPT, Market
from market.trades import TradeColumns
from market.units import units_of

Integers = NDArray[np.int64]

APART = "not recorded"
"""Why nothing is known between two runs."""


class Earlier(NamedTuple):
    """What is kept of one market, in ticks and lots of its `instrument`."""

    id: str
    instrument: Instrument
    listed: Instrument | None
    clock: int
    """Market time at its end."""
    trades: TradeColumns
    depth: DepthPast
    gaps: tuple[Gap, ...]


def earlier(market: Market) -> Earlier | None:
    """What a market knows, to be handed on; None where it knows nothing."""
    if market.instrument is None or market.depth is None or not market.clock:
        return None
    return Earlier(
        market.id,
        market.instrument,
        market.listed,
        market.clock,
        TradeColumns(*(column.copy() for column in market.trades.last(len(market.trades)))),
        market.depth.past,
        tuple(market.gaps),
    )


def ready(market: Market, past: Earlier) -> bool:
    """Whether a market has begun, so that its past can be put in front of it.

    Until its instrument is listed, where it was before, nobody knows what its sizes mean.
    """
    begun = market.depth is not None and market.depth.begun is not None
    return begun and (market.listed is not None or past.listed is None)


def recall(market: Market, past: Earlier) -> bool:
    """Put a past in front of a market that is `ready`; False where the two do not fit together.

    They do not where their sizes mean something else, their grids have no common one, or the past
    ended hours before. It may reach into the present: what both saw is taken from the market.
    """
    if market.depth is None or market.depth.begun is None:
        return False
    if past.clock < market.depth.begun - COARSE_SPAN:
        return False
    grids = _common_grids(market, past)
    if grids is None:
        return False
    price, size = ratios(past.instrument, grids)
    ts, ticks, lots = past.trades
    trades = TradeColumns(ts, _restated(ticks, price), _restated(lots, size))
    began = market.depth.begun
    present = market.trades.last(len(market.trades))
    if len(present.ts):
        began = min(began, int(present.ts.min()))
        trades = _before(trades, present)
    market.trades.precede(trades)
    market.depth.precede(past.depth, price, size)
    gaps = [gap._replace(end=began if gap.end is None else gap.end) for gap in past.gaps]
    if past.clock < began and (not gaps or gaps[-1].end != began):
        gaps.append(Gap(past.clock, began, APART))
    market.gaps[:0] = gaps
    del market.gaps[:-GAPS_KEPT]
    return True


def _common_grids(market: Market, past: Earlier) -> Instrument | None:
    """Grids for both, which the market takes; None where there are none."""
    present = market.instrument
    if present is None or _meaning(past.listed) != _meaning(market.listed):
        return None
    price, size = ratios(past.instrument, present)
    if price.denominator == size.denominator == 1:
        return present
    finer = merged(present, past.instrument)
    return finer if market.regrid(finer) else None


def _meaning(listed: Instrument | None) -> object:
    """What one lot of a listed instrument is."""
    units = None if listed is None else units_of(listed)
    return None if units is None else (units.listed.contract_size, units.instrument.lot_size)


def _restated(values: Integers, ratio: Fraction) -> Integers:
    """Ticks or lots on other grids, of which there are whole numbers in each."""
    return values if ratio == 1 else values * ratio.numerator // ratio.denominator


def _before(trades: TradeColumns, present: TradeColumns) -> TradeColumns:
    """The trades that came before all that the present one has seen.

    A venue may begin with the trades of some minutes, the first of which share their time with
    others that it does not state.
    """
    begin = int(present.ts.min())
    if not len(trades.ts) or int(trades.ts.max()) < begin:
        return trades
    kept = trades.ts < begin
    shared = np.flatnonzero(trades.ts == begin).tolist()
    seen = Counter(_pairs(present, np.flatnonzero(present.ts == begin).tolist()))
    for place, pair in zip(shared, _pairs(trades, shared), strict=True):
        kept[place] = seen[pair] <= 0
        seen[pair] -= 1
    return TradeColumns(*(column[kept] for column in trades))


def _pairs(trades: TradeColumns, places: list[int]) -> list[tuple[int, int]]:
    return [(int(trades.ticks[at]), int(trades.lots[at])) for at in places]
