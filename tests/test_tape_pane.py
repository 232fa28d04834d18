from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.market import Market
from tests.scenes import (
    SECOND,
    START,
    lines,
    market_of,
    row_of,
    simulated,
)
from tui.canvas import Canvas
from tui.look import ColorDepth
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
    assert TapePane().numbers(market, SIZE) == {
        "trades": [
            {"ts_event": START + 2 * SECOND, "price": "100.0", "size": "1.500", "side": "sell"},
            {"ts_event": START + SECOND, "price": "101.0", "size": "0.250", "side": "buy"},
            {"ts_event": START + SECOND, "price": "100.5", "size": "0.750", "side": "buy"},
        ]
    }


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
    up, down = row_of(canvas, "▲ 100.5"), row_of(canvas, "▼ 100.0")
    assert canvas.fg[up][canvas.glyph[up] == ord("▲")].tolist() == [LOOK.buy]
    assert canvas.fg[down][canvas.glyph[down] == ord("▼")].tolist() == [LOOK.sell]


def test_the_sums_are_of_the_window_and_their_bar_is_divided_likewise() -> None:
    market = market_of([(1, 100.0, 50.0), (100, 100.0, 3.0), (101, 100.0, -1.0)])
    canvas = drawn(market, Size(80, 24), timeframe="1m")
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
