"""Coinbase's market, one row."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page, Volumes
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="coinbase",
        factory="feeds.exchanges.coinbase.adapter:Coinbase",
        websocket="wss://advanced-trade-ws.coinbase.com",
        # One socket without a path carries all; messages are numbered over all of its channels.
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.TICKER,
            ),
            "",
        ),
        rest="https://api.coinbase.com",
        hosts=("advanced-trade-ws.coinbase.com", "api.coinbase.com"),
        # Eight connects and eight messages a second are allowed to one address. No number is
        # published for requests without a key; other clients make ten a second.
        limits=Limits(streams=200, sends=4, connects=300, weight=300, weight_header="", together=8),
        symbols=r"[A-Z0-9]{1,20}-[A-Z0-9]{2,10}",
        popular=("BTC-USD", "ETH-USD", "SOL-USD"),
        capability=Capability(
            cadence="as changed",
            checks=(Check.CONNECTION,),
            book="The whole book in band, then changes; messages of the connection are numbered.",
            trades="Each fill.",
            bars=300,
            notes=(
                "Documents do not say whose side a trade states: it is taken as the maker's, and "
                "checked against the book.",
                "Products in USDC share the books of those in USD and may be told of under that "
                "name.",
                "Futures are not followed.",
            ),
        ),
        lists=Lists(
            instruments=(
                Page(
                    "/api/v3/brokerage/market/products",
                    volumes=Volumes(
                        "products",
                        "product_id",
                        quote="approximate_quote_24h_volume",
                        last="price",
                        change="price_percentage_change_24h",
                    ),
                ),
            ),
        ),
    ),
)
