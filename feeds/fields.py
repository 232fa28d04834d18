"""Fields: the number types that venues' payloads share, checked while they are decoded.

The wire's "nan" and "inf" would otherwise be floats, and a size below zero a size. A type with
`Literal[""]` beside it reads the empty string that some venues write where there is no number.
"""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from feeds.errors import MalformedFrame

Price = Annotated[float, Meta(gt=0, le=1e15)]
Size = Annotated[float, Meta(ge=0, le=1e15)]
"""A size, or a price that the venue writes as 0 where there is none."""
Rate = Annotated[float, Meta(ge=-1e6, le=1e6)]
Time = Annotated[int, Meta(ge=0, le=9_000_000_000_000_000_000)]
Sequence = Annotated[int, Meta(ge=-1, le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Levels = list[tuple[Price, Size]]

Blank: TypeAlias = Literal[""]
"""No number."""

_IN_S = 9_000_000_000
_IN_MS = 9_000_000_000_000
_IN_US = 9_000_000_000_000_000


def nanoseconds(time: int) -> int:
    """A time in ns, whatever its unit: no market was open in 1970, nor will we see 2255."""
    if _IN_S <= time < _IN_MS:
        return time * 1_000_000
    if time < _IN_S:
        return time * 1_000_000_000
    return time * 1_000 if time < _IN_US else time


def amount(number: Decimal, about: str) -> Decimal:
    """The number itself; decoders let "NaN", "-1" and "1e999999" be Decimals too."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > 20 or not 0 <= number < 10**20:
        raise MalformedFrame(about, f"{str(number)[:40]} is not an amount")
    return number
