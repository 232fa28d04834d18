"""Binance's lists of instruments: what trades there, on which grids."""

from decimal import Decimal

from msgspec import Struct

from feeds.exchanges.binance.wire import finite
from market.instrument import Instrument, Kind


class _Filter(Struct, gc=False):
    filterType: str
    tickSize: Decimal | None = None
    stepSize: Decimal | None = None


class _Symbol(Struct, gc=False):
    """One instrument of the list.

    {"symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT","filters":[{"filterType":
    "PRICE_FILTER","tickSize":"0.10", ...},{"filterType":"LOT_SIZE","stepSize":"0.001", ...}]}
    """

    symbol: str
    baseAsset: str
    quoteAsset: str
    filters: list[_Filter]
    contractSize: Decimal | None = None
    """COIN-M only: quote currency in one contract, the unit of all sizes there."""

    def instrument(self, venue: str, kind: Kind) -> Instrument | None:
        """The instrument with its grids; None where it has none, or its contract no worth."""
        filters = {row.filterType: row for row in self.filters}
        price, lot = filters.get("PRICE_FILTER"), filters.get("LOT_SIZE")
        tick_size = price.tickSize if price else None
        lot_size = lot.stepSize if lot else None
        if not tick_size or not lot_size:
            return None
        grid = (finite(tick_size).normalize(), finite(lot_size).normalize())
        contract = None
        if kind is Kind.INVERSE:
            if not self.contractSize:
                return None
            contract = finite(self.contractSize).normalize()
        names = (self.baseAsset, self.quoteAsset)
        return Instrument(venue, self.symbol, *grid, *names, kind, contract)


class ExchangeInfo(Struct, gc=False):
    """The body of `exchangeInfo`.

    {"serverTime":1626858243909,"symbols":[{"symbol":"BTCUSDT", ...}], ...}
    """

    symbols: list[_Symbol]

    def instruments(self, venue: str, kind: Kind) -> list[Instrument]:
        """Every instrument that has grids."""
        found = (row.instrument(venue, kind) for row in self.symbols)
        return [instrument for instrument in found if instrument]
