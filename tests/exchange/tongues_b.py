"""The second half of the tongues, by venue."""

from collections.abc import Callable

from tests.exchange import (
    tongue_bitget,
    tongue_bitmex,
    tongue_dydx,
    tongue_htx,
    tongue_hyperliquid,
    tongue_kucoin,
    tongue_mexc,
)
from tests.exchange.talk import Tongue

TONGUES: dict[str, Callable[[], Tongue]] = {
    **tongue_bitget.TONGUES,
    **tongue_bitmex.TONGUES,
    **tongue_dydx.TONGUES,
    **tongue_htx.TONGUES,
    **tongue_hyperliquid.TONGUES,
    **tongue_kucoin.TONGUES,
    **tongue_mexc.TONGUES,
}
