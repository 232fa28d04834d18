"""The OKX adapter, frame by frame. Frames here are hand-made: they are faults and corners that no
capture holds. What real traffic means is tested in test_captures_okx.py.
"""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Output, Resync, Subscription
from feeds.errors import MalformedFrame
from feeds.exchanges.okx.names import bar_end
from feeds.registry import VENUES
from market.events import (
    BookDelta,
    BookSnapshot,
    BookTicker,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Orders,
    Side,
    Ticker,
    Trade,
)
from tests.okx import (
    CANDLES,
    LISTING,
    MS,
    NAME,
    OKX,
    SECOND,
    SWAP,
    listed,
    opened,
    parse,
    receive,
    sent,
)
from tests.spoiling import check, recorded, spoilt

AT = 1_700_000_040_000
"""A full minute in ms."""


def push(channel: str, *data: Any, **other: Any) -> str:  # Any: the JSON of a payload
    arg = {"channel": channel, "instId": SWAP} | other.pop("arg", {})
    return json.dumps({"arg": arg} | other | {"data": data})


def rows(*levels: tuple[str, str]) -> list[list[str]]:
    return [[price, size, "0", "1"] for price, size in levels]


def whole(sequence: int | None = 100, **other: Any) -> str:  # Any: the JSON of a payload
    book = {"asks": rows(("100.0", "3"), ("100.1", "4")), "bids": rows(("99.5", "1"))}
    numbers = {} if sequence is None else {"seqId": sequence, "prevSeqId": -1, "checksum": 0}
    return push("books", book | {"ts": str(AT)} | numbers | other, action="snapshot")


def change(previous: int, sequence: int, *bids: tuple[str, str], **other: Any) -> str:
    numbers = {"seqId": sequence, "prevSeqId": previous, "checksum": 0}
    row = {"asks": [], "bids": rows(*bids), "ts": str(AT + sequence)} | numbers | other
    return push("books", row, action="update")


def trade(ident: int, **other: Any) -> str:  # Any: the JSON of a payload
    row = {"instId": SWAP, "tradeId": str(ident), "px": "100.5", "sz": "2", "side": "buy"}
    return push("trades", row | {"ts": str(AT), "count": "3", "source": "0"} | other)


def live() -> Adapter:
    adapter = opened(Channel.BOOK)
    assert states(receive(adapter, whole())) == [FeedState.LIVE]
    return adapter


