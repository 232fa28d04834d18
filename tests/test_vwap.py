"""The average by volume where trades come late, which bars of so many trades must survive."""

import numpy as np

from market.basis import TickBasis
from market.cvd import Anchor
from market.trades import TradeLog
from market.vwap import Vwap

HOUR = 3_600_000_000_000
DAY = 24 * HOUR
BARS = TickBasis(2)


def means(vwap: Vwap, bars: int) -> list[float | None]:
    """The average at the end of each of so many bars."""
    found = vwap.at(np.arange(bars))
    return [None if spread is None else spread.mean for spread in found]


def fed(vwap: Vwap, hours: list[float], *, at_once: bool) -> Vwap:
    """An average of trades of one lot each, at these hours and at 100, 110, 120 ... ticks."""
    log = TradeLog()
    for number, hour in enumerate(hours):
        log.append(round(hour * HOUR), 100 + 10 * number, 1)
        if not at_once:
            vwap.update(log)
    vwap.update(log)
    return vwap


def test_a_trade_that_comes_late_begins_no_session_that_was_over() -> None:
    for at_once in (True, False):
        vwap = fed(Vwap(BARS, Anchor.SESSION), [25, 26, 23, 27, 28, 29], at_once=at_once)
        assert means(vwap, 3) == [105, 115, 125]
        assert vwap.since == 25 * HOUR


def test_a_trade_that_comes_late_moves_no_anchor() -> None:
    for at_once in (True, False):
        vwap = fed(Vwap(BARS, Anchor.TIME, 5 * HOUR), [10, 11, 3, 12, 13, 14], at_once=at_once)
        assert means(vwap, 3) == [105, 115, 125]
        assert vwap.since == 10 * HOUR
