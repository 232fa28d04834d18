"""Binance's past: aggregated trades by number, and open interest in steps of five minutes."""

from urllib.parse import quote

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.errors import ConfigError
from feeds.exchanges.binance.markets import MARKETS
from feeds.exchanges.binance.wire import Count, Time, nanoseconds
from feeds.history import HOUR, MINUTE, Kept, Mark, Past, Progress, Series

_STEP = 5 * MINUTE
POINTS = 500
"""Points of open interest in one answer."""
INTEREST = "/futures/data/openInterestHist"
INTEREST_WEIGHT = 12
"""1000 requests in five minutes are allowed, beside the weight of all others."""


class _Trade(Struct):
    """A print: {"a":26129,"p":"0.01633102","q":"4.70443515","T":1498793709153}."""

    a: Count
    T: Time


class _Point(Struct):
    """A point: {"symbol":"BTCUSDT","sumOpenInterest":"36316.877","timestamp":1602989400000}."""

    timestamp: Time


_trade = Decoder(_Trade, strict=False).decode
_point = Decoder(_Point, strict=False).decode


def _trade_mark(row: Raw) -> Mark:
    trade = _trade(row)
    return Mark(nanoseconds(trade.T), trade.a)


def _point_mark(row: Raw) -> Mark:
    time = nanoseconds(_point(row).timestamp)
    return Mark(time, time)


def _trades(venue: str, weight: int, reach: str) -> Series:
    """By time until there is a first trade, and by number from there: none is left out."""
    api = MARKETS[venue].api

    def path(past: Past, progress: Progress) -> str:
        query = f"{api}/aggTrades?symbol={quote(past.symbol)}&limit=1000"
        if progress.last is not None:
            return f"{query}&fromId={int(progress.last.ident) + 1}"
        start = past.start + progress.windows * HOUR
        return f"{query}{_span(start, min(start + HOUR, past.end))}"

    return Series(
        venue, Kept.TRADES, path, _trade_mark, 1000, weight, reach, window=HOUR, numbered=True
    )


def _interest(venue: str) -> Series:
    def path(past: Past, progress: Progress) -> str:
        start = past.start + progress.windows * POINTS * _STEP
        end = min(start + POINTS * _STEP, past.end)
        if not (named := contract(venue, past.symbol)):
            pair = past.symbol.partition("_")[0]
            raise ConfigError(
                f"{venue}:{past.symbol}: open interest is kept of perpetuals, such as {pair}_PERP"
            )
        return f"{INTEREST}?{named}&period=5m&limit={POINTS}{_span(start, end)}"

    return Series(
        venue,
        Kept.OPEN_INTEREST,
        path,
        _point_mark,
        POINTS,
        INTEREST_WEIGHT,
        "the last 30 days",
        window=POINTS * _STEP,
        windowed=True,
    )


def contract(venue: str, symbol: str) -> str:
    """How a request for open interest names a contract, "" for one of which none is kept.

    COIN-M names its pair and its kind.
    """
    if venue != "binance-coinm":
        return f"symbol={quote(symbol)}"
    pair, _, kind = symbol.partition("_")
    return f"pair={pair}&contractType=PERPETUAL" if kind == "PERP" else ""


def _span(start: int, end: int) -> str:
    """Both ends belong to it; a part of a millisecond is within the first that is asked for."""
    return f"&startTime={start // 1_000_000}&endTime={-(-end // 1_000_000) - 1}"


SERIES = (
    _trades("binance", 4, "all of the market's past"),
    _trades("binance-coinm", 20, "the last 24 hours; older days with --source archive"),
    _trades("binance-usdm", 20, "the last 24 hours; older days with --source archive"),
    _interest("binance-coinm"),
    _interest("binance-usdm"),
)
