"""Venues' lists are read to their end: every part, every market, and the day's volume."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from feeds.errors import FeedError, MalformedFrame
from feeds.finding import find, known
from feeds.listing import MOST_PAGES, Catalogue, Listed, Reading
from feeds.lists import Page, Volumes
from feeds.registry import VENUES
from feeds.venue import Venue
from market.instrument import Kind
from tests.captures import CAPTURES, needs_captures

NOW = 1_790_000_000_000_000_000

RECORDED = {
    "binance": ("binance_spot/cf_20211012.jsonl.gz", 1695),
    "binance-coinm": ("binance_coinm/cf_20210722.jsonl.gz", 36),
    "binance-usdm": ("binance_usdm/cf_20210722_part1.jsonl.gz", 122),
    "bitmex": ("bitmex/cf_20210722.jsonl.gz", 34),
    "bybit-linear": ("bybit/samples.jsonl.gz", 500),
    "deribit": ("deribit/cf_20210722.jsonl.gz", 1017),
    "gate-futures": ("gate/futures_cf_20230524.jsonl.gz", 302),
    "htx-swap": ("htx/instruments.jsonl.gz", 203),
    "kucoin-futures": ("kucoin/instruments.jsonl.gz", 406),
    "kraken-futures": ("kraken/futures_cf_20210722.jsonl.gz", 17),
    "mexc-futures": ("mexc/instruments.jsonl.gz", 750),
    "okx": ("okx/cf_20220513.jsonl.gz", 783),
}
"""Recorded lists, and how many instruments are in each."""


def bodies(file: Path, venue: Venue) -> Iterator[tuple[Page, bytes]]:
    """The recorded answers to a venue's lists; those without an address are lists by themselves."""
    pages = venue.lists.instruments
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        for line in opened:
            record = json.decode(line)
            url = record.get("url") or ""
            if url.startswith("http"):
                path = "/" + url.split("/", 3)[3]
                for page in pages:
                    if page.path.partition("?")[0] == path.partition("?")[0]:
                        yield replace(page, path=path), _text(record["raw"]).encode()
                        break
            elif file.name == "instruments.jsonl.gz":
                yield Page(""), _text(record["raw"]).encode()


def _text(raw: object) -> str:
    return raw if isinstance(raw, str) else json.encode(raw).decode()


@needs_captures
@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_list_is_read_whole(name: str) -> None:
    file, count = RECORDED[name]
    reading = Reading(VENUES[name])
    for page, body in bodies(CAPTURES / file, VENUES[name]):
        reading.take(page, body, NOW)
    catalogue = reading.catalogue(NOW)
    assert len(catalogue.instruments) == count
    assert len({row.symbol for row in catalogue.instruments}) == count
    for row in catalogue.instruments:
        assert row.base
        assert row.quote
        assert re.fullmatch(VENUES[name].symbols, row.symbol), f"cannot be opened: {row.symbol}"
        assert row.tick is not None
        assert float(row.tick) > 0


@needs_captures
def test_rows_that_cannot_be_watched_are_counted_by_their_reason() -> None:
    reading = Reading(VENUES["okx"])
    for page, body in bodies(CAPTURES / RECORDED["okx"][0], VENUES["okx"]):
        reading.take(page, body, NOW)
    assert reading.catalogue(NOW).left_out == {"options are not followed": 3480}


def _bybit(symbols: list[str], cursor: str = "") -> bytes:
    """A page of Bybit's list (written here: no capture holds the last one)."""
    rows = [
        {
            "symbol": symbol,
            "baseCoin": symbol.removesuffix("USDT"),
            "quoteCoin": "USDT",
            "status": "Trading",
            "contractType": "LinearPerpetual",
            "priceFilter": {"tickSize": "0.1"},
            "lotSizeFilter": {"qtyStep": "0.001"},
        }
        for symbol in symbols
    ]
    result = {"category": "linear", "nextPageCursor": cursor, "list": rows}
    return json.encode({"retCode": 0, "retMsg": "OK", "result": result, "time": 1})


def test_the_page_that_hides_sol_is_followed_by_the_one_that_has_it() -> None:
    venue = VENUES["bybit-linear"]
    reading = Reading(venue)
    (first,) = venue.lists.instruments
    (second,) = reading.take(first, _bybit(["BTCUSDT"], "page%3D2"), NOW)
    assert second.path == first.path + "&cursor=page%3D2"
    (third,) = reading.take(second, _bybit(["SOLUSDT"], "page3"), NOW)
    assert third.path == first.path + "&cursor=page3"
    assert reading.take(third, _bybit(["XRPUSDT"]), NOW) == []
    symbols = {row.symbol for row in reading.catalogue(NOW).instruments}
    assert symbols == {"BTCUSDT", "SOLUSDT", "XRPUSDT"}


