"""The dYdX adapter, frame by frame. Frames here are hand-made: they are faults and corners that no
capture holds. What real traffic means is tested in test_captures_dydx.py.
"""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Fetch, Ignored, Output, Resync, Send, Subscription
from feeds.errors import ConfigError, MalformedFrame, Rejected
from feeds.exchanges.dydx.adapter import LIST
from feeds.exchanges.dydx.outbox import PACE
from feeds.exchanges.dydx.uncross import UncrossedBook
from feeds.inband import ANSWER
from feeds.registry import VENUES, parse_instrument
from market.events import (
    BookDelta,
    BookSnapshot,
    FeedState,
    FeedStatus,
    FundingRate,
    Kline,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Side,
    Trade,
)
from tests.spoiling import check, recorded, spoilt

VENUE, NAME = "dydx", "dydx:ETH-USD"
SECOND, HOUR = 1_000_000_000, 3_600_000_000_000
NOW = 1_700_000_000 * SECOND
AT = "2023-11-14T22:13:20.500Z"
AT_NS = NOW + SECOND // 2
Tree = dict[str, Any]  # Any: the JSON of a payload
Pairs = Sequence[tuple[str, str]]


def message(number: int, channel: str, contents: object, **other: object) -> str:
    stated = {"type": "channel_data", "connection_id": "c", "message_id": number}
    return json.dumps(
        stated | {"channel": channel, "id": "ETH-USD"} | other | {"contents": contents}
    )


def whole(number: int, bids: Pairs, asks: Pairs, **other: object) -> str:
    sides = [[{"price": price, "size": size} for price, size in side] for side in (bids, asks)]
    contents = dict(zip(("bids", "asks"), sides, strict=True))
    return message(number, "v4_orderbook", contents, **({"type": "subscribed"} | other))


def change(number: int, bids: Pairs = (), asks: Pairs = (), **other: object) -> str:
    contents = [{"bids": [row]} for row in bids] + [{"asks": [row]} for row in asks]
    return message(number, "v4_orderbook", contents, **({"type": "channel_batch_data"} | other))


def fill(ident: str, **other: object) -> Tree:
    row = {"id": ident, "side": "BUY", "size": "2", "price": "10.5", "type": "LIMIT"}
    return row | {"createdAt": AT} | other


def fills(number: int, *rows: Tree, **other: object) -> str:
    return message(number, "v4_trades", {"trades": list(rows)}, **other)


def bar(minute: int, **other: object) -> Tree:
    row = {"startedAt": f"2023-11-14T22:{minute:02}:00.000Z", "ticker": "ETH-USD", "low": "0.5"}
    row |= {"high": "3", "open": "1", "close": "2", "baseTokenVolume": "10", "usdVolume": "20"}
    return row | {"trades": 4} | other


def candles(number: int, contents: object, **other: object) -> str:
    return message(number, "v4_candles", contents, **({"id": "ETH-USD/1MIN"} | other))


def market(**other: object) -> Tree:
    return {"ticker": "ETH-USD", "tickSize": "0.1", "stepSize": "0.001"} | other


def opened(
    *channels: Channel, symbols: Sequence[str] = ("ETH-USD",)
) -> tuple[Adapter, list[Output]]:
    adapter = VENUES[VENUE].adapter()
    wanted = [Subscription(symbol, channel, "1m") for symbol in symbols for channel in channels]
    return adapter, list(adapter.open(wanted, NOW))


def receive(adapter: Adapter, *frames: str, now: int = NOW) -> list[Output]:
    return [output for text in frames for output in adapter.receive(text, now)]


