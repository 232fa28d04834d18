"""Hyperliquid's names: which list a coin is in, the intervals of bars, and the grids of a price."""

from decimal import Decimal
from typing import Final

from market.instrument import Kind

FIGURES: Final = 5
"""Significant figures of a price; whole numbers may have more."""

_DECIMALS = {Kind.SPOT: 8, Kind.LINEAR: 6}
"""Decimals of a price and of its size together."""

_SECOND = 1_000_000_000
INTERVALS: dict[str, int] = {
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14400,
    "8h": 28800,
    "12h": 43200,
    "1d": 86400,
    "3d": 259200,
    "1w": 604800,
    "1M": 2_678_400,
}
"""Seconds of the venue's bars, at most: a month has no fixed length."""

_FINER = {"1s": "1m", "6h": "2h"}
"""Where the venue has no such bars, those that they can be made of; of a second, nothing."""

SPELLING = {name: name for name in INTERVALS} | _FINER
"""The venue's interval for each of ours."""


def kind_of(coin: str) -> Kind:
    """Whether a coin is a pair of spot or a perpetual."""
    return Kind.SPOT if "/" in coin or coin.startswith("@") else Kind.LINEAR


def dex_of(coin: str) -> str:
    """The builder's exchange that lists a perpetual, "" for the venue's own."""
    dex, colon, _ = coin.partition(":")
    return dex if colon else ""


def tick_size(kind: Kind, size_decimals: int, price: float | None = None) -> Decimal:
    """The step of prices from this one up to ten times its power of ten; the finest without one.

    A price has five significant figures at most, and so many decimals at most; whole numbers are
    always allowed. https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/tick-and-lot-size
    """
    finest = Decimal(1).scaleb(-max(0, _DECIMALS[kind] - size_decimals))
    if not price:
        return finest
    figures = Decimal(1).scaleb(Decimal(repr(price)).adjusted() - FIGURES + 1)
    return max(finest, min(Decimal(1), figures))


def next_hour(now: int) -> int | None:
    """When funding is paid next; None where the time is not known."""
    hour = 3600 * _SECOND
    return (now // hour + 1) * hour if now > hour else None


def begin(interval: str, bars: int, now: int) -> int:
    """Milliseconds at which so many bars of an interval before now begin."""
    return max(0, now // 1_000_000 - bars * INTERVALS[interval] * 1000)
