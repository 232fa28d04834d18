"""Gate's markets: what differs between them, and how long bars are."""

from dataclasses import dataclass

from market.instrument import Kind


@dataclass(frozen=True, slots=True)
class Market:
    """One market's spelling of the same protocol."""

    prefix: str
    """What the names of its channels begin with."""
    rest: str
    """What its REST paths begin with, after the version."""
    listing: str
    """The endpoint of its instruments."""
    symbol: str
    """What requests call a symbol."""
    kind: Kind
    klines: int
    """Bars asked for at the start."""
    depth: int
    """Levels a side that one request for a book gives."""


MARKETS: dict[str, Market] = {
    "gate": Market("spot", "spot", "currency_pairs", "currency_pair", Kind.SPOT, 1000, 1000),
    "gate-futures": Market(
        "futures", "futures/usdt", "contracts", "contract", Kind.LINEAR, 2000, 300
    ),
}
"""Every market by the name of its venue, sorted."""

OBU_DEPTH = 400
"""Levels a side of the book that is subscribed."""

INTERVALS: dict[str, tuple[str, int]] = {
    "1m": ("1m", 60),
    "5m": ("5m", 300),
    "15m": ("15m", 900),
    "30m": ("30m", 1800),
    "1h": ("1h", 3600),
    "4h": ("4h", 14400),
    "8h": ("8h", 28800),
    "1d": ("1d", 86400),
    "7d": ("1w", 604800),
    "1w": ("1w", 604800),
}
"""Our name and the seconds of each of the venue's intervals."""

SPELLING: dict[str, str] = {
    "1m": "1m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1h": "1h",
    "4h": "4h",
    "8h": "8h",
    "1d": "1d",
    # Where the venue has no such bars, those that they can be made of.
    "1s": "1m",
    "3m": "1m",
    "2h": "1h",
    "6h": "1h",
    "12h": "4h",
    "3d": "1d",
    "1w": "1d",
    "1M": "1d",
}
"""The venue's interval that serves each of ours."""
