"""Deribit's names: what kind of instrument a symbol is, and how long its bars are."""

import re

INTERVALS: dict[str, tuple[str, int]] = {
    "1": ("1m", 60),
    "3": ("3m", 180),
    "5": ("5m", 300),
    "15": ("15m", 900),
    "30": ("30m", 1800),
    "60": ("1h", 3600),
    "120": ("2h", 7200),
    "360": ("6h", 21600),
    "720": ("12h", 43200),
    "1D": ("1d", 86400),
}
"""Our name and the seconds of each of the venue's bars; those of 10 minutes and 3 hours are none
of ours."""

BARS = {name: code for code, (name, _) in INTERVALS.items()} | {
    "4h": "120",
    "8h": "120",
    "3d": "1D",
    "1w": "1D",
    "1M": "1D",
}
"""The venue's bar for each of our intervals, or one that it can be made of."""

_DATE = r"\d{1,2}[A-Z]{3}\d{2}"
_OPTION = re.compile(rf"[A-Z0-9_]+-{_DATE}-[0-9d]+-[CP]")
_SINGLE = re.compile(rf"[A-Z0-9_]+(?:-(?:PERPETUAL|{_DATE}(?:-[0-9d]+-[CP])?))?")
_INVERSE = re.compile(rf"[A-Z0-9]+-(?:PERPETUAL|{_DATE})")


def is_combination(symbol: str) -> bool:
    """Whether several instruments are traded as one; their prices may be below zero."""
    return _SINGLE.fullmatch(symbol) is None


def is_inverse(symbol: str) -> bool:
    """Whether sizes are US dollars: futures that name no currency beside their base."""
    return _INVERSE.fullmatch(symbol) is not None


def is_option(symbol: str) -> bool:
    """Whether it is a call or a put."""
    return _OPTION.fullmatch(symbol) is not None
