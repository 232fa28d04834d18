"""Hyperliquid's market, one row: perpetuals and spot share one socket."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page, Volumes
from feeds.venue import Limits, Venue

_SPOT = Volumes("1", "coin", quote="dayNtlVlm", last="markPx", first="prevDayPx")
_PERPETUALS = Volumes(
    "1", "name", quote="dayNtlVlm", names="0.universe", last="markPx", first="prevDayPx"
)

VENUES = (
    Venue(
        name="hyperliquid",
        factory="feeds.exchanges.hyperliquid.adapter:Hyperliquid",
        websocket="wss://api.hyperliquid.xyz",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.MARK_PRICE,
            ),
            "/ws",
        ),
        rest="https://api.hyperliquid.xyz",
        hosts=("api.hyperliquid.xyz", "api.hyperliquid-testnet.xyz", "api-ui.hyperliquid.xyz"),
        limits=Limits(
            # An address may have 1000 subscriptions, and a book takes three of them.
            streams=300,
            # 2000 a minute.
            sends=30,
            # 30 a minute.
            connects=150,
            # Never spent: what REST knows is asked for over the socket.
            weight=1200,
            weight_header="",
        ),
        # Perpetuals `BTC` and `kPEPE`, those of a builder's exchange `xyz:SP500`, spot
        # `PURR/USDC` and by number `@107`, outcomes `#12`. Case matters.
        symbols=r"(?:[a-z0-9]{1,10}:)?[A-Za-z0-9_-]{1,20}(?:/[A-Za-z0-9]{1,12})?|[@#][0-9]{1,7}",
        popular=("BTC", "ETH", "SOL", "HYPE"),
        capability=Capability(
            depth=20,
            cadence="0.5 to 5 s",
            checks=(Check.SNAPSHOTS,),
            book="Whole books at three paces; nothing follows or verifies them.",
            trades="Each fill; the first message is of the past.",
            bars=1000,
            interest=True,
            notes=(
                "Beyond the best five, levels may be five seconds old.",
                "Case matters: kPEPE is a thousand PEPE. Builders' exchanges have a prefix, as in"
                " xyz:SP500; most spot pairs have a number, as in @107.",
                "The tick of a price changes with its power of ten.",
                "No liquidations are public.",
            ),
        ),
        lists=Lists(
            instruments=(
                Page("/info", 20, '{"type":"spotMetaAndAssetCtxs"}', volumes=_SPOT),
                Page("/info", 20, '{"type":"metaAndAssetCtxs"}', volumes=_PERPETUALS),
                Page(
                    "/info",
                    20,
                    '{"type":"perpDexs"}',
                    each='{"type":"metaAndAssetCtxs","dex":"NAME"}',
                    volumes=_PERPETUALS,
                ),
            ),
        ),
    ),
)
