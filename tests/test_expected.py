"""What other projects expect of recorded Binance messages holds for ours, value by value."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

import pytest

from feeds.adapter import Ignored
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    Event,
    FeedStatus,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    Trade,
)
from tests.asserted import Rule, Value, evaluate, rules
from tests.captures import CAPTURES, needs_captures

pytestmark = needs_captures

MS = 1_000_000
FILES = {
    "binance": "binance_spot/expected.jsonl",
    "binance-coinm": "binance_coinm/expected.jsonl",
    "binance-usdm": "binance_usdm/expected.jsonl",
}
ASSERTS = {"binance": 99, "binance-coinm": 247, "binance-usdm": 234}
"""How many assertions of crypto-msg-parser each file holds."""

# Any: records of a foreign format, whose every value is compared.
Foreign: TypeAlias = dict[str, Any]


def records(venue: str, source: str) -> list[Foreign]:
    path = CAPTURES / FILES[venue]
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [row for row in rows if row["source"] == source]


def parsed(venue: str, raw: str) -> list[Event]:
    stated = VENUES[venue].parser().parse(raw, 0)
    return [event for event in stated if not isinstance(event, Ignored)]


def milliseconds(text: str) -> int:
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(milliseconds=1)


def tardis_tests() -> Iterator[list[Foreign]]:
    """The messages of each test in order: a mapper keeps state within one."""
    rows = records("binance", "tardis")
    for name in dict.fromkeys(row["test"] for row in rows):
        yield sorted((row for row in rows if row["test"] == name), key=lambda row: row["seq"])


Book: TypeAlias = dict[tuple[str, float], float]


def test_the_normalised_messages_of_tardis_hold() -> None:
    checked = 0
    for rows in tardis_tests():
        adapter = VENUES["binance"].adapter()
        ours, theirs = dict[str, Book](), dict[str, Book]()
        for row in rows:
            now = milliseconds(row["local_ts"]) * MS
            outputs = adapter.receive(row["raw"], now)
            # Its messages lie months apart: that trades are missing between them is our own word.
            events = [e for e in outputs if isinstance(e, Event) and not isinstance(e, FeedStatus)]
            _apply(ours, events)
            # None: that project's own test says nothing of this message.
            for expected in row["expected"] or ():
                _check(expected, events, ours, theirs, now)
                checked += 1
            if row["expected"] is not None:
                kinds = {item["type"] for item in row["expected"]}
                assert ("book_change" in kinds) == any(map(_is_book, events))
    assert checked == 7


def _check(
    expected: Foreign,
    events: Sequence[Event],
    ours: dict[str, Book],
    theirs: dict[str, Book],
    now: int,
) -> None:
    event = events[0]
    time = milliseconds(expected["timestamp"]) * MS
    assert event.instrument == f"binance:{expected['symbol']}"
    match expected["type"], event:
        case "trade", Trade():
            assert (event.id, event.side) == (expected["id"], expected["side"])
            assert (event.price, event.size) == (expected["price"], expected["amount"])
            assert event.ts_event == time
        case "book_ticker", BookTicker():
            assert (event.bid, event.bid_size) == (expected["bidPrice"], expected["bidAmount"])
            assert (event.ask, event.ask_size) == (expected["askPrice"], expected["askAmount"])
            assert (event.ts_event or now) == time
        case "book_change", BookDelta() | BookSnapshot():
            book = theirs.setdefault(event.instrument, {})
            if expected["isSnapshot"]:
                book.clear()
            _set(book, *([_pair(row) for row in expected[side]] for side in ("bids", "asks")))
            assert ours[event.instrument] == book
            assert isinstance(event, BookSnapshot) == expected["isSnapshot"]
            assert (event.ts_event or now) == time
        case other:
            pytest.fail(f"no rule for {other}")


def _is_book(event: Event) -> bool:
    return isinstance(event, BookDelta | BookSnapshot)


def _apply(books: dict[str, Book], events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, BookDelta | BookSnapshot):
            book = books.setdefault(event.instrument, {})
            if isinstance(event, BookSnapshot):
                book.clear()
            _set(book, event.bids, event.asks)


def _pair(level: Foreign) -> tuple[float, float]:
    return level["price"], level["amount"]


def _set(
    book: Book, bids: Sequence[tuple[float, float]], asks: Sequence[tuple[float, float]]
) -> None:
    for side, levels in (("bid", bids), ("ask", asks)):
        for price, size in levels:
            book[side, price] = size
            if not size:
                del book[side, price]


# --- crypto-msg-parser: assertions on the parsed result, as source text


def _symbol(events: Sequence[Any], found: list[str]) -> str:
    """ALL where a message concerns many symbols, NONE where it names none."""
    name = str(events[0].instrument).partition(":")[2]
    return "NONE" if name == "?" else name


def _time(events: Sequence[Any], found: list[str]) -> Value:
    """The message's time. Of a trade we keep the trade's own, as tardis does."""
    time = events[0].ts_event
    return None if time is None else time // MS


def _amounts(instrument: str, price: float, size: float) -> dict[str, Value]:
    """A level's field. A linear contract is one unit of base; spot has no contracts."""
    values: dict[str, Value] = {"price": price, "quantity_base": size, "quantity_contract": size}
    values["quantity_quote"] = price * size
    if instrument.startswith("binance-coinm:"):
        values["quantity_quote"] = size * worth(instrument)
        values["quantity_base"] = size * worth(instrument) / price
    return values


