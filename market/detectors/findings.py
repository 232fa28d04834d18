"""Findings: what all detectors found in a market, brought up to date when somebody asks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from market.bars import Bars
from market.detectors.absorption import Absorptions
from market.detectors.bursts import bursts
from market.detectors.found import (
    Absorption,
    Divergence,
    Exhaustion,
    Finding,
    Iceberg,
    LargeLot,
    LiquidationBurst,
    PulledWall,
    Rules,
    Sweep,
)
from market.detectors.icebergs import Icebergs
from market.detectors.prints import LargeLots, PrintReader, Sweeps
from market.detectors.steps import Steps
from market.detectors.store import Store
from market.detectors.turns import BARS, divergences, exhaustions
from market.detectors.walls import Walls
from market.market import Market
from market.recent import Recent

RULES = Rules()
RULES_KEPT = 4
"""Sets of rules of one market whose findings are kept; the least recently asked for goes."""
_ROUND = (1, 2, 5)


@dataclass(slots=True)
class _Stores:
    """Findings by sort."""

    sweeps: Store[Sweep] = field(default_factory=Store)
    large: Store[LargeLot] = field(default_factory=Store)
    icebergs: Store[Iceberg] = field(default_factory=Store)
    absorptions: Store[Absorption] = field(default_factory=Store)
    exhaustions: Store[Exhaustion] = field(default_factory=Store)
    walls: Store[PulledWall] = field(default_factory=Store)
    divergences: Store[Divergence] = field(default_factory=Store)
    bursts: Store[LiquidationBurst] = field(default_factory=Store)

    def editions(self) -> int:
        """How often anything changed."""
        return sum(store.edition for store in self._stores())

    def all(self) -> list[Finding]:
        """Everything, by time."""
        found: list[Finding] = []
        for store in self._stores():
            found += store.all()
        return sorted(found, key=lambda one: one.ts)

    def _stores(self) -> list[Store[Finding]]:
        # A store of one sort is read here like one of any.
        return [getattr(self, name) for name in self.__slots__]


class Findings:
    """Possible sweeps, icebergs and the like of one market by one set of rules.

    Prints are read from the trade log, levels from the depth record, from five minutes before
    somebody asked first. At most 512 findings of each sort are kept. When the market's grids
    change, all of it begins anew.
    """

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self._made_of: object = None
        self._all: tuple[int, list[Finding]] = (-1, [])
        self._start()

    def update(self, market: Market) -> None:
        """Read what the market has that was not read yet."""
        depth = market.depth
        made_of = (market.trades.generation, depth, depth and depth.rescales)
        if made_of != self._made_of:
            self._made_of = made_of
            self._start()
        self._read_prints(market)
        if depth is not None:
            for step in self._steps.read(depth, market.trades):
                self._icebergs.take(step)
                self._absorptions.take(step)
                self._walls.take(step)
        self._read_turns(market)
        if market.instrument is not None and market.forced:
            self._stores.bursts.set(bursts(market.forced, market.instrument, self.rules))

    @property
    def edition(self) -> int:
        """Something that stays equal for as long as nothing was found or grew."""
        return self._stores.editions()

    def all(self) -> Sequence[Finding]:
        """Everything found, by the time at which it was known."""
        edition = self.edition
        if self._all[0] != edition:
            self._all = edition, self._stores.all()
        return self._all[1]

    def _start(self) -> None:
        rules, stores = self.rules, _Stores()
        self._stores = stores
        self._all = (-1, [])
        self._orders, self._runs = PrintReader(), PrintReader()
        self._large, self._sweeps = LargeLots(rules), Sweeps(rules)
        self._steps = Steps()
        self._icebergs = Icebergs(rules, stores.icebergs)
        self._absorptions = Absorptions(rules, stores.absorptions)
        self._walls = Walls(rules, stores.walls)
        self._bars = Bars(rules.basis)
        self._revision = -1
        self._group = rules.group

    def _read_prints(self, market: Market) -> None:
        log, stores = market.trades, self._stores
        self._orders.read(log, self._large.take, stores.large)
        now = market.clock
        self._runs.read(log, lambda trades: self._sweeps.take(trades, now), stores.sweeps)

    def _read_turns(self, market: Market) -> None:
        """Look at the swings again when a bar is over."""
        last = market.last
        self._bars.update(market.trades)
        if last is None or self._bars.revision == self._revision:
            return
        self._revision = self._bars.revision
        if self._group is None:
            self._group = _round_step(last.ticks // 10_000)
        bars = self._bars.last(BARS)[:-1]
        shown = market.footprint(self.rules.basis, self._group).last(BARS)[:-1]
        self._stores.divergences.set(divergences(bars, market.gaps, self.rules))
        self._stores.exhaustions.set(exhaustions(shown, self.rules))


def findings(market: Market, rules: Rules = RULES) -> Findings:
    """The findings in a market up to now, shared by all who ask by the same rules."""
    kept = _FINDINGS.get(market)
    if kept is None:
        kept = _FINDINGS[market] = Recent(RULES_KEPT)
    found = kept.get(rules, lambda: Findings(rules))
    found.update(market)
    return found


_FINDINGS: WeakKeyDictionary[Market, Recent[Rules, Findings]] = WeakKeyDictionary()


def _round_step(ticks: int) -> int:
    """The largest of 1, 2, 5, 10, 20 ... up to so many ticks."""
    step = 1
    while step * 10 <= ticks:
        step *= 10
    return max(step * factor for factor in _ROUND if factor == 1 or step * factor <= ticks)
