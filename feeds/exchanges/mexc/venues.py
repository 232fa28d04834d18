"""MEXC's markets, one row each."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page
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
        popular=("BTCUSDT", "ETHUSDT", "SOLUSDT"),
        capability=Capability(
            depth=5000,
            cadence="100 ms",
            checks=(Check.SEQUENCE,),
            book="REST snapshot of 5000 levels, then changes; each begins one above the last.",
            trades="Each fill, gathered for 100 ms.",
            bars=500,
            notes=(
                "Pushes are protobuf only, 30 subscriptions a connection.",
                "REST answers come of several nodes: a snapshot older than the stream is asked "
                "for again.",
                "The day's statistics have no stream and are fetched every half minute.",
            ),
        ),
        lists=Lists(
            instruments=(Page("/api/v3/exchangeInfo", weight=10),),
            volumes=(Page("/api/v3/ticker/24hr", weight=40),),
        ),
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
        popular=("BTC_USDT", "ETH_USDT", "SOL_USDT"),
        capability=Capability(
            depth=1000,
            cadence="200 ms",
            checks=(Check.SEQUENCE,),
            book="REST snapshot of 1000 levels, then changes with consecutive versions.",
            trades="Each fill.",
            bars=500,
            interest=True,
            notes=(
                "Sizes are in contracts.",
                "There are no liquidations.",
            ),
        ),
        lists=Lists(
            instruments=(Page("/api/v1/contract/detail"),),
            volumes=(Page("/api/v1/contract/ticker"),),
        ),
    ),
)
