"""What ccxt states and raises, in our words; what of its names is refused and why."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import ccxt_events
from feeds.ccxt_line import Course, Line
from feeds.ccxt_names import library
from feeds.errors import Disconnected, MalformedFrame, Rejected
from feeds.outlet import Outlet
from feeds.timing import Timing
from market.events import BookSnapshot, Side, Trade
from tests.running import in_loop


def _line() -> Line:
    course = Course(Outlet(), Timing(), lambda: 0, lambda: 0.0)
    return Line("binance", None, course)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NetworkError", Disconnected),
        ("RequestTimeout", Disconnected),
        ("RateLimitExceeded", Disconnected),
        ("ExchangeNotAvailable", Disconnected),
        ("ExchangeClosedByUser", Disconnected),
        ("BadSymbol", Rejected),
        ("NotSupported", Rejected),
        ("AuthenticationError", Rejected),
        ("RestrictedLocation", Rejected),
    ],
)
@in_loop
async def test_what_ccxt_raises_decides_the_recovery(
    name: str, kind: type[Disconnected | Rejected]
) -> None:
    async def failing() -> None:
        raise getattr(library(), name)(f"binance {name}\nof a sort")

    with pytest.raises(kind) as caught:
        await _line()._call(failing())
    assert "\n" not in str(caught.value)


@in_loop
async def test_a_fault_within_ccxt_is_a_frame_that_could_not_be_read() -> None:
    async def failing() -> None:
        raise KeyError("result")

    with pytest.raises(MalformedFrame, match="ccxt fails with KeyError"):
        await _line()._call(failing())


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(["id", "side", "price", "amount", "timestamp", "bids", "asks"])


@given(st.dictionaries(KEYS, ANYTHING | st.sampled_from(["buy", "sell"]), max_size=7))
def test_any_structure_is_an_event_of_sound_numbers_or_malformed(stated: dict[str, Any]) -> None:
    makers: list[Callable[[], object]] = [
        lambda: ccxt_events.trade_of("ccxt:x:A/B", stated, 1),
        lambda: ccxt_events.book_of("ccxt:x:A/B", stated, 1),
        lambda: ccxt_events.bars_of("ccxt:x:A/B", "1m", 60, [list(stated.values())], 1),
    ]
    for make in makers:
        try:
            made = make()
        except MalformedFrame:
            continue
        match made:
            case Trade():
                assert 0 < made.price <= 1e15
                assert 0 <= made.size <= 1e15
            case BookSnapshot():
                for price, size in (*made.bids, *made.asks):
                    assert 0 < price <= 1e15
                    assert 0 <= size <= 1e15


def test_a_trade_keeps_what_ccxt_says_of_it() -> None:
    """Hand-made, in the shape of ccxt's documents."""
    stated = {
        "id": "7",
        "side": "sell",
        "price": 1.5,
        "amount": 2.0,
        "timestamp": 1_723_161_255_637,
    }
    trade = ccxt_events.trade_of("ccxt:x:A/B", stated, 9)
    assert trade == Trade("ccxt:x:A/B", 1_723_161_255_637_000_000, 9, "7", 1.5, 2.0, Side.SELL)
    assert ccxt_events.trade_of("n", stated | {"timestamp": None, "id": None}, 9).ts_event == 9


def test_contracts_whose_worth_is_not_stated_are_refused() -> None:
    """Hand-made: a market of a class that states too little."""
    market = {"symbol": "A/B:B", "contract": True, "contractSize": 10, "precision": {"price": None}}
    with pytest.raises(Rejected, match="what its contracts are worth"):
        ccxt_events.listing_of("x", market, 4, 0)
    spot = {"symbol": "A/B", "precision": {"price": None, "amount": None}}
    assert ccxt_events.listing_of("x", spot, 4, 0) is None
    places = {"symbol": "A/B", "precision": {"price": 2, "amount": 0}}
    listing = ccxt_events.listing_of("x", places, 2, 0)
    assert listing is not None
    assert (str(listing.listed.tick_size), str(listing.listed.lot_size)) == ("0.01", "1")
