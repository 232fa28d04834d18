"""Bitget, one row."""

from feeds.adapter import Channel
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="bitget",
        factory="feeds.exchanges.bitget.adapter:Bitget",
        websocket="wss://ws.bitget.com",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.LIQUIDATIONS,
                Channel.MARK_PRICE,
                Channel.TICKER,
            ),
            "/v3/ws/public",
        ),
        rest="https://api.bitget.com",
        hosts=("api.bitget.com", "ws.bitget.com", "wspap.bitget.com"),
        limits=Limits(
            # 1000 are allowed, and fewer than 50 are asked for.
            streams=48,
            # Ten are allowed.
            sends=5,
            connects=300,
            # Twenty a second of each endpoint; no header states what was used.
            weight=600,
            weight_header="",
        ),
        symbols=r"[A-Z0-9]{1,40}(?:_[0-9]{6})?(?:_[UDC]MCBL)?",
    ),
)
