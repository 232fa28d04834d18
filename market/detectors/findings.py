"""Findings: what all detectors found in a market, brought up to date when somebody asks."""

from collections.abc import Sequence
from typing import cast
from weakref import WeakKeyDictionary

from market.bar import Bar
from market.bars import Bars
from market.detectors.absorption import Absorptions
from market.detectors.bursts import bursts
from market.detectors.found import (
    Absorption,
    BurstRules,
    Divergence,
    Exhaustion,
    Finding,
    Iceberg,
    LargeLot,
    LevelRules,
    LiquidationBurst,
    PrintRules,
    PulledWall,
    Rules,
    Sweep,
    SwingRules,
)
from market.detectors.icebergs import Icebergs
from market.detectors.prints import LargeLots, PrintReader, Sweeps
from market.detectors.steps import Steps
from market.detectors.store import Store
from market.detectors.turns import BARS, divergences, exhaustions
from market.detectors.walls import Walls
from market.footprint import FootprintBar
from market.market import Market
from market.recent import Recent
from market.trades import TradeColumns
from market.worth import worth_of

RULES = Rules()
KEPT = 4
"""Sets of rules of one kind whose findings are kept; the least recently asked for goes."""
_ROUND = (1, 2, 5)


class PrintFindings:
    """Sweeps and large lots, read from the trade log."""

    def __init__(self, rules: PrintRules) -> None:
        self._rules = rules
        self._generation = -1
        self._start()

    def update(self, market: Market) -> None:
        """Read the trades not read yet, or some of them."""
        log, now, stepwise = market.trades, market.clock, market.stepwise
        if log.generation != self._generation:
            self._generation = log.generation
            self._start()
        self._orders.read(log, self._lots.take, self.large, stepwise)

        def take(trades: TradeColumns, newest: bool) -> tuple[int, list[Sweep]]:
            return self._takes.take(trades, now if newest else None)

        self._runs.read(log, take, self.sweeps, stepwise)

    @property
    def unread(self) -> int:
        """Trades that are still to be read in steps."""
        return max(self._orders.unread, self._runs.unread)

    def _start(self) -> None:
        self.sweeps, self.large = Store[Sweep](), Store[LargeLot]()
        self._orders, self._runs = PrintReader(), PrintReader()
        self._lots, self._takes = LargeLots(self._rules), Sweeps(self._rules)


class LevelFindings:
    """Icebergs, absorption and pulled walls, read from the depth record and the trade log.

    It begins five minutes before somebody asked first.
    """

    def __init__(self, rules: LevelRules) -> None:
        self._rules = rules
        self._made_of: object = None
        self._start()

    def update(self, market: Market) -> None:
        """Read the steps not read yet."""
        depth = market.depth
        if depth is None:
            return
        made_of = (market.trades.generation, depth, depth.rescales)
        if made_of != self._made_of:
            self._made_of = made_of
            self._start()
        for step in self._steps.read(depth, market.trades):
            self._hidden.take(step)
            self._absorbed.take(step)
            self._walls.take(step)

    def _start(self) -> None:
        rules = self._rules
        self.icebergs, self.absorptions = Store[Iceberg](), Store[Absorption]()
        self.walls = Store[PulledWall]()
        self._steps = Steps()
        self._hidden = Icebergs(rules, self.icebergs)
        self._absorbed = Absorptions(rules, self.absorptions)
        self._walls = Walls(rules, self.walls)


class SwingFindings:
    """Divergences and exhaustion, looked for again whenever a bar is over."""

    def __init__(self, rules: SwingRules) -> None:
        self._rules = rules
        self.divergences, self.exhaustions = Store[Divergence](), Store[Exhaustion]()
        self._bars = Bars(rules.basis)
        self._group = rules.group
        self._made_of: object = None

    def update(self, market: Market) -> None:
        """Look at the newest 500 bars that are over."""
        log, last, rules = market.trades, market.last, self._rules
        self._bars.update(log)
        made_of = (log.generation, self._bars.revision)
        if last is None or market.instrument is None or made_of == self._made_of:
            return
        self._made_of = made_of
        group = rules.group or usual_group(last.ticks)
        # A group that follows the price would restate what was told: it stays until it is far off.
        if self._group is None or not self._group <= 4 * group <= 16 * self._group:
            self._group = group
        bars, worth = self._bars.last(BARS)[:-1], worth_of(market.instrument)
        shown = market.footprint(rules.basis, self._group, worth).last(BARS)[:-1]
        deltas = [worth * delta for delta in _valued_deltas(bars, shown)]
        self.divergences.set(divergences(bars, deltas, market.gaps, rules))
        self.exhaustions.set(exhaustions(shown, rules, worth))


