"""Bybit's markets, one row each."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.exchanges.bybit.markets import INTEREST_STEPS
from feeds.lists import Lists, Page
from feeds.venue import Limits, Venue

_BYBIT_DOMAINS = (
    "bybit.com",
    "bybit.eu",
    "bybit.id",
    "bybit.kz",
    "bybit.tr",
    "bybitgeorgia.ge",
    "manepa.jp",
)
"""The venue's own and those of regions: the sockets are at `stream.`, the rest at `api.`."""

_BYBIT_SPOT = (
    Channel.TRADES,
    Channel.BOOK,
    Channel.BOOK_TICKER,
    Channel.KLINES,
    Channel.TICKER,
)
_BYBIT_CONTRACTS = (*_BYBIT_SPOT, Channel.LIQUIDATIONS, Channel.MARK_PRICE)

_BYBIT_LIMITS = Limits(
    # Their names may have 21,000 characters together; those of 200 streams have 12,000 at most.
    streams=200,
    sends=10,
    # 500 are allowed for all three markets together.
    connects=160,
    # 600 requests in 5 s are allowed for all three together; no header states what was used.
    weight=200,
    weight_header="",
)

_BYBIT_SYMBOLS = r"[A-Z0-9][A-Z0-9.-]{0,39}"


def _bybit_hosts(category: str) -> tuple[str, ...]:
    """Where one market's traffic is: on a socket path of its own, and in one REST service."""
    sockets = [f"stream.{domain}" for domain in _BYBIT_DOMAINS]
    documents = [f"api.{domain}" for domain in (*_BYBIT_DOMAINS, "bytick.com")]
    return (
        *(f"{host}/v5/public/{category}" for host in (*sockets, "stream-testnet.bybit.com")),
        *(f"{host}?category={category}" for host in (*documents, "api-testnet.bybit.com")),
    )


VENUES = (
    Venue(
        name="bybit",
        factory="feeds.exchanges.bybit.adapter:Bybit",
        websocket="wss://stream.bybit.com",
        paths=dict.fromkeys(_BYBIT_SPOT, "/v5/public/spot"),
        rest="https://api.bybit.com",
        hosts=_bybit_hosts("spot"),
        limits=_BYBIT_LIMITS,
        symbols=_BYBIT_SYMBOLS,
        popular=("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"),
        capability=Capability(
            depth=1000,
            cadence="200 ms",
            checks=(Check.SEQUENCE,),
            book="Snapshot of 1000 levels in band, then changes with consecutive numbers; number "
            "1 begins anew.",
            trades="Each fill.",
            bars=1000,
            notes=(
                "Ids of trades are in no order: duplicates are known by id.",
                "Depths of one book have numbers of their own; the deepest is followed.",
            ),
        ),
        lists=Lists(
            instruments=(Page("/v5/market/instruments-info?category=spot"),),
            volumes=(Page("/v5/market/tickers?category=spot"),),
        ),
    ),
    Venue(
        name="bybit-inverse",
        factory="feeds.exchanges.bybit.adapter:Bybit",
        websocket="wss://stream.bybit.com",
        paths=dict.fromkeys(_BYBIT_CONTRACTS, "/v5/public/inverse"),
        rest="https://api.bybit.com",
        hosts=_bybit_hosts("inverse"),
        limits=_BYBIT_LIMITS,
        symbols=_BYBIT_SYMBOLS,
        popular=("BTCUSD", "ETHUSD"),
        capability=Capability(
            depth=1000,
            cadence="200 ms",
            checks=(Check.SEQUENCE,),
            book="Snapshot of 1000 levels in band, then changes with consecutive numbers; number "
            "1 begins anew.",
            trades="Each fill.",
            bars=1000,
            interest=True,
            liquidations="each, every 500 ms",
            notes=(
                "Sizes are in dollars.",
                "The side of a liquidation is the position's on the wire and the order's here; "
                "its price is that of bankruptcy.",
                "Open interest is one-sided here; the venue's older field counts both sides.",
                "Orders of retail price improvement are hidden from books, their trades are not.",
            ),
        ),
        interest_steps=tuple(INTEREST_STEPS),
        lists=Lists(
            instruments=(
                Page(
                    "/v5/market/instruments-info?category=inverse&limit=1000",
                    cursor="result.nextPageCursor",
                ),
            ),
            volumes=(Page("/v5/market/tickers?category=inverse"),),
        ),
    ),
    Venue(
        name="bybit-linear",
        factory="feeds.exchanges.bybit.adapter:Bybit",
        websocket="wss://stream.bybit.com",
        paths=dict.fromkeys(_BYBIT_CONTRACTS, "/v5/public/linear"),
        rest="https://api.bybit.com",
        hosts=_bybit_hosts("linear"),
        limits=_BYBIT_LIMITS,
        symbols=_BYBIT_SYMBOLS,
        popular=("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"),
        capability=Capability(
            depth=1000,
            cadence="200 ms",
            checks=(Check.SEQUENCE,),
            book="Snapshot of 1000 levels in band, then changes with consecutive numbers; number "
            "1 begins anew.",
            trades="Each fill.",
            bars=1000,
            interest=True,
            liquidations="each, every 500 ms",
            notes=(
                "The first page of instruments ends before SOL and XRP: the list is read to its "
                "end.",
                "The side of a liquidation is the position's on the wire and the order's here; "
                "its price is that of bankruptcy.",
                "Open interest is one-sided here; the venue's older field counts both sides.",
                "Orders of retail price improvement are hidden from books, their trades are not.",
            ),
        ),
        interest_steps=tuple(INTEREST_STEPS),
        lists=Lists(
            instruments=(
                Page(
                    "/v5/market/instruments-info?category=linear&limit=1000",
                    cursor="result.nextPageCursor",
                ),
            ),
            volumes=(Page("/v5/market/tickers?category=linear"),),
        ),
    ),
)
