"""What a heatmap leaves out, adds up and writes beside its columns, and how each is drawn."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.detectors.found import PulledWall
from market.detectors.marks import Mark, marks
from market.market import Market
from market.trades import TradeLog
from tests.scenes import SECOND, START, lines, simulated
from tests.strategies import Drawn, trades
from tests.test_heatmap import interrupted
from tui.drawing.axis import PriceAxis
from tui.drawing.canvas import SPACE, Canvas
from tui.drawing.format import compact
from tui.drawing.look import ColorDepth, Look
from tui.drawing.timeline import Scroll
from tui.export import text
from tui.findings.marks import glyph_of
from tui.heat.brightness import heat_levels, heat_steps
from tui.heat.settings import least_lots
from tui.heat.trades import TradedCells
from tui.pane import Size
from tui.panes.heatmap import Heatmap
from tui.themes import load_look

GOLDEN = Path(__file__).parent / "golden" / "heatmap_full_120x40.txt"
LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)
SIZE = Size(120, 40)
PICTURE = 100
"""Columns of the picture at that size without a profile: less the book's bars and the axis."""

SHOWN = 97
"""Those of them that are not free for what comes next."""
LEVELS = ("VAH", "POC", "VAL")
SCROLLS: tuple[Scroll, ...] = ("block", "smooth", "sweep")

lots = st.lists(st.integers(0, 10**9), min_size=1, max_size=60).map(np.array)


def numbers(pane: Heatmap, market: Market) -> tuple[list[int], list[Decimal]]:
    """The starts of known columns and, of the newest, what rests in each price row."""
    found = pane.numbers(market, SIZE)
    starts, bid, ask = found["columns"], found["bid"], found["ask"]
    assert isinstance(starts, list)
    assert isinstance(bid, list)
    assert isinstance(ask, list)
    newest = zip(bid[-1], ask[-1], strict=True)
    return starts, [Decimal(one) + Decimal(other) for one, other in newest]


def half(canvas: Canvas, x: int, row: int, cells: int) -> int:
    """The colour of a price row, counted from the lowest, in a column of the picture."""
    cell, lower = divmod(cells * 2 - 1 - row, 2)
    upper = lower == 0 and canvas.glyph[1 + cell, x] == ord("▀")
    return int((canvas.fg if upper else canvas.bg)[1 + cell, x])


@given(lots, st.integers(2, 40), st.sampled_from([0.0, 20.0, 70.0, 90.0]))
def test_a_floor_that_is_chosen_leaves_smaller_sizes_dark(
    sizes: np.ndarray, levels: int, floor: float
) -> None:
    for contrast in ("log", "linear", "rank"):
        steps = heat_steps(sizes, levels, contrast, floor, 98.0)
        found = heat_levels(np.sort(sizes), steps)
        assert (np.diff(found.astype(int)) >= 0).all()
        assert found.max() < levels
        assert not found[np.sort(sizes) == 0].any()
        some = sizes[sizes > 0]
        if len(some):
            least = np.percentile(some, floor) / 1.5  # floors are rounded to a root of two
            assert not found[np.sort(sizes) < least].any()


def test_a_lower_ceiling_makes_more_as_bright_as_can_be() -> None:
    sizes = np.arange(1, 2000) ** 4
    few = heat_levels(sizes, heat_steps(sizes, 32, "log", None, 100.0))
    many = heat_levels(sizes, heat_steps(sizes, 32, "log", None, 92.0))
    assert (many == 31).sum() > (few == 31).sum()


