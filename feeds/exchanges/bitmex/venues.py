"""BitMEX, one row."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="bitmex",
        factory="feeds.exchanges.bitmex.adapter:Bitmex",
        websocket="wss://ws.bitmex.com",
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
            "/realtime",
        ),
        rest="https://www.bitmex.com",
        hosts=("testnet.bitmex.com", "ws.bitmex.com", "ws.testnet.bitmex.com", "www.bitmex.com"),
        limits=Limits(
            streams=100,
            # 720 subscriptions an hour; the first hundred go in a few frames.
            subscribes=600,
            sends=2,
            # 60 are allowed in an hour.
            connects=5,
            # 30 requests a minute of one who has no key; the header states what is left of them.
            weight=30,
            weight_header="",
            left_header="x-ratelimit-remaining",
        ),
        symbols=r"[A-Z0-9][A-Z0-9_]{1,29}",
        popular=("XBTUSD", "ETHUSD", "XBTUSDT"),
        capability=Capability(
            cadence="each change",
            checks=(Check.ROWS,),
            book="The whole book in band, then changes of rows by id.",
            trades="Each fill.",
            bars=1000,
            interest=True,
            liquidations="each, once",
            notes=(
                "Changes have no numbers: a loss shows when a row is named that is not there, or "
                "when the book stays crossed.",
                "Bars are named by their end on the wire and by their start here.",
                "60 connections an hour are allowed, and 30 requests a minute.",
            ),
        ),
        lists=Lists(
            instruments=(Page("/api/v1/instrument/active"),),
        ),
    ),
)
