"""Checksummed books: the levels of a book as the wire spells them, and the CRC32 of its top.

Some venues state with each change a checksum over the best levels, made of their decimal strings.
It can be compared only where the strings are kept: numbers lose trailing zeros. A level's part of
the text is spelled once, when the level changes, and the checksum is computed again only when one
of the levels that it covers did.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import TypeAlias
from zlib import crc32

Rows: TypeAlias = Iterable[Sequence[str]]
"""Levels as the wire spells them: price and size come first, what follows is not looked at."""
Numbers: TypeAlias = list[tuple[float, float]]
"""The same levels as an event states them: price and absolute size."""

MOST = 1e15
"""No price and no size is larger."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One venue's way of making a checksum of a book."""

    levels: int
    """Levels of each side that it covers."""
    bid: Callable[[str, str], str]
    """A bid's part of the text, of price and size."""
    ask: Callable[[str, str], str]
    alternating: bool
    """Bid, ask, bid, ask and so on, where a side that has ended is left out; else asks, bids."""
    between: str
    """What stands between the parts."""


def _digits(price: str, size: str) -> str:
    return price.replace(".", "").lstrip("0") + size.replace(".", "").lstrip("0")


def _pair(price: str, size: str) -> str:
    return f"{price}:{size}"


def _negative_pair(price: str, size: str) -> str:
    return f"{price}:-{size}"


# https://docs.kraken.com/exchange/guides/websockets/book-checksum-v2
KRAKEN = Scheme(10, _digits, _digits, alternating=False, between="")
# https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel
OKX = Scheme(25, _pair, _pair, alternating=True, between=":")
# https://www.bitget.com/api-doc/common/websocket-intro#checksum
BITGET = OKX
# https://docs.bitfinex.com/docs/ws-websocket-checksum; an ask's size is given without its sign.
BITFINEX = Scheme(25, _pair, _negative_pair, alternating=True, between=":")


class WireBook:
    """One book as the wire spells it, each side at most `depth` levels deep."""

    def __init__(self, scheme: Scheme, depth: int | None = None) -> None:
        self._scheme = scheme
        self._depth = depth
        self._bids = _Side(-1.0, scheme.levels, scheme.bid)
        self._asks = _Side(1.0, scheme.levels, scheme.ask)
        self._checksum = 0

    def replace(self, bids: Rows, asks: Rows) -> tuple[Numbers, Numbers]:
        """Forget every level, then take these; ValueError where one is not an amount."""
        self._bids.clear()
        self._asks.clear()
        return self.change(bids, asks)

    def change(self, bids: Rows, asks: Rows) -> tuple[Numbers, Numbers]:
        """Take changed levels in order, size 0 removes; ValueError where one is not an amount.

        Returned is what changed in numbers, with size 0 for each level that the change pushed
        beyond the depth: the venue will not speak of it again.
        """
        changed = self._bids.take(bids), self._asks.take(asks)
        if self._depth is not None:
            changed[0].extend(self._bids.cut(self._depth))
            changed[1].extend(self._asks.cut(self._depth))
        return changed

    def levels(self) -> tuple[Numbers, Numbers]:
        """Every bid and every ask, best first."""
        return self._bids.levels(), self._asks.levels()

    def agrees(self, stated: int) -> bool:
        """Whether the venue's checksum, signed or not, is this book's."""
        return -0x8000_0000 <= stated <= 0xFFFF_FFFF and self.checksum() == stated & 0xFFFF_FFFF

    def checksum(self) -> int:
        """The checksum of the best levels, unsigned."""
        if self._bids.touched or self._asks.touched:
            bids, asks = self._bids.top(), self._asks.top()
            parts = _alternating(bids, asks) if self._scheme.alternating else asks + bids
            self._checksum = crc32(self._scheme.between.join(parts).encode())
        return self._checksum


def _alternating(bids: list[str], asks: list[str]) -> list[str]:
    both = min(len(bids), len(asks))
    parts = [""] * (2 * both)
    parts[::2], parts[1::2] = bids[:both], asks[:both]
    return parts + bids[both:] + asks[both:]


class _Side:
    """One side: its prices in order, best first, and each level's size and part of the text."""

    def __init__(self, sign: float, covered: int, spell: Callable[[str, str], str]) -> None:
        self.touched = True
        """Whether a covered level changed since `top` was last asked for."""
        self._sign = sign
        self._covered = covered
        self._spell = spell
        self._keys = list[float]()
        """Prices times the sign, so that the best is the lowest."""
        self._standing = dict[float, tuple[float, str]]()
        """Size and part of the text, by key."""
        self._fence = inf
        """The last key covered: what changes beyond it leaves the checksum as it is."""

    def clear(self) -> None:
        self._keys.clear()
        self._standing.clear()
        self._fence, self.touched = inf, True

    def take(self, rows: Rows) -> Numbers:
        keys, standing, sign, spell = self._keys, self._standing, self._sign, self._spell
        numbers: Numbers = []
        for row in rows:
            text, amount = row[0], row[1]
            price, size = float(text), float(amount)
            if not (0 < price <= MOST and 0 <= size <= MOST):
                raise ValueError(f"not a price and a size: {text[:40]} and {amount[:40]}")
            numbers.append((price, size))
            key = sign * price
            if size:
                if key not in standing:
                    insort(keys, key)
                standing[key] = (size, spell(text, amount))
            elif standing.pop(key, None):
                del keys[bisect_left(keys, key)]
            if key <= self._fence:
                self.touched = True
        return numbers

    def cut(self, depth: int) -> Numbers:
        keys, sign = self._keys, self._sign
        beyond = keys[depth:]
        if beyond:
            del keys[depth:]
            for key in beyond:
                del self._standing[key]
            self.touched = self.touched or depth < self._covered
        return [(sign * key, 0.0) for key in beyond]

    def levels(self) -> Numbers:
        return [(self._sign * key, self._standing[key][0]) for key in self._keys]

    def top(self) -> list[str]:
        keys, standing = self._keys[: self._covered], self._standing
        self.touched = False
        self._fence = keys[-1] if len(keys) == self._covered else inf
        return [standing[key][1] for key in keys]