@pytest.mark.parametrize("scroll", SCROLLS)
def test_orders_below_the_least_stay_dark_and_others_do_not(scroll: Scroll) -> None:
    market = simulated()
    pane = Heatmap(least_order=20.0, trades=False, scroll=scroll)
    canvas = pane.draw(market, SIZE, LOOK)
    _, resting = numbers(pane, market)
    last = market.clock // SECOND
    x = {"block": SHOWN - 1, "smooth": PICTURE - 1, "sweep": last % PICTURE}[scroll]
    touch = {LOOK.best_bid, LOOK.best_ask, LOOK.last}
    colours = [half(canvas, x, row, len(resting) // 2) for row in range(len(resting))]
    dark = {int(LOOK.heat_bid[0]), int(LOOK.heat_ask[0])}
    for size, colour in zip(resting, colours, strict=True):
        assert colour in touch or (colour in dark) == (size < 20)
    assert any(size >= 20 for size in resting)
    assert "orders from 20 BTC" in lines(canvas)[0]


@given(trades(), st.integers(0, 50))
def test_small_trades_make_no_mark_but_are_in_the_volume(drawn: list[Drawn], least: int) -> None:
    log, axis = TradeLog(), PriceAxis(-12, 12, 6)
    every, large = (TradedCells(5, axis, 10_000, size) for size in (0, least))
    for trade in drawn:
        log.append(*trade)
    last = max((trade.ts for trade in drawn), default=0) // 5
    every.read(log, last)
    large.read(log, last)
    kept = TradeLog()
    for trade in drawn:
        if abs(trade.lots) >= least:
            kept.append(*trade)
    wanted = TradedCells(5, axis, 10_000)
    wanted.read(kept, last)
    for one, other in zip(large.cells(0, last + 1), wanted.cells(0, last + 1), strict=True):
        assert np.array_equal(one, other)
    for one, other in zip(large.volumes(0, last + 1), every.volumes(0, last + 1), strict=True):
        assert np.array_equal(one, other)


@given(st.decimals(0, 1000, places=4))
def test_the_least_number_of_lots_is_at_least_the_size(size: Decimal) -> None:
    instrument = simulated().instrument
    assert instrument is not None
    found = least_lots(instrument, float(size))
    assert instrument.size(found) >= Decimal(repr(float(size)))
    assert found == 0 or instrument.size(found - 1) < Decimal(repr(float(size)))


def test_merged_sizes_change_the_colours_and_nothing_else() -> None:
    market = simulated()
    plain, merged = Heatmap(trades=False), Heatmap(trades=False, merge="average")
    assert plain.numbers(market, SIZE) == merged.numbers(market, SIZE)
    one, other = (pane.draw(market, SIZE, LOOK) for pane in (plain, merged))
    differ = (one.bg != other.bg) | (one.fg != other.fg) | (one.glyph != other.glyph)
    assert differ[1:-1, :PICTURE].any()
    assert not differ[1:-1, PICTURE:].any()
    assert "average of sizes within 15%" in lines(other)[0]
    touch = [LOOK.best_bid, LOOK.best_ask, LOOK.last]
    assert np.isin(one.bg, touch).sum() == np.isin(other.bg, touch).sum()


@pytest.mark.parametrize("look", [LOOK, MONO], ids=["colour", "mono"])
def test_delta_stands_up_where_more_was_bought_and_hangs_where_more_was_sold(look: Look) -> None:
    market = simulated()
    canvas = Heatmap(delta=True).draw(market, SIZE, look)
    up, down = SIZE.height - 3, SIZE.height - 2
    last = market.clock // SECOND
    deltas: dict[int, int] = {}
    log = market.trades.since(0)
    for ts, size in zip(log.ts.tolist(), log.lots.tolist(), strict=True):
        deltas[ts // SECOND] = deltas.get(ts // SECOND, 0) + size
    first = last + 1 - SHOWN
    assert (canvas.glyph[up, SHOWN:PICTURE] == SPACE).all()
    for x in range(SHOWN):
        delta = deltas.get(first + x, 0)
        assert (canvas.glyph[up, x] != SPACE) == (delta > 0), x
        assert (canvas.glyph[down, x] != SPACE) == (delta < 0), x
    assert "delta" in lines(canvas)[up]
    assert "±" in lines(canvas)[down]


def test_the_legend_says_at_which_sizes_colours_begin_and_end() -> None:
    market = simulated()
    row = lines(Heatmap().draw(market, SIZE, MONO))[-1]
    assert market.instrument is not None
    words = row.removesuffix("UTC").split()
    assert words[-1].startswith("░▒▓█")
    assert float(words[-2]) < float(words[-1].removeprefix("░▒▓█"))
    assert "█" not in lines(Heatmap(legend=False).draw(market, SIZE, MONO))[-1]
    assert "█" not in lines(Heatmap().draw(market, Size(36, 8), MONO))[-1]


def test_the_largest_resting_orders_of_either_side_are_labelled() -> None:
    market = simulated()
    found = Heatmap(volume=False).numbers(market, SIZE)
    assert isinstance(found["bid"], list)
    assert isinstance(found["ask"], list)
    picture = lines(Heatmap(labels=2, volume=False).draw(market, SIZE, LOOK))
    shown = [line[:PICTURE] for line in picture[1:-1]]
    for side in (found["bid"][-1], found["ask"][-1]):
        for size in sorted(map(Decimal, side), reverse=True)[:2]:
            assert any(f" {compact(size)} " in line for line in shown)
    plain = [line[:PICTURE] for line in lines(Heatmap(volume=False).draw(market, SIZE, LOOK))[1:-1]]
    assert sum(one != other for one, other in zip(shown, plain, strict=True)) == 4


def test_a_book_that_is_not_known_has_no_labels() -> None:
    market = interrupted(30, (20.0, 1000.0))
    plain, labelled = (Heatmap(labels=n).draw(market, SIZE, LOOK) for n in (0, 5))
    assert lines(plain) == lines(labelled)


def test_a_profile_names_its_levels_and_says_where_trades_are_missing() -> None:
    market = simulated()
    pane = Heatmap(profile="session")
    picture = lines(pane.draw(market, SIZE, LOOK))
    assert "profile session, from 14:00:00" in picture[0]
    assert "~session" in picture[1]
    found = pane.numbers(market, SIZE)["profile"]
    assert isinstance(found, dict)
    rows = {name: [n for n, line in enumerate(picture) if name in line] for name in LEVELS}
    assert all(len(row) == 1 for row in rows.values())
    assert rows["VAH"] < rows["POC"] < rows["VAL"]
    window = Heatmap(profile="window", window="1m").draw(market, SIZE, LOOK)
    assert "profile 1m ·" in lines(window)[0]
    broken = interrupted(60, (30.0, 40.0))
    gap = lines(Heatmap(profile="window", window="50s").draw(broken, SIZE, LOOK))
    assert "profile 50s, trades missing" in gap[0]


def test_levels_out_of_sight_are_told_at_the_edge_they_are_beyond() -> None:
    market = simulated()
    assert market.last is not None
    for center, arrow in ((market.last.ticks - 9_000, "▲"), (market.last.ticks + 9_000, "▼")):
        pane = Heatmap(profile="session", center=center, grouping=2)
        assert f"{arrow}POC" in "\n".join(lines(pane.draw(market, SIZE, LOOK)))


def test_possible_events_are_marked_where_and_when_they_were() -> None:
    market, pane = simulated(), Heatmap(events=True, trades=False)
    wall = next(m for m in reversed(marks(market, 0, market.clock)) if type_of(m) is PulledWall)
    plain, marked = (p.draw(market, SIZE, LOOK) for p in (Heatmap(trades=False), pane))
    x = SHOWN - 1 - (market.clock // SECOND - wall.ts // SECOND)
    column = "".join(map(chr, marked.glyph[1:-4, x].tolist()))
    assert column.count("×") == 1
    assert "×" not in "".join(map(chr, plain.glyph[1:-4, x].tolist()))
    assert "possible events" in lines(marked)[0]
    read = replace(pane, cross_time=wall.ts, cross_price=wall.ticks).draw(market, SIZE, LOOK)
    assert any("possible pulled wall" in line for line in lines(read))


def test_an_event_is_not_marked_before_it_was_known() -> None:
    market = simulated()
    late = next(m for m in marks(market, 0, market.clock) if m.finding.ts > m.ts + 5 * SECOND)
    pane = Heatmap(events=True, trades=False, until=late.ts + SECOND)
    assert glyph_of(late.finding) not in "\n".join(lines(pane.draw(market, SIZE, LOOK))[1:-3])


def test_everything_at_once_is_the_golden_picture(update_golden: bool) -> None:
    pane = Heatmap(
        delta=True,
        floor=40.0,
        least_order=3.0,
        merge="average",
        labels=2,
        profile="session",
        cross_time=START + 270 * SECOND,
        cross_price=120_296,
    )
    picture = text(pane.draw(simulated(), SIZE, MONO))
    if update_golden:
        GOLDEN.write_text(picture, "utf-8")
    assert picture == GOLDEN.read_text("utf-8")


def type_of(mark: Mark) -> type[object]:
    return type(mark.finding)


def test_a_profile_of_the_past_ends_where_the_picture_does() -> None:
    market = simulated()
    early = Heatmap(profile="session", until=START + 60 * SECOND).numbers(market, SIZE)["profile"]
    assert isinstance(early, dict)
    log = market.trades.since(0)
    until = log.ts < START + 61 * SECOND
    instrument = market.instrument
    assert instrument is not None
    total = sum(map(Decimal, [*early["sold"], *early["bought"]]))
    assert total == instrument.size(int(np.abs(log.lots[until]).sum()))
