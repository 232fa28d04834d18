"""Tape lines: which orders are large, which a liquidation may have made, and what was usual."""

from fractions import Fraction
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.events import Side
from market.market import Market
from market.orders import Orders, orders
from market.recent import Recent
from market.trades import TradeLog
from tui.heat.brightness import round_sizes
from tui.tape.page import Line, Ranks

SAMPLE = 8192
"""Prints that are looked at: sizes are ranked among them, and more never fit."""
NEAR = 1_000_000_000
"""How far in time a liquidation of the same side and size may be stated from its print, ns."""
_STEP = 1024
"""The sample moves by so many prints, or a fraction while there are few: ranks stay put."""
_LEAST = 50
"""Too few orders rank nothing."""


class Large(NamedTuple):
    """From when on an order counts as large: the first of value, lots and rank that is set."""

    rank: float
    """Percentile of recent sizes."""
    lots: int = 0
    value: int = 0
    """Ticks times lots."""


class Sample(NamedTuple):
    """What orders were like of late, which says how to write and what to stress."""

    ranks: Ranks
    highest: int
    most: int
    swept: int
    value: int
    """What the largest was worth, ticks times lots."""


def sample_of(log: TradeLog, end: int, merge: bool, large: Large) -> Sample:
    """Look at the orders before `end`, up to where the sample moved last."""
    step = min(_STEP, 1 << max(4, end.bit_length() - 3))
    stop = max(log.first, end // step * step)
    start = max(log.first, stop - SAMPLE)
    kept = _SAMPLES.get(log)
    if kept is None:
        kept = _SAMPLES[log] = Recent(4)
    key = (log.generation, start, stop, merge, large)
    return kept.get(key, lambda: _looked_at(log, start, stop, merge, large))


def _looked_at(log: TradeLog, start: int, stop: int, merge: bool, large: Large) -> Sample:
    found = orders(log.between(start, stop), merge)
    lots = np.abs(found.lots)
    most = (found.ticks.max(initial=0), lots.max(initial=0), found.swept.max(initial=0))
    value = np.abs(found.value).max(initial=0)
    return Sample(_ranks(lots, large, int(most[0])), *map(int, (*most, value)))


def _ranks(lots: NDArray[np.int64], large: Large, price: int) -> Ranks:
    """Sizes by rank; a threshold that was set stands for the largest rank."""
    usual = [*round_sizes(lots, (50.0, min(90.0, large.rank), large.rank))]
    if len(lots) < _LEAST:
        usual = [0, 0, 0]
    if large.value:
        usual[2] = max(1, large.value // max(1, price))
    elif large.lots:
        usual[2] = large.lots
    return Ranks(*usual)


_SAMPLES: WeakKeyDictionary[TradeLog, Recent[tuple[int, int, int, bool, Large], Sample]] = (
    WeakKeyDictionary()
)


def lines_of(
    market: Market, shown: Orders, ranks: Ranks, large: Large, worth: Fraction | int = 0
) -> list[Line]:
    """Orders as lines, each with its rank and whether a liquidation may have made it.

    With `worth` they also tell their values, in units of so many ticks times lots.
    """
    ranked = _ranked(np.abs(shown.lots), shown.value, ranks, large)
    columns = (shown.ts, shown.ticks, shown.lots, shown.prints, shown.swept, ranked)
    rows = zip(*(column.tolist() for column in columns), _forced(market, shown), strict=True)
    lines = [Line(*row) for row in rows]
    if not worth:
        return lines
    values = np.abs(shown.value).tolist()
    return [
        line._replace(value=int((2 * value + worth) // (2 * worth)))
        for line, value in zip(lines, values, strict=True)
    ]


def _ranked(
    lots: NDArray[np.int64], values: NDArray[np.int64], ranks: Ranks, large: Large
) -> NDArray[np.int64]:
    """The rank of each order."""
    rank = np.ones(len(lots), np.int64)
    if ranks.notable:
        rank = np.array(ranks[:2]).searchsorted(lots, "right").astype(np.int64)
    if large.value:
        rank[np.abs(values) >= large.value] = 3
    elif ranks.large:
        rank[lots >= ranks.large] = 3
    return rank


def _forced(market: Market, shown: Orders) -> list[bool]:
    """Which orders share side and exchange time with a liquidation, or are near one of their size.

    Venues state liquidations apart from prints, so this is a guess: possible ones.
    """
    instrument, count = market.instrument, len(shown.ts)
    if not market.forced or instrument is None or not count:
        return [False] * count
    oldest = int(shown.ts.min()) - NEAR
    times: set[tuple[int, bool]] = set()
    sizes: dict[tuple[int, bool], list[int]] = {}
    for one in market.forced:
        if one.ts_event >= oldest:
            buy = one.side is Side.BUY
            times.add((one.ts_event, buy))
            sizes.setdefault((instrument.lots(one.size), buy), []).append(one.ts_event)
    return [
        (ts, lots > 0) in times
        or any(abs(at - ts) <= NEAR for at in sizes.get((abs(lots), lots > 0), ()))
        for ts, lots in zip(shown.ts.tolist(), shown.lots.tolist(), strict=True)
    ]
