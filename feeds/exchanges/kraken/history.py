"""Kraken spot's past: all trades since the market began, by time."""

from decimal import Decimal

from msgspec import Raw, Struct
from msgspec.json import Decoder

from feeds.exchanges.kraken.pairs import rest_name
from feeds.fields import Count
from feeds.history import Kept, Mark, Past, Progress, Series

_ROUNDED = 1000
"""ns by which a row's time may be later than the moment `since` compares with."""


class _Trade(Struct, array_like=True):
    """A print: ["105433.60000","0.00027625",1762795433.9717445,"b","l","",10218208]."""

    price: str
    size: str
    time: Decimal
    side: str
    kind: str
    other: str
    ident: Count


_trade = Decoder(_Trade).decode


def _mark(row: Raw) -> Mark:
    trade = _trade(row)
    if not 0 <= trade.time < 9_000_000_000:
        raise ValueError(f"{str(trade.time)[:40]} is no time in unix seconds")
    return Mark(int(trade.time * 1_000_000_000), trade.ident)


def _path(past: Past, progress: Progress) -> str:
    since = past.start if progress.last is None else progress.last.time
    query = f"pair={rest_name(past.symbol)}&since={since - _ROUNDED}&count=1000"
    return f"/0/public/Trades?{query}"


SERIES = (
    Series(
        "kraken",
        Kept.TRADES,
        _path,
        _mark,
        1000,
        1,
        "all of the market's past",
        place=("result", "*"),
        numbered=True,
    ),
)
