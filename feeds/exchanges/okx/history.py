"""OKX's past: trades of three months from the newest back, and open interest in steps."""

from collections.abc import Iterator, Sequence

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.adapter import Channel, Fetch, Subscription
from feeds.exchanges.okx.names import BARS, INTEREST_STEPS, instrument_type
from feeds.fields import Count, Time, nanoseconds
from feeds.history import MINUTE, Kept, Mark, Past, Progress, Series

_STEP = 5 * MINUTE
_POINTS = 100
_INTEREST = "/api/v5/rubik/stat/contracts/open-interest-history"
_INTEREST_WEIGHT = 2
"""Half as many as of other documents are allowed."""


class _Trade(Struct):
    """A print: {"instId":"BTC-USDT","px":"29963.2","tradeId":"242720720","ts":"1654161646974"}."""

    tradeId: Count
    ts: Time


class _Point(Struct, array_like=True):
    """A point: ["1790550000000","2800476.45","28006.5419","2360916466.88"]."""

    ts: Time


_trade = Decoder(_Trade, strict=False).decode
_point = Decoder(_Point, strict=False).decode


def _trade_mark(row: Raw) -> Mark:
    trade = _trade(row)
    return Mark(nanoseconds(trade.ts), trade.tradeId)


def _point_mark(row: Raw) -> Mark:
    time = nanoseconds(_point(row).ts)
    return Mark(time, time)


def _trades(past: Past, progress: Progress) -> str:
    """`after` means older than: first than a time, then than a number."""
    query = f"/api/v5/market/history-trades?instId={past.symbol}&limit=100"
    if progress.last is not None:
        return f"{query}&type=1&after={progress.last.ident}"
    return f"{query}&type=2&after={-(-past.end // 1_000_000)}"


def _interest(past: Past, progress: Progress) -> str:
    start = past.start + progress.windows * _POINTS * _STEP
    end = min(start + _POINTS * _STEP, past.end)
    span = f"begin={start // 1_000_000}&end={-(-end // 1_000_000)}"
    return f"{_INTEREST}?instId={past.symbol}&period=5m&limit={_POINTS}&{span}"


def interest(wanted: Sequence[Subscription]) -> Iterator[Fetch]:
    """The open interest of the past, in the steps that were asked for."""
    for item in wanted:
        contract = instrument_type(item.symbol) in ("SWAP", "FUTURES")
        if contract and item.channel is Channel.MARK_PRICE and item.interval in INTEREST_STEPS:
            query = f"instId={item.symbol}&period={BARS[item.interval]}&limit={_POINTS}"
            path = f"{_INTEREST}?{query}"
            yield Fetch(path, path, _INTEREST_WEIGHT)


SERIES = (
    Series(
        "okx",
        Kept.TRADES,
        _trades,
        _trade_mark,
        100,
        1,
        "the last three months",
        place=("data",),
        backward=True,
    ),
    Series(
        "okx",
        Kept.OPEN_INTEREST,
        _interest,
        _point_mark,
        _POINTS,
        _INTEREST_WEIGHT,
        "the last five days",
        place=("data",),
        window=_POINTS * _STEP,
        windowed=True,
    ),
)
