"""Bybit's past: its last trades, which are few, and open interest in steps of five minutes."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Channel, Fetch, Subscription
from feeds.exchanges.bybit.markets import INTEREST_STEPS, MARKETS
from feeds.fields import Time, nanoseconds
from feeds.history import MINUTE, Kept, Mark, Past, Progress, Series

_STEP = 5 * MINUTE
_POINTS = 200


class _Trade(Struct):
    """A print: {"execId":"2100000000007764263","symbol":"BTCUSDT","time":"1672052955758", ...}."""

    execId: str
    time: Time


class _Point(Struct):
    """A point: {"openInterest":"461134384.00000000","timestamp":"1669571400000"}."""

    timestamp: Time


_trade = Decoder(_Trade, strict=False).decode
_point = Decoder(_Point, strict=False).decode


def _trade_mark(row: Raw) -> Mark:
    trade = _trade(row)
    return Mark(nanoseconds(trade.time), trade.execId)


def _point_mark(row: Raw) -> Mark:
    time = nanoseconds(_point(row).timestamp)
    return Mark(time, time)


def _trades(venue: str, rows: int) -> Series:
    category = MARKETS[venue].category

    def path(past: Past, progress: Progress) -> str:
        """There is one page, and no way to ask for what was before it."""
        if progress.last is not None:
            return ""
        return f"/v5/market/recent-trade?category={category}&symbol={past.symbol}&limit={rows}"

    return Series(
        venue,
        Kept.TRADES,
        path,
        _trade_mark,
        rows,
        1,
        f"the last {rows} trades",
        place=("result", "list"),
        backward=True,
    )


def _interest(venue: str) -> Series:
    category = MARKETS[venue].category

    def path(past: Past, progress: Progress) -> str:
        start = past.start + progress.windows * _POINTS * _STEP
        end = min(start + _POINTS * _STEP, past.end)
        span = f"startTime={start // 1_000_000}&endTime={-(-end // 1_000_000) - 1}"
        query = f"category={category}&symbol={past.symbol}&intervalTime=5min&limit={_POINTS}"
        return f"/v5/market/open-interest?{query}&{span}"

    return Series(
        venue,
        Kept.OPEN_INTEREST,
        path,
        _point_mark,
        _POINTS,
        1,
        "all of the contract's past",
        place=("result", "list"),
        window=_POINTS * _STEP,
        windowed=True,
    )


def interest(venue: str, wanted: Sequence[Subscription]) -> Iterator[Fetch]:
    """The open interest of the past, in the steps that were asked for."""
    for item in wanted:
        if item.channel is Channel.MARK_PRICE and item.interval in INTEREST_STEPS:
            query = f"category={MARKETS[venue].category}&symbol={quote(item.symbol)}"
            step = f"intervalTime={INTEREST_STEPS[item.interval]}&limit={_POINTS}"
            path = f"/v5/market/open-interest?{query}&{step}"
            yield Fetch(path, path, 1)


SERIES = (
    _trades("bybit", 60),
    _trades("bybit-inverse", 1000),
    _trades("bybit-linear", 1000),
    _interest("bybit-inverse"),
    _interest("bybit-linear"),
)
