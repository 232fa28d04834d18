"""A heatmap's numbers equal those reckoned again from the events alone."""

from functools import lru_cache
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import replay
from feeds.simulate import events as simulated_events
from market.events import Event
from market.market import Market
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.oracle import heatmap as oracle
from tui.drawing.look import ColorDepth
from tui.drawing.timeline import DAY
from tui.heat.grid import HALVES, HeatGrid, heat_grid, stretch
from tui.heat.merge import CHUNK, HeatRuns
from tui.heat.settings import Merge, Profiled
from tui.pane import Size
from tui.panes.heatmap import Heatmap
from tui.themes import load_look

SECOND = 1_000_000_000
LOOK = load_look("dark", ColorDepth.TRUE)
WIDTH, CELLS = 90, 20
SESSIONS = {
    "binance_usdm/cf_20210405_120s.jsonl.gz": "binance-usdm:NEOUSDT",
    "bitmex/cf_20210405_120s.jsonl.gz": "bitmex:XBTM21",
    "bitfinex/cf_20210405_120s.jsonl.gz": "bitfinex:tZRXETH",
    "hyperliquid/btc_20250126.jsonl.gz": "hyperliquid:BTC",
    "kucoin/spot_cf_20210425.jsonl.gz": "kucoin:BCHSV-USDT",
}
MERGES = [how for how in get_args(Merge) if how != "off"]


@lru_cache(maxsize=8)
def played(session: str) -> tuple[Market, list[Event]]:
    """A market and what it was made of."""
    if session == "sim":
        events, id = list(simulated_events(3, 150.0)), "sim:3"
    else:
        events, id = list(replay.events(CAPTURES / session)), SESSIONS[session]
    markets = Markets()
    markets.apply(events)
    market = markets.get(id)
    assert market is not None
    return market, events


def grid_of(market: Market, interval: int = SECOND) -> HeatGrid:
    grid = heat_grid(market, stretch(market.clock, None, interval, WIDTH), CELLS, None, None)
    assert grid is not None
    return grid


def compare_runs(session: str, how: Merge, percent: int) -> int:
    """Compare every row of every known column; return how many columns there were."""
    market, events = played(session)
    grid, depth = grid_of(market), market.depth
    assert depth is not None
    columns, rows = grid.stretch, grid.axis.cells * HALVES
    books = oracle.books(market, events, SECOND, grid.group)
    known = depth.known(SECOND, columns.end - 1, columns.shown + CHUNK)
    numbers = range(columns.first - CHUNK, columns.last + 1)
    believed = dict(zip(numbers, known.tolist(), strict=True))
    bid, ask = HeatRuns(how, percent).read(grid, depth, columns.first)
    low = grid.axis.low // grid.group
    for side, found in enumerate((bid, ask)):
        for row in range(rows):
            wanted: dict[int, int] = {}
            for chunk in range(columns.first // CHUNK, columns.last // CHUNK + 1):
                part = range(chunk * CHUNK, min((chunk + 1) * CHUNK, columns.last + 1))
                sizes = [books[n][side].get(low + row, 0) if believed[n] else 0 for n in part]
                wanted |= dict(zip(part, oracle.merged(sizes, how, percent), strict=True))
            expected = [wanted[n] for n in range(columns.first, columns.last + 1)]
            assert found[:, row].tolist() == expected, (side, row)
    return int(known[CHUNK:].sum())


@pytest.mark.parametrize("how", MERGES)
@pytest.mark.parametrize("percent", [5, 15, 80])
def test_similar_sizes_are_merged_as_defined_in_a_simulated_market(
    how: Merge, percent: int
) -> None:
    assert compare_runs("sim", how, percent) >= 80


@needs_captures
@pytest.mark.parametrize("session", SESSIONS)
def test_similar_sizes_are_merged_as_defined_in_recorded_markets(session: str) -> None:
    for how, percent in zip(MERGES, (15, 5, 40), strict=True):
        assert compare_runs(session, how, percent) >= 10


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=40),
    st.sampled_from(MERGES),
    st.integers(1, 90),
)
def test_a_size_that_is_drawn_lies_among_those_of_its_run(
    sizes: list[int], how: str, percent: int
) -> None:
    drawn = oracle.merged(sizes, how, percent)
    assert len(drawn) == len(sizes)
    assert all((size == 0) == (shown == 0) for size, shown in zip(sizes, drawn, strict=True))
    assert min(sizes) <= min(drawn) <= max(drawn) <= max(sizes)


def compare_profile(session: str, kind: Profiled) -> int:
    """Compare the profile's every row and its levels; return how many rows it has."""
    market, events = played(session)
    pane, size = Heatmap(profile=kind, window="37s"), Size(WIDTH, CELLS)
    found = pane.numbers(market, size)["profile"]
    assert isinstance(found, dict)
    group, grid = pane.group_shown(market, size), market.instrument
    assert group is not None
    assert grid is not None
    last = market.clock // SECOND
    spans = {
        "visible": None,
        "window": ((last + 1 - 37) * SECOND, (last + 1) * SECOND),
        "session": (last * SECOND // DAY * DAY, (last + 1) * SECOND),
    }
    span = spans[kind] or shown_span(pane, market, size)
    rows = oracle.profile(market, events, group, *span)
    assert found["prices"] == [f"{grid.price(low):f}" for low in rows]
    assert found["sold"] == [f"{grid.size(sold):f}" for sold, _ in rows.values()]
    assert found["bought"] == [f"{grid.size(bought):f}" for _, bought in rows.values()]
    if rows:
        named = (found["poc"], found["val"], found["vah"])
        assert named == tuple(f"{grid.price(at):f}" for at in oracle.levels(rows, group))
    return len(rows)


def shown_span(pane: Heatmap, market: Market, size: Size) -> tuple[int, int]:
    """From the first column in sight, known or not, to the end of the newest."""
    shown = pane.draw(market, size, LOOK)
    # The book's bars begin on the panel's ground, right of the picture.
    width = int((shown.bg[size.height // 2] == LOOK.panel).argmax())
    columns = stretch(market.clock, None, SECOND, width)
    return columns.start, columns.end


@pytest.mark.parametrize("kind", ["visible", "window", "session"])
def test_a_profile_is_that_of_its_trades_in_a_simulated_market(kind: Profiled) -> None:
    assert compare_profile("sim", kind) > 5


@needs_captures
@pytest.mark.parametrize("session", SESSIONS)
def test_a_profile_is_that_of_its_trades_in_recorded_markets(session: str) -> None:
    assert compare_profile(session, "session") >= 1
    for kind in ("visible", "window"):
        compare_profile(session, kind)
