"""The tape of several markets, and moving through a tape line by line."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.events import FeedState, Trade
from market.market import Market
from market.tape import pace
from tests.scenes import SECOND, START, lines, listed, market_of, simulated, status, traded
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.tape import TapePane
from tui.scope import Scope, draw_pane, pane_numbers
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)
SIZE = Size(60, 24)
LONG = Size(60, 400)
ALL = TapePane(venues="all")

prints = st.lists(
    st.tuples(
        st.integers(0, 8).map(lambda tenths: tenths / 10),
        st.integers(180, 230).map(lambda half: half / 2),
        st.integers(-900, 900).filter(bool).map(lambda milli: milli / 1000),
    ),
    min_size=1,
    max_size=30,
)


def fine(market: str, trades: list[tuple[float, float, float]], lot: str = "0.01") -> Market:
    """A market of the same coin on another grid."""
    other = Market(market)
    listed(other, "0.1", lot)
    status(other, FeedState.LIVE)
    traded(other, trades)
    return other


def orders(pane: TapePane, scope: Scope, size: Size = LONG) -> list[dict[str, object]]:
    found = pane_numbers(pane, scope, size)["orders"]
    assert isinstance(found, list)
    return found


def drawn(pane: TapePane, scope: Scope) -> Canvas:
    return draw_pane(pane, scope, SIZE, LOOK)


def test_several_markets_are_one_tape_with_every_order_of_each_at_its_time() -> None:
    markets = tuple(simulated(seed, 20.0) for seed in (7, 8))
    found = orders(ALL, Scope(markets[0], markets))
    assert {order["instrument"] for order in found} == {"sim:7", "sim:8"}
    expected = [
        {"instrument": market.id, **order}
        for market in markets
        for order in orders(TapePane(), Scope.of(market))
    ]
    expected.sort(key=lambda order: int(str(order["ts_event"])), reverse=True)
    assert found == expected[: len(found)]
    assert all(int(str(a["ts_event"])) >= int(str(b["ts_event"])) for a, b in pairwise(found))


def test_prices_and_sizes_of_other_grids_stay_exact() -> None:
    one, other = market_of([(1, 100.5, 0.125)]), fine("okx:BTC-USD", [(2, 100.3, -2.01)])
    scope = Scope(one, (one, other))
    told = [(order["instrument"], order["price"], order["size"]) for order in orders(ALL, scope)]
    assert [(name, Decimal(str(p)), Decimal(str(s))) for name, p, s in told] == [
        ("okx:BTC-USD", Decimal("100.3"), Decimal("2.01")),
        ("test:BTCUSDT", Decimal("100.5"), Decimal("0.125")),
    ]
    shown = lines(drawn(ALL, scope))
    assert shown[3].split()[:5] == ["14:00:02.000", "okx", "▼", "100.3", "2.010"]
    assert shown[4].split()[:5] == ["14:00:01.000", "tes", "▲", "100.5", "0.125"]
    assert "0.125" in shown[1]
    assert "2.010" in shown[1]


def test_each_venue_has_its_colour_and_without_colour_its_name_alone() -> None:
    one, other = market_of([(1, 100.5, 0.125)]), fine("okx:BTC-USD", [(2, 100.3, -2.01)])
    scope = Scope(one, (one, other))
    canvas = drawn(ALL, scope)
    inks = [int(canvas.fg[row, 14]) for row in (3, 4)]
    assert len(set(inks)) == 2
    assert not set(inks) & {LOOK.buy, LOOK.sell}
    assert "okx" in lines(draw_pane(ALL, scope, SIZE, MONO))[3]


def test_a_venue_of_the_tape_that_is_not_live_is_named() -> None:
    one, other = market_of([(1, 100.5, 0.125)]), fine("okx:BTC-USD", [(2, 100.3, -2.01)])
    wide = Size(120, 24)
    assert "okx:BTC-USD" not in lines(draw_pane(ALL, Scope(one, (one, other)), wide, LOOK))[0]
    status(other, FeedState.GAP, "the line broke")
    assert "okx:BTC-USD GAP" in lines(draw_pane(ALL, Scope(one, (one, other)), wide, LOOK))[0]


def test_what_trades_another_coin_is_not_in_the_tape() -> None:
    one, other = market_of([(1, 100.5, 0.125)]), Market("okx:ETH-USD")
    status(other, FeedState.LIVE)
    traded(other, [(2, 3000.0, 1.0)])
    scope = Scope(one, (one, other))
    assert "instrument" not in orders(ALL, scope)[0]
    assert lines(drawn(ALL, scope)) == lines(drawn(TapePane(), scope))


def test_the_pace_of_several_logs_is_that_of_all_their_prints() -> None:
    market = simulated(7, 90.0)
    halves = Market("a:BTC"), Market("b:BTC")
    for number, print_ in enumerate(market.tape.last(10**6)[::-1]):
        name, size = halves[number % 2].id, print_.lots / 1000
        trade = Trade(name, print_.ts, 0, "", print_.ticks / 2, size, print_.side)
        halves[number % 2].apply(trade)
    told = pace([market.trades], market.clock)
    together = pace([half.trades for half in halves], market.clock)
    assert told is not None
    assert together is not None
    assert together[0] == told[0]
    assert together[1] == pytest.approx(told[1], abs=0.05)


@settings(max_examples=50)
@given(prints, prints, st.integers(1, 4), st.sampled_from(["both", "buy"]))
def test_a_tape_steps_by_lines_down_to_the_oldest_and_up_to_now(
    first: list[tuple[float, float, float]],
    second: list[tuple[float, float, float]],
    step: int,
    side: str,
) -> None:
    one, other = (
        market_of(sorted(first, key=lambda trade: trade[0])),
        fine("okx:BTC-USD", sorted(second, key=lambda trade: trade[0]), "0.001"),
    )
    scope = Scope(one, (one, other))
    pane = TapePane(venues="all", side=side)  # type: ignore[arg-type]  # drawn from its words
    times = [int(str(order["ts_event"])) for order in orders(pane, scope)]
    assert times == sorted(times, reverse=True)
    while True:
        left = [time for time in times if pane.until is None or time <= pane.until]
        at = next((time for time in left[step:] if time < left[0]), pane.until)
        moved = pane.stepped(scope, SIZE, step)
        assert moved.until == at
        if moved == pane:
            break
        pane = moved
        assert [int(str(order["ts_event"])) for order in orders(pane, scope)] == [
            time
            for time in times
            if time <= at  # type: ignore[operator]  # it has moved
        ]
    while pane.until is not None:
        above = [time for time in reversed(times) if time > pane.until]
        pane = pane.stepped(scope, SIZE, -step)
        assert pane.until == (above[step - 1] if len(above) > step else None)


def test_a_tape_that_was_moved_says_so_to_the_millisecond_and_stays() -> None:
    market = market_of([(n + 0.125, 100.5, 0.5) for n in range(40)])
    scope = Scope.of(market)
    pane = TapePane().stepped(scope, SIZE, TapePane().page(SIZE))
    assert pane.until == START + 19 * SECOND + SECOND // 8
    before = lines(drawn(pane, scope))
    assert "as of 14:00:19.125" in before[0]
    assert before[3].split()[0] == lines(drawn(TapePane(), scope))[-1].split()[0]
    traded(market, [(41, 101.0, 1.0)])
    assert lines(drawn(pane, scope)) == before
    assert pane.stepped(scope, SIZE, -100).until is None
