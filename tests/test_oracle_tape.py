"""The tape's orders and speed equal those reckoned the slow way, on recorded markets."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import islice

import pytest

from feeds import replay
from market.market import Market
from market.markets import Markets
from market.tape import pace
from tests.captures import CAPTURES, needs_captures
from tests.oracle import tape as slow
from tui.pane import Size
from tui.panes.tape import TapePane

SESSIONS = [
    ("binance_usdm/btcusdt_20240808.jsonl.gz", 6_000),
    ("binance_coinm/btcusd_perp_20240808_09.jsonl.gz", 6_000),
    ("bitmex/cf_20210405_120s.jsonl.gz", 4_000),
    ("kraken/futures_cf_20210722.jsonl.gz", 12_000),
    ("bitfinex/cf_20210405_120s.jsonl.gz", 4_000),
    ("htx/spot_cf_20210417.jsonl.gz", 12_000),
    ("hyperliquid/btc_20250126.jsonl.gz", 4_000),
]
LONG = Size(80, 500)

sessions = pytest.mark.parametrize(
    ("path", "count"), SESSIONS, ids=[path.partition("/")[0] for path, _ in SESSIONS]
)


@cache
def recorded(path: str, count: int) -> tuple[Market, list[slow.Print]]:
    """The market that traded most, and its prints."""
    events, markets = list(islice(replay.events(CAPTURES / path), count)), Markets()
    markets.apply(events)
    market = max(markets, key=lambda one: one.counts.trades)
    return market, slow.prints(market, events)


def told(market: Market, pane: TapePane) -> list[tuple[object, ...]]:
    found = pane.numbers(market, LONG)["orders"]
    assert isinstance(found, list)
    return [
        (
            one["ts_event"],
            Decimal(one["price"]),
            Decimal(one["size"]),
            one["side"],
            one["prints"],
            Decimal(one["swept"]),
        )
        for one in found
    ]


def shown(expected: Sequence[slow.Order]) -> list[tuple[object, ...]]:
    return [order[:6] for order in expected[: LONG.height - 3]]


@needs_captures
@sessions
@pytest.mark.parametrize("merge", [True, False])
def test_orders_are_the_prints_that_share_side_and_time(path: str, count: int, merge: bool) -> None:
    market, prints = recorded(path, count)
    expected = slow.orders(market, prints, merge)
    assert len(expected) > 5
    assert told(market, TapePane(merge=merge)) == shown(expected)


@needs_captures
@sessions
@pytest.mark.parametrize("side", ["both", "buy", "sell"])
def test_filters_leave_the_orders_of_a_side_a_size_and_a_value(
    path: str, count: int, side: str
) -> None:
    market, prints = recorded(path, count)
    every = slow.orders(market, prints)
    size = sorted(order.size for order in every)[len(every) // 3]
    value = sorted(order.value for order in every)[len(every) // 2]
    pane = TapePane(side=side, least_size=float(size), least_value=float(value))  # type: ignore[arg-type]  # one of the words
    wanted = [
        order
        for order in every
        if side in ("both", order.side)
        and order.size >= Decimal(repr(float(size)))
        and order.value >= Decimal(repr(float(value)))
    ]
    assert told(market, pane) == shown(wanted)


@needs_captures
@sessions
def test_large_orders_are_those_from_a_size_or_a_value_on(path: str, count: int) -> None:
    market, prints = recorded(path, count)
    every = slow.orders(market, prints)
    size = float(sorted(order.size for order in every)[len(every) * 2 // 3])
    value = float(sorted(order.value for order in every)[len(every) * 2 // 3])
    by_size = TapePane(large_size=size).numbers(market, LONG)["orders"]
    by_value = TapePane(large_value=value).numbers(market, LONG)["orders"]
    assert isinstance(by_size, list)
    assert isinstance(by_value, list)
    every = every[: len(by_size)]
    assert [one["large"] for one in by_size] == [o.size >= Decimal(repr(size)) for o in every]
    assert [one["large"] for one in by_value] == [o.value >= Decimal(repr(value)) for o in every]


@needs_captures
@sessions
def test_the_speed_of_the_tape_is_that_of_its_last_whole_second(path: str, count: int) -> None:
    market, prints = recorded(path, count)
    kept = sorted(prints)
    if prints != kept and [one.ts for one in prints] != [one.ts for one in kept]:
        pytest.skip("its trades are not in the order of their times")
    for before in range(0, 20 * slow.SECOND, 3 * slow.SECOND):
        found = pace([market.trades], market.clock - before)
        expected = slow.speed(prints, market.clock - before)
        if expected is None:
            assert found is None
            continue
        assert found is not None
        assert found[0] == expected[0]
        assert found[1] == (None if expected[1] is None else pytest.approx(expected[1], rel=1e-9))
