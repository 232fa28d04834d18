"""Binance's markets, one row each."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.exchanges.binance.markets import INTEREST_STEPS
from feeds.lists import Lists, Page
from feeds.venue import Limits, Venue

_ROUTED = {
    Channel.TRADES: "/market/stream",
    Channel.BOOK: "/public/stream",
    Channel.BOOK_TICKER: "/public/stream",
    Channel.KLINES: "/market/stream",
    Channel.MARK_PRICE: "/market/stream",
    Channel.LIQUIDATIONS: "/market/stream",
    Channel.TICKER: "/market/stream",
}
"""The socket path of each channel where paths are told apart by how much they carry."""

VENUES = (
    Venue(
        name="binance",
        factory="feeds.exchanges.binance.adapter:Binance",
        # The market-data twin of the main host: no user data, and often reachable where it is not.
        websocket="wss://data-stream.binance.vision",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.TICKER,
            ),
            "/stream",
        ),
        rest="https://data-api.binance.vision",
        hosts=(
            "api-gcp.binance.com",
            "api.binance.com",
            "api1.binance.com",
            "api2.binance.com",
            "api3.binance.com",
            "api4.binance.com",
            "data-api.binance.vision",
            "data-stream.binance.vision",
            "data.binance.vision/data/spot/",
            "stream.binance.com",
            "testnet.binance.vision",
            "www.binance.com/api/",
        ),
        limits=Limits(
            # 1024 are allowed; fewer are lost together with one socket.
            streams=200,
            sends=5,
            connects=300,
            weight=6000,
            weight_header="X-MBX-USED-WEIGHT-1M",
        ),
        symbols=r"(?:[^\Wa-z]|[.-]){1,40}",
        popular=("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT", "DOGEUSDT"),
        capability=Capability(
            depth=5000,
            cadence="100 ms",
            checks=(Check.SEQUENCE,),
            book="REST snapshot of 5000 levels, then changes; each begins one above the last.",
            trades="One for each taker order and price.",
            bars=499,
            notes=(
                "An unknown symbol is acknowledged and stays silent.",
                "Connections end after 24 h or with a notice before that: they are renewed "
                "earlier, with no gap.",
            ),
        ),
        lists=Lists(
            instruments=(Page("/api/v3/exchangeInfo", weight=20),),
            volumes=(Page("/api/v3/ticker/24hr", weight=80),),
        ),
    ),
    Venue(
        name="binance-coinm",
        factory="feeds.exchanges.binance.adapter:Binance",
        websocket="wss://dstream.binance.com",
        # The documents name no paths here. Clients saw trades and forced orders fall silent without
        # them in 2026, and come with them; should that be turned back, the spare path is tried.
        paths=_ROUTED,
        spare="/stream",
        rest="https://dapi.binance.com",
        hosts=(
            "dapi.binance.com",
            "data.binance.vision/data/futures/cm/",
            "dstream.binance.com",
            "dstream.binancefuture.com",
            "www.binance.com/dapi/",
        ),
        # The documents' example allows a weight of 6000, the lists of instruments state 2400.
        limits=Limits(
            streams=200,
            sends=10,
            connects=300,
            weight=2400,
            weight_header="X-MBX-USED-WEIGHT-1M",
        ),
        symbols=r"[A-Z0-9]{1,30}_(?:PERP|\d{6})",
        popular=("BTCUSD_PERP", "ETHUSD_PERP", "SOLUSD_PERP"),
        capability=Capability(
            depth=1000,
            cadence="100 ms",
            checks=(Check.SEQUENCE,),
            book="REST snapshot of 1000 levels, then changes; each names the last one.",
            trades="One for each price and side of 100 ms.",
            bars=499,
            interest=True,
            liquidations="the latest of each second",
            notes=(
                "Open interest is asked for every 30 s.",
                "Sizes are stated in contracts of so many dollars, and shown in coins.",
                "Without a path in the address, trades and forced orders were silent in 2026.",
            ),
        ),
        interest_steps=INTEREST_STEPS,
        lists=Lists(
            instruments=(Page("/dapi/v1/exchangeInfo"),),
            volumes=(
                Page("/dapi/v1/ticker/24hr", weight=40),
                Page("/dapi/v1/premiumIndex", weight=10),
            ),
        ),
    ),
    Venue(
        name="binance-usdm",
        factory="feeds.exchanges.binance.adapter:Binance",
        websocket="wss://fstream.binance.com",
        # Since April 2026 a stream asked for on the other path is acknowledged and stays silent.
        paths=_ROUTED,
        rest="https://fapi.binance.com",
        hosts=(
            "data.binance.vision/data/futures/um/",
            "demo-fapi.binance.com",
            "fapi.binance.com",
            "fstream.binance.com",
            "fstream.binancefuture.com",
            "testnet.binancefuture.com",
            "www.binance.com/fapi/",
            "www.binance.com/futures/",
        ),
        limits=Limits(
            # 1024 are documented, 200 is what older servers took.
            streams=200,
            sends=10,
            connects=300,
            weight=2400,
            weight_header="X-MBX-USED-WEIGHT-1M",
        ),
        symbols=r"(?:[^\Wa-z]|[.-]){1,40}",
        popular=("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT", "DOGEUSDT"),
        capability=Capability(
            depth=1000,
            cadence="100 ms",
            checks=(Check.SEQUENCE,),
            book="REST snapshot of 1000 levels, then changes; each names the last one.",
            trades="One for each price and side of 100 ms; no insurance fund, no deleveraging.",
            bars=499,
            interest=True,
            liquidations="the largest of each second",
            notes=(
                "Orders of retail price improvement are hidden from books, their trades are not: "
                "prints inside the spread are normal.",
                "Open interest is asked for every 30 s.",
                "Since April 2026 a stream asked for on the wrong path is acknowledged and stays "
                "silent.",
            ),
        ),
        interest_steps=INTEREST_STEPS,
        lists=Lists(
            instruments=(Page("/fapi/v1/exchangeInfo"),),
            volumes=(
                Page("/fapi/v1/ticker/24hr", weight=40),
                Page("/fapi/v1/premiumIndex", weight=10),
            ),
        ),
    ),
)
