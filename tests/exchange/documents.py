"""Documents: the listing that the script's opening books imply, where none was recorded."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from tests.exchange.script import Script, symbols


def exchange_info(script: Script) -> bytes:
    """The listing of every symbol of the script, with the grids its opening book lies on."""
    return msgspec.json.encode(
        {"symbols": [_listing(script, name) for name in symbols(script.cues)]}
    )


def _listing(script: Script, symbol: str) -> dict[str, object]:
    book = script.books.get(symbol.lower())
    levels = [*book.bids.items(), *book.asks.items()] if book else []
    quote = next(
        (name for name in ("USDT", "USD", "BTC", "ETH", "EUR") if symbol.endswith(name)), ""
    )
    return {
        "symbol": symbol,
        "status": "TRADING",
        "contractType": "PERPETUAL",
        "baseAsset": symbol.removesuffix(quote),
        "quoteAsset": quote,
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": _step(price for price, _ in levels)},
            {"filterType": "LOT_SIZE", "stepSize": _step(size for _, size in levels)},
        ],
    }


def _step(numbers: Iterable[str]) -> str:
    """The coarsest power of ten that all numbers are multiples of."""
    exponents = [Decimal(number).normalize().as_tuple().exponent for number in numbers]
    smallest = min((e for e in exponents if isinstance(e, int)), default=-8)
    return format(Decimal(1).scaleb(min(0, smallest)), "f")
