"""The detectors: how often they are right on the simulated market, and what they never do."""

import gc
from collections.abc import Sequence
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.simulate import events as simulated_events
from market.basis import TimeBasis
from market.detectors.bursts import bursts
from market.detectors.findings import RULES, PrintFindings, findings, round_step
from market.detectors.found import (
    Absorption,
    BurstRules,
    Divergence,
    Finding,
    Iceberg,
    LargeLot,
    LevelRules,
    LiquidationBurst,
    PrintRules,
    PulledWall,
    Rules,
    Sort,
    Sweep,
    SwingRules,
    sort_of,
)
from market.detectors.marks import marks
from market.detectors.prints import CHUNK
from market.detectors.store import KEPT, Store
from market.detectors.turns import swings
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    Liquidation,
    Side,
    Trade,
)
from market.market import Market
from tests.detectors import TRUTH, Score, scores
from tests.scenes import NAME, SECOND, START, listed, market_of, simulated, status, traded

FLOORS = {
    Sort.SWEEP: (0.92, 1.00),
    Sort.LARGE: (0.97, 0.98),
    Sort.ICEBERG: (0.93, 0.88),
    Sort.ABSORPTION: (0.88, 0.50),
    Sort.WALL: (0.98, 0.70),
}
"""Least precision and recall. docs/detectors.md has what 20 seeds of 15 minutes give."""
STEP = 100_000_000


@pytest.fixture(scope="module")
def measured() -> dict[Sort, Score]:
    """Four seeds of five minutes each."""
    return scores(range(1, 5), 300)


@pytest.mark.parametrize("sort", TRUTH)
def test_a_detector_is_right_as_often_as_it_was(sort: Sort, measured: dict[Sort, Score]) -> None:
    score, (precision, recall) = measured[sort], FLOORS[sort]
    assert score.reports > 10
    assert score.precision >= precision
    assert score.recall >= recall


def fed(cuts: Sequence[int], events: Sequence[Event]) -> list[Finding]:
    """What is found when somebody looks after each of so many events, and at the end."""
    market, looked = Market("sim:5"), set(cuts)
    for number, event in enumerate(events):
        market.apply(event)
        if number in looked:
            findings(market)
    return list(findings(market).all())


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return list(simulated_events(5, 120))


def test_how_often_somebody_looks_makes_no_difference(events: list[Event]) -> None:
    once = fed([], events)
    assert len({sort_of(one) for one in once}) >= 4
    assert fed(range(0, len(events), 7), events) == once
    assert fed([500, 501, 2_000], events) == once


def test_nothing_is_made_of_levels_that_a_gap_hides(events: list[Event]) -> None:
    market = Market("sim:5")
    for event in events:
        market.apply(event)
    known = findings(market).all()
    assert any(isinstance(one, PulledWall) for one in known)
    blind = Market("sim:5")
    for event in events:
        blind.apply(event)
        if isinstance(event, FeedStatus):
            status(blind, FeedState.GAP, "lost")
    found = findings(blind).all()
    assert not any(isinstance(one, PulledWall | Iceberg | Absorption) for one in found)
    assert [one for one in found if isinstance(one, Sweep | LargeLot)] == [
        one for one in known if isinstance(one, Sweep | LargeLot)
    ]


def test_findings_are_told_in_the_order_in_which_they_were_known() -> None:
    found = findings(simulated()).all()
    assert [one.ts for one in found] == sorted(one.ts for one in found)
    assert all(one.began <= one.ts for one in found)


def test_the_same_list_comes_back_until_something_is_found() -> None:
    market = simulated()
    assert findings(market).all() is findings(market).all()


def test_a_market_that_is_gone_takes_its_findings_with_it() -> None:
    market = market_of([(1, 100.0, 1.0), (2, 100.5, 1.0)])
    kept = ref(findings(market))
    del market
    gc.collect()
    assert kept() is None


def test_a_store_forgets_its_oldest_and_lets_a_finding_grow() -> None:
    store = Store[int]()
    first = store.put(-1)
    assert store.put(-2, first) == first
    assert store.all() == [-2]
    for number in range(KEPT):
        store.put(number)
    assert store.all() == list(range(KEPT))
    assert store.put(7, first) != first


def test_a_sweep_is_one_side_through_eight_prices_within_100_ms() -> None:
    up = [(1 + i / 100, 100 + i / 2, 1.0) for i in range(8)]
    after = [(3.0, 100.0, 1.0)]
    (sweep,) = [one for one in findings(market_of(up + after)).all() if isinstance(one, Sweep)]
    assert (sweep.first, sweep.ticks, sweep.levels, sweep.lots) == (200, 207, 8, 8_000)
    slow = [(1 + i / 50, 100 + i / 2, 1.0) for i in range(8)]
    broken = [*up[:4], (1.035, 101.5, -0.1), *up[4:]]
    for prints in (slow, broken, up[:7]):
        assert not findings(market_of(prints + after)).all()


