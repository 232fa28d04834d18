"""The ladder's numbers equal those reckoned the slow way, on drawn and on recorded markets."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import replay
from feeds.simulate import events as simulated_events
from market.chase import chases
from market.cost import Side, cost_to
from market.depth import FINE
from market.events import Event, FeedState, FeedStatus
from market.market import Market
from market.markets import Markets
from market.pulling import LAG, NetLog, pulled
from market.traded import Rows
from tests.captures import CAPTURES, needs_captures
from tests.oracle.ladder import Change, Pulling, chase, cumulative, stacked_and_pulled, to_here
from tests.strategies import Change as LevelChange
from tests.strategies import changes, delta, snapshot, trade
from tui.ladder.book import depth_sums
from tui.pane import Size
from tui.panes.ladder import Ladder
from tui.rows import centred

SESSIONS = [
    ("binance_usdm/btcusdt_20240808.jsonl.gz", 5_000),
    ("binance_coinm/btcusd_perp_20240808_09.jsonl.gz", 5_000),
    ("bitmex/cf_20210405_120s.jsonl.gz", 4_000),
    ("deribit/cf_20210405_120s.jsonl.gz", 4_000),
    ("bitfinex/cf_20210405_120s.jsonl.gz", 4_000),
    ("kraken/futures_cf_20210722.jsonl.gz", 3_000),
    ("htx/linear_swap_cf_20220219.jsonl.gz", 4_000),
]


SIZE = Size(120, 40)


def told(market: Market) -> list[Change]:
    """Every difference the model states, in the oracle's words."""
    assert market.depth is not None
    log = NetLog()
    log.read(market.depth, market.trades, 0)
    nets = log.between(log.first, log.end)
    return sorted(
        (ts, (code >> 1, "ask" if code & 1 else "bid"), lots)
        for ts, code, lots in zip(*(column.tolist() for column in nets), strict=True)
    )


def busiest(events: Iterable[Event]) -> tuple[list[Event], Market]:
    """The events, and the market that traded most in them."""
    listed, markets = list(events), Markets()
    markets.apply(listed)
    best = max(markets, key=lambda market: market.counts.trades * market.counts.deltas)
    return listed, best


@cache
def played(path: str, count: int) -> tuple[Market, Pulling]:
    events, market = busiest(islice(replay.events(CAPTURES / path), count))
    return market, judged(events, market)


@cache
def recorded(path: str, count: int) -> tuple[Market, list[Change]]:
    market, slow = played(path, count)
    return market, sorted(slow.changes())


