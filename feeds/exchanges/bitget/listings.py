"""Bitget's lists of instruments, of today's API and the one before, and other rows of bodies."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from feeds.adapter import Ignored
from feeds.exchanges.bitget.wire import Context, Stated, exact
from feeds.fields import Rate, Size, Time, amount, nanoseconds
from market.events import FundingRate, Listing, OpenInterest
from market.instrument import Instrument

Places = Annotated[int, Meta(ge=0, le=20)]


class InstrumentRow(Struct, gc=False):
    """An instrument of `market/instruments`; spot may leave out the multipliers.

    {"symbol":"NVDAUSDT","category":"USDT-FUTURES","baseCoin":"NVDA","quoteCoin":"USDT",
    "pricePrecision":"2","quantityPrecision":"2","priceMultiplier":"0.01",
    "quantityMultiplier":"0.01","type":"perpetual","status":"online", ...}
    """

    symbol: str
    baseCoin: str
    quoteCoin: str
    pricePrecision: Places
    quantityPrecision: Places
    priceMultiplier: str = ""
    quantityMultiplier: str = ""

    def events(self, about: Context) -> Stated:
        tick = _step(self.priceMultiplier, self.pricePrecision, about)
        lot = _step(self.quantityMultiplier, self.quantityPrecision, about)
        return _listing(self.symbol, tick, lot, (self.baseCoin, self.quoteCoin), about)


class ContractRow(Struct, gc=False):
    """A future of `mix/market/contracts`; the tick is so many of the last decimal.

    {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","priceEndStep":"1","pricePlace":"1",
    "volumePlace":"2","sizeMultiplier":"0.01", ...}
    """

    symbol: str
    baseCoin: str
    quoteCoin: str
    priceEndStep: Decimal
    pricePlace: Places
    volumePlace: Places
    sizeMultiplier: str = ""

    def events(self, about: Context) -> Stated:
        tick = amount(self.priceEndStep, about.venue) * Decimal(1).scaleb(-self.pricePlace)
        lot = _step(self.sizeMultiplier, self.volumePlace, about)
        return _listing(self.symbol, tick, lot, (self.baseCoin, self.quoteCoin), about)


class PaidRow(Struct, gc=False):
    """A funding rate of the past, or the one of now, which has no time.

    {"symbol":"BTCUSDT","fundingRate":"0.0005","fundingTime":"1695776400000"}
    """

    symbol: str
    fundingRate: Rate
    fundingTime: Time | None = None

    def events(self, about: Context) -> Stated:
        time = about.time if self.fundingTime is None else nanoseconds(self.fundingTime)
        name = about.instrument(self.symbol)
        return (FundingRate(name, time, about.now, self.fundingRate, None),)


class Held(Struct, gc=False):
    """{"symbol":"BTCUSDT","size":"34278.06"}."""

    symbol: str
    size: Size


class InterestBody(Struct, gc=False):
    """{"openInterestList":[{"symbol":"BTCUSDT","size":"34278.06"}],"ts":"1695796781616"}."""

    openInterestList: list[Held]
    ts: Time

    def events(self, about: Context) -> Stated:
        time = nanoseconds(self.ts)
        return tuple(
            OpenInterest(about.instrument(row.symbol), time, about.now, row.size)
            for row in self.openInterestList
        )


def _step(stated: str, places: int, about: Context) -> Decimal:
    """A step as it is stated, else one of the last decimal."""
    return exact(stated, about.venue) or Decimal(1).scaleb(-places)


def _listing(
    symbol: str, tick: Decimal, lot: Decimal, coins: tuple[str, str], about: Context
) -> Stated:
    if not tick:
        return (Ignored(about.instrument(symbol), "not traded yet"),)
    grid, market = (tick.normalize(), lot.normalize()), about.market
    listed = Instrument(about.venue, symbol + market.ending, *grid, *coins, market.kind)
    return (Listing(listed.id, about.now, listed),)
