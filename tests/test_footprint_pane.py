from collections import defaultdict
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.events import FeedState
from market.market import Market
from tests.scenes import MINUTE, START, lines, market_of, row_of, status, traded
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.footprint import FootprintPane
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)
SIZE = Size(60, 20)

prints = st.tuples(
    st.integers(0, 600).map(lambda tenths: tenths / 10),
    st.integers(180, 230).map(lambda half: half / 2),
    st.integers(-900, 900).filter(bool).map(lambda milli: milli / 1000),
)


def drawn(market: Market, size: Size = SIZE, **settings: object) -> Canvas:
    return FootprintPane(**settings).draw(market, size, MONO)  # type: ignore[arg-type]  # by name


@given(st.lists(prints, min_size=1, max_size=40), st.integers(1, 9))
def test_the_cells_of_all_bars_sum_to_the_trades(
    trades: list[tuple[float, float, float]], group: int
) -> None:
    market = market_of(sorted(trades))
    pane = FootprintPane(grouping=group, timeframe="15s")
    expected: dict[tuple[int, Decimal], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 2)
    for after, price, size in trades:
        start = (START + round(after * 1e9)) // (MINUTE // 4) * (MINUTE // 4)
        edge = round(price * 2) // group * group * Decimal("0.5")
        expected[start, edge][size > 0] += abs(Decimal(str(size)))
    bars = pane.numbers(market, Size(80, 24))["bars"]
    assert isinstance(bars, list)
    found = {
        (bar["start"], Decimal(cell["price"])): [Decimal(cell["sell"]), Decimal(cell["buy"])]
        for bar in bars
        for cell in bar["cells"]
    }
    assert found == expected
    for bar in bars:
        assert Decimal(bar["delta"]) == Decimal(bar["buy"]) - Decimal(bar["sell"])


def test_sold_and_bought_volume_stand_in_the_row_of_their_price() -> None:
    market = market_of([(1, 100.0, 1.5), (2, 100.0, -2.5), (3, 101.0, 0.25), (4, 100.0, 0.5)])
    shown = lines(drawn(market, grouping=1))
    row = next(line for line in shown if line.split()[:1] == ["100.0"])
    sell, cross, buy = row.split()[-3:]
    assert (Decimal(sell), cross) == (Decimal("2.5"), "x")
    assert Decimal(buy.rstrip("◄")) == 2
    row = next(line for line in shown if line.split()[:1] == ["101.0"])
    assert row.split()[-3:] == ["0", "x", "0.250"]
    assert "volume" in shown[17]
    assert Decimal(shown[17].split()[-1]) == Decimal("4.75")
    assert Decimal(shown[18].split()[-1]) == Decimal("-0.25")
    assert shown[19].split()[-1] == "~14:00"


def test_the_point_of_control_and_imbalances_are_marked_without_colour() -> None:
    market = market_of([(1, 100.0, -1.0), (2, 100.5, 3.5), (3, 101.0, -9.0), (4, 101.5, 2.0)])
    shown = lines(drawn(market, grouping=1))
    rows = {line.split()[0]: line for line in shown if line.strip()[:1].isdigit()}
    # 3.5 bought at 100.5 are more than three times the 1.0 sold one row below.
    assert "»" in rows["100.5"]
    # 9.0 sold at 101.0 are more than three times the 2.0 bought one row above.
    assert "«" in rows["101.0"]
    assert "◄" in rows["101.0"]
    assert sum("◄" in line for line in shown[1:]) == 1
    assert not any(mark in rows[price] for mark in "«»" for price in ("100.0", "101.5"))


@pytest.mark.parametrize(("ratio", "marked"), [(3.5, False), (3.49, True)])
def test_an_imbalance_is_more_than_the_ratio_not_as_much(ratio: float, marked: bool) -> None:
    market = market_of([(1, 100.0, -1.0), (2, 100.5, 3.5)])
    shown = "".join(lines(drawn(market, grouping=1, ratio=ratio))[1:])
    assert ("»" in shown) is marked


def test_nothing_on_the_other_side_counts_only_when_zeros_do() -> None:
    market = market_of([(1, 100.0, 1.0), (2, 101.0, 1.0)])
    assert "»" not in "".join(lines(drawn(market, grouping=1))[1:])
    assert "»" in "".join(lines(drawn(market, grouping=1, ignore_zeros=False))[1:])
    assert "»" not in "".join(lines(drawn(market, grouping=1, ignore_zeros=False, least=1.5))[1:])


def test_imbalances_and_point_of_control_have_their_own_ground() -> None:
    market = market_of([(1, 100.0, -1.0), (2, 100.5, 7.0)])
    canvas = FootprintPane(grouping=1).draw(market, Size(60, 20), LOOK)
    row = row_of(canvas, "»")
    assert LOOK.buy_bar in canvas.bg[row]
    assert LOOK.poc_bar in canvas.bg[row]
    assert canvas.bold[row][canvas.bg[row] == LOOK.buy_bar].all()


