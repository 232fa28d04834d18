"""Alerts: rules as they are written, and when they are told."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from market.alerts.grammar import parse_rule
from market.alerts.rule import Condition, Operator, Rule
from market.alerts.subjects import SUBJECTS
from market.alerts.watch import Alert, Watch
from market.alerts.window import Window
from market.events import (
    Event,
    FeedState,
    FeedStatus,
    FundingRate,
    Liquidation,
    OpenInterest,
    Side,
    Trade,
)
from market.market import Market
from market.markets import Markets
from tests.scenes import NAME, SECOND, START, Print, market_of

OTHER = "test:ETHUSDT"


def trades(prints: list[Print], name: str = NAME) -> list[Event]:
    """Prints as events; each has an id of its own time and price."""
    events: list[Event] = []
    for after, price, size in prints:
        ts = START + round(after * SECOND)
        side = Side.BUY if size > 0 else Side.SELL
        events.append(Trade(name, ts, ts, f"{after}-{price}-{size}", price, abs(size), side))
    return events


def state(word: str, reason: str = "", name: str = NAME) -> FeedStatus:
    return FeedStatus(name, START, FeedState(word), reason, venue="test")


def told(words: str, events: list[Event]) -> list[tuple[float, str]]:
    """When a rule fires, in seconds after the start, and of which value."""
    names = dict.fromkeys(event.instrument for event in events if event.instrument)
    opened = [state("LIVE", name=name) for name in names]
    firings = Watch([parse_rule(words)]).apply(Markets(), [*opened, *events])
    return [((firing.at - START) / SECOND, firing.measure) for firing in firings]


@pytest.mark.parametrize(
    ("words", "shortest"),
    [
        ("price>65000", "price > 65000"),
        ("  PRICE  <=  65k ", "price <= 65000"),
        ("binance-usdm:BTCUSDT price >= 1.50", "binance-usdm:BTCUSDT price >= 1.5"),
        ("ccxt:kraken:BTC/USD:USD feed again 1m", "ccxt:kraken:BTC/USD:USD feed again 1m"),
        ("change 300s beyond 1 %", "change 5m beyond 1%"),
        ("delta 1m < -1.5M quote again 90s", "delta 1m < -1500000 quote again 90s"),
        ("size >= 20 Sell once", "size >= 20 sell"),
        ("spread > 3bp", "spread > 3bp"),
        ("funding < -0.01%", "funding < -0.01%"),
    ],
)
def test_a_rule_is_read_and_written_in_its_shortest_spelling(words: str, shortest: str) -> None:
    rule = parse_rule(words)
    assert rule.text == shortest
    assert parse_rule(shortest) == rule


def test_every_example_is_a_rule_of_its_subject() -> None:
    for name, subject in SUBJECTS.items():
        assert parse_rule(subject.example).condition.subject == name


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", "write what to tell of, such as price > 65000; there are change, delta"),
        ("test:X", "write what to tell of"),
        ("pric > 3", '"pric" is nothing to tell of (did you mean "price"?); there are change'),
        ("price 3", 'after price comes one of > >= < <=, not "3"'),
        ("price", "after price comes one of > >= < <=: price > 65000"),
        ("price beyond 3", 'not "beyond"'),
        ("price > ", "after > comes a number such as 250, 0.5 or 20k: price > 65000"),
        ("price > 65,000", 'not "65,000"'),
        ("price > nan", 'not "nan"'),
        ("price > -1", "takes no number below zero"),
        ("delta 1m beyond -1", "takes no number below zero"),
        ("price > 1 quote", 'comes nothing, not "quote"'),
        ("size > 1%", 'comes nothing or "quote", not "%"'),
        ("funding > 0.01", "funding is written in percent"),
        ("delta > 5", "delta needs a span, such as 30s, 1m or 4h"),
        ("delta 5x > 5", 'not "5x"'),
        ("delta 5t > 5", 'not "5t"'),
        ("delta 2d > 5", '"2d" is longer than a day'),
        ("volume 1m < 5", 'after volume comes one of > >=, not "<"'),
        ("size > 5 again", "again needs a pause such as 30s"),
        ("size > 5 again soon", 'not "soon"'),
        ("price > 5 buy", '"buy" says nothing there; a rule may end with once, again 10s'),
        ("size > 5 buys", "a rule may end with buy, sell, once, again 10s"),
        ("feed > 5", '">" says nothing there'),
        ("size > 5 buy sell", "says buy or sell a single time"),
        ("price > 5 once again 5s", "says once or again a single time"),
        ("size > 5" + " " * 200, "200 characters"),
    ],
)
def test_what_is_no_rule_is_one_clear_line(words: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as error:
        parse_rule(words)
    assert complaint in str(error.value)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule there can be."""
    name = draw(st.sampled_from([*SUBJECTS]))
    subject = SUBJECTS[name]
    times = st.integers(1, 86_400).map(lambda seconds: seconds * SECOND)
    operator = draw(st.sampled_from(subject.operators or (Operator.ABOVE,)))
    low = -(10**6) if subject.signed and operator is not Operator.BEYOND else 0
    level = Decimal(draw(st.integers(low, 10**9))) / 1000 if subject.operators else Decimal(0)
    condition = Condition(
        name,
        operator,
        level,
        draw(times) if subject.spanned else 0,
        draw(st.sampled_from(subject.units)),
        draw(st.sampled_from((None, *Side))) if subject.sided else None,
    )
    return Rule(condition, draw(st.sampled_from(("", NAME))), draw(st.none() | times))


