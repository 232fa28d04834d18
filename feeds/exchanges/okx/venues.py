"""OKX, one row."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.exchanges.okx.names import INTEREST_STEPS
from feeds.lists import Lists, Page
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="okx",
        factory="feeds.exchanges.okx.adapter:Okx",
        websocket="wss://ws.okx.com:8443",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.LIQUIDATIONS,
                Channel.MARK_PRICE,
                Channel.TICKER,
            ),
            "/ws/v5/public",
        )
        | {Channel.KLINES: "/ws/v5/business"},
        rest="https://www.okx.com",
        hosts=(
            "aws.okx.com",
            "eea.okx.com",
            "us.okx.com",
            "ws.okex.com",
            "ws.okx.com",
            "wsaws.okx.com",
            "wseea.okx.com",
            "wspap.okx.com",
            "wsus.okx.com",
            "www.okex.com",
            "www.okx.com",
        ),
        limits=Limits(
            # Fewer than 30 deep books are to be on one connection, each with its trades.
            streams=56,
            sends=3,
            # Three a second are allowed, and none are to come at once after a failure.
            connects=60,
            # 20 in two seconds of the slowest endpoint that is used; no header states them.
            weight=600,
            weight_header="",
            subscribes=480,
        ),
        symbols=r"[A-Z0-9_]{1,20}(?:-[A-Z0-9_]{1,20}){1,4}",
        popular=("BTC-USDT-SWAP", "ETH-USDT-SWAP", "BTC-USDT"),
        capability=Capability(
            depth=400,
            cadence="100 ms",
            checks=(Check.SEQUENCE,),
            book="Snapshot of 400 levels in band, then changes that name the last one.",
            trades="One for each taker order and price.",
            bars=300,
            interest=True,
            liquidations="one of each contract and second",
            notes=(
                "The checksum of books is always 0 since 2026: sequence numbers alone verify them.",
                "Sizes of swaps and futures are in contracts.",
                "Before a market opens its book may be crossed. Options are not followed.",
            ),
        ),
        interest_steps=INTEREST_STEPS,
        lists=Lists(
            instruments=(
                Page("/api/v5/public/instruments?instType=SPOT"),
                Page("/api/v5/public/instruments?instType=SWAP"),
                Page("/api/v5/public/instruments?instType=FUTURES"),
            ),
            volumes=(
                Page("/api/v5/market/tickers?instType=SPOT"),
                Page("/api/v5/market/tickers?instType=SWAP"),
                Page("/api/v5/market/tickers?instType=FUTURES"),
                Page("/api/v5/public/open-interest?instType=SWAP"),
                Page("/api/v5/public/open-interest?instType=FUTURES"),
                Page("/api/v5/public/funding-rate?instId=ANY"),
            ),
        ),
    ),
)
