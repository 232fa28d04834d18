"""Measuring memory over hours of market time."""

from itertools import islice

import pytest

from market.events import FeedState, FeedStatus, Kline, Side, Trade
from tests.captures import CAPTURES, needs_captures
from tui.bench.asked import Asked
from tui.bench.soak import Hour, Soaked, looped, rss, shifted, slope, soak, summary
from tui.bench.workload import load

SECOND = 1_000_000_000


def test_the_slope_is_that_of_the_line_through_the_points() -> None:
    assert slope([(1, 100), (2, 102), (3, 104)]) == pytest.approx(2.0)
    assert slope([(1, 100), (2, 130), (3, 100)]) == pytest.approx(0.0)
    assert slope([(1, 100)]) == 0.0


def _hours(memory: list[float]) -> list[Hour]:
    return [Hour("soak", n, mib, n * 1000, n * 6.0) for n, mib in enumerate(memory, 1)]


def test_the_warm_up_does_not_count_but_the_most_is_the_most_of_all() -> None:
    found = summary(_hours([10, 50, 90, 130, 170, 170, 170, 170, 170, 170]), 10, "it", 99)
    assert (found.warm_up_hours, found.slope_mib_an_hour, found.most_mib) == (5, 0.0, 170)
    assert found.hours_a_minute == pytest.approx(10.0)
    assert found.holds
    assert found.line().endswith("met")


def test_memory_that_grows_is_told() -> None:
    found = summary(_hours([100 + 2 * n for n in range(10)]), 10, "it", 99)
    assert found.slope_mib_an_hour == pytest.approx(2.0)
    assert not found.holds


def test_events_come_later_by_the_same_time_in_every_field() -> None:
    trade = Trade("x", 5, 7, "1", 1.0, 2.0, Side.BUY)
    assert shifted(trade, 100) == Trade("x", 105, 107, "1", 1.0, 2.0, Side.BUY)
    bar = (1.0, 1.0, 1.0, 1.0, 1.0)
    kline = Kline("x", 5, 7, "1m", 0, 60, *bar, None, None, None, False)
    moved = shifted(kline, 100)
    assert isinstance(moved, Kline)
    assert (moved.start, moved.end, moved.ts_event) == (100, 160, 105)
    status = FeedStatus("x", 7, FeedState.LIVE)
    assert shifted(status, 100) == FeedStatus("x", 107, FeedState.LIVE)


@needs_captures
def test_a_recording_goes_on_where_it_ended() -> None:
    path = CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz"
    count = sum(1 for _ in islice(looped(path), 94_500))
    assert count == 94_500
    late = list(islice(looped(path), 94_200, 94_400))
    early = list(islice(looped(path), 10))
    apart = late[0].ts_recv - early[0].ts_recv
    assert 340 * SECOND < apart < 350 * SECOND


def test_a_few_minutes_of_market_are_soaked() -> None:
    *hours, last = soak(Asked(lambda: load(None), hours=0.1))
    assert [type(row) for row in hours] == [Hour]
    assert isinstance(last, Soaked)
    assert last.pictures > 20
    assert 0 < last.most_mib * 2**20 <= rss() * 2
