"""Lists of instruments are read to their end: every part, every market, whatever stands there."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from feeds.errors import FeedError, MalformedFrame
from feeds.listing import MOST_PAGES, Catalogue, Reading
from feeds.lists import Page
from feeds.registry import VENUES
from tests.captures import CAPTURES, needs_captures
from tests.listings import NOW, RECORDED, bodies


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
