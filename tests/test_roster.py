"""A symbol's instrument goes out once it is both stated and heard of."""

from decimal import Decimal

from feeds.adapter import Output
from feeds.roster import LISTING_AGE, Roster
from market.events import Listing
from market.instrument import Instrument

BTC = Instrument("venue", "BTC", Decimal(1), Decimal(1), "BTC", "USD")


def test_an_instrument_that_was_stated_is_introduced_with_the_first_that_is_heard() -> None:
    roster = Roster(str.lower)
    assert roster.take(Listing(BTC.id, 1, BTC), 1) == ()
    assert roster.met("BTC", 2) == ((Listing(BTC.id, 2, BTC),), "btc")
    assert roster.met("BTC", 3) == ((), "btc")
    assert roster.listed == {"BTC": BTC}


def test_a_symbol_that_was_heard_of_is_introduced_when_it_is_stated() -> None:
    roster = Roster(str.lower)
    none: tuple[Output, ...] = ()
    assert roster.met("BTC", 1) == (none, "btc")
    listing = Listing(BTC.id, 2, BTC)
    assert roster.take(listing, 2) == (listing,)


def test_what_is_asked_for_is_known_and_not_made_again() -> None:
    made: list[str] = []
    roster = Roster(lambda symbol: made.append(symbol) or [symbol])  # type: ignore[func-returns-value]  # both in one
    known = roster.begun("BTC")
    assert roster.begun("BTC") is known is roster.met("BTC", 0)[1]
    assert made == ["BTC"]


def test_an_instrument_is_asked_for_until_it_was_stated_of_late() -> None:
    roster = Roster(str.lower)
    assert [*roster.unlisted(["BTC", "ETH"], 0)] == ["BTC", "ETH"]
    roster.take(Listing(BTC.id, 0, BTC), 0)
    assert [*roster.unlisted(["BTC", "ETH"], LISTING_AGE - 1)] == ["ETH"]
    assert [*roster.unlisted(["BTC", "ETH"], LISTING_AGE)] == ["BTC", "ETH"]
