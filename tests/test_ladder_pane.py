from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.events import FeedState
from market.market import Market
from tests.scenes import NAME, SECOND, START, lines, listed, quoted, status, traded
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.keys import crossing
from tui.pane import Size
from tui.panes.ladder import Ladder
from tui.themes import load_look

LEFT_EIGHTHS = "▏▎▍▌▋▊▉█"
LOOK = load_look("dark", ColorDepth.TRUE)
SIZE = Size(80, 24)

BIDS = [(100.0, 2.5), (99.5, 1.0), (98.0, 4.0)]
ASKS = [(100.5, 3.0), (101.0, 1.25), (103.0, 7.0)]

WIDE = Size(140, 24)
levels = st.dictionaries(st.integers(1, 60), st.integers(1, 9_000), max_size=30)


def market_of(
    bids: list[tuple[float, float]] = BIDS, asks: list[tuple[float, float]] = ASKS
) -> Market:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    quoted(market, bids, asks)
    return market


def drawn(market: Market, size: Size = SIZE, **settings: object) -> Canvas:
    """A ladder of the columns next to the price, unless more are asked for."""
    chosen = {"depth": False, "flow": False, **settings}
    return Ladder(**chosen).draw(market, size, LOOK)  # type: ignore[arg-type]  # by name


def row(canvas: Canvas, price: str) -> str:
    """The words of the row of a price, without the tips of bars."""
    line = lines(canvas)[row_at(canvas, price)]
    return "".join(" " if mark in LEFT_EIGHTHS else mark for mark in line)


def row_at(canvas: Canvas, price: str) -> int:
    return next(at for at, line in enumerate(lines(canvas)) if f" {price} " in f"{line} ")


def test_sizes_stand_beside_their_price_bids_left_and_asks_right() -> None:
    canvas = drawn(market_of(), grouping=1)
    assert row(canvas, "100.0").split() == ["2.500", "100.0"]
    assert row(canvas, "100.5").split() == ["100.5", "3.000"]
    assert row(canvas, "99.0").split() == ["99.0"]


def test_traded_volume_stands_between_sells_left_and_buys_right() -> None:
    market = market_of()
    traded(market, [(1, 100.5, 0.75), (2, 100.0, -0.5), (3, 100.5, 0.25)])
    canvas = drawn(market, grouping=1)
    assert row(canvas, "100.0").split() == ["2.500", "0.500", "100.0"]
    assert row(canvas, "100.5").split() == ["100.5", "▲", "1.000", "3.000"]


def test_traded_volume_older_than_the_window_is_gone() -> None:
    market = market_of()
    traded(market, [(1, 100.5, 0.75), (100, 101.0, 0.25)])
    canvas = drawn(market, grouping=1, timeframe="1m")
    assert "0.750" not in row(canvas, "100.5")
    assert "0.250" in row(canvas, "101.0")


@given(levels, levels, st.integers(1, 12))
def test_groups_begin_at_their_low_edge_on_both_sides(
    below: dict[int, int], above: dict[int, int], group: int
) -> None:
    bids = [(ticks / 2, lots / 1000) for ticks, lots in sorted(below.items(), reverse=True)]
    asks = [((60 + ticks) / 2, lots / 1000) for ticks, lots in sorted(above.items())]
    numbers = Ladder(grouping=group).numbers(market_of(bids, asks), SIZE)
    for side, known, base in (("bids", below, 0), ("asks", above, 60)):
        expected: dict[Decimal, Decimal] = defaultdict(Decimal)
        for ticks, lots in known.items():
            edge = (base + ticks) // group * group * Decimal("0.5")
            expected[edge] += lots * Decimal("0.001")
        found = numbers[side]
        assert isinstance(found, list)
        assert {Decimal(price): Decimal(size) for price, size in found} == expected
        best_first = [Decimal(price) for price, _ in found]
        assert best_first == sorted(best_first, reverse=side == "bids")


def test_numbers_are_the_whole_book_and_its_spread() -> None:
    assert Ladder().numbers(market_of(), SIZE) == {
        "bids": [["100.0", "2.500"], ["99.5", "1.000"], ["98.0", "4.000"]],
        "asks": [["100.5", "3.000"], ["101.0", "1.250"], ["103.0", "7.000"]],
        "spread": "0.5",
        "flow": [],
        "orders": [],
        "cost": None,
    }
    assert Ladder().numbers(market_of(asks=[]), SIZE)["spread"] is None


