"""Subjects: what a rule can be about, one entry a line of the table; the grammar reads it too."""

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from market.alerts import sensors
from market.alerts.rule import Condition, Operator
from market.alerts.sensors import Sensor
from market.events import (
    BookDelta,
    BookSnapshot,
    FeedStatus,
    FundingRate,
    Liquidation,
    OpenInterest,
    Trade,
)


class Due(Enum):
    """When a condition is due to be told."""

    CROSSED = "when it comes true and was known not to be"
    TRUE = "when it comes true, and when it is found so at first"
    HAPPENED = "at each happening of which it is true"


class Subject(NamedTuple):
    """How a measure is read and written."""

    sensor: Callable[[Condition], Sensor]
    events: tuple[type, ...]
    """After which it is read."""
    due: Due
    operators: tuple[Operator, ...]
    units: tuple[str, ...]
    """Of which one is written; where the empty one is among them, none may be."""
    example: str
    means: str
    spanned: bool = False
    sided: bool = False
    signed: bool = False
    """Whether the level may be below zero."""


_UP: Final = (Operator.ABOVE, Operator.AT_LEAST)
_BOTH: Final = (*_UP, Operator.BELOW, Operator.AT_MOST)
_ALL: Final = (*_BOTH, Operator.BEYOND)
_BOOK: Final = (BookDelta, BookSnapshot, FeedStatus)
_MONEY: Final = ("", "quote")

SUBJECTS: Final[dict[str, Subject]] = {
    "change": Subject(
        sensors.Change,
        (Trade,),
        Due.CROSSED,
        _ALL,
        ("%",),
        "change 5m beyond 1%",
        "the last price against that of a span ago",
        spanned=True,
        signed=True,
    ),
    "delta": Subject(
        sensors.Sum,
        (Trade,),
        Due.TRUE,
        _ALL,
        _MONEY,
        "delta 1m beyond 500",
        "bought less sold over a span",
        spanned=True,
        signed=True,
    ),
    "feed": Subject(
        sensors.Feed, (FeedStatus,), Due.CROSSED, (), ("",), "feed", "the feed is well no more"
    ),
    "funding": Subject(
        sensors.Funding,
        (FundingRate,),
        Due.TRUE,
        _ALL,
        ("%",),
        "funding beyond 0.05%",
        "the funding rate of the interval",
        signed=True,
    ),
    "interest": Subject(
        sensors.Interest,
        (OpenInterest,),
        Due.TRUE,
        _ALL,
        ("%",),
        "interest 15m beyond 2%",
        "open interest against that of a span ago",
        spanned=True,
        signed=True,
    ),
    "liquidation": Subject(
        sensors.Forced,
        (Liquidation,),
        Due.HAPPENED,
        _UP,
        _MONEY,
        "liquidation >= 100k quote",
        "a forced order",
        sided=True,
    ),
    "price": Subject(
        sensors.Price,
        (Trade,),
        Due.CROSSED,
        _BOTH,
        ("",),
        "price > 65000",
        "the last price crosses a level",
    ),
    "size": Subject(
        sensors.Order,
        (Trade,),
        Due.HAPPENED,
        _UP,
        _MONEY,
        "size >= 20 again 10s",
        "an order, as on the tape",
        sided=True,
    ),
    "spread": Subject(
        sensors.Spread,
        _BOOK,
        Due.TRUE,
        _BOTH,
        ("", "bp"),
        "spread > 2bp",
        "best ask less best bid",
    ),
    "trades": Subject(
        sensors.Count,
        (Trade,),
        Due.TRUE,
        _UP,
        ("",),
        "trades 1s > 50",
        "how many trades were printed over a span",
        spanned=True,
        sided=True,
    ),
    "volume": Subject(
        sensors.Sum,
        (Trade,),
        Due.TRUE,
        _UP,
        _MONEY,
        "volume 1m > 2k",
        "what was traded over a span",
        spanned=True,
    ),
}
"""Every subject by the word it is written with, sorted."""