def test_numbers_of_all_cells_line_up() -> None:
    market = market_of([(n, 100 + n / 2, (-1) ** n * (0.012 + n * 7.5)) for n in range(12)])
    shown = lines(drawn(market, Size(40, 20), grouping=1))
    cells = [line for line in shown[1:] if " x " in line.replace("«x", " x").replace("x»", "x ")]
    assert len({line.index("x") for line in cells}) == 1


def test_many_bars_become_shades_that_still_show_where_volume_was() -> None:
    market = market_of([(n * 0.5, 100 + n % 3, 1 + n % 3) for n in range(120)])
    shown = lines(drawn(market, Size(60, 20), timeframe="5s", bars=12))
    body = "".join(shown[1:-3])
    assert "█" in body
    assert "◄" in body
    assert " x " not in body


def test_bars_that_were_seen_in_part_are_said_to_be() -> None:
    market = market_of([(70, 100.0, 1.0), (130, 100.5, 1.0)])
    foot = lines(drawn(market))[-1]
    assert "~14:01" in foot
    assert " 14:02" in foot
    status(market, FeedState.GAP, "lost")
    assert "~14:02" in lines(drawn(market))[-1]


def test_a_bar_of_trades_may_begin_when_another_one_does() -> None:
    market = market_of([(1, 100.0, 1.0)] * 12)
    shown = lines(drawn(market, timeframe="5t"))
    assert sum(line.count("5.000") for line in shown if "volume" in line) == 2


@given(st.lists(st.integers(-3, 3), min_size=5, max_size=30))
def test_rows_do_not_move_while_the_price_stays_within_the_bars(steps: list[int]) -> None:
    market = market_of([(1, 100.0, 1.0), (1.1, 110.0, 1.0), (1.2, 105.0, 1.0)])
    before = drawn(market).glyph[1:-3, :9].copy()
    traded(market, [(2 + n / 10, 105 + step, 1.0) for n, step in enumerate(steps)])
    assert np.array_equal(drawn(market).glyph[1:-3, :9], before)


def test_the_newest_bars_are_at_the_right_and_older_ones_go_first() -> None:
    market = market_of([(60 * n, 100.0, 1.0) for n in range(30)])
    foot = lines(drawn(market, Size(80, 20)))[-1].split()
    assert foot[-1] == "14:29"
    assert foot[1:] == [f"14:{minute}" for minute in range(30 - len(foot) + 1, 30)]
    past = lines(drawn(market, Size(80, 20), until=START + 10 * MINUTE + 1))
    assert past[-1].split()[-1] == "14:10"
    assert "as of 14:10:00" in past[0]


def narrow(sums: str, width: int = 40) -> Canvas:
    """Twelve bars, of which the last traded most, in columns of a few cells."""
    trades = [(5.0 * n, 100.0, float(n + 1) * (70 if n % 2 else -70)) for n in range(12)]
    return drawn(market_of(trades), Size(width, 20), timeframe="5s", bars=12, sums=sums)


def test_sums_without_room_for_digits_become_bars_with_their_sign() -> None:
    canvas = narrow("volume,delta,trades", 45)
    shown = lines(canvas)
    volume, delta = shown[row_of(canvas, "volume")], shown[row_of(canvas, "delta")]
    assert "k" not in volume + delta
    heights = ["▁▂▃▄▅▆▇█".index(mark) for mark in volume if mark in "▁▂▃▄▅▆▇█"]
    assert len(heights) == 12
    assert heights == sorted(heights)
    assert heights[-1] == 7
    assert [mark for mark in delta if mark in "+-"] == ["-", "+"] * 6
    assert shown[row_of(canvas, "trades")].split()[1:] == ["1"] * 12


def test_sums_with_room_for_digits_are_numbers() -> None:
    canvas = narrow("volume,delta%", 80)
    shown = lines(canvas)
    assert shown[row_of(canvas, "volume")].split()[-1] == "840.0"
    assert shown[row_of(canvas, "delta %")].split()[-1] == "+100%"


@pytest.mark.parametrize(
    ("ratio", "words"), [(3.0, "3.0x"), (1.25, "1.25x"), (10.0, "10.0x"), (1e6, "1000000.0x")]
)
def test_the_ratio_is_stated_so_that_nobody_takes_it_for_percent(ratio: float, words: str) -> None:
    market = market_of([(1, 100.0, 1.5)])
    assert f"« » over {words}" in lines(drawn(market, Size(120, 20), ratio=ratio))[0]


def test_no_level_runs_through_the_numbers_of_a_bar_without_colour_either() -> None:
    """A bar leaps over the row of an earlier point of control: its zeros stay what they are."""
    trades = [(1, 102.0, 1.0), (16, 100.0, 9.0), (31, 101.0, 1.0), (32, 99.0, 1.0)]
    canvas = drawn(
        market_of([*trades, (46, 103.0, 1.0)]), Size(80, 20), timeframe="15s", grouping=1
    )
    row = next(line for line in lines(canvas) if line.split()[:1] == ["100.0"])
    assert row.endswith("╌" * 10)
    assert row.split("▒")[1].startswith("     0 x      0│╌")
