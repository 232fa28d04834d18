"""Prices of lists: price, change, funding, volume and open interest of every row, where told."""

import pytest
from msgspec import json

from feeds.listing import Listed, Reading
from feeds.registry import VENUES
from market.instrument import Kind
from tests.captures import CAPTURES, needs_captures
from tests.listings import NOW, RECORDED, bodies


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
