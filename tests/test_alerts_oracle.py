"""Alerts against the slow ones: simulated markets, markets made up, recorded sessions."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.replay import events as replayed
from feeds.simulate import events as simulated
from market.alerts.grammar import parse_rule
from market.alerts.watch import Watch
from market.events import BookSnapshot, Event, FeedState, FeedStatus, Side, Trade
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.oracle import alerts as oracle
from tests.scenes import NAME, SECOND, START

RULES = [
    "price > {price} again 1s",
    "price <= {price} again 100ms",
    "change 3s beyond 0.002% again 1s",
    "change 10s < -0.001%",
    "delta 5s beyond 1 again 1s",
    "delta 2s >= 0 quote again 500ms",
    "volume 4s > 3 again 1s",
    "volume 1s >= 100k quote again 1s",
    "trades 3s > 5 again 1s",
    "trades 1s >= 2 sell again 500ms",
    "size >= 1 again 100ms",
    "size > 50k quote sell again 1s",
    "spread > 0 again 1s",
    "spread >= 0.1bp again 1s",
    "interest 10s beyond 0% again 1s",
    "funding > -1% again 1s",
    "liquidation > 0 again 1s",
    "liquidation >= 10k quote buy",
    "feed again 1s",
]


def same(events: Sequence[Event], *words: str) -> list[int]:
    """Hold rules against the one way and the other; how often each was told."""
    rules = [parse_rule(word) for word in words]
    expected = oracle.told(events, rules)
    for rule, wanted in zip(rules, expected, strict=True):
        firings = Watch([rule]).apply(Markets(), events)
        assert [firing.at for firing in firings] == [told.at for told in wanted], rule.text
        for firing, told in zip(firings, wanted, strict=True):
            # Fractions that no decimal holds have 28 digits.
            allowed = abs(told.value) * Fraction(1, 10**20)
            assert abs(Fraction(firing.value) - told.value) <= allowed, rule.text
    return [len(wanted) for wanted in expected]


def of_one(events: Sequence[Event], name: str) -> list[Event]:
    return [event for event in events if event.instrument == name]


def test_the_simulated_market_is_told_of_as_from_its_list() -> None:
    # The first forced order comes after 39 s; of the trades the last 14 s will do.
    since = START + 28 * SECOND
    events = [
        event
        for event in simulated(7, 42)
        if not isinstance(event, Trade) or event.ts_recv >= since
    ]
    prices = sorted(event.price for event in events if isinstance(event, Trade))
    words = [word.format(price=prices[len(prices) // 2]) for word in RULES]
    silent = {word for word, times in zip(words, same(events, *words), strict=True) if not times}
    assert silent == {"feed again 1s", "liquidation >= 10k quote buy"}


SESSIONS = [
    ("binance_usdm/btcusdt_20240808.jsonl.gz", "binance-usdm:BTCUSDT", 1200),
    ("binance_usdm/cf_20210405_120s.jsonl.gz", "binance-usdm:NEOUSDT", 1500),
    ("binance_spot/btcusdt_20240808_09.jsonl.gz", "binance:BTCUSDT", 1000),
    ("bybit/linear_tickers_btcusdt_202602.jsonl", "bybit-linear:BTCUSDT", 3000),
    ("deribit/cf_20210405_120s.jsonl.gz", "deribit:ETH-9APR21-1950-C", 3000),
    ("hyperliquid/btc_20250126.jsonl.gz", "hyperliquid:BTC", 3000),
    ("okx/cf_20220513.jsonl.gz", "okx:BTC-USDT", 3000),
]
"""A recording, an instrument of it, and among how many events it is looked for."""


@needs_captures
@pytest.mark.slow
@pytest.mark.parametrize(("file", "name", "count"), SESSIONS)
def test_recorded_sessions_are_told_of_as_from_their_lists(
    file: str, name: str, count: int
) -> None:
    path = CAPTURES / file
    events = of_one(list(islice(replayed(path), count)), name)
    prices = [event.price for event in events if isinstance(event, Trade)] or [1.0]
    level = sorted(prices)[len(prices) // 2]
    assert sum(same(events, *(words.format(price=level) for words in RULES))) > 0


@st.composite
def happenings(draw: st.DrawFn) -> list[Event]:
    """A market of few prices and times, with late trades, gaps and lost feeds."""
    steps = draw(
        st.lists(
            st.one_of(
                st.tuples(
                    st.integers(-1, 3), st.integers(99, 103), st.sampled_from((-3, -1, 1, 2))
                ),
                st.sampled_from(("LIVE", "GAP", "STALE", "CONNECTING", "SYNCING")),
            ),
            max_size=30,
        )
    )
    now, events = START, list[Event]()
    for number, step in enumerate(steps):
        if isinstance(step, str):
            events.append(FeedStatus(NAME, START, FeedState(step), venue="test"))
            events.append(BookSnapshot(NAME, None, START, [(99.0, 1.0)], [(104.0, 1.0)], number))
            continue
        ahead, price, size = step
        now += ahead * SECOND // 2
        side = Side.BUY if size > 0 else Side.SELL
        events.append(Trade(NAME, now, now, str(number), float(price), float(abs(size)), side))
    return events


@given(happenings(), st.sampled_from((*RULES, "delta 1s beyond 0", "size > 2 buy again 1s")))
@settings(max_examples=200)
def test_whatever_happens_is_told_of_as_from_its_list(events: list[Event], words: str) -> None:
    same(events, words.format(price=101))
