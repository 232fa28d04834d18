"""Every recorded KuCoin file reads without an unexplained error, the books of its session are
followed without a gap, and what tardis expects holds.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from feeds.adapter import Output
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    Ticker,
    Trade,
)
from market.instrument import Kind
from tests.captures import CAPTURES, needs_captures
from tests.sessions import (
    Model,
    assert_every_message_reads,
    counted,
    counted_singles,
    flat,
    follow,
    followed,
    gaps_told,
    play,
    quotes_right,
    received,
    singles,
    states,
)
from tests.tardis import Foreign, moment, standing, words

pytestmark = needs_captures

SPOT, FUTURES = "kucoin", "kucoin-futures"
SESSION = "kucoin/spot_cf_20210425.jsonl.gz"


STATED: Counter[type] = Counter(
    {BookDelta: 3805, BookSnapshot: 9, BookTicker: 830, Kline: 7, Listing: 9, Trade: 18}
)
"""What the adapter says to the session: the counts that captures/README.md expects.

A bar more than there, since one is stated again as closed. Of the changes, those count that were
not in the book already when it came.
"""
SINGLES: dict[str, Counter[type]] = {
    "kucoin/expected.jsonl": Counter(
        {BookDelta: 4, BookTicker: 1, FundingRate: 4, MarkPrice: 2, Trade: 2}
    ),
    "kucoin/instruments.jsonl.gz": Counter({Listing: 406}),
    "kucoin/samples.jsonl": Counter(
        {
            BookDelta: 3,
            BookSnapshot: 2,
            BookTicker: 3,
            FundingRate: 2,
            Kline: 1,
            MarkPrice: 2,
            Ticker: 2,
            Trade: 2,
        }
    ),
}
"""What the messages of the other files state; private and the newer protocol's state nothing."""
EXPECTED = 43
"""Values that tardis expects and that hold; the number may only grow."""


def test_every_file_is_tested() -> None:
    found = {f"kucoin/{path.name}" for path in (CAPTURES / "kucoin").iterdir()}
    assert found == {SESSION} | SINGLES.keys()


def test_every_message_of_the_session_reads() -> None:
    assert_every_message_reads(SPOT, SESSION)


def test_the_books_of_the_session_are_followed_without_a_gap_and_never_crossed() -> None:
    outputs = flat(play(SPOT, received(SESSION)))
    assert counted(outputs) == STATED
    # Of the tenth nothing was heard while the session was recorded.
    assert Counter(states(outputs)) == {FeedState.SYNCING: 9, FeedState.LIVE: 9}
    assert len(followed(outputs)) == 9


COMPARED = (766, 766)
"""Quotes that were right, of those stated when the book had come to the same number."""


def test_the_best_of_a_followed_book_is_what_the_venue_says_it_is() -> None:
    assert quotes_right(flat(play(SPOT, received(SESSION)))) == COMPARED


def test_a_change_that_is_lost_is_a_gap_at_the_next_message() -> None:
    assert gaps_told(SPOT, received(SESSION), 400) >= 5


@pytest.mark.parametrize("path", SINGLES)
def test_every_single_message_states_something_and_none_is_unreadable(path: str) -> None:
    assert counted_singles(FUTURES, path) == SINGLES[path]


def test_lists_of_2025_state_what_contracts_are_worth() -> None:
    listed = {
        event.listed.symbol: event.listed
        for message in singles("kucoin/instruments.jsonl.gz")
        for event in VENUES[FUTURES].parser().parse(message.payload, 0, message.path)
        if isinstance(event, Listing)
    }
    linear, inverse = listed["XBTUSDTM"], listed["XBTUSDM"]
    assert (linear.kind, str(linear.contract_size)) == (Kind.LINEAR, "0.001")
    assert (inverse.kind, str(inverse.contract_size)) == (Kind.INVERSE, "1")


def rows() -> list[Foreign]:
    text = (CAPTURES / "kucoin/expected.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_what_tardis_expects_holds_value_by_value() -> None:
    adapter, checked = VENUES[FUTURES].adapter(), 0
    for row in rows():
        outputs = _told(adapter, row)
        events = [event for event in outputs if isinstance(event, Event)]
        events = [event for event in events if not isinstance(event, FeedStatus)]
        if not row["expected"]:
            assert events == []
        for wanted in row["expected"]:
            checked += check(wanted, events)
    assert checked == EXPECTED


def _told(adapter: Any, row: Foreign) -> Sequence[Output]:
    """What an adapter says; the recorder wrote down fetched bodies as if they were pushed."""
    message = json.loads(row["raw"])
    if "level2Snapshot" not in message["topic"]:
        told: Sequence[Output] = adapter.receive(row["raw"], 7)
        return told
    body = json.dumps({"code": message["code"], "data": message["data"]}).encode()
    path = f"/api/v1/level2/snapshot?symbol={message['data']['symbol']}"
    fetched: Sequence[Output] = adapter.receive_body(path, body, 7)
    return fetched


def check(wanted: Foreign, events: Sequence[Event]) -> int:
    """Compare what tardis says of a message with what we say; how many values that were."""
    found = values(events)
    kept = {name: value for name, value in wanted.items() if value is not None}
    for name in ("type", "exchange", "localTimestamp"):
        kept.pop(name)
    if wanted["type"] == "derivative_ticker":
        # The rest of it was stated by the messages before, and its time is of the latest of them.
        kept = {name: kept[name] for name in found if name in kept and name != "timestamp"}
    elif found.get("isSnapshot"):
        # The recorder states its own time there, for it makes the message.
        kept.pop("timestamp")
    else:
        kept["timestamp"] = moment(kept["timestamp"])
    assert {name: found.get(name) for name in kept} == kept
    return sum(2 * len(value) if isinstance(value, list) else 1 for value in kept.values())


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words; a book and the changes since are one there."""
    found: Foreign = {"symbol": events[0].instrument.partition(":")[2]}
    model: Model = ({}, {})
    for event in events:
        # Of several the first tells when it was, and whether they are a book.
        found = words(event) | found
        if isinstance(event, BookSnapshot | BookDelta):
            follow(model, event)
            for side, name in zip(model, ("bids", "asks"), strict=True):
                found[name] = standing(side.items())
    return found
