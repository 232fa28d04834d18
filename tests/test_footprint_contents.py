"""What a footprint's cells can show, the sums below them, and the levels that stand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.events import FeedState, Kline
from market.market import Market
from tests.scenes import NAME, SECOND, START, lines, market_of, row_of, simulated, status, traded
from tui.cells.sums import SUMS, parse_sums
from tui.cells.table import Scaling
from tui.cells.widths import Content
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.footprint import FootprintPane
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)
CONTENTS: tuple[Content, ...] = ("sides", "volume", "delta", "trades", "profile", "table")
SCALINGS: tuple[Scaling, ...] = ("visible", "hybrid", "bar")


SIZE = Size(60, 20)


def drawn(market: Market, size: Size = SIZE, **settings: object) -> Canvas:
    return FootprintPane(**settings).draw(market, size, MONO)  # type: ignore[arg-type]  # by name


def row(canvas: Canvas, price: str) -> str:
    return next(line for line in lines(canvas) if line.split()[:1] == [price])


@settings(max_examples=40)
@given(
    st.sampled_from(CONTENTS),
    st.sampled_from(SCALINGS),
    st.sampled_from(ColorDepth),
    st.integers(0, 130),
    st.integers(0, 40),
    st.sampled_from(["1m", "5s", "50t", "100v", "10r"]),
)
def test_every_content_fits_every_size(
    content: Content, scaling: Scaling, depth: ColorDepth, width: int, height: int, timeframe: str
) -> None:
    pane = FootprintPane(content=content, scaling=scaling, timeframe=timeframe, sums="all")
    canvas = pane.draw(simulated(), Size(width, height), load_look("dark", depth))
    assert (canvas.width, canvas.height) == (width, height)


@pytest.mark.parametrize(
    ("content", "said"), [("volume", "4.500"), ("delta", "-0.500"), ("trades", "3")]
)
def test_one_number_stands_in_the_row_of_its_price(content: str, said: str) -> None:
    market = market_of([(1, 100.0, 1.5), (2, 100.0, -2.5), (3, 101.0, 0.25), (4, 100.0, 0.5)])
    assert said in row(drawn(market, grouping=1, content=content), "100.0")


def test_a_bar_of_its_own_scale_is_as_long_as_any() -> None:
    market = market_of([(1, 100.0, 100.0), (61, 100.0, 1.0), (121, 100.0, 1.0)])

    def lengths(scaling: Scaling, weight: float = 0.2) -> list[int]:
        pane = FootprintPane(
            grouping=1, scaling=scaling, weight=weight, content="profile", area=0.0
        )
        canvas = pane.draw(market, Size(60, 20), LOOK)
        glyphs = canvas.glyph[row_of(canvas, "100.0"), 10:].tolist()
        runs = "".join("#" if chr(glyph) == "█" else " " for glyph in glyphs).split()
        return [len(run) for run in runs]

    own, seen = lengths("bar"), lengths("visible")
    assert max(own) == max(seen)
    assert sum(own) > sum(seen)
    assert lengths("hybrid", 0.0) == own
    assert lengths("hybrid", 1.0) == seen
    assert sum(own) > sum(lengths("hybrid", 0.02)) > sum(seen)


@pytest.mark.parametrize("depth", ColorDepth)
def test_a_stacked_zone_stands_until_it_is_touched(depth: ColorDepth) -> None:
    rows = [(n / 10, 100.0 + n / 2, -1.0) for n in range(4)]
    rows += [(1 + n / 10, 100.5 + n / 2, 9.0) for n in range(4)]
    after = [(61.0, 110.0, 1.0), (121.0, 111.0, 1.0)]
    pane = FootprintPane(grouping=1, naked=False, unfinished=False, center=204)
    look = load_look("dark", depth)

    def zone(market: Market) -> bool:
        canvas = pane.draw(market, Size(60, 30), look)
        part = slice(row_of(canvas, "101.0"), row_of(canvas, "101.0") + 1), slice(40, 60)
        few = depth in (ColorDepth.C16, ColorDepth.MONO)
        return (
            "░" in map(chr, canvas.glyph[part].ravel()) if few else look.buy_bar in canvas.bg[part]
        )

    assert zone(market_of([*rows, *after]))
    assert not zone(market_of([*rows, (61.0, 101.0, 1.0), *after[1:]]))
    levels = pane.numbers(market_of([*rows, *after]), Size(60, 30))["buy_zones"]
    assert levels == [{"low": "100.5", "high": "102.0", "start": pytest.approx(0, abs=1 << 62)}]


def test_a_naked_point_is_drawn_until_it_trades_and_not_across_a_gap() -> None:
    first = [(0.0, 100.0, 5.0), (2.0, 101.0, 1.0)]
    away = [(61.0, 104.0, 1.0), (121.0, 104.0, 1.0)]
    assert "╌" in row(drawn(market_of([*first, *away]), grouping=1), "100.0")
    back = market_of([*first, (61.0, 100.0, 1.0), (62.0, 104.0, 3.0), *away[1:]])
    assert "╌" not in row(drawn(back, grouping=1), "100.0")
    market = market_of(first)
    status(market, FeedState.GAP, "lost")
    traded(market, away[:1])
    status(market, FeedState.LIVE)
    traded(market, away[1:])
    assert "╌" not in row(drawn(market, grouping=1), "100.0")
    assert "╌" not in row(drawn(market_of([*first, *away]), grouping=1, lookback=0), "100.0")


def test_an_unfinished_auction_is_marked_until_its_price_trades_again() -> None:
    first = [(0.0, 100.0, 5.0), (2.0, 102.0, 1.0), (3.0, 102.0, -1.0)]
    assert "▴" in row(drawn(market_of([*first, (61.0, 101.0, 1.0)]), grouping=1), "102.0")
    assert "▴" not in row(drawn(market_of([*first, (61.0, 102.0, 1.0)]), grouping=1), "102.0")


def test_zero_prints_inside_a_bar_are_marked() -> None:
    market = market_of([(1, 100.0, 1.0), (2, 101.0, -1.0), (3, 102.0, 1.0)])
    pane = FootprintPane(grouping=1, zeros=True)
    canvas = pane.draw(market, Size(60, 20), LOOK)
    assert LOOK.warn in canvas.fg[row_of(canvas, "101.0")]
    assert LOOK.warn not in canvas.fg[row_of(canvas, "102.0")]


def test_sums_are_the_rows_that_are_asked_for() -> None:
    market = market_of([(0, 100.0, 3.0), (2, 100.0, -5.0), (3, 100.0, 1.0)])
    shown = lines(drawn(market, Size(60, 24), grouping=1, sums="all"))
    said = {line[:8].strip(): line.split()[-1] for line in shown[-8:]}
    assert said == {
        "volume": "9.000",
        "delta": "-1.000",
        "delta %": "-11%",
        "max Δ": "+3.000",
        "min Δ": "-2.000",
        "trades": "3",
        "CVD": "-1.000",
        "UTC": "14:00",
    }


def test_a_sum_across_a_gap_is_doubtful() -> None:
    market = market_of([(1, 100.0, 3.0)])
    status(market, FeedState.GAP, "lost")
    status(market, FeedState.LIVE)
    shown = drawn(market, Size(60, 24), grouping=1, sums="cvd")
    assert "?+3.000" in lines(shown)[row_of(shown, "CVD")]


def test_a_candle_of_the_venue_has_no_delta_where_it_does_not_say_who_aggressed() -> None:
    market = market_of([(61, 100.0, 2.0), (121, 101.0, -1.0)])
    at = START + 60 * SECOND
    edges = START, at, 100.0, 101.0, 99.0, 100.0
    market.apply(Kline(NAME, at, at, "1m", *edges, 7.0, None, None, 9, True))
    canvas = drawn(market, Size(80, 24), sums="all")
    shown = lines(canvas)[row_of(canvas, "volume") :]
    sums = {line.split()[0]: line.split()[1:] for line in shown if "%" not in line}
    assert sums["volume"] == ["7.000", "2.000", "1.000"]
    assert sums["delta"] == ["+2.000", "-1.000"]
    assert sums["CVD"] == ["+2.000", "+1.000"]


@pytest.mark.parametrize(
    ("text", "rows"), [("all", SUMS), ("none", ()), ("cvd,max", ("cvd", "max"))]
)
def test_sums_are_read_as_words(text: str, rows: tuple[str, ...]) -> None:
    assert parse_sums(text) == rows


@pytest.mark.parametrize("text", ["", "volume,volume", "cdv", "all,cvd"])
def test_sums_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="sums are all, none or some of"):
        FootprintPane(sums=text)


def test_a_stronger_imbalance_looks_stronger() -> None:
    grounds = []
    for size in (3.5, 7.0, 40.0):
        market = market_of([(1, 100.0, -1.0), (2, 100.5, size)])
        canvas = FootprintPane(grouping=1).draw(market, Size(60, 20), LOOK)
        grounds.append(set(canvas.bg[row_of(canvas, "»")].tolist()))
    assert LOOK.buy_bar not in grounds[0]
    assert LOOK.buy_bar in grounds[1]
    assert LOOK.imbalance_buy in grounds[2]
