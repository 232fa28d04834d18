"""Every recorded Gate file reads without an unexplained error, the books of its sessions are
followed without a gap, and what tardis expects holds.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored
from feeds.registry import VENUES, venue_for_url
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
    OpenInterest,
    Ticker,
    Trade,
)
from market.instrument import Kind
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.sessions import (
    Model,
    best,
    flat,
    follow,
    gaps_told,
    path_of,
    play,
    received,
    singles,
    states,
)

pytestmark = needs_captures

SPOT, FUTURES = "gate", "gate-futures"
MS = 1_000_000
# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]


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
    venue = SESSIONS[path][0]
    for line in received(path):
        assert venue_for_url(line.url) == venue
        assert VENUES[venue].parser().parse(line.payload, 0, path_of(line))


@each_session
def test_the_books_of_a_session_are_followed_without_a_gap(path: str) -> None:
    outputs = flat(play(SESSIONS[path][0], received(path)))
    venue, wanted = SESSIONS[path]
    kinds = Counter(type(output) for output in outputs if isinstance(output, Event))
    del kinds[FeedStatus]
    assert kinds == wanted
    found = Counter(states(outputs))
    assert found == {FeedState.SYNCING: 10, FeedState.LIVE: 10}
    markets, models = Markets(), dict[str, Model]()
    for output in outputs:
        if isinstance(output, Event):
            markets.apply([output])
        if isinstance(output, BookDelta | BookSnapshot):
            model = models.setdefault(output.instrument, ({}, {}))
            follow(model, output)
            assert max(model[0]) < min(model[1])
    assert len(models) == 10
    for name in models:
        market = markets.get(name)
        assert market is not None
        assert market.book_good
        assert market.counts.gaps == 0
        # In 2021 spot had orders of a time when its grids were finer.
        assert venue == SPOT or market.counts.off_grid == 0
        assert name.startswith(f"{venue}:")


def test_the_best_of_a_followed_book_is_what_the_venue_says_it_is() -> None:
    path = "gate/futures_cf_20230524.jsonl.gz"
    models, at, compared = dict[str, Model](), dict[str, int](), 0
    for output in flat(play(SESSIONS[path][0], received(path))):
        match output:
            case BookDelta() | BookSnapshot():
                follow(models.setdefault(output.instrument, ({}, {})), output)
                at[output.instrument] = output.sequence or 0
            case BookTicker() if at.get(output.instrument) == output.sequence:
                told = (output.bid, output.bid_size, output.ask, output.ask_size)
                assert best(models[output.instrument]) == told
                compared += 1
    assert compared == COMPARED


COMPARED = 4
"""Quotes that were stated just when the book had come to the same number."""


@each_session
def test_a_change_that_is_lost_is_a_gap_at_the_next_message(path: str) -> None:
    assert gaps_told(SESSIONS[path][0], received(path), 20) >= 5


@pytest.mark.parametrize("path", SINGLES)
def test_every_single_message_states_something_and_none_is_unreadable(path: str) -> None:
    found = Counter[type]()
    for message in singles(path):
        stated = VENUES[FUTURES].parser().parse(message.payload, 0, message.path)
        assert stated
        found.update(type(event) for event in stated if not isinstance(event, Ignored))
    assert found == SINGLES[path]


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
            since = datetime.fromisoformat(kept[name]) - datetime(1970, 1, 1, tzinfo=UTC)
            kept[name] = since // timedelta(milliseconds=1) * MS
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
        found["timestamp"] = getattr(event, "ts_event", None)
        match event:
            case Trade():
                found |= {"id": event.id, "price": event.price, "amount": event.size}
                found["side"] = event.side
            case BookTicker():
                found |= {"bidPrice": event.bid, "bidAmount": event.bid_size}
                found |= {"askPrice": event.ask, "askAmount": event.ask_size}
            case BookSnapshot() | BookDelta():
                found["isSnapshot"] = isinstance(event, BookSnapshot)
                for side, levels in (("bids", event.bids), ("asks", event.asks)):
                    found[side] += [{"price": price, "amount": size} for price, size in levels]
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
