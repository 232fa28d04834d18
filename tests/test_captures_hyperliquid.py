"""Every recorded Hyperliquid file reads without an unexplained error, and what tardis expects of
it holds, value by value.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from feeds.adapter import Ignored, Output
from feeds.errors import Rejected
from feeds.recording import records
from feeds.registry import VENUES, venue_for_url
from market.events import (
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
    Trade,
)
from market.markets import Markets
from service.capture import Message, messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures
from tests.tardis import MS, Foreign, moment, words

pytestmark = needs_captures

NAME = "hyperliquid"
SESSION, SAMPLES, EXPECTED = (
    "hyperliquid/btc_20250126.jsonl.gz",
    "hyperliquid/samples.jsonl",
    "hyperliquid/expected.jsonl",
)
BOOKS, TRADES = 46, 64
"""What the session holds."""
VALUES = 46
"""Values of tardis that are compared; the number may only grow."""

STATED = {
    BookSnapshot: 9,
    BookTicker: 2,
    FundingRate: 1078,
    Kline: 28,
    Listing: 222,
    MarkPrice: 5,
    OpenInterest: 5,
    Trade: 3,
}
"""What the samples state."""
REFUSED = {"obs_error_parse": "Error parsing JSON into valid websocket request"}
"""Samples that are a refusal."""
SENT = 9
"""Samples of what we would send."""


def read(path: str) -> Iterator[tuple[Foreign, Message]]:
    with open_capture(str(CAPTURES / path)) as file:
        for _, line in numbered(path, file):
            for message in messages(line):
                yield json.loads(line), message


def test_every_file_is_tested() -> None:
    found = {f"hyperliquid/{path.name}" for path in (CAPTURES / "hyperliquid").iterdir()}
    assert found == {SESSION, SAMPLES, EXPECTED}


def played(path: str = SESSION) -> list[tuple[str, list[Output]]]:
    adapter = VENUES[NAME].adapter()
    return [
        (str(record.payload), list(adapter.receive(record.payload, record.ts_recv or 0)))
        for record in records(CAPTURES / path)
    ]


def flat(lines: Sequence[tuple[str, list[Output]]]) -> list[Output]:
    return [output for _, outputs in lines for output in outputs]


def test_the_books_of_the_session_are_those_on_the_wire_and_labelled_as_snapshots() -> None:
    lines, markets = played(), Markets()
    kinds = Counter(type(output) for output in flat(lines))
    assert kinds == {BookSnapshot: BOOKS, Trade: TRADES, FeedStatus: 1}
    for payload, outputs in lines:
        events = [output for output in outputs if isinstance(output, Event)]
        markets.apply(events)
        for event in events:
            if isinstance(event, BookSnapshot):
                data = json.loads(payload)["data"]
                sides = [
                    [(float(row["px"]), float(row["sz"])) for row in side]
                    for side in data["levels"]
                ]
                assert [event.bids, event.asks] == sides
                assert event.ts_event == data["time"] * MS
                assert [len(side) for side in sides] == [20, 20]
                assert event.bids[0][0] < event.asks[0][0]
    (status,) = [output for output in flat(lines) if isinstance(output, FeedStatus)]
    assert status.state is FeedState.SNAPSHOT_ONLY
    market = markets.get("hyperliquid:BTC")
    assert market is not None
    assert market.book_good
    assert market.counts.off_grid == 0


def test_every_recorded_trade_is_told_once_as_it_is_on_the_wire() -> None:
    lines = played()
    rows = {
        row["tid"]: row
        for payload, _ in lines
        if '"trades"' in payload
        for row in json.loads(payload)["data"]
    }
    trades = [output for output in flat(lines) if isinstance(output, Trade)]
    assert len(trades) == len(rows) == TRADES
    for trade in trades:
        row = rows[int(trade.id)]
        assert (trade.price, trade.size) == (float(row["px"]), float(row["sz"]))
        assert trade.ts_event == row["time"] * MS
        assert trade.side == {"B": "buy", "A": "sell"}[row["side"]]
    assert [trade.ts_event for trade in trades] == sorted(trade.ts_event for trade in trades)


def test_most_recorded_prints_of_buyers_are_above_the_middle_of_the_book() -> None:
    middle, right, told = None, 0, 0
    for output in flat(played()):
        if isinstance(output, BookSnapshot):
            middle = (output.bids[0][0] + output.asks[0][0]) / 2
        elif isinstance(output, Trade) and middle is not None:
            told += 1
            right += (output.price > middle) == (output.side == "buy")
    assert right / told > 0.8


def test_every_sample_states_something_and_none_is_unreadable() -> None:
    found, refused, sent = Counter[type](), dict[str, str](), 0
    adapter = VENUES[NAME].adapter()
    for row, message in read(SAMPLES):
        if message.sent:
            sent += 1
            continue
        assert venue_for_url(message.url) in (NAME, None)
        try:
            stated = VENUES[NAME].parser().parse(message.payload, 0, message.path)
            if message.path is None:
                adapter.receive(message.payload, 0)
            else:
                adapter.receive_body(message.path, str(message.payload).encode(), 0)
        except Rejected as error:
            refused[row["name"]] = error.reason.partition(":")[0]
            continue
        assert stated
        found.update(type(event) for event in stated if not isinstance(event, Ignored))
    assert sent == SENT
    assert refused == REFUSED
    assert found == STATED


def test_a_pair_of_spot_is_listed_with_its_coins_and_grids() -> None:
    bodies = {row["name"]: message.payload for row, message in read(SAMPLES)}
    (pair,) = VENUES[NAME].parser().parse(bodies["jkrest_Spot_GetExchangeInfo"], 0, "/info")
    assert isinstance(pair, Listing)
    listed = pair.listed
    assert (listed.id, listed.base, listed.quote) == ("hyperliquid:PURR/USDC", "PURR", "USDC")
    assert (str(listed.lot_size), listed.price_decimals) == ("1", 8)


def test_what_tardis_expects_of_the_messages_holds() -> None:
    """The first trades of a coin are the recent past: tardis leaves them out, we tell them once."""
    adapter, checked, past = VENUES[NAME].adapter(), 0, 0
    for row, message in read(EXPECTED):
        now = message.ts_recv or 0
        events = [
            event
            for event in adapter.receive(message.payload, now)
            if isinstance(event, Event) and not isinstance(event, FeedStatus)
        ]
        if not row["expected"]:
            past += len([event for event in events if isinstance(event, Trade)])
            continue
        (expected,) = row["expected"]
        checked += check(expected, events)
    assert past == 4
    assert checked == VALUES


def check(expected: Foreign, events: Sequence[Event]) -> int:
    """Compare what tardis says of a message with what we say; how many values that were."""
    kept = {
        name: value
        for name, value in expected.items()
        if value is not None and name not in {"type", "exchange", "localTimestamp"}
    }
    kept["timestamp"] = moment(kept["timestamp"])
    for side in {"bids", "asks"} & kept.keys():
        kept[side] = [(level["price"], level["amount"]) for level in kept[side]]
    found = values(events)
    assert kept == {name: found[name] for name in kept}
    levels = sum(2 * len(kept[side]) for side in {"bids", "asks"} & kept.keys())
    return len(kept) + levels


def values(events: Sequence[Event]) -> Foreign:
    """Our events in the other project's words."""
    found: Foreign = {"symbol": events[0].instrument.partition(":")[2]}
    for event in events:
        found |= words(event)
        if isinstance(event, BookSnapshot):
            found |= {"bids": event.bids, "asks": event.asks}
    return found
