"""What tardis expects of Binance COIN-M's messages holds for ours, each message by itself.

Its numbers do not follow one another (a first change points beyond the snapshot before it), so no
book is followed here; test_captures_binance.py follows real ones.
"""

import json
from collections import Counter
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from tests.captures import CAPTURES, needs_captures
from tests.test_expected import MS, milliseconds

pytestmark = needs_captures

# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]


def stated(row: Foreign) -> list[Event]:
    parser, message = VENUES["binance-coinm"].parser(), json.loads(row["raw"])
    if message.get("stream", "").endswith("@openInterest"):
        # Made by the recorder of a REST body, which we read as such.
        events = parser.parse(json.dumps(message["data"]), 0, "/dapi/v1/openInterest")
    else:
        events = parser.parse(row["raw"], 0)
    return [event for event in events if not isinstance(event, Ignored)]


def test_the_normalised_messages_of_tardis_hold_for_coinm() -> None:
    checked = Counter[str]()
    for line in (CAPTURES / "binance_coinm/expected.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["source"] == "tardis":
            events = stated(row)
            assert bool(events) == bool(row["expected"])
            for expected in row["expected"]:
                _check(expected, events[0], json.loads(row["raw"])["data"])
                checked[expected["type"]] += 1
    assert checked == {
        "book_change": 3,
        "book_ticker": 1,
        "derivative_ticker": 3,
        "liquidation": 1,
        "trade": 1,
    }


def _check(expected: Foreign, event: Event, wire: Foreign) -> None:
    assert event.instrument == f"binance-coinm:{expected['symbol']}"
    time = milliseconds(expected["timestamp"]) * MS
    match expected["type"], event:
        case "trade", Trade():
            assert (event.id, event.side) == (expected["id"], expected["side"])
            assert (event.price, event.size) == (expected["price"], expected["amount"])
            assert event.ts_event == time
        case "book_ticker", BookTicker():
            assert (event.bid, event.bid_size) == (expected["bidPrice"], expected["bidAmount"])
            assert (event.ask, event.ask_size) == (expected["askPrice"], expected["askAmount"])
            assert event.ts_event == time
        case "book_change", BookDelta() | BookSnapshot():
            for side, levels in (("bids", event.bids), ("asks", event.asks)):
                assert list(levels) == [(row["price"], row["amount"]) for row in expected[side]]
            assert isinstance(event, BookSnapshot) == expected["isSnapshot"]
            # Of a snapshot theirs is the engine's time; ours is the body's, as of changes too.
            stated = wire["T" if expected["isSnapshot"] else "E"] * MS
            assert (stated, wire["E"] * MS) == (time, event.ts_event)
        case "liquidation", Liquidation():
            assert (event.size, event.side) == (expected["amount"], expected["side"])
            # Theirs is the order's limit; ours, what it was filled at.
            assert (float(wire["o"]["p"]), float(wire["o"]["ap"])) == (
                expected["price"],
                event.price,
            )
            assert event.ts_event == time
        case "derivative_ticker", MarkPrice() | Ticker() | OpenInterest():
            _check_ticker(expected, event, time)
        case other:
            pytest.fail(f"no rule for {other}")


def _check_ticker(expected: Foreign, event: MarkPrice | Ticker | OpenInterest, time: int) -> None:
    """Theirs gathers what several streams said; the index comes by one that is not used."""
    match event:
        case MarkPrice():
            assert (event.price, event.ts_event) == (expected["markPrice"], time)
        case Ticker():
            assert (event.last, event.ts_event) == (expected["lastPrice"], time)
        case OpenInterest():
            assert event.size == expected["openInterest"]
