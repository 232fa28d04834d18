"""Every recorded Gate file reads without an unexplained error, the books of its sessions are
followed without a gap, and what tardis expects holds.
"""

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
    Ticker,
    Trade,
)
from market.instrument import Kind
from tests.captures import CAPTURES, needs_captures
from tests.sessions import (
    assert_every_message_reads,
    counted,
    counted_singles,
    flat,
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

SPOT, FUTURES = "gate", "gate-futures"


SESSIONS: dict[str, tuple[str, Counter[type]]] = {
    "gate/futures_cf_20230524.jsonl.gz": (
        FUTURES,
        Counter({BookDelta: 316, BookSnapshot: 10, BookTicker: 75, Kline: 1, Listing: 10}),
    ),
    "gate/spot_cf_20210422.jsonl.gz": (
        SPOT,
        Counter({BookDelta: 159, BookSnapshot: 10, Kline: 8, Listing: 10, Ticker: 22, Trade: 9}),
    ),
}
"""What an adapter says to each session: the counts that captures/README.md expects.

Of its 14 bars of spot six state their volume in quote currency only, as all did in 2021.
"""
SINGLES: dict[str, Counter[type]] = {
    "gate/expected.jsonl": Counter(
        {
            BookDelta: 20,
            BookSnapshot: 3,
            BookTicker: 1,
            FundingRate: 4,
            MarkPrice: 4,
            OpenInterest: 4,
            Ticker: 1,
            Trade: 5,
        }
    ),
    "gate/instruments.jsonl.gz": Counter({Listing: 567}),
    "gate/samples.jsonl": Counter(
        {BookDelta: 3, BookSnapshot: 2, BookTicker: 1, FundingRate: 1, MarkPrice: 1}
    ),
}
"""What the messages of the other files state; all are of futures."""
EXPECTED = 149
"""Values that tardis expects and that hold; the number may only grow."""
each_session = pytest.mark.parametrize("path", SESSIONS)


def test_every_file_is_tested() -> None:
    found = {f"gate/{path.name}" for path in (CAPTURES / "gate").iterdir()}
    assert found == SESSIONS.keys() | SINGLES.keys()


@each_session
def test_every_message_of_a_session_reads(path: str) -> None:
    assert_every_message_reads(SESSIONS[path][0], path)


@each_session
def test_the_books_of_a_session_are_followed_without_a_gap(path: str) -> None:
    venue, wanted = SESSIONS[path]
    outputs = flat(play(venue, received(path)))
    assert counted(outputs) == wanted
    assert Counter(states(outputs)) == {FeedState.SYNCING: 10, FeedState.LIVE: 10}
    markets = followed(outputs)
    assert len(markets) == 10
    for market in markets:
        # In 2021 spot had orders of a time when its grids were finer.
        assert venue == SPOT or market.counts.off_grid == 0
        assert market.id.startswith(f"{venue}:")


COMPARED = (4, 4)
"""Quotes that were right, of those stated just when the book had come to the same number."""


def test_the_best_of_a_followed_book_is_what_the_venue_says_it_is() -> None:
    path = "gate/futures_cf_20230524.jsonl.gz"
    assert quotes_right(flat(play(SESSIONS[path][0], received(path)))) == COMPARED


@each_session
def test_a_change_that_is_lost_is_a_gap_at_the_next_message(path: str) -> None:
    assert gaps_told(SESSIONS[path][0], received(path), 20) >= 5


@pytest.mark.parametrize("path", SINGLES)
def test_every_single_message_states_something_and_none_is_unreadable(path: str) -> None:
    assert counted_singles(FUTURES, path) == SINGLES[path]


def test_lists_of_2025_state_what_contracts_are_worth() -> None:
    listed = {
        event.listed.symbol: event.listed
        for message in singles("gate/instruments.jsonl.gz")
        for event in VENUES[FUTURES].parser().parse(message.payload, 0, message.path)
        if isinstance(event, Listing)
    }
    linear, inverse = listed["BTC_USDT"], listed["BTC_USD"]
    assert (linear.kind, str(linear.contract_size)) == (Kind.LINEAR, "0.0001")
    assert (inverse.kind, str(inverse.contract_size)) == (Kind.INVERSE, "1")


def test_what_tardis_expects_holds_value_by_value() -> None:
    text = (CAPTURES / "gate/expected.jsonl").read_text()
    checked = 0
    for row in map(json.loads, text.splitlines()):
        stated = VENUES[FUTURES].parser().parse(row["raw"], 7)
        events = [event for event in stated if isinstance(event, Event)]
        if not row["expected"]:
            assert events == []
        for place, wanted in enumerate(row["expected"]):
            trades = wanted["type"] == "trade"
            checked += check(wanted, events[place : place + 1] if trades else events)
    assert checked == EXPECTED


def check(wanted: Foreign, events: Sequence[Event]) -> int:
    """Compare what tardis says of a message with what we say; how many values that were."""
    # What is predicted is the same as the rate, and its name is of another project.
    left_out = {"type", "exchange", "localTimestamp", "predictedFundingRate"}
    kept = {name: value for name, value in wanted.items() if name not in left_out}
    for name in ("timestamp", "fundingTimestamp"):
        if kept.get(name) is not None:
            kept[name] = moment(kept[name])
    found = values(events)
    if "lastPrice" not in found:
        # Messages before 2023 have no highest and lowest price: they state no day.
        kept.pop("lastPrice", None)
    assert {name: found.get(name) for name in kept} == kept
    return sum(2 * len(value) if isinstance(value, list) else 1 for value in kept.values())


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words; changes of one message are one there."""
    found: Foreign = {"symbol": events[0].instrument.partition(":")[2], "bids": [], "asks": []}
    for event in events:
        found |= words(event)
        if isinstance(event, BookSnapshot | BookDelta):
            found["bids"] += standing(event.bids)
            found["asks"] += standing(event.asks)
    return found
