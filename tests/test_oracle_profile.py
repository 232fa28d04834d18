"""Profiles equal those reckoned the slow way, on drawn, simulated and recorded markets."""

from collections import defaultdict
from collections.abc import Hashable
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import replay
from feeds.simulate import events as simulated_events
from market.market import Market
from market.markets import Markets
from market.nodes import NO_NODES, nodes
from market.profile import Profile, Span, profile_within
from market.sessions import (
    DAYS,
    WEEKS,
    Development,
    Naked,
    Session,
    SessionProfiles,
    naked,
    sessions,
)
from market.trades import TradeLog
from tests.captures import CAPTURES, needs_captures
from tests.oracle import profile as slow
from tests.oracle.profile import Print
from tests.strategies import Drawn, log_of, trades
from tests.test_bars import cut_places, fed
from tui.pane import Size
from tui.panes.profile import ProfilePane

SECOND = 1_000_000_000
SEVENTY = Fraction(7, 10)
SIZE = Size(80, 24)
RECORDED = [
    ("binance_usdm/btcusdt_20240808.jsonl.gz", 12_000),
    ("binance_coinm/btcusd_perp_20240808_09.jsonl.gz", 8_000),
    ("bitmex/cf_20210405_120s.jsonl.gz", 8_000),
    ("bybit/linear_publicTrade_btcusdt_202602.jsonl", 100),
    ("okx/cf_20210722.jsonl.gz", 3_000),
    ("bitfinex/cf_20210405_120s.jsonl.gz", 8_000),
    ("kraken/futures_cf_20210722.jsonl.gz", 6_000),
    ("htx/linear_swap_cf_20220219.jsonl.gz", 6_000),
]
MARKETS = ["sim", *(pytest.param(path, marks=needs_captures) for path, _ in RECORDED)]
groups = st.sampled_from([1, 2, 5, 40])


@cache
def known(name: str) -> tuple[Market, list[Print]]:
    """The market that traded most in a session, and its trades as the venue stated them."""
    if name == "sim":
        heard = list(simulated_events(7, 120.0))
    else:
        heard = list(islice(replay.events(CAPTURES / name), dict(RECORDED)[name]))
    markets = Markets()
    markets.apply(heard)
    market = max(markets, key=lambda market: market.counts.trades)
    found = slow.prints(heard, market)
    assert len(found) == market.counts.trades >= 8
    return market, found


