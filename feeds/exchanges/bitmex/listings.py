"""BitMEX's instruments: what trades there, on which grids, and what a contract is worth."""

from decimal import Decimal

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.bitmex.wire import Context, MarketRow, Stated
from feeds.fields import amount
from market.events import Listing
from market.instrument import Instrument, Kind

SPOT = "IFXXXP"
"""The type of what is no contract."""


class InstrumentRow(Struct, gc=False):
    """One instrument.

    Contracts of XBTUSD are worth so many dollars, those of XBTUSDT so much bitcoin. Quanto
    contracts pay so much bitcoin for each dollar that the price moves: what they are worth in base
    currency follows the price of bitcoin, and is stated as of now.

    {"symbol":"XBTUSD","typ":"FFWCSX","underlying":"XBT","quoteCurrency":"USD","lotSize":100,
    "tickSize":0.5,"multiplier":-100000000,"settlCurrency":"XBt","isQuanto":false,"isInverse":true,
    "underlyingToPositionMultiplier":null,"underlyingToSettleMultiplier":-100000000,
    "quoteToSettleMultiplier":null, ...}
    """

    symbol: str
    typ: str
    underlying: str
    quoteCurrency: str
    lotSize: Decimal | None = None
    tickSize: Decimal | None = None
    multiplier: Decimal | None = None
    isInverse: bool = False
    isQuanto: bool = False
    underlyingToPositionMultiplier: Decimal | None = None
    underlyingToSettleMultiplier: Decimal | None = None
    quoteToSettleMultiplier: Decimal | None = None

    def events(self, about: Context) -> Stated:
        name = about.instrument(self.symbol)
        if not self.typ.startswith(("F", "IFX")):
            return (Ignored(name, "an index or an option"),)
        tick, lot = _positive(self.tickSize, about), _positive(self.lotSize, about)
        if tick is None or lot is None:
            return (Ignored(name, "not traded yet"),)
        worth = self._worth(about)
        if worth is None:
            return (Ignored(name, "a contract of unknown worth"),)
        kind = Kind.SPOT if self.typ == SPOT else Kind.LINEAR
        kind = Kind.INVERSE if self.isInverse else kind
        names = (self.underlying, self.quoteCurrency)
        instrument = Instrument(about.venue, self.symbol, tick, lot, *names, kind, worth)
        return (Listing(name, about.now, instrument),)

    def _worth(self, about: Context) -> Decimal | None:
        """Quote currency of one inverse contract, base currency of any other."""
        size = _positive(self.multiplier, about)
        if self.isInverse:
            whole = _positive(self.underlyingToSettleMultiplier, about)
            return None if size is None or whole is None else _quotient(size, whole)
        count = None if self.isQuanto else _positive(self.underlyingToPositionMultiplier, about)
        if count is not None:
            return _quotient(Decimal(1), count)
        whole = _positive(self.quoteToSettleMultiplier, about)
        return None if size is None or whole is None else _quotient(size, whole)


class ActiveRow(Struct, gc=False):
    """An instrument with what is known of its market: a row of the REST service."""

    listed: InstrumentRow
    market: MarketRow

    @property
    def symbol(self) -> str:
        return self.listed.symbol

    def events(self, about: Context) -> Stated:
        listed = self.listed.events(about)
        if isinstance(listed[0], Ignored):
            return listed
        return (*listed, *self.market.changes(about, self.market))


def _positive(number: Decimal | None, about: Context) -> Decimal | None:
    """The size of a number, None where there is none or 0; inverse ones are written below zero."""
    return None if number is None else amount(abs(number), about.venue).normalize() or None


def _quotient(above: Decimal, below: Decimal) -> Decimal:
    return (above / below).normalize()
