from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.events import Liquidation, Side
from market.market import Market
from tests.scenes import (
    SECOND,
    START,
    lines,
    market_of,
    row_of,
    simulated,
)
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.tape import TapePane
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
SIZE = Size(60, 24)
HEADS = 2
"""The row of the column heads."""

prints = st.tuples(
    st.integers(0, 50).map(lambda tenths: tenths / 10),
    st.integers(180, 230).map(lambda half: half / 2),
    st.integers(-900, 900).filter(bool).map(lambda milli: milli / 1000),
)


def drawn(market: Market, size: Size = SIZE, **settings: object) -> Canvas:
    return TapePane(**settings).draw(market, size, LOOK)  # type: ignore[arg-type]  # by name


def test_the_newest_print_is_on_top_with_time_side_price_and_size() -> None:
    market = market_of([(1.25, 100.5, 0.75), (62.0, 100.0, -1.5)])
    shown = lines(drawn(market))
    assert shown[HEADS].split()[:3] == ["time", "price", "size"]
    assert shown[HEADS + 1].split()[:4] == ["14:01:02.000", "▼", "100.0", "1.500"]
    assert shown[HEADS + 2].split()[:4] == ["14:00:01.250", "▲", "100.5", "0.750"]


def test_the_prints_of_one_order_are_one_line() -> None:
    market = market_of([(1, 99.0, -0.1), *[(2, 100 + n / 2, 0.5) for n in range(4)], (2, 98.0, -1)])
    shown = lines(drawn(market))
    assert shown[HEADS + 1].split()[:4] == ["14:00:02.000", "▼", "98.0", "1.000"]
    assert shown[HEADS + 2].split()[:6] == ["14:00:02.000", "▲", "101.5", "2.000", "4", "1.5"]
    assert shown[HEADS + 3].split()[:4] == ["14:00:01.000", "▼", "99.0", "0.100"]
    apart = lines(drawn(market, merge=False))
    assert [line.split()[3] for line in apart[HEADS + 2 : HEADS + 6]] == ["0.500"] * 4


@given(st.lists(prints, min_size=1, max_size=60), st.booleans())
def test_no_volume_is_lost_or_moved_by_merging(
    trades: list[tuple[float, float, float]], merge: bool
) -> None:
    market = market_of(sorted(trades, key=lambda trade: trade[0]))
    shown = lines(drawn(market, Size(60, 70), merge=merge))[HEADS + 1 :]
    sums = {"▲": Decimal(0), "▼": Decimal(0)}
    for line in filter(None, shown):
        _, side, _, size = line.split()[:4]
        sums[side] += Decimal(size)
    bought = sum(Decimal(str(size)) for *_, size in trades if size > 0)
    sold = sum(Decimal(str(-size)) for *_, size in trades if size < 0)
    assert (sums["▲"], sums["▼"]) == (bought, sold)


def test_numbers_are_every_print_newest_first_and_never_merged() -> None:
    market = market_of([(1, 100.5, 0.75), (1, 101.0, 0.25), (2, 100.0, -1.5)])
    assert TapePane().numbers(market, SIZE)["trades"] == [
        {"ts_event": START + 2 * SECOND, "price": "100.0", "size": "1.500", "side": "sell"},
        {"ts_event": START + SECOND, "price": "101.0", "size": "0.250", "side": "buy"},
        {"ts_event": START + SECOND, "price": "100.5", "size": "0.750", "side": "buy"},
    ]


@pytest.mark.parametrize("depth", ColorDepth)
def test_a_large_order_jumps_out_at_every_colour_depth(depth: ColorDepth) -> None:
    look = load_look("dark", depth)
    trades = [(n * 0.1, 100.0 + n % 2, (-1) ** n * 0.1) for n in range(200)]
    canvas = TapePane().draw(market_of([*trades, (30, 100.0, -9.0), (31, 100.0, 0.1)]), SIZE, look)
    top = HEADS + 1
    large, small = top + 1, top
    assert (canvas.bg[large] == look.sell_bar).all()
    assert not (canvas.bg[small] == look.sell_bar).any()
    assert look.sell_bar != look.background
    assert canvas.bold[large].any()
    assert not canvas.bold[small].any()


def test_what_large_means_is_said_and_is_a_round_size() -> None:
    title = lines(drawn(simulated(), Size(100, 24)))[0]
    said = title.partition("large from ")[2].split()[0]
    assert said.strip("0.") in ("1", "2", "5")
    assert "size in BTC" in title


