"""Every recorded Coinbase file reads without an error, and the book in it is followed by numbers.

What another project expects of Coinbase is all of the older Exchange feed, which is not followed;
that its traffic is known for what it is, and nothing is read into it, is said here too.
"""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from feeds.adapter import Ignored, Output
from feeds.exchanges.coinbase.adapter import Coinbase
from feeds.recording import records
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    Side,
    Ticker,
    Trade,
)
from market.markets import Markets
from service.capture import Message, messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures

pytestmark = needs_captures

SESSION = "coinbase/advanced_btcusd_l2_20260824.jsonl"
NAME = "coinbase:BTC-USD"
FILES = {
    SESSION: {BookSnapshot: 1, BookDelta: 10, Ignored: 1},
    "coinbase/expected.jsonl": {Ignored: 6},
    "coinbase/legacy/exchange_feed_cf_20210417.jsonl.gz": {Ignored: 9947},
    "coinbase/samples.jsonl": {
        BookDelta: 1,
        BookSnapshot: 3,
        BookTicker: 2,
        Ignored: 17,
        Kline: 5,
        Listing: 4,
        Ticker: 3,
        Trade: 8,
    },
}
"""What the messages from the venue state, by kind."""

Book = dict[str, dict[float, float]]


def received(path: str) -> Iterator[Message]:
    name = str(CAPTURES / path)
    with open_capture(name) as file:
        for _, line in numbered(name, file):
            yield from (message for message in messages(line) if not message.sent)


def stated(message: Message) -> list[Event | Ignored]:
    parser = Coinbase("coinbase")
    return list(parser.parse(message.payload, message.ts_recv or 0, message.path))


def sample(name: str) -> list[Event | Ignored]:
    for line in (CAPTURES / "coinbase/samples.jsonl").read_bytes().splitlines():
        if json.loads(line)["name"] == name:
            (message,) = messages(line)
            return stated(message)
    raise LookupError(name)


def followed() -> list[list[Output]]:
    adapter = Coinbase("coinbase")
    return [
        list(adapter.receive(record.payload, record.ts_recv or 0))
        for record in records(CAPTURES / SESSION)
    ]


def test_every_file_of_the_venue_is_tested() -> None:
    folder = CAPTURES / "coinbase"
    found = {f"coinbase/{path.relative_to(folder)}" for path in folder.rglob("*.*")}
    assert found == set(FILES)


@pytest.mark.parametrize("path", FILES)
def test_every_message_reads_and_states_what_it_should(path: str) -> None:
    kinds = Counter[type]()
    for message in received(path):
        events = stated(message)
        assert events
        kinds.update(type(event) for event in events)
    assert kinds == FILES[path]


def test_the_messages_of_the_older_feed_are_known_for_what_they_are() -> None:
    reasons = Counter(
        event.reason
        for message in received("coinbase/legacy/exchange_feed_cf_20210417.jsonl.gz")
        for event in stated(message)
        if isinstance(event, Ignored)
    )
    assert reasons == {
        "a message of the Exchange feed": 9946,
        "/products: states nothing that is used": 1,
    }


def test_the_recorded_book_is_followed_without_a_gap_and_is_never_crossed() -> None:
    kinds, states = Counter[type](), list[FeedState]()
    model: Book = {"bid": {}, "ask": {}}
    markets = Markets()
    for outputs in followed():
        kinds.update(type(output) for output in outputs)
        states += [output.state for output in outputs if isinstance(output, FeedStatus)]
        markets.apply([output for output in outputs if isinstance(output, Event)])
        for output in outputs:
            if isinstance(output, BookSnapshot | BookDelta):
                _take(model, output)
                assert max(model["bid"]) < min(model["ask"])
    assert kinds == {BookSnapshot: 1, BookDelta: 10, FeedStatus: 1}
    assert states == [FeedState.LIVE]
    market = markets.get(NAME)
    assert market is not None
    assert market.book_good
    assert market.book is not None
    assert market.instrument is not None
    instrument = market.instrument
    for side, standing in zip(("bid", "ask"), market.book.standing(), strict=True):
        levels = dict(zip(standing.ticks.tolist(), standing.lots.tolist(), strict=True))
        assert levels == {
            instrument.ticks(price): instrument.lots(size) for price, size in model[side].items()
        }


def _take(model: Book, event: BookSnapshot | BookDelta) -> None:
    for side, levels in (("bid", event.bids), ("ask", event.asks)):
        if isinstance(event, BookSnapshot):
            model[side].clear()
        for price, size in levels:
            model[side][price] = size
            if not size:
                del model[side][price]


def test_each_recorded_level_is_on_the_wire_and_no_other() -> None:
    wire = [json.loads(record.payload) for record in records(CAPTURES / SESSION)]
    count = 0
    for message, outputs in zip(wire, followed(), strict=True):
        events = [o for o in outputs if isinstance(o, BookSnapshot | BookDelta)]
        for event in events:
            rows = message["events"][0]["updates"]
            for side, levels in (("bid", event.bids), ("offer", event.asks)):
                assert list(levels) == [
                    (float(row["price_level"]), float(row["new_quantity"]))
                    for row in rows
                    if row["side"] == side
                ]
            count += len(rows)
    assert count == sum(
        len(event.get("updates", ())) for message in wire for event in message["events"]
    )


def test_a_missing_recorded_message_is_a_gap_at_the_next() -> None:
    lines = list(records(CAPTURES / SESSION))
    for missing in range(1, len(lines) - 1):
        adapter = Coinbase("coinbase")
        states = [
            output.state
            for number, record in enumerate(lines)
            if number != missing
            for output in adapter.receive(record.payload, number)
            if isinstance(output, FeedStatus)
        ]
        assert states == [FeedState.LIVE, FeedState.GAP]


def test_sells_on_the_wire_printed_at_the_ask_so_the_side_is_the_makers() -> None:
    trades = [event for event in sample("naut_http_ticker") if isinstance(event, Trade)]
    assert [(trade.id, trade.price, trade.side) for trade in trades] == [
        ("995098661", 68924.94, Side.SELL),
        ("995098662", 68923.67, Side.BUY),
        ("995098663", 68923.67, Side.BUY),
    ]
    # The body's best ask is 68923.67, its best bid 68923.66.


def test_recorded_bars_days_and_best_prices_are_read_whole() -> None:
    (bar,) = sample("naut_ws_candles")
    assert isinstance(bar, Kline)
    assert (bar.interval, bar.start, bar.end) == (
        "5m",
        1775521800 * 10**9,
        1775522100 * 10**9,
    )
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (
        68900.0,
        68950.0,
        68850.0,
        68920.5,
        42.15,
    )
    day, best = sample("naut_ws_ticker")
    assert isinstance(day, Ticker)
    assert (day.last, day.high, day.low, day.volume) == (68900.5, 69200.0, 67500.0, 15328.12345678)
    assert day.open == pytest.approx(68900.5 / 1.0185)
    assert isinstance(best, BookTicker)
    assert (best.bid, best.bid_size, best.ask, best.ask_size) == (68900.0, 1.5, 68901.0, 0.5)
