"""Bitget's markets: how each is named in frames, requests and in symbols of ours.

The same symbol is traded on spot and as a future. The venue's first API told them apart by an
ending, which stands in the symbols of ours: BTCUSDT is spot, BTCUSDT_UMCBL the future.
"""

from dataclasses import dataclass
from typing import Final

from market.instrument import Kind


@dataclass(frozen=True, slots=True)
class Market:
    """One market's names."""

    name: str
    """As `instType` has it; in upper case it is a request's `category`."""
    ending: str
    """What our symbols end with."""
    kind: Kind

    @property
    def category(self) -> str:
        """The market's name in requests."""
        return self.name.upper()


SPOT: Final = Market("spot", "", Kind.SPOT)
USDT: Final = Market("usdt-futures", "_UMCBL", Kind.LINEAR)
USDC: Final = Market("usdc-futures", "_CMCBL", Kind.LINEAR)
COIN: Final = Market("coin-futures", "_DMCBL", Kind.INVERSE)

MARKETS: dict[str, Market] = {market.name: market for market in (COIN, SPOT, USDC, USDT)}

INTERVALS: dict[str, tuple[str, int]] = {
    "1m": ("1m", 60),
    "3m": ("3m", 180),
    "5m": ("5m", 300),
    "15m": ("15m", 900),
    "30m": ("30m", 1800),
    "1H": ("1h", 3600),
    "2H": ("2h", 7200),
    "4H": ("4h", 14400),
    "6H": ("6h", 21600),
    "12H": ("12h", 43200),
    "1D": ("1d", 86400),
    "3D": ("3d", 259200),
    "1W": ("1w", 604800),
    "1min": ("1m", 60),
    "3min": ("3m", 180),
    "5min": ("5m", 300),
    "15min": ("15m", 900),
    "30min": ("30m", 1800),
    "1h": ("1h", 3600),
    "4h": ("4h", 14400),
    "6h": ("6h", 21600),
    "12h": ("12h", 43200),
    "1day": ("1d", 86400),
    "3day": ("3d", 259200),
    "1week": ("1w", 604800),
}
"""Our name and the seconds of each of the venue's intervals, first as frames spell them."""

SPELLING: dict[str, str] = {
    "1m": "1m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1h": "1H",
    "4h": "4H",
    # Of some symbols there are no bars of three minutes.
    "1s": "1m",
    "3m": "1m",
    "2h": "1H",
    # Longer bars begin by the clock of Hong Kong: ours are made of these.
    "6h": "1H",
    "8h": "4H",
    "12h": "4H",
    "1d": "4H",
    "3d": "4H",
    "1w": "4H",
    "1M": "4H",
}
"""The venue's interval that serves each of ours."""


def split(symbol: str) -> tuple[Market, str]:
    """The market of a symbol of ours, and what it is called there."""
    for market in (USDT, USDC, COIN):
        if symbol.endswith(market.ending):
            return market, symbol.removesuffix(market.ending)
    return SPOT, symbol


def guess_future(name: str) -> Market:
    """The market of a future whose market is not said: the names of each look otherwise."""
    if name.endswith("USDT"):
        return USDT
    return USDC if name.endswith(("PERP", "USDC")) else COIN


def interval_of(spelling: str) -> str:
    """Our name of an interval as the venue spells it; "" where it is none of ours."""
    return INTERVALS.get(spelling.removesuffix("utc"), ("", 0))[0]
