"""Kraken's names of a pair: `BTC/USD` on the socket; `XBTUSD`, `XXBTZUSD`, `XBT/USD` by REST."""

import re

OLD_NAMES = {"XBT": "BTC", "XDG": "DOGE"}
"""Assets that REST still calls by an older name."""
NEW_NAMES = {new: old for old, new in OLD_NAMES.items()}

QUOTED = re.compile(
    "(.+?)(PYUSD|RLUSD|USD[CGQRT1]|EUR[CQRT]|DAI|USD|EUR|GBP|CAD|AUD|CHF|JPY|AED|XBT|BTC|ETH|DOT)"
)
"""Pairs by what they are quoted in."""


def rest_name(symbol: str) -> str:
    """The name by which REST knows a symbol of the socket: BTC/USD -> XBTUSD."""
    return "".join(NEW_NAMES.get(part, part) for part in symbol.split("/"))


def socket_name(name: str) -> str:
    """The symbol of a REST name, of a pair key or of a `wsname`; unchanged where it tells none.

    XXBTZUSD, XBTUSD and XBT/USD -> BTC/USD
    """
    if "/" not in name:
        name = _divided(name)
    return "/".join(OLD_NAMES.get(part, part) for part in name.split("/"))


def _divided(name: str) -> str:
    """The oldest pairs have a letter before each side that tells coins from currencies."""
    oldest = re.fullmatch(r"[XZ]([A-Z]{3})[XZ]([A-Z]{3})", name)
    if oldest:
        return f"{oldest[1]}/{oldest[2]}"
    quoted = QUOTED.fullmatch(name)
    return f"{quoted[1]}/{quoted[2]}" if quoted else name