def test_buyers_and_sellers_differ_in_mark_and_colour() -> None:
    canvas = drawn(market_of([(1, 100.5, 0.75), (2, 100.0, -1.5)]))
    up, down = row_of(canvas, "▲  100.5"), row_of(canvas, "▼  100.0")
    assert canvas.fg[up][canvas.glyph[up] == ord("▲")].tolist() == [LOOK.buy]
    assert canvas.fg[down][canvas.glyph[down] == ord("▼")].tolist() == [LOOK.sell]


def test_the_sums_are_of_the_window_and_their_bar_is_divided_likewise() -> None:
    market = market_of([(1, 100.0, 50.0), (100, 100.0, 3.0), (101, 100.0, -1.0)])
    canvas = drawn(market, Size(80, 24), timeframe="1m", speed=False)
    said = " ".join(lines(canvas)[1].split())
    assert said == "▲ bought 3.000 in 1 prints last 1m sold 1.000 in 1 prints ▼"
    assert int((canvas.bg[1] == LOOK.bid_bar).sum()) == 60
    assert int((canvas.bg[1] == LOOK.ask_bar).sum()) == 20


def test_a_wide_tape_goes_on_in_the_next_lane() -> None:
    market = market_of([(n, 100.0 + n, 1.0) for n in range(40)])
    canvas = drawn(market, Size(120, 13))
    shown = lines(canvas)[HEADS + 1 :]
    left = [line.split("│")[0].split()[2] for line in shown]
    right = [line.split("│")[1].split()[2] for line in shown]
    assert [*left, *right] == [f"{139.0 - n}" for n in range(20)]


def test_the_past_begins_at_the_time_asked_for() -> None:
    market = market_of([(n, 100.0 + n, 1.0) for n in range(40)])
    shown = lines(drawn(market, until=START + 10 * SECOND))
    assert shown[HEADS + 1].split()[2] == "110.0"
    assert "as of 14:00:10" in shown[0]
    early = " ".join(lines(drawn(market, until=START - SECOND)))
    assert "no trades up to 13:59:59" in early


def test_prices_and_sizes_line_up() -> None:
    shown = lines(drawn(simulated(), Size(60, 40)))[HEADS + 1 :]
    points = {tuple(np.flatnonzero(np.array(list(line[:40])) == ".")) for line in shown}
    assert len({point[:3] for point in points}) == 1


def test_a_narrow_tape_keeps_side_price_and_size() -> None:
    market = market_of([(1.25, 100.5, 0.75)])
    assert lines(drawn(market, Size(18, 6)))[2].split() == ["▲", "100.5", "0.750"]


def test_a_line_moves_down_unchanged_with_the_next_print() -> None:
    trades = [(n * 0.1, 100.0 + n % 3, (-1) ** n * (0.1 + n % 7)) for n in range(301)]
    before, after = drawn(market_of(trades[:-1])), drawn(market_of(trades))
    for part in ("glyph", "fg", "bg", "bold"):
        cells, moved = getattr(before, part), getattr(after, part)
        assert (moved[HEADS + 2 :] == cells[HEADS + 1 : -1]).all()


def test_what_is_large_is_not_told_anew_with_every_print() -> None:
    trades = [(n * 0.1, 100.0, 1.0 if n < 2048 else 50.0) for n in range(2600)]
    said = [_large_from(market_of(trades[:count])) for count in (2048, 2200, 2559, 2600)]
    assert said[0] == said[1] == said[2]
    assert float(said[3]) > float(said[2])


def _large_from(market: Market) -> str:
    return lines(drawn(market, Size(100, 24)))[0].partition("large from ")[2].split()[0]


MIXED = [(1.0, 100.0, 0.5), (2.0, 100.5, 3.0), (3.0, 100.0, -2.0), (4.0, 100.0, -0.1)]


def written(canvas: Canvas) -> list[list[str]]:
    """The words of every line."""
    return [line.split() for line in lines(canvas)[HEADS + 1 :] if line]


