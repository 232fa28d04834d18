"""A heatmap with `venues=all`: the books of several markets over time as one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from market.events import FeedState, Listing
from market.instrument import Instrument
from market.market import Market
from tests.scenes import SECOND, START, lines, quoted, same, status
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure
from tui.pane import Size
from tui.panes.heatmap import Heatmap
from tui.scope import Scope, draw_pane, pane_numbers
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)


def quiet(name: str = "okx:BTC-USD", tick: str = "0.1") -> Market:
    """A market that has not traded."""
    market = Market(name)
    venue, _, symbol = name.partition(":")
    steps = Decimal(tick), Decimal("0.0001")
    market.apply(Listing(name, START, Instrument(venue, symbol, *steps, "BTC", "USDT")))
    status(market, FeedState.LIVE)
    return market


@pytest.mark.parametrize("tick", ["0.1", "0.25", "3"])
def test_a_heatmap_is_the_sum_of_all_books_at_the_end_of_each_column(tick: str) -> None:
    market, late, step = quiet("test:BTCUSDT", "0.5"), quiet(tick=tick), Decimal(tick)
    for second in range(1, 20):
        bids = [(float((300 - 7 * n) // 3 * step), 0.5 + second + n) for n in range(9)]
        quoted(late, bids, [(float(310 * step), 1.5)], after=second)
        quoted(market, [(100.0, 1.0 + second), (98.5, 2.0)], [(101.0, 3.0)], after=second)
    pane = Heatmap(venues="all", grouping=3)
    told = pane_numbers(pane, Scope(market, (market, late)), Size(80, 24))
    prices, columns, bids_told = (told[key] for key in ("prices", "columns", "bid"))
    assert isinstance(prices, list)
    assert isinstance(columns, list)
    assert isinstance(bids_told, list)
    assert len(columns) > 10
    low = [Decimal(text) for text in prices]
    for start, sizes_told in zip(columns, bids_told, strict=True):
        second = (start + SECOND - START - 1) // SECOND
        resting = {Decimal("100.0"): Decimal(1 + second), Decimal("98.5"): Decimal(2)}
        sums = dict.fromkeys(low, Decimal(0))
        both = [*resting.items()] + [
            ((300 - 7 * n) // 3 * step, Decimal("0.5") + second + n) for n in range(9)
        ]
        for at, size in both:
            row = at // Decimal("1.5") * Decimal("1.5")
            if row in sums:
                sums[row] += size
        assert [Decimal(text) for text in sizes_told] == list(sums.values())


def test_columns_of_a_heatmap_in_which_any_book_is_not_known_are_hatched() -> None:
    market, late = quiet("test:BTCUSDT", "0.5"), quiet()
    for second in range(1, 30):
        quoted(market, [(100.0, 1.0)], [(101.0, 3.0)], after=second)
        if second > 9:
            quoted(late, [(100.1, 1.0)], [(100.9, 3.0)], after=second)
        if second == 20:
            status(late, FeedState.GAP, "lost")
    scope = Scope(market, (market, late))
    columns = pane_numbers(Heatmap(venues="all"), scope, Size(80, 24))["columns"]
    alone = pane_numbers(Heatmap(), Scope.of(market), Size(80, 24))["columns"]
    assert isinstance(columns, list)
    assert isinstance(alone, list)
    assert max(columns) < START + 20 * SECOND <= max(alone)
    assert set(columns) < set(alone)
    shown = "".join(lines(draw_pane(Heatmap(venues="all"), scope, Size(120, 24), LOOK)))
    assert " GAP " in shown


def test_a_change_of_another_book_alone_is_drawn() -> None:
    market, late = quiet("test:BTCUSDT", "0.5"), quiet()
    for second in range(1, 5):
        for own in (market, late):
            quoted(own, [(100.0, 2.0)], [(101.0, 3.0)], after=second)
    scope, pane, size = Scope(market, (market, late)), Heatmap(venues="all"), Size(120, 24)
    before = draw_pane(pane, scope, size, LOOK)
    quoted(late, [(100.0, 9.0)], [(101.0, 3.0)], after=4)
    after = draw_pane(pane, scope, size, LOOK)
    assert not same(before, after)
    assert same(after, draw_pane(pane, scope, size, replace(LOOK)))


def test_columns_are_drawn_again_when_a_venue_whose_clock_is_behind_has_come_there() -> None:
    market, late = quiet("test:BTCUSDT", "0.5"), quiet()
    scope, pane, size = (
        Scope(market, (market, late)),
        Heatmap(venues="all", timeframe="100ms", scroll="sweep"),
        Size(120, 24),
    )
    for tenth in range(1, 100):
        quoted(market, [(100.0, 2.0)], [(101.0, 3.0)], after=tenth / 10)
        if tenth % 20 == 0:
            for past in range(tenth - 19, tenth + 1):
                deep = [(100.0, 1.0), (99.0, round(1.5 ** (past % 20), 3))]
                quoted(late, deep, [(101.0, 3.0)], after=past / 10)
        kept = draw_pane(pane, scope, size, LOOK)
        assert same(kept, draw_pane(pane, scope, size, replace(LOOK)))


def test_one_book_of_several_that_are_wanted_is_not_shown_as_all_of_them() -> None:
    market, silent = quiet("test:BTCUSDT", "0.5"), Market("okx:BTC-USD-SWAP")
    status(silent, FeedState.CONNECTING)
    for second in range(1, 5):
        quoted(market, [(100.0, 2.0)], [(101.0, 3.0)], after=second)
    canvas = draw_pane(Heatmap(venues="all"), Scope(market, (market, silent)), Size(120, 24), LOOK)
    assert "sum of 1 of 2 books · without okx:BTC-USD-SWAP CONNECTING" in lines(canvas)[0]
    alone = draw_pane(Heatmap(venues="all"), Scope.of(market), Size(120, 24), LOOK)
    assert "books" not in lines(alone)[0]


def test_values_of_summed_heat_are_told_by_their_rows() -> None:
    market, late = quiet("test:BTCUSDT", "0.5"), quiet()
    for second in range(1, 5):
        for own in (market, late):
            quoted(own, [(100.0, 2.0)], [(101.0, 3.0)], after=second)
    look = replace(LOOK, measure=Measure.QUOTE)
    pane = Heatmap(venues="all", grouping=1)
    shown = lines(draw_pane(pane, Scope(market, (market, late)), Size(120, 24), look))
    assert any("▎400" in line or " 400" in line for line in shown), shown