def test_a_list_that_repeats_itself_ends() -> None:
    venue = VENUES["bybit-linear"]
    reading = Reading(venue)
    (page,) = venue.lists.instruments
    (again,) = reading.take(page, _bybit(["BTCUSDT"], "same"), NOW)
    assert reading.take(again, _bybit(["BTCUSDT"], "same"), NOW) == []


def test_a_list_without_an_end_is_refused() -> None:
    venue = VENUES["bybit-linear"]
    reading = Reading(venue)
    (page,) = venue.lists.instruments

    def read_on(page: Page) -> None:
        for number in range(MOST_PAGES):
            (page,) = reading.take(page, _bybit([f"A{number}USDT"], f"{number}"), NOW)

    with pytest.raises(MalformedFrame, match="no end"):
        read_on(page)


def _gate(first: int, count: int) -> bytes:
    """Rows of Gate's list (written here: no capture has a second part)."""
    return json.encode(
        [
            {
                "name": f"A{number}_USDT",
                "order_price_round": "0.1",
                "quanto_multiplier": "1",
                "order_size_min": 1,
                "type": "direct",
            }
            for number in range(first, first + count)
        ]
    )


def test_a_full_part_is_followed_by_the_rows_after_it() -> None:
    venue = VENUES["gate-futures"]
    reading = Reading(venue)
    (first,) = venue.lists.instruments
    (second,) = reading.take(first, _gate(0, 1000), NOW)
    assert second.path.endswith("&offset=1000")
    (third,) = reading.take(second, _gate(1000, 1000), NOW)
    assert third.path.endswith("&offset=2000")
    assert "offset=1000" not in third.path
    assert reading.take(third, _gate(2000, 7), NOW) == []
    assert len(reading.catalogue(NOW).instruments) == 2007


def test_builders_exchanges_of_hyperliquid_are_asked_for_by_name() -> None:
    venue = VENUES["hyperliquid"]
    reading = Reading(venue)
    perpetuals, exchanges = venue.lists.instruments[1:]
    answer = json.encode([None, {"name": "xyz", "deployer": "0x1"}])
    (builder,) = reading.take(exchanges, answer, NOW)
    assert json.decode(builder.body) == {"type": "metaAndAssetCtxs", "dex": "xyz"}
    context = {"funding": "0", "openInterest": "1", "oraclePx": "5", "markPx": "5"}
    for page, coin, volume in ((perpetuals, "BTC", "90"), (builder, "xyz:SP500", "70")):
        universe = {"universe": [{"name": coin, "szDecimals": 2}]}
        body = json.encode([universe, [{**context, "dayNtlVlm": volume}]])
        assert reading.take(page, body, NOW) == []
    rows = reading.catalogue(NOW).instruments
    assert [(row.symbol, row.dollars) for row in rows] == [("BTC", 90.0), ("xyz:SP500", 70.0)]


def test_a_venue_without_grids_is_listed_by_its_prices() -> None:
    venue = VENUES["bitfinex"]
    reading = Reading(venue)
    row = [1.0] * 6 + [50000.0, 3.0, 0, 0]
    symbols = ["tBTCUSD", "tBTCF0:USTF0", "tDUSK:USD", "fUSD"]
    body = json.encode([[symbol, *row] for symbol in symbols])
    assert reading.take(venue.lists.instruments[0], body, NOW) == []
    rows = {row.symbol: row for row in reading.catalogue(NOW).instruments}
    assert rows["tBTCUSD"] == Listed(
        "tBTCUSD", Kind.SPOT, "BTC", "USD", None, None, None, 150000.0, 150000.0, 50000.0, 100.0
    )
    assert rows["tBTCF0:USTF0"].kind is Kind.LINEAR
    assert (rows["tBTCF0:USTF0"].base, rows["tBTCF0:USTF0"].quote) == ("BTC", "UST")
    assert rows["tDUSK:USD"].base == "DUSK"
    assert "fUSD" not in rows


