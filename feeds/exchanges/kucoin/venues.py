"""KuCoin's markets, one row each."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page, Volumes
from feeds.venue import Limits, Venue

_LIMITS = Limits(
    # 100 topics of futures on one connection.
    streams=100,
    # 100 in ten seconds.
    sends=8,
    # 30 a minute.
    connects=100,
    # 2000 in 30 seconds; a header states what is left, not what was used.
    weight=4000,
    weight_header="",
)

_SPOT = (
    Channel.TRADES,
    Channel.BOOK,
    Channel.BOOK_TICKER,
    Channel.KLINES,
    Channel.TICKER,
)

VENUES = (
    Venue(
        name="kucoin",
        factory="feeds.exchanges.kucoin.adapter:Kucoin",
        websocket="wss://ws-api-spot.kucoin.com",
        paths=dict.fromkeys(_SPOT, "/"),
        rest="https://api.kucoin.com",
        hosts=("ws-api-spot.kucoin.com", "push-private.kucoin.com", "api.kucoin.com"),
        limits=_LIMITS,
        symbols=r"[A-Z0-9]{1,30}-[A-Z0-9]{2,10}",
        popular=("BTC-USDT", "ETH-USDT", "SOL-USDT"),
        door="feeds.exchanges.kucoin.door:KucoinDoor",
        capability=Capability(
            depth=100,
            cadence="as changed",
            checks=(Check.SEQUENCE,),
            book="Fetched, 100 levels, and laid beneath numbered changes; fetched again, without "
            "a pause of the book, before the price comes to an end of it.",
            trades="Each fill.",
            bars=1500,
            notes=("The address of the sockets is asked for before each connection.",),
        ),
        lists=Lists(
            instruments=(Page("/api/v2/symbols"),),
            volumes=(
                Page(
                    "/api/v1/market/allTickers",
                    volumes=Volumes(
                        "data.ticker",
                        "symbol",
                        quote="volValue",
                        last="last",
                        change="changeRate",
                        shares=True,
                    ),
                ),
            ),
        ),
    ),
    Venue(
        name="kucoin-futures",
        factory="feeds.exchanges.kucoin.adapter:Kucoin",
        websocket="wss://ws-api-futures.kucoin.com",
        paths=dict.fromkeys((*_SPOT, Channel.MARK_PRICE), "/"),
        rest="https://api-futures.kucoin.com",
        hosts=(
            "ws-api-futures.kucoin.com",
            "x-push-futures.kucoin.com",
            "api-futures.kucoin.com",
        ),
        limits=_LIMITS,
        symbols=r"[A-Z0-9]{2,30}M(?:[A-Z][0-9]{2})?|[A-Z0-9]{2,20}",
        popular=("XBTUSDTM", "ETHUSDTM", "SOLUSDTM", "XBTUSDM"),
        door="feeds.exchanges.kucoin.door:KucoinDoor",
        capability=Capability(
            cadence="as changed",
            checks=(Check.SEQUENCE,),
            book="Fetched whole, and laid beneath changes whose numbers follow one another.",
            trades="Each fill.",
            bars=200,
            interest=True,
            notes=(
                "The address of the sockets is asked for before each connection.",
                "Sizes are in contracts.",
                "Open interest, the next funding and the day are asked for every 30 s.",
            ),
        ),
        lists=Lists(
            instruments=(
                Page(
                    "/api/v1/contracts/active",
                    volumes=Volumes(
                        "data",
                        "symbol",
                        quote="turnoverOf24h",
                        last="lastTradePrice",
                        change="priceChgPct",
                        shares=True,
                    ),
                ),
            ),
        ),
    ),
)
