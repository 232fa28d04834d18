"""Backfill: trades missed on Binance are asked for by number, page by page, once."""

import json

from hypothesis import given
from hypothesis import strategies as st

from feeds.adapter import Channel, Fetch, Output, Subscription
from feeds.exchanges.binance.adapter import Binance
from feeds.exchanges.binance.backfill import MOST, PAGE, Backfill
from market.events import FeedState, FeedStatus, Trade

USDM = "binance-usdm"
REFUSAL = b'{"code":-1121,"msg":"Invalid symbol."}'


def agg_trade(ident: int) -> str:
    # Made by hand after the documented payload: no recording holds a hole of a known size.
    data = {"e": "aggTrade", "E": 1, "s": "BTCUSDT", "a": ident, "p": "10.5", "q": "2"}
    data |= {"f": ident, "l": ident, "T": 1, "m": False}
    return json.dumps({"stream": "btcusdt@aggTrade", "data": data})


def page(*idents: int) -> bytes:
    rows = [{"a": n, "p": "1", "q": "1", "f": n, "l": n, "T": 1, "m": True} for n in idents]
    return json.dumps(rows).encode()


def opened() -> Binance:
    adapter = Binance(USDM)
    adapter.open([Subscription("BTCUSDT", Channel.TRADES)], 0)
    adapter.receive(agg_trade(5), 0)
    return adapter


def asked(outputs: list[Output]) -> list[str]:
    return [output.path for output in outputs if isinstance(output, Fetch)]


def idents(outputs: list[Output]) -> list[str]:
    return [output.id for output in outputs if isinstance(output, Trade)]


def states(outputs: list[Output]) -> list[FeedState]:
    return [output.state for output in outputs if isinstance(output, FeedStatus)]


def test_missed_trades_are_asked_for_and_no_gap_is_shown_that_is_filled() -> None:
    adapter = opened()
    outputs = list(adapter.receive(agg_trade(9), 0))
    (path,) = asked(outputs)
    assert path == "/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=6&limit=3"
    assert (idents(outputs), states(outputs)) == (["9"], [])
    filled = list(adapter.receive_body(path, page(6, 7, 8), 0))
    assert (idents(filled), states(filled), asked(filled)) == (["6", "7", "8"], [], [])


def test_what_overlaps_is_left_out_and_counted() -> None:
    adapter = opened()
    (path,) = asked(list(adapter.receive(agg_trade(9), 0)))
    late = list(adapter.receive(agg_trade(7), 0))
    assert idents(late) == ["7"]
    assert idents(list(adapter.receive_body(path, page(6, 7, 8), 0))) == ["6", "8"]
    adapter.receive(agg_trade(9), 0)
    assert adapter.duplicates == 2


def test_what_the_venue_does_not_have_stays_a_gap() -> None:
    for body, lost in ((page(6, 8), "1 trade missing"), (page(), "3 trades missing")):
        adapter = opened()
        (path,) = asked(list(adapter.receive(agg_trade(9), 0)))
        outputs = list(adapter.receive_body(path, body, 0))
        assert states(outputs) == [FeedState.GAP, FeedState.LIVE]
        assert lost in [output.reason for output in outputs if isinstance(output, FeedStatus)]


def test_a_refusal_makes_a_gap_of_what_was_asked_for_and_nothing_else() -> None:
    adapter = opened()
    (path,) = asked(list(adapter.receive(agg_trade(9), 0)))
    assert states(list(adapter.receive_body(path, REFUSAL, 0))) == [FeedState.GAP, FeedState.LIVE]


def test_a_hole_that_is_too_large_is_a_gap_at_once() -> None:
    adapter = opened()
    outputs = list(adapter.receive(agg_trade(7 + MOST), 0))
    assert asked(outputs) == []
    assert states(outputs) == [FeedState.GAP, FeedState.LIVE]


def test_what_is_awaited_is_asked_for_again_over_the_next_connection() -> None:
    adapter = opened()
    (path,) = asked(list(adapter.receive(agg_trade(9), 0)))
    again = adapter.open([Subscription("BTCUSDT", Channel.TRADES)], 1)
    assert path in asked(list(again))


@given(st.integers(1, 2**40), st.integers(1, MOST), st.integers(1, PAGE))
def test_pages_follow_one_another_without_holes_or_overlap(
    first: int, count: int, most: int
) -> None:
    backfill, last, got = Backfill("/api", 4), first + count - 1, list[int]()
    waiting = backfill.ask("X", first, last, 0)
    while waiting and len(got) <= count:
        (fetch,) = waiting
        start, limit = (int(part.partition("=")[2]) for part in fetch.path.split("&")[1:])
        answer = range(start, start + min(limit, most))
        got += answer
        waiting, lost = backfill.filled(fetch.key, answer, 0)
        assert lost == 0
    assert got == list(range(first, last + 1))
