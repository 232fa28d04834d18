"""Deribit's past: all trades since an instrument began, by number, from a host of its own."""

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.fields import Count, Time, nanoseconds
from feeds.history import Kept, Mark, Past, Progress, Series

_ROWS = 1000


class _Trade(Struct):
    """A print: {"trade_seq":40781986,"timestamp":1584058044032,"price":4469.5, ...}."""

    trade_seq: Count
    timestamp: Time


_trade = Decoder(_Trade).decode


def _mark(row: Raw) -> Mark:
    trade = _trade(row)
    return Mark(nanoseconds(trade.timestamp), trade.trade_seq)


def _path(past: Past, progress: Progress) -> str:
    """By time for the first trade, and by number from there."""
    query = f"instrument_name={past.symbol}&count={_ROWS}&sorting=asc"
    if progress.last is not None:
        first = int(progress.last.ident) + 1
        span = f"start_seq={first}&end_seq={first + _ROWS - 1}"
        return f"/api/v2/public/get_last_trades_by_instrument?{query}&{span}"
    start, end = past.start // 1_000_000, -(-past.end // 1_000_000)
    span = f"start_timestamp={start}&end_timestamp={end}"
    return f"/api/v2/public/get_last_trades_by_instrument_and_time?{query}&{span}"


SERIES = (
    Series(
        "deribit",
        Kept.TRADES,
        _path,
        _mark,
        _ROWS,
        1,
        "all of the instrument's past",
        place=("result", "trades"),
        numbered=True,
        # The main host answers for the last days only.
        base="https://history.deribit.com",
    ),
)