def test_volumes_in_other_coins_are_worth_what_the_venue_pays_for_these() -> None:
    venue = VENUES["binance"]
    reading = Reading(venue)
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "stepSize": "0.01"},
    ]
    pairs = [("BTCUSDT", "BTC", "USDT"), ("ETHBTC", "ETH", "BTC"), ("ABCXYZ", "ABC", "XYZ")]
    symbols = [
        {"symbol": name, "baseAsset": base, "quoteAsset": quote, "filters": filters}
        for name, base, quote in pairs
    ]
    reading.take(venue.lists.instruments[0], json.encode({"symbols": symbols}), NOW)
    prices = dict.fromkeys(("openPrice", "highPrice", "lowPrice"), "1")
    days = [
        {"symbol": name, "lastPrice": last, "volume": "2", "quoteVolume": worth, "closeTime": 1}
        for name, last, worth in (
            ("BTCUSDT", "50000", "10"),
            ("ETHBTC", "1", "3"),
            ("ABCXYZ", "1", "4"),
        )
    ]
    reading.take(venue.lists.volumes[0], json.encode([day | prices for day in days]), NOW)
    rows = [(row.symbol, row.volume, row.dollars) for row in reading.catalogue(NOW).instruments]
    assert rows == [("ETHBTC", 3.0, 150000.0), ("BTCUSDT", 10.0, 10.0), ("ABCXYZ", 4.0, None)]


def test_a_volume_that_cannot_be_read_costs_no_instrument() -> None:
    venue = VENUES["dydx"]
    reading = Reading(venue)
    market = {"ticker": "BTC-USD", "tickSize": "1", "stepSize": "0.0001", "volume24H": "much"}
    body = json.encode({"markets": {"BTC-USD": market}})
    reading.take(venue.lists.instruments[0], body, NOW)
    catalogue = reading.catalogue(NOW)
    assert [row.symbol for row in catalogue.instruments] == ["BTC-USD"]
    (note,) = catalogue.notes
    assert "24 h volume" in note


def _spot(symbol: str) -> list[dict[str, object]]:
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.1"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001"},
    ]
    return [{"symbol": symbol, "baseAsset": "BTC", "quoteAsset": "USDT", "filters": filters}]


STANDS: dict[str, tuple[list[tuple[str, object]], tuple[float | None, ...]]] = {
    "binance-usdm": (
        [
            (
                "exchangeInfo",
                {"symbols": [{**_spot("BTCUSDT")[0], "contractType": "PERPETUAL"}]},
            ),
            (
                "ticker/24hr",
                [
                    {
                        "symbol": "BTCUSDT",
                        "lastPrice": "110",
                        "openPrice": "100",
                        "highPrice": "120",
                        "lowPrice": "90",
                        "volume": "2",
                        "quoteVolume": "210",
                        "closeTime": 1,
                    }
                ],
            ),
            (
                "premiumIndex",
                [
                    {
                        "symbol": "BTCUSDT",
                        "markPrice": "111",
                        "indexPrice": "111",
                        "lastFundingRate": "0.0001",
                        "nextFundingTime": 1,
                        "time": 1,
                    }
                ],
            ),
        ],
        (110.0, 10.0, 0.0001, None),
    ),
    "hyperliquid": (
        [
            (
                "metaAndAssetCtxs",
                [
                    {"universe": [{"name": "BTC", "szDecimals": 2}]},
                    [
                        {
                            "funding": "0.0000125",
                            "openInterest": "3",
                            "oraclePx": "50",
                            "markPx": "50",
                            "prevDayPx": "40",
                            "dayNtlVlm": "7",
                        }
                    ],
                ],
            )
        ],
        (50.0, 25.0, 0.0000125, 150.0),
    ),
    "coinbase": (
        [
            (
                "products",
                {
                    "products": [
                        {
                            "product_id": "BTC-USD",
                            "product_type": "SPOT",
                            "base_currency_id": "BTC",
                            "quote_currency_id": "USD",
                            "price_increment": "0.01",
                            "base_increment": "0.001",
                            "quote_increment": "0.01",
                            "status": "online",
                            "price": "50",
                            "price_percentage_change_24h": "-2.5%",
                            "approximate_quote_24h_volume": "9",
                        }
                    ]
                },
            )
        ],
        (50.0, -2.5, None, None),
    ),
}
"""Answers of lists as venues document them (written here), and what they say of one instrument."""


@pytest.mark.parametrize("name", STANDS)
def test_lists_tell_of_price_change_funding_and_open_interest(name: str) -> None:
    venue = VENUES[name]
    reading = Reading(venue)
    answers, wanted = STANDS[name]
    for word, body in answers:
        pages = (*venue.lists.instruments, *venue.lists.volumes)
        (page,) = [page for page in pages if f'"{word}"' in page.body or word in page.path]
        reading.take(page, json.encode(body), NOW)
    (row,) = reading.catalogue(NOW).instruments
    assert (row.last, row.change, row.funding, row.interest) == pytest.approx(wanted)


