"""Deribit's lists of instruments: what trades there, on which grids, and what sizes are in."""

from decimal import Decimal

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.deribit.names import is_combination, is_inverse
from feeds.exchanges.deribit.wire import Context, Stated
from feeds.fields import amount
from market.events import Listing
from market.instrument import Instrument, Kind


class InstrumentRow(Struct, gc=False):
    """One instrument. Far from its usual price an option has a coarser grid of the same multiples.

    {"tick_size":2.5,"quote_currency":"USD","min_trade_amount":10.0,"kind":"future",
    "instrument_type":"reversed","is_active":true,"instrument_name":"BTC-9MAY25",
    "counter_currency":"USD","contract_size":10.0,"base_currency":"BTC", ...}
    """

    instrument_name: str
    kind: str
    tick_size: Decimal
    min_trade_amount: Decimal
    base_currency: str
    quote_currency: str

    def events(self, about: Context) -> Stated:
        symbol = self.instrument_name
        name = about.instrument(symbol)
        if self.kind.endswith("combo") or is_combination(symbol):
            return (Ignored(name, "combinations are not followed"),)
        tick, lot = amount(self.tick_size, about.venue), amount(self.min_trade_amount, about.venue)
        if not tick or not lot:
            return (Ignored(name, "not traded yet"),)
        kind = Kind.SPOT if self.kind == "spot" else Kind.LINEAR
        if self.kind == "future" and is_inverse(symbol):
            kind = Kind.INVERSE
        worth = Decimal(1) if kind is Kind.INVERSE else None
        grids = (tick.normalize(), lot.normalize())
        names = (self.base_currency, self.quote_currency)
        instrument = Instrument(about.venue, symbol, *grids, *names, kind, worth)
        return (Listing(name, about.now, instrument),)
