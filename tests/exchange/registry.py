"""The registry of tongues: how the stand-in of each venue is made, by the venue's name."""

from collections.abc import Callable
from functools import partial

from tests.exchange.talk import Tongue
from tests.exchange.tongue_binance import Binance
from tests.exchange.tongue_bitfinex import Bitfinex
from tests.exchange.tongue_bitget import Bitget
from tests.exchange.tongue_bitmex import Bitmex
from tests.exchange.tongue_bybit import Bybit
from tests.exchange.tongue_coinbase import Coinbase
from tests.exchange.tongue_deribit import Deribit
from tests.exchange.tongue_dydx import Dydx
from tests.exchange.tongue_gate import Gate
from tests.exchange.tongue_htx import Spot, Swap
from tests.exchange.tongue_hyperliquid import Hyperliquid
from tests.exchange.tongue_kraken import Kraken, KrakenFutures
from tests.exchange.tongue_kucoin import kucoin_futures, kucoin_spot
from tests.exchange.tongue_mexc import Mexc, MexcFutures
from tests.exchange.tongue_okx import Okx

TONGUES: dict[str, Callable[[], Tongue]] = {
    "binance": partial(Binance, "binance"),
    "binance-coinm": partial(Binance, "binance-coinm"),
    "binance-usdm": partial(Binance, "binance-usdm"),
    "bitfinex": Bitfinex,
    "bitget": Bitget,
    "bitmex": Bitmex,
    "bybit": partial(Bybit, "bybit"),
    "bybit-inverse": partial(Bybit, "bybit-inverse"),
    "bybit-linear": partial(Bybit, "bybit-linear"),
    "coinbase": Coinbase,
    "deribit": Deribit,
    "dydx": Dydx,
    "gate": partial(Gate, "gate"),
    "gate-futures": partial(Gate, "gate-futures"),
    "htx": Spot,
    "htx-inverse": partial(Swap, "htx-inverse"),
    "htx-swap": Swap,
    "hyperliquid": Hyperliquid,
    "kraken": Kraken,
    "kraken-futures": KrakenFutures,
    "kucoin": kucoin_spot,
    "kucoin-futures": kucoin_futures,
    "mexc": Mexc,
    "mexc-futures": MexcFutures,
    "okx": Okx,
}
"""One entry a venue, sorted."""
