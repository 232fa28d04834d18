"""HTX's markets, one row each."""

from feeds.adapter import Channel
from feeds.capability import Capability, Check
from feeds.lists import Lists, Page, Volumes
from feeds.venue import Limits, Venue

_LIMITS = Limits(
    streams=100,
    # Forty a second are taken.
    sends=10,
    # No number is published.
    connects=60,
    # 3000 in five minutes of each endpoint; the headers state what is left, not what was used.
    weight=600,
    weight_header="",
)

_SPOT = {
    Channel.BOOK: "/feed",
    Channel.BOOK_TICKER: "/ws",
    Channel.KLINES: "/ws",
    Channel.TICKER: "/ws",
    Channel.TRADES: "/ws",
}


_SWAP = Capability(
    depth=150,
    cadence="30 ms",
    checks=(Check.SEQUENCE,),
    book="Snapshot in band, then changes whose versions are counted one by one.",
    trades="Each fill; the venue counts both sides of it, here it is one.",
    bars=1000,
    interest=True,
    liquidations="each",
    notes=(
        "Versions are not documented to be counted one by one. Where leaps outnumber what follows "
        "one by one, they need only rise from then on.",
        "Mark prices are asked for every 5 s, open interest every 30 s.",
        "The day's volume in the list of instruments counts both sides of each trade.",
    ),
)


def _swaps(family: str) -> dict[Channel, str]:
    market = dict.fromkeys(_SPOT, f"/{family}-ws")
    notes = dict.fromkeys((Channel.LIQUIDATIONS, Channel.MARK_PRICE), f"/{family}-notification")
    return market | notes


VENUES = (
    Venue(
        name="htx",
        factory="feeds.exchanges.htx.adapter:Htx",
        websocket="wss://api.huobi.pro",
        paths=_SPOT,
        rest="https://api.huobi.pro",
        hosts=("api.huobi.pro", "api-aws.huobi.pro"),
        limits=_LIMITS,
        symbols=r"[a-z0-9]{4,40}",
        popular=("btcusdt", "ethusdt", "solusdt"),
        capability=Capability(
            depth=400,
            cadence="100 ms",
            checks=(Check.SEQUENCE,),
            book="Asked for in band, laid beneath changes that each name the one before.",
            trades="Each fill.",
            bars=1000,
            notes=("Bars of a day begin at 16:00 UTC there, so days are made of bars of 4 h.",),
        ),
        lists=Lists(
            instruments=(Page("/v1/common/symbols"),),
            volumes=(
                Page(
                    "/market/tickers",
                    volumes=Volumes("data", "symbol", quote="vol", last="close", first="open"),
                ),
            ),
        ),
    ),
    Venue(
        name="htx-inverse",
        factory="feeds.exchanges.htx.adapter:Htx",
        websocket="wss://api.hbdm.com",
        paths=_swaps("swap"),
        rest="https://api.hbdm.com",
        hosts=(
            "api.hbdm.com/swap-",
            "api.hbdm.vn/swap-",
            "api.hbdm.com/index/market/history/swap_",
        ),
        limits=_LIMITS,
        symbols=r"[A-Z0-9]{1,20}-USD",
        popular=("BTC-USD", "ETH-USD"),
        capability=_SWAP,
        lists=Lists(
            instruments=(Page("/swap-api/v1/swap_contract_info"),),
            volumes=(
                Page(
                    "/swap-ex/market/detail/batch_merged",
                    volumes=Volumes(
                        "ticks",
                        "contract_code",
                        base="amount",
                        price="close",
                        last="close",
                        first="open",
                    ),
                ),
            ),
        ),
    ),
    Venue(
        name="htx-swap",
        factory="feeds.exchanges.htx.adapter:Htx",
        websocket="wss://api.hbdm.com",
        paths=_swaps("linear-swap"),
        rest="https://api.hbdm.com",
        hosts=(
            "api.hbdm.com/linear-swap-",
            "api.hbdm.vn/linear-swap-",
            "api.hbdm.com/index/market/history/linear_swap_",
        ),
        limits=_LIMITS,
        symbols=r"[A-Z0-9]{1,30}-USDT(?:-[0-9]{6})?",
        popular=("BTC-USDT", "ETH-USDT", "SOL-USDT"),
        capability=_SWAP,
        lists=Lists(
            instruments=(Page("/linear-swap-api/v1/swap_contract_info"),),
            volumes=(
                Page(
                    "/linear-swap-ex/market/detail/batch_merged",
                    volumes=Volumes(
                        "ticks", "contract_code", quote="trade_turnover", last="close", first="open"
                    ),
                ),
            ),
        ),
    ),
)
