"""Every recorded Binance session reads as it is on the wire, and the books in it are followed
without a gap, never crossed, in the numbers that captures/README.md states.
"""

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from feeds.adapter import Ignored, Output
from feeds.recording import Record, records
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    Event,
    FeedState,
    FeedStatus,
    Kline,
    Listing,
    Trade,
)
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.lots import side_in_lots

pytestmark = needs_captures

VENUE_OF = {
    "binance_coinm": "binance-coinm",
    "binance_spot": "binance",
    "binance_usdm": "binance-usdm",
}


@dataclass(frozen=True, slots=True)
class Session:
    """What captures/README.md says of one session."""

    path: str
    records: int
    symbols: int
    diffs: int
    dropped: int
    applied: int
    trades: int
    """Counted in the wire text; the README does not say."""


SESSIONS = [
    Session("binance_coinm/btcusd_perp_20240808_09.jsonl.gz", 98386, 1, 44795, 23, 44772, 5235),
    Session("binance_coinm/cf_20210722.jsonl.gz", 4382, 10, 2047, 259, 1788, 51),
    Session("binance_spot/btcusdt_20240808_09.jsonl.gz", 99574, 1, 6495, 2, 6493, 19904),
    Session("binance_spot/cf_20210405_120s.jsonl.gz", 11367, 10, 4709, 67, 4642, 1240),
    Session("binance_spot/cf_20211012.jsonl.gz", 270, 4, 177, 5, 172, 2),
    Session("binance_usdm/btcusdt_20240808.jsonl.gz", 93954, 1, 6551, 4, 6547, 21313),
    Session("binance_usdm/cf_20210405_120s.jsonl.gz", 8426, 5, 4423, 28, 4395, 574),
    Session("binance_usdm/cf_20210722_part1.jsonl.gz", 573, 4, 325, 12, 313, 35),
]
SLOW = [pytest.param(session, id=session.path, marks=pytest.mark.slow) for session in SESSIONS]


@cache
def played(path: str) -> tuple[list[Record], list[list[Output]], list[list[Event | Ignored]]]:
    """The records of a session, what an adapter says to each, and what each states by itself."""
    lines = list(records(CAPTURES / path))
    venue = VENUES[VENUE_OF[path.partition("/")[0]]]
    adapter, parser = venue.adapter(), venue.parser()
    followed: list[list[Output]] = []
    stated: list[list[Event | Ignored]] = []
    for record in lines:
        now, payload = record.ts_recv or 0, record.payload
        if record.connection == "http":
            key = urlsplit(record.url)._replace(scheme="", netloc="").geturl()
            body = payload if isinstance(payload, bytes) else payload.encode()
            followed.append(list(adapter.receive_body(key, body, now)))
            stated.append(list(parser.parse(body, now, key)))
        else:
            followed.append(list(adapter.receive(payload, now)))
            stated.append(list(parser.parse(payload, now)))
    return lines, followed, stated


@pytest.mark.parametrize("session", SLOW)
def test_the_books_of_a_session_are_followed_as_its_notes_say(session: Session) -> None:
    lines, followed, stated = played(session.path)
    flat = [output for outputs in followed for output in outputs]
    kinds = Counter(type(output) for output in flat)
    states = Counter(output.state for output in flat if isinstance(output, FeedStatus))
    wire = Counter(type(event) for events in stated for event in events)
    assert len(lines) == session.records
    assert wire[BookDelta] == session.diffs
    assert kinds[BookDelta] == session.applied == session.diffs - session.dropped
    assert kinds[BookSnapshot] == session.symbols
    assert states == {FeedState.SYNCING: session.symbols, FeedState.LIVE: session.symbols}
    assert kinds[Trade] == session.trades


@pytest.mark.parametrize("session", SLOW)
def test_every_message_of_a_session_states_something(session: Session) -> None:
    _, _, stated = played(session.path)
    assert all(stated)
    assert not [event for events in stated for event in events if isinstance(event, Ignored)]


@pytest.mark.parametrize("session", SLOW)
def test_reading_fast_and_reading_carefully_state_the_same(session: Session) -> None:
    _, followed, stated = played(session.path)
    kept = (BookDelta, BookSnapshot, FeedStatus, Listing)
    for outputs, events in zip(followed, stated, strict=True):
        fast = [event for event in outputs if isinstance(event, Event)]
        assert [_plain(event) for event in fast if not isinstance(event, kept)] == [
            _plain(event) for event in events if not isinstance(event, kept)
        ]


def _plain(event: Event | Ignored) -> Event | Ignored:
    """Without what the adapter knows from a list of instruments and a single frame does not."""
    if isinstance(event, Kline) and event.instrument.startswith("binance-coinm:"):
        return replace(event, quote_volume=None)
    return event


@pytest.mark.slow
def test_the_turnover_of_inverse_bars_is_what_their_contracts_are_worth() -> None:
    lines, followed, _ = played("binance_coinm/cf_20210722.jsonl.gz")
    count = 0
    for record, outputs in zip(lines, followed, strict=True):
        for bar in outputs:
            if isinstance(bar, Kline):
                k = json.loads(record.payload)["data"]["k"]
                worth = Decimal(100 if bar.instrument.startswith("binance-coinm:BTC") else 10)
                assert bar.quote_volume == Decimal(k["v"]) * worth
                base = float(bar.quote_volume) / bar.high, float(bar.quote_volume) / bar.low
                assert base[0] * (1 - 1e-6) <= float(k["q"]) <= base[1] * (1 + 1e-6)
                count += 1
    assert count == 33


@pytest.mark.parametrize("session", SLOW)
def test_books_are_never_crossed_and_end_as_the_plainest_model_does(session: Session) -> None:
    _, followed, _ = played(session.path)
    markets, models = Markets(), dict[str, dict[str, dict[float, float]]]()
    for outputs in followed:
        events = [output for output in outputs if isinstance(output, Event)]
        markets.apply(events)
        for event in events:
            if isinstance(event, BookSnapshot | BookDelta):
                model = models.setdefault(event.instrument, {"bid": {}, "ask": {}})
                _take(model, event)
                assert max(model["bid"]) < min(model["ask"])
    for name, model in models.items():
        market = markets.get(name)
        assert market is not None
        assert market.book_good
        assert market.counts.gaps == 0
        book = market.book
        assert book is not None
        for side, standing in zip(("bid", "ask"), book.standing(), strict=True):
            levels = dict(zip(standing.ticks.tolist(), standing.lots.tolist(), strict=True))
            assert levels == side_in_lots(market, model[side])


def _take(model: dict[str, dict[float, float]], event: BookSnapshot | BookDelta) -> None:
    for side, levels in (("bid", event.bids), ("ask", event.asks)):
        if isinstance(event, BookSnapshot):
            model[side].clear()
        for price, size in levels:
            model[side][price] = size
            if not size:
                del model[side][price]


@pytest.mark.parametrize("session", SLOW)
def test_every_trade_of_a_session_is_on_the_wire_and_no_other(session: Session) -> None:
    lines, followed, _ = played(session.path)
    for record, outputs in zip(lines, followed, strict=True):
        trades = [output for output in outputs if isinstance(output, Trade)]
        if record.connection != "http" and 'rade","data' in str(record.payload)[:64]:
            data = json.loads(record.payload)["data"]
            (trade,) = trades
            assert trade.id == str(data["t"] if data["e"] == "trade" else data["a"])
            assert (trade.price, trade.size) == (float(data["p"]), float(data["q"]))
            assert trade.side == ("sell" if data["m"] else "buy")
            assert trade.ts_event == data["T"] * 1_000_000
        else:
            assert not trades
