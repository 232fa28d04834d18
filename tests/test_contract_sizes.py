"""Recorded sizes of every venue that counts contracts are what definitions make of them in base.

A linear contract is so much base currency, an inverse one so much quote currency at the price of
its trade or level (definition 23). Each instrument of whose listing a recording is at hand is
followed by a market, and everything it takes is reckoned anew in decimals.
"""

import re
from collections import Counter
from decimal import Decimal

import pytest

from feeds.registry import VENUES
from market.basis import TimeBasis
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    Kline,
    Liquidation,
    Listing,
    OpenInterest,
    Ticker,
    Trade,
)
from market.instrument import Instrument, Kind
from market.klines import INTERVALS
from market.market import Market
from market.units import units_of
from tests.captures import needs_captures
from tests.lots import in_base, in_lots, side_in_lots
from tests.places import files_of, stated_in

pytestmark = needs_captures

MOST = 4000
"""Messages of a file that are looked at."""

DIGIT = Decimal("0.001")
"""What venues leave away of the base currency that they state of a bar."""

COUNTS: dict[str, dict[type[Event], int]] = {
    "binance-coinm": {Trade: 164, BookDelta: 4023, BookTicker: 3793, Kline: 49, OpenInterest: 2},
    "bitmex": {Trade: 35, BookDelta: 1277, BookTicker: 995, Kline: 2, OpenInterest: 27},
    "bybit-inverse": {Kline: 3, OpenInterest: 4, Ticker: 2},
    "deribit": {Trade: 8, BookDelta: 2, BookTicker: 5, Kline: 1, OpenInterest: 5, Liquidation: 2},
    "gate-futures": {Trade: 5, BookDelta: 35, BookTicker: 1, OpenInterest: 1, Ticker: 1},
    "htx-inverse": {Trade: 2, BookSnapshot: 4, Kline: 1, OpenInterest: 2, Ticker: 1},
    "htx-swap": {Trade: 12, BookSnapshot: 1289, BookDelta: 3, OpenInterest: 2, Liquidation: 1},
    "kraken-futures": {Trade: 1008, BookDelta: 3872, OpenInterest: 6, Liquidation: 2, Ticker: 6},
    "kucoin-futures": {Trade: 3, BookDelta: 6, BookSnapshot: 2, BookTicker: 2},
    "mexc-futures": {Trade: 4, BookDelta: 7, BookSnapshot: 1, OpenInterest: 3, Ticker: 3},
    "okx": {Trade: 29, BookDelta: 1808, BookTicker: 41, Kline: 4, OpenInterest: 9, Liquidation: 2},
}
"""Facts in contracts that are found at least: a count that falls is a test that was lost."""


def listings(venue: str) -> dict[str, Instrument]:
    """Instruments that count contracts by name, as first listed."""
    found: dict[str, Instrument] = {}
    for path in files_of(venue):
        for event in stated_in(venue, path, MOST):
            if not isinstance(event, Listing) or units_of(event.listed) is None:
                continue
            # A list without its address may be that of a sister market.
            sister = event.listed.kind is Kind.INVERSE and event.listed.quote == "USDT"
            if not sister and re.fullmatch(VENUES[venue].symbols, event.listed.symbol):
                found.setdefault(event.instrument, event.listed)
    return found


class Follower:
    """A market that takes facts in contracts, and what each should be in base currency."""

    def __init__(self, listed: Instrument) -> None:
        self.market = Market(listed.id)
        self.market.apply(Listing(listed.id, 0, listed))
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.interest: OpenInterest | None = None

    def take(self, event: Event) -> None:
        """Apply a fact and check what has become of it."""
        market = self.market
        market.apply(event)
        match event:
            case Trade():
                assert market.last is not None
                assert abs(market.last.lots) == in_lots(market, event.size, event.price)
            case BookSnapshot() | BookDelta():
                self._follow(event)
            case BookTicker():
                assert market.quote is not None
                self._same(market.quote.bid_size, event.bid_size, event.bid)
                self._same(market.quote.ask_size, event.ask_size, event.ask)
            case Liquidation():
                self._same(market.forced[-1].size, event.size, event.price)
            case OpenInterest():
                self._interest(event)
            case Kline():
                self._bar(event)
            case Ticker():
                assert market.ticker is not None
                self._between(market.ticker.volume, event)

    def done(self) -> None:
        """Check the book that is left."""
        book = self.market.book
        if book is not None:
            for side, levels in zip(book.standing(), (self.bids, self.asks), strict=True):
                lots = dict(zip(side.ticks.tolist(), side.lots.tolist(), strict=True))
                assert lots == side_in_lots(self.market, levels)

    def _follow(self, event: BookSnapshot | BookDelta) -> None:
        for side, levels in ((self.bids, event.bids), (self.asks, event.asks)):
            if isinstance(event, BookSnapshot):
                side.clear()
            side.update(levels)
            for price in [price for price, size in side.items() if not size]:
                del side[price]

    def _same(self, ours: float, stated: float, price: float) -> None:
        if not price:
            assert ours == 0
            return
        assert self.market.instrument is not None
        lot = self.market.instrument.lot_size
        assert abs(Decimal(repr(ours)) - in_lots(self.market, stated, price) * lot) < lot / 1000

    def _interest(self, event: OpenInterest) -> None:
        """What was stated for the latest time counts: files of several years are read."""
        if self.interest is None or event.ts_event >= self.interest.ts_event:
            self.interest = event
        event = self.interest
        ours, mark, last = self.market.open_interest, self.market.mark, self.market.last
        assert self.market.instrument is not None
        price = None if last is None else float(self.market.instrument.price(last.ticks))
        price = price if mark is None else mark.price
        if ours is None:
            assert price is None
        else:
            self._same(ours.size, event.size, price or 1.0)

    def _bar(self, event: Kline) -> None:
        interval = INTERVALS.get(event.interval)
        if interval is None or event.start % interval:
            return
        assert self.market.listed is not None
        alone = Market(self.market.id)
        alone.apply(Listing(self.market.id, 0, self.market.listed))
        alone.apply(event)
        (bar,) = alone.bars(TimeBasis(interval)).last(1)
        assert alone.instrument is not None
        self._between(float(alone.instrument.size(bar.volume)), event)

    def _between(self, ours: float, event: Kline | Ticker) -> None:
        """A volume is worth no more than at its lowest price, and no less than at its highest."""
        units = None if self.market.listed is None else units_of(self.market.listed)
        assert units is not None
        if not units.exact and units.listed.kind is Kind.LINEAR:
            return  # pays in a third currency, whose price was another when this was traded
        low = event.low or event.last if isinstance(event, Ticker) else event.low
        most = in_base(self.market, event.volume, low) * Decimal("1.000001")
        least = in_base(self.market, event.volume, event.high or low) * Decimal("0.999999")
        assert least - DIGIT <= Decimal(repr(ours)) <= most + DIGIT, event


@pytest.mark.parametrize("venue", VENUES)
def test_recorded_sizes_in_contracts_are_what_they_are_worth(venue: str) -> None:
    known, count = listings(venue), Counter[type[Event]]()
    for path in files_of(venue):
        followers: dict[str, Follower] = {}
        for event in stated_in(venue, path, MOST):
            listed = known.get(event.instrument)
            if listed is not None and not isinstance(event, Listing):
                follower = followers.setdefault(event.instrument, Follower(listed))
                follower.take(event)
                count[type(event)] += 1
        for follower in followers.values():
            follower.done()
    for kind, least in COUNTS.get(venue, {}).items():
        assert count[kind] >= least, kind
