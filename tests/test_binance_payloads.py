"""What Binance's payloads mean, each by itself. Frames are hand-made, as in test_binance.py."""

import json

from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Ignored
from feeds.registry import VENUES
from market.events import (
    BookTicker,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    Side,
    Ticker,
    Trade,
)
from tests.spoiling import check, spoilt
from tests.test_binance import (
    MS,
    SPOT,
    USDM,
    agg_trade,
    candle,
    depth,
    frame,
    parse,
    raw_trade,
    receive,
)


def test_a_forced_order_is_valued_at_its_average_fill() -> None:
    order = {"s": "BTCUSDT", "S": "SELL", "q": "3", "p": "9314.5", "ap": "9352.7", "z": "2", "T": 5}
    (event,) = parse(USDM, frame("x", e="forceOrder", E=9, o=order))
    name = "binance-usdm:BTCUSDT"
    assert event == Liquidation(name, 5 * MS, 7, 9352.7, 2.0, Side.SELL)
    fewer = {key: order[key] for key in ("s", "S", "q", "p", "T")}
    (event,) = parse(USDM, frame("x", e="forceOrder", E=9, o=fewer))
    assert event == Liquidation(name, 5 * MS, 7, 9314.5, 3.0, Side.SELL)


def test_a_dated_contract_has_a_mark_and_no_funding() -> None:
    data = {"e": "markPriceUpdate", "E": 1, "s": "X", "p": "5", "P": "5", "i": "4"}
    assert parse(USDM, frame("x", **data, r="", T=0)) == [MarkPrice("binance-usdm:X", MS, 7, 5, 4)]
    _, funding = parse(USDM, frame("x", **data, r="-0.0001", T=8))
    assert funding == FundingRate("binance-usdm:X", MS, 7, -0.0001, 8 * MS)


def test_a_stream_of_many_symbols_gives_an_event_for_each() -> None:
    one = {"e": "24hrTicker", "E": 1, "c": "1", "o": "1", "h": "1", "l": "1", "v": "1", "q": "1.50"}
    data = [one | {"s": name} for name in ("A", "B")]
    text = json.dumps({"stream": "!ticker@arr", "data": data})
    for events in (
        parse(SPOT, text),
        receive(VENUES[SPOT].adapter(), text),
        parse(SPOT, json.dumps(data)),
    ):
        assert [event.instrument for event in events if isinstance(event, Ticker)] == [
            "binance:A",
            "binance:B",
        ]


def test_a_payload_without_its_stream_reads_the_same() -> None:
    adapter = VENUES[USDM].adapter()
    bare = json.dumps(json.loads(raw_trade(1))["data"])
    assert receive(adapter, bare) == receive(VENUES[USDM].adapter(), raw_trade(1))


def test_times_in_microseconds_are_seen_by_their_magnitude() -> None:
    micro, milli = raw_trade(1, T=1_723_161_256_322_123), raw_trade(2, T=1_723_161_256_322)
    first, second = receive(VENUES[SPOT].adapter(), micro, milli)
    assert isinstance(first, Trade)
    assert isinstance(second, Trade)
    assert first.ts_event - second.ts_event == 123_000


def test_only_the_last_bar_of_a_body_may_still_form() -> None:
    row = [60_000, "1", "2", "1", "2", "5", 119_999, "9.5", 3, "2", "4", "0"]
    later = [120_000, "2", "3", "2", "2", "1", 179_999, "2", 1, "0", "0", "0"]
    path = "/api/v3/klines?symbol=BTCUSDT&interval=1m"
    parser = VENUES[SPOT].parser()
    for now, closed in ((150_000 * MS, [True, False]), (180_000 * MS, [True, True])):
        bars = parser.parse(json.dumps([row, later]), now, path)
        assert [bar.closed for bar in bars if isinstance(bar, Kline)] == closed
    first = parser.parse(json.dumps([row]), 0, path)[0]
    assert isinstance(first, Kline)
    assert (first.start, first.end, first.interval) == (60_000 * MS, 120_000 * MS, "1m")
    assert (first.volume, first.buy_volume, first.trades) == (5.0, 2.0, 3)


def test_a_bar_without_an_address_is_named_by_its_length() -> None:
    day = 86_400_000
    row = [0, "1", "2", "1", "2", "5", 31 * day - 1, "9.5", 3, "2", "4", "0"]
    week = [*row[:6], 7 * day - 1, *row[7:]]
    names = [parse(SPOT, json.dumps([one]), "")[0] for one in (row, week)]
    assert [bar.interval for bar in names if isinstance(bar, Kline)] == ["1M", "1w"]


def test_events_nobody_reads_are_passed_over_with_a_reason() -> None:
    (said,) = parse(USDM, frame("!contractInfo", e="contractInfo", E=1, s="X"))
    assert said == Ignored("", "event 'contractInfo' is not used")
    assert receive(VENUES[USDM].adapter(), frame("x", e="contractInfo", E=1)) == []


def test_a_spot_book_ticker_states_no_time() -> None:
    text = frame("btcusdt@bookTicker", u=5, s="BTCUSDT", b="1", B="2", a="3", A="4")
    expected = BookTicker("binance:BTCUSDT", None, 7, 1.0, 2.0, 3.0, 4.0, 5)
    assert parse(SPOT, text) == [expected]
    assert list(VENUES[SPOT].adapter().receive(text, 7)) == [expected]


VALID = [
    raw_trade(1),
    agg_trade(1),
    depth(1, 2),
    frame("x", e="kline", E=1, s="X", k=candle()),
    frame("btcusdt@bookTicker", u=5, s="BTCUSDT", b="1", B="2", a="3", A="4"),
    frame("btcusdt@depth5", lastUpdateId=7, bids=[["10", "1"]], asks=[["11", "1"]]),
    '{"result":null,"id":1}',
]
PATHS = ["", "/", "/fapi/v1/klines?symbol=X", "/api/v3/depth?symbol=X", "/fapi/v1/exchangeInfo"]


@given(
    st.sampled_from(sorted(VENUES)),
    spoilt(VALID, *"eEsTUupbaBAkqtmoXic"),
    st.sampled_from(PATHS),
)
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    venue: str, payloads: list[bytes | str], path: str
) -> None:
    check(venue, payloads, path, most=1e15)
