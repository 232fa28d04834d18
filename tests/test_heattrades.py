"""Traded cells hold every trade of their columns once, however it was read."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from market.trades import TradeLog
from tests.strategies import Drawn, trades
from tui.drawing.axis import PriceAxis
from tui.heat.trades import TradedCells

INTERVAL = 5
AXIS = PriceAxis(-12, 12, 6)


@given(trades(), st.integers(1, 12), st.lists(st.integers(0, 3)))
def test_each_cell_is_the_sum_of_its_trades(
    drawn: list[Drawn], capacity: int, looks: list[int]
) -> None:
    log, cells, clock = TradeLog(), TradedCells(INTERVAL, AXIS, capacity), 0
    pauses = iter(looks)
    cells.read(log, 0)
    for trade in drawn:
        log.append(*trade)
        clock = max(clock, trade.ts)
        if not next(pauses, 0):
            cells.read(log, clock // INTERVAL)
    last = clock // INTERVAL
    cells.read(log, last)
    first = max(0, last + 1 - capacity)
    expected: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    whole: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for ts, ticks, lots in drawn:
        column = ts // INTERVAL
        if column >= first:
            whole[column][lots < 0] += abs(lots)
            if 0 <= AXIS.cell(ticks) < AXIS.cells:
                expected[column, AXIS.cell(ticks)][lots < 0] += abs(lots)
    bought, sold = cells.cells(first, last + 1)
    for column in range(first, last + 1):
        for row in range(AXIS.cells):
            found = [int(side[column - first, row]) for side in (bought, sold)]
            assert found == expected[column, row]
    volumes = zip(*(side.tolist() for side in cells.volumes(first, last + 1)), strict=True)
    assert [list(sums) for sums in volumes] == [whole[n] for n in range(first, last + 1)]


@given(trades(size=20), trades(size=20))
def test_the_first_column_that_changed_is_told(before: list[Drawn], after: list[Drawn]) -> None:
    log, cells = TradeLog(), TradedCells(INTERVAL, AXIS, 100)
    for trade in before:
        log.append(*trade)
    cells.read(log, 10)
    for trade in after:
        log.append(*trade)
    changed = min((trade.ts // INTERVAL for trade in after), default=11)
    assert cells.read(log, 10) == changed
    assert cells.read(log, 10) == 11