def test_an_order_is_large_from_a_size_or_a_value_that_is_given() -> None:
    prints = [(1.0, 100.0, 1.0), (1.0, 100.5, 2.0), (2.0, 100.0, -2.5), (3.0, 100.0, 0.1)]
    for rules, expected in (
        (PrintRules(large=3_000), [3_000]),
        (PrintRules(large=2_500), [3_000, -2_500]),
        (PrintRules(notional=2_500 * 200), [3_000, -2_500]),
        (PrintRules(notional=2_501 * 200), [3_000]),
    ):
        found = findings(market_of(prints), Rules(prints=rules)).all()
        assert [one.lots for one in found if isinstance(one, LargeLot)] == expected


def test_rules_of_prints_leave_what_was_found_of_levels() -> None:
    market = simulated()
    other = findings(market, Rules(prints=PrintRules(levels=30))).all()
    levels = [one for one in findings(market).all() if isinstance(one, PulledWall | Iceberg)]
    assert [one for one in other if isinstance(one, PulledWall | Iceberg)] == levels
    assert all(one.levels >= 30 for one in other if isinstance(one, Sweep))


def wall_market(rest: float) -> Market:
    """A wall of 50 in a book of ones that after ten seconds goes at once; `rest` of it trades."""
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    bids = [(100.0 - i / 2, 1.0) for i in range(60)]
    asks = [(100.5 + i / 2, 1.0) for i in range(60)]
    market.apply(BookSnapshot(NAME, START, START, bids, asks, 1))
    for step in range(1, 130):
        ts = START + step * STEP
        sizes = {2: 50.0, 110: 0.0}
        wall = [(100.0, sizes[step])] if step in sizes else [(80.0, 1.0 + step / 1000)]
        if step == 109 and rest:
            traded(market, [(10.85, 100.0, -rest)])
        market.apply(BookDelta(NAME, ts, ts, wall, [], step + 1, step))
    return market


@pytest.mark.parametrize(("sold", "pulled"), [(0.0, 50_000), (20.0, 30_000), (25.0, 25_000)])
def test_a_pulled_wall_tells_how_long_it_stood_and_what_became_of_it(
    sold: float, pulled: int
) -> None:
    found = findings(wall_market(sold)).all()
    (wall,) = [one for one in found if isinstance(one, PulledWall)]
    assert (wall.ticks, wall.lots, wall.pulled) == (200, 50_000, pulled)
    assert wall.traded == 50_000 - pulled
    assert wall.lifetime == 108 * STEP
    assert wall.pulled_percent == pulled // 500


def test_a_wall_that_was_eaten_is_not_told() -> None:
    found = findings(wall_market(26.0)).all()
    assert not any(isinstance(one, PulledWall) for one in found)


def liquidated(market: Market, orders: Sequence[tuple[float, float]]) -> None:
    for after, size in orders:
        ts = START + round(after * SECOND)
        side = Side.BUY if size > 0 else Side.SELL
        market.apply(Liquidation(market.id, ts, ts, 100.0, abs(size), side))


def test_forced_orders_of_one_side_in_quick_succession_are_a_burst() -> None:
    market = market_of([(0, 100.0, 1.0)])
    liquidated(market, [(1, -1), (4, -2), (9, -0.5), (15, -1), (16, 1), (17, 1), (18, -1)])
    (burst,) = findings(market).all()
    assert isinstance(burst, LiquidationBurst)
    assert (burst.orders, burst.lots, burst.ticks) == (3, -3_500, 200)
    assert (burst.began - START, burst.ts - START) == (1 * SECOND, 9 * SECOND)
    liquidated(market, [(19, -1), (20, -1)])
    assert len(findings(market).all()) == 2


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=40))
def test_a_forced_order_is_in_one_burst_at_most(steps: list[tuple[int, bool]]) -> None:
    market = market_of([(0, 100.0, 1.0)])
    assert market.instrument is not None
    clock, forced = START, list[Liquidation]()
    for wait, buy in steps:
        clock += wait * SECOND
        side = Side.BUY if buy else Side.SELL
        forced.append(Liquidation(NAME, clock, clock, 100.0, 1.0, side))
    found = bursts(forced, market.instrument, BurstRules())
    assert sum(one.orders for one in found) <= len(forced)
    assert all(one.orders >= 3 and abs(one.lots) == 1_000 * one.orders for one in found)


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 4))
def test_a_swing_is_above_all_around_it(prices: list[int], count: int) -> None:
    for place in swings(prices, count):
        assert prices[place] > max(prices[place - count : place])
        assert prices[place] >= max(prices[place + 1 : place + 1 + count])


