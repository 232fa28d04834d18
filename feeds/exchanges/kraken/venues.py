"""Kraken's markets, one row each."""

from feeds.adapter import Channel
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="kraken",
        factory="feeds.exchanges.kraken.adapter:Kraken",
        websocket="wss://ws.kraken.com",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.TICKER,
            ),
            "/v2",
        ),
        rest="https://api.kraken.com",
        hosts=("api.kraken.com", "beta-ws.kraken.com", "ws.kraken.com"),
        # No number is published: about 150 connects in ten minutes, and a request a second.
        limits=Limits(streams=200, sends=5, connects=75, weight=60, weight_header=""),
        symbols=r"[A-Z0-9.]{1,20}x?/[A-Z0-9.]{2,10}",
    ),
)
