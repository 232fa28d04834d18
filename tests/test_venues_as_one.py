"""Ladder and candles with `venues=all`: what is summed up, what is not, and that it is said."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from feeds.simulate import events
from market.basis import TimeBasis
from market.events import FeedState, FeedStatus, Listing
from market.instrument import Instrument
from market.market import Market
from market.markets import Markets
from tests.scenes import (
    SECOND,
    START,
    lines,
    listed,
    market_of,
    quoted,
    same,
    simulated,
    sizes,
    status,
    traded,
)
from tests.test_heatdesk import Watched
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure
from tui.ladder.book import flow_sums
from tui.ladder.several import Several
from tui.pane import Pane, Size
from tui.panes.candles import Candles
from tui.panes.heatmap import Heatmap
from tui.panes.ladder import Ladder
from tui.rows import PriceRows
from tui.scope import Scope, draw_pane, is_wide, pane_numbers
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
MONO = load_look("dark", ColorDepth.MONO)
WIDE = Size(160, 24)
ALL = Ladder(venues="all", grouping=1)
SUMS = Candles(venues="all", timeframe="10s")
PANES: list[Pane] = [Ladder(venues="all"), Candles(venues="all"), Heatmap(venues="all")]
HOSTILE = "okx:\x1b[31m\u202eEVIL\u200b漢字-USD"


def one() -> Market:
    market = market_of([(1, 100.5, 0.75), (12, 100.0, -0.25), (25, 100.5, 0.5)])
    quoted(market, [(100.0, 2.0), (99.5, 1.0)], [(100.5, 3.0), (101.0, 1.0)])
    return market


def pair() -> tuple[Market, Market]:
    return one(), other()


def other(name: str = "okx:BTC-USD", bid: float = 100.1, quote: str = "USDT") -> Market:
    market = Market(name)
    venue, _, symbol = name.partition(":")
    steps = Decimal("0.1"), Decimal("0.0001")
    market.apply(Listing(name, START, Instrument(venue, symbol, *steps, "BTC", quote)))
    status(market, FeedState.LIVE)
    quoted(market, [(bid, 0.5), (99.6, 3.0)], [(round(bid + 0.1, 1), 0.25)])
    traded(market, [(2, 100.1, 0.125), (23, 100.2, 1.0)])
    return market


def drawn(pane: Pane, *markets: Market, size: Size = WIDE) -> Canvas:
    return draw_pane(pane, Scope(markets[0], markets), size, LOOK)


def title(pane: Pane, *markets: Market) -> str:
    return lines(drawn(pane, *markets, size=Size(240, 30)))[0]


def row(canvas: Canvas, price: str) -> list[str]:
    """The words of the row of a price, without bars."""
    line = next(line for line in lines(canvas)[2:] if f" {price} " in f"{line} ")
    return "".join(" " if mark in "▏▎▍▌▋▊▉█" else mark for mark in line).split()


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.kind)
def test_one_market_alone_looks_as_ever(pane: Pane) -> None:
    market, stranger = simulated(7), Market("okx:ETH-USD")
    traded(stranger, [(1, 3000.0, 1.0)])
    plain = type(pane)()
    for scope in (Scope.of(market), Scope(market, (market, stranger))):
        for size in (Size(80, 24), Size(120, 40)):
            assert same(draw_pane(pane, scope, size, LOOK), plain.draw(market, size, LOOK))
    told = pane_numbers(pane, Scope.of(market), WIDE)
    assert told == plain.numbers(market, WIDE)
    assert is_wide(pane)
    assert not is_wide(plain), "a pane of one market is not drawn anew for another's changes"


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.kind)
def test_sums_fit_every_size_whatever_the_others_are(pane: Pane) -> None:
    bare, waiting = Market("bybit:BTCUSDT"), Market("kraken:BTC-USD")
    listed(bare)
    waiting.apply(FeedStatus(waiting.id, START, FeedState.CONNECTING, "x" * 300, venue="kraken"))
    crowds = [
        (simulated(7), simulated(8)),
        (one(), other(), bare, waiting, other(HOSTILE)),
        (bare, one(), other()),
        (waiting, one()),
    ]
    for markets in crowds:
        scope = Scope(markets[0], markets)
        for size in sizes():
            canvas = draw_pane(pane, scope, size, LOOK)
            assert (canvas.width, canvas.height) == size
            assert not np.isin(canvas.glyph, (0x1B, 0x202E, 0x200B)).any()
        pane_numbers(pane, scope, WIDE)
    assert draw_pane(pane, Scope(None, ()), WIDE, LOOK).width == WIDE.width


def test_a_row_is_the_sum_of_the_venues_with_the_largest_of_them_and_its_share() -> None:
    canvas = drawn(ALL, one(), other())
    best = ["tes", "80%", "2.5000", "0.2500", "100.0", "1.1250", "0.2500", "okx", "all", "0.2500"]
    assert row(canvas, "100.0")[1:] == best
    assert row(canvas, "99.5")[1:] == ["okx", "75%", "4.0000", "99.5"]
    assert row(canvas, "101.0")[:4] == ["101.0", "1.0000", "tes", "all"]


def test_each_venue_of_a_row_has_its_colour() -> None:
    canvas = drawn(ALL, one(), other())
    inks = set()
    for tag in ("tes", "okx"):
        at = next(y for y, line in enumerate(lines(canvas)) if y > 1 and f" {tag} " in line)
        inks.add(int(canvas.fg[at, lines(canvas)[at].index(tag)]))
    assert len(inks) == 2
    assert not inks & {LOOK.bid, LOOK.ask}
    markets = pair()
    scope = Scope(markets[0], markets)
    assert " tes " in "".join(lines(draw_pane(ALL, scope, WIDE, MONO)))


def test_the_title_says_who_has_the_best_prices_and_how_far_books_are_crossed() -> None:
    assert "sum of 2 books · spread 0.1 (9.99 bp) · bid of okx, ask of okx" in title(
        ALL, one(), other()
    )
    crossed = title(ALL, one(), other(bid=101.2))
    assert "crossed by 0.7 · bid of okx over ask of tes" in crossed
    assert "bid of okx meets ask of tes" in title(ALL, one(), other(bid=100.5))
    both = title(ALL, one(), other(bid=100.0))
    assert "bid of tes+okx, ask of okx" in both
    markets = one(), other(bid=101.2)
    numbers = pane_numbers(ALL, Scope(markets[0], markets), WIDE)
    assert numbers["spread"] == "-0.7"


def test_rows_between_crossed_prices_are_marked() -> None:
    canvas = drawn(ALL, one(), other(bid=101.7))
    at = next(y for y, line in enumerate(lines(canvas)) if y and " 101.0 " in line)
    assert int(canvas.fg[at, lines(canvas)[at].index("101.0")]) == LOOK.warn


def test_rows_that_some_book_does_not_reach_are_fainter_and_the_title_says_where_it_ends() -> None:
    canvas = drawn(ALL, *pair())
    assert "all reach 99.6 to 100.2" in title(ALL, *pair())
    shown = lines(canvas)
    inks = {}
    for edge in ("99.0", "100.0", "100.5"):
        at = next(y for y, line in enumerate(shown) if y and f" {edge} " in f"{line} ")
        inks[edge] = int(canvas.fg[at, shown[at].index(edge)])
    assert inks["99.0"] == LOOK.faint
    assert inks["100.5"] == LOOK.faint
    assert inks["100.0"] != LOOK.faint
    apart = one(), other(bid=200.0)
    quoted(apart[1], [(200.0, 0.5)], [(201.0, 0.25)])
    assert "no price in all books" in title(ALL, *apart)
    deep = [(100.0 - n / 2, 1.0) for n in range(60)], [(100.5 + n / 2, 1.0) for n in range(60)]
    whole = pair()
    for market in whole:
        quoted(market, *deep)
    assert "all reach" not in title(ALL, *whole)


def test_quotes_in_several_currencies_are_named_and_not_converted() -> None:
    assert "USDT and USD as one" in title(ALL, one(), other(quote="USD"))
    assert "as one" not in title(ALL, one(), other())


@pytest.mark.parametrize("state", [FeedState.GAP, FeedState.STALE, FeedState.CONNECTING])
def test_a_book_that_may_be_wrong_is_left_out_and_named(state: FeedState) -> None:
    market, late = one(), other()
    status(late, state)
    canvas = drawn(ALL, market, late)
    head = lines(canvas)[1]
    assert "bids 1/2" in head
    assert "asks 1/2" in head
    assert int(canvas.fg[1, head.index("bids")]) == LOOK.warn
    assert f"1 of 2 books · without okx:BTC-USD {state.value}" in title(ALL, market, late)
    assert row(canvas, "99.5")[1:] == ["tes", "all", "1.0000", "99.5"]
    numbers = pane_numbers(ALL, Scope(market, (market, late)), WIDE)
    assert numbers["left_out"] == {"okx:BTC-USD": state.value}


def test_without_any_book_to_believe_nothing_is_summed_up() -> None:
    markets = one(), other()
    for market in markets:
        status(market, FeedState.GAP, "why")
    canvas = drawn(ALL, *markets)
    assert lines(canvas)[1].split().count("GAP") == 2
    assert LOOK.bid_bar not in canvas.bg
    numbers = pane_numbers(ALL, Scope(markets[0], markets), WIDE)
    assert (numbers["bids"], numbers["asks"], numbers["spread"]) == ([], [], None)


def test_a_market_not_heard_of_yet_is_named() -> None:
    waiting = Market("kraken:BTC-USD")
    waiting.apply(FeedStatus(waiting.id, START, FeedState.CONNECTING, venue="kraken"))
    assert "without kraken:BTC-USD CONNECTING" in title(ALL, one(), other(), waiting)
    assert "2 of 3 · none of kraken:BTC-USD" in title(SUMS, one(), other(), waiting)


def test_the_past_is_summed_up_too_and_who_has_none_is_named() -> None:
    market, late = one(), other()
    for own in (market, late):
        quoted(own, [(90.0, 9.0)], [(91.0, 9.0)], after=60)
        quoted(own, [(90.0, 9.0)], [(91.0, 9.0)], after=61)
    pane = Ladder(venues="all", grouping=1, until=START + 30 * SECOND)
    assert row(drawn(pane, market, late), "99.5")[1:] == ["okx", "75%", "4.0000", "99.5"]
    new = other("kraken:BTC-USD")
    quoted(new, [(90.0, 9.0)], [(91.0, 9.0)], after=70)
    early = Ladder(venues="all", grouping=1, until=START - 5 * SECOND)
    assert "without test:BTCUSDT UNKNOWN" in title(early, market, new)


def test_values_add_up_in_quote_currency() -> None:
    markets = pair()
    scope = Scope(markets[0], markets)
    canvas = draw_pane(ALL, scope, WIDE, replace(LOOK, measure=Measure.QUOTE))
    # 1 at 99.5 and 3 at 99.6.
    assert "398.30" in "".join(lines(canvas))
    assert "size in USDT" in lines(canvas)[0]


def test_what_was_pulled_and_stacked_is_the_sum_of_the_venues() -> None:
    markets = simulated(7), simulated(8)
    last = markets[0].last
    assert last is not None
    rows = PriceRows(40, last.ticks // 40 - 20, 40)
    several = Several(list(markets), rows, TimeBasis(60 * SECOND), None)
    found = several.flow()
    alone = [flow_sums(market, TimeBasis(60 * SECOND), None, rows) for market in markets]
    assert found is not None
    assert found.any()
    assert np.array_equal(found, np.sum([one for one in alone if one is not None], axis=0))


def test_the_crosshair_tells_what_an_order_costs_over_all_venues() -> None:
    pane = Ladder(venues="all", grouping=1, cross_price=201)
    said = lines(drawn(pane, one(), other()))[-1]
    assert "to 100.5: buy 3.2500 BTC" in said


def test_volume_and_delta_of_a_bar_are_those_of_all_venues() -> None:
    shown = lines(drawn(SUMS, one(), other(), size=Size(120, 40)))
    volume = next(line for line in shown if "volume BTC" in line)
    assert "sell 0.0000 buy 1.5000" in volume
    assert any("CVD +2.1250 BTC" in line for line in shown)
    assert "volume and CVD of 2" in shown[0]


def test_volume_and_delta_in_quote_currency_are_what_the_trades_of_all_were_worth() -> None:
    market, late = pair()
    look = replace(LOOK, measure=Measure.QUOTE)
    shown = lines(draw_pane(SUMS, Scope(market, (market, late)), Size(120, 40), look))
    # 0.5 at 100.5 and 1 at 100.2, before them 0.75 at 100.5, 0.125 at 100.1, -0.25 at 100.
    assert any("volume USDT · sell 0 buy 150.45" in line for line in shown)
    assert any("CVD +213.3375 USDT" in line or "CVD +213.338 USDT" in line for line in shown)
    assert "size in USDT" in shown[0]


def test_a_gap_of_any_venue_makes_the_running_sum_doubtful() -> None:
    market, late = one(), other()
    scope = Scope(market, (market, late))
    assert not any(
        "doubtful" in line for line in lines(drawn(SUMS, market, late, size=Size(120, 40)))
    )
    status(late, FeedState.GAP)
    shown = lines(drawn(SUMS, market, late, size=Size(120, 40)))
    assert any("doubtful since a gap" in line for line in shown)
    assert "okx:BTC-USD GAP" in lines(draw_pane(SUMS, scope, Size(240, 40), LOOK))[0]
    summed = pane_numbers(SUMS, scope, WIDE)["summed"]
    assert isinstance(summed, list)
    assert [bar["cvd_reliable"] for bar in summed] == [True, True, False]


def test_bars_that_are_not_of_time_are_not_summed_up_and_that_is_said() -> None:
    pane = Candles(venues="all", timeframe="2t")
    markets = one(), other()
    assert "volume and CVD of one: bars of time alone add up" in title(pane, *markets)
    assert "summed" not in pane_numbers(pane, Scope(markets[0], markets), WIDE)


def test_pictures_of_markets_that_go_on_are_those_drawn_at_once() -> None:
    live, whole = Markets(), Markets()
    told = [event for seed in (7, 8) for event in events(seed, 8.0)]
    told.sort(key=lambda event: event.ts_recv)
    panes: tuple[Pane, ...] = (
        Ladder(venues="all"),
        Candles(venues="all", timeframe="2s"),
        Heatmap(venues="all", timeframe="100ms"),
        Heatmap(venues="all", timeframe="200ms", scroll="sweep", merge="average"),
    )
    for number, event in enumerate(told):
        live.apply([event])
        if number % 97 == 0:
            shown = tuple(live)
            for pane in panes:
                draw_pane(pane, Scope(shown[0], shown), Size(120, 40), LOOK)
    whole.apply(told)
    for pane in panes:
        pictures = [
            draw_pane(pane, Scope(markets[0], markets), Size(120, 40), LOOK)
            for markets in (tuple(live), tuple(whole))
        ]
        assert same(*pictures)


def watched(kind: str, *seeds: int) -> Watched:
    screen, markets = Watched(kind, Size(120, 40)), Markets()
    for seed in seeds:
        markets.apply(events(seed, 8.0))
    screen.monitor.session.markets = markets
    screen.show()
    return screen


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("ladder", "sum of 2 books"),
        ("candles", "volume and CVD of 2"),
        ("tape", "with 1 more"),
        ("heatmap", "sum of 2 books"),
    ],
)
def test_a_key_turns_several_markets_into_one_and_back(kind: str, told: str) -> None:
    screen = watched(kind, 7, 8)
    pane = screen.monitor.desk.panes[kind]
    said = screen.press("M")
    assert f"{kind}: 2 markets of this coin as one" in said
    assert told in said
    said = screen.press("M")
    assert f"{kind}: the market in focus alone" in said
    assert told not in said
    assert screen.monitor.desk.panes[kind] == pane


def test_the_key_says_where_there_is_nothing_to_add_up() -> None:
    assert "no other market of this coin is watched" in watched("tape", 7).press("M")
    assert "ladder, tape, candles and heatmap add up" in watched("profile", 7, 8).press("M")
