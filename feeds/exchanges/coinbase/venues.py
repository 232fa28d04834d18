"""Coinbase's market, one row."""

from feeds.adapter import Channel
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="coinbase",
        factory="feeds.exchanges.coinbase.adapter:Coinbase",
        websocket="wss://advanced-trade-ws.coinbase.com",
        # One socket without a path carries all; messages are numbered over all of its channels.
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.TICKER,
            ),
            "",
        ),
        rest="https://api.coinbase.com",
        hosts=("advanced-trade-ws.coinbase.com", "api.coinbase.com"),
        # Eight connects and eight messages a second are allowed to one address. No number is
        # published for requests without a key; other clients make ten a second.
        limits=Limits(streams=200, sends=4, connects=300, weight=300, weight_header=""),
        symbols=r"[A-Z0-9]{1,20}-[A-Z0-9]{2,10}",
        popular=("BTC-USD", "ETH-USD", "SOL-USD"),
    ),
)
