"""Binance's markets: what differs between them, one row each."""

from dataclasses import dataclass

from feeds.adapter import Channel
from market.instrument import Kind


@dataclass(frozen=True, slots=True)
class Market:
    """One market's spelling of the same protocol."""

    kind: Kind
    api: str
    """Start of the REST paths."""
    depth: int
    """Levels a side of a book's snapshot."""
    depth_weight: int
    klines_weight: int
    """For up to 499 bars."""
    trades_weight: int
    """For aggregated trades by their numbers."""
    listing_weight: int
    listing_by_symbol: bool
    """Whether one symbol's listing can be asked for; else the list is always whole."""
    inclusive: bool
    """Whether the change that ends exactly at the snapshot is applied too."""
    untagged_tickers: bool
    """Whether a book ticker's payload does not say what it is."""
    streams: dict[Channel, str]
    """The stream of each channel, after `symbol@`; that of klines is followed by the interval."""


_SPOT = {
    Channel.BOOK: "depth@100ms",
    Channel.BOOK_TICKER: "bookTicker",
    Channel.KLINES: "kline_",
    Channel.TICKER: "ticker",
    Channel.TRADES: "aggTrade",
}
_FUTURES = _SPOT | {Channel.LIQUIDATIONS: "forceOrder", Channel.MARK_PRICE: "markPrice@1s"}

MARKETS: dict[str, Market] = {
    "binance": Market(
        kind=Kind.SPOT,
        api="/api/v3",
        depth=5000,
        depth_weight=250,
        klines_weight=2,
        trades_weight=4,
        listing_weight=20,
        listing_by_symbol=True,
        inclusive=False,
        untagged_tickers=True,
        streams=_SPOT,
    ),
    "binance-coinm": Market(
        kind=Kind.INVERSE,
        api="/dapi/v1",
        depth=1000,
        depth_weight=20,
        klines_weight=5,
        trades_weight=20,
        listing_weight=1,
        listing_by_symbol=False,
        inclusive=True,
        untagged_tickers=False,
        streams=_FUTURES,
    ),
    "binance-usdm": Market(
        kind=Kind.LINEAR,
        api="/fapi/v1",
        depth=1000,
        depth_weight=20,
        klines_weight=5,
        trades_weight=20,
        listing_weight=1,
        listing_by_symbol=False,
        inclusive=True,
        untagged_tickers=False,
        streams=_FUTURES,
    ),
}
"""Every market by the name of its venue, sorted."""

INTEREST_STEPS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
"""Steps in which the venue tells of past open interest."""
