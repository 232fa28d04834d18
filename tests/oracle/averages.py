"""Moving averages of closes from their definition (33), bar by bar."""

from collections.abc import Sequence
from fractions import Fraction


def simple(closes: Sequence[Fraction], count: int) -> list[Fraction | None]:
    """The mean of each close and those before it, `count` of them together."""
    return [
        None if at + 1 < count else sum(closes[at + 1 - count : at + 1], Fraction(0)) / count
        for at in range(len(closes))
    ]


def exponential(closes: Sequence[Fraction], count: int) -> list[Fraction | None]:
    """The mean of the first `count`, and from there on what each close makes of the one before."""
    found = list[Fraction | None]()
    for at, close in enumerate(closes):
        before = found[-1] if found else None
        if at + 1 < count:
            found.append(None)
        elif before is None:
            found.append(sum(closes[:count], Fraction(0)) / count)
        else:
            found.append(before + Fraction(2, count + 1) * (close - before))
    return found