@given(rules())
def test_what_is_written_is_read_back(rule: Rule) -> None:
    assert parse_rule(rule.text) == rule


def test_a_price_is_told_when_it_crosses_and_not_for_being_there() -> None:
    prints = [(0.0, 101.0, 1.0), (1, 102.0, 1.0), (2, 100.0, 1.0), (3, 100.5, 1.0), (4, 99.0, 1.0)]
    assert told("price > 100", trades(prints)) == [(3, "100.5")]
    assert told("price < 100", trades(prints)) == [(4, "99")]
    assert told("price >= 102", trades(prints)) == [(1, "102")]


def test_a_rule_is_told_once_or_again_after_its_pause() -> None:
    prints = [(n / 2, 100.0 + n % 2, 1.0) for n in range(12)]
    assert [at for at, _ in told("price > 100", trades(prints))] == [0.5]
    assert [at for at, _ in told("price > 100 again 1s", trades(prints))] == [
        0.5,
        1.5,
        2.5,
        3.5,
        4.5,
        5.5,
    ]
    assert [at for at, _ in told("price > 100 again 2s", trades(prints))] == [0.5, 2.5, 4.5]


def test_an_alert_that_fired_is_told_again_when_it_is_armed() -> None:
    watch, markets = Watch([parse_rule("price > 100")]), Markets()
    watch.apply(markets, [state("LIVE")])
    assert len(watch.apply(markets, trades([(0, 100.0, 1), (1, 101.0, 1), (2, 100.0, 1)]))) == 1
    assert watch.apply(markets, trades([(3, 101.0, 1), (4, 100.0, 1)])) == []
    (alert,) = watch.alerts
    assert not alert.armed
    alert.arm()
    assert [firing.at for firing in watch.apply(markets, trades([(5, 101.0, 1)]))] == [
        START + 5 * SECOND
    ]


def test_an_order_is_told_once_however_many_prints_it_has() -> None:
    prints = [(1.0, 100.0, 3.0), (1.0, 101.0, 3.0), (1.0, 102.0, 9.0), (1.0, 102.0, -6.0)]
    assert told("size >= 5 again 1ms", trades(prints)) == [(1, "6")]
    assert told("size >= 5 sell", trades(prints)) == [(1, "6")]
    assert told("size >= 600 quote", trades(prints)) == [(1, "603 quote")]
    assert told("size >= 5 again 1ms", trades([*prints, (2.0, 100.0, 5.0)])) == [(1, "6"), (2, "5")]


@pytest.mark.parametrize(
    "words", ["price > 100 again 1ms", "price < 101 again 1ms", "size >= 2 again 1ms"]
)
def test_what_is_stated_twice_is_told_once(words: str) -> None:
    prints = [(0.0, 100.0, 1.0), (1.0, 101.0, 2.0), (1.5, 99.0, 1.0), (1.5, 101.0, 2.0)]
    events = trades(prints)
    once = told(words, events)
    assert once
    assert told(words, [*events, *events]) == once
    assert told(words, [part for event in events for part in (event, event)]) == once


def test_a_forced_order_that_is_stated_twice_is_told_once() -> None:
    order = Liquidation(NAME, START, START, 100.0, 5.0, Side.SELL)
    firings = told("liquidation >= 5 again 1ms", [*trades([(0, 100.0, 1.0)]), order, order])
    assert firings == [(0, "5")]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 0.0])
def test_what_is_no_number_ends_nothing(number: float) -> None:
    events: list[Event] = [
        *trades([(0, 100.0, 1.0)]),
        FundingRate(NAME, START, START, number, None),
        OpenInterest(NAME, START, START, number),
        OpenInterest(NAME, START + SECOND, START + SECOND, number),
        Liquidation(NAME, START, START, number, number, Side.SELL),
    ]
    for words in ("funding beyond 1%", "interest 1s beyond 1%", "liquidation > 1 quote"):
        assert told(words, events) == []


