"""Bitfinex's past: all trades since a market began, by time."""

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.fields import Count, Time, nanoseconds
from feeds.history import Kept, Mark, Past, Progress, Series

_ROWS = 10_000


class _Trade(Struct, array_like=True):
    """A print: [388063448,1567526214876,1.918524,10682]."""

    id: Count
    time: Time


_trade = Decoder(_Trade).decode


def _mark(row: Raw) -> Mark:
    trade = _trade(row)
    return Mark(nanoseconds(trade.time), trade.id)


def _path(past: Past, progress: Progress) -> str:
    """The last page's last millisecond is asked for again: it may hold more."""
    start = past.start if progress.last is None else progress.last.time
    span = f"start={start // 1_000_000}&end={-(-past.end // 1_000_000) - 1}"
    return f"/v2/trades/{past.symbol}/hist?limit={_ROWS}&sort=1&{span}"


SERIES = (Series("bitfinex", Kept.TRADES, _path, _mark, _ROWS, 1, "all of the market's past"),)