def test_the_spread_is_in_the_title_in_price_and_basis_points() -> None:
    assert "spread 0.5 (49.88 bp)" in lines(drawn(market_of()))[0]


@pytest.mark.parametrize("state", [FeedState.GAP, FeedState.SYNCING, FeedState.CONNECTING])
def test_a_book_that_may_be_wrong_is_dimmed_labelled_and_not_in_the_numbers(
    state: FeedState,
) -> None:
    market = market_of()
    status(market, state, "why")
    canvas = drawn(market, grouping=1)
    assert lines(canvas)[1].split().count(state.value) == 2
    at = row_at(canvas, "100.0")
    inks = canvas.fg[at][canvas.glyph[at] != ord(" ")]
    assert LOOK.bid not in inks
    assert LOOK.faint in inks
    assert LOOK.bid_bar not in canvas.bg
    assert "spread" not in lines(canvas)[0]
    numbers = Ladder().numbers(market, SIZE)
    assert numbers == {
        "bids": [],
        "asks": [],
        "spread": None,
        "flow": [],
        "orders": [],
        "cost": None,
    }


def test_longer_bars_are_larger_sizes_and_grow_away_from_the_price() -> None:
    canvas = drawn(market_of(), grouping=1)
    bars = {
        price: np.flatnonzero(canvas.bg[row_at(canvas, price)] == ground)
        for price, ground in (
            ("98.0", LOOK.bid_bar),
            ("100.0", LOOK.bid_bar),
            ("99.5", LOOK.bid_bar),
            ("103.0", LOOK.ask_bar),
            ("101.0", LOOK.ask_bar),
        )
    }
    assert len(bars["98.0"]) > len(bars["100.0"]) > len(bars["99.5"]) > 0
    assert len(bars["103.0"]) > len(bars["101.0"]) > 0
    assert bars["98.0"][-1] == bars["99.5"][-1]
    assert bars["103.0"][0] == bars["101.0"][0]


def test_rows_keep_their_prices_and_move_in_steps() -> None:
    market = market_of()
    tops = []
    for number in range(120):
        price = 100 + number / 2
        traded(market, [(number, price, 0.1)])
        canvas = drawn(market, grouping=1)
        row_at(canvas, str(price))
        tops.append(float(lines(canvas)[2].split()[-1]))
    jumps = [later - earlier for earlier, later in pairwise(tops) if later != earlier]
    assert len(jumps) <= 20
    assert min(jumps) >= 1


