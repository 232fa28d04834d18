"""What is promised of one venue is tested of all: whoever adds one is tested unasked.

Recordings are read in test_conformance.py, books followed in test_conformance_books.py, contracts
reckoned in test_contract_sizes.py; addresses and protocols are in test_registry.py.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.adapter import Adapter, Channel, Fetch, Send, Subscription
from feeds.errors import FeedError
from feeds.plan import plan, subscriptions
from feeds.registry import VENUES, parse_instrument, venue_for_url
from market.events import Event, FeedState, FeedStatus, Listing, Trade
from market.klines import INTERVALS
from tests.captures import CAPTURES, needs_captures
from tests.places import files_of, said_to, stated_in
from tests.spoiling import check, plain, recorded, spoilt

SECOND = 1_000_000_000
NOW = 1_760_000_000 * SECOND
MOST = 1500
"""Messages of a file that are looked at."""
SINCE, UNTIL = 1_400_000_000 * SECOND, 1_900_000_000 * SECOND
"""When recordings can be from."""

each_venue = pytest.mark.parametrize("name", VENUES)


def wanted(name: str, interval: str = "1m") -> list[Subscription]:
    """Every channel of the venue's first popular symbol."""
    venue = VENUES[name]
    return subscriptions(venue, venue.popular[:1], tuple(Channel), interval)


def opened(name: str, url: str) -> tuple[Adapter, Sequence[object]]:
    """An adapter of the connection to an address, and what it does first."""
    asked = [part for part in wanted(name) if VENUES[name].url(part.channel) == url]
    adapter = VENUES[name].adapter(url)
    return adapter, list(adapter.open(asked, NOW))


def addresses(name: str) -> list[str]:
    return sorted({link.url for link in plan(VENUES[name], wanted(name))})


@each_venue
def test_limits_are_some(name: str) -> None:
    limits = VENUES[name].limits
    assert limits.streams >= len(Channel)
    assert limits.sends >= 1
    assert limits.connects >= 1
    assert limits.weight >= 1
    assert limits.lifetime > 0


@each_venue
def test_addresses_are_encrypted_and_whole(name: str) -> None:
    venue = VENUES[name]
    assert re.fullmatch(r"wss://[a-z0-9.-]+(:\d+)?", venue.websocket)
    assert re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?", venue.rest)
    assert all(path == "" or path.startswith("/") for path in venue.paths.values())


@each_venue
def test_hosts_are_sorted_and_nobody_elses_name_is_taken_for_one(name: str) -> None:
    venue = VENUES[name]
    assert len(set(venue.hosts)) == len(venue.hosts)
    for place in venue.hosts:
        host = place.partition("?")[0].partition("/")[0]
        assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]+", host)
        assert venue_for_url(f"wss://{host}.evil.example/{place.partition('/')[2]}") is None
        assert venue_for_url(f"wss://evil-{host}.example") is None


@each_venue
def test_popular_symbols_are_symbols(name: str) -> None:
    venue = VENUES[name]
    assert venue.popular
    assert len(set(venue.popular)) == len(venue.popular)
    for symbol in venue.popular:
        assert parse_instrument(f"{name}:{symbol}") == (name, symbol)


@each_venue
@given(text=st.text(min_size=1, max_size=12), sign=st.sampled_from(" ?&#%\n\r\x00\x1b\"'\\<"))
@settings(max_examples=30)
def test_no_symbol_holds_what_would_change_a_request(name: str, text: str, sign: str) -> None:
    for symbol in (text + sign, sign + text, f"BTC{sign}USDT", f"BTC-USDT{sign}"):
        assert re.fullmatch(VENUES[name].symbols, symbol) is None


@each_venue
def test_a_connection_opens_with_frames_and_requests_that_the_venue_allows(name: str) -> None:
    venue = VENUES[name]
    for url in addresses(name):
        _, outputs = opened(name, url)
        assert any(isinstance(output, Send | Fetch) for output in outputs) or "?" in url
        for output in outputs:
            match output:
                case Send():
                    assert output.frame
                case Fetch():
                    assert output.path.startswith("/")
                    assert 0 < output.weight <= venue.limits.weight
                    assert output.key
                case FeedStatus():
                    assert output.state is not FeedState.LIVE


