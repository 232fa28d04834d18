from collections import defaultdict
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from market.traded import Rows, Traded, traded
from market.trades import TradeLog
from tests.strategies import Drawn, log_of, trades

Sums = dict[int, list[int]]
"""By row: lots bought and sold, numbers of buys and sells."""

rows = st.one_of(
    st.none(), st.builds(Rows, st.integers(1, 12), st.integers(-20, 10), st.integers(0, 30))
)
steps = st.lists(st.tuples(st.integers(0, 40), st.integers(-30, 60), st.integers(0, 60)))


def counted(log: TradeLog, start: int, stop: int, chosen: Rows | None) -> Sums:
    sums: Sums = defaultdict(lambda: [0, 0, 0, 0])
    for _, ticks, lots in zip(*(c.tolist() for c in log.between(start, stop)), strict=True):
        row = 0 if chosen is None else ticks // chosen.group - chosen.bottom
        if chosen is None or 0 <= row < chosen.length:
            side = 0 if lots > 0 else 1
            sums[row][side] += abs(lots)
            sums[row][2 + side] += 1
    return dict(sums)


def told(sums: Traded) -> Sums:
    columns = (sums.bought, sums.sold, sums.buys, sums.sells)
    found = [[int(column[row]) for column in columns] for row in range(len(sums.bought))]
    return {row: numbers for row, numbers in enumerate(found) if any(numbers)}


@given(trades(), rows, steps, st.integers(4, 60))
def test_a_stretch_that_moved_holds_what_counting_it_anew_would_give(
    drawn: list[Drawn], chosen: Rows | None, moves: list[tuple[int, int, int]], capacity: int
) -> None:
    log, begin, coming = TradeLog(capacity), 0, iter(drawn)
    for more, onward, length in moves:
        for _ in range(more):
            if (trade := next(coming, None)) is not None:
                log.append(*trade)
        begin += onward
        sums = traded(log, "one", begin, begin + length, chosen)
        assert told(sums) == counted(log, begin, begin + length, chosen)


@given(trades(size=60), rows)
def test_a_log_on_other_grids_is_counted_anew(drawn: list[Drawn], chosen: Rows | None) -> None:
    log = log_of(drawn)
    traded(log, "one", 0, log.end, chosen)
    log.rescale(Fraction(10), Fraction(100))
    assert told(traded(log, "one", 0, log.end, chosen)) == counted(log, 0, log.end, chosen)


def test_logs_and_kinds_do_not_disturb_one_another() -> None:
    log, other = log_of([Drawn(0, 1, 5)] * 3), log_of([Drawn(0, 1, -7)])
    short = traded(log, "short", 2, 3, None)
    traded(log, "long", 0, 3, None)
    traded(other, "short", 0, 1, None)
    assert told(short) == {0: [5, 0, 1, 0]}
