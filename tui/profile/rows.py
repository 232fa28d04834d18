"""Profile rows: which prices a picture of a session covers, and how tall it is to have a foot."""

from typing import Final

from market.market import Market
from tui.drawing.axis import nice_grouping
from tui.rows import PriceRows, centred, fitted, price_path, settled

FOOTED: Final = 8
"""Rows of a picture from which on it has a foot."""
_FILL: Final = 0.9
"""Share of the rows that the session may take before the grouping gets coarser."""


def session_rows(
    market: Market,
    low: int,
    high: int,
    height: int,
    grouping: int | None,
    center: int | None,
    until: int | None,
) -> PriceRows:
    """Rows that cover a session from its low to its high, or the price where they are too many."""
    assert market.instrument is not None
    count = max(0, height - 1 - (height >= FOOTED))
    wanted = (high - low + 1) / _FILL / max(1, count)
    group = grouping or nice_grouping(wanted, market.instrument.tick_size)
    if center is not None:
        return centred(center, group, count)
    if high // group - low // group >= count:
        return settled(price_path(market, until), group, count)
    return fitted(low, high, group, count)
