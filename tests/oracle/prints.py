"""Recorded sessions as plain lists of trades, and as the market that has taken them."""

from collections import Counter
from functools import cache
from itertools import islice

from feeds import replay
from market.events import Side, Trade
from market.market import Market
from market.markets import Markets
from tests.captures import CAPTURES
from tests.lots import in_lots
from tests.oracle.footprint import Print

SESSIONS = (
    ("binance_usdm/btcusdt_20240808.jsonl.gz", 6_000),
    ("binance_spot/btcusdt_20240808_09.jsonl.gz", 3_000),
    ("hyperliquid/btc_20250126.jsonl.gz", 200),
    ("htx/spot_cf_20210417.jsonl.gz", 400),
    ("bitmex/cf_20210405_120s.jsonl.gz", 8_000),
    ("kraken/futures_cf_20210722.jsonl.gz", 6_000),
)
"""Files and how many events of each are read."""


@cache
def recorded(path: str, count: int) -> tuple[Market, tuple[Print, ...]]:
    """The market that trades most in a session, and its trades as the venue states them."""
    events, markets = list(islice(replay.events(CAPTURES / path), count)), Markets()
    markets.apply(events)
    traded = Counter(event.instrument for event in events if isinstance(event, Trade))
    market = markets.get(traded.most_common(1)[0][0])
    assert market is not None
    assert market.instrument is not None
    prints = [
        Print(
            event.ts_event,
            market.instrument.price(market.instrument.ticks(event.price)),
            market.instrument.size(in_lots(market, event.size, event.price)),
            event.side is Side.BUY,
        )
        for event in events
        if isinstance(event, Trade) and event.instrument == market.id
    ]
    return market, tuple(prints)