def test_filters_leave_a_side_a_size_and_a_value_and_the_title_says_so() -> None:
    market, wide = market_of(MIXED), Size(100, 24)
    buyers = drawn(market, wide, side="buy")
    assert [words[3] for words in written(buyers)] == ["3.000", "0.500"]
    assert "buys only" in lines(buyers)[0]
    large = drawn(market, wide, least_size=1.0)
    assert [words[3] for words in written(large)] == ["2.000", "3.000"]
    assert "from 1 BTC" in lines(large)[0]
    dear = drawn(market, wide, least_value=201.0)
    assert [words[3] for words in written(dear)] == ["3.000"]
    assert "from 201 USDT" in lines(dear)[0]
    nothing = drawn(market, wide, least_size=99.0)
    assert "no order passes the filters" in " ".join(lines(nothing))
    # The sums are of all that was traded.
    assert "bought 3.500" in lines(nothing)[1]


def test_what_is_large_can_be_a_size_or_a_value() -> None:
    market, wide = market_of(MIXED), Size(100, 24)
    by_size = drawn(market, wide, large_size=2.0)
    assert (by_size.bg[HEADS + 3][:30] == LOOK.buy_bar).all()
    assert (by_size.bg[HEADS + 2][:30] == LOOK.sell_bar).all()
    by_value = drawn(market, wide, large_value=250.0)
    assert "large from 250 USDT" in lines(by_value)[0]
    assert (by_value.bg[HEADS + 3][:30] == LOOK.buy_bar).all()
    assert LOOK.sell_bar not in by_value.bg


@pytest.mark.parametrize(
    ("bar", "said", "cells"),
    [
        ("volume", "▲ bought 3.000 in 1 prints", 120),
        ("count", "▲ 1 buys of 3.000", 40),
        ("average", "▲ average 3.000 of 1 prints", 144),
    ],
)
def test_the_bar_divides_volume_prints_or_average_size(bar: str, said: str, cells: int) -> None:
    market = market_of([(1, 100.0, 3.0), (3, 100.0, -0.25), (4, 100.0, -0.5), (5, 100.0, -0.25)])
    canvas = drawn(market, Size(160, 24), bar=bar)
    assert lines(canvas)[1].strip().startswith(said)
    assert int((canvas.bg[1] == LOOK.bid_bar).sum()) == cells


def test_without_a_bar_the_heads_are_next_to_the_title() -> None:
    assert lines(drawn(market_of(MIXED), bar="off"))[1].split()[0] == "time"


def test_the_speed_of_the_tape_is_told_with_its_score() -> None:
    trades = [(n * 0.5, 100.0, 1.0) for n in range(120)]
    quiet = sorted([*trades, (7.1, 100.0, 1.0)])
    assert "2/s z -0.1" in lines(drawn(market_of(quiet), Size(120, 24)))[1]
    burst = [(60.0 + n * 0.01, 100.0, 1.0) for n in range(40)]
    busy = market_of([*quiet, *burst, (61.0, 100.0, 1.0)])
    assert "40/s z +" in lines(drawn(busy, Size(120, 24)))[1]
    assert "/s" not in lines(drawn(busy, Size(120, 24), speed=False))[1]


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("UTC", "14:00:01.250"),
        ("utc", "14:00:01.250"),
        ("exchange", "14:00:01.250"),
        ("Europe/Berlin", "15:00:01.250"),
        ("Asia/Kathmandu", "19:45:01.250"),
    ],
)
def test_every_line_has_its_millisecond_in_the_chosen_zone(zone: str, time: str) -> None:
    canvas = drawn(market_of([(1.25, 100.5, 0.75)]), Size(90, 24), zone=zone)
    assert written(canvas)[0][0] == time
    assert (zone if zone != "utc" else "UTC") in lines(canvas)[0]


def test_a_zone_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match='did you mean "Europe/Berlin"'):
        TapePane(zone="Europe/Berln")


def test_a_possible_liquidation_is_flagged_by_time_or_by_size() -> None:
    market = market_of(MIXED)
    for after, size, side in ((2.0, 9.0, Side.BUY), (3.3, 2.0, Side.SELL), (4.0, 0.7, Side.BUY)):
        ts = START + round(after * SECOND)
        market.apply(Liquidation(market.id, ts, ts, 100.0, size, side))
    shown = lines(drawn(market))[HEADS + 1 : HEADS + 5]
    assert ["L" in line for line in shown] == [False, True, True, False]
    orders = TapePane().numbers(market, SIZE)["orders"]
    assert isinstance(orders, list)
    assert [one["possible_liquidation"] for one in orders] == [False, True, True, False]
