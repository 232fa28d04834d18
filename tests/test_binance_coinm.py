"""What is COIN-M's own of the Binance adapter: contracts, paths, and turnover in quote currency.

Frames here are hand-made; what real traffic means is tested in test_captures_binance.py.
"""

import json
from collections.abc import Iterable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Fetch, Output, Send, Subscription
from feeds.registry import VENUES, parse_instrument
from market.events import (
    BookTicker,
    FeedState,
    FeedStatus,
    Kline,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Ticker,
    Trade,
)
from market.instrument import Kind
from tests.spoiling import check, recorded, spoilt

COINM = VENUES["binance-coinm"]
SYMBOL = "BTCUSD_PERP"
NAME = f"binance-coinm:{SYMBOL}"
INFO = "/dapi/v1/exchangeInfo"
KLINE = (
    '{"stream":"btcusd_perp@kline_1m","data":{"e":"kline","E":1653818854836,"s":"BTCUSD_PERP",'
    '"k":{"t":1653818820000,"T":1653818879999,"i":"1m","o":"29105.5","c":"29107.9","h":"29107.9",'
    '"l":"29096.9","v":"191","n":12,"x":false,"q":"0.65623556","V":"34","Q":"0.1168"}}}'
)
DAY = (
    '{"stream":"btcusd_perp@ticker","data":{"e":"24hrTicker","E":1653815020148,"s":"BTCUSD_PERP",'
    '"c":"29031.8","o":"28793.6","h":"29222.8","l":"28728.4","v":"12229247","q":"42252.5"}}'
)


def listed(size: str = '"contractSize":100,') -> bytes:
    grids = (
        '{"filterType":"PRICE_FILTER","tickSize":"0.1"},{"filterType":"LOT_SIZE","stepSize":"1"}'
    )
    names = f'"symbol":"{SYMBOL}",{size}"baseAsset":"BTC","quoteAsset":"USD"'
    return f'{{"symbols":[{{{names},"filters":[{grids}]}}]}}'.encode()


def turnovers(outputs: Iterable[Output]) -> list[Decimal | None]:
    return [event.quote_volume for event in outputs if isinstance(event, Kline | Ticker)]


def test_every_channel_is_asked_for_by_its_stream_and_the_list_whole() -> None:
    adapter = COINM.adapter()
    outputs = list(adapter.open([Subscription(SYMBOL, each, "1m") for each in COINM.paths], 0))
    (send,) = [json.loads(output.frame) for output in outputs if isinstance(output, Send)]
    assert sorted(send["params"]) == [
        "btcusd_perp@aggTrade",
        "btcusd_perp@bookTicker",
        "btcusd_perp@depth@100ms",
        "btcusd_perp@forceOrder",
        "btcusd_perp@kline_1m",
        "btcusd_perp@markPrice@1s",
        "btcusd_perp@ticker",
    ]
    assert [output.path for output in outputs if isinstance(output, Fetch)] == [
        INFO,
        f"/dapi/v1/klines?symbol={SYMBOL}&interval=1m&limit=499",
        f"/dapi/v1/openInterest?symbol={SYMBOL}",
    ]


def test_books_and_trades_are_on_different_paths() -> None:
    assert COINM.url(Channel.BOOK) == "wss://dstream.binance.com/public/stream"
    assert COINM.url(Channel.TRADES) == "wss://dstream.binance.com/market/stream"


def test_perpetual_and_dated_contracts_are_symbols() -> None:
    for symbol in (SYMBOL, "BTCUSD_260925", "1000SHIBUSD_PERP"):
        assert parse_instrument(f"binance-coinm:{symbol}") == ("binance-coinm", symbol)


def test_a_contract_is_listed_with_its_worth() -> None:
    adapter = COINM.adapter()
    adapter.open([Subscription(SYMBOL, Channel.BOOK)], 0)
    (listing,) = adapter.receive_body(INFO, listed(), 0)
    assert isinstance(listing, Listing)
    assert listing.listed.kind is Kind.INVERSE
    assert (listing.listed.contract_size, listing.listed.lot_size) == (Decimal(100), Decimal(1))


def test_a_contract_of_unknown_worth_is_not_listed() -> None:
    for nothing in ("", '"contractSize":0,', '"contractSize":null,'):
        assert COINM.parser().parse(listed(nothing), 0, INFO) == ()


def test_turnover_is_in_quote_currency_where_the_contract_is_known() -> None:
    adapter = COINM.adapter()
    adapter.receive_body(INFO, listed(), 0)
    outputs = [output for text in (KLINE, DAY) for output in adapter.receive(text, 0)]
    assert turnovers(outputs) == [Decimal(19100), Decimal(1222924700)]
    path = f"/dapi/v1/klines?symbol={SYMBOL}&interval=1m"
    row = [1653818820000, "2", "4", "1", "3", "7", 1653818879999, "0.1", 1, "3", "0.05", "0"]
    assert turnovers(adapter.receive_body(path, json.dumps([row]).encode(), 0)) == [Decimal(700)]


def test_no_turnover_is_made_up_where_the_contract_is_not_known() -> None:
    adapter = COINM.adapter()
    outputs = [output for text in (KLINE, DAY) for output in adapter.receive(text, 0)]
    assert turnovers(outputs) == [None, None]
    assert [event.volume for event in outputs if isinstance(event, Kline | Ticker)] == [
        191.0,
        12229247.0,
    ]