def test_swings_on_two_sides_of_a_gap_are_not_compared() -> None:
    heights = [0, 1, 2, 9, 2, 1, 0, 1, 2, 12, 2, 1, 0, 0]
    prints = [(15.0 * i + 1, 100.0 + h, -1.0) for i, h in enumerate(heights)]
    market = market_of(prints)
    (found,) = [one for one in findings(market).all() if isinstance(one, Divergence)]
    assert (found.ticks, found.before, found.lots) == (224, 218, -6_000)
    broken = market_of(prints[:6])
    status(broken, FeedState.GAP, "lost")
    status(broken, FeedState.LIVE)
    traded(broken, prints[6:])
    assert not [one for one in findings(broken).all() if isinstance(one, Divergence)]


def test_a_mark_stands_where_the_finding_shows() -> None:
    market = simulated()
    every = marks(market, 0, 1 << 62)
    assert sorted(mark.finding for mark in every) == sorted(findings(market).all())
    assert [mark.ts for mark in every] == sorted(mark.ts for mark in every)
    middle = every[len(every) // 2].ts
    assert [*marks(market, 0, middle), *marks(market, middle, 1 << 62)] == list(every)
    assert all(mark.ticks == mark.finding.ticks for mark in every)


@pytest.mark.parametrize(("ticks", "step"), [(0, 1), (1, 1), (3, 2), (9, 5), (12, 10), (61, 50)])
def test_rows_of_exhaustion_are_round(ticks: int, step: int) -> None:
    assert round_step(ticks) == step


def test_detectors_begin_anew_when_the_grid_becomes_finer() -> None:
    market = Market(NAME)
    status(market, FeedState.LIVE)
    traded(market, [(1 + i / 100, 100 + i / 2, 1.0) for i in range(8)])
    part = PrintFindings(RULES.prints)
    part.update(market)
    traded(market, [(5, 100.25, 0.001)])
    part.update(market)
    (sweep,) = part.sweeps.all()
    assert market.instrument is not None
    assert market.instrument.price(sweep.first) == 100
    assert SwingRules().pivot == 3


steps = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 40, 100, 250, 3_000]),
        st.sampled_from(["bid", "ask", "bought", "sold", "whole", "gap", "again"]),
        st.integers(195, 205),
        st.integers(0, 9),
    ),
    max_size=60,
)


def anything(drawn: Sequence[tuple[int, str, int, int]]) -> list[Event]:
    """Events in time of a book and trades that make no sense together."""
    clock, found = START, list[Event]()
    for number, (wait, what, ticks, size) in enumerate(drawn):
        clock += wait * 1_000_000
        price, level = ticks / 2, [(ticks / 2, size / 1)]
        match what:
            case "bid" | "ask":
                sides = (level, []) if what == "bid" else ([], level)
                found.append(BookDelta(NAME, clock, clock, *sides, number, number - 1))
            case "bought" | "sold":
                side = Side.BUY if what == "bought" else Side.SELL
                found.append(Trade(NAME, clock, clock, str(number), price, size + 1.0, side))
            case "whole":
                found.append(BookSnapshot(NAME, clock, clock, level, [(price + 1, 2.0)], number))
            case _:
                state = FeedState.GAP if what == "gap" else FeedState.LIVE
                found.append(FeedStatus(NAME, clock, state, venue="test"))
    return found


@given(steps)
def test_whatever_comes_is_judged_the_same_at_once_and_bit_by_bit(
    drawn: list[tuple[int, str, int, int]],
) -> None:
    rules = Rules(
        PrintRules(levels=2, large=3_000),
        LevelRules(refills=1, hidden=1, wall=1),
        SwingRules(pivot=1, basis=TimeBasis(SECOND)),
    )
    slow, once = Market(NAME), Market(NAME)
    for market in (slow, once):
        listed(market)
        status(market, FeedState.LIVE)
        market.apply(BookSnapshot(NAME, START, START, [(99.0, 1.0)], [(101.0, 1.0)], 1))
    for event in anything(drawn):
        slow.apply(event)
        findings(slow, rules)
        once.apply(event)
    assert findings(slow, rules).all() == findings(once, rules).all()


def test_a_feed_without_times_is_not_waited_for() -> None:
    market = market_of([(1.0, 100.0, 1.0)])
    for _ in range(CHUNK):
        market.trades.append(START + SECOND, 200, 1_000)
    traded(market, [(2.0, 100.0, -5.0), (3.0, 100.0, 1.0)])
    found = findings(market, Rules(PrintRules(large=5_000))).all()
    assert [one.lots for one in found if isinstance(one, LargeLot)][-1] == -5_000
