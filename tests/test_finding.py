"""Finding: which rows of lists words find, and in which order."""

from msgspec import json

from feeds.finding import find, known
from feeds.listing import Listed, Reading
from feeds.lists import Volumes
from feeds.registry import VENUES
from market.instrument import Kind
from tests.listings import NOW


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
