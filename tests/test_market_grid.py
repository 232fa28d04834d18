"""The grid of a market: exact without a listing, finer where one cannot be true, never moved."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.basis import TimeBasis
from market.book import Level
from market.depth import COARSE
from market.events import (
    BookDelta,
    BookSnapshot,
    FeedState,
    Side,
    Trade,
)
from market.market import Market
from tests.strategies import trade
from tests.test_klines import kline
from tests.test_market import ID, listed_market, listing, status


def prints(market: Market) -> list[tuple[Decimal, Decimal]]:
    """Price and signed size of every trade kept, exactly."""
    instrument = market.instrument
    assert instrument is not None
    _, ticks, lots = market.trades.since(0)
    return [
        (instrument.price(price), instrument.size(size))
        for price, size in zip(ticks.tolist(), lots.tolist(), strict=True)
    ]


def stated(trade: Trade) -> tuple[Decimal, Decimal]:
    size = Decimal(repr(trade.size))
    return Decimal(repr(trade.price)), size if trade.side is Side.BUY else -size


decimals = st.builds(
    lambda digits, places: float(Decimal(digits).scaleb(-places)),
    st.integers(1, 10**8),
    st.integers(0, 6),
)


@given(st.lists(st.tuples(decimals, decimals, st.sampled_from(Side)), max_size=30))
def test_without_a_listing_every_trade_is_exact_all_the_same(
    drawn: list[tuple[float, float, Side]],
) -> None:
    market = Market(ID)
    prints_in = [
        Trade(ID, at, at, "", price, size, side) for at, (price, size, side) in enumerate(drawn)
    ]
    for event in prints_in:
        market.apply(event)
        assert market.instrument is not None
        assert market.instrument.inferred
        market.footprint(TimeBasis(10), 5)
    if prints_in:
        assert prints(market) == [stated(event) for event in prints_in]
        bars = market.footprint(TimeBasis(10), 5).last(100)
        assert sum(bar.delta for bar in bars) == sum(market.trades.since(0).lots.tolist())


@given(st.lists(st.lists(st.tuples(st.booleans(), decimals, decimals), max_size=5), max_size=8))
def test_without_a_listing_every_level_is_exact_all_the_same(
    drawn: list[list[tuple[bool, float, float]]],
) -> None:
    market, expected = Market(ID), dict[tuple[bool, Decimal], Decimal]()
    market.apply(status(FeedState.LIVE))
    for at, levels in enumerate(drawn):
        bids = [(price, size) for ask, price, size in levels if not ask]
        asks = [(price, size) for ask, price, size in levels if ask]
        make = BookDelta if at % 3 else BookSnapshot
        if make is BookSnapshot:
            expected.clear()
            market.apply(BookSnapshot(ID, at * COARSE, 0, bids, asks, at))
        else:
            market.apply(BookDelta(ID, at * COARSE, 0, bids, asks, at, at - 1))
        for ask, changed in ((False, bids), (True, asks)):
            expected |= {(ask, Decimal(repr(p))): Decimal(repr(s)) for p, s in changed}
    if market.book is not None and market.instrument is not None:
        for side, levels_held in enumerate(market.book.top(10**6)):
            held = {
                market.instrument.price(level.ticks): market.instrument.size(level.lots)
                for level in levels_held
            }
            assert held == {price: size for (ask, price), size in expected.items() if ask == side}


def test_a_finer_price_restates_everything_kept() -> None:
    market = Market(ID)
    market.apply(status(FeedState.LIVE))
    market.apply(BookSnapshot(ID, COARSE, 0, [(99.0, 1.0)], [(101.0, 2.0)], 1))
    market.apply(Trade(ID, 2 * COARSE, 0, "", 100.0, 3.0, Side.BUY))
    market.apply(BookDelta(ID, 5 * COARSE, 0, [(99.5, 4.0)], [], 2, 1))
    market.apply(Trade(ID, 6 * COARSE, 0, "", 100.25, 0.5, Side.SELL))
    assert market.instrument is not None
    assert market.book is not None
    assert market.depth is not None
    assert (market.instrument.tick_size, market.instrument.lot_size) == (
        Decimal("0.01"),
        Decimal("0.1"),
    )
    assert market.book.top(5) == (
        [Level(9950, 40), Level(9900, 10)],
        [Level(10100, 20)],
    )
    view = market.depth.view(COARSE, market.clock, 6, 50, 9900, 2)
    assert view.bid.tolist() == [[10, 0]] * 4 + [[10, 40]] * 2
    assert view.known.tolist() == [True] * 6
    assert market.counts.off_grid == 0
    bar = market.bars(TimeBasis(10 * COARSE)).last(1)[0]
    assert (bar.open, bar.close, bar.buy, bar.sell) == (10000, 10025, 30, 5)


def test_a_listing_replaces_what_was_inferred() -> None:
    market = Market(ID)
    market.apply(Trade(ID, 1, 0, "", 100.1, 0.25, Side.BUY))
    market.apply(listing("0.05", "0.0001"))
    assert market.instrument == listing("0.05", "0.0001").listed
    assert market.trades.last(1).ticks.tolist() == [2002]
    assert market.trades.last(1).lots.tolist() == [2500]


def test_a_coarser_listing_is_taken_when_all_that_is_kept_fits_it() -> None:
    market = Market(ID)
    market.apply(BookSnapshot(ID, 1, 0, [(100.5, 0.25)], [(101.0, 0.5)], 1))
    market.apply(kline(0))
    market.apply(listing("0.5", "0.001"))
    assert market.instrument == listing("0.5", "0.001").listed
    assert market.book is not None
    assert market.book.top(1) == ([Level(201, 250)], [Level(202, 500)])
    assert market.counts.off_grid == 0


def test_a_listing_that_cannot_be_true_is_made_finer_and_labelled() -> None:
    market = Market(ID)
    market.apply(Trade(ID, 1, 0, "", 100.1, 0.25, Side.BUY))
    market.apply(listing("0.25", "0.1"))
    assert market.instrument is not None
    assert market.instrument.inferred
    assert market.instrument.base == "X"
    assert prints(market) == [(Decimal("100.1"), Decimal("0.25"))]


def test_a_price_off_a_listed_grid_is_counted_and_never_moved() -> None:
    market = listed_market()
    market.apply(Trade(ID, 1, 0, "", 100.05, 0.001, Side.BUY))
    assert market.counts.off_grid == 1
    assert market.instrument is not None
    assert market.instrument.inferred
    assert prints(market) == [(Decimal("100.05"), Decimal("0.001"))]


def test_an_order_older_than_the_listed_lot_is_kept_as_it_is() -> None:
    market = listed_market()
    market.apply(BookSnapshot(ID, 1, 0, [(10.0, 25.426189)], [(10.1, 0.001)], 1))
    assert market.book is not None
    assert market.instrument is not None
    assert market.instrument.size(market.book.top(1)[0][0].lots) == Decimal("25.426189")
    assert market.instrument.inferred
    assert market.listed == listing().listed
    assert market.counts.off_grid == 1


def test_one_absurd_price_does_not_make_the_grid_absurd() -> None:
    market = listed_market()
    market.apply(BookSnapshot(ID, 1, 0, [(61800.1, 1.0)], [(61800.2, 1.0)], 1))
    market.apply(BookDelta(ID, 2, 0, [(1e-12, 1.0), (61800.0, 2.0)], [], 2, 1))
    assert market.instrument == listing().listed
    assert market.book is not None
    assert market.book.top(5)[0] == [Level(618_001, 1000), Level(618_000, 2000)]
    assert market.counts.off_grid == 1


def test_a_book_of_half_ticks_makes_an_inferred_tick_coarser() -> None:
    market = Market(ID)
    market.apply(Trade(ID, 1, 0, "", 100.5, 1.0, Side.BUY))
    levels = [(100.0 - n / 2, 1.0) for n in range(60)]
    market.apply(BookSnapshot(ID, 2, 0, levels, [], 1))
    assert market.instrument is not None
    assert market.instrument.tick_size == Decimal("0.5")
    assert market.trades.last(1).ticks.tolist() == [201]
    assert market.book is not None
    assert market.book.best_bid == 200


@pytest.mark.parametrize("price", [1e300, 1e-300, 5e15])
def test_a_number_no_grid_holds_does_no_harm(price: float) -> None:
    market = listed_market()
    market.apply(trade(1, 1000, 5))
    for event in (
        Trade(ID, 2, 2, "", price, 1.0, Side.BUY),
        Trade(ID, 3, 3, "", 100.0, price, Side.SELL),
        BookDelta(ID, 4, 4, [(price, 1.0), (99.0, price)], [(101.0, 1.0)], 1, 0),
        BookSnapshot(ID, 5, 5, [(price, 1.0), (99.0, price)], [(101.0, 1.0)], 1),
    ):
        market.apply(event)
    market.apply(trade(6, 1001, 5))
    assert market.counts.off_grid > 0
    assert market.last is not None
    market.footprint(TimeBasis(5), 1).last(5)
    market.bars(TimeBasis(5)).last(5)


def test_klines_follow_the_grid() -> None:
    market = Market(ID)
    market.apply(kline(0))
    market.apply(trade(60 * COARSE, 15, 4))
    market.apply(Trade(ID, 61 * COARSE, 0, "", 1.5001, 0.004, Side.BUY))
    first, second = market.bars(TimeBasis(60 * COARSE)).last(2)
    assert (first.open, first.volume) == (10_000, 100)
    assert (second.open, second.close) == (15_000, 15_001)
