"""OKX's names: what kind of instrument a symbol is, and how long its bars are."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta

INTERVALS: dict[str, tuple[str, int]] = {
    "1s": ("1s", 1),
    "1m": ("1m", 60),
    "3m": ("3m", 180),
    "5m": ("5m", 300),
    "15m": ("15m", 900),
    "30m": ("30m", 1800),
    "1H": ("1h", 3600),
    "2H": ("2h", 7200),
    "4H": ("4h", 14400),
    "6H": ("6h", 21600),
    "12H": ("12h", 43200),
    "1D": ("1d", 86400),
    "2D": ("2d", 172800),
    "3D": ("3d", 259200),
    "5D": ("5d", 432000),
    "1W": ("1w", 604800),
    "1M": ("1M", 0),
    "3M": ("3M", 0),
}
"""Our name and the seconds of each of the venue's bars; months have no fixed length."""

_UTC = ("6h", "12h", "1d", "3d", "1w", "1M")
"""Bars that begin by the clock of Hong Kong, unless they are asked for by that of UTC."""

BARS = {
    name: f"{code}utc" if name in _UTC else code
    for code, (name, _) in INTERVALS.items()
    if name not in ("2d", "5d", "3M")
} | {"8h": "4H"}
"""The venue's bar for each of our intervals; eight hours are made of two times four."""


INTEREST_STEPS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
"""Steps in which the venue tells of past open interest."""


def instrument_type(symbol: str) -> str:
    """SPOT, SWAP, FUTURES or OPTION, told by the form of a symbol."""
    parts = symbol.split("-")
    if len(parts) <= 2:
        return "SPOT"
    if parts[-1] == "SWAP":
        return "SWAP"
    return "OPTION" if len(parts) >= 5 else "FUTURES"


def underlying(symbol: str) -> str:
    """The index that a contract follows: BTC-USDT-SWAP -> BTC-USDT.

    Families that follow the same index add to its name: BTC-USD_UM-SWAP -> BTC-USD.
    """
    return "-".join(symbol.split("-")[:2]).partition("_")[0]


def pays_funding(symbol: str) -> bool:
    """Whether a contract pays funding: swaps, and dated ones that are swaps but for a far date."""
    return symbol.endswith("-SWAP") or "_XPERP" in symbol


def bar_of(channel: str) -> str | None:
    """Our interval of a channel such as `candle1Dutc`; None where it is none."""
    match = re.fullmatch(r"candle(\d+[smHDWM])(utc)?", channel)
    return INTERVALS[match[1]][0] if match and match[1] in INTERVALS else None


def bar_end(interval: str, start: int) -> int:
    """The first ns after a bar that begins at `start`; ValueError where none can begin."""
    for name, seconds in INTERVALS.values():
        if name == interval and seconds:
            return start + seconds * 1_000_000_000
    months = 3 if interval == "3M" else 1
    begin = datetime.fromtimestamp(start // 1_000_000_000, UTC)
    # By the clock of Hong Kong a month begins in the afternoon of the day before.
    shift = timedelta(hours=8) if begin.hour else timedelta()
    first = begin + shift
    days = 0
    for ahead in range(months):
        year, month = divmod(first.year * 12 + first.month - 1 + ahead, 12)
        days += monthrange(year, month + 1)[1]
    return start + days * 86_400_000_000_000
