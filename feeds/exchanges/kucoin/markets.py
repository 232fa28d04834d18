"""KuCoin's markets: what differs between them, and how long bars are."""

from dataclasses import dataclass

from feeds.adapter import Channel


@dataclass(frozen=True, slots=True)
class Market:
    """One market's words and addresses."""

    topics: dict[Channel, str]
    """The topic of each channel."""
    book: str
    """The endpoint of books."""
    listing: str
    """The endpoint of one instrument."""
    bars: str
    """The endpoint of bars, with their interval and when they begin."""
    history: int
    """Bars asked for at the start."""
    looks: bool
    """Whether the endpoint of an instrument states open interest and the day, too."""


MARKETS: dict[str, Market] = {
    "kucoin": Market(
        {
            Channel.BOOK: "/market/level2:{symbol}",
            Channel.BOOK_TICKER: "/market/ticker:{symbol}",
            Channel.KLINES: "/market/candles:{symbol}_{interval}",
            Channel.TICKER: "/market/snapshot:{symbol}",
            Channel.TRADES: "/market/match:{symbol}",
        },
        "/api/v1/market/orderbook/level2_100?symbol={symbol}",
        "/api/v2/symbols/{symbol}",
        "/api/v1/market/candles?symbol={symbol}&type={interval}&startAt={seconds}",
        1500,
        False,
    ),
    "kucoin-futures": Market(
        {
            Channel.BOOK: "/contractMarket/level2:{symbol}",
            Channel.BOOK_TICKER: "/contractMarket/tickerV2:{symbol}",
            Channel.KLINES: "/contractMarket/limitCandle:{symbol}_{interval}",
            Channel.MARK_PRICE: "/contract/instrument:{symbol}",
            Channel.TICKER: "/contractMarket/snapshot:{symbol}",
            Channel.TRADES: "/contractMarket/execution:{symbol}",
        },
        "/api/v1/level2/snapshot?symbol={symbol}",
        "/api/v1/contracts/{symbol}",
        "/api/v1/kline/query?symbol={symbol}&granularity={minutes}&from={seconds}000",
        200,
        True,
    ),
}
"""Every market by the name of its venue, sorted."""

INTERVALS: dict[str, tuple[str, int]] = {
    "1min": ("1m", 60),
    "5min": ("5m", 300),
    "15min": ("15m", 900),
    "30min": ("30m", 1800),
    "1hour": ("1h", 3600),
    "2hour": ("2h", 7200),
    "4hour": ("4h", 14400),
    "8hour": ("8h", 28800),
    "12hour": ("12h", 43200),
    "1day": ("1d", 86400),
}
"""Our name and the seconds of each of the venue's intervals."""

SPELLING: dict[str, str] = {
    **{ours: theirs for theirs, (ours, _) in INTERVALS.items()},
    # Where the venue has no such bars, those that they can be made of.
    "1s": "1min",
    "3m": "1min",
    "6h": "2hour",
    "3d": "1day",
    "1w": "1day",
    "1M": "1day",
}
"""The venue's interval that serves each of ours."""
