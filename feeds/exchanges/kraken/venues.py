"""Kraken's markets, one row each."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page, Volumes
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
        capability=Capability(
            depth=1000,
            cadence="as changed",
            checks=(Check.CHECKSUM,),
            book="Snapshot of 1000 levels in band, then changes; ten levels have a checksum in "
            "every message.",
            trades="Each fill.",
            bars=720,
            notes=(
                "Changes have no numbers: after a message that cannot be read every book is asked"
                " for again.",
                "REST has other names for pairs; those of the sockets are used, as in BTC/USD.",
            ),
        ),
        lists=Lists(
            instruments=(Page("/0/public/AssetPairs"),),
            volumes=(
                Page(
                    "/0/public/Ticker",
                    volumes=Volumes("result", base="v.1", price="p.1", last="c.0"),
                ),
            ),
        ),
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
        capability=Capability(
            cadence="each change",
            checks=(Check.SEQUENCE,),
            book="The whole book in band, then changes with consecutive numbers.",
            trades="Each fill in the market.",
            bars=500,
            interest=True,
            liquidations="each, with the trades",
            notes=(
                "Bars are asked for by REST, again and again.",
                "The venue ends this protocol on 2027-03-01.",
                "PF_ contracts are linear, PI_ and FI_ inverse ones of a dollar each.",
            ),
        ),
        lists=Lists(
            instruments=(Page("/derivatives/api/v3/instruments", weight=10),),
            volumes=(Page("/derivatives/api/v3/tickers"),),
        ),
    ),
)
