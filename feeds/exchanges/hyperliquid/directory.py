"""The directory: what the venue lists, one list for spot and one for each builder's exchange."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from feeds.exchanges.hyperliquid.names import dex_of, kind_of
from feeds.exchanges.hyperliquid.posts import Question
from market.instrument import Instrument, Kind

AGE: Final = 600_000_000_000
"""ns that a list is good for."""

_WEIGHT: Final = 20
_SPOT: Final = "@"
"""The name of the list of spot pairs; that of a builder's perpetuals is the builder's."""


class Directory:
    """The instruments that are known, and the coins that are wanted."""

    def __init__(self) -> None:
        self.listed: dict[str, Instrument] = {}
        self._at: dict[str, int] = {}

    def ask(self, coins: Iterable[str], now: int) -> Iterator[Question]:
        """The questions whose answers tell of these."""
        for name in dict.fromkeys(map(list_of, coins)):
            if now - self._at.get(name, now - AGE) >= AGE:
                payload: dict[str, object] = {"type": "meta"}
                if name == _SPOT:
                    payload = {"type": "spotMeta"}
                elif name:
                    payload["dex"] = name
                yield Question(payload, _WEIGHT, name)

    def take(self, instrument: Instrument) -> None:
        """Note what is listed."""
        self.listed[instrument.symbol] = instrument

    def missing(self, name: str, coins: Iterable[str], now: int) -> list[tuple[str, str]]:
        """A list is here: the coins that ought to be in it and are not, and what is wrong."""
        self._at[name] = now
        return [
            (coin, self._unknown(coin))
            for coin in coins
            if coin not in self.listed and list_of(coin) == name and not coin.startswith("#")
        ]

    def _unknown(self, coin: str) -> str:
        """Most pairs of spot are known by a number only."""
        named = [
            instrument.symbol
            for instrument in self.listed.values()
            if f"{instrument.base}/{instrument.quote}" == coin
        ]
        near = named or get_close_matches(coin, self.listed, n=1)
        return f'no such symbol; did you mean "{near[0]}"?' if near else "no such symbol"


def list_of(coin: str) -> str:
    """The list that a coin is in."""
    return _SPOT if kind_of(coin) is Kind.SPOT else dex_of(coin)
