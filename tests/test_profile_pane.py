from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from market.events import FeedState
from market.market import Market
from tests.scenes import NAME, START, Print, lines, listed, row_of, same, simulated, status, traded
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.profile import ProfilePane
from tui.profile.chart import column_length
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)
SIZE = Size(120, 24)
DAY = 86_400


def market_of(prints: Sequence[Print]) -> Market:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    traded(market, prints)
    return market


def told(pane: ProfilePane, market: Market) -> dict[str, Any]:
    return pane.numbers(market, SIZE)


def test_bars_are_as_long_as_what_traded_and_sold_comes_first() -> None:
    market = market_of([(1, 100.0, -2.0), (2, 100.0, 2.0), (3, 101.0, 1.0)])
    canvas = ProfilePane(grouping=1).draw(market, Size(60, 12), LOOK)
    rows = {word: row_of(canvas, word) for word in ("100.0 POC", "101.0")}
    inks = [canvas.fg[row].tolist() for row in rows.values()]
    grounds = [canvas.bg[row].tolist() for row in rows.values()]
    sold = [ink.count(LOOK.sell) + ink.count(LOOK.sell_bar) for ink in inks]
    assert sold[0] > 8
    full = grounds[0].count(LOOK.sell) + grounds[0].count(LOOK.buy)
    quarter = grounds[1].count(LOOK.buy_bar) + grounds[1].count(LOOK.buy)
    assert abs(full - 4 * quarter) <= 4
    assert grounds[0].index(LOOK.sell) < grounds[0].index(LOOK.buy)


def test_without_colour_sides_and_value_area_differ_in_their_shades() -> None:
    market = market_of([(1, 100.0, -9.0), (2, 100.0, 9.0), (3, 108.0, 2.0), (4, 108.0, -2.0)])
    shown = lines(ProfilePane(grouping=1).draw(market, Size(60, 20), MONO))
    inside = next(line for line in shown if "100.0 POC" in line)
    outside = next(line for line in shown if "108.0" in line)
    assert {"▒", "█"} <= set(inside)
    assert {"░", "▓"} <= set(outside)


def test_a_day_holds_what_traded_since_midnight_and_all_holds_more() -> None:
    market = market_of([(1, 100.0, 1.0), (DAY, 101.0, 2.0)])
    assert told(ProfilePane(), market)["buy"] == "2.000"
    assert told(ProfilePane(session="week"), market)["buy"] == "3.000"
    assert told(ProfilePane(session="all"), market)["buy"] == "3.000"
    earlier = ProfilePane(until=(START + 3600 * 10**9))
    assert told(earlier, market)["buy"] == "1.000"


def test_hours_and_windows_are_as_long_as_the_timeframe() -> None:
    market = market_of([(at * 60, 100.0, 1.0) for at in range(10)])
    buys = {
        (session, frame): told(ProfilePane(session=session, timeframe=frame), market)["buy"]
        for session in ("hours", "window")
        for frame in ("4m", "3t")
    }
    assert buys == {
        ("hours", "4m"): "2.000",
        ("hours", "3t"): "1.000",
        ("window", "4m"): "4.000",
        ("window", "3t"): "3.000",
    }


def test_a_naked_poc_is_named_until_it_is_traded_again() -> None:
    prints = [(1, 100.0, 5.0), (2, 101.0, 1.0), (61, 105.0, 1.0)]
    pane = ProfilePane(session="hours", timeframe="1m", grouping=1)
    market = market_of(prints)
    assert told(pane, market)["naked"] == [{"price": "100.0", "since": START}]
    canvas = pane.draw(market, Size(120, 24), LOOK)
    assert "▼ 100.0 naked" in lines(canvas)[0] or "nPOC" in lines(canvas)[row_of(canvas, "100.0")]
    assert not told(ProfilePane(session="hours", timeframe="1m", naked=0), market)["naked"]
    traded(market, [(62, 100.0, 0.5)])
    assert not told(pane, market)["naked"]