def states(outputs: Sequence[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def sent(outputs: Iterable[Output]) -> list[Tree]:
    return [json.loads(output.frame) for output in outputs if isinstance(output, Send)]


def fetches(outputs: Iterable[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def waited(adapter: Adapter, seconds: int, since: int = NOW) -> list[Output]:
    """What comes of so many seconds of ticks."""
    steps = range(since, since + seconds * SECOND, SECOND // 4)
    return [output for now in steps for output in adapter.tick(now)]


def test_a_book_is_live_with_its_snapshot_and_follows_the_messages_of_the_connection() -> None:
    adapter, outputs = opened(Channel.BOOK)
    assert states(outputs) == [FeedState.SYNCING]
    assert sent(outputs) == [
        {"type": "subscribe", "channel": "v4_orderbook", "id": "ETH-USD", "batched": True}
    ]
    connected = '{"type":"connected","connection_id":"c","message_id":0}'
    assert receive(adapter, connected) == []
    outputs = receive(adapter, whole(1, [("10", "1")], [("11", "2")]))
    assert [type(output) for output in outputs] == [BookSnapshot, FeedStatus]
    assert states(outputs) == [FeedState.LIVE]
    assert receive(adapter, fills(2)) == []
    (changed,) = receive(adapter, change(3, [("10", "0"), ("9", "4")]))
    assert changed == BookDelta(NAME, None, NOW, [(9, 4), (10, 0)], [], 3, 1)


def test_a_gap_anywhere_on_the_connection_is_one_of_every_book() -> None:
    symbols = ["ETH-USD", "BTC-USD"]
    adapter, _ = opened(Channel.BOOK, symbols=symbols)
    waited(adapter, 2)
    levels = ([("10", "1")], [("11", "2")])
    receive(adapter, whole(1, *levels), whole(2, *levels, id="BTC-USD"))
    late = NOW + 60 * SECOND
    outputs = receive(adapter, fills(4), now=late)
    assert states(outputs) == [FeedState.GAP] * 2
    assert len([output for output in outputs if isinstance(output, Resync)]) == 2
    assert receive(adapter, change(5, [("10", "3")]), now=late) == []
    again = sent(waited(adapter, 5, late))
    assert [(frame["type"], frame["id"]) for frame in again] == [
        (kind, symbol) for symbol in symbols for kind in ("unsubscribe", "subscribe")
    ]
    assert states(receive(adapter, whole(6, *levels), now=late)) == [FeedState.LIVE]


def test_a_change_that_cannot_be_read_is_missed_at_the_next_message() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, whole(1, [("10", "1")], [("11", "2")]))
    with pytest.raises(MalformedFrame):
        adapter.receive(change(2, [("10", "-1")]), NOW)
    assert states(receive(adapter, fills(3))) == [FeedState.GAP]


def test_what_cannot_be_read_of_other_channels_leaves_the_book_as_it_is() -> None:
    adapter, _ = opened(Channel.BOOK, Channel.TRADES)
    receive(adapter, whole(1, [("10", "1")], [("11", "2")]))
    with pytest.raises(MalformedFrame):
        adapter.receive(fills(2, fill("a", price="nan")), NOW)
    assert len(receive(adapter, change(3, [("10", "3")]))) == 1


def test_a_gap_is_told_even_if_the_message_after_it_cannot_be_read() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, whole(1, [("10", "1")], [("11", "2")]))
    with pytest.raises(MalformedFrame):
        adapter.receive(fills(3, fill("a", price="nan")), NOW)
    assert states(receive(adapter, fills(4))) == [FeedState.GAP]


def test_another_connection_counts_anew_and_states_its_books_anew() -> None:
    adapter = VENUES[VENUE].adapter()
    receive(adapter, whole(5, [("10", "1")], [("11", "2")]))
    outputs = receive(adapter, change(1, [("10", "3")], connection_id="d"))
    assert states(outputs) == [FeedState.SYNCING]
    again = whole(2, [("10", "1")], [("11", "2")], connection_id="d")
    assert states(receive(adapter, again)) == [FeedState.LIVE]


def test_of_two_levels_that_cross_the_older_is_not_shown_until_it_alone_stands() -> None:
    adapter, _ = opened(Channel.BOOK)
    receive(adapter, whole(1, [("10", "1"), ("9", "1")], [("11", "2")]))
    (crossing,) = receive(adapter, change(2, (), [("10", "5")]))
    assert isinstance(crossing, BookDelta)
    assert (crossing.bids, crossing.asks) == ([(10, 0)], [(10, 5)])
    (gone,) = receive(adapter, change(3, (), [("10", "0")]))
    assert isinstance(gone, BookDelta)
    assert (gone.bids, gone.asks) == ([(10, 1)], [(10, 0)])


def test_of_two_levels_of_a_snapshot_that_cross_the_smaller_is_not_shown() -> None:
    snapshot, _ = receive(
        VENUES[VENUE].adapter(), whole(1, [("2", "50"), ("1", "2710")], [("1", "70"), ("2", "9")])
    )
    assert isinstance(snapshot, BookSnapshot)
    assert (snapshot.bids, snapshot.asks) == ([(1, 2710)], [(2, 9)])


LEVELS = st.lists(
    st.tuples(st.integers(1, 8).map(float), st.sampled_from([0.0, 1.0, 2.0, 3.0])), max_size=4
)


@given(st.lists(st.lists(st.tuples(LEVELS, LEVELS), max_size=3), max_size=8))
def test_what_is_shown_is_never_crossed_and_lacks_only_what_overlaps(
    groups: list[list[tuple[list[tuple[float, float]], list[tuple[float, float]]]]],
) -> None:
    book = UncrossedBook()
    stated: tuple[dict[float, float], dict[float, float]] = ({}, {})
    shown: tuple[dict[float, float], dict[float, float]] = ({}, {})
    for group in groups:
        for both in group:
            for side, levels in zip(stated, both, strict=True):
                side.update(levels)
        for side, changed in zip(shown, book.change([*group]), strict=True):
            side.update(changed)
        (bids, asks), (all_bids, all_asks) = (
            [{price: size for price, size in side.items() if size} for side in sides]
            for sides in (shown, stated)
        )
        assert max(bids, default=0) < min(asks, default=9)
        assert bids.items() <= all_bids.items()
        assert asks.items() <= all_asks.items()
        assert all(price >= min(all_asks) for price in all_bids.keys() - bids.keys())
        assert all(price <= max(all_bids) for price in all_asks.keys() - asks.keys())


def test_the_side_of_a_trade_is_the_takers_and_a_liquidation_is_a_trade_too() -> None:
    adapter, _ = opened(Channel.TRADES, Channel.LIQUIDATIONS)
    rows = [fill("a"), fill("b", side="SELL", type="LIQUIDATED"), fill("c", type="DELEVERAGED")]
    bought, sold, forced = receive(adapter, fills(1, *rows), fills(2, *rows))
    assert bought == Trade(NAME, AT_NS, NOW, "a", 10.5, 2.0, Side.BUY)
    assert sold == Trade(NAME, AT_NS, NOW, "b", 10.5, 2.0, Side.SELL)
    assert forced == Liquidation(NAME, AT_NS, NOW, 10.5, 2.0, Side.SELL)


def test_the_past_comes_newest_first_and_is_told_oldest_first_and_once() -> None:
    adapter, _ = opened(Channel.TRADES)
    past = fills(1, fill("b"), fill("a"), type="subscribed")
    assert [trade.id for trade in receive(adapter, past)] == ["a", "b"]  # type: ignore[union-attr]  # all are trades
    adapter.open([Subscription("ETH-USD", Channel.TRADES)], NOW)
    newer = fills(1, fill("c"), fill("b"), type="subscribed", connection_id="d")
    assert [trade.id for trade in receive(adapter, newer)] == ["c"]  # type: ignore[union-attr]  # all are trades


def test_a_bar_is_over_when_the_next_begins() -> None:
    adapter, outputs = opened(Channel.KLINES)
    path = "/v4/candles/perpetualMarkets/ETH-USD?resolution=1MIN&limit=1000"
    assert fetches(outputs) == [path]
    past = {"candles": [bar(13, resolution="1MIN"), bar(12, resolution="1MIN")]}
    told = list(adapter.receive_body(path, json.dumps(past).encode(), NOW))
    assert [each.closed for each in told if isinstance(each, Kline)] == [True, False]
    assert fetches(waited(adapter, 60)) == []
    frames = (candles(1, past, type="subscribed"), candles(2, bar(13, close="2.5")))
    closed, new = receive(adapter, *frames, candles(3, bar(14)))[-2:]
    assert isinstance(closed, Kline)
    assert isinstance(new, Kline)
    assert (closed.close, closed.closed, closed.interval) == (2.5, True, "1m")
    assert (new.volume, new.quote_volume, new.trades, new.closed) == (10, Decimal(20), 4, False)


def test_the_state_of_a_market_is_mark_funding_and_open_interest_of_what_is_wanted() -> None:
    adapter, outputs = opened(Channel.MARK_PRICE)
    assert sent(outputs) == [{"type": "subscribe", "channel": "v4_markets", "batched": True}]
    full = market(oraclePrice="11", nextFundingRate="0.0001", openInterest="3")
    frame = message(1, "v4_markets", {"markets": {"ETH-USD": full, "X-USD": full}}, id="")
    assert receive(adapter, frame) == [
        MarkPrice(NAME, NOW, NOW, 11, 11),
        FundingRate(NAME, NOW, NOW, 0.0001, (NOW // HOUR + 1) * HOUR),
        OpenInterest(NAME, NOW, NOW, 3),
    ]
    prices = {"oraclePrices": {"ETH-USD": {"oraclePrice": "12", "effectiveAt": AT}}}
    assert receive(adapter, message(2, "v4_markets", prices)) == [
        MarkPrice(NAME, AT_NS, NOW, 12, 12)
    ]


def test_an_instrument_is_listed_once_and_one_that_is_not_is_told() -> None:
    adapter, outputs = opened(Channel.BOOK, symbols=["ETH-USD", "ETHH-USD"])
    assert fetches(outputs) == [LIST]
    body = json.dumps({"markets": {"ETH-USD": market()}}).encode()
    listing, status = adapter.receive_body(LIST, body, NOW)
    assert isinstance(listing, Listing)
    assert (listing.listed.tick_size, listing.listed.quote) == (Decimal("0.1"), "USD")
    reason = 'no such symbol; did you mean "ETH-USD"?'
    assert status == FeedStatus("dydx:ETHH-USD", NOW, FeedState.CONNECTING, reason)
    wanted = [Subscription("ETH-USD", Channel.BOOK)]
    assert fetches(adapter.open(wanted, NOW + 60 * SECOND)) == []
    assert fetches(adapter.open(wanted, NOW + HOUR)) == [LIST]
    alone, _ = opened(Channel.BOOK, symbols=["NO-USD"])
    with pytest.raises(Rejected, match="NO-USD: no such symbol"):
        alone.receive_body(LIST, body, NOW)


def test_a_body_that_is_not_json_is_asked_for_again_and_a_refusal_is_not() -> None:
    adapter, outputs = opened(Channel.KLINES)
    (path,) = fetches(outputs)
    with pytest.raises(MalformedFrame):
        adapter.receive_body(path, b"<html>busy</html>", NOW)
    assert fetches(adapter.tick(NOW + SECOND)) == [path]
    refusal = json.dumps({"errors": [{"msg": "ticker must be a valid ticker"}]}).encode()
    with pytest.raises(Rejected, match="ticker must be a valid ticker"):
        adapter.receive_body(path, refusal, NOW)
    assert fetches(adapter.tick(NOW + HOUR)) == []


def test_subscriptions_wait_for_their_turn_and_none_is_made_twice_meanwhile() -> None:
    symbols = [f"M{number}-USD" for number in range(30)]
    adapter, outputs = opened(Channel.BOOK, symbols=symbols)
    seconds = 2 * ANSWER // SECOND
    frames = sent(outputs) + sent(waited(adapter, seconds))
    assert len(frames) <= 1 + seconds * SECOND // PACE
    made = [frame["id"] for frame in frames if frame["type"] == "subscribe"]
    assert made[:30] == symbols[: len(made[:30])]
    given_up = [frame["id"] for frame in frames if frame["type"] == "unsubscribe"]
    assert set(given_up) <= set(made)


def test_a_refusal_counts_where_it_is_about_a_book_or_trades() -> None:
    adapter, _ = opened(Channel.BOOK)

    def error(number: int, text: str) -> str:
        said = {"type": "error", "connection_id": "c", "message_id": number, "message": text}
        return json.dumps(said)

    passing = "Internal error, could not fetch data for subscription: v4_orderbook."
    assert receive(adapter, error(1, passing), error(2, "Invalid v4_candles id")) == []
    with pytest.raises(Rejected, match="ETH-USD"):
        receive(adapter, error(3, "Invalid subscription id: (v4_orderbook-ETH-USD)."))
    assert sent(waited(adapter, 60)) == []


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{}",
        "[]",
        whole(1, [("0", "1")], []),
        change(1, [("1", "nan")]),
        fills(1, fill("a", side="LONG")),
        fills(1, fill("a", createdAt="1969-01-01T00:00:00Z")),
        fills(1, fill("a", createdAt="2023-11-14T22:13:20")),
        candles(1, bar(1, usdVolume="-1")),
        message(1, "v4_markets", {"markets": {"ETH-USD": market(tickSize="1e999999")}}),
    ],
)
def test_what_is_not_documented_is_malformed(frame: str) -> None:
    with pytest.raises(MalformedFrame):
        VENUES[VENUE].adapter().receive(frame, NOW)


def test_channels_that_are_not_used_are_passed_over_with_a_reason() -> None:
    frame = message(1, "v4_block_height", {"height": "1"})
    assert receive(VENUES[VENUE].adapter(), frame) == []
    (said,) = VENUES[VENUE].parser().parse(frame, NOW)
    assert isinstance(said, Ignored)


def test_what_the_venue_has_not_is_refused() -> None:
    adapter = VENUES[VENUE].adapter()
    with pytest.raises(ConfigError, match="no ticker"):
        adapter.open([Subscription("ETH-USD", Channel.TICKER)], NOW)
    with pytest.raises(ConfigError, match="no interval"):
        adapter.open([Subscription("ETH-USD", Channel.KLINES, "7m")], NOW)
    assert parse_instrument("dydx:ETH-USD") == (VENUE, "ETH-USD")


VALID = [
    whole(1, [("10", "1")], [("11", "2")]),
    change(2, [("12", "1")]),
    fills(3, fill("a", type="LIQUIDATED")),
    candles(4, bar(1)),
    message(5, "v4_markets", {"markets": {"ETH-USD": market(oraclePrice="1")}}),
    json.dumps({"markets": {"ETH-USD": market()}}),
    *recorded("dydx/samples.jsonl", "dydx/v4_ethusd_orderbook_testnet.jsonl"),
]
PATHS = ["", LIST, "/v4/candles/perpetualMarkets/X-USD?resolution=1MIN", "/v4/trades"]


@given(spoilt(VALID), st.sampled_from(PATHS))
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    payloads: list[bytes | str], path: str
) -> None:
    check(VENUE, payloads, path)
