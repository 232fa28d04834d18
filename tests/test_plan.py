"""The plan of connections: all that is wanted, nothing twice, and what runs is left alone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Subscription
from feeds.plan import Link, plan, subscriptions
from feeds.registry import VENUES
from feeds.venue import Venue

USDM, SPOT = VENUES["binance-usdm"], VENUES["binance"]
CHANNELS = (Channel.TRADES, Channel.BOOK, Channel.KLINES)

symbols = st.lists(st.sampled_from(["BTCUSDT", "ETHUSDT", "XRPUSDT", "A", "B", "C"]), unique=True)
wishes = st.tuples(symbols, st.sampled_from(["1m", "5m", "1h"]))


def narrow(venue: Venue, streams: int) -> Venue:
    return replace(venue, limits=replace(venue.limits, streams=streams))


def carried(links: list[Link]) -> list[Subscription]:
    return [part for link in links for part in link.subscriptions]


def test_a_split_venue_gets_one_connection_for_each_path() -> None:
    links = plan(USDM, subscriptions(USDM, ["BTCUSDT"], CHANNELS, "1m"))
    assert {link.url: [part.channel for part in link.subscriptions] for link in links} == {
        "wss://fstream.binance.com/market/stream": [Channel.TRADES, Channel.KLINES],
        "wss://fstream.binance.com/public/stream": [Channel.BOOK],
    }


def test_a_venue_with_one_path_gets_one_connection() -> None:
    (link,) = plan(SPOT, subscriptions(SPOT, ["BTCUSDT", "ETHUSDT"], CHANNELS, "1m"))
    assert link.books == link.vital == ["binance:BTCUSDT", "binance:ETHUSDT"]


def test_channels_that_a_venue_does_not_offer_are_not_asked_for() -> None:
    wanted = subscriptions(SPOT, ["BTCUSDT"], [Channel.TRADES, Channel.MARK_PRICE], "1m")
    assert wanted == [Subscription("BTCUSDT", Channel.TRADES)]


@given(symbols, st.integers(1, 7))
def test_every_subscription_is_carried_once_within_the_limit(names: list[str], most: int) -> None:
    venue = narrow(USDM, most)
    wanted = subscriptions(venue, names, CHANNELS, "1m")
    links = plan(venue, wanted)
    assert sorted(carried(links), key=str) == sorted(wanted, key=str)
    assert all(0 < len(link.subscriptions) <= most for link in links)
    for link in links:
        assert {venue.url(part.channel) for part in link.subscriptions} == {link.url}


@given(st.lists(wishes, min_size=1, max_size=6), st.integers(1, 7))
def test_after_any_change_of_mind_all_is_carried_and_what_serves_is_kept(
    changes: list[tuple[list[str], str]], most: int
) -> None:
    venue, links = narrow(USDM, most), list[Link]()
    for names, interval in changes:
        wanted = subscriptions(venue, names, CHANNELS, interval)
        before, links = links, plan(venue, wanted, links)
        assert set(wanted) <= set(carried(links))
        assert all(set(link.subscriptions) & set(wanted) for link in links)
        assert len(links) == len(set(links))
        lost = {part for link in before if link not in links for part in link.subscriptions}
        assert not lost & set(wanted) - set(carried(before))


def test_another_candle_interval_disturbs_neither_trades_nor_books() -> None:
    first = plan(USDM, subscriptions(USDM, ["BTCUSDT"], CHANNELS, "1m"))
    second = plan(USDM, subscriptions(USDM, ["BTCUSDT"], CHANNELS, "5m"), first)
    assert second[:2] == first
    assert carried(second[2:]) == [Subscription("BTCUSDT", Channel.KLINES, "5m")]
    assert second[2].vital == []
    assert plan(USDM, subscriptions(USDM, ["BTCUSDT"], CHANNELS, "1m"), second) == first


def test_a_symbol_that_comes_alone_leaves_those_of_the_old_one_behind() -> None:
    first = plan(USDM, subscriptions(USDM, ["BTCUSDT"], CHANNELS, "1m"))
    second = plan(USDM, subscriptions(USDM, ["ETHUSDT"], CHANNELS, "1m"), first)
    assert not set(first) & set(second)