def judged(events: list[Event], market: Market) -> Pulling:
    slow = Pulling(market)
    slow.play(events)
    return slow


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS, ids=[path for path, _ in SESSIONS])
def test_what_was_pulled_and_stacked_in_a_recorded_session_is_what_the_definition_says(
    path: str, count: int
) -> None:
    market, expected = recorded(path, count)
    assert len(expected) > 20
    assert told(market) == expected


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS[:4], ids=[path for path, _ in SESSIONS[:4]])
@pytest.mark.parametrize("group", [1, 7, 100])
def test_rows_sum_up_what_their_levels_did_within_the_window(
    path: str, count: int, group: int
) -> None:
    market, found = recorded(path, count)
    prices = [level[0] // group for _, level, _ in found]
    rows = Rows(group, sorted(prices)[len(prices) // 2] - 20, 40)
    assert market.depth is not None
    first, last = found[0][0], found[-1][0]
    for start, stop in ((first - 1, last), ((first + last) // 2, last), (first, first + 10 * FINE)):
        sums = pulled(market.depth, market.trades, "test", start, stop, rows)
        expected = stacked_and_pulled(found, start, stop, group)
        for number, side in enumerate(("bid", "ask")):
            for row in range(rows.length):
                at = (rows.bottom + row, side)
                lots = (int(sums.stacked[number, row]), int(sums.pulled[number, row]))
                assert lots == expected.get(at, (0, 0))


def test_the_simulated_market_agrees_as_well() -> None:
    events, market = busiest(simulated_events(7, 20.0))
    assert told(market) == sorted(judged(events, market).changes())


Step = tuple[int, list[LevelChange], list[tuple[int, int]], bool]
steps = st.lists(
    st.tuples(
        st.integers(0, 5),
        changes(low=990, high=1010, size=5),
        st.lists(st.tuples(st.integers(995, 1005), st.sampled_from([-3, 2, 5])), max_size=3),
        st.booleans(),
    ),
    min_size=12,
    max_size=40,
)


def story(drawn: list[Step]) -> Iterator[Event]:
    """Book messages with trades between them, and now and then an outage."""
    now = 1000 * FINE
    yield FeedStatus("test:X", now, FeedState.LIVE, venue="test")
    yield snapshot([LevelChange(False, 995, 9), LevelChange(True, 1005, 9)], now)
    for number, (wait, levels, prints, lost) in enumerate(drawn):
        now += wait * FINE // 2
        for ticks, lots in prints:
            yield trade(now, ticks, lots)
        if lost and number % 5 == 4:
            yield FeedStatus("test:X", now, FeedState.GAP, venue="test")
            yield FeedStatus("test:X", now, FeedState.LIVE, venue="test")
        yield delta(levels, now)
    yield delta([], now + 2 * LAG)


@settings(max_examples=30)
@given(steps)
def test_drawn_markets_with_outages_agree(drawn: list[Step]) -> None:
    events, market = busiest(story(drawn))
    if market.depth is not None:
        assert told(market) == sorted(judged(events, market).changes())


@settings(max_examples=30)
@given(steps, st.integers(1, 20))
def test_reading_on_gives_what_reading_at_once_gives(drawn: list[Step], every: int) -> None:
    market, log, rows = Market("test:X"), NetLog(), Rows(3, 325, 15)
    for number, event in enumerate(story(drawn)):
        market.apply(event)
        if number % every == 0 and market.depth is not None:
            log.read(market.depth, market.trades, 0)
            pulled(market.depth, market.trades, "on", 0, market.clock, rows)
    assert market.depth is not None
    at_once = NetLog()
    for one in (log, at_once):
        one.read(market.depth, market.trades, 0)
    columns, others = log.between(0, log.end), at_once.between(0, at_once.end)
    for one_by_one, together in zip(columns, others, strict=True):
        assert one_by_one.tolist() == together.tolist()
    on = pulled(market.depth, market.trades, "on", 0, market.clock, rows)
    anew = pulled(market.depth, market.trades, "anew", 0, market.clock, rows)
    assert on.stacked.tolist() == anew.stacked.tolist()
    assert on.pulled.tolist() == anew.pulled.tolist()


@settings(max_examples=30)
@given(steps, st.integers(1, 12), st.integers(4, 20))
def test_a_full_log_keeps_the_newest_and_is_not_read_anew(
    drawn: list[Step], every: int, capacity: int
) -> None:
    market, full, log = Market("test:X"), NetLog(), NetLog(capacity)
    for number, event in enumerate(story(drawn)):
        market.apply(event)
        if number % every == 0 and market.depth is not None:
            for one in (full, log):
                one.read(market.depth, market.trades, 0)
            held = log.between(log.first, log.end)
            whole = full.between(log.first, full.end)
            assert log.end == full.end
            assert log.editions == full.editions
            assert [column.tolist() for column in held] == [column.tolist() for column in whole]
            assert (held.ts >= log.begun).all()


@settings(max_examples=30)
@given(steps)
def test_stacked_less_pulled_is_what_rests_more_and_what_was_traded(drawn: list[Step]) -> None:
    quiet = [(wait, levels, prints, False) for wait, levels, prints, _ in drawn]
    events, market = busiest(story(quiet))
    slow = judged(events, market)
    sums: Counter[tuple[int, str]] = Counter()
    for _, level, lots in told(market):
        sums[level] += lots
    looks = [look for look in slow.looks if look[0] <= slow.reached - LAG]
    while looks and not slow._unbroken(looks[0][0], looks[-1][0]):
        del looks[0]
    if len(looks) < 2:
        return
    expected: Counter[tuple[int, str]] = Counter(looks[-1][2])
    expected.subtract(looks[0][2])
    for ts, level, lots in slow.trades:
        if looks[0][1] < ts <= looks[-1][1]:
            expected[level] += lots
    assert {k: v for k, v in sums.items() if v} == {k: v for k, v in expected.items() if v}


def stood(market: Market) -> tuple[dict[int, int], dict[int, int]]:
    """The whole book as lots by ticks."""
    assert market.book is not None
    bids, asks = market.book.top(10**6)
    return dict(bids), dict(asks)


def points(bids: dict[int, int], asks: dict[int, int]) -> list[int]:
    """Prices near the touch and far from it, on both sides."""
    prices = sorted([*bids, *asks])
    touch = [max(bids), min(asks)]
    return [*touch, *(ticks + 9 for ticks in touch), *prices[:: max(1, len(prices) // 12)]]


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS, ids=[path for path, _ in SESSIONS])
@pytest.mark.parametrize("group", [1, 10])
def test_what_it_costs_to_trade_to_a_price_is_the_sum_over_its_levels(
    path: str, count: int, group: int
) -> None:
    market, _ = recorded(path, count)
    instrument, book = market.instrument, market.book
    assert instrument is not None
    assert book is not None
    bids, asks = stood(market)
    for price in points(bids, asks):
        low = price // group * group
        said = Ladder(grouping=group, cross_price=price).numbers(market, SIZE)["cost"]
        expected = to_here(bids, asks, low, low + group)
        if expected is None:
            assert said is None
            continue
        assert isinstance(said, dict)
        side, lots, average, slippage = expected
        assert (said["side"], Decimal(said["size"])) == (side, instrument.size(lots))
        found = Fraction(said["value"]) / Fraction(said["size"])
        assert found == average * Fraction(instrument.tick_size)
        below, above = book.standing()
        cost = cost_to(Side(*below), Side(*above), low, low + group)
        assert cost is not None
        assert cost.slippage == slippage


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS, ids=[path for path, _ in SESSIONS])
@pytest.mark.parametrize("group", [1, 7])
def test_cumulative_depth_is_all_that_rests_from_the_best_price_to_the_row(
    path: str, count: int, group: int
) -> None:
    market, _ = recorded(path, count)
    assert market.book is not None
    bids, asks = stood(market)
    # Also where the best price of a side is beyond either end of the ladder.
    for center in (max(bids), min(asks), max(bids) - 60 * group, min(asks) + 60 * group):
        rows = centred(center, group, 21)
        resting = np.array(market.book.grouped(group, rows.low, rows.count))
        depths = depth_sums(market, None, rows, resting)
        for row in range(rows.count):
            edge = rows.low + row * group
            assert int(depths[0, row]) == cumulative(bids, edge, group, ask=False)
            assert int(depths[1, row]) == cumulative(asks, edge, group, ask=True)


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS, ids=[path for path, _ in SESSIONS])
def test_a_chase_is_the_run_of_best_prices_that_goes_one_way(path: str, count: int) -> None:
    market, slow = played(path, count)
    assert market.depth is not None
    looks = {at: rests for at, _, rests in slow.looks}
    first = slow.looks[0][0] + 5 * FINE
    bests: dict[int, tuple[int | None, int | None]] = {}
    rests: dict[tuple[int, str], int] = {}
    for at in range(slow.looks[0][0], slow.reached + 1, FINE):
        rests = looks.get(at, rests)
        bids = [ticks for ticks, side in rests if side == "bid"]
        asks = [ticks for ticks, side in rests if side == "ask"]
        known = any(span[0] < at and (len(span) == 1 or at <= span[1]) for span in slow.spans)
        bests[at] = (max(bids, default=None), min(asks, default=None)) if known else (None, None)
    for at in range(first + 50 * FINE, slow.reached + 1, 3 * FINE):
        path_to = [bests[when] for when in range(at - 49 * FINE, at + 1, FINE)]
        prices = [price for pair in path_to for price in pair if price is not None]
        if not prices or max(prices) - min(prices) > 100:
            continue  # beyond the prices that are looked at
        found = chases(market.depth, at - 1, prices[-1])
        assert found == tuple(
            chase([pair[side] for pair in path_to], way) for side, way in ((0, 1), (1, -1))
        )
