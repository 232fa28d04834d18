"""What tardis expects of recorded Bybit messages holds for ours, value by value."""

import json
from collections.abc import Sequence

from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedStatus,
)
from tests.captures import CAPTURES, needs_captures
from tests.sessions import Model, follow
from tests.tardis import Foreign, moment, words

pytestmark = needs_captures

EXPECTED = CAPTURES / "bybit/expected.jsonl"
VALUES = 80
"""Values that are compared; the number may only grow."""
OUTDATED = 5
"""Messages of earlier versions of the protocol, which state nothing to us."""
OPTION = "option_summary"


def tardis() -> dict[str, list[Foreign]]:
    """The messages of each test in order: a mapper keeps state within one."""
    rows = [json.loads(line) for line in EXPECTED.read_text().splitlines()]
    tests: dict[str, list[Foreign]] = {}
    for row in sorted(rows, key=lambda row: row["seq"]):
        tests.setdefault(row["test"], []).append(row)
    return tests


def test_what_tardis_expects_of_the_present_protocol_holds() -> None:
    checked, passed_over = 0, 0
    for rows in tardis().values():
        adapter = VENUES["bybit"].adapter()
        ours: Model = ({}, {})
        theirs: Model = ({}, {})
        for row in rows:
            events = [
                event
                for event in adapter.receive(row["raw"], 7)
                if isinstance(event, Event) and not isinstance(event, FeedStatus)
            ]
            if row["protocol"] != "v5":
                assert events == []
                passed_over += 1
                continue
            assert len(events) >= len(row["expected"])
            for expected, event in zip(row["expected"], events, strict=False):
                if isinstance(event, BookDelta | BookSnapshot):
                    follow(ours, event)
                checked += check(expected, events if expected["type"] == OPTION else [event])
                if expected["type"] == "book_change":
                    if expected["isSnapshot"]:
                        theirs = ({}, {})
                    follow(theirs, made_of(expected))
                    assert ours == theirs
                    checked += len(expected["bids"]) + len(expected["asks"])
    assert passed_over == OUTDATED
    assert checked == VALUES


def check(expected: Foreign, events: Sequence[Event]) -> int:
    """Compare what tardis says of a message with what we say; how many values that were."""
    found = values(events)
    kept = {
        name: value
        for name, value in expected.items()
        if name not in {"type", "exchange", "localTimestamp", "bids", "asks"}
        # Options are no market of ours: of their summaries we state what other markets have too.
        and (expected["type"] != OPTION or name in {"symbol", "timestamp", *found})
    }
    kept["timestamp"] = moment(kept["timestamp"])
    assert kept == {name: found[name] for name in kept}
    return len(kept)


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words."""
    found: Foreign = {"symbol": events[0].instrument.partition(":")[2]}
    for event in events:
        found |= words(event)
    return found


def made_of(expected: Foreign) -> BookDelta:
    bids, asks = (
        [(level["price"], level["amount"]) for level in expected[side]] for side in ("bids", "asks")
    )
    return BookDelta("", None, 0, bids, asks, 0, 0)
