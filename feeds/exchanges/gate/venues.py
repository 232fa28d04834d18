"""Gate's markets, one row each."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page
from feeds.venue import Limits, Venue

_SPOT = (
    Channel.TRADES,
    Channel.BOOK,
    Channel.BOOK_TICKER,
    Channel.KLINES,
    Channel.TICKER,
)
_FUTURES = (*_SPOT, Channel.LIQUIDATIONS, Channel.MARK_PRICE)

_LIMITS = Limits(
    streams=100,
    sends=10,
    # 300 connections of one address are allowed.
    connects=150,
    # 200 requests in ten seconds are allowed of each endpoint.
    weight=700,
    weight_header="",
)

VENUES = (
    Venue(
        name="gate",
        factory="feeds.exchanges.gate.adapter:Gate",
        websocket="wss://api.gateio.ws",
        paths=dict.fromkeys(_SPOT, "/ws/v4/"),
        rest="https://api.gateio.ws",
        hosts=("api.gateio.ws/ws/v4", "api.gateio.ws/api/v4/spot"),
        limits=_LIMITS,
        symbols=r"[A-Z0-9]{1,30}_[A-Z0-9]{2,10}",
        popular=("BTC_USDT", "ETH_USDT", "SOL_USDT"),
        capability=Capability(
            depth=400,
            cadence="as changed",
            checks=(Check.SEQUENCE,),
            book="Snapshot of 400 levels in band, then changes with consecutive numbers.",
            trades="Each fill.",
            bars=1000,
            notes=("Times of trades are texts with a fraction.",),
        ),
        lists=Lists(
            instruments=(Page("/api/v4/spot/currency_pairs"),),
            volumes=(Page("/api/v4/spot/tickers"),),
        ),
    ),
    Venue(
        name="gate-futures",
        factory="feeds.exchanges.gate.adapter:Gate",
        websocket="wss://fx-ws.gateio.ws",
        paths=dict.fromkeys(_FUTURES, "/v4/ws/usdt"),
        rest="https://api.gateio.ws",
        hosts=("fx-ws.gateio.ws", "api.gateio.ws/api/v4/futures"),
        limits=_LIMITS,
        symbols=r"[A-Z0-9]{1,30}_USDT",
        popular=("BTC_USDT", "ETH_USDT", "SOL_USDT"),
        capability=Capability(
            depth=400,
            cadence="as changed",
            checks=(Check.SEQUENCE,),
            book="Snapshot of 400 levels in band, then changes with consecutive numbers.",
            trades="Each fill.",
            bars=2000,
            interest=True,
            liquidations="each",
            notes=(
                "Sizes are in contracts that may be parts of one; the sign of a trade's size is "
                "its side.",
            ),
        ),
        lists=Lists(
            instruments=(Page("/api/v4/futures/usdt/contracts?limit=1000", rows=1000),),
            volumes=(Page("/api/v4/futures/usdt/tickers"),),
        ),
    ),
)
