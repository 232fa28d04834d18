"""Rows of Bybit's REST bodies: each struct is one row and says what it states in our words."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from feeds.adapter import Ignored
from feeds.exchanges.bybit.markets import INTERVALS
from feeds.exchanges.bybit.wire import TAKER, About, Day, Stated, one_side
from feeds.fields import Blank, Levels, Price, Rate, Sequence, Size, Time, amount, nanoseconds
from market.events import BookSnapshot, FundingRate, Kline, OpenInterest, Trade
from market.instrument import Instrument

_SECOND = 1_000_000_000


class BookBody(Struct, gc=False):
    """The `result` of `orderbook`; its number is that of the stream of 1000 levels.

    {"s":"BTCUSDT","b":[["62710.2","5.52"]],"a":[["62710.3","0.01"]],"ts":1709199771584,
    "u":243781,"seq":3887177875,"cts":1709199771580}
    """

    s: str
    b: Levels
    a: Levels
    ts: Time
    u: Sequence
    cts: Time | None = None

    def events(self, about: About, time: int) -> Stated:
        stated = nanoseconds(self.ts if self.cts is None else self.cts)
        name = about.instrument(self.s)
        return (BookSnapshot(name, stated, about.now, self.b, self.a, self.u),)


class PrintRow(Struct, gc=False):
    """A print of `recent-trade`; the newest comes first.

    {"execId":"2100000000007764263","symbol":"BTCUSDT","price":"16618.49","size":"0.00012",
    "side":"Buy","time":"1672052955758","isBlockTrade":false}
    """

    execId: str
    symbol: str
    price: Price
    size: Size
    side: Literal["Buy", "Sell"]
    time: Time
    isBlockTrade: bool

    def events(self, about: About, time: int) -> Stated:
        name, when = about.instrument(self.symbol), nanoseconds(self.time)
        if self.isBlockTrade:
            return (Ignored(name, "a block trade"),)
        side = TAKER[self.side]
        return (Trade(name, when, about.now, self.execId, self.price, self.size, side),)


class DayRow(Day, gc=False):
    """A market of `tickers`: the fields of the stream, at the time of the answer."""

    def events(self, about: About, time: int, changed: Day | None = None) -> Stated:
        stated = super().events(about, time, changed)
        return stated or (Ignored(about.instrument(self.symbol), "nothing that is used"),)


class FundingRow(Struct, gc=False):
    """A settled funding rate of `funding/history`.

    {"symbol":"ETHPERP","fundingRate":"0.0001","fundingRateTimestamp":"1672041600000"}
    """

    symbol: str
    fundingRate: Rate
    fundingRateTimestamp: Time

    def events(self, about: About, time: int) -> Stated:
        name, paid = about.instrument(self.symbol), nanoseconds(self.fundingRateTimestamp)
        return (FundingRate(name, paid, about.now, self.fundingRate, None),)


class InterestRow(Struct, gc=False):
    """A past open interest of `open-interest`.

    {"openInterest":"461134384.00000000","timestamp":"1669571400000"}
    """

    timestamp: Time
    openInterest: Size | Blank = ""
    singleOpenInterest: Size | Blank = ""

    def events(self, about: About, time: int) -> Stated:
        size = one_side(self.openInterest, self.singleOpenInterest, about.market.kind)
        if size is None:
            return (Ignored(about.instrument(), "open interest without a number"),)
        when = nanoseconds(self.timestamp)
        return (OpenInterest(about.instrument(), when, about.now, size),)


class CandleRow(Struct, gc=False, array_like=True):
    """A bar of `kline`: an array, not an object; the newest comes first.

    ["1670608800000","17071","17073","17027","17055.5","268611","15.74462667"]
    """

    start: Time
    open: Size
    high: Size
    low: Size
    close: Size
    volume: Decimal
    turnover: Decimal

    def bar(self, about: About, time: int) -> Kline | Ignored:
        """The bar, closed if it had ended when the venue answered."""
        name, volume = about.instrument(), amount(self.volume, about.venue)
        if about.interval not in INTERVALS or not self.low:
            return Ignored(name, "kline without a known length or a price")
        interval, seconds = INTERVALS[about.interval]
        start = nanoseconds(self.start)
        end = start + seconds * _SECOND if seconds else _month_after(start)
        prices = (self.open, self.high, self.low, self.close)
        traded = about.quote_volume(volume, self.turnover)
        volumes = (float(volume), None, traded, None)
        bar = (interval, start, end, *prices, *volumes, end <= time)
        return Kline(name, time, about.now, *bar, about.base_volume(self.turnover))


class _Prices(Struct, gc=False):
    tickSize: Decimal


class _Lots(Struct, gc=False):
    qtyStep: Decimal | None = None
    """Of contracts."""
    basePrecision: Decimal | None = None
    """Of spot."""


class ListedRow(Struct, gc=False):
    """An instrument of `instruments-info`.

    {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","priceFilter":{"tickSize":"0.10"},
    "lotSizeFilter":{"qtyStep":"0.001", ...}, "contractType":"LinearPerpetual", ...}
    """

    symbol: str
    baseCoin: str
    quoteCoin: str
    priceFilter: _Prices
    lotSizeFilter: _Lots

    def instrument(self, about: About) -> Instrument | None:
        """The instrument with its grids; None where the venue states none."""
        lots = self.lotSizeFilter
        tick = amount(self.priceFilter.tickSize, about.venue)
        lot = amount(lots.qtyStep or lots.basePrecision or Decimal(0), about.venue)
        if not tick or not lot:
            return None
        grid = (tick.normalize(), lot.normalize())
        coins = (self.baseCoin, self.quoteCoin)
        kind, contract = about.market.kind, about.market.contract_size
        return Instrument(about.venue, self.symbol, *grid, *coins, kind, contract)


def _month_after(start: int) -> int:
    """The end of a month that begins at a time in ns."""
    begin = datetime.fromtimestamp(start // _SECOND, UTC)
    month = begin.replace(day=1, year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    return int(month.timestamp()) * _SECOND
