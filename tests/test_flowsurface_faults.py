"""Faults found in Flowsurface (its data layer, section 5.1 of the report), and that we have none.

Each test is the report's own example, put through the model.
"""

import random

import pytest

from market.basis import RangeBasis, TickBasis, TimeBasis, VolumeBasis, parse_basis
from market.events import BookDelta, Kline
from market.footprint import Footprint
from market.market import Market
from market.trades import TradeLog
from tests.scenes import MINUTE, NAME, SECOND, START, listed, quoted, traded

BASES = (TimeBasis(MINUTE), TickBasis(3), parse_basis("2v"), RangeBasis(4))


def kline(start: int, volume: float, closed: bool = True) -> Kline:
    """A candle of a minute at one price."""
    edges = (start, start + MINUTE, 100.0, 100.0, 100.0, 100.0, volume, volume / 2, None, 1)
    return Kline(NAME, start + MINUTE, start, "1m", *edges, closed)


@pytest.mark.parametrize("tick", ["0.5", "0.25", "0.05", "0.005", "0.2", "2", "5", "1000"])
def test_levels_of_a_tick_that_is_no_power_of_ten_stay_apart(tick: str) -> None:
    market = Market(NAME)
    listed(market, tick=tick)
    step = float(tick)
    bids = [(step * n, float(n)) for n in (200, 199, 198, 197)]
    quoted(market, bids, [(step * 201, 1.0)])
    assert market.book is not None
    assert market.instrument is not None
    top = market.book.top(10)[0]
    assert [(level.ticks, level.lots) for level in top] == [
        (n, n * 1000) for n in (200, 199, 198, 197)
    ]
    market.apply(BookDelta(NAME, START + 1, START + 1, [(step * 199, 0.0)], [], 2, 1))
    assert [level.ticks for level in market.book.top(10)[0]] == [200, 198, 197]
    traded(market, [(1, step * 200, 1.0), (2, step * 199, -2.0)])
    bar = market.footprint(TimeBasis(MINUTE), 1).last(1)[0]
    assert bar.prices.tolist() == [199, 200]


@pytest.mark.parametrize("pages", [1, 2, 5])
def test_pages_of_history_add_nothing_to_a_footprint(pages: int) -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(1, 100.0, 4.0), (61, 100.5, 6.0)])
    market.footprint(TimeBasis(MINUTE), 1)
    for page in range(pages):
        for n in range(3):
            market.apply(kline(START - (3 * page + n + 1) * MINUTE, 50.0))
        market.apply(kline(START, 4.0))
        bars = market.footprint(TimeBasis(MINUTE), 1).last(9)
        assert [int(bar.volume.sum()) for bar in bars] == [4000, 6000]


def test_history_fetched_once_more_is_history_once() -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(1, 100.0, 4.0)])
    for _ in range(3):
        market.apply(kline(START - MINUTE, 50.0))
    shown = market.bars(TimeBasis(MINUTE)).last(9)
    assert [bar.volume for bar in shown] == [50_000, 4_000]


def test_trades_before_the_first_candle_of_their_bar_are_in_its_footprint() -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(30, 100.0, 1.0), (60, 100.0, 3.0)])
    market.apply(kline(START + MINUTE, 3.0, closed=False))
    traded(market, [(90, 100.0, 2.0)])
    newest = market.footprint(TimeBasis(MINUTE), 1).last(1)[0]
    assert newest.bar.start == START + MINUTE
    assert int(newest.volume.sum()) == 5000
    assert market.bars(TimeBasis(MINUTE)).last(1)[0].volume == 5000


@pytest.mark.parametrize(("prices", "point"), [((100, 101), 100), ((100, 101, 104), 101)])
def test_a_tied_point_of_control_does_not_depend_on_the_order_of_trades(
    prices: tuple[int, ...], point: int
) -> None:
    order = list(prices)
    for seed in range(10):
        random.Random(seed).shuffle(order)
        log, footprint = TradeLog(), Footprint(TimeBasis(MINUTE), 1)
        for ticks in order:
            log.append(START, ticks, 7)
        footprint.update(log)
        assert footprint.last(1)[0].poc == point


@pytest.mark.parametrize("basis", BASES, ids=str)
def test_a_new_grouping_holds_the_same_trades(basis: TimeBasis | TickBasis | VolumeBasis) -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(n, 100.0 + n % 7 / 2, 1.0 if n % 3 else -1.0) for n in range(100)])
    volumes = [
        [int(bar.volume.sum()) for bar in market.footprint(basis, group).last(999)]
        for group in (1, 3, 50)
    ]
    assert volumes[0] == volumes[1] == volumes[2]
    assert sum(volumes[0]) == 100_000
    assert market.clock == START + 99 * SECOND
