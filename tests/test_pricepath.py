"""The price path, read bit by bit, leads where a walk through the whole path leads."""

from decimal import Decimal
from itertools import accumulate

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from market.trades import TradeLog
from tests.strategies import Drawn
from tui.drawing.axis import Movement, PriceAxis, steady_axis
from tui.heat.pricepath import WINDOWS, PricePath

INTERVAL, CELLS, TICK = 10, 8, Decimal("0.1")
prints = st.lists(
    st.builds(Drawn, st.integers(-15, 60), st.integers(599_000, 601_000), st.just(1)),
    min_size=1,
    max_size=60,
)
widths = st.integers(1, 12)


def walked(log: TradeLog, last: int, width: int) -> tuple[PriceAxis, int] | None:
    """The scale after a walk through every column, each of them looked for in all trades."""
    ts, ticks, _ = (column.tolist() for column in log.since(log.first))
    columns = [newest // INTERVAL for newest in accumulate(ts, max)]
    first = (last // width - WINDOWS) * width
    path: list[tuple[int, int, int]] = []
    for column in range(first, last + 1):
        inside = [price for price, at in zip(ticks, columns, strict=True) if at == column]
        if inside:
            path.append((min(inside), max(inside), inside[-1]))
        elif path:
            path.append((path[-1][2],) * 3)
    if not path:
        return None
    low, high, close = (np.array(prices, np.int64) for prices in zip(*path, strict=True))
    return steady_axis(Movement(low, high, close), width, CELLS, TICK)


@given(prints, widths, st.booleans())
def test_a_path_gone_on_with_leads_where_the_whole_walk_does(
    drawn: list[Drawn], width: int, small: bool
) -> None:
    log = TradeLog(16) if small else TradeLog()
    path = PricePath(INTERVAL, width, CELLS, TICK, 2, None)
    clock = 1_000
    for wait, ticks, lots in drawn:
        log.append(clock + wait, ticks, lots)
        clock = max(clock, clock + wait)
        assert path.axis(log, clock // INTERVAL) == walked(log, clock // INTERVAL, width)
        assert path.last == ticks


@given(prints, widths, st.integers(0, 100))
def test_a_path_that_ends_in_the_past_knows_nothing_of_what_came_later(
    drawn: list[Drawn], width: int, back: int
) -> None:
    log = TradeLog()
    path, clock = PricePath(INTERVAL, width, CELLS, TICK, 2, None), 1_000
    for wait, ticks, lots in drawn:
        log.append(clock + wait, ticks, lots)
        clock = max(clock, clock + wait)
        path.axis(log, clock // INTERVAL)
    last = max(0, clock - back * INTERVAL) // INTERVAL
    assert path.axis(log, last) == walked(log, last, width)
    assert path.axis(log, clock // INTERVAL) == walked(log, clock // INTERVAL, width)
