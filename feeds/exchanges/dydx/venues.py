"""dYdX's market, one row."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page, Volumes
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
        popular=("BTC-USD", "ETH-USD", "SOL-USD"),
        capability=Capability(
            cadence="as changed",
            checks=(Check.CONNECTION,),
            book="The whole book in band, then changes; messages of the connection are numbered.",
            trades="Each fill.",
            bars=1000,
            interest=True,
            liquidations="each, with the trades",
            notes=(
                "The indexer's book is no consensus and crosses all the time: the older of two "
                "levels that overlap is not shown.",
                "The mark price is the oracle's; funding is hourly.",
                "32 subscriptions of each channel are allowed on a connection.",
            ),
        ),
        lists=Lists(
            instruments=(
                Page(
                    "/v4/perpetualMarkets", volumes=Volumes("markets", "ticker", quote="volume24H")
                ),
            ),
        ),
    ),
)
