"""What is asked of Bybit: topics subscribed, pings, and what refusals are answered with."""

import json

import pytest

from feeds.adapter import Channel, Ignored, Send, Subscription
from feeds.errors import ConfigError, Rejected
from feeds.inband import ANSWER
from feeds.registry import VENUES
from market.events import FeedState, FeedStatus
from tests.bybit import (
    LINEAR,
    MARKETS,
    SECOND,
    SPOT,
    answer,
    fetches,
    opened,
    parse,
    receive,
    requests,
)


def test_what_is_wanted_is_subscribed_ten_topics_at_a_time() -> None:
    symbols = [f"S{number}USDT" for number in range(100)]
    for venue in MARKETS:
        _, outputs = opened(Channel.TRADES, Channel.BOOK, venue=venue, symbols=symbols)
        asked = requests(outputs)
        assert [request["op"] for request in asked] == ["subscribe"] * 20
        assert all(len(request["args"]) <= 10 for request in asked)
        assert len({request["req_id"] for request in asked}) == 20
        topics = [topic for request in asked for topic in request["args"]]
        assert topics[:2] == ["publicTrade.S0USDT", "orderbook.1000.S0USDT"]
        assert len(set(topics)) == len(topics) == VENUES[venue].limits.streams
        assert len(json.dumps(topics)) < 21_000


def test_the_channels_have_their_topics_and_none_is_asked_for_twice() -> None:
    _, outputs = opened(*VENUES[LINEAR].paths)
    (asked,) = requests(outputs)
    assert asked["args"] == [
        "publicTrade.BTCUSDT",
        "orderbook.1000.BTCUSDT",
        "orderbook.1.BTCUSDT",
        "kline.1.BTCUSDT",
        "tickers.BTCUSDT",
        "allLiquidation.BTCUSDT",
    ]
    assert fetches(outputs) == [
        "/v5/market/instruments-info?category=linear&symbol=BTCUSDT",
        "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1&limit=1000",
    ]


@pytest.mark.parametrize(
    ("interval", "topic"), [("4h", "240"), ("1d", "D"), ("1M", "M"), ("8h", "240"), ("3d", "D")]
)
def test_intervals_are_the_venues_own_or_a_part_of_the_one_wanted(
    interval: str, topic: str
) -> None:
    adapter = VENUES[SPOT].adapter()
    outputs = list(adapter.open([Subscription("BTCUSDT", Channel.KLINES, interval)], 0))
    assert requests(outputs)[0]["args"] == [f"kline.{topic}.BTCUSDT"]


def test_what_a_market_lacks_is_refused() -> None:
    with pytest.raises(ConfigError, match="bybit has no liquidations"):
        opened(Channel.LIQUIDATIONS, venue=SPOT)
    with pytest.raises(ConfigError, match="no interval"):
        VENUES[SPOT].adapter().open([Subscription("BTCUSDT", Channel.KLINES, "7m")], 0)


def test_a_ping_goes_out_every_twenty_seconds() -> None:
    adapter, _ = opened(Channel.TRADES)
    assert [now for now in range(61) if list(adapter.tick(now * SECOND))] == [20, 40, 60]
    assert list(adapter.tick(80 * SECOND)) == [Send('{"op":"ping"}')]
    assert list(VENUES[LINEAR].adapter().tick(10**18)) == []


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ('{"success":true,"ret_msg":"pong","conn_id":"c","req_id":"","op":"ping"}', "pong"),
        ('{"args":["1672916271846"],"op":"pong"}', "acknowledgement"),
        ('{"req_id":"x","op":"pong","args":["1"],"conn_id":"c"}', "acknowledgement"),
        (
            '{"success":true,"ret_msg":"subscribe","conn_id":"c","op":"subscribe"}',
            "acknowledgement",
        ),
        ('{"success":true,"conn_id":"c","data":{"failTopics":[]},"type":"COMMAND_RESP"}', "ackn"),
        ('{"success":false,"ret_msg":"not subscribed","op":"unsubscribe","req_id":"x"}', "ackn"),
    ],
)
def test_answers_of_every_market_state_nothing(frame: str, said: str) -> None:
    assert receive(opened(Channel.BOOK)[0], frame) == []
    (ignored,) = parse(LINEAR, frame)
    assert isinstance(ignored, Ignored)
    assert ignored.reason.startswith(said)


def test_of_a_request_that_is_refused_each_topic_is_asked_for_by_itself() -> None:
    adapter, outputs = opened(Channel.TRADES, Channel.BOOK, symbols=["BTCUSDT", "NOSUCH"])
    (asked,) = requests(outputs)
    singly = requests(receive(adapter, answer(asked["req_id"], "error:handler not found")))
    assert [request["args"] for request in singly] == [[topic] for topic in asked["args"]]
    # One that had been subscribed after all is no trouble; one that cannot be is told.
    taken = answer(singly[0]["req_id"], "error:already subscribed,topic:publicTrade.BTCUSDT")
    assert receive(adapter, taken) == []
    reason = "error:handler not found,topic:orderbook.1000.NOSUCH"
    (status,) = receive(adapter, answer("orderbook.1000.NOSUCH", reason))
    assert status == FeedStatus("bybit-linear:NOSUCH", 0, FeedState.CONNECTING, reason)
    resent = [request.get("req_id") for request in requests(list(adapter.tick(10 * ANSWER)))]
    assert "orderbook.1000.NOSUCH" not in resent


def test_a_refusal_without_others_to_ask_for_is_final() -> None:
    adapter, _ = opened(Channel.BOOK, symbols=["NOSUCH"])
    with pytest.raises(Rejected, match="NOSUCH: Invalid symbol"):
        adapter.receive(answer("1", "Invalid symbol"), 0)
    with pytest.raises(Rejected, match="bybit-linear: Params Error"):
        adapter.receive(answer("", "Params Error"), 0)
    failed = '{"success":true,"data":{"failTopics":["tickers.X"]},"type":"COMMAND_RESP"}'
    with pytest.raises(Rejected, match=r"no such topic: tickers\.X"):
        parse(LINEAR, failed)


def test_an_instrument_is_as_good_without_what_is_not_vital() -> None:
    adapter, _ = opened(Channel.BOOK, Channel.LIQUIDATIONS)
    assert receive(adapter, answer("allLiquidation.BTCUSDT", "error:handler not found")) == []
