"""Of how many orders levels are made: as the venue says last, and only where it says so."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import replay
from market.book import Book
from market.events import BookDelta, BookSnapshot, FeedState, Orders
from market.market import Market
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.scenes import NAME, lines, listed, status
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.panes.ladder import Ladder
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
WIDE = Size(80, 24)
SESSIONS = [
    ("okx/cf_20220513.jsonl.gz", 3_000),
    ("bitfinex/cf_20210405_120s.jsonl.gz", 4_000),
    ("hyperliquid/btc_20250126.jsonl.gz", 1_000),
]
Row = tuple[int, int, int]
"""Ticks, lots and orders."""
rows = st.lists(st.tuples(st.integers(100, 130), st.integers(0, 3), st.integers(0, 5)), max_size=8)
messages = st.lists(st.tuples(st.booleans(), rows, rows, st.booleans()), max_size=12)


def stated(
    whole: bool, sides: tuple[list[Row], list[Row]], told: bool, number: int
) -> BookSnapshot | BookDelta:
    """A message, with order counts where they are told."""
    bids, asks = ([(ticks / 2, lots / 1000) for ticks, lots, _ in side] for side in sides)
    orders = Orders(*([count for _, _, count in side] for side in sides)) if told else None
    if whole:
        return BookSnapshot(NAME, 0, 0, bids, asks, number, orders=orders)
    return BookDelta(NAME, 0, 0, bids, asks, number, number - 1, orders)


@settings(max_examples=50)
@given(messages, st.integers(1, 7))
def test_a_row_has_the_orders_of_its_levels_where_all_of_them_are_known(
    drawn: list[tuple[bool, list[Row], list[Row], bool]], group: int
) -> None:
    book, low, count = Book(listed(Market(NAME))), 98, 6
    standing: dict[tuple[int, int], int] = {}
    known: dict[tuple[int, int], tuple[int, int]] = {}
    for number, (whole, bids, asks, told) in enumerate(drawn, 1):
        message = stated(whole, (bids, asks), told, number)
        book.replace(message) if isinstance(message, BookSnapshot) else book.apply(message)
        if whole:
            standing.clear()
        if whole and told:
            known.clear()
        for side, levels in enumerate((bids, asks)):
            for ticks, lots, orders in levels:
                standing[side, ticks] = lots
                if told:
                    known[side, ticks] = (lots, orders)
        if whole and not told:
            known = {at: was for at, was in known.items() if at in standing}
    found = book.orders_grouped(group, low, count)
    for side in (0, 1):
        for row in range(count):
            prices = range(low + row * group, low + (row + 1) * group)
            held = [at for at in prices if standing.get((side, at))]
            counts = [known.get((side, at), (0, 0)) for at in held]
            right = all(
                lots == standing[side, at] and orders
                for at, (lots, orders) in zip(held, counts, strict=True)
            )
            expected = sum(orders for _, orders in counts) if right else 0
            assert found[side][row] == expected


@needs_captures
@pytest.mark.parametrize(("path", "count"), SESSIONS, ids=[path for path, _ in SESSIONS])
def test_the_counts_of_a_recorded_session_are_those_the_venue_stated_last(
    path: str, count: int
) -> None:
    events, markets = list(islice(replay.events(CAPTURES / path), count)), Markets()
    markets.apply(events)
    market = max(markets, key=lambda one: one.counts.deltas + one.counts.snapshots)
    last: dict[tuple[str, float], int] = {}
    for event in events:
        if isinstance(event, BookSnapshot | BookDelta) and event.instrument == market.id:
            if event.orders is None:
                continue
            for side, levels, orders in (
                ("bids", event.bids, event.orders.bids),
                ("asks", event.asks, event.orders.asks),
            ):
                last |= {
                    (side, price): number for (price, _), number in zip(levels, orders, strict=True)
                }
    assert market.book is not None
    grid, sides = market.book.instrument, market.book.top(10)
    for name, levels in zip(("bids", "asks"), sides, strict=True):
        assert levels
        for level in levels:
            found = market.book.orders_grouped(1, level.ticks, 1)[name == "asks"][0]
            assert found == last[name, float(grid.price(level.ticks))] > 0


def test_a_ladder_shows_orders_beside_the_bars_and_none_where_the_venue_is_silent() -> None:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    market.apply(stated(True, ([(200, 2500, 7)], [(201, 3000, 12), (202, 1000, 1)]), True, 1))
    picture = lines(Ladder(grouping=1).draw(market, WIDE, LOOK))
    assert picture[1].split()[0] == picture[1].split()[-1] == "orders"
    assert next(line for line in picture if " 100.0 " in f"{line} ").split()[0] == "7"
    assert next(line for line in picture if " 100.5 " in f"{line} ").split()[-1] == "12"
    assert Ladder(grouping=1).numbers(market, WIDE)["orders"] == [
        {"price": "101.0", "bids": 0, "asks": 1},
        {"price": "100.5", "bids": 0, "asks": 12},
        {"price": "100.0", "bids": 7, "asks": 0},
    ]
    market.apply(stated(False, ([(200, 2000, 0)], []), False, 2))
    picture = lines(Ladder(grouping=1).draw(market, WIDE, LOOK))
    assert "7" not in next(line for line in picture if " 100.0 " in f"{line} ").split()
    assert "orders" not in lines(Ladder(grouping=1, orders=False).draw(market, WIDE, LOOK))[1]
