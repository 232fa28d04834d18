"""Units: how an instrument's sizes become base currency, where a venue counts contracts.

A contract of a linear instrument is a fixed amount of base currency: sizes in it lie on an exact
grid of lots. One of an inverse instrument is a fixed amount of quote currency, whose worth in base
follows the price: a trade counts at its own price and a level at the level's, in lots so small
that rounding to them changes no order by more than a thousandth or so.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Kline,
    Liquidation,
    OpenInterest,
    Ticker,
    Trade,
)
from market.grid import EXACT
from market.instrument import Instrument, Kind

Integers = NDArray[np.int64]
_Book = TypeVar("_Book", BookSnapshot, BookDelta)

_TICKS_A_PRICE = 1_000_000
"""Prices are seldom more ticks than that: what a contract is worth in base at least."""
_PARTS = 1000
"""Lots in the smallest order at such a price."""
_DIGITS = 9
"""A linear contract of more digits has no grid of its own: its worth follows some price."""

_MOST = 1e200
"""More than can be counted in lots of any size, and yet a number."""


@dataclass(frozen=True, slots=True)
class Units:
    """What a contract is worth, and what the sizes of events in contracts are in base currency.

    `listed` is the instrument as its venue lists it, with lots of contracts and a contract size.
    Sizes that are not exactly lots of `instrument` are rounded to the nearest, and none to nothing.
    """

    listed: Instrument
    exact: bool = field(init=False)
    """Whether a contract is a whole number of lots at every price."""
    instrument: Instrument = field(init=False)
    """The instrument with lots of base currency."""
    _worth: tuple[float, float] = field(init=False, repr=False)
    """The contract size as a quotient: dividing by 10,000 is exact where times 0.0001 is not."""

    def __post_init__(self) -> None:
        contract = self.listed.contract_size
        assert contract is not None
        lot = (self.listed.lot_size * contract).normalize()
        inverse = self.listed.kind is Kind.INVERSE
        exact = not inverse and len(lot.as_tuple().digits) <= _DIGITS
        if not exact:
            least = lot / (self.listed.tick_size * _TICKS_A_PRICE) if inverse else lot
            lot = min(Decimal(1), Decimal(1).scaleb(least.adjusted()) / _PARTS)
        numerator, denominator = contract.as_integer_ratio()
        object.__setattr__(self, "exact", exact)
        object.__setattr__(self, "instrument", replace(self.listed, lot_size=lot))
        object.__setattr__(self, "_worth", (float(numerator), float(denominator)))

    def size(self, size: float, price: float) -> float:
        """So many contracts at a price, in base currency."""
        above, below = self._worth
        worth = size * above / below
        if self.exact:
            return worth
        if self.listed.kind is Kind.INVERSE:
            worth = worth / price if price else 0.0
        return self._rounded(worth)

    def trade(self, trade: Trade) -> Trade:
        """The trade in base currency."""
        return structs.replace(trade, size=self.size(trade.size, trade.price))

    def book(self, book: _Book) -> _Book:
        """The levels in base currency, each at its price."""
        size = self.size
        bids, asks = (
            [(at, size(many, at)) for at, many in side] for side in (book.bids, book.asks)
        )
        return structs.replace(book, bids=bids, asks=asks)

    def quote(self, quote: BookTicker) -> BookTicker:
        """The best bid and ask in base currency, each at its price."""
        bid, ask = self.size(quote.bid_size, quote.bid), self.size(quote.ask_size, quote.ask)
        return structs.replace(quote, bid_size=bid, ask_size=ask)

    def liquidation(self, order: Liquidation) -> Liquidation:
        """The forced order in base currency."""
        return structs.replace(order, size=self.size(order.size, order.price))

    def kline(self, kline: Kline) -> Kline:
        """The bar in base currency: as the venue states it, else at the middle of its prices."""
        middle = (kline.open + kline.high + kline.low + kline.close) / 4
        volume, bought = self._volume(kline, middle), kline.buy_volume
        if bought is not None:
            share = bought / kline.volume if kline.volume else 0.0
            bought = self.size(bought, middle) if self.exact else self._rounded(volume * share)
        return structs.replace(kline, volume=volume, buy_volume=bought)

    def ticker(self, ticker: Ticker) -> Ticker:
        """The day in base currency: as the venue states it, else at the last price."""
        return structs.replace(ticker, volume=self._volume(ticker, ticker.last))

    def interest(self, interest: OpenInterest, price: float | None) -> OpenInterest | None:
        """The open contracts in base currency at a price; None where it takes one that is not."""
        if price is None and self.listed.kind is Kind.INVERSE:
            return None
        return structs.replace(interest, size=self.size(interest.size, price or 0.0))

    def lots(self, old: Instrument, ticks: Integers, lots: Integers) -> Integers:
        """Lots of contracts of an inferred instrument, in lots of what `taken_over` makes of it."""
        scale = self.taken_over(old).size_scale
        tick, lot = float(old.tick_size), float(old.lot_size)
        pairs = zip(ticks.tolist(), lots.tolist(), strict=True)
        worth = [self.size(abs(many) * lot, at * tick) * scale for at, many in pairs]
        return np.copysign(np.rint(worth), lots).astype(np.int64)

    def taken_over(self, inferred: Instrument) -> Instrument:
        """An instrument inferred from sizes in contracts, with lots of base currency."""
        contract = self.listed.contract_size
        assert contract is not None
        lot = inferred.lot_size * contract if self.exact else self.instrument.lot_size
        return replace(inferred, lot_size=lot)

    def _volume(self, stated: Kline | Ticker, price: float) -> float:
        if self.exact or stated.base_volume is None:
            return self.size(stated.volume, price)
        return self._rounded(stated.base_volume)

    def _rounded(self, worth: float) -> float:
        """The nearest whole number of lots, at least one of anything."""
        scale = self.instrument.size_scale
        if not worth or worth * scale > EXACT:
            return min(worth, _MOST)
        return max(1, round(worth * scale)) / scale


def units_of(listed: Instrument) -> Units | None:
    """The units of a listed instrument, None where its sizes already are base currency."""
    linear = listed.kind is not Kind.INVERSE
    if listed.contract_size is None or (linear and listed.contract_size == 1):
        return None
    return Units(listed)
