"""Found: what detectors report, and the rules they go by.

Every report is a heuristic: something possible, with the evidence for it. `ts` is when it could
first be known, `began` where it starts, `ticks` its price. `lots` is positive for buyers and bids,
negative for sellers and asks. `value` is what they were worth, in ticks times lots and with their
sign, where they were not all at that one price.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from market.basis import Basis, TimeBasis

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
SWINGS = TimeBasis(15 * SECOND)


@dataclass(frozen=True, slots=True)
class PrintRules:
    """Of sweeps and large lots."""

    levels: int = 8
    """Prices that a sweep takes from at least."""
    sweep_span: int = 100 * MILLISECOND
    percentile: float = 99.0
    """Of the latest orders, which a large lot is above."""
    large: int | None = None
    """Lots from which an order is large, instead of the percentile."""
    notional: int | None = None
    """Lots times ticks from which an order is large, instead of the percentile."""


@dataclass(frozen=True, slots=True)
class LevelRules:
    """Of icebergs, absorption and walls."""

    refills: int = 3
    hidden: int = 2
    """How many times the largest size shown an iceberg filled out of hiding, at least."""
    absorbed: float = 1.5
    """How many times the largest size shown is traded where it is absorbed, at least."""
    window: int = 2 * SECOND
    """Time within which something is absorbed."""
    wall: int = 5
    """How many times the median of the nearest 50 levels a wall is, at least."""


@dataclass(frozen=True, slots=True)
class SwingRules:
    """Of divergences and exhaustion."""

    pivot: int = 3
    """Bars on each side that confirm a swing."""
    basis: Basis = SWINGS
    group: int | None = None
    """Ticks of the rows in which exhaustion is looked for; None for about 0.01 % of the price."""


@dataclass(frozen=True, slots=True)
class BurstRules:
    """Of liquidations."""

    orders: int = 3
    """Forced orders of one side that make a burst."""
    span: int = 5 * SECOND
    """From one to the next, at most."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What has to be the case for something to be reported."""

    prints: PrintRules = PrintRules()
    levels: LevelRules = LevelRules()
    swings: SwingRules = SwingRules()
    bursts: BurstRules = BurstRules()


class Sweep(NamedTuple):
    """One side took from many prices in a moment (definitions.md 12)."""

    ts: int
    began: int
    ticks: int
    """The price reached."""
    lots: int
    first: int
    """The price it began at."""
    levels: int
    value: int


class LargeLot(NamedTuple):
    """An order larger than nearly all of the latest (definitions.md 13)."""

    ts: int
    began: int
    ticks: int
    lots: int
    prints: int
    threshold: int
    """Lots that it is above, or at, where an absolute size was asked for; 0 for a notional."""
    value: int


class Iceberg(NamedTuple):
    """A level that traded more than it ever showed (definitions.md 12)."""

    ts: int
    began: int
    ticks: int
    lots: int
    """Executed since it began; positive for a bid."""
    hidden: int
    """Executed less the visible reductions."""
    refills: int
    shown: int
    """The largest size it showed."""


class Absorption(NamedTuple):
    """Large volume met at a price that did not give way (definitions.md 11)."""

    ts: int
    began: int
    ticks: int
    lots: int
    """Traded in the window at most; positive where bids absorbed it."""
    shown: int
    """The largest size shown in that window."""


class Exhaustion(NamedTuple):
    """Aggressors became fewer and fewer into the extreme of a swing (definitions.md 11)."""

    ts: int
    began: int
    ticks: int
    """The extreme."""
    lots: int
    """Aggressor volume of the last row; positive for buyers at a high."""
    before: tuple[int, int]
    """Of the two rows before it, the nearer last."""
    high: bool
    value: int
    values_before: tuple[int, int]


class PulledWall(NamedTuple):
    """A large resting size that was taken away rather than traded (definitions.md 21)."""

    ts: int
    began: int
    ticks: int
    lots: int
    """The most it showed; positive for a bid."""
    traded: int
    pulled: int
    distance: int
    """Ticks between it and the best price of its side when it went."""

    @property
    def lifetime(self) -> int:
        """How long it was seen to stand, ns."""
        return self.ts - self.began

    @property
    def pulled_percent(self) -> int:
        """Of what went, how much was taken away; rounded down."""
        return 100 * self.pulled // max(1, self.pulled + self.traded)


class Divergence(NamedTuple):
    """Price made another extreme and cumulative delta did not follow (definitions.md 10)."""

    ts: int
    began: int
    """Start of the bar of the swing before."""
    ticks: int
    """The new extreme."""
    lots: int
    """By how much cumulative delta differs between the two; negative is bearish."""
    at: int
    """Start of the bar of the new extreme."""
    before: int
    """The extreme before."""
    value: int
    """By how much the running sum of what was bought less what was sold was worth differs."""


class LiquidationBurst(NamedTuple):
    """Forced orders of one side in quick succession."""

    ts: int
    began: int
    ticks: int
    lots: int
    """Negative where longs were closed by selling."""
    orders: int
    value: int


Finding: TypeAlias = (
    Sweep
    | LargeLot
    | Iceberg
    | Absorption
    | Exhaustion
    | PulledWall
    | Divergence
    | LiquidationBurst
)


class Sort(StrEnum):
    """The sorts of findings, as they are written on the screen."""

    SWEEP = "sweep"
    LARGE = "large lot"
    ICEBERG = "iceberg"
    ABSORPTION = "absorption"
    EXHAUSTION = "exhaustion"
    WALL = "pulled wall"
    DIVERGENCE = "divergence"
    LIQUIDATIONS = "liquidations"


_SORTS: dict[type[Finding], Sort] = {
    Sweep: Sort.SWEEP,
    LargeLot: Sort.LARGE,
    Iceberg: Sort.ICEBERG,
    Absorption: Sort.ABSORPTION,
    Exhaustion: Sort.EXHAUSTION,
    PulledWall: Sort.WALL,
    Divergence: Sort.DIVERGENCE,
    LiquidationBurst: Sort.LIQUIDATIONS,
}


def value_of(finding: Finding) -> int:
    """What the lots of a finding were worth, in ticks times lots and with their sign."""
    match finding:
        case Iceberg() | Absorption() | PulledWall():
            return finding.ticks * finding.lots
        case _:
            return finding.value


def sort_of(finding: Finding) -> Sort:
    """Tell what sort of thing was found."""
    return _SORTS[type(finding)]