@each_venue
@pytest.mark.parametrize("interval", INTERVALS)
def test_bars_of_every_interval_can_be_asked_for(name: str, interval: str) -> None:
    asked = [part for part in wanted(name, interval) if part.channel is Channel.KLINES]
    assert asked
    adapter = VENUES[name].adapter(VENUES[name].url(Channel.KLINES))
    assert any(isinstance(output, Send | Fetch) for output in adapter.open(asked, NOW))


@each_venue
def test_a_quiet_connection_sends_nothing_or_the_same_beat_at_even_times(name: str) -> None:
    """For ten minutes nothing comes; of trades alone nothing is asked again meanwhile."""
    venue = VENUES[name]
    adapter = venue.adapter(venue.url(Channel.TRADES))
    list(adapter.open([Subscription(venue.popular[0], Channel.TRADES)], NOW))
    beats = [
        (second, re.sub(r"\d+", "", output.frame))
        for second in range(1, 601)
        for output in adapter.tick(NOW + second * SECOND)
        if isinstance(output, Send)
    ]
    waits = {later - sooner for (sooner, _), (later, _) in pairwise([(0, ""), *beats])}
    assert len({frame for _, frame in beats}) <= 1
    assert not beats or (len(waits) == 1 and waits <= set(range(5, 61)))


@each_venue
def test_an_adapter_that_was_not_opened_lets_time_pass(name: str) -> None:
    adapter = VENUES[name].adapter()
    assert all(map(plain, adapter.tick(NOW)))


@cache
def messages_of(name: str) -> list[str]:
    """Shorter recorded messages of a venue, to be spoilt; where there are none, one of nothing."""
    files = files_of(name) if CAPTURES.is_dir() else []
    return recorded(*(f"{path.parent.name}/{path.name}" for path in files)) or ["{}"]


@each_venue
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_comes_is_read_or_refused_and_no_number_is_odd(
    name: str, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(["", "/", "/api/v3/depth?symbol=X", "/?"]) | st.text())
    check(name, data.draw(spoilt(messages_of(name))), path)


@needs_captures
@each_venue
def test_recorded_facts_are_the_venues_dated_and_plain(name: str) -> None:
    count = 0
    for path in files_of(name):
        for event in stated_in(name, path, MOST):
            count += 1
            assert event.instrument.partition(":")[0] == name
            assert plain(event)
            time = getattr(event, "ts_event", None)
            assert not time or SINCE < time < UNTIL
    assert count


NAMELESS = {
    "mexc": "its protobuf has no field for ids",
    "mexc-futures": "frames of before 2022 have none",
}
"""Venues whose recorded trades have no ids, and why; none of theirs can be known again."""


@needs_captures
@each_venue
def test_recorded_trades_have_an_id_a_price_and_a_size(name: str) -> None:
    for path in files_of(name):
        for event in stated_in(name, path, MOST):
            if isinstance(event, Trade):
                assert event.id or name in NAMELESS
                assert event.price > 0
                assert event.size > 0


@needs_captures
@each_venue
def test_a_listed_instrument_can_be_asked_for_and_has_its_coins(name: str) -> None:
    for path in files_of(name):
        for event in stated_in(name, path, MOST):
            if isinstance(event, Listing):
                listed = event.listed
                assert event.instrument == listed.id == f"{name}:{listed.symbol}"
                assert listed.contract_size is None or listed.contract_size > 0
                assert not listed.inferred


NUMBERED = {"dydx": "a message that comes twice is left out whole, by its number"}
"""Venues whose trades are not looked at where a message repeats one, and why."""


@needs_captures
@each_venue
def test_a_trade_that_comes_twice_is_told_once_and_counted(name: str) -> None:
    for path in files_of(name):
        adapter = VENUES[name].adapter()
        for number, message in enumerate(said_to(name, path)):
            if number >= MOST:
                break
            if message.path is not None:
                continue
            first = trades(adapter, message.payload)
            assert len(set(first)) == len(first)
            known = adapter.duplicates
            assert not trades(adapter, message.payload)
            assert adapter.duplicates - known >= len(first) or name in NUMBERED


def trades(adapter: Adapter, payload: bytes | str) -> list[tuple[str, str]]:
    try:
        outputs = list(adapter.receive(payload, NOW))
    except FeedError:
        return []  # of a sister market, or one of the few that test_conformance.py lists
    events = [output for output in outputs if isinstance(output, Event)]
    prints = [event for event in events if isinstance(event, Trade) and event.id]
    return [(event.instrument, event.id) for event in prints]
