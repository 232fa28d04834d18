"""Bitfinex's market, one row."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page, Volumes
from feeds.venue import Limits, Venue

VENUES = (
    Venue(
        name="bitfinex",
        factory="feeds.exchanges.bitfinex.adapter:Bitfinex",
        websocket="wss://api-pub.bitfinex.com",
        paths=dict.fromkeys(Channel, "/ws/2"),
        rest="https://api-pub.bitfinex.com",
        hosts=("api-pub.bitfinex.com", "api.bitfinex.com"),
        # 25 channels on one connection, 20 connects and about 30 requests for bars a minute.
        limits=Limits(streams=25, sends=5, connects=100, weight=30, weight_header=""),
        symbols=r"t[A-Z0-9]{2,20}(?::[A-Z0-9]{2,20})?",
        popular=("tBTCUSD", "tETHUSD", "tBTCF0:USTF0"),
        capability=Capability(
            depth=250,
            cadence="each change",
            checks=(
                Check.CONNECTION,
                Check.CHECKSUM,
            ),
            book="Snapshot of 250 levels in band, then changes; messages are numbered, 25 levels "
            "have a checksum.",
            trades="Each fill.",
            bars=500,
            interest=True,
            liquidations="each",
            notes=(
                "Prices have five digits that count and no tick: grids are read off what is seen.",
                "A connection carries 25 channels.",
            ),
        ),
        lists=Lists(
            instruments=(
                Page(
                    "/v2/tickers?symbols=ALL",
                    volumes=Volumes(
                        "",
                        "0",
                        base="8",
                        price="7",
                        last="7",
                        change="6",
                        shares=True,
                        coins=r"t(?P<base>[A-Z0-9]+?)(?P<contract>F0)?"
                        r"(?::|(?=[A-Z0-9]{3}$))(?P<quote>[A-Z0-9]+?)(?:F0)?",
                    ),
                ),
            ),
        ),
    ),
)
