"""The registry of tongues: how the stand-in of each venue is made, by the venue's name."""

from collections.abc import Callable

from tests.exchange import (
    tongue_binance,
    tongue_bitfinex,
    tongue_bybit,
    tongue_coinbase,
    tongue_deribit,
    tongue_gate,
    tongue_kraken,
    tongue_okx,
    tongues_b,
)
from tests.exchange.talk import Tongue

_MODULES = (
    tongue_binance,
    tongue_bitfinex,
    tongue_bybit,
    tongue_coinbase,
    tongue_deribit,
    tongue_gate,
    tongue_kraken,
    tongue_okx,
    tongues_b,
)

TONGUES: dict[str, Callable[[], Tongue]] = dict(
    sorted(pair for module in _MODULES for pair in module.TONGUES.items())
)