def cut(trades: list[Print], length: int) -> list[list[Print]]:
    """The trades of every session so long that has any."""
    groups: defaultdict[int, list[Print]] = defaultdict(list)
    for trade in trades:
        groups[trade.ts // length].append(trade)
    return [groups[number] for number in sorted(groups)]


def group_for(prints: list[Print]) -> int:
    """A grouping that makes some tens of rows."""
    span = max(t.ticks for t in prints) - min(t.ticks for t in prints)
    return max(1, span // 40)


def as_rows(profile: Profile) -> slow.Rows:
    columns = (profile.prices.tolist(), profile.sell.tolist(), profile.buy.tolist())
    return {price: slow.Row(sell, buy) for price, sell, buy in zip(*columns, strict=True)}


@pytest.mark.parametrize("name", MARKETS)
def test_a_session_s_profile_is_what_its_trades_add_up_to(name: str) -> None:
    market, prints = known(name)
    group = group_for(prints)
    for length in (10 * SECOND, 86_400 * SECOND):
        number = prints[-1].ts // length
        expected = slow.rows([t for t in prints if t.ts // length == number], group)
        found = profile_within(market.trades, group, Session(length).span(number))
        volumes = slow.volumes_of(expected)
        assert as_rows(found) == expected
        assert found.poc == slow.poc(volumes)
        assert found.value_area() == slow.value_area(volumes, group, SEVENTY)
        assert nodes(found) == tuple(map(tuple, slow.nodes(volumes, group, 3)))


@pytest.mark.parametrize("name", MARKETS)
def test_a_sliding_window_s_profile_is_what_its_trades_add_up_to(name: str) -> None:
    market, prints = known(name)
    for step in range(12):
        end = prints[0].ts + step * 5 * SECOND
        expected = slow.rows([t for t in prints if end - 20 * SECOND <= t.ts < end], 3)
        found = profile_within(market.trades, 3, Span(end - 20 * SECOND, end))
        assert as_rows(found) == expected


@pytest.mark.parametrize("name", MARKETS)
def test_a_naked_poc_is_one_that_no_later_session_traded(name: str) -> None:
    market, prints = known(name)
    parts = cut(prints, 10 * SECOND)
    session, number = Session(10 * SECOND), parts[-1][0].ts // (10 * SECOND)
    now = profile_within(market.trades, 1, session.span(number))
    found = naked(sessions(market.trades, session, 1, 0, number), now)
    assert [one.price for one in found] == slow.naked(parts, 1)


@pytest.mark.parametrize("name", MARKETS)
def test_a_developing_poc_is_that_of_everything_up_to_then(name: str) -> None:
    market, prints = known(name)
    group, parts = group_for(prints), cut(prints, 7 * SECOND)
    session = Session(7 * SECOND)
    development, sofar = Development(), list[Print]()
    for upto in sorted({1, min(3, len(parts)), len(parts)}):
        stop = session.number(parts[upto - 1][0].ts) + 1
        stood = development.grow(sessions(market.trades, session, group, 0, stop))
        assert len(stood) == upto
    for part, at in zip(parts, stood, strict=True):
        sofar += part
        volumes = slow.volumes_of(slow.rows(sofar, group))
        low, high = slow.value_area(volumes, group, SEVENTY)
        assert at == (slow.poc(volumes), low, high)


@pytest.mark.parametrize("name", MARKETS)
def test_the_pane_s_numbers_are_those_of_the_day(name: str) -> None:
    market, prints = known(name)
    assert market.instrument is not None
    pane = ProfilePane(grouping=group_for(prints))
    told: dict[str, Any] = pane.numbers(market, SIZE)
    day = slow.day_of(prints[-1].ts)
    expected = slow.rows([t for t in prints if slow.day_of(t.ts) == day], pane.grouping or 1)
    price, size = market.instrument.price, market.instrument.size
    assert (
        told["start"] == int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) * SECOND
    )
    assert told["poc"] == format(price(slow.poc(slow.volumes_of(expected))), "f")
    assert [(row["price"], row["sell"], row["buy"]) for row in told["rows"]] == [
        (format(price(edge), "f"), format(size(row.sell), "f"), format(size(row.buy), "f"))
        for edge, row in sorted(expected.items())
    ]


@given(trades(), st.sampled_from([1, 3, 20]), groups, cut_places, st.integers(0, 60))
def test_sessions_are_the_trades_sorted_into_boxes_however_often_they_are_read(
    drawn: list[Drawn], length: int, group: int, cuts: list[int], asked: int
) -> None:
    table = SessionProfiles(Session(length), group)

    def read(log: TradeLog) -> None:
        table.update(log)
        parts: defaultdict[int, list[Print]] = defaultdict(list)
        for trade in drawn[: log.end]:
            parts[trade.ts // length].append(Print(*trade))
        shown = table.between(0, asked)
        assert {s.number: as_rows(s.profile) for s in shown} == {
            number: slow.rows(part, group) for number, part in parts.items() if number < asked
        }
        assert table.between(0, asked) is shown
        assert table.latest() == max(parts, default=None)
        assert table.latest(asked) == max((n for n in parts if n <= asked // length), default=None)

    fed(drawn, cuts, read)


@given(trades(), groups, cut_places, st.lists(st.integers(0, 12), min_size=201, max_size=201))
def test_sessions_asked_for_one_by_one_are_those_of_all_trades_up_to_then(
    drawn: list[Drawn], group: int, cuts: list[int], stops: list[int]
) -> None:
    session = Session(5)

    def read(log: TradeLog) -> None:
        parts: defaultdict[int, list[Print]] = defaultdict(list)
        for trade in drawn[: log.end]:
            parts[trade.ts // 5].append(Print(*trade))
        stop = stops[log.end // 8]
        assert {s.number: as_rows(s.profile) for s in sessions(log, session, group, 0, stop)} == {
            number: slow.rows(part, group) for number, part in parts.items() if number < stop
        }

    fed(drawn, cuts, read)


@given(trades(), st.integers(1, 40))
def test_sessions_of_so_many_trades_hold_so_many(drawn: list[Drawn], length: int) -> None:
    table = SessionProfiles(Session(length, counted=True), 1)
    table.update(log_of(drawn))
    shown = table.between(0, 1 << 40)
    expected = [drawn[at : at + length] for at in range(0, len(drawn), length)]
    assert [as_rows(s.profile) for s in shown] == [
        slow.rows([Print(*trade) for trade in part], 1) for part in expected
    ]


@given(trades(), groups)
def test_naked_points_were_made_and_never_traded_again(drawn: list[Drawn], group: int) -> None:
    table, parts = SessionProfiles(Session(7), group), defaultdict[int, list[Print]](list)
    table.update(log_of(drawn))
    for trade in drawn:
        parts[trade.ts // 7].append(Print(*trade))
    ordered = [parts[number] for number in sorted(parts)]
    *past, now = table.between(0, 1 << 40) or [None]
    if now is not None:
        found = naked([one for one in past if one is not None], now.profile)
        assert [one.price for one in found] == slow.naked(ordered, group)
        assert all(isinstance(one, Naked) and one.since % 7 == 0 for one in found)


@given(trades(), groups, st.integers(1, 5))
def test_nodes_are_found_row_by_row(drawn: list[Drawn], group: int, reach: int) -> None:
    found = SessionProfiles(Session(1 << 40), group)
    found.update(log_of(drawn))
    for session in found.between(0, 1):
        volumes = slow.volumes_of(as_rows(session.profile))
        expected = slow.nodes(volumes, group, reach)
        assert nodes(session.profile, reach) == tuple(map(tuple, expected))


def test_days_begin_at_midnight_and_weeks_on_monday() -> None:
    def boundaries(session: Session, name: Any) -> None:
        hours = [at * 3600 * SECOND for at in range(473_000, 473_000 + 24 * 40)]
        named: dict[Hashable, int] = {}
        for at in hours:
            number = session.number(at)
            assert named.setdefault(name(at), number) == number
            assert session.span(number).start <= at < session.span(number).end
        assert len(set(named.values())) == len(named)

    boundaries(DAYS, slow.day_of)
    boundaries(WEEKS, slow.week_of)


def test_one_trade_far_off_costs_neither_time_nor_memory() -> None:
    table = SessionProfiles(Session(100), 1)
    table.update(log_of([Drawn(0, 1, 70), Drawn(0, 2, 20), Drawn(0, 10**12, 30)]))
    (only,) = table.between(0, 1)
    assert only.profile.value_area() == (1, 3)
    assert only.profile.value_area(1.0) == (1, 10**12)
    assert nodes(only.profile) is NO_NODES


gapped = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 20)), min_size=1, max_size=12)


@given(gapped, st.sampled_from([1, 3]), st.sampled_from([1, 50, 70, 90, 100]))
def test_empty_stretches_of_any_length_are_rows_too(
    steps: list[tuple[int, int]], group: int, percent: int
) -> None:
    prices = np.cumsum([step * group for step, _ in steps])
    volumes = {int(price): volume for price, (_, volume) in zip(prices, steps, strict=True)}
    columns = (np.array([v[1] for v in steps], np.int64), np.zeros(len(steps), np.int64))
    found = Profile(group, prices, *columns)
    expected = slow.value_area(volumes, group, Fraction(percent, 100))
    assert found.value_area(percent / 100) == expected


def test_the_oldest_sessions_go_first_and_are_not_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("market.sessions.CELLS_KEPT", 4)
    log, table = TradeLog(), SessionProfiles(Session(10), 1)
    log_of([Drawn(at, at % 7, 1) for at in range(30)], log)
    table.update(log)
    assert [one.number for one in table.between(0, 9)] == [2]
    table.update(log_of([Drawn(3, 1, 1), Drawn(31, 1, 1)], log))
    assert 0 not in [one.number for one in table.between(0, 9)]


def test_a_trade_of_no_size_makes_no_row() -> None:
    log = log_of([Drawn(1, 5, 0)])
    assert profile_within(log, 1, Span(0)).poc is None
    assert sessions(log, Session(10), 1, 0, 9) == ()
    log_of([Drawn(2, 6, 4)], log)
    assert profile_within(log, 1, Span(0)).prices.tolist() == [6]
    assert [one.number for one in sessions(log, Session(10), 1, 0, 9)] == [0]


def test_a_session_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="lasts longer"):
        Session(0)
    with pytest.raises(ValueError, match="at least one tick"):
        SessionProfiles(DAYS, 0)
    with pytest.raises(ValueError, match="at least one row"):
        nodes(Profile(1, *(np.zeros(0, np.int64),) * 3), 0)
