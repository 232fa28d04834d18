"""Faults that the source of Flowsurface shows (July 2026), and that we have none of them.

Each test is the simplest example of a fault, put through our own code. Faults that other tests
look for:

- A lost change of a book that shows only when the connection is made anew:
  test_captures_bybit.py::test_a_change_that_is_lost_anywhere_is_a_gap_at_the_next_message,
  test_okx.py::test_a_change_that_points_elsewhere_is_a_gap_at_once,
  test_mexc_futures.py::test_a_change_that_is_lost_is_a_gap_at_the_next_message, of all venues
  test_faults_venues.py::test_a_change_that_is_lost_is_known_with_the_next_message.
- Microseconds of the archive read as milliseconds:
  test_history_archive.py::test_times_of_the_archive_are_milliseconds_or_microseconds.
- Trades of the past that come from before the span, or twice:
  test_history.py::test_a_walk_has_every_trade_of_the_span_once_and_in_order,
  test_history_archive.py::test_an_archive_s_day_is_proved_kept_and_replays.
- No pause after a rate limit or a ban:
  test_rest.py::test_an_answer_that_says_stop_stops_the_whole_host.
- A panic in one pane that ends the program:
  test_faults.py::test_a_pane_that_fails_says_so_and_the_others_go_on.
- Trades always in UTC, without the hour:
  test_tape_pane.py::test_every_line_has_its_millisecond_in_the_chosen_zone.
- Charts of so many trades that always begin empty:
  test_history_command.py::test_footprints_of_a_past_day_are_those_of_its_trades.

What cannot arise here:

- A log file that grows until the program is ended: no log is written.
- History that holds up the snapshot which a book waits for: `tapetop history` is a program of
  its own, and live every request is a task of its own.
- A copy of every change of the book while somebody looks at the past: a pane is settings and keeps
  nothing.
- Windows that stand still beside the one in use: there is one screen, drawn by one clock.
- Settings lost because they are written at the exit: none are kept. Favourites are written when
  they change.
"""

import asyncio
import random
import re
from pathlib import Path

import pytest

from feeds.history import Kept, Past, Progress
from feeds.history_rows import find_series
from feeds.outlet import Outlet
from market.basis import RangeBasis, TickBasis, TimeBasis, VolumeBasis, parse_basis
from market.cvd import Anchor
from market.events import BookDelta, FeedState, Kline, Side, Trade
from market.footprint import Footprint
from market.market import Market
from market.profile import VolumeProfile
from market.traded import Rows
from market.traded import traded as counted
from market.trades import TradeLog
from tests.scenes import MINUTE, NAME, SECOND, START, lines, listed, quoted, status, traded
from tui.cells.widths import Content
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.footprint import FootprintPane
from tui.panes.heatmap import Heatmap
from tui.registry import PANES, pane_type
from tui.themes import load_look

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


def test_every_pane_puts_a_trade_into_the_same_row_whoever_aggressed() -> None:
    log, profile, footprint = TradeLog(), VolumeProfile(10), Footprint(TimeBasis(MINUTE), 10)
    for ticks in (99, 100, 104, 105, 106, 109, 110):
        log.append(START, ticks, 3)
        log.append(START, ticks, -2)
    profile.update(log)
    footprint.update(log)
    ladder = counted(log, "faults", 0, len(log), Rows(10, 9, 3))
    bar = footprint.last(1)[0]
    for sold, bought in (
        (bar.sell, bar.buy),
        profile.profile.rows(9, 3),
        (ladder.sold, ladder.bought),
    ):
        assert (sold.tolist(), bought.tolist()) == ([2, 10, 2], [3, 15, 3])


@pytest.mark.parametrize("content", ["sides", "volume", "delta", "table"])
def test_a_row_at_the_edge_has_the_same_imbalance_however_cells_are_drawn(content: Content) -> None:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    traded(market, [(1, 100.0, 5.0), (2, 100.0, -1.0), (3, 100.5, -9.0), (4, 100.5, 1.0)])
    pane = FootprintPane(grouping=1, ignore_zeros=False, content=content)
    shown = lines(pane.draw(market, Size(60, 20), load_look("dark", ColorDepth.MONO)))
    (high,) = [line for line in shown if line.lstrip().startswith("100.5")]
    (low,) = [line for line in shown if line.lstrip().startswith("100.0")]
    assert "«" in high
    assert "»" not in high
    assert "»" in low
    assert "«" not in low


def test_the_newest_bar_of_the_cumulative_delta_is_the_sum_of_its_trades() -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(1, 100.0, 2.0), (20, 100.0, -0.5)])
    total = market.cvd(TimeBasis(MINUTE), Anchor.NONE).last(1)[0].value
    for after, size in ((61, 1.0), (70, 0.25), (71, -3.0), (119, 0.5)):
        traded(market, [(after, 100.0, size)])
        total += round(1000 * size)
        for volume in (0.5, 4.75, 4.75):
            market.apply(kline(START + MINUTE, volume, closed=False))
            newest = market.cvd(TimeBasis(MINUTE), Anchor.NONE).last(1)[0]
            assert (newest.start, newest.value) == (START + MINUTE, total)


def test_an_outage_is_no_row_of_equal_columns() -> None:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    for second in (0, 1, 2):
        quoted(market, [(100.0, 1.0 + second)], [(100.5, 1.0)], second)
    status(market, FeedState.GAP, "changes are missing")
    traded(market, [(10, 100.0, 1.0)])
    quoted(market, [(100.0, 9.0)], [(100.5, 1.0)], 20)
    status(market, FeedState.LIVE)
    quoted(market, [(100.0, 9.0)], [(100.5, 1.0)], 23)
    found = Heatmap(timeframe="1s").numbers(market, Size(120, 30))["columns"]
    assert isinstance(found, list)
    known = {(start - START) // SECOND for start in found}
    assert known & {1, 21, 22} == {1, 21, 22}
    assert not known & set(range(3, 20))


@pytest.mark.parametrize("kind", PANES)
def test_a_pane_without_data_says_why(kind: str) -> None:
    market = Market(NAME)
    reason = "HTTP 451, not from this region"
    status(market, FeedState.CONNECTING, reason)
    picture = pane_type(kind)().draw(market, Size(120, 30), load_look("dark", ColorDepth.MONO))
    assert reason in " ".join(lines(picture))


def test_open_interest_of_inverse_contracts_is_that_of_inverse_contracts() -> None:
    series = find_series("bybit-inverse", Kept.OPEN_INTEREST)
    path = series.path(Past("BTCUSD", START, START + MINUTE), Progress())
    assert "category=inverse" in str(path)


def test_no_event_is_dropped_however_many_wait() -> None:
    async def fill() -> int:
        outlet = Outlet(limit=512)
        for number in range(2_000):
            outlet.put(Trade(NAME, START, START, str(number), 1.0, 1.0, Side.BUY))
        assert outlet.full
        return len(outlet.take())

    assert asyncio.run(fill()) == 2_000


def test_what_is_kept_of_trades_has_a_bound() -> None:
    log = TradeLog(capacity=64)
    for number in range(1_000):
        log.append(START + number, 200 + number % 5, 1)
        assert len(log) <= 64
    assert log.end == 1_000


def test_every_test_that_is_named_above_exists() -> None:
    named = re.findall(r"(\w+\.py)::(\w+)", __doc__ or "")
    assert len(named) > 8
    for file, name in named:
        assert f"def {name}(" in (Path(__file__).parent / file).read_text("utf-8"), name
