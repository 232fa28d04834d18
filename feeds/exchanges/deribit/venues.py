"""Deribit, one row."""

from feeds.adapter import Channel
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="deribit",
        factory="feeds.exchanges.deribit.adapter:Deribit",
        websocket="wss://www.deribit.com",
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
            "/ws/api/v2",
        ),
        rest="https://www.deribit.com",
        hosts=(
            "deribit.com",
            "history.deribit.com",
            "streams.deribit.com",
            "test.deribit.com",
            "www.deribit.com",
        ),
        limits=Limits(
            # 500 channels are allowed in one request.
            streams=200,
            # A request to subscribe costs 3000 of 10,000 credits that come back each second.
            sends=3,
            # 32 connections are allowed at a time, and no figure is stated for making them.
            connects=60,
            # 20 requests a second of one address that says who it is; fewer of one that does not.
            weight=300,
            weight_header="",
        ),
        # Strikes of cheap coins write a `d` for the point: MATIC_USDC-9MAR24-1d02-C.
        symbols=r"[A-Z0-9]{1,12}(?:_[A-Z0-9]{1,12})?"
        r"(?:-(?:PERPETUAL|\d{1,2}[A-Z]{3}\d{2}(?:-[0-9d]{1,12}-[CP])?))?",
        popular=("BTC-PERPETUAL", "ETH-PERPETUAL"),
    ),
)