def test_the_chart_shows_where_the_poc_came_from() -> None:
    prints: list[Print] = [(at, 100.0, 1.0) for at in range(10)]
    prints += [(at, 104.0, 3.0) for at in range(20, 30)]
    canvas = ProfilePane(grouping=1).draw(market_of(prints), SIZE, LOOK)
    old, new = (canvas.glyph[row_of(canvas, word)] for word in ("100.0", "104.0 POC"))
    was, now = np.flatnonzero(old == ord("━")), np.flatnonzero(new == ord("━"))
    assert len(was)
    assert len(now)
    assert was.max() < now.min()
    without = ProfilePane(grouping=1, developing=False).draw(market_of(prints), SIZE, LOOK)
    assert not (without.glyph == ord("━")).any()


def test_a_picture_grown_frame_by_frame_is_the_one_drawn_at_once() -> None:
    market, pane = market_of([]), ProfilePane(grouping=1)
    rng = np.random.default_rng(5)
    at, price = 0.0, 100.0
    for _ in range(120):
        at += float(rng.integers(0, 8))
        price += float(rng.integers(-1, 2)) / 2
        # Now and then one comes late, and changes a column that is over.
        late = float(rng.integers(0, 40)) * (rng.random() < 0.1)
        traded(market, [(max(0.0, at - late), price, float(rng.integers(1, 9)) - 4.5)])
        drawn = pane.draw(market, SIZE, LOOK)
    anew = market_of([])
    ts, ticks, lots = market.trades.last(1000)
    for row in zip(ts.tolist(), ticks.tolist(), lots.tolist(), strict=True):
        anew.trades.append(*row)
    anew.clock = market.clock
    assert same(pane.draw(anew, SIZE, LOOK), drawn)


def test_a_composite_stands_beside_a_session_that_is_not_the_first() -> None:
    pane, wide = ProfilePane(session="hours", timeframe="1m", grouping=1), Size(160, 24)
    market = market_of([(1, 100.0, 4.0)])
    assert "all sessions held" not in lines(pane.draw(market, wide, LOOK))[-1]
    traded(market, [(61, 101.0, 1.0), (62, 100.5, 1.0)])
    canvas = pane.draw(market, wide, LOOK)
    assert "all sessions held" in lines(canvas)[-1]
    assert "◄" in lines(canvas)[row_of(canvas, "100.0")]
    assert "◄" not in "".join(lines(ProfilePane(composite=False).draw(market, wide, LOOK)))
    alone = replace(pane, developing=False).draw(market, SIZE, LOOK)
    assert "◄" in lines(alone)[row_of(alone, "100.0")]


def test_a_gap_and_a_session_that_began_before_our_trades_are_told() -> None:
    market = market_of([(1, 100.0, 1.0)])
    status(market, FeedState.GAP)
    status(market, FeedState.LIVE)
    traded(market, [(9, 101.0, 1.0)])
    title = lines(ProfilePane().draw(market, Size(180, 24), LOOK))[0]
    assert "from 14:00:01" in title
    assert "~ gap at 14:00:01" in title


def test_a_time_before_all_trades_is_said_to_have_none() -> None:
    shown = " ".join(lines(ProfilePane(until=START).draw(simulated(), SIZE, LOOK)))
    assert "no trades up to 14:00:00 UTC" in shown


def test_columns_last_round_times_that_are_long_enough() -> None:
    second = 10**9
    lengths = [column_length(n * second) // second for n in (0, 1, 7, 61, 3601, 86_401)]
    assert lengths == [1, 1, 8, 120, 7200, 172_800]


@pytest.mark.parametrize(
    ("setting", "words"),
    [({"area": 0.5}, "1 to 100"), ({"naked": -1}, "0 to 1000"), ({"grouping": 0}, "1 tick")],
)
def test_settings_out_of_bounds_are_refused(setting: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ProfilePane(**setting)
