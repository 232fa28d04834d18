"""Sizes are base currency in the model: exactly for linear contracts, to a lot for inverse ones."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.basis import parse_basis
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Levels,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
from market.instrument import Instrument, Kind
from market.market import Market
from market.units import units_of
from tests.lots import in_base, in_lots, side_in_lots

NAME = "venue:X"
MINUTE = 60_000_000_000


def listed(
    kind: Kind, contract: str | None, lot: str = "1", tick: str = "0.1", name: str = "X"
) -> Instrument:
    worth = None if contract is None else Decimal(contract)
    return Instrument("venue", name, Decimal(tick), Decimal(lot), "B", "Q", kind, worth)


LINEAR, INVERSE = listed(Kind.LINEAR, "0.01"), listed(Kind.INVERSE, "100")
QUANTO = listed(Kind.LINEAR, "0.00011603248999")


def trade(price: float, size: float, side: Side = Side.BUY, ts: int = 1) -> Trade:
    return Trade(NAME, ts, ts, str(ts), price, size, side)


def snapshot(bids: Levels, asks: Levels) -> BookSnapshot:
    return BookSnapshot(NAME, 1, 1, bids, asks, 1)


def kline(volume: float, buy: float | None, base: float | None = None) -> Kline:
    prices = (100.0, 120.0, 80.0, 100.0)
    span = (0, MINUTE)
    return Kline(NAME, None, 1, "1m", *span, *prices, volume, buy, None, None, True, base)


def market_of(*events: Event) -> Market:
    market = Market(NAME)
    for event in events:
        market.apply(event)
    return market


def base_of(market: Market, lots: int) -> Decimal:
    assert market.instrument is not None
    return market.instrument.size(lots)


@pytest.mark.parametrize(
    ("instrument", "price", "size", "base"),
    [
        (LINEAR, 30000.0, 3.0, "0.03"),
        (listed(Kind.LINEAR, "10", "0.1"), 5.0, 0.3, "3"),
        (listed(Kind.SPOT, "0.00000001"), 5.0, 7.0, "0.00000007"),
        (INVERSE, 40000.0, 8.0, "0.02"),
        (INVERSE, 30000.0, 1.0, "0.003333"),
        (listed(Kind.INVERSE, "10", tick="0.0001"), 0.25, 1.0, "40"),
        (listed(Kind.INVERSE, "1", tick="0.000000001"), 0.00001, 2.0, "200000"),
        (listed(Kind.SPOT, None, "0.001"), 5.0, 0.3, "0.3"),
        (listed(Kind.LINEAR, "1"), 5.0, 3.0, "3"),
    ],
)
def test_a_trade_counts_what_its_contracts_are_worth_at_its_price(
    instrument: Instrument, price: float, size: float, base: str
) -> None:
    market = market_of(Listing(NAME, 0, instrument), trade(price, size, Side.SELL))
    last = market.last
    assert last is not None
    assert -base_of(market, last.lots) == Decimal(base)
    assert market.listed == instrument
    assert market.counts.off_grid == 0


def test_the_lots_of_linear_contracts_are_exact() -> None:
    units = units_of(LINEAR)
    assert units is not None
    assert units.exact
    assert units.instrument.lot_size == Decimal("0.01")
    assert all(units.size(float(n), 7.0) == float(f"{n / 100:.2f}") for n in range(100_000))


@pytest.mark.parametrize(
    ("instrument", "lot"),
    [
        (listed(Kind.INVERSE, "1", tick="0.5"), "0.000000001"),
        (listed(Kind.INVERSE, "100", tick="0.1"), "0.000001"),
        (listed(Kind.INVERSE, "10", tick="0.00001"), "0.001"),
        (listed(Kind.INVERSE, "10", tick="0.000000001"), "1"),
        (QUANTO, "0.0000001"),
    ],
)
def test_other_lots_are_powers_of_ten_far_below_a_contract(
    instrument: Instrument, lot: str
) -> None:
    units = units_of(instrument)
    assert units is not None
    assert not units.exact
    assert units.instrument.lot_size == Decimal(lot)


def test_sizes_in_base_currency_need_no_units() -> None:
    for contract in (None, "1"):
        assert units_of(listed(Kind.LINEAR, contract)) is None
        assert units_of(listed(Kind.SPOT, contract)) is None
    assert units_of(listed(Kind.INVERSE, None)) is None
    assert units_of(listed(Kind.INVERSE, "1")) is not None


PRICES = st.integers(100, 900_000).map(lambda ticks: float(Decimal(ticks) / 10))
SIZES = st.integers(0, 10**8).map(float)
SIDES = st.dictionaries(PRICES, SIZES, max_size=8)
KINDS = st.sampled_from([LINEAR, INVERSE, QUANTO, listed(Kind.LINEAR, "0.0003")])


@given(KINDS, SIDES, st.lists(SIDES, max_size=4))
def test_every_level_of_a_book_counts_at_its_own_price(
    instrument: Instrument, first: dict[float, float], changes: list[dict[float, float]]
) -> None:
    market, model = market_of(Listing(NAME, 0, instrument)), dict[float, float]()
    market.apply(snapshot([*first.items()], []))
    for number, levels in enumerate(changes, 2):
        market.apply(BookDelta(NAME, 1, 1, [*levels.items()], [], number, number - 1))
    for levels in (first, *changes):
        model |= levels
    assert market.book is not None
    bids, _ = market.book.standing()
    assert dict(zip(bids.ticks.tolist(), bids.lots.tolist(), strict=True)) == side_in_lots(
        market, {price: size for price, size in model.items() if size}
    )
    assert market.counts.off_grid == 0


@given(KINDS, st.lists(st.tuples(PRICES, st.integers(1, 10**8).map(float)), max_size=8))
def test_a_rounded_order_is_off_by_half_a_lot_at_most_and_never_nothing(
    instrument: Instrument, orders: list[tuple[float, float]]
) -> None:
    market = market_of(Listing(NAME, 0, instrument))
    for price, size in orders:
        market.apply(trade(price, size))
        last = market.last
        assert last is not None
        assert market.instrument is not None
        exact = in_base(market, size, price)
        off = abs(base_of(market, last.lots) - exact)
        # Half a lot, and what a float of that size cannot say.
        most = market.instrument.lot_size * Decimal("0.500001") + exact / 2**51
        assert last.lots == 1 or off <= most
        assert last.lots == in_lots(market, size, price) > 0


def early() -> Iterable[Event]:
    """What may well come before the answer that lists the instrument."""
    yield FeedStatus(NAME, 0, FeedState.LIVE)
    yield snapshot([(99.9, 7.0), (50.0, 3.0)], [(100.1, 12.0)])
    yield BookTicker(NAME, 1, 1, 99.9, 7.0, 100.1, 12.0, None)
    yield trade(100.0, 4.0)
    yield trade(100.1, 9.0, Side.SELL, ts=2)
    yield BookDelta(NAME, 3, 3, [(50.0, 0.0)], [(101.0, 5.0)], 2, 1)
    yield kline(600.0, 150.0)
    yield Liquidation(NAME, 4, 4, 100.0, 8.0, Side.SELL)
    yield Ticker(NAME, 4, 4, 100.0, 90.0, 120.0, 80.0, 900.0, None)
    yield OpenInterest(NAME, 4, 4, 50.0)


def told(market: Market) -> object:
    """All that a market knows, in terms of its present grids."""
    assert market.book is not None
    columns = market.trades.last(len(market.trades))
    bids, asks = market.book.top(9)
    bars = market.bars(parse_basis("1m")).last(9)
    facts = (market.quote, *market.forced, market.ticker, market.open_interest)
    return columns.ticks.tolist(), columns.lots.tolist(), bids, asks, bars, facts


@pytest.mark.parametrize("instrument", [LINEAR, INVERSE, QUANTO])
def test_a_listing_that_comes_late_leaves_the_same_as_one_that_came_first(
    instrument: Instrument,
) -> None:
    first = market_of(Listing(NAME, 0, instrument), *early())
    late = market_of(*early(), Listing(NAME, 5, instrument))
    assert late.instrument is not None
    assert late.instrument.lot_size == (first.instrument and first.instrument.lot_size)
    assert told(late) == told(first)
    assert late.book_good
    assert late.counts.off_grid == first.counts.off_grid == 0


@pytest.mark.parametrize("instrument", [LINEAR, INVERSE, QUANTO])
def test_a_listing_told_again_changes_nothing(instrument: Instrument) -> None:
    market = market_of(Listing(NAME, 0, instrument), *early())
    before, generation = told(market), market.trades.generation
    market.apply(Listing(NAME, 9, instrument))
    assert told(market) == before
    assert market.trades.generation == generation


def test_a_contract_that_is_worth_something_else_later_counts_so_from_then_on() -> None:
    halved = listed(Kind.LINEAR, "0.005")
    market = market_of(Listing(NAME, 0, LINEAR), trade(100.0, 4.0), Listing(NAME, 1, halved))
    market.apply(trade(100.0, 4.0, ts=2))
    lots = market.trades.last(2).lots.tolist()
    assert [base_of(market, each) for each in lots] == [Decimal("0.04"), Decimal("0.02")]


def test_depth_before_a_late_listing_is_not_shown_in_the_wrong_unit() -> None:
    market = market_of(*early(), Listing(NAME, 5, INVERSE))
    market.apply(BookDelta(NAME, 2_000_000_000, 6, [(99.9, 8.0)], [], 3, 2))
    assert market.depth is not None
    view = market.depth.view(1_000_000_000, 2_000_000_000, 1, 1, 999, 1)
    assert view.known.tolist() == [True]
    assert base_of(market, int(view.bid[0, 0])) == pytest.approx(
        Decimal(800) / Decimal("99.9"), abs=Decimal("0.001")
    )


@pytest.mark.parametrize(
    ("instrument", "stated", "volume", "bought"),
    [
        (LINEAR, kline(600.0, 150.0, 5.0), "6", "1.5"),
        (INVERSE, kline(600.0, 150.0, 590.0), "590", "147.5"),
        (INVERSE, kline(600.0, 150.0), "600", "150"),
        (INVERSE, kline(600.0, None, 590.0), "590", None),
        (INVERSE, kline(0.0, 0.0, 0.0), "0", "0"),
    ],
)
def test_a_bar_counts_what_the_venue_states_in_base_else_its_middle_price(
    instrument: Instrument, stated: Kline, volume: str, bought: str | None
) -> None:
    market = market_of(Listing(NAME, 0, instrument), stated)
    (bar,) = market.bars(parse_basis("1m")).last(1)
    assert base_of(market, bar.volume) == Decimal(volume)
    assert bar.split == (bought is not None)
    assert bought is None or base_of(market, bar.buy) == Decimal(bought)


def test_quotes_days_and_forced_orders_are_in_base_currency() -> None:
    market = market_of(Listing(NAME, 0, INVERSE), *early())
    assert market.quote is not None
    assert market.quote.bid_size == pytest.approx(700 / 99.9, abs=1e-3)
    assert market.quote.ask_size == pytest.approx(1200 / 100.1, abs=1e-3)
    assert market.forced[-1].size == 8.0
    assert market.ticker is not None
    assert market.ticker.volume == 900.0
    market.apply(Ticker(NAME, 4, 4, 100.0, 90.0, 120.0, 80.0, 900.0, None, 880.0))
    assert market.ticker.volume == 880.0


def test_a_side_of_a_quote_that_does_not_exist_is_nothing() -> None:
    market = market_of(Listing(NAME, 0, INVERSE), BookTicker(NAME, 1, 1, 0.0, 0.0, 5.0, 1.0, None))
    assert market.quote is not None
    assert (market.quote.bid_size, market.quote.ask_size) == (0.0, 20.0)


def test_open_interest_of_inverse_contracts_is_worth_what_the_price_now_makes_it() -> None:
    interest = OpenInterest(NAME, 1, 1, 50.0)
    market = market_of(Listing(NAME, 0, INVERSE), interest)
    assert market.open_interest is None
    market.apply(trade(100.0, 1.0))
    assert market.open_interest is not None
    assert market.open_interest.size == 50.0
    market.apply(MarkPrice(NAME, 2, 2, 125.0, None))
    assert market.open_interest.size == 40.0
    linear = market_of(interest, Listing(NAME, 0, LINEAR))
    assert linear.open_interest is not None
    assert linear.open_interest.size == 0.5


@pytest.mark.parametrize("price", [0.1, 1e-300, 5e-324])
def test_sizes_beyond_all_counting_do_no_harm(price: float) -> None:
    market = market_of(Listing(NAME, 0, INVERSE), trade(price, 1e15))
    market.apply(snapshot([(price, 1e15)], []))
    assert len(market.trades) == 0
    assert market.counts.off_grid > 0