@needs_captures
def test_a_recorded_list_tells_of_open_interest_in_dollars() -> None:
    reading = Reading(VENUES["bitmex"])
    for page, body in bodies(CAPTURES / RECORDED["bitmex"][0], VENUES["bitmex"]):
        reading.take(page, body, NOW)
    rows = [row for row in reading.catalogue(NOW).instruments if row.interest]
    assert len(rows) > 20
    swap = next(row for row in rows if row.symbol == "XBTUSD")
    assert swap.interest is not None
    assert 1e6 < swap.interest < 1e10
    assert swap.last is not None
    assert swap.funding is not None
    assert abs(swap.funding) < 0.01


def test_a_price_that_cannot_be_read_costs_no_instrument() -> None:
    venue = VENUES["bitfinex"]
    reading = Reading(venue)
    row = [1.0] * 6 + [None, 3.0, 0, 0]
    reading.take(venue.lists.instruments[0], json.encode([["tBTCUSD", *row]]), NOW)
    (found,) = reading.catalogue(NOW).instruments
    assert (found.last, found.change, found.funding, found.interest) == (None, 100.0, None, None)


@pytest.mark.parametrize("name", [name for name, row in VENUES.items() if row.lists.instruments])
@settings(max_examples=25)
@given(
    body=st.one_of(
        st.binary(max_size=80),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["result", "list", "markets", "data", "symbols"]),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=8,
        ).map(json.encode),
    )
)
def test_any_answer_is_a_list_or_a_feed_error(name: str, body: bytes) -> None:
    venue = VENUES[name]
    reading = Reading(venue)
    for page in (*venue.lists.instruments, *venue.lists.volumes):
        try:
            reading.take(page, body, NOW)
        except FeedError:
            continue
    assert isinstance(reading.catalogue(NOW), Catalogue)


def _rows(*names: str) -> list[Listed]:
    """Instruments of USDT, the first the most traded."""
    return [
        Listed(name, Kind.LINEAR, name.removesuffix("USDT"), "USDT", dollars=1e6 - at)
        for at, name in enumerate(names)
    ]


def test_the_symbol_comes_before_its_beginning_and_that_before_its_middle() -> None:
    rows = known("bybit-linear", _rows("WSOLUSDT", "SOLVUSDT", "SOLUSDT", "BTCUSDT"))
    assert [row.listed.symbol for row in find("sol", rows)] == ["SOLUSDT", "SOLVUSDT", "WSOLUSDT"]
    assert [row.listed.symbol for row in find("sol/usdt", rows)] == ["SOLUSDT", "WSOLUSDT"]


def test_words_may_be_of_the_venue_and_the_kind() -> None:
    rows = [*known("okx", _rows("BTCUSDT")), *known("bybit-linear", _rows("BTCUSDT", "ETHUSDT"))]
    assert [row.id for row in find("btc bybit", rows)] == ["bybit-linear:BTCUSDT"]
    assert [row.id for row in find("okx:btc", rows)] == ["okx:BTCUSDT"]
    assert len(find("linear", rows)) == 3
    assert find("btc spot", rows) == []


def test_among_equals_the_most_traded_is_first_but_for_what_is_watched() -> None:
    rows = known("bybit-linear", _rows("BTCUSDT", "BTCUSDC"))
    assert [row.listed.symbol for row in find("btcusd", rows)] == ["BTCUSDT", "BTCUSDC"]
    watched = {"bybit-linear:BTCUSDC"}
    assert [row.listed.symbol for row in find("btcusd", rows, watched)] == ["BTCUSDC", "BTCUSDT"]


def test_volumes_name_rows_or_go_with_names_that_are_apart() -> None:
    assert Volumes("result", base="v.1", price="p.1").symbol == ""
    venue = VENUES["kraken"]
    reading = Reading(venue)
    pairs = {
        name: {
            "altname": alt,
            "wsname": alt,
            "base": "X",
            "quote": "Z",
            "tick_size": "0.1",
            "lot_decimals": 8,
            "pair_decimals": 1,
            "status": "online",
        }
        for name, alt in (("XXBTZUSD", "XBT/USD"), ("SOLUSD", "SOL/USD"))
    }
    reading.take(venue.lists.instruments[0], json.encode({"error": [], "result": pairs}), NOW)
    tickers = {
        name: {
            "a": ["1", "1", "1"],
            "b": ["1", "1", "1"],
            "c": ["1", "1"],
            "v": ["1", volume],
            "p": ["1", "2"],
        }
        for name, volume in (("SOLUSD", "10"), ("XXBTZUSD", "30"))
    }
    reading.take(venue.lists.volumes[0], json.encode({"error": [], "result": tickers}), NOW)
    catalogue = reading.catalogue(NOW)
    assert catalogue.notes == ()
    assert {row.symbol: row.volume for row in catalogue.instruments} == {
        "BTC/USD": 60.0,
        "SOL/USD": 20.0,
    }
