"""Between: what traded in bars or columns from one to another, both counted (definitions.md)."""

from typing import NamedTuple

import numpy as np

from market.basis import Basis
from market.cuts import BARS_KEPT
from market.market import Market
from market.valued import valued_bars


class Between(NamedTuple):
    """Volume and delta in lots or values; no delta where the sides of any bar are not known."""

    volume: int
    delta: int | None


def traded_between(
    market: Market,
    basis: Basis,
    one: int,
    other: int,
    end: int | None = None,
    valued: bool = False,
) -> Between:
    """The sums over the bars with numbers from one to the other, whichever is the earlier.

    `end` is the time at which bars begin that are not seen yet. `valued` they are what was traded
    was worth (`market/valued.py`).
    """
    first, last = sorted((one, other))
    bars = valued_bars(market, basis) if valued else market.bars(basis)
    newest = bars.parted(end, 1)
    if newest is None:
        return Between(0, 0)
    count = min(max(1, newest.number - first + 1), BARS_KEPT)
    parted = bars.parted(end, count)
    assert parted is not None
    run = parted.run
    inside = slice(*np.searchsorted(run.numbers, (first, last + 1)).tolist())
    volume, split = int(run.volume[inside].sum()), bool(run.split[inside].all())
    delta = int(run.buy[inside].sum() - run.sell[inside].sum())
    if first <= parted.number <= last:
        volume, delta = volume + parted.newest.volume, delta + parted.newest.delta
        split = split and parted.newest.split
    return Between(volume, delta if split else None)
