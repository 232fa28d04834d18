"""The crosshair of a heatmap: it points at what is there and says its exact numbers."""

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.simulate import events
from market.events import FeedState
from market.market import Market
from tests.oracle import heatmap as oracle
from tests.scenes import SECOND, START, lines, same, simulated
from tests.test_heatmap import interrupted
from tui.drawing.look import ColorDepth
from tui.drawing.timeline import Scroll
from tui.keys import crossing
from tui.pane import Size
from tui.panes.heatmap import Heatmap
from tui.panes.tape import TapePane
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
SIZE = Size(120, 40)
SCROLLS: tuple[Scroll, ...] = ("block", "smooth", "sweep")


def put_down(pane: Heatmap, market: Market, size: Size = SIZE) -> Heatmap:
    return crossing.moved(pane, pane, market, size, 0, 0)


def shown(pane: Heatmap, market: Market, size: Size = SIZE) -> str:
    return "\n".join(lines(pane.draw(market, size, LOOK)))


def test_it_is_put_down_at_the_newest_column_and_the_last_price() -> None:
    market = simulated()
    pane = put_down(Heatmap(), market)
    assert market.last is not None
    assert pane.cross_time == market.clock // SECOND * SECOND
    assert pane.cross_price is not None
    group = pane.group_shown(market, SIZE)
    assert group is not None
    assert pane.cross_price <= market.last.ticks < pane.cross_price + group


@pytest.mark.parametrize("scroll", SCROLLS)
@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), max_size=8))
def test_arrows_move_it_by_columns_and_rows_and_never_out_of_the_picture(
    scroll: Scroll, moves: list[tuple[int, int]]
) -> None:
    market = simulated()
    pane = put_down(Heatmap(scroll=scroll), market, Size(80, 24))
    group = pane.group_shown(market, Size(80, 24))
    assert group is not None
    for right, up in moves:
        before = pane
        pane = crossing.moved(pane, pane, market, Size(80, 24), right, up)
        assert before.cross_time is not None
        assert before.cross_price is not None
        assert pane.cross_time is not None
        assert pane.cross_price is not None
        steps = (pane.cross_time - before.cross_time) // SECOND
        rows = (pane.cross_price - before.cross_price) // group
        assert abs(steps) <= abs(right)
        assert abs(rows) <= abs(up)
        assert steps * right >= 0
        assert rows * up >= 0
        assert pane.cross_time <= market.clock
    assert "bought" in shown(pane, market, Size(80, 24))


@pytest.mark.parametrize("scroll", SCROLLS)
def test_a_click_points_at_the_cell_under_it_and_another_takes_it_away(scroll: Scroll) -> None:
    market, size = simulated(), Size(80, 24)
    plain = Heatmap(scroll=scroll)
    picture = plain.draw(market, size, LOOK)
    for x in (8, 30, 50):
        pane = crossing.pointed(plain, plain, market, size, x, 7)
        drawn = pane.draw(market, size, LOOK)
        crossed = [row for row in range(1, 19) if drawn.glyph[row, x] == ord("│")]
        assert len(crossed) > 8
        assert 7 not in crossed
        assert drawn.glyph[7, x] == picture.glyph[7, x]
        assert crossing.pointed(pane, pane, market, size, x, 7) == plain


def test_a_click_beside_the_picture_points_at_nothing() -> None:
    market = simulated()
    for x, y in ((5, 0), (5, 39), (119, 10), (-1, 5), (98, 10)):
        assert crossing.pointed(Heatmap(), Heatmap(), market, SIZE, x, y) == Heatmap()


@pytest.mark.parametrize("timeframe", ["1s", "100ms"])
def test_it_tells_the_exact_numbers_of_its_cell(timeframe: str) -> None:
    market, past = simulated(7, 60.0), list(events(7, 60.0))
    interval = SECOND if timeframe == "1s" else SECOND // 10
    pane = Heatmap(timeframe=timeframe, cross_time=START + 57 * SECOND, cross_price=120_330)
    grid = market.instrument
    assert grid is not None
    group = pane.group_shown(market, SIZE)
    assert group is not None
    low = 120_330 // group * group
    at = START + 57 * SECOND
    bid, ask = oracle.books(market, past, interval, group)[at // interval]
    traded = oracle.profile(market, past, group, at, at + interval)
    sold, bought = traded.get(low, (0, 0))
    picture = shown(pane, market)
    told = re.search(r"▸(\d.*?)(?: {3}|$)", picture, re.MULTILINE)
    assert told is not None
    words = told[1].split()
    assert Decimal(words[0]) == grid.price(low)
    rests = {side: Decimal(size) for size, side in zip(words[1::2], words[2::2], strict=False)}
    for side, rows in (("bid", bid), ("ask", ask)):
        lots = rows.get(low // group, 0)
        assert rests.get(side, Decimal(0)) == grid.size(lots)
    line = next(line for line in picture.splitlines() if "bought" in line)
    words = line[line.index("bought") :].split()
    assert Decimal(words[1]) == grid.size(bought)
    assert Decimal(words[3]) == grid.size(sold)


def test_what_is_not_known_is_not_told_as_nothing() -> None:
    market = interrupted(60, (30.0, 40.0))
    at = market.clock // SECOND * SECOND - 25 * SECOND
    pane = Heatmap(cross_time=at, cross_price=120_000)
    read = [line for line in shown(pane, market).splitlines() if "sequence jumped" in line]
    assert len(read) >= 1
    assert "▸1" not in shown(pane, market)


def test_it_stays_at_its_time_while_the_market_moves_on() -> None:
    market = Market("sim:7")
    at = None
    for event in events(7, 40.0):
        market.apply(event)
        if at is None and market.clock >= START + 20 * SECOND and market.last is not None:
            pane = put_down(Heatmap(), market)
            at = pane.cross_time
    picture = shown(pane, market)
    assert "14:00:20" in picture
    assert pane.cross_time == at


def test_a_picture_without_it_is_the_one_before() -> None:
    market, plain = simulated(), Heatmap()
    before = plain.draw(market, SIZE, LOOK)
    put_down(plain, market).draw(market, SIZE, LOOK)
    assert same(plain.draw(market, SIZE, LOOK), before)
    assert crossing.uncrossed(put_down(plain, market)) == plain


def test_it_fits_every_size_and_says_the_time_where_there_is_room_for_nothing_else() -> None:
    market = simulated()
    for size in (Size(1, 3), Size(9, 4), Size(36, 8), Size(30, 5)):
        pane = Heatmap(cross_time=START + 290 * SECOND, cross_price=120_300, labels=5)
        canvas = pane.draw(market, size, LOOK)
        assert (canvas.width, canvas.height) == size
    assert "14:04:50" in shown(pane, market, Size(36, 8))


def test_a_pane_without_one_has_none() -> None:
    market = simulated()
    assert not crossing.crossed(TapePane())
    assert crossing.moved(TapePane(), TapePane(), market, SIZE, 1, 0) == TapePane()
    assert crossing.pointed(TapePane(), TapePane(), market, SIZE, 1, 5) == TapePane()
    nothing = Market("test:X")
    assert nothing.status.state is FeedState.CONNECTING
    assert put_down(Heatmap(), nothing) == Heatmap()
