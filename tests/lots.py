"""Lots: what a size stated by a venue is in base currency, by the plainest reading of it.

Reckoned in decimals, and apart from `market.units`, which it is there to test.
"""

from collections.abc import Mapping
from decimal import Decimal

from market.instrument import Kind
from market.market import Market


def in_base(market: Market, size: float, price: float) -> Decimal:
    """So much of what the venue counts, at a price: contracts are worth what the listing says."""
    stated, listed = Decimal(repr(size)), market.listed
    if listed is None or listed.contract_size is None:
        return stated
    worth = stated * listed.contract_size
    return worth / Decimal(repr(price)) if listed.kind is Kind.INVERSE else worth


def in_lots(market: Market, size: float, price: float) -> int:
    """The nearest number of the market's lots, at least one of anything."""
    instrument = market.instrument
    assert instrument is not None
    lots = round(in_base(market, size, price) / instrument.lot_size)
    return max(lots, 1) if size else 0


def side_in_lots(market: Market, levels: Mapping[float, float]) -> dict[int, int]:
    """Lots by ticks of one side of a book as a venue states it."""
    instrument = market.instrument
    assert instrument is not None
    return {instrument.ticks(price): in_lots(market, size, price) for price, size in levels.items()}