def worth(instrument: str) -> float:
    """Quote currency in one contract, as recorded lists state it: alike for all of a pair."""
    # RUNE and XMR are in no list that was recorded; every pair that is has 10, but for BTC's 100.
    return listed_worth().get(instrument.partition("_")[0], 10.0)


@cache
def listed_worth() -> dict[str, float]:
    parser, found = VENUES["binance-coinm"].parser(), dict[str, float]()
    for line in (CAPTURES / "binance_coinm/samples.jsonl").read_text().splitlines():
        sample = json.loads(line)
        if "exchangeInfo" in sample["name"]:
            for event in parser.parse(sample["raw"], 0, "/dapi/v1/exchangeInfo"):
                assert isinstance(event, Listing)
                assert event.listed.contract_size is not None
                found[event.instrument.partition("_")[0]] = float(event.listed.contract_size)
    return found


def _trade(events: Sequence[Any], found: list[str]) -> Value:
    trade = events[0]
    if found == ["side"]:
        return str(trade.side)
    return _amounts(trade.instrument, trade.price, trade.size)[found[0]]


def _funding(events: Sequence[Any], found: list[str]) -> Value:
    rates = [event for event in events if isinstance(event, FundingRate)]
    rate = rates[int(found[0])]
    assert isinstance(rate.next_time, int)
    values: dict[str, Value] = {
        "pair": rate.instrument.partition(":")[2],
        "funding_rate": rate.rate,
        "funding_time": rate.next_time // MS,
        "timestamp": rate.ts_event // MS,
    }
    return values[found[1]]


def _candle(events: Sequence[Any], found: list[str]) -> Value:
    (bar,) = events
    assert isinstance(bar, Kline)
    assert isinstance(bar.ts_event, int)
    values: dict[str, Value] = {
        "symbol": bar.instrument.partition(":")[2],
        "pair": bar.instrument.partition(":")[2],
        "timestamp": bar.ts_event // MS,
        "begin_time": bar.start // (1000 * MS),
        "period": bar.interval,
        "quote_volume": float(bar.quote_volume or 0),
    }
    for name in ("open", "high", "low", "close", "volume"):
        values[name] = getattr(bar, name)
    if bar.instrument.startswith("binance-coinm:"):
        values["quote_volume"] = bar.volume * worth(bar.instrument)
    return values[found[0]]


RULES: dict[str, Rule] = rules(_amounts, _symbol, _time) | {
    r"arr\.len\(\)": lambda events, found: len(events),
    r"candlestick_msg\.(\w+)": _candle,
    r"funding_rates\.len\(\)": lambda events, found: sum(type(e) is FundingRate for e in events),
    r"funding_rates\[(\d)\]\.(\w+)": _funding,
    r"trade\.(\w+)": _trade,
}
"""What each expression of that project means of our events."""


def assertions(venue: str) -> Iterator[tuple[Foreign, str, str, Any]]:  # Any: the foreign value
    """Record, raw message, expression and value; with several messages each has its share."""
    for row in records(venue, "crypto-msg-parser"):
        raws = [row["raw"]] if "raw" in row else row["raws"]
        share = len(row["asserts"]) // len(raws)
        for index, (expression, value) in enumerate(row["asserts"]):
            yield row, raws[index // share], expression, value


@pytest.mark.parametrize("venue", FILES)
def test_the_assertions_of_crypto_msg_parser_hold(venue: str) -> None:
    count = 0
    for row, raw, expression, expected in assertions(venue):
        events = parsed(venue, raw)
        found = evaluate(RULES, expression, events)
        where = (row["test"], expression, found)
        assert _agree(venue, raw, events, expression, found, expected), where
        count += 1
    assert count == ASSERTS[venue]


def _agree(
    venue: str,
    raw: str,
    events: Sequence[Event],
    expression: str,
    found: Value,
    expected: Value,
) -> bool:
    if expected == "ALL":
        return "extract_symbol" in expression and raw.startswith('{"stream":"!')
    if "pair" in expression:
        return str(found).partition("_")[0] == str(expected).replace("/", "")
    if "quantity_contract" in expression and venue == "binance":
        return expected is None
    if isinstance(events[0], Kline) and expression.endswith(".volume") and "coinm" in venue:
        # Theirs is in base currency, ours counts contracts: the bar's prices lie between the two.
        average = float(found or 0) * worth(events[0].instrument) / float(expected or 0)
        return events[0].low <= average <= events[0].high
    if isinstance(events[0], Trade) and "extract_timestamp" in expression:
        # Theirs is the time of the message, ours that of the trade: up to 160 ms before.
        return 0 <= float(expected or 0) - float(found or 0) <= 160
    if isinstance(expected, float):
        return found == pytest.approx(expected, rel=1e-12)
    return found == expected


def test_a_mark_price_message_states_mark_and_funding() -> None:
    rows = [row for row in records("binance-usdm", "crypto-msg-parser") if "funding" in row["test"]]
    kinds = [type(event) for row in rows for event in parsed("binance-usdm", row["raw"])]
    assert kinds == [MarkPrice, FundingRate] * 3
