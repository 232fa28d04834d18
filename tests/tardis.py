"""Tardis: what its tests expect of recorded messages; our events in its words."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FundingRate,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)

MS = 1_000_000
# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]


def moment(text: str) -> int:
    """A time as it is written there, ns; no part of a millisecond counts."""
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(milliseconds=1) * MS


def standing(side: Iterable[tuple[float, float]]) -> list[dict[str, float]]:
    """A side of a book."""
    return [{"price": price, "amount": size} for price, size in side]


def words(event: Event) -> Foreign:
    """An event, but for the levels of a book: several of ours may be one there."""
    found: Foreign = {"timestamp": getattr(event, "ts_event", None)}
    match event:
        case Trade():
            found |= {"id": event.id, "price": event.price, "amount": event.size}
            found["side"] = event.side
        case Liquidation():
            found |= {"price": event.price, "amount": event.size, "side": event.side}
        case BookTicker():
            found |= {"bidPrice": event.bid, "bidAmount": event.bid_size}
            found |= {"askPrice": event.ask, "askAmount": event.ask_size}
        case BookSnapshot() | BookDelta():
            found["isSnapshot"] = isinstance(event, BookSnapshot)
        case MarkPrice():
            found |= {"markPrice": event.price, "indexPrice": event.index}
        case FundingRate():
            found |= {"fundingRate": event.rate, "fundingTimestamp": event.next_time}
        case OpenInterest():
            found["openInterest"] = event.size
        case Ticker():
            found["lastPrice"] = event.last
        case other:
            pytest.fail(f"no rule for {other}")
    return found
