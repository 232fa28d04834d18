from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import market.footprint
from market.basis import Basis, RenkoBasis, TickBasis, TimeBasis
from market.extremes import DeltaExtremes
from market.footprint import Footprint, FootprintBar
from market.imbalance import Rule
from market.levels import Past, Wanted
from market.trades import TradeLog
from tests.strategies import Drawn, log_of, trades
from tests.test_bars import BASES, cut_places, fed, slow_bars, slow_keys

groups = st.sampled_from([1, 2, 3, 7, 25, 1000])
bases = st.sampled_from(BASES)
Cells = dict[int, tuple[int, int]]


def slow_cells(drawn: Sequence[Drawn], basis: Basis, group: int) -> list[Cells]:
    """Sell and buy volume per low edge of every bar, oldest first."""
    bars: defaultdict[int, defaultdict[int, list[int]]] = defaultdict(
        lambda: defaultdict(lambda: [0, 0])
    )
    for key, (_, ticks, lots) in zip(slow_keys(drawn, basis), drawn, strict=True):
        bars[key][ticks // group * group][lots > 0] += abs(lots)
    if isinstance(basis, RenkoBasis):
        # Where the price leapt there are bricks without trades.
        for key in range(max(bars, default=0)):
            bars.setdefault(key, defaultdict(lambda: [0, 0]))
    return [{p: (s, b) for p, (s, b) in bars[key].items()} for key in sorted(bars)]


def cells(bar: FootprintBar) -> Cells:
    columns = (bar.prices.tolist(), bar.sell.tolist(), bar.buy.tolist())
    return {price: (sell, buy) for price, sell, buy in zip(*columns, strict=True)}


def footprint_bar(rows: dict[int, tuple[int, int]], group: int = 1) -> FootprintBar:
    """A bar with these (sell, buy) cells, made of trades."""
    footprint = Footprint(TimeBasis(10), group)
    drawn = [Drawn(0, p, -sell) for p, (sell, _) in rows.items() if sell]
    drawn += [Drawn(0, p, buy) for p, (_, buy) in rows.items() if buy]
    footprint.update(log_of(drawn))
    return footprint.last(1)[0]


@given(trades(), bases, groups, cut_places)
def test_cells_are_the_trades_sorted_into_boxes_however_often_they_are_read(
    drawn: list[Drawn], basis: Basis, group: int, cuts: list[int]
) -> None:
    footprint = Footprint(basis, group)
    fed(drawn, cuts, footprint.update)
    shown = footprint.last(10**6)
    assert [cells(bar) for bar in shown] == slow_cells(drawn, basis, group)
    assert [bar.bar for bar in shown] == slow_bars(drawn, basis)
    assert all((np.diff(bar.prices) > 0).all() for bar in shown)
    assert all(int(bar.trades.sum()) == bar.bar.trades for bar in shown)


@given(trades(), bases, cut_places)
def test_extremes_of_delta_do_not_depend_on_when_trades_are_read(
    drawn: list[Drawn], basis: Basis, cuts: list[int]
) -> None:
    extremes, footprint = DeltaExtremes(basis), Footprint(basis, 1)

    def read(log: TradeLog) -> None:
        extremes.update(log)
        footprint.update(log)

    fed(drawn, cuts, read)
    sums: defaultdict[int, list[int]] = defaultdict(lambda: [0])
    for key, trade in zip(slow_keys(drawn, basis), drawn, strict=True):
        sums[key].append(sums[key][-1] + trade.lots)
    expected = [(max(sums[key][1:]), min(sums[key][1:])) for key in sorted(sums)]
    bars = [bar for bar in footprint.last(10**6) if bar.bar.trades]
    assert extremes.of(np.array([bar.number for bar in bars], np.int64)) == expected
    assert extremes.at(10**9) is None


@given(trades(), groups, st.integers(1, 4), st.booleans())
def test_levels_that_stand_are_met_by_no_later_bar(
    drawn: list[Drawn], group: int, stacked: int, ignore: bool
) -> None:
    footprint = Footprint(TimeBasis(7), group)
    footprint.update(log_of(drawn))
    bars = footprint.last(10**6)
    rule, wanted = Rule(Fraction(2), 0, ignore), Wanted(True, stacked, True)
    for level in Past(bars).levels(rule, wanted):
        later = bars[level.born + 1 :]
        met = [level.met_by(bar) for bar in later]
        assert level.until == (level.born + 1 + met.index(True) if True in met else None)
    points = [bar.poc for bar in bars]
    cells_of = Past(bars)
    assert [int(cells_of.cells.prices[at]) for at in cells_of.points()] == points


def test_nothing_outlives_a_bar_in_which_trades_may_be_missing() -> None:
    footprint = Footprint(TimeBasis(10), 1)
    footprint.update(log_of([Drawn(10 * n, 50 + n, 5) for n in range(5)]))
    past, rule = Past(footprint.last(9)), Rule()
    assert [level.until for level in past.levels(rule, Wanted(True, 0, False))] == [None] * 5
    doubted = past.levels(rule, Wanted(True, 0, False), [2])
    assert [(level.born, level.until) for level in doubted] == [
        (0, 2),
        (1, 2),
        (3, None),
        (4, None),
    ]


@given(trades(), bases, groups, cut_places, st.integers(-5, 70))
def test_bars_in_parts_are_the_bars_in_whole_whatever_came_between(
    drawn: list[Drawn], basis: Basis, group: int, cuts: list[int], end: int
) -> None:
    footprint = Footprint(basis, group)

    def read(log: TradeLog) -> None:
        footprint.update(log)
        for until in (None, end):
            shown = footprint.last(4) if until is None else footprint.before(until, 4)
            parted = footprint.parted(until, 4)
            assert (parted is None) == (not shown)
            if parted is not None:
                assert parted.newest is not None
                bars = [*parted.run.bars, parted.newest]
                assert [bar.bar for bar in bars] == [bar.bar for bar in shown]
                assert [cells(bar) for bar in bars] == [cells(bar) for bar in shown]

    fed(drawn, cuts, read)


def test_bars_that_are_over_stay_one_object_while_the_newest_forms() -> None:
    log, footprint = log_of([Drawn(5, 1, 1), Drawn(15, 2, 1)]), Footprint(TimeBasis(10), 1)
    footprint.update(log)
    first = footprint.parted(None, 9)
    log_of([Drawn(16, 2, 3), Drawn(17, 4, -3)], log)
    footprint.update(log)
    second = footprint.parted(None, 9)
    assert first is not None
    assert second is not None
    assert second.run is first.run
    assert first.newest is not None
    assert second.newest is not None
    assert cells(first.newest) == {2: (0, 1)}
    assert cells(second.newest) == {2: (0, 4), 4: (3, 0)}


@given(trades(), bases, groups)
def test_the_sum_of_the_footprint_is_the_sum_of_the_trades_at_every_grouping(
    drawn: list[Drawn], basis: Basis, group: int
) -> None:
    footprint = Footprint(basis, group)
    footprint.update(log_of(drawn))
    shown = footprint.last(10**6)
    buy = sum(int(bar.buy.sum()) for bar in shown)
    sell = sum(int(bar.sell.sum()) for bar in shown)
    assert buy == sum(t.lots for t in drawn if t.lots > 0)
    assert sell == -sum(t.lots for t in drawn if t.lots < 0)
    assert sum(bar.delta for bar in shown) == buy - sell
    for bar in shown:
        assert (bar.bar.buy, bar.bar.sell) == (int(bar.buy.sum()), int(bar.sell.sum()))


@given(trades(), groups, st.integers(-5, 70), st.integers(-1, 9))
def test_before_is_the_bars_that_start_before(
    drawn: list[Drawn], group: int, end: int, count: int
) -> None:
    footprint = Footprint(TimeBasis(7), group)
    footprint.update(log_of(drawn))
    starts = [b.start for b in slow_bars(drawn, TimeBasis(7)) if b.start < end]
    shown = [bar.bar.start for bar in footprint.before(end, count)]
    assert shown == starts[max(len(starts) - max(count, 0), 0) :]


def test_bars_handed_out_do_not_change_with_the_next_trade() -> None:
    log, footprint = log_of([Drawn(0, 5, 3)]), Footprint(TimeBasis(10), 1)
    footprint.update(log)
    before = footprint.last(1)[0]
    log.append(1, 5, -4)
    footprint.update(log)
    assert cells(before) == {5: (0, 3)}
    assert cells(footprint.last(1)[0]) == {5: (4, 3)}


def test_the_oldest_bars_go_whole_when_there_are_too_many_cells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(market.footprint, "CELLS_KEPT", 10)
    footprint = Footprint(TimeBasis(10), 1)
    log = log_of([Drawn(n, n, 1) for n in range(40)])
    footprint.update(log)
    assert [bar.bar.start for bar in footprint.last(100)] == [30]
    assert footprint.last(1)[0].delta == 10
    log_of([Drawn(25, 1, 1), *(Drawn(35, n, 1) for n in range(100, 120))], log)
    footprint.update(log)
    assert [bar.bar.start for bar in footprint.last(100)] == [30]
    assert footprint.last(1)[0].delta == 30


def test_a_footprint_that_fell_behind_the_log_begins_again_with_what_is_held() -> None:
    log, footprint = TradeLog(8), Footprint(TickBasis(3), 2)
    log_of([Drawn(n, n, 1) for n in range(4)], log)
    footprint.update(log)
    drawn = [Drawn(n, n, 1) for n in range(20)]
    log_of(drawn[4:], log)
    footprint.update(log)
    shown = footprint.last(100)
    assert [cells(bar) for bar in shown] == slow_cells(drawn, TickBasis(3), 2)[-len(shown) :]
    assert shown[0].bar.start >= log.first


def test_a_group_of_no_ticks_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one tick"):
        Footprint(TimeBasis(1), 0)


@pytest.mark.parametrize(
    ("rows", "poc"),
    [
        ({5: (1, 2)}, 5),
        ({5: (1, 2), 6: (4, 0)}, 6),
        # Tied: 4 and 7 trade 3 each, the range is 1..8 with its middle at 4.5.
        ({1: (1, 0), 4: (3, 0), 7: (0, 3), 8: (1, 0)}, 4),
        # Tied and as far from the middle: the lower.
        ({1: (1, 0), 3: (3, 0), 5: (0, 3), 7: (1, 0)}, 3),
        ({3: (3, 0), 5: (0, 3)}, 3),
    ],
)
def test_the_point_of_control_is_the_most_traded_then_the_middle_then_the_lower(
    rows: dict[int, tuple[int, int]], poc: int
) -> None:
    assert footprint_bar(rows).poc == poc


def imbalances(
    rows: dict[int, tuple[int, int]],
    ratio: float,
    minimum: int = 0,
    ignore_zeros: bool = False,
    group: int = 1,
) -> tuple[list[int], list[int]]:
    """Prices with a buy and with a sell imbalance."""
    bar = footprint_bar(rows, group)
    buy, sell = bar.imbalances(ratio, minimum, ignore_zeros)
    return bar.prices[buy].tolist(), bar.prices[sell].tolist()


def test_350_percent_of_30_needs_more_than_105() -> None:
    """The worked example of ATAS (definitions.md 7)."""
    assert imbalances({1: (30, 0), 2: (0, 105)}, 3.5, ignore_zeros=True) == ([], [])
    assert imbalances({1: (30, 0), 2: (0, 106)}, 3.5, ignore_zeros=True) == ([2], [])
    assert imbalances({1: (105, 0), 2: (0, 30)}, 3.5, ignore_zeros=True) == ([], [])
    assert imbalances({1: (106, 0), 2: (0, 30)}, 3.5, ignore_zeros=True) == ([], [1])


def test_a_ratio_means_its_decimals_and_not_the_float_behind_them() -> None:
    assert imbalances({1: (30, 0), 2: (0, 33)}, 1.1, ignore_zeros=True) == ([], [])
    assert imbalances({1: (30, 0), 2: (0, 34)}, 1.1, ignore_zeros=True) == ([2], [])


def test_an_opposite_of_zero_counts_unless_zeros_are_ignored() -> None:
    rows = {1: (7, 0), 3: (0, 9)}
    assert imbalances(rows, 3.0) == ([3], [1])
    assert imbalances(rows, 3.0, minimum=8) == ([3], [])
    assert imbalances(rows, 3.0, ignore_zeros=True) == ([], [])


def test_neighbours_are_the_displayed_groups() -> None:
    rows = {0: (5, 0), 9: (5, 0), 10: (0, 20), 19: (0, 11)}
    assert imbalances(rows, 3.0, ignore_zeros=True, group=10) == ([10], [])
    assert imbalances(rows, 3.1, ignore_zeros=True, group=10) == ([], [])


volumes = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(
    st.dictionaries(st.integers(-20, 20), volumes, min_size=1).filter(
        lambda rows: any(map(any, rows.values()))
    ),
    st.sampled_from([1.0, 1.5, 3.0, 4.2]),
    st.integers(0, 20),
    st.booleans(),
    st.integers(1, 5),
)
def test_imbalances_compare_every_group_with_its_diagonal_neighbour(
    rows: dict[int, tuple[int, int]], ratio: float, minimum: int, ignore_zeros: bool, group: int
) -> None:
    grouped: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for price, (sell, buy) in rows.items():
        if sell or buy:
            grouped[price // group * group][0] += sell
            grouped[price // group * group][1] += buy
    tenths = round(ratio * 10)
    expected: tuple[list[int], list[int]] = ([], [])
    for price in sorted(grouped):
        sell, buy = grouped[price]
        below = grouped.get(price - group, [0, 0])[0]
        above = grouped.get(price + group, [0, 0])[1]
        if 10 * buy > tenths * below and buy >= minimum and (below or not ignore_zeros):
            expected[0].append(price)
        if 10 * sell > tenths * above and sell >= minimum and (above or not ignore_zeros):
            expected[1].append(price)
    assert imbalances(rows, ratio, minimum, ignore_zeros, group) == expected
