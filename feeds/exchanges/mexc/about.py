"""About: what MEXC's messages do not say themselves, and how the venue says no."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from feeds.adapter import Ignored
from feeds.errors import Rejected
from market.events import Event

Stated: TypeAlias = Sequence[Event | Ignored]

DECODE_ERRORS = (ValueError, RecursionError)
"""All that msgspec and the protobuf reader raise for bytes that are not what they should be."""

LATER = frozenset({429, 500, 501, 503, 504, 510})
"""Codes of a venue that is busy; any other refusal would only be repeated."""

SECONDS: dict[str, int] = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "4h": 14400,
    "8h": 28800,
    "1d": 86400,
    "1w": 604800,
}
"""The lengths of the venue's bars by our names; a month has no fixed one."""

FINER = {
    "1s": "1m",
    "3m": "1m",
    "2h": "1h",
    "6h": "1h",
    "12h": "4h",
    "3d": "1d",
}
"""Where the venue has no such interval, one that such bars can be made of; of a second, nothing."""

CODES: dict[str, str] = {
    "Min1": "1m",
    "Min5": "5m",
    "Min15": "15m",
    "Min30": "30m",
    "Min60": "1h",
    "Hour4": "4h",
    "Hour8": "8h",
    "Day1": "1d",
    "Week1": "1w",
    "Month1": "1M",
}
"""Our interval of each that the sockets name."""

SPELLING = {name: code for code, name in CODES.items()}
SPELLING |= {wanted: SPELLING[name] for wanted, name in FINER.items()}
"""The sockets' interval for each of ours."""


class Refused(Rejected):
    """The venue answered a request with a reason instead of data."""

    def __init__(self, venue: str, code: int, reason: str) -> None:
        super().__init__(venue, f"{reason} (code {code})")
        self.code = code


@dataclass(frozen=True, slots=True)
class About:
    """Whose a message is and when it came; of a body also what was asked for."""

    venue: str
    now: int
    symbol: str = "?"
    interval: str = ""

    def instrument(self, symbol: str = "") -> str:
        """The id of a row's own symbol, else of the one asked for."""
        return f"{self.venue}:{symbol or self.symbol}"