def test_a_late_trade_moves_no_price_and_is_no_news() -> None:
    prints = [(0.0, 100.0, 1.0), (9.0, 100.0, 1.0), (5.0, 200.0, 50.0), (9.5, 100.0, 1.0)]
    assert told("price > 150", trades(prints)) == []
    assert told("size > 10", trades(prints)) == []


@pytest.mark.parametrize("words", ["delta 5s beyond 3", "volume 5s > 3"])
def test_a_gap_fires_no_sum_before_the_span_is_whole_again(words: str) -> None:
    before = [(0.0, 100.0, 1.0), *((float(n), 100.0, 0.5) for n in range(1, 7))]
    after = [(7.0 + n, 100.0, 2.0) for n in range(8)]
    events = [*trades(before), state("LIVE"), state("GAP"), state("LIVE"), *trades(after)]
    # The gap ended at 6 s; at 11 s five seconds have passed.
    assert [at for at, _ in told(words, events)] == [11]
    assert [at for at, _ in told(words, [*trades(before), *trades(after)])] == [7]
    lasting = [*trades(before), state("LIVE"), state("GAP"), *trades(after)]
    assert told(words, lasting) == []


def test_a_span_that_was_not_heard_from_its_beginning_is_not_known() -> None:
    prints = [(float(n), 100.0, 50.0) for n in range(5)]
    assert told("volume 5s > 3", trades(prints)) == []
    assert told("change 5s beyond 0.001%", trades(prints)) == []


def test_a_change_is_not_reckoned_from_a_price_nobody_saw() -> None:
    first, later = [(0.0, 100.0, 1.0), (1.0, 100.0, 1.0)], [(6.5, 90.0, 1.0), (7.0, 110.0, 1.0)]
    moved = [(12.0, 110.0, 1.0), (12.5, 120.0, 1.0)]
    assert told("change 5s > 1%", [*trades([*first, *later])]) == [(7, "10%")]
    gap = [state("LIVE"), state("GAP")]
    hidden = [*trades(first), *gap, state("LIVE"), *trades([*later, *moved])]
    # What was at 2 s may have been another price than that of 1 s.
    assert told("change 5s > 1%", hidden) == [(12.5, "9.091%")]


def test_a_feed_is_told_when_it_is_lost_and_not_while_it_begins() -> None:
    watch, markets = Watch([parse_rule("feed again 1ms")]), Markets()
    begins = [state("CONNECTING"), state("SYNCING"), *trades([(1, 100.0, 1.0)]), state("LIVE")]
    assert watch.apply(markets, begins) == []
    lost = [state("STALE", "no book"), state("GAP", "x"), state("LIVE"), *trades([(2, 100.0, 1)])]
    assert [firing.measure for firing in watch.apply(markets, lost)] == ["STALE: no book"]
    (firing,) = watch.apply(markets, [state("CONNECTING", "cut", name="")])
    assert (firing.measure, firing.at) == ("CONNECTING: cut", START + 2 * SECOND)


def test_what_a_venue_tells_of_the_time_before_we_came_is_not_told() -> None:
    received = START + 100 * SECOND
    past = [
        replace(event, ts_recv=received)
        for event in trades([(0.0, 99.0, 9.0), (1.0, 101.0, 9.0), (2.0, 99.0, 9.0)])
    ]
    rules = [parse_rule("size > 5 again 1ms"), parse_rule("price > 100")]
    events = [state("SYNCING"), *past, state("LIVE"), *trades([(101.0, 102.0, 9.0)])]
    events = [
        event if event.ts_recv > START else replace(event, ts_recv=received) for event in events
    ]
    found = Watch(rules).apply(Markets(), events)
    assert [firing.at - START for firing in found] == [101 * SECOND] * 2
    # A market without a book is never said to be well: it has begun when 2 s have passed.
    bare = Watch(rules).apply(Markets(), [*past, *trades([(103.0, 102.0, 9.0)])])
    assert [firing.at - START for firing in bare] == [103 * SECOND] * 2


def test_a_rule_without_an_instrument_hears_each_market_by_itself() -> None:
    one, other = [(0.0, 99.0, 1.0), (1.0, 101.0, 1.0)], [(0.5, 105.0, 1.0), (2.0, 106.0, 1.0)]
    events = sorted([*trades(one), *trades(other, OTHER)], key=lambda event: event.ts_recv)
    assert told("price > 100 again 1ms", events) == [(1, "101")]
    assert told(f"{OTHER} price > 105", events) == [(2, "106")]
    assert told(f"{OTHER} price < 100", events) == []