def _valued_deltas(bars: Sequence[Bar], shown: Sequence[FootprintBar]) -> list[int]:
    """What the deltas of bars were worth, by the footprint of the same bars, in its unit.

    Of bars from before the footprint begins it is not known, and taken to be nothing.
    """
    values = [each.values for each in shown[max(0, len(shown) - len(bars)) :]]
    found = [0 if each is None else int(each[1].sum() - each[0].sum()) for each in values]
    return [0] * (len(bars) - len(found)) + found


class BurstFindings:
    """Bursts of liquidations among the forced orders that are kept."""

    def __init__(self, rules: BurstRules) -> None:
        self._rules = rules
        self.bursts = Store[LiquidationBurst]()
        self._made_of: object = None

    def update(self, market: Market) -> None:
        """Look at them again when there are new ones."""
        forced, instrument = market.forced, market.instrument
        made_of = (len(forced), forced[-1] if forced else None, instrument)
        if made_of != self._made_of and instrument is not None:
            self._made_of = made_of
            self.bursts.set(bursts(forced, instrument, self._rules))


class Findings:
    """What was found in one market by one set of rules; at most 512 of each sort are kept."""

    def __init__(self, parts: "_Parts", rules: Rules = RULES) -> None:
        self._prints = parts.prints.get(rules.prints, lambda: PrintFindings(rules.prints))
        self._levels = parts.levels.get(rules.levels, lambda: LevelFindings(rules.levels))
        self._swings = parts.swings.get(rules.swings, lambda: SwingFindings(rules.swings))
        self._bursts = parts.bursts.get(rules.bursts, lambda: BurstFindings(rules.bursts))
        self._made_of: object = None
        self._all: Sequence[Finding] = ()

    def update(self, market: Market) -> None:
        """Read what the market has that was not read yet."""
        for part in (self._prints, self._levels, self._swings, self._bursts):
            part.update(market)

    @property
    def unread(self) -> int:
        """Trades in which nothing was looked for yet, where that is done in steps."""
        return self._prints.unread

    def all(self) -> Sequence[Finding]:
        """Everything found, by the time at which it was known; the same list until that changes."""
        stores = self._stores()
        made_of = [(store, store.edition) for store in stores]
        if made_of != self._made_of:
            self._made_of = made_of
            found = [one for store in stores for one in store.all()]
            self._all = sorted(found, key=lambda one: one.ts)
        return self._all

    def _stores(self) -> "list[Store[Finding]]":
        prints, levels, swings = self._prints, self._levels, self._swings
        # Only read from, so each may stand for a store of any sort.
        return cast(
            "list[Store[Finding]]",
            [
                prints.sweeps,
                prints.large,
                levels.icebergs,
                levels.absorptions,
                levels.walls,
                swings.divergences,
                swings.exhaustions,
                self._bursts.bursts,
            ],
        )


class _Parts:
    """Detectors of one market by their rules, so that changed rules begin only those anew."""

    def __init__(self) -> None:
        self.prints: Recent[PrintRules, PrintFindings] = Recent(KEPT)
        self.levels: Recent[LevelRules, LevelFindings] = Recent(KEPT)
        self.swings: Recent[SwingRules, SwingFindings] = Recent(KEPT)
        self.bursts: Recent[BurstRules, BurstFindings] = Recent(KEPT)
        self.whole: Recent[Rules, Findings] = Recent(KEPT)


def findings(market: Market, rules: Rules = RULES) -> Findings:
    """The findings in a market up to now, shared by all who ask by the same rules."""
    parts = _PARTS.get(market)
    if parts is None:
        parts = _PARTS[market] = _Parts()
    found = parts.whole.get(rules, lambda: Findings(parts, rules))
    found.update(market)
    return found


def unread(market: Market) -> int:
    """Trades still to be read in steps, by all that are asked for: a picture may change by them."""
    parts = _PARTS.get(market)
    return sum(one.unread for one in parts.prints.values()) if parts is not None else 0


_PARTS: WeakKeyDictionary[Market, _Parts] = WeakKeyDictionary()


def usual_group(ticks: int) -> int:
    """The rows in which exhaustion is looked for at a price: at most 0.01 % of it, and round."""
    return round_step(ticks // 10_000)


def round_step(ticks: int) -> int:
    """The largest of 1, 2, 5, 10, 20 ... up to so many ticks."""
    step = 1
    while step * 10 <= ticks:
        step *= 10
    return max(step * factor for factor in _ROUND if factor == 1 or step * factor <= ticks)
