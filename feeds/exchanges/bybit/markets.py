"""Bybit's markets: what differs between them, one row each."""

from dataclasses import dataclass
from decimal import Decimal

from feeds.adapter import Channel
from market.instrument import Kind


@dataclass(frozen=True, slots=True)
class Market:
    """One market's spelling of the same protocol."""

    category: str
    """The market's name in requests and bodies."""
    kind: Kind
    topics: dict[Channel, str]
    """The topic of each channel, before `.SYMBOL`; that of klines is followed by the interval."""
    contract_size: Decimal | None = None
    """Quote currency in one contract, where sizes are counted in such contracts."""


BOOK_DEPTH = 1000
"""Levels a side of the book that is subscribed, every 200 ms. Fewer come more often."""

_SPOT = {
    Channel.BOOK: f"orderbook.{BOOK_DEPTH}",
    Channel.BOOK_TICKER: "orderbook.1",
    Channel.KLINES: "kline",
    Channel.TICKER: "tickers",
    Channel.TRADES: "publicTrade",
}
_DERIVATIVES = _SPOT | {Channel.LIQUIDATIONS: "allLiquidation", Channel.MARK_PRICE: "tickers"}

MARKETS: dict[str, Market] = {
    "bybit": Market("spot", Kind.SPOT, _SPOT),
    "bybit-inverse": Market("inverse", Kind.INVERSE, _DERIVATIVES, Decimal(1)),
    "bybit-linear": Market("linear", Kind.LINEAR, _DERIVATIVES),
}
"""Every market by the name of its venue, sorted."""

INTERVALS: dict[str, tuple[str, int]] = {
    "1": ("1m", 60),
    "3": ("3m", 180),
    "5": ("5m", 300),
    "15": ("15m", 900),
    "30": ("30m", 1800),
    "60": ("1h", 3600),
    "120": ("2h", 7200),
    "240": ("4h", 14400),
    "360": ("6h", 21600),
    "720": ("12h", 43200),
    "D": ("1d", 86400),
    "W": ("1w", 604800),
    "M": ("1M", 0),
}
"""Our name and the seconds of each of the venue's intervals; a month has no fixed length."""

_FINER = {"1s": "1", "8h": "240", "3d": "D"}
"""Where the venue has no such interval, one that such bars can be made of; of a second, nothing."""

SPELLING = {name: code for code, (name, _) in INTERVALS.items()} | _FINER
"""The venue's interval for each of ours."""

INTEREST_STEPS = {
    "5m": "5min", "15m": "15min", "30m": "30min", "1h": "1h", "4h": "4h", "1d": "1d",
}  # fmt: skip
"""The venue's spelling of the steps in which it tells of past open interest."""
