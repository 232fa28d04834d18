"""Rule: a condition on one instrument or on any that is watched, and how often it is told."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from market.basis import TimeBasis, basis_text
from market.events import Side
from market.instrument import plain


class Operator(StrEnum):
    """How a measure is compared with a level; `beyond` is above it or below minus it."""

    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class Condition:
    """What is measured, over which span, and the level it is compared with."""

    subject: str
    """A name in `market.alerts.subjects.SUBJECTS`."""
    operator: Operator = Operator.ABOVE
    level: Decimal = Decimal(0)
    span: int = 0
    """Market time, ns; 0 where the subject has none."""
    unit: str = ""
    """`%`, `bp` or `quote`; empty is base currency, or the currency of the price."""
    side: Side | None = None

    def met(self, value: Decimal) -> bool:
        """Whether a value is on that side of the level."""
        match self.operator:
            case Operator.ABOVE:
                return value > self.level
            case Operator.AT_LEAST:
                return value >= self.level
            case Operator.BELOW:
                return value < self.level
            case Operator.AT_MOST:
                return value <= self.level
            case Operator.BEYOND:
                return abs(value) > self.level

    @property
    def text(self) -> str:
        """The condition as it is written, in its shortest spelling."""
        words = [self.subject]
        if self.span:
            words.append(basis_text(TimeBasis(self.span)))
        if self.subject != "feed":
            words += [str(self.operator), with_unit(plain(self.level), self.unit)]
        if self.side is not None:
            words.append(str(self.side))
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition, whose market it is about, and whether it is told again."""

    condition: Condition
    instrument: str = ""
    """Empty: any that is watched, each by itself."""
    pause: int | None = None
    """Market time, ns, from one telling to the next at least; None tells once."""

    @property
    def text(self) -> str:
        """The rule as it is written, in its shortest spelling."""
        again = "" if self.pause is None else f"again {basis_text(TimeBasis(self.pause))}"
        return " ".join(part for part in (self.instrument, self.condition.text, again) if part)


def with_unit(number: str, unit: str) -> str:
    """A number and its unit: 1%, 3bp, 1000 quote."""
    return f"{number} {unit}" if unit == "quote" else f"{number}{unit}"