def test_what_is_past_is_heard_and_not_told() -> None:
    watch = Watch([parse_rule("price > 100 again 1ms")])
    watch.since = START + 2 * SECOND
    prints = [
        (0.0, 99.0, 1.0),
        (1.0, 101.0, 1.0),
        (2.0, 102.0, 1.0),
        (3.0, 99.0, 1),
        (4.0, 101.0, 1),
    ]
    firings = watch.apply(Markets(), trades(prints))
    assert [firing.at for firing in firings] == [START + 4 * SECOND]


def test_what_holds_from_the_past_on_is_told_at_the_first_look() -> None:
    watch = Watch([parse_rule("volume 2s > 5"), parse_rule("price > 1")])
    watch.since = START + 4 * SECOND
    firings = watch.apply(Markets(), trades([(float(n), 100.0, 5.0) for n in range(7)]))
    assert [(firing.at - START) // SECOND for firing in firings] == [4]


def test_a_replay_that_begins_anew_is_told_of_anew() -> None:
    watch, events = Watch([parse_rule("price > 100 again 1m")]), trades([(0, 99, 1), (9, 101, 1)])
    assert len(watch.apply(Markets(), events)) == 1
    watch.restart()
    assert len(watch.apply(Markets(), events)) == 1


def test_another_alert_leaves_what_is_known_of_the_others() -> None:
    watch, markets = Watch([parse_rule("volume 1s > 1 again 1ms")]), Markets()
    events = trades([(float(n) / 2, 100.0, 5.0) for n in range(8)])
    assert len(watch.apply(markets, events[:4])) == 1
    watch.set([*watch.alerts, Alert(parse_rule("price > 1"))])
    assert watch.apply(markets, events[4:]) == []


def test_a_finer_grid_changes_no_sum_and_no_crossing() -> None:
    prints = [(float(n), 100.0 + n / 4, 1.0) for n in range(8)]
    finer = [*prints, (8.0, 102.003, 0.00001), (9.0, 103.0, 1.0)]
    assert told("volume 3s >= 3", trades(finer))[0] == (3, "3")
    assert told("price > 102.5", trades(finer)) == [(9, "103")]


def test_trades_put_in_front_make_a_span_whole() -> None:
    market = market_of([(float(n), 100.0, 1.0) for n in range(9)])
    watch = Watch([parse_rule("volume 5s >= 5")])
    (event,) = trades([(9.0, 100.0, 1.0)])
    market.apply(event)
    assert [firing.measure for firing in watch.take(market, event)] == ["5"]


@given(
    st.lists(st.tuples(st.integers(-2, 3), st.integers(-9, 9)), min_size=1, max_size=90),
    st.integers(1, 90),
    st.sampled_from((1.0, 2e9)),
)
def test_a_window_opened_late_or_by_leaps_holds_the_same(
    steps: list[tuple[int, int]], leap: int, large: float
) -> None:
    market, now, prints = market_of([(0.0, 100.0, 1.0)]), 0.0, list[Print]()
    for pause, size in steps:
        now = max(0.0, now + pause)
        prints += [(now, large, size * large)] if size else []
    steadily, leaping, late = Window(5 * SECOND), Window(5 * SECOND), Window(5 * SECOND)
    for number, event in enumerate(trades(prints)):
        market.apply(event)
        steadily.update(market.trades)
        if number % leap == 0:
            leaping.update(market.trades)
    for window in (steadily, leaping, late):
        window.update(market.trades)
    sums = [
        (w.start, w.trades, w.bought, w.delta, w.volume, w.delta_value, w.volume_value)
        for w in (steadily, leaping, late)
    ]
    assert sums[0] == sums[1] == sums[2]


def test_values_are_exact_and_fractions_have_twelve_digits() -> None:
    rule = parse_rule("change 1s > 0%")
    watch = Watch([rule])
    (firing,) = watch.apply(Markets(), trades([(0, 3.0, 1.0), (1, 3.0, 1.0), (2, 4.0, 1.0)]))
    assert firing.exact == "33.3333333333"
    assert firing.text == f"{NAME} change 33.33% (change 1s > 0%)"
    assert isinstance(firing.value, Decimal)


def test_a_market_without_a_rule_costs_a_look_in_a_table() -> None:
    watch, markets = Watch([parse_rule(f"{OTHER} price > 1")]), Markets()
    assert watch.apply(markets, trades([(0, 1.0, 1.0)])) == []
    assert isinstance(markets.get(NAME), Market)
