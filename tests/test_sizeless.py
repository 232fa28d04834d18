"""Prints of no size are no trades: counted at a market's door, so that no average divides by them.

Frames here are hand-made: no capture holds such a print.
"""

import json
from math import isfinite

import numpy as np
import pytest

from feeds.registry import VENUES
from market.basis import TimeBasis
from market.cvd import Anchor
from market.events import FeedState, Trade
from market.market import Market
from market.vwap import vwap
from tests.scenes import NAME, SECOND, START, listed, status, traded
from tui.drawing.look import ColorDepth
from tui.pane import Size
from tui.registry import PANES, pane_type
from tui.themes import load_look

LOOK = load_look("dark", ColorDepth.TRUE)
MS = START // 1_000_000
WHEN = "2024-01-02T14:00:00.000000Z"
FRAMES = {
    "binance-usdm": {
        "stream": "btcusdt@aggTrade",
        "data": {"e": "aggTrade", "E": MS, "T": MS, "s": "BTCUSDT", "a": 1, "p": "10.5", "q": "0"}
        | {"f": 1, "l": 1, "m": True},
    },
    "bybit-linear": {
        "topic": "publicTrade.BTCUSDT",
        "type": "snapshot",
        "ts": MS,
        "data": [
            {"T": MS, "s": "BTCUSDT", "S": "Buy", "v": "0.000", "p": "10.5", "i": "1", "BT": False}
        ],
    },
    "deribit": {
        "jsonrpc": "2.0",
        "method": "subscription",
        "params": {
            "channel": "trades.BTC-PERPETUAL.100ms",
            "data": [
                {"trade_seq": 1, "trade_id": "1", "timestamp": MS, "price": 100.5, "amount": 0.0}
                | {"instrument_name": "BTC-PERPETUAL", "direction": "buy"}
            ],
        },
    },
    "hyperliquid": {
        "channel": "trades",
        "data": [
            {"coin": "BTC", "side": "B", "px": "84143.0", "sz": "0.0", "time": MS, "tid": 1}
            | {"hash": "0x0", "users": ["0x1", "0x2"]}
        ],
    },
    "kraken": {
        "channel": "trade",
        "type": "update",
        "data": [
            {"symbol": "BTC/USD", "side": "sell", "price": 100.5, "qty": 0, "trade_id": 1}
            | {"ord_type": "limit", "timestamp": WHEN}
        ],
    },
    "okx": {
        "arg": {"channel": "trades", "instId": "BTC-USDT"},
        "data": [
            {"instId": "BTC-USDT", "tradeId": "1", "px": "100.5", "sz": "0", "side": "buy"}
            | {"ts": str(MS), "count": "1", "source": "0"}
        ],
    },
}


@pytest.mark.parametrize("venue", FRAMES)
def test_a_print_of_no_size_is_counted_and_is_no_trade(venue: str) -> None:
    stated = list(VENUES[venue].parser().parse(json.dumps(FRAMES[venue]), START, None))
    (trade,) = [event for event in stated if isinstance(event, Trade)]
    assert trade.size == 0
    market = Market(trade.instrument)
    market.apply(trade)
    assert (market.counts.trades, market.counts.sizeless) == (0, 1)
    assert market.last is None
    assert market.tape.last(5) == []


def test_no_average_is_spoilt_by_a_print_of_no_size() -> None:
    market = Market(NAME)
    listed(market)
    traded(market, [(1, 100.0, 0.0), (2, 101.0, 0.5), (61, 100.5, -0.0), (62, 100.5, 1.5)])
    assert (market.counts.trades, market.counts.sizeless) == (2, 2)
    basis = TimeBasis(60 * SECOND)
    found = vwap(market.trades, basis, Anchor.SESSION)
    keys = np.array([START // basis.interval, START // basis.interval + 1])
    first, second = found.at(keys)
    assert first is not None
    assert second is not None
    assert (first.lots, first.mean, first.sigma) == (500.0, 202.0, 0.0)
    assert second.lots == 2000.0
    assert isfinite(second.mean)
    assert second.mean == (500 * 202 + 1500 * 201) / 2000


@pytest.mark.parametrize("kind", PANES)
def test_a_market_of_nothing_but_prints_of_no_size_is_drawn(kind: str) -> None:
    market = Market(NAME)
    listed(market)
    status(market, FeedState.LIVE)
    traded(market, [(1, 100.0, 0.0), (2, 100.5, -0.0)])
    pane = pane_type(kind)()
    for size in (Size(80, 24), Size(120, 40)):
        canvas = pane.draw(market, size, LOOK)
        assert (canvas.width, canvas.height) == size
    assert not any(pane.numbers(market, Size(80, 24)).values())
