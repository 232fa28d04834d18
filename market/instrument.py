"""Instrument: what is traded where, with exact tick and lot sizes."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """How an instrument pays: spot, or a contract settled in quote (linear) or base (inverse)."""

    SPOT = "spot"
    LINEAR = "linear"
    INVERSE = "inverse"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A venue's symbol with its price and size grids.

    `tick_size` and `lot_size` are exact decimals of any multiple (0.5 and 0.25 included).
    `contract_size` is the base (linear) or quote (inverse) amount of one contract, None for
    instruments whose sizes already are base currency. Lots are in contracts as a venue lists
    them, and in base currency as the model holds them. `inferred` says that the grids were
    read off the decimals seen, because no listing was at hand.
    """

    venue: str
    symbol: str
    tick_size: Decimal
    lot_size: Decimal
    base: str = ""
    quote: str = ""
    kind: Kind = Kind.SPOT
    contract_size: Decimal | None = None
    inferred: bool = False
    price_scale: float = field(init=False, repr=False, compare=False)
    """Ticks per unit of price, as a float."""
    size_scale: float = field(init=False, repr=False, compare=False)
    """Lots per unit of size, as a float."""

    def __post_init__(self) -> None:
        if self.tick_size <= 0 or self.lot_size <= 0:
            raise ValueError(f"{self.id}: tick and lot sizes must be positive")
        object.__setattr__(self, "price_scale", float(1 / self.tick_size))
        object.__setattr__(self, "size_scale", float(1 / self.lot_size))

    @property
    def id(self) -> str:
        """`VENUE:SYMBOL`, as it is typed on the command line."""
        return f"{self.venue}:{self.symbol}"

    def ticks(self, price: float) -> int:
        """The nearest whole number of ticks."""
        return round(price * self.price_scale)

    def lots(self, size: float) -> int:
        """The nearest whole number of lots."""
        return round(size * self.size_scale)

    def price(self, ticks: int) -> Decimal:
        """The exact price of a number of ticks."""
        return ticks * self.tick_size

    def size(self, lots: int) -> Decimal:
        """The exact size of a number of lots."""
        return lots * self.lot_size

    @property
    def price_decimals(self) -> int:
        """Digits after the point that write every price of the grid."""
        return decimals(self.tick_size)

    @property
    def size_decimals(self) -> int:
        """Digits after the point that write every size of the grid."""
        return decimals(self.lot_size)


def decimals(step: Decimal) -> int:
    """Digits after the point needed to write a step without loss: 0.25 -> 2, 10 -> 0."""
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def plain(value: Decimal | float) -> str:
    """A decimal string without exponent, exact for the shortest spelling: 2.2e-05 -> 0.000022."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    return format(number, "f")
