"""What Hyperliquid is asked over the socket: grids, lists, history, states; and its refusals."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from feeds.adapter import Channel, Output, Subscription
from feeds.errors import Rejected
from feeds.exchanges.hyperliquid.names import tick_size
from feeds.exchanges.hyperliquid.posts import ANSWER, BUDGET, FIRST_PAUSE
from market.events import (
    BookSnapshot,
    FeedStatus,
    FundingRate,
    Kline,
    Listing,
    MarkPrice,
    OpenInterest,
)
from market.instrument import Kind
from tests.hyperliquid import (
    MINUTE,
    MS,
    NAME,
    NOW,
    SECOND,
    SPOT_META,
    T,
    Tree,
    book,
    candle,
    message,
    meta,
    opened,
    posted,
    receive,
    sent,
    subscribed,
    trade,
)


def asked(outputs: Iterable[Output]) -> list[Tree]:
    return [frame["request"]["payload"] for frame in sent(outputs) if frame["method"] == "post"]


@pytest.mark.parametrize(
    ("kind", "decimals", "price", "tick"),
    [
        (Kind.LINEAR, 5, None, "0.1"),
        (Kind.LINEAR, 5, 99999.9, "1"),
        (Kind.LINEAR, 5, 105056.0, "1"),
        (Kind.LINEAR, 5, 9876.5, "0.1"),
        (Kind.LINEAR, 0, 0.004411, "0.000001"),
        (Kind.LINEAR, 2, 32.1234, "0.001"),
        (Kind.SPOT, 2, 21.828, "0.001"),
        (Kind.SPOT, 0, 0.00005299, "1E-8"),
    ],
)
def test_a_price_has_five_figures_and_no_more_decimals_than_its_size_leaves(
    kind: Kind, decimals: int, price: float | None, tick: str
) -> None:
    assert tick_size(kind, decimals, price) == Decimal(tick)


def test_the_tick_follows_the_price_through_a_power_of_ten() -> None:
    adapter, outputs = opened(Channel.BOOK)
    assert asked(outputs) == [{"type": "meta"}]
    receive(adapter, book([("10001", "1")], [("10002", "1")]))
    (listing,) = receive(adapter, posted(1, meta("BTC", "ETH")))
    assert isinstance(listing, Listing)
    assert listing.listed.tick_size == 1
    outputs = receive(adapter, book([("9999.5", "1")], [("10002", "1")], T + 1))
    assert [type(output) for output in outputs] == [Listing, BookSnapshot]
    assert outputs[0].listed.tick_size == Decimal("0.1")  # type: ignore[union-attr]  # as just said
    # Near the power of ten the finer one stays.
    assert len(receive(adapter, book([("10001", "1")], [], T + 2))) == 1
    coarse, _ = receive(adapter, book([("10900", "1")], [], T + 3))
    assert isinstance(coarse, Listing)
    assert coarse.listed.tick_size == 1
    finer, _ = receive(adapter, trade(1, px="9999.5"))
    assert isinstance(finer, Listing)


def test_instruments_of_builders_and_of_spot_are_in_lists_of_their_own() -> None:
    coins = ["BTC", "xyz:SP500", "@107", "ETH"]
    adapter, outputs = opened(Channel.BOOK, coins=coins)
    assert asked(outputs) == [
        {"type": "meta"},
        {"type": "meta", "dex": "xyz"},
        {"type": "spotMeta"},
    ]
    told = receive(
        adapter,
        posted(1, meta("BTC", "ETH", "SOL")),
        posted(2, meta("xyz:SP500", decimals=3)),
        posted(3, SPOT_META),
    )
    listed = [output.listed for output in told if isinstance(output, Listing)]
    assert [item.symbol for item in listed] == ["BTC", "ETH", "xyz:SP500", "@107"]
    assert [(item.base, item.quote) for item in listed[2:]] == [("SP500", "USD"), ("HYPE", "USDC")]
    assert [item.kind for item in listed[2:]] == [Kind.LINEAR, Kind.SPOT]
    wanted = [Subscription(coin, Channel.BOOK) for coin in coins]
    assert asked(adapter.open(wanted, NOW + MINUTE)) == []
    assert len(asked(adapter.open(wanted, NOW + 11 * MINUTE))) == 3


def test_a_coin_that_is_not_listed_is_told_with_the_nearest_name() -> None:
    adapter, _ = opened(Channel.BOOK, coins=["BTC", "BTCC"])
    told = receive(adapter, posted(1, meta("BTC")))
    (status,) = [output for output in told if isinstance(output, FeedStatus)]
    assert status.instrument == "hyperliquid:BTCC"
    assert status.reason == 'no such symbol; did you mean "BTC"?'
    adapter, _ = opened(Channel.BOOK, coins=["HYPE/USDC"])
    with pytest.raises(Rejected, match='HYPE/USDC: no such symbol; did you mean "@107"'):
        receive(adapter, posted(1, SPOT_META))


def test_history_is_asked_for_over_the_socket_and_bars_close_with_the_next() -> None:
    adapter, outputs = opened(Channel.KLINES)
    assert subscribed(outputs) == [{"type": "candle", "coin": "BTC", "interval": "1m"}]
    (question,) = asked(outputs)
    assert question["type"] == "candleSnapshot"
    assert question["req"]["startTime"] == T - 1000 * 60_000
    past = [candle(T - 120_000), candle(T - 60_000), candle(T)]
    told = receive(adapter, posted(1, past))
    assert [bar.closed for bar in told if isinstance(bar, Kline)] == [True, True, False]
    closed, new = receive(
        adapter,
        message("candle", candle(T, "2.5")),
        message("candle", candle(T + 60_000)),
    )[1:]
    assert isinstance(closed, Kline)
    assert isinstance(new, Kline)
    assert (closed.start, closed.close, closed.closed) == (T * MS, 2.5, True)
    assert (new.start, new.closed) == ((T + 60_000) * MS, False)
    assert (new.volume, new.trades, new.end) == (10, 4, (T + 120_000) * MS)


def test_the_state_of_a_perpetual_is_mark_funding_and_open_interest() -> None:
    adapter, outputs = opened(Channel.MARK_PRICE, coins=["BTC", "@107"])
    assert subscribed(outputs) == [{"type": "activeAssetCtx", "coin": "BTC"}]
    context = {"funding": "0.0001", "openInterest": "3", "oraclePx": "11", "markPx": "10"}
    told = receive(adapter, message("activeAssetCtx", {"coin": "BTC", "ctx": context}))
    hour = 3600 * SECOND
    assert told == [
        MarkPrice(NAME, NOW, NOW, 10, 11),
        FundingRate(NAME, NOW, NOW, 0.0001, (NOW // hour + 1) * hour),
        OpenInterest(NAME, NOW, NOW, 3),
    ]


def test_questions_wait_so_that_no_more_is_asked_than_allowed() -> None:
    coins = [f"C{number}" for number in range(40)]
    adapter, outputs = opened(Channel.KLINES, coins=coins)
    spent, found = 0, len(asked(outputs))
    assert 0 < found * 37 <= BUDGET
    for second in range(1, 18):
        spent += len(asked(adapter.tick(NOW + second * SECOND)))
    assert spent * 37 <= 17 / 60 * BUDGET + 37


def test_a_question_that_is_not_answered_or_met_a_busy_venue_is_asked_again() -> None:
    adapter, _ = opened(Channel.KLINES)
    assert asked(adapter.tick(NOW + ANSWER)) == []
    late = NOW + ANSWER + FIRST_PAUSE
    assert len(asked(adapter.tick(late))) == 1
    assert receive(adapter, posted(1, "429 Too Many Requests", "error"), now=late) == []
    assert asked(adapter.tick(late + SECOND)) == []
    assert len(asked(adapter.tick(late + 8 * SECOND))) == 1
    with pytest.raises(Rejected, match="Failed to deserialize"):
        receive(adapter, posted(1, "Failed to deserialize", "error"), now=late)
    assert asked(adapter.tick(late + 10 * MINUTE)) == []


def test_an_answer_about_nothing_is_no_fault() -> None:
    adapter, _ = opened(Channel.KLINES)
    assert receive(adapter, posted(1, None), posted(9, [])) == []


def test_a_refusal_counts_where_the_book_or_the_trades_are_refused() -> None:
    adapter, _ = opened(Channel.BOOK)
    refusal = 'Invalid subscription {"type":"%s","coin":"NOPE"}'
    assert receive(adapter, message("error", refusal % "candle")) == []
    assert receive(adapter, message("error", 'Already subscribed: {"type":"l2Book"}')) == []
    fast = 'Invalid subscription {"type":"l2Book","coin":"BTC","fast":true}'
    assert receive(adapter, message("error", fast)) == []
    with pytest.raises(Rejected, match="NOPE"):
        receive(adapter, message("error", refusal % "trades"))