def test_sizes_are_contracts_as_the_venue_counts_them() -> None:
    adapter = COINM.adapter()
    frames = [
        '{"stream":"btcusd_perp@aggTrade","data":{"e":"aggTrade","E":2,"a":7,"s":"BTCUSD_PERP",'
        '"p":"58570.1","q":"58","f":1,"l":2,"T":1,"m":true}}',
        '{"stream":"btcusd_perp@bookTicker","data":{"u":9,"e":"bookTicker","s":"BTCUSD_PERP",'
        '"ps":"BTCUSD","b":"1.5","B":"35","a":"1.6","A":"1645","T":1,"E":2}}',
        '{"stream":"btcusd_perp@forceOrder","data":{"e":"forceOrder","E":2,"o":{"s":"BTCUSD_PERP",'
        '"ps":"BTCUSD","S":"SELL","o":"LIMIT","f":"IOC","q":"3","p":"9314.5","ap":"9352.7",'
        '"X":"FILLED","l":"3","z":"3","T":1}}}',
    ]
    trade, best, forced = (output for text in frames for output in adapter.receive(text, 0))
    assert isinstance(trade, Trade)
    assert (trade.size, trade.side) == (58.0, Side.SELL)
    assert isinstance(best, BookTicker)
    assert (best.bid_size, best.ask_size) == (35.0, 1645.0)
    assert forced == Liquidation(NAME, 1_000_000, 0, 9352.7, 3.0, Side.SELL)


def test_a_dated_contract_has_a_mark_price_and_no_funding() -> None:
    text = (
        '{"stream":"btcusd_260925@markPrice@1s","data":{"e":"markPriceUpdate","E":1,'
        '"s":"BTCUSD_260925","p":"9501.1","P":"9429.3","i":"9400.5","r":"","T":0}}'
    )
    (mark,) = COINM.adapter().receive(text, 0)
    assert mark == MarkPrice("binance-coinm:BTCUSD_260925", 1_000_000, 0, 9501.1, 9400.5)


def test_past_open_interest_is_that_of_the_contract_asked_for() -> None:
    path = "/futures/data/openInterestHist?pair=BTCUSD&contractType=PERPETUAL&period=5m"
    body = '[{"pair":"BTCUSD","contractType":"PERPETUAL","sumOpenInterest":"20403","timestamp":1}]'
    assert COINM.parser().parse(body, 0, path) == (
        OpenInterest("binance-coinm:BTCUSD_PERP", 1_000_000, 0, 20403.0),
    )


def test_a_gap_of_the_book_is_said_at_the_next_change() -> None:
    def change(first: int, last: int, before: int) -> str:
        return (
            '{"stream":"btcusd_perp@depth@100ms","data":{"e":"depthUpdate","E":1,"T":1,'
            f'"s":"BTCUSD_PERP","ps":"BTCUSD","U":{first},"u":{last},"pu":{before},'
            '"b":[["10.0","1"]],"a":[["11.0","2"]]}}'
        )

    adapter = COINM.adapter()
    (_, fetch) = adapter.receive(change(5, 8, 4), 0)
    assert isinstance(fetch, Fetch)
    assert fetch.path == f"/dapi/v1/depth?symbol={SYMBOL}&limit=1000"
    body = b'{"lastUpdateId":8,"E":1,"bids":[["10.0","1"]],"asks":[["11.0","1"]]}'
    states = [
        output.state
        for outputs in (
            adapter.receive_body(fetch.key, body, 0),
            adapter.receive(change(9, 10, 8), 0),
            adapter.receive(change(12, 13, 11), 0),
        )
        for output in outputs
        if isinstance(output, FeedStatus)
    ]
    assert states == [FeedState.LIVE, FeedState.GAP]


VALID = [
    KLINE,
    DAY,
    listed().decode(),
    *recorded(
        "binance_coinm/cf_20210722.jsonl.gz",
        "binance_coinm/samples.jsonl",
        "binance_coinm/expected.jsonl",
    ),
]
PATHS = ["", "/", INFO, f"/dapi/v1/klines?symbol={SYMBOL}", f"/dapi/v1/depth?symbol={SYMBOL}"]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check("binance-coinm", payloads, path)


def test_open_interest_is_asked_for_every_half_minute_and_missed_by_nobody() -> None:
    adapter = COINM.adapter()
    path = f"/dapi/v1/openInterest?symbol={SYMBOL}"
    wanted = [Subscription(SYMBOL, Channel.MARK_PRICE)]
    assert Fetch(path, path, 1) in list(adapter.open(wanted, 0))
    assert list(adapter.tick(29 * 10**9)) == []
    assert list(adapter.tick(30 * 10**9)) == [Fetch(path, path, 1)]
    body = b'{"symbol":"BTCUSD_PERP","openInterest":"15004","time":1591261042378}'
    (stated,) = adapter.receive_body(path, body, 31 * 10**9)
    assert isinstance(stated, OpenInterest)
    assert list(adapter.receive_body(path, b'{"code":-1121,"msg":"Invalid symbol."}', 32)) == []
    books = [Subscription(SYMBOL, Channel.BOOK)]
    assert path not in [one.key for one in adapter.open(books, 0) if isinstance(one, Fetch)]
