"""BitMEX's past: all trades since a contract began, from the newest back."""

from datetime import UTC, datetime, timedelta

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.exchanges.bitmex.wire import Moment
from feeds.history import Kept, Mark, Past, Progress, Series

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MATCHED = "-0000-0000-0000-"


class _Trade(Struct):
    """A print: {"timestamp":"2021-03-12T02:00:04.608Z","symbol":"XBTUSD","trdMatchID":"d1b8-…"}."""

    timestamp: Moment
    trdMatchID: str | None = None


_trade = Decoder(_Trade).decode


def _mark(row: Raw) -> Mark:
    """Rows without a match of their own are told apart by all that they say."""
    trade = _trade(row)
    time = (trade.timestamp - _EPOCH) // timedelta(microseconds=1) * 1000
    matched = trade.trdMatchID is not None and _MATCHED not in trade.trdMatchID
    return Mark(time, str(trade.trdMatchID) if matched else str(memoryview(row), "utf-8"))


def _path(past: Past, progress: Progress) -> str:
    """Both ends are in the past, so the count from the newest row stays what it is."""
    span = f"startTime={_written(past.start)}&endTime={_written(past.end)}"
    return (
        f"/api/v1/trade?symbol={past.symbol}&count=1000&start={progress.rows}&reverse=true&{span}"
    )


def _written(time: int) -> str:
    moment = _EPOCH + timedelta(microseconds=time // 1000)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


SERIES = (
    Series(
        "bitmex",
        Kept.TRADES,
        _path,
        _mark,
        1000,
        1,
        "all of the contract's past",
        backward=True,
    ),
)
