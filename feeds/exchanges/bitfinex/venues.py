"""Bitfinex's market, one row."""

from feeds.adapter import Channel
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="bitfinex",
        factory="feeds.exchanges.bitfinex.adapter:Bitfinex",
        websocket="wss://api-pub.bitfinex.com",
        paths=dict.fromkeys(Channel, "/ws/2"),
        rest="https://api-pub.bitfinex.com",
        hosts=("api-pub.bitfinex.com", "api.bitfinex.com"),
        # 25 channels on one connection, 20 connects and about 30 requests for bars a minute.
        limits=Limits(streams=25, sends=5, connects=100, weight=30, weight_header=""),
        symbols=r"t[A-Z0-9]{2,20}(?::[A-Z0-9]{2,20})?",
    ),
)
