"""Bitget, one row."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page
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
            subscribes=240,
        ),
        symbols=r"[A-Z0-9]{1,40}(?:_[0-9]{6})?(?:_[UDC]MCBL)?",
        popular=("BTCUSDT_UMCBL", "ETHUSDT_UMCBL", "BTCUSDT"),
        capability=Capability(
            cadence="as changed",
            checks=(
                Check.SEQUENCE,
                Check.CHECKSUM,
            ),
            book="Snapshot in band, then changes that name the last one; 25 levels have a "
            "checksum where one is stated.",
            trades="Each fill.",
            bars=1000,
            interest=True,
            liquidations="each",
            notes=(
                "Spot and futures have the same symbols: those of futures end in _UMCBL, _CMCBL "
                "or _DMCBL here.",
                "Checksums are 0 on snapshots; where books in a row disagree with theirs, they "
                "are no longer asked for.",
                "The side of a liquidation is the position's on the wire and the order's here.",
            ),
        ),
        lists=Lists(
            instruments=(
                Page("/api/v3/market/instruments?category=SPOT"),
                Page("/api/v3/market/instruments?category=USDT-FUTURES"),
                Page("/api/v3/market/instruments?category=USDC-FUTURES"),
                Page("/api/v3/market/instruments?category=COIN-FUTURES"),
            ),
            volumes=(
                Page("/api/v3/market/tickers?category=SPOT"),
                Page("/api/v3/market/tickers?category=USDT-FUTURES"),
                Page("/api/v3/market/tickers?category=USDC-FUTURES"),
                Page("/api/v3/market/tickers?category=COIN-FUTURES"),
            ),
        ),
    ),
)
