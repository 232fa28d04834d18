"""Kraken's markets, one row each."""

from feeds.adapter import Channel
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="kraken",
        factory="feeds.exchanges.kraken.adapter:Kraken",
        websocket="wss://ws.kraken.com",
        paths=dict.fromkeys(
            (
                Channel.TRADES,
                Channel.BOOK,
                Channel.BOOK_TICKER,
                Channel.KLINES,
                Channel.TICKER,
            ),
            "/v2",
        ),
        rest="https://api.kraken.com",
        hosts=("api.kraken.com", "beta-ws.kraken.com", "ws.kraken.com"),
        # No number is published: about 150 connects in ten minutes, and a request a second.
        limits=Limits(streams=200, sends=5, connects=75, weight=60, weight_header=""),
        symbols=r"[A-Z0-9.]{1,20}x?/[A-Z0-9.]{2,10}",
        popular=("BTC/USD", "ETH/USD", "SOL/USD"),
    ),
    Venue(
        name="kraken-futures",
        factory="feeds.exchanges.kraken.futures:KrakenFutures",
        websocket="wss://futures.kraken.com",
        # Bars are asked for by REST, by what is on the one connection that there is.
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
            "/ws/v1",
        ),
        rest="https://futures.kraken.com",
        hosts=("demo-futures.kraken.com", "futures.kraken.com"),
        # 100 connections and 100 requests a second over each are allowed; by REST, what costs
        # 500 together in ten seconds, and the list of instruments may cost 10.
        limits=Limits(streams=200, sends=10, connects=75, weight=1500, weight_header=""),
        symbols=r"[A-Z]{2}_[A-Z0-9]{2,20}(?:_[0-9]{6})?",
        popular=("PF_XBTUSD", "PF_ETHUSD"),
    ),
)
