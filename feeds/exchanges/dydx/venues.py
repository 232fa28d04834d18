"""dYdX's market, one row."""

from feeds.adapter import Channel
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="dydx",
        factory="feeds.exchanges.dydx.adapter:Dydx",
        websocket="wss://indexer.dydx.trade",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.KLINES,
                Channel.LIQUIDATIONS,
                Channel.MARK_PRICE,
            ),
            "/v4/ws",
        ),
        rest="https://indexer.dydx.trade",
        hosts=("indexer.dydx.trade", "indexer.v4testnet.dydx.exchange"),
        limits=Limits(
            # Of each channel on one connection.
            streams=32,
            sends=2,
            # No number is published.
            connects=60,
            # 100 in ten seconds, by hearsay.
            weight=600,
            weight_header="",
        ),
        symbols=r"[A-Za-z0-9,._-]{1,80}-USD",
    ),
)
