"""Books, trades and CVD of several markets as one equal those reckoned the slow way."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import islice, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import replay
from market.barsum import summed_bars
from market.basis import TimeBasis
from market.consolidated import bests, consolidated, top
from market.cvd import Anchor
from market.events import BookDelta, BookSnapshot, FeedState, Listing, Side, Trade
from market.instrument import Instrument, Kind
from market.market import Market
from market.markets import Markets
from market.traded import Rows
from tests.captures import CAPTURES, needs_captures
from tests.lots import in_lots
from tests.oracle.consolidated import (
    Sides,
    best,
    cost,
    cumulative,
    imbalance,
    points,
    row_of,
    rows,
    traded,
)
from tests.oracle.footprint import Print
from tests.scenes import SECOND, START, quoted, simulated, status
from tests.scenes import traded as print_trades
from tui.ladder.several import Several
from tui.pane import Size
from tui.panes.candles import Candles
from tui.panes.ladder import Ladder
from tui.rows import PriceRows
from tui.scope import Scope

SIZE = Size(120, 40)
MINUTE = 60 * SECOND
SESSIONS = (
    ("binance_spot/btcusdt_20240808_09.jsonl.gz", "0.01", "0.00001", "USDT", Kind.SPOT, None),
    ("binance_usdm/btcusdt_20240808.jsonl.gz", "0.1", "0.001", "USDT", Kind.LINEAR, None),
    ("binance_coinm/btcusd_perp_20240808_09.jsonl.gz", "0.1", "1", "USD", Kind.INVERSE, "100"),
)
"""Three markets of Bitcoin at the same time: file, tick, lot, quote currency, kind, contract."""
COUNT = 2500
"""Events of each that are read."""

World = tuple[tuple[Market, ...], dict[str, Sides], dict[str, list[Print]]]


@cache
def recorded() -> World:
    """The markets, and the plainest books and lists of trades made of the same events."""
    markets = Markets()
    for path, tick, lot, quote, kind, contract in SESSIONS:
        events = list(islice(replay.events(CAPTURES / path), COUNT))
        name = next(event.instrument for event in events if isinstance(event, Trade))
        venue, _, symbol = name.partition(":")
        size = None if contract is None else Decimal(contract)
        steps = Decimal(tick), Decimal(lot)
        listing = Instrument(venue, symbol, *steps, "BTC", quote, kind, size)
        markets.apply([Listing(name, START, listing)])
        markets.apply(events)
    found = tuple(markets)
    prints: dict[str, list[Print]] = {market.id: [] for market in found}
    books: dict[str, tuple[dict[float, float], ...]] = {market.id: ({}, {}) for market in found}
    for path, *_ in SESSIONS:
        for event in islice(replay.events(CAPTURES / path), COUNT):
            match event:
                case Trade():
                    price = Decimal(repr(event.price))
                    size = in_base(markets.get(event.instrument), event.size, event.price)
                    bought = event.side is Side.BUY
                    prints[event.instrument].append(Print(event.ts_event, price, size, bought))
                case BookSnapshot() | BookDelta():
                    sides = books[event.instrument]
                    for side, levels in zip(sides, (event.bids, event.asks), strict=True):
                        if isinstance(event, BookSnapshot):
                            side.clear()
                        side.update(levels)
    plain = {
        market.id: Sides(*(stated(market, side) for side in books[market.id])) for market in found
    }
    return found, plain, prints


def in_base(market: Market | None, size: float, price: float) -> Decimal:
    assert market is not None
    assert market.instrument is not None
    return market.instrument.size(in_lots(market, size, price))


def stated(market: Market, levels: dict[float, float]) -> dict[Decimal, Decimal]:
    return {
        Decimal(repr(price)): in_base(market, size, price) for price, size in levels.items() if size
    }


def decimals(levels: object) -> dict[Decimal, Decimal]:
    assert isinstance(levels, list)
    return {Decimal(price): Decimal(size) for price, size in levels}


@needs_captures
@pytest.mark.parametrize("first", range(3))
@pytest.mark.parametrize("group", [1, 7, 500])
def test_the_consolidated_book_of_recorded_sessions_is_the_sum_of_the_plain_ones(
    first: int, group: int
) -> None:
    markets, books, _ = recorded()
    scope = Scope(markets[first], markets)
    told = Ladder(venues="all", grouping=group).numbers_all(scope, SIZE)
    instrument = markets[first].instrument
    assert instrument is not None
    step = instrument.tick_size * group
    for number, side in enumerate(("bids", "asks")):
        expected = rows([book[number] for book in books.values()], step)
        found = decimals(told[side])
        assert {row_of(price, step): size for price, size in found.items()} == expected
        each = told["venues"]
        assert isinstance(each, dict)
        for market in markets:
            own = {row_of(p, step): s for p, s in decimals(each[market.id][side]).items()}
            assert own == rows([books[market.id][number]], step)
    assert len(expected) > 1
    bid, bidders, ask, askers = best(books)
    assert Decimal(str(told["spread"])) == ask - bid
    nearest = told["best"]
    assert isinstance(nearest, dict)
    for name, price, there in (("bid", bid, bidders), ("ask", ask, askers)):
        assert Decimal(nearest[name]["price"]) == price
        assert set(nearest[name]["instruments"]) == there
    assert told["left_out"] == {}


@needs_captures
def test_rows_depth_cost_and_trades_of_recorded_sessions_are_those_of_the_definitions() -> None:
    markets, books, prints = recorded()
    usdm, sides = markets[1], list(books.values())
    assert usdm.instrument is not None
    middle = usdm.instrument.ticks(float(best(books)[0]))
    for group in (1, 25):
        chosen = PriceRows(group, middle // group - 20, 40)
        several = Several([usdm, markets[0], markets[2]], chosen, TimeBasis(10 * SECOND), None)
        step, grid = usdm.instrument.tick_size * group, several.grid
        lots, depth, swaps = several.book.lots, several.depth(several.book.lots), several.traded()
        for side in (0, 1):
            expected = rows([book[side] for book in sides], step)
            for row in range(40):
                at = chosen.bottom + row
                assert grid.size(int(lots[side, row])) == expected.get(at, 0)
                reach = cumulative([book[side] for book in sides], at, step, side == 1)
                assert grid.size(int(depth[side, row])) == reach
        sums: Counter[tuple[int, int]] = Counter()
        for market in markets:
            window = traded(prints[market.id], market.clock - 10 * SECOND, step)
            for row, sizes in window.items():
                for column, size in enumerate(sizes):
                    sums[column, row] += size  # type: ignore[assignment]  # a decimal
        assert sum(sums.values()) > 0
        for row in range(40):
            for column in (0, 1):
                found = grid.size(int(swaps[column, row]))
                assert found == sums[column, chosen.bottom + row]
        for row in (chosen.bottom, middle // group, chosen.bottom + 39):
            taken, expected_cost = several.cost(row * group), cost(sides, row, step)
            assert taken is not None
            assert expected_cost is not None
            assert (("buy" if taken.buy else "sell"), grid.size(taken.lots)) == expected_cost[:2]
            assert taken.value * grid.tick_size * grid.lot_size == expected_cost[2]
        levels = top(several.book.parts, 10)
        bids, asks = (sum(level.lots for level in side) for side in levels)
        assert Fraction(bids - asks, bids + asks) == imbalance(sides, 10)


@needs_captures
@pytest.mark.parametrize("basis", ["1s", "5s"])
def test_the_running_sum_of_recorded_sessions_is_that_of_all_their_trades(basis: str) -> None:
    markets, _, prints = recorded()
    told = Candles(venues="all", timeframe=basis).numbers_all(Scope(markets[1], markets), SIZE)
    summed = told["summed"]
    assert isinstance(summed, list)
    expected = points(prints, int(basis[0]) * SECOND, 86_400 * SECOND)
    assert [bar["start"] for bar in summed] == [point.start for point in expected]
    for bar, point in zip(summed, expected, strict=True):
        assert Decimal(bar["volume"]) == point.volume
        assert (None if bar["cvd"] is None else Decimal(bar["cvd"])) == point.cvd
        if point.cvd is not None:
            parts = {name: Decimal(share["cvd"]) for name, share in bar["shares"].items()}
            assert parts == point.parts
    assert sum(point.cvd is not None for point in expected) > 3


TICKS = [Decimal(text) for text in ("0.01", "0.1", "0.25", "0.5", "1", "3")]
LOTS = [Decimal(text) for text in ("0.001", "0.005", "0.00000001")]
books_drawn = st.lists(
    st.tuples(
        st.sampled_from(TICKS),
        st.sampled_from(LOTS),
        st.dictionaries(st.integers(1, 400), st.integers(1, 9000), max_size=12),
        st.dictionaries(st.integers(1, 400), st.integers(1, 9000), max_size=12),
        st.sampled_from([FeedState.LIVE, FeedState.LIVE, FeedState.LIVE, FeedState.GAP]),
    ),
    min_size=1,
    max_size=4,
)


def made(number: int, tick: Decimal, lot: Decimal, state: FeedState, sides: Sides) -> Market:
    market = Market(f"v{number}:X")
    instrument = Instrument(f"v{number}", "X", tick, lot, "X", "USD")
    market.apply(Listing(market.id, START, instrument))
    status(market, FeedState.LIVE)
    bids, asks = ([(float(p), float(s)) for p, s in side.items()] for side in sides)
    quoted(market, bids, asks)
    status(market, state)
    return market


@settings(max_examples=150, deadline=None)
@given(books_drawn, st.integers(1, 40), st.integers(-5, 60), st.integers(0, 30))
def test_rows_sum_up_good_books_alone_whatever_the_ticks_and_the_order(
    drawn: list[tuple[Decimal, Decimal, dict[int, int], dict[int, int], FeedState]],
    group: int,
    bottom: int,
    count: int,
) -> None:
    markets, books = list[Market](), dict[str, Sides]()
    for number, (tick, lot, below, above, state) in enumerate(drawn):
        sides = Sides(
            {at * tick: many * lot for at, many in below.items()},
            {(401 + at) * tick: many * lot for at, many in above.items()},
        )
        market = made(number, tick, lot, state, sides)
        markets.append(market)
        if market.book_good:
            books[market.id] = sides
    first, chosen = markets[0].instrument, Rows(group, bottom, count)
    assert first is not None
    step, told = first.tick_size * group, []
    for order in permutations(markets[1:]):
        found = consolidated([markets[0], *order], chosen, None)
        assert {part.market.id for part in found.parts} == set(books)
        assert {out.market.id for out in found.left_out} == {m.id for m in markets} - set(books)
        assert all(out.reason == "GAP" for out in found.left_out)
        told.append([[found.grid.size(lots) for lots in side] for side in found.lots.tolist()])
        shares = [part.lots for part in found.parts]
        assert not shares or np.array_equal(np.sum(shares, axis=0), found.lots)
    expected = [
        [sums.get(bottom + row, Decimal(0)) for row in range(count)]
        for side in (0, 1)
        for sums in [rows([book[side] for book in books.values()], step)]
    ]
    assert all(one == expected for one in told)
    bid, ask = bests(found.parts)
    if bid is not None and ask is not None:
        prices = found.grid.price(bid.ticks), found.grid.price(ask.ticks)
        assert prices == (best(books)[0], best(books)[2])


prints_drawn = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 40).map(lambda half: half / 2),
        st.integers(-900, 900).filter(bool).map(lambda milli: milli / 1000),
        st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=100, deadline=None)
@given(prints_drawn, st.sampled_from([Anchor.NONE, Anchor.SESSION]), st.sampled_from([0, 35_992]))
def test_sums_that_grow_trade_by_trade_are_those_counted_at_once(
    drawn: list[tuple[int, float, float, bool]], anchor: Anchor, shift: int
) -> None:
    """With the shift midnight comes after eight seconds."""
    lots, seen = ("0.001", "0.0001", "0.00002"), dict[str, list[Print]]()
    markets = [
        made(number, Decimal("0.5"), Decimal(lot), FeedState.LIVE, Sides({}, {}))
        for number, lot in enumerate(lots)
    ]
    for number, market in enumerate(markets):
        print_trades(market, [(shift + 3 * number, 100.0, 0.5)])
        at = START + (shift + 3 * number) * SECOND
        seen[market.id] = [Print(at, Decimal(100), Decimal("0.5"), True)]
    basis, begin = TimeBasis(2 * SECOND), START + shift * SECOND
    for number, after, size, asked in drawn:
        print_trades(markets[number], [(shift + after, 100.0, size)])
        at = START + round((shift + after) * SECOND)
        one = Print(at, Decimal(100), abs(Decimal(str(size))), size > 0)
        seen[markets[number].id].append(one)
        if asked:
            summed_bars(markets, basis, anchor).between(0, None)
    found = summed_bars(markets, basis, anchor)
    whole, parts = found.between(0, None), found.parts()
    assert whole is not None
    day = (1 if anchor is Anchor.SESSION else 10**6) * 86_400 * SECOND
    expected, known = points(seen, 2 * SECOND, day), whole.sums.sums.known.tolist()
    values = [*whole.sums.values.tolist(), whole.sums.newest.value]
    bars = [*whole.bars.run.bars, whole.bars.newest]
    assert [bar.start for bar in bars] == [point.start for point in expected]
    for place, point in enumerate(expected):
        assert (found.grid.size(values[place]) if known[place] else None) == point.cvd
        assert found.grid.size(bars[place].volume) == point.volume
        if point.cvd is not None:
            assert {p.id: found.grid.size(int(p.cvd[place])) for p in parts} == point.parts
    past = found.between(begin + 2 * SECOND, begin + 8 * SECOND)
    held = [bar for bar in bars if begin + 2 * SECOND <= bar.start < begin + 8 * SECOND]
    if past is not None and held:
        assert [*past.bars.run.bars, past.bars.newest] == held


def test_simulated_markets_add_up_as_well() -> None:
    markets = simulated(7, 60.0), simulated(8, 60.0)
    prints = {
        market.id: [
            Print(one.ts, market.instrument.price(one.ticks), market.instrument.size(one.lots), b)
            for one in market.tape.last(10**6)
            for b in [one.side is Side.BUY]
            if market.instrument is not None
        ]
        for market in markets
    }
    found = summed_bars(markets, TimeBasis(MINUTE // 12), Anchor.NONE)
    whole = found.between(0, None)
    assert whole is not None
    expected = points(prints, MINUTE // 12, 86_400 * SECOND)
    values = [*whole.sums.values.tolist(), whole.sums.newest.value]
    assert [found.grid.size(value) for value in values] == [point.cvd for point in expected]
