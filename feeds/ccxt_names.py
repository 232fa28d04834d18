"""Names of ccxt's: which exchanges it can watch, told before anything of it is loaded.

`ccxt:EXCHANGE:SYMBOL` names an instrument by ccxt's own words, such as `ccxt:binance:BTC/USDT` or
`ccxt:kraken:BTC/USD:USD`. The library is an extra, and loaded only where one is asked for.
"""

import re
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from feeds.errors import ConfigError

CCXT = "ccxt"
"""The name that stands where a venue's does."""
UNRECORDED = (
    "ccxt does not show what comes over the wire, so it cannot be recorded; tapetop venues names "
    "those that can"
)
"""Why no recording is made."""
_SYMBOL = re.compile(r"[^\s:/]{1,40}/[^\s:/]{1,40}(?::[^\s:/]{1,60})?")


def is_ccxt(text: str) -> bool:
    """Whether an instrument or an endpoint is one of ccxt's."""
    return text.partition(":")[0] == CCXT


def parse_name(text: str) -> tuple[str, str]:
    """Exchange and symbol of `EXCHANGE:SYMBOL`; ConfigError says what is wrong with it."""
    exchange, _, symbol = text.partition(":")
    if not exchange or not symbol:
        raise ConfigError(f'"{CCXT}:{text}" is not ccxt:EXCHANGE:SYMBOL, such as {_example()}')
    require(exchange)
    if _SYMBOL.fullmatch(symbol) is None:
        raise ConfigError(
            f'"{symbol}" is not a symbol as ccxt writes them, such as BTC/USDT, or BTC/USDT:USDT '
            "of a perpetual"
        )
    return exchange, symbol


@lru_cache(maxsize=128)
def require(exchange: str) -> None:
    """Raise ConfigError with the remedy where an exchange cannot be watched through ccxt."""
    folder = _folder()
    watched = _names(folder / "pro")
    if exchange in watched:
        made = getattr(library(), exchange)()
        if not made.has.get("watchOrderBook"):
            raise ConfigError(
                f"ccxt:{exchange} has no watchOrderBook: its books cannot be watched, choose "
                "another exchange"
            )
        return
    if exchange in _names(folder):
        raise ConfigError(
            f"ccxt:{exchange} has no WebSocket class in ccxt: choose another exchange, such as "
            f"{_example()}"
        )
    near = get_close_matches(exchange.lower(), watched, n=1, cutoff=0.4)
    guess = f'did you mean "ccxt:{near[0]}"?' if near else f"write one such as {_example()}"
    raise ConfigError(f'ccxt knows no exchange "{exchange}": {guess}')


def library() -> Any:  # Any: ccxt's own types take minutes to check
    """The module of ccxt's exchanges with WebSockets, loaded where it was not yet."""
    return import_module("ccxt.pro")


def _folder() -> Path:
    spec = find_spec(CCXT)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            "instruments of ccxt need its library, an extra: pip install 'tapetop[ccxt]'"
        )
    return Path(spec.submodule_search_locations[0])


@lru_cache(maxsize=2)
def _names(folder: Path) -> frozenset[str]:
    """The exchanges that a folder of ccxt's has a file of."""
    return frozenset(path.stem for path in folder.glob("[!_]*.py"))


def _example() -> str:
    return "ccxt:binance:BTC/USDT"
