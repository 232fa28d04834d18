"""MEXC's markets, one row each."""

from feeds.adapter import Channel
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="mexc",
        factory="feeds.exchanges.mexc.spot:MexcSpot",
        websocket="wss://wbs-api.mexc.com",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.TICKER,
            ),
            "/ws",
        ),
        rest="https://api.mexc.com",
        hosts=("wbs-api.mexc.com", "wbs.mexc.com", "api.mexc.com"),
        limits=Limits(
            streams=30,
            # 100 a second are allowed.
            sends=20,
            # The venue states none.
            connects=60,
            # 500 in 10 s of each endpoint are allowed; no header states what was used.
            weight=1500,
            weight_header="",
        ),
        symbols=r"[A-Z0-9]{2,40}",
    ),
    Venue(
        name="mexc-futures",
        factory="feeds.exchanges.mexc.futures:MexcFutures",
        websocket="wss://contract.mexc.com",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.KLINES,
                Channel.MARK_PRICE,
                Channel.TICKER,
            ),
            "/edge",
        ),
        rest="https://contract.mexc.com",
        hosts=("contract.mexc.com", "futures.mexc.com"),
        limits=Limits(
            # The venue states no number; spot's is taken.
            streams=30,
            sends=20,
            connects=60,
            # 20 in 2 s of each endpoint are allowed; no header states what was used.
            weight=600,
            weight_header="",
        ),
        symbols=r"[A-Z0-9]{1,30}_[A-Z]{3,5}",
    ),
)
