"""What is wanted of a connection, in the words adapters need."""

import pytest

from feeds.adapter import Channel, Subscription
from feeds.errors import ConfigError, Rejected
from feeds.wishes import spelled, symbols_of, without
from market.events import FeedState, FeedStatus


def test_symbols_of_a_channel_are_told_once_and_in_order() -> None:
    channels = [
        ("B", Channel.BOOK),
        ("A", Channel.BOOK),
        ("C", Channel.TRADES),
        ("B", Channel.BOOK),
    ]
    wanted = [Subscription(symbol, channel) for symbol, channel in channels]
    assert [*symbols_of(wanted, Channel.BOOK)] == ["B", "A"]


def test_an_interval_that_the_venue_has_no_word_for_is_an_error() -> None:
    assert spelled(Subscription("A", Channel.KLINES, "1m"), {"1m": 60}) == 60
    with pytest.raises(ConfigError, match="'7m' is no interval of klines"):
        spelled(Subscription("A", Channel.KLINES, "7m"), {"1m": 60})


def test_a_symbol_that_cannot_be_had_is_told_of_and_without_others_it_is_the_end() -> None:
    said = FeedStatus("venue:A", 5, FeedState.CONNECTING, "no such symbol")
    for wanted in (None, frozenset({"A", "B"})):
        assert without("venue", wanted, "A", "no such symbol", 5) == said
    with pytest.raises(Rejected, match="A: no such symbol"):
        without("venue", frozenset({"A"}), "A", "no such symbol", 5)