def states(outputs: Iterable[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def test_a_book_is_live_with_its_first_message_and_follows_its_pointers() -> None:
    adapter = live()
    (delta,) = receive(adapter, change(100, 107, ("99.5", "0")))
    assert delta == BookDelta(
        NAME, (AT + 107) * MS, 0, [(99.5, 0.0)], [], 107, 100, Orders([1], [])
    )


def test_a_change_that_points_elsewhere_is_a_gap_at_once() -> None:
    adapter = live()
    outputs = receive(adapter, change(105, 107, ("99.4", "1")), now=60 * SECOND)
    assert states(outputs) == [FeedState.GAP]
    assert [output.instrument for output in outputs if isinstance(output, Resync)] == [NAME]
    assert [json.loads(text)["op"] for text in sent(outputs)] == ["unsubscribe", "subscribe"]
    assert receive(adapter, change(107, 108)) == []
    assert states(receive(adapter, whole(200))) == [FeedState.LIVE]
    assert len(receive(adapter, change(200, 201))) == 1


def test_a_keepalive_and_a_reset_of_the_numbers_are_no_gaps() -> None:
    adapter = live()
    assert states(receive(adapter, change(100, 100), change(100, 3), change(3, 5))) == []


def test_a_spoilt_change_is_a_gap_at_the_next() -> None:
    adapter = live()
    with pytest.raises(MalformedFrame):
        adapter.receive(change(100, 101, ("99.5", "-1")), 0)
    assert states(receive(adapter, change(101, 102))) == [FeedState.GAP]


def test_a_checksum_of_zero_says_nothing_and_any_other_is_compared() -> None:
    text = "99.5:1:100.0:3:100.1:4"
    right = crc32(text.encode())
    for stated in (right, right - 2**32 if right >= 2**31 else right):
        adapter = opened(Channel.BOOK)
        assert states(receive(adapter, whole(checksum=stated))) == [FeedState.LIVE]
    after = crc32(b"99.5:1:100.0:3:99.4:2.5:100.1:4")
    assert states(receive(adapter, change(100, 101, ("99.4", "2.5"), checksum=after))) == []
    outputs = receive(adapter, change(101, 102, ("99.4", "2.6"), checksum=after))
    assert states(outputs) == [FeedState.GAP]
    assert not [output for output in outputs if isinstance(output, BookDelta)]


def test_a_checksum_that_no_whole_book_agrees_with_is_not_believed() -> None:
    adapter = opened(Channel.BOOK)
    assert states(receive(adapter, whole(checksum=5))) == [FeedState.GAP]
    assert states(receive(adapter, whole(checksum=5))) == [FeedState.LIVE]
    assert states(receive(adapter, change(100, 101, checksum=6))) == []
    assert states(receive(adapter, change(102, 103, checksum=6))) == [FeedState.GAP]


def test_of_two_channels_with_changes_one_is_followed() -> None:
    adapter = live()
    other = json.loads(change(7, 8)) | {"arg": {"channel": "books-l2-tbt", "instId": SWAP}}
    assert receive(adapter, json.dumps(other)) == []
    assert len(receive(adapter, change(100, 101))) == 1


def test_five_levels_are_a_snapshot_where_no_changes_are_followed() -> None:
    five = push("books5", {"asks": rows(("2", "1")), "bids": rows(("1", "1")), "ts": "5"})
    snapshot, status = receive(VENUES[OKX].adapter(), five)
    assert isinstance(snapshot, BookSnapshot)
    assert states([status]) == [FeedState.SNAPSHOT_ONLY]
    assert receive(live(), five) == []


def test_a_new_connection_forgets_the_book_of_the_last() -> None:
    adapter = live()
    outputs = list(adapter.open([Subscription(SWAP, Channel.BOOK)], 1))
    assert states(outputs) == [FeedState.SYNCING]
    assert receive(adapter, change(100, 101)) == []


def test_a_trade_has_the_takers_side_and_is_told_once() -> None:
    adapter = opened(Channel.TRADES)
    bought, sold = receive(adapter, trade(5), trade(9, side="sell"), trade(5))
    assert bought == Trade(NAME, AT * MS, 0, "5", 100.5, 2.0, Side.BUY)
    assert isinstance(sold, Trade)
    assert sold.side is Side.SELL
    adapter.open([Subscription(SWAP, Channel.TRADES)], 1)
    assert receive(adapter, trade(9)) == []


def test_trades_told_singly_are_not_added_to_those_told_together() -> None:
    adapter = opened(Channel.TRADES)
    single = json.loads(trade(4)) | {"arg": {"channel": "trades-all", "instId": SWAP}}
    assert len(receive(adapter, trade(5), json.dumps(single))) == 1


def test_an_empty_string_is_no_number() -> None:
    day = {"instId": SWAP, "last": "", "askPx": "", "askSz": "", "bidPx": "", "bidSz": ""}
    empty = day | dict.fromkeys(("open24h", "high24h", "low24h", "volCcy24h", "vol24h"), "")
    (best,) = parse(push("tickers", empty | {"ts": str(AT)}))
    assert best == BookTicker(NAME, AT * MS, 7, 0.0, 0.0, 0.0, 0.0, None)
    funding = {"instId": SWAP, "fundingRate": "0.0001", "fundingTime": "", "nextFundingRate": ""}
    assert parse(push("funding-rate", funding)) == [FundingRate(NAME, 7, 7, 0.0001, None)]


def test_funding_is_told_with_the_time_at_which_it_is_next_paid() -> None:
    row = {"instId": SWAP, "fundingRate": "-0.0001", "fundingTime": str(AT + 9), "ts": str(AT)}
    expected = FundingRate(NAME, AT * MS, 7, -0.0001, (AT + 9) * MS)
    assert parse(push("funding-rate", row)) == [expected]


def test_a_mark_price_is_told_with_the_last_price_of_its_index() -> None:
    adapter = opened(Channel.MARK_PRICE)
    mark = push("mark-price", {"instId": SWAP, "markPx": "101", "ts": str(AT)})
    (alone,) = receive(adapter, mark)
    index = push("index-tickers", {"instId": "BTC-USDT", "idxPx": "100"}, arg={"instId": ""})
    (both,) = receive(adapter, index, mark)
    assert alone == MarkPrice(NAME, AT * MS, 0, 101.0, None)
    assert both == MarkPrice(NAME, AT * MS, 0, 101.0, 100.0)
    interest = push("open-interest", {"instId": SWAP, "oi": "12", "oiCcy": "0.12", "ts": str(AT)})
    assert receive(adapter, interest) == [OpenInterest(NAME, AT * MS, 0, 12.0)]


def test_only_the_liquidations_of_wanted_contracts_are_told_by_the_side_of_the_order() -> None:
    forced = {"bkPx": "9.5", "sz": "3", "side": "sell", "posSide": "long", "ts": str(AT)}
    both = [{"instId": name, "details": [forced]} for name in (SWAP, "ETH-USDT-SWAP")]
    text = push("liquidation-orders", *both, arg={"instType": "SWAP", "instId": ""})
    expected = Liquidation(NAME, AT * MS, 0, 9.5, 3.0, Side.SELL)
    assert receive(opened(Channel.LIQUIDATIONS), text) == [expected]
    assert len(parse(text)) == 2


def test_a_ticker_states_the_day_and_turnover_only_on_spot() -> None:
    day = {"last": "5", "askPx": "6", "askSz": "1", "bidPx": "4", "bidSz": "2", "open24h": "3"}
    row = day | {"high24h": "7", "low24h": "2", "volCcy24h": "50.5", "vol24h": "10", "ts": str(AT)}
    spot, contract = (
        receive(opened(Channel.TICKER), push("tickers", row | {"instId": name}))
        for name in ("BTC-USDT", SWAP)
    )
    turnover = Decimal("50.5")
    assert spot == [Ticker("okx:BTC-USDT", AT * MS, 0, 5.0, 3.0, 7.0, 2.0, 10.0, turnover)]
    assert contract == [Ticker(NAME, AT * MS, 0, 5.0, 3.0, 7.0, 2.0, 10.0, None, 50.5)]


def test_the_turnover_of_an_inverse_contract_is_what_its_contracts_are_worth() -> None:
    adapter = opened(Channel.TICKER, symbols=("BTC-USD-SWAP",))
    listing = listed(instId="BTC-USD-SWAP", uly="BTC-USD", ctType="inverse", ctVal="100", ctMult="")
    adapter.receive_body(LISTING, listing.encode(), 0)
    day = {"last": "5", "askPx": "6", "askSz": "1", "bidPx": "4", "bidSz": "2", "open24h": "3"}
    row = day | {"high24h": "7", "low24h": "2", "volCcy24h": "0.5", "vol24h": "10", "ts": str(AT)}
    (ticker,) = receive(adapter, push("tickers", row | {"instId": "BTC-USD-SWAP"}))
    assert isinstance(ticker, Ticker)
    assert ticker.quote_volume == 1000


def test_bars_say_when_they_are_over_and_lists_of_them_are_turned_round() -> None:
    newest = [str(AT + 60_000), "1", "2", "1", "2", "5", "0.05", "9.5", "0"]
    older = [str(AT), "1", "2", "1", "2", "5", "0.05", "9.5", "1"]
    for bars in (
        parse(json.dumps({"code": "0", "data": [newest, older]}), CANDLES),
        parse(json.dumps({"code": "0", "data": [newest, older]}), ""),
        parse(push("candle1m", older, newest)),
    ):
        assert [(bar.start, bar.closed) for bar in bars if type(bar) is Kline] == [
            (AT * MS, True),
            ((AT + 60_000) * MS, False),
        ]
        bar = bars[0]
        assert isinstance(bar, Kline)
        assert (bar.interval, bar.end, bar.volume) == ("1m", (AT + 60_000) * MS, 5.0)
        assert bar.quote_volume == Decimal("9.5")


@pytest.mark.parametrize(
    ("name", "start", "days"),
    [("1M", 1_706_745_600, 29), ("1M", 1_706_716_800, 29), ("3M", 1_704_067_200, 91)],
)
def test_months_are_as_long_as_they_are_by_either_clock(name: str, start: int, days: int) -> None:
    assert bar_end(name, start * SECOND) == (start + days * 86400) * SECOND


@pytest.mark.parametrize("bad", ["nan", "inf", "-1", "1e400", "x", "-0.5"])
def test_no_price_or_size_is_ever_other_than_a_plain_amount(bad: str) -> None:
    adapter = live()
    wrong = [
        trade(1, px=bad),
        trade(1, sz=bad),
        change(100, 101, (bad, "1")),
        change(100, 101, ("1", bad)),
        push("candle1m", ["60000", "1", bad, "1", "2", "5", "0.05", "9.5", "0"]),
        push("candle1m", ["60000", "1", "2", "1", "2", "5", "0.05", bad, "0"]),
    ]
    for text in wrong:
        with pytest.raises(MalformedFrame):
            adapter.receive(text, 0)


VALID = [
    whole(),
    whole(None, checksum=crc32(b"99.5:1:100.0:3:100.1:4")),
    change(100, 107, ("99.5", "0")),
    trade(7),
    push("books5", {"asks": rows(("2", "1")), "bids": rows(("1", "1")), "ts": "5"}),
    push("bbo-tbt", {"asks": rows(("2", "1")), "bids": [], "ts": "5", "seqId": 4}),
    push("mark-price", {"instId": SWAP, "markPx": "101", "ts": str(AT)}),
    push("funding-rate", {"instId": SWAP, "fundingRate": "0.1", "fundingTime": "5", "ts": "4"}),
    push("candle1Mutc", ["2678400000", "1", "2", "1", "2", "5", "0.05", "9.5", "0"]),
    push("candle3M", ["60000", "1", "2", "1", "2", "5", "0.05"]),
    '{"event":"subscribe","arg":{"channel":"books","instId":"A"},"connId":"b"}',
    '{"event":"error","code":"1","msg":"instId:A doesn\'t exist"}',
    listed(),
    '{"code":"0","data":[["120000","1","2","1","2","5","0.05","9.5","0"]]}',
    *recorded("okx/samples.jsonl", "okx/expected.jsonl", "okx/cf_20220513.jsonl.gz"),
]
PATHS = ["", "/", CANDLES, LISTING, "/api/v5/market/books?instId=A", "/api/v5/market/trades"]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(OKX, payloads, path)