def test_a_price_to_hold_stays_in_the_middle_whatever_happens() -> None:
    market = market_of()
    before = lines(drawn(market, grouping=1, center=200))[2:-1]
    assert "100.0" in before[len(before) // 2]
    traded(market, [(1, 180.0, 0.1)])
    prices = [line.split()[-1] for line in lines(drawn(market, grouping=1, center=210))[2:-1]]
    assert "105.0" in prices[len(prices) // 2]


def test_the_past_is_the_book_as_it_was() -> None:
    market = market_of()
    traded(market, [(0.1, 100.5, 0.75)])
    quoted(market, [(90.0, 9.0)], [(91.0, 9.0)], after=60)
    quoted(market, [(90.0, 9.0)], [(91.0, 9.0)], after=61)
    canvas = drawn(market, grouping=1, until=START + 30 * SECOND)
    assert row(canvas, "100.0").split() == ["2.500", "100.0"]
    assert "as of 14:00:30" in lines(canvas)[0]
    assert row(drawn(market, grouping=1, center=180), "90.0").split() == ["9.000", "90.0"]


def test_totals_are_of_as_many_rows_on_either_side() -> None:
    market = market_of()
    traded(market, [(1, 100.5, 0.75), (2, 100.0, -0.5)])
    foot = lines(drawn(market, grouping=1))[-1].replace("rows", "").split()
    assert [*foot[:2], *foot[3:]] == ["7.500", "0.500", "0.750", "11.250"]
    # Centred so that three rows of asks are left, the totals take three rows of bids as well.
    foot = lines(drawn(market, grouping=1, center=193))[-1].split()
    assert foot == ["3.500", "0.500", "±3", "rows", "0.750", "4.250"]


def test_a_narrow_ladder_leaves_traded_volume_out_and_keeps_the_book() -> None:
    market = market_of()
    traded(market, [(1, 100.5, 0.75)])
    canvas = drawn(market, Size(24, 14), grouping=1)
    assert row(canvas, "100.5").split() == ["100.5", "▲", "3.000"]


def test_the_cross_says_what_it_costs_to_trade_to_there_and_the_slippage() -> None:
    canvas = drawn(market_of(), grouping=1, cross_price=202)
    assert lines(canvas)[-1].strip() == (
        "to 101.0: buy 4.250 BTC · slippage 39.61 bp · average 100.65 · 427.75 USDT"
    )
    assert sum("►101.0" in line for line in lines(canvas)) == 1
    canvas = drawn(market_of(), grouping=1, cross_price=199)
    assert "to 99.5: sell 3.500 BTC" in lines(canvas)[-1]
    wide = drawn(market_of(bids=[(99.0, 1.0)]), grouping=1, cross_price=200)
    assert "nothing rests up to there" in lines(wide)[-1]


def test_the_cross_tells_no_cost_of_a_book_that_may_be_wrong() -> None:
    market = market_of()
    status(market, FeedState.GAP, "why")
    said = lines(drawn(market, grouping=1, cross_price=202))[-1].strip()
    assert said == "to 101.0: the book is GAP"


def test_the_cross_tells_the_cost_of_the_past_as_well() -> None:
    market = market_of()
    traded(market, [(0.1, 100.5, 0.75)])
    quoted(market, [(90.0, 9.0)], [(91.0, 9.0)], after=60)
    quoted(market, [(90.0, 9.0)], [(91.0, 9.0)], after=61)
    then = drawn(market, grouping=1, cross_price=202, until=START + 30 * SECOND)
    assert "buy 4.250 BTC" in lines(then)[-1]


def test_a_click_points_at_the_price_of_its_row_and_keys_move_on_by_rows() -> None:
    market, size = market_of(), Size(80, 24)
    traded(market, [(1, 100.5, 0.75)])
    pane = Ladder(grouping=1)
    shown = lines(pane.draw(market, size, LOOK))
    at = next(y for y, line in enumerate(shown) if " 101.0 " in line)
    assert pane.crossed_at(market, size, 40, at).cross_price == 202
    assert pane.crossed_at(market, size, 40, 1) is pane
    assert pane.crossed_at(market, size, 40, size.height - 1) is pane
    first = pane.cross_moved(market, size, 0, 0)
    assert first.cross_price == 201
    assert first.cross_moved(market, size, 0, 3).cross_price == 204
    assert first.cross_moved(market, size, 0, 999).cross_price == float(shown[2].split()[0]) * 2


def test_pulled_and_stacked_sizes_stand_at_their_price_and_side() -> None:
    market = market_of()
    for number in range(1, 20):
        best = 5.5 if number < 10 else 1.5
        quoted(market, [(100.0, best), (99.5, 1.0)], [(100.5, 3.0), (101.0, 1.25)], number)
    traded(market, [(9.5, 100.0, -1.0)])
    canvas = drawn(market, WIDE, grouping=1, flow=True)
    # 2.5 became 5.5; then 1.5, of which 1 was traded away and 3 were pulled.
    assert row(canvas, "100.0").split()[:3] == ["3.000", "3.000", "1.500"]
    assert row(canvas, "101.0").split()[-1] == "1.250"
    assert Ladder(grouping=1).numbers(market, SIZE)["flow"] == [
        {
            "price": "103.0",
            "bid_stacked": "0.000",
            "ask_stacked": "0.000",
            "bid_pulled": "0.000",
            "ask_pulled": "7.000",
        },
        {
            "price": "100.0",
            "bid_stacked": "3.000",
            "ask_stacked": "0.000",
            "bid_pulled": "3.000",
            "ask_pulled": "0.000",
        },
        {
            "price": "98.0",
            "bid_stacked": "0.000",
            "ask_stacked": "0.000",
            "bid_pulled": "4.000",
            "ask_pulled": "0.000",
        },
    ]
    net = drawn(market, Size(80, 24), grouping=1, flow=True)
    assert "net add" in lines(net)[1]
    assert row(net, "98.0").split()[0] == "-4.000"


def test_cumulative_depth_stands_at_the_edges() -> None:
    canvas = drawn(market_of(), grouping=1, depth=True)
    assert row(canvas, "99.5").split()[0] == "3.500"
    assert row(canvas, "99.0").split()[0] == "3.500"
    assert row(canvas, "101.0").split()[-1] == "4.250"
    assert row(canvas, "103.0").split()[-1] == "11.250"


def test_a_best_price_that_follows_the_market_is_marked_until_it_rests() -> None:
    market = market_of()
    for number in range(1, 5):
        quoted(market, [(100 + number / 2, 1.0)], [(110.0, 3.0)], after=number / 10)
    traded(market, [(0.45, 102.0, 1.0)])
    canvas = drawn(market, WIDE, grouping=1)
    assert "bid chases ↑4x 2" in lines(canvas)[0]
    assert [
        price
        for price in ("99.5", "100.0", "102.0", "102.5")
        if f"↑{price}" in "".join(lines(canvas))
    ] == ["100.0", "102.0"]
    assert "chases" not in lines(drawn(market, WIDE, grouping=1, chase=False))[0]
    for number in range(20):
        quoted(market, [(102.0, 2.0)], [(110.0, 3.0)], after=1 + number / 10)
    assert "chases" not in lines(drawn(market, WIDE, grouping=1))[0]


def test_columns_that_were_switched_off_or_find_no_room_are_left_out() -> None:
    market = market_of()
    traded(market, [(1, 100.5, 0.75)])
    heads = lines(Ladder().draw(market, Size(160, 24), LOOK))[1].split()
    assert heads[:3] == ["cumul.", "pulled", "stacked"]
    assert heads[-3:] == ["stacked", "pulled", "cumul."]
    few = Ladder(depth=False, flow=False, traded=False)
    assert lines(few.draw(market, Size(160, 24), LOOK))[1].split() == ["bids", "price", "asks"]
    narrow = lines(Ladder().draw(market, Size(70, 24), LOOK))[1].split()
    assert narrow == ["bids", "sold", "5m", "price", "bought", "5m", "asks"]
    bare = drawn(market, Size(80, 24), grouping=1, bars=False)
    assert LOOK.bid_bar not in bare.bg


def test_the_imbalance_is_of_the_best_ten_levels() -> None:
    assert "imbalance -20% top 10" in lines(drawn(market_of(), WIDE))[0]


def test_a_second_click_on_the_same_row_takes_the_cross_away() -> None:
    market, size = market_of(), Size(80, 24)
    pane = Ladder(grouping=1)
    there = crossing.pointed(pane, pane, market, size, 40, 9)
    assert crossing.crossed(there)
    assert there.cross_price != crossing.pointed(there, there, market, size, 40, 8).cross_price
    assert crossing.pointed(there, there, market, size, 40, 9) == pane
    up = crossing.moved(there, there, market, size, 0, 1)
    assert up.cross_price == (there.cross_price or 0) + 1
    assert crossing.uncrossed(up) == pane


def test_nothing_is_said_to_be_pulled_at_a_time_that_is_not_on_record() -> None:
    market = market_of()
    for number in range(1, 9):
        quoted(market, [(100.0, number)], [(100.5, 3.0)], number)
    early = Ladder(grouping=1, until=START - SECOND)
    assert early.numbers(market, SIZE)["flow"] == []
    assert Ladder(grouping=1).numbers(market, SIZE)["flow"]


def test_a_ladder_that_was_scrolled_away_says_where_the_price_is() -> None:
    market = market_of()
    traded(market, [(1, 100.5, 0.75)])
    assert "off the ladder" not in lines(drawn(market, grouping=1))[0]
    above, below = (lines(drawn(market, grouping=1, center=at))[0] for at in (1000, 20))
    assert "▼ 100.5 off the ladder, c centres" in above
    assert "▲ 100.5 off the ladder, c centres" in below


def test_a_time_of_which_no_book_was_kept_says_since_when_there_is_one() -> None:
    market = market_of()
    traded(market, [(1, 100.5, 0.75), (60, 100.5, 0.75)])
    quoted(market, BIDS, ASKS, 61)
    shown = "\n".join(lines(drawn(market, until=START - 60 * SECOND)))
    assert "of that time no book was kept, only from 14:0" in shown


def test_rows_chosen_by_themselves_are_coarse_enough_for_a_wide_spread() -> None:
    market = market_of([(90.0, 1.0), (80.0, 1.0)], [(110.0, 2.0), (120.0, 1.0)])
    traded(market, [(1, 110.0, 0.75)])
    group = Ladder().group_shown(market, SIZE)
    assert group is not None
    assert 40 / group <= (SIZE.height - 3) / 2
    canvas = drawn(market)
    assert row(canvas, "90").split()[0] == "1.000"
    assert row(canvas, "110").split()[-1] == "2.000"
    assert Ladder().group_shown(market_of(), SIZE) == 1
