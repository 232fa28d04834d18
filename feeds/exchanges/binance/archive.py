"""Binance's archive: a day of aggregated trades a file, as rows without names.

`/data/MARKET/daily/aggTrades/SYMBOL/SYMBOL-aggTrades-DAY.zip`; times of spot are microseconds from
2025 on. A first row of names is there or not.
"""

import re

from msgspec import Struct, convert

from feeds.exchanges.binance.wire import Count, Price, Size, Time, nanoseconds
from market.events import Side, Trade

HOST = "https://data.binance.vision"
FOLDERS = {"binance": "spot", "binance-coinm": "futures/cm", "binance-usdm": "futures/um"}
"""Where each market's files are."""
_PLACE = re.compile(r"/data/(?:spot|futures/[uc]m)/daily/aggTrades/([^/?]+)/")


class _Row(Struct, array_like=True, gc=False):
    """A print: 26129,0.01633102,4.70443515,27781,27781,1498793709153,true[,true]."""

    ident: Count
    price: Price
    size: Size
    first: Count
    last: Count
    time: Time
    sold: bool


def symbol_of(path: str) -> str:
    """The symbol whose trades a file of the archive holds, "" where a path is no such file."""
    match = _PLACE.match(path)
    return match[1] if match else ""


def path_of(venue: str, symbol: str, day: str) -> str:
    """The file of a symbol's day, such as 2024-08-08."""
    place = f"/data/{FOLDERS[venue]}/daily/aggTrades/{symbol}"
    return f"{place}/{symbol}-aggTrades-{day}.zip"


def mark_of(line: bytes) -> tuple[int, int]:
    """When a row happened, in ns, and its number; ValueError where it is no row."""
    cells = line.split(b",", 6)
    if len(cells) < 7:
        raise ValueError("not a row of aggregated trades")
    return nanoseconds(int(cells[5])), int(cells[0])


def is_header(line: bytes) -> bool:
    """Whether a file's first row holds names."""
    return line[:1].isalpha()


def trades(instrument: str, text: str, now: int) -> tuple[Trade, ...]:
    """The prints of some rows. msgspec's errors say that these are none."""
    lines = text.split("\n")
    if is_header(lines[0].encode()):
        lines = lines[1:]
    rows = (convert(line.rstrip().split(","), _Row, strict=False) for line in lines if line)
    return tuple(
        Trade(
            instrument,
            nanoseconds(row.time),
            now,
            str(row.ident),
            row.price,
            row.size,
            Side.SELL if row.sold else Side.BUY,
        )
        for row in rows
    )
