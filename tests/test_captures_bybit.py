"""Every recorded Bybit file reads without an unexplained error, and the books in it are followed
without a gap.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import zip_longest

import pytest

from feeds.adapter import Channel, Fetch, Ignored, Resync, Send
from feeds.errors import Rejected
from feeds.plan import plan, subscriptions
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
from market.markets import Markets
from service.capture import Message, messages, numbered, open_capture
from tests.captures import CAPTURES, needs_captures
from tests.sessions import Model, flat, follow, play, received, states

pytestmark = needs_captures

SPOT, LINEAR, INVERSE = "bybit", "bybit-linear", "bybit-inverse"
MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Session:
    """What captures/README.md says of one session with a book."""

    path: str
    venue: str
    symbol: str
    depth: int
    deltas: int


BOOKS = [
    Session("bybit/linear_xrpusdt_ob500_20241201.jsonl", LINEAR, "XRPUSDT", 500, 49),
    Session("bybit/linear_orderbook_btcusdt_202602.jsonl", LINEAR, "BTCUSDT", 1000, 4),
    Session("bybit/spot_btcusdt_ob50_20260824.jsonl", SPOT, "BTCUSDT", 50, 8),
]
OTHERS = {
    "bybit/linear_allLiquidation_btcusdt_202602.jsonl": {Ignored: 5},
    "bybit/linear_publicTrade_btcusdt_202602.jsonl": {Ignored: 1, Trade: 15},
    "bybit/linear_tickers_btcusdt_202602.jsonl": {
        FundingRate: 1,
        Ignored: 3,
        MarkPrice: 2,
        OpenInterest: 1,
        Ticker: 1,
    },
}
"""What the messages of the sessions without a book state, each by itself."""
SAMPLES, EXPECTED = "bybit/samples.jsonl.gz", "bybit/expected.jsonl"

STATED: dict[str, dict[type, int]] = {
    SPOT: {
        BookSnapshot: 2,
        BookTicker: 1,
        Kline: 1,
        Listing: 5,
        MarkPrice: 2,
        OpenInterest: 2,
        Ticker: 2,
        Trade: 1,
    },
    LINEAR: {
        BookSnapshot: 1,
        FundingRate: 6,
        Listing: 505,
        MarkPrice: 4,
        OpenInterest: 3,
        Ticker: 3,
        Trade: 1,
    },
    INVERSE: {
        FundingRate: 2,
        Kline: 3,
        Listing: 2,
        MarkPrice: 2,
        OpenInterest: 4,
        Ticker: 2,
    },
}
"""What the samples of each market state."""
REFUSED = {"naut_ws_subscription_failure": "Invalid topic: invalid.topic.BTCUSDT"}
"""Samples that are a refusal."""
each_book = pytest.mark.parametrize("session", BOOKS, ids=lambda session: session.path)


def test_every_file_is_tested() -> None:
    found = {f"bybit/{path.name}" for path in (CAPTURES / "bybit").iterdir()}
    assert found == {session.path for session in BOOKS} | OTHERS.keys() | {SAMPLES, EXPECTED}


@each_book
def test_a_recorded_book_is_followed_without_a_gap(session: Session) -> None:
    outputs = flat(play(session.venue, received(session.path)))
    kinds = Counter(type(output) for output in outputs)
    assert kinds == {BookSnapshot: 1, BookDelta: session.deltas, FeedStatus: 1}
    assert states(outputs) == [FeedState.LIVE]


def test_two_instruments_over_one_connection_are_what_each_is_alone() -> None:
    trades = "bybit/linear_publicTrade_btcusdt_202602.jsonl"
    alone = [received(BOOKS[0].path), [*received(BOOKS[1].path), *received(trades)]]
    mixed = [line for pair in zip_longest(*alone) for line in pair if line is not None]
    told = [
        event
        for event in flat(play(LINEAR, mixed))
        if not isinstance(event, Fetch | Ignored | Send)
    ]
    for lines, symbol in zip(alone, ("XRPUSDT", "BTCUSDT"), strict=True):
        own = [event for event in told if event.instrument == f"{LINEAR}:{symbol}"]
        one = [
            event for event in flat(play(LINEAR, lines)) if not isinstance(event, Ignored | Send)
        ]
        assert own == one
        assert FeedState.LIVE in states(own)
    assert sum(isinstance(event, Trade) for event in told) == 15
    pair = subscriptions(VENUES[LINEAR], ("XRPUSDT", "BTCUSDT"), (Channel.TRADES, Channel.BOOK), "")
    assert len(plan(VENUES[LINEAR], pair)) == 1


@each_book
def test_a_recorded_book_is_whole_never_crossed_and_the_plainest_model(session: Session) -> None:
    model: Model = ({}, {})
    markets = Markets()
    for outputs in play(session.venue, received(session.path)):
        events = [output for output in outputs if isinstance(output, Event)]
        markets.apply(events)
        for event in events:
            if isinstance(event, BookSnapshot | BookDelta):
                follow(model, event)
                assert max(model[0]) < min(model[1])
                assert len(model[0]) == len(model[1]) == session.depth
    market = markets.get(f"{session.venue}:{session.symbol}")
    assert market is not None
    assert market.book_good
    assert market.counts.gaps == 0
    assert market.book is not None
    assert market.instrument is not None
    for side, standing in zip(model, market.book.standing(), strict=True):
        levels = dict(zip(standing.ticks.tolist(), standing.lots.tolist(), strict=True))
        ticks, lots = market.instrument.ticks, market.instrument.lots
        assert levels == {ticks(price): lots(size) for price, size in side.items()}


def test_the_book_that_was_followed_is_the_one_that_rest_states_at_that_number() -> None:
    session = BOOKS[1]
    model: Model = ({}, {})
    for output in flat(play(session.venue, received(session.path))):
        if isinstance(output, BookSnapshot | BookDelta):
            follow(model, output)
            last = output.sequence
    path = "/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=1000"
    body = next(message.payload for name, message in samples() if "DepthSnapshot" in name)
    (stated,) = VENUES[LINEAR].parser().parse(body, 0, path)
    assert isinstance(stated, BookSnapshot)
    assert stated.sequence == last
    assert (dict(stated.bids), dict(stated.asks)) == model
    assert len(stated.bids) == len(stated.asks) == 1000


@each_book
def test_a_change_that_is_lost_anywhere_is_a_gap_at_the_next_message(session: Session) -> None:
    lines = [line for line in received(session.path) if '"topic"' in str(line.payload)]
    snapshot, *changes = lines
    for lost in range(len(changes) - 1):
        outputs = play(session.venue, [snapshot, *changes[:lost], *changes[lost + 1 :]])
        at_next = outputs[lost + 1]
        assert states(flat(outputs[: lost + 1])) == [FeedState.LIVE]
        assert states(at_next) == [FeedState.GAP]
        assert [type(output) for output in at_next] == [FeedStatus, Resync, Send, Send]
        assert flat(outputs[lost + 2 :]) == []
        whole = play(session.venue, [snapshot, *changes[lost + 1 :], *lines])
        assert states(flat(whole))[-1] is FeedState.LIVE


@each_book
def test_a_message_that_comes_twice_changes_nothing(session: Session) -> None:
    lines = received(session.path)
    doubled = [line for line in lines for _ in range(2)]
    twice = flat(play(session.venue, doubled))
    assert [event for event in twice if isinstance(event, BookDelta)] == [
        event for event in flat(play(session.venue, lines)) if isinstance(event, BookDelta)
    ]
    assert set(states(twice)) == {FeedState.LIVE}


@pytest.mark.parametrize("path", OTHERS)
def test_the_other_sessions_state_what_is_in_them(path: str) -> None:
    parser, found = VENUES[LINEAR].parser(), Counter[type]()
    for line in received(path):
        found.update(type(event) for event in parser.parse(line.payload, 0))
    assert found == OTHERS[path]


def test_every_recorded_trade_is_told_once_as_it_is_on_the_wire() -> None:
    lines = received("bybit/linear_publicTrade_btcusdt_202602.jsonl")
    rows = [row for line in lines for row in json.loads(line.payload).get("data", ())]
    trades = [event for event in flat(play(LINEAR, lines)) if isinstance(event, Trade)]
    assert len(trades) == len(rows) == 15
    for trade, row in zip(trades, rows, strict=True):
        assert (trade.id, trade.side) == (row["i"], row["S"].lower())
        assert (trade.price, trade.size) == (float(row["p"]), float(row["v"]))
        assert trade.ts_event == row["T"] * MS
    again = flat(play(LINEAR, [*lines, *lines]))
    assert [event for event in again if isinstance(event, Trade)] == trades


def test_a_ticker_that_states_changes_only_is_put_together() -> None:
    lines = received("bybit/linear_tickers_btcusdt_202602.jsonl")
    told = play(LINEAR, lines)
    marks = [event for event in flat(told) if isinstance(event, MarkPrice)]
    assert [(mark.price, mark.index) for mark in marks] == [
        (69036.09, 69076.03),
        (69033.85, 69073.38),
        (69033.85, 69070.47),
    ]
    days = [event for event in flat(told) if isinstance(event, Ticker)]
    assert [(day.last, day.open, day.volume) for day in days] == [
        (69027.6, 65917.9, 88962.401),
        (69027.6, 65890.3, 88924.846),
    ]
    (funding,) = [event for event in flat(told) if isinstance(event, FundingRate)]
    assert (funding.rate, funding.next_time) == (-0.00003737, 1771027200000 * MS)
    (interest,) = [event for event in flat(told) if isinstance(event, OpenInterest)]
    assert interest.size == 47287.191 / 2


def samples() -> Iterator[tuple[str, Message]]:
    path = str(CAPTURES / SAMPLES)
    with open_capture(path) as file:
        for _, line in numbered(path, file):
            for message in messages(line):
                yield json.loads(line)["name"], message


def venue_of(message: Message) -> str:
    """The market of a sample: by its address, else by what the payload says or is about."""
    owner, text = venue_for_url(message.url), str(message.payload)
    if owner is not None:
        return owner
    for venue in (LINEAR, INVERSE, SPOT):
        category = venue.partition("-")[2] or "spot"
        if f'"category":"{category}"' in text:
            return venue
    if "markPriceIv" in text:
        return SPOT  # options, which are no market of ours
    if any(word in text for word in ("InversePerpetual", '"BTCUSD"')):
        return INVERSE
    return LINEAR if any(word in text for word in ("Linear", "markPrice", "funding")) else SPOT


def test_every_sample_states_something_and_none_is_unreadable() -> None:
    found: dict[str, Counter[type]] = {venue: Counter() for venue in STATED}
    refused, count = dict[str, str](), 0
    for name, message in samples():
        count += 1
        venue = venue_of(message)
        try:
            stated = VENUES[venue].parser().parse(message.payload, 0, message.path)
        except Rejected as error:
            refused[name] = error.reason
            continue
        assert stated
        found[venue].update(type(event) for event in stated if not isinstance(event, Ignored))
    assert count == 59
    assert refused == REFUSED
    assert found == STATED


@pytest.mark.parametrize("venue", STATED)
def test_reading_in_order_raises_no_more_than_reading_one_by_one(venue: str) -> None:
    adapter = VENUES[venue].adapter()
    for name, message in samples():
        body = message.payload
        with pytest.raises(Rejected) if name in REFUSED else nullcontext():
            if message.path is None:
                list(adapter.receive(body, 0))
            else:
                encoded = body if isinstance(body, bytes) else body.encode()
                list(adapter.receive_body(message.path, encoded, 0))
