"""Deribit, one row."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page, Volumes
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="deribit",
        factory="feeds.exchanges.deribit.adapter:Deribit",
        websocket="wss://www.deribit.com",
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
            "/ws/api/v2",
        ),
        rest="https://www.deribit.com",
        hosts=(
            "deribit.com",
            "history.deribit.com",
            "streams.deribit.com",
            "test.deribit.com",
            "www.deribit.com",
        ),
        limits=Limits(
            # 500 channels are allowed in one request.
            streams=200,
            # A request to subscribe costs 3000 of 10,000 credits that come back each second.
            sends=3,
            # 32 connections are allowed at a time, and no figure is stated for making them.
            connects=60,
            # 20 requests a second of one address that says who it is; fewer of one that does not.
            weight=300,
            weight_header="",
        ),
        # Strikes of cheap coins write a `d` for the point: MATIC_USDC-9MAR24-1d02-C.
        symbols=r"[A-Z0-9]{1,12}(?:_[A-Z0-9]{1,12})?"
        r"(?:-(?:PERPETUAL|\d{1,2}[A-Z]{3}\d{2}(?:-[0-9d]{1,12}-[CP])?))?",
        popular=("BTC-PERPETUAL", "ETH-PERPETUAL"),
        capability=Capability(
            cadence="100 ms",
            checks=(Check.SEQUENCE,),
            book="The whole book in band, then changes that name the last one.",
            trades="Each fill; blocks and legs of combinations are not counted.",
            bars=1000,
            interest=True,
            liquidations="each, with the trades",
            notes=(
                "Sizes of inverse contracts are in dollars.",
                "Funding is continuous: there are no instants at which it is paid.",
                "Combinations are not followed.",
            ),
        ),
        lists=Lists(
            instruments=(
                Page("/api/v2/public/get_instruments?currency=any&kind=future"),
                Page("/api/v2/public/get_instruments?currency=any&kind=spot"),
                Page("/api/v2/public/get_instruments?currency=any&kind=option"),
            ),
            volumes=(
                *(
                    Page(
                        f"/api/v2/public/get_book_summary_by_currency?currency={currency}",
                        volumes=Volumes(
                            "result",
                            "instrument_name",
                            quote="volume_usd",
                            last="last",
                            change="price_change",
                        ),
                    )
                    for currency in ("BTC", "ETH", "USDC", "USDT")
                ),
            ),
        ),
    ),
)
