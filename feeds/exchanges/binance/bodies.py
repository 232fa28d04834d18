"""Rows of Binance's REST bodies: each struct is one row and says what it states in our words."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.binance.wire import (
    Count,
    Price,
    Rate,
    Size,
    Stated,
    Time,
    finite,
    nanoseconds,
)
from market.events import (
    BookTicker,
    FundingRate,
    Kline,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
from market.instrument import Kind

INTERVALS = {
    "1s": 1,
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14400,
    "6h": 21600,
    "8h": 28800,
    "12h": 43200,
    "1d": 86400,
    "3d": 259200,
    "1w": 604800,
}
"""Seconds of each bar that has a fixed length; "1M" has none."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a body does not say itself: who was asked, for what, and when the answer came."""

    venue: str
    kind: Kind
    now: int
    symbol: str = "?"
    interval: str = ""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one asked for."""
        return f"{self.venue}:{symbol or self.symbol}"


class TradeRow(Struct, gc=False):
    """A print of `trades` or `historicalTrades`.

    {"id":229020336,"isBuyerMaker":false,"price":"11494.06","qty":"0.007","quoteQty":"80.45",
    "time":1602819641313}
    """

    id: Count
    isBuyerMaker: bool
    price: Price
    qty: Size
    time: Time

    def events(self, about: Context) -> Stated:
        side = Side.SELL if self.isBuyerMaker else Side.BUY
        time, name = nanoseconds(self.time), str(self.id)
        return (Trade(about.instrument(), time, about.now, name, self.price, self.qty, side),)


class AggTradeRow(Struct, gc=False):
    """A print of `aggTrades`.

    {"T":1602819697783,"a":19427407,"f":42831257,"l":42831257,"m":true,"p":"49.73",
    "q":"0.001"}
    """

    T: Time
    a: Count
    m: bool
    p: Price
    q: Size

    def events(self, about: Context) -> Stated:
        side = Side.SELL if self.m else Side.BUY
        time, name = nanoseconds(self.T), str(self.a)
        return (Trade(about.instrument(), time, about.now, name, self.p, self.q, side),)


class DayTickerRow(Struct, gc=False):
    """24 h statistics of `ticker/24hr`; of COIN-M with a baseVolume and no quoteVolume.

    {"closeTime":1630042423017,"highPrice":"47688.88","lastPrice":"47028.59",
    "lowPrice":"46280.00","openPrice":"47184.22","quoteVolume":"..","symbol":"BTCUSDT",
    "volume":"..", ...}
    """

    symbol: str
    closeTime: Time
    lastPrice: Size
    openPrice: Size
    highPrice: Size
    lowPrice: Size
    volume: Size
    quoteVolume: Decimal | None = None

    def events(self, about: Context) -> Stated:
        prices = (self.lastPrice, self.openPrice, self.highPrice, self.lowPrice)
        time = nanoseconds(self.closeTime)
        turnover = None if self.quoteVolume is None else finite(self.quoteVolume)
        name = about.instrument(self.symbol)
        return (Ticker(name, time, about.now, *prices, self.volume, turnover),)


class BookTickerRow(Struct, gc=False):
    """Best bid and ask of `ticker/bookTicker`; without time on spot.

    {"askPrice":"19116.50","askQty":"0.384","bidPrice":"19115.95","bidQty":"0.274",
    "symbol":"BTCUSDT","time":1607294182164}
    """

    symbol: str
    bidPrice: Size
    bidQty: Size
    askPrice: Size
    askQty: Size
    time: Time | None = None

    def events(self, about: Context) -> Stated:
        time = None if self.time is None else nanoseconds(self.time)
        best = (self.bidPrice, self.bidQty, self.askPrice, self.askQty)
        return (BookTicker(about.instrument(self.symbol), time, about.now, *best, None),)


class PremiumIndexRow(Struct, gc=False):
    """Mark, index and funding of `premiumIndex`; dated contracts have an empty rate, due at 0.

    {"indexPrice":"26798.25197802","lastFundingRate":"0.00001226","markPrice":"26780.82240476",
    "nextFundingTime":1687248000000,"symbol":"BTCUSDT","time":1687244112000, ...}
    """

    symbol: str
    markPrice: Size
    indexPrice: Size
    lastFundingRate: Rate | Literal[""]
    nextFundingTime: Time
    time: Time

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.symbol), nanoseconds(self.time)
        mark = MarkPrice(name, time, about.now, self.markPrice, self.indexPrice)
        if isinstance(self.lastFundingRate, str):
            return (mark,)
        due = nanoseconds(self.nextFundingTime) or None
        return (mark, FundingRate(name, time, about.now, self.lastFundingRate, due))


class FundingRateRow(Struct, gc=False):
    """A settled funding rate of `fundingRate`.

    {"fundingRate":"-0.00022270","fundingTime":1600128000000,"symbol":"BTCUSDT"}
    """

    symbol: str
    fundingRate: Rate
    fundingTime: Time

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.symbol), nanoseconds(self.fundingTime)
        return (FundingRate(name, time, about.now, self.fundingRate, None),)


class OpenInterestRow(Struct, gc=False):
    """The open interest now, of `openInterest`.

    {"openInterest":"83782.317","symbol":"BTCUSDT","time":1702244985273}
    """

    symbol: str
    openInterest: Size
    time: Time

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.symbol), nanoseconds(self.time)
        return (OpenInterest(name, time, about.now, self.openInterest),)


class OpenInterestPointRow(Struct, gc=False):
    """A past open interest of `openInterestHist`.

    {"sumOpenInterest":"286060.67400000","sumOpenInterestValue":"13151177.54493120",
    "symbol":"LTCUSDT","timestamp":1602028800000}
    """

    sumOpenInterest: Size
    timestamp: Time
    symbol: str = ""
    """Not on COIN-M, which states a pair and a type of contract."""

    def events(self, about: Context) -> Stated:
        name, time = about.instrument(self.symbol), nanoseconds(self.timestamp)
        return (OpenInterest(name, time, about.now, self.sumOpenInterest),)


class KlineRow(Struct, gc=False, array_like=True):
    """A bar of `klines`: an array, not an object.

    [1602669900000,"50.49","50.52","50.31","50.33","3811.648",1602670199999,"192171.59398",
    1517,"956.116","48217.57292","0"]
    """

    start: Time
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Size
    last: Time
    turnover: Decimal
    trades: Count
    bought: Size
    turnover_bought: Decimal
    ignore: str = ""
    forming: bool = False
    """Not on the wire: set for a list's last row, whose bar may not have ended."""

    def events(self, about: Context) -> Stated:
        name = about.instrument()
        if not self.low:
            return (Ignored(name, "kline without a price"),)
        start, end = nanoseconds(self.start), nanoseconds(self.last + 1)
        interval = about.interval or _interval(end - start)
        prices = (self.open, self.high, self.low, self.close)
        volumes = (self.volume, self.bought, finite(self.turnover))
        closed = not self.forming or end <= about.now
        bar = (start, end, *prices, *volumes, self.trades, closed)
        return (Kline(name, None, about.now, interval, *bar),)


def _interval(length: int) -> str:
    """The name of a bar's length in ns. Months differ in length; all else does not."""
    for name, seconds in INTERVALS.items():
        if length == seconds * 1_000_000_000:
            return name
    return "1M"
