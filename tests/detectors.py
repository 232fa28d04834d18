"""Precision and recall of the detectors on the simulated market, whose secrets it tells.

`python -m tests.detectors` measures 20 seeds and writes the tables into docs/detectors.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from feeds.synthetic.actors import Act, Ordered, Planted
from feeds.synthetic.market import SyntheticMarket
from market.bars import Bars
from market.detectors.findings import RULES, findings
from market.detectors.found import Exhaustion, Finding, Rules, Sort, sort_of
from market.detectors.prints import LATEST, STEP
from market.detectors.turns import swings
from market.market import Market
from market.markets import Markets

SEEDS = range(1, 21)
SECONDS = 900
SECOND = 1_000_000_000
TRUTH = (Sort.SWEEP, Sort.LARGE, Sort.ICEBERG, Sort.ABSORPTION, Sort.WALL)
"""What the simulator knows of."""
SWINGS = (Sort.EXHAUSTION, Sort.DIVERGENCE)
HELD = 60 * SECOND
"""For so long a swing has to hold."""
PAGE = Path(__file__).resolve().parents[1] / "docs" / "detectors.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


@dataclass
class Score:
    """Reports and facts, and how many of each have a partner."""

    reports: int = 0
    right: int = 0
    facts: int = 0
    met: int = 0

    def add(self, other: "Score") -> None:
        """Count in another run."""
        self.reports += other.reports
        self.right += other.right
        self.facts += other.facts
        self.met += other.met

    @property
    def precision(self) -> float:
        """Of what was reported, the share that is so."""
        return self.right / self.reports if self.reports else 1.0

    @property
    def recall(self) -> float:
        """Of what is so, the share that was reported."""
        return self.met / self.facts if self.facts else 1.0


@dataclass
class Fact:
    """Something that happened: from when to when, at what price if that matters, on what side."""

    begin: int
    end: int
    lots: int
    ticks: int | None = None
    counted: bool = True
    """Whether a detector has to find it; else it may."""

    def explains(self, finding: Finding) -> bool:
        """Whether a finding is of this."""
        return (
            self.begin <= finding.ts
            and finding.began <= self.end
            and (finding.lots > 0) == (self.lots > 0)
            and self.ticks in (None, finding.ticks)
        )


@dataclass
class Run:
    """A simulated market played to its end, and what was found in it."""

    source: SyntheticMarket
    market: Market
    found: list[Finding] = field(default_factory=list)


def play(seed: int, seconds: int, rules: Rules = RULES) -> Run:
    """Play a market, asking for findings every ten seconds as somebody looking would."""
    source, markets = SyntheticMarket(seed), Markets()
    markets.apply(source.open())
    market = markets.get(f"sim:{seed}")
    assert market is not None
    found = dict[tuple[Sort, int, int], Finding]()
    for _ in range(seconds // 10):
        for _ in range(100):
            markets.apply(source.step())
        told = findings(market, rules).all()
        found |= {(sort_of(one), one.began, one.ticks): one for one in told}
    return Run(source, market, sorted(found.values(), key=lambda one: one.ts))


def facts(source: SyntheticMarket, rules: Rules = RULES) -> dict[Sort, list[Fact]]:
    """What happened, by the sort of finding that tells of it."""
    planted = list(source.planted)
    lives = _lives(planted, source.now)
    return {
        Sort.SWEEP: _sweeps(planted, source.ordered, rules),
        Sort.LARGE: _large(source.ordered, rules),
        Sort.ICEBERG: [life.as_iceberg(rules) for life in lives],
        Sort.ABSORPTION: [life.as_absorption(rules) for life in lives],
        Sort.WALL: _pulled(planted),
    }


def score(found: Iterable[Finding], happened: Sequence[Fact]) -> Score:
    """Pair reports with facts."""
    result, by_price = Score(), defaultdict[int | None, list[Fact]](list)
    for fact in happened:
        by_price[fact.ticks].append(fact)
    met = set[int]()
    for finding in found:
        near = [*by_price[None], *by_price.get(finding.ticks, [])]
        explained = [fact for fact in near if fact.explains(finding)]
        result.reports += 1
        result.right += bool(explained)
        met |= {id(fact) for fact in explained if fact.counted}
    result.facts = sum(fact.counted for fact in happened)
    result.met = len(met)
    return result


def scores(seeds: Iterable[int], seconds: int) -> dict[Sort, Score]:
    """Precision and recall of each sort that the simulator knows of, over several seeds."""
    result = {sort: Score() for sort in TRUTH}
    for seed in seeds:
        run = play(seed, seconds)
        happened = facts(run.source)
        for sort in TRUTH:
            found = [one for one in run.found if sort_of(one) is sort]
            result[sort].add(score(found, happened[sort]))
    return result


def swing_scores(seeds: Iterable[int], seconds: int) -> tuple[dict[Sort, Score], Score]:
    """How often swings that were reported held for a minute, and how often all swings did.

    Nobody plants swings in the simulator, so what can be measured is what came of them: a swing
    holds if for 60 s after it is confirmed no trade is beyond it.
    """
    result, every = {sort: Score() for sort in SWINGS}, Score()
    for seed in seeds:
        run = play(seed, seconds)
        held = dict[tuple[int, bool], bool]()
        bars = Bars(RULES.swings.basis)
        bars.update(run.market.trades)
        over = bars.last(10_000)[:-1]
        for high in (True, False):
            prices = [bar.high if high else -bar.low for bar in over]
            for place in swings(prices, RULES.swings.pivot):
                known = over[place + RULES.swings.pivot].end
                held[known, high] = _holds(run.market, known, prices[place], high)
        every.add(Score(len(held), sum(held.values())))
        for sort in SWINGS:
            told = [held[one.ts, _is_high(one)] for one in run.found if sort_of(one) is sort]
            result[sort].add(Score(len(told), sum(told), sum(held.values()), sum(told)))
    return result, every


def _is_high(finding: Finding) -> bool:
    match finding:
        case Exhaustion():
            return finding.high
        case _:
            return finding.lots < 0


def _holds(market: Market, known: int, extreme: int, high: bool) -> bool:
    ts, ticks, _ = market.trades.since(market.trades.first)
    after = ticks[(ts >= known) & (ts < known + HELD)]
    return not len(after) or bool((after if high else -after).max() <= extreme)


def _sweeps(planted: Sequence[Planted], ordered: Iterable[Ordered], rules: Rules) -> list[Fact]:
    """Sweeps placed on purpose; those that a wall stopped too soon need not be found."""
    prints = {(order.ts, order.lots > 0): order.prints for order in ordered}
    return [
        Fact(act.ts, act.ts, act.lots, None, prints[act.ts, act.lots > 0] >= rules.prints.levels)
        for act in planted
        if act.act is Act.SWEEP and act.lots
    ]


def _large(ordered: Iterable[Ordered], rules: Rules) -> list[Fact]:
    """Orders that were in truth above the percentile of those before them."""
    happened, sizes, threshold = list[Fact](), list[int](), None
    for order in ordered:
        if len(sizes) % STEP == 0 and len(sizes) >= 2 * STEP:
            ranked = sorted(sizes[-LATEST:])
            threshold = ranked[-int(-rules.prints.percentile * len(ranked) // 100) - 1]
        if threshold is not None and abs(order.lots) > threshold:
            happened.append(Fact(order.ts, order.ts, order.lots))
        sizes.append(abs(order.lots))
    return happened


def _pulled(planted: Sequence[Planted]) -> list[Fact]:
    """Walls placed to be pulled, which have to be found, and whatever else was taken away."""
    return [
        Fact(act.ts, act.ts + SECOND // 5, act.lots, act.ticks, act.act is Act.WALL_PULLED)
        for act in planted
        if act.act in (Act.WALL_PULLED, Act.WITHDRAWN)
    ]


@dataclass
class _Life:
    """An iceberg from where it was hidden to where it ended."""

    ticks: int
    lots: int
    begin: int
    end: int
    refills: list[Planted] = field(default_factory=list)

    @property
    def shown(self) -> int:
        return max((abs(act.lots) for act in self.refills), default=0)

    def as_iceberg(self, rules: Rules) -> Fact:
        """Counted where it did what an iceberg is told by."""
        hidden = sum(act.filled for act in self.refills)
        told = (
            len(self.refills) >= rules.levels.refills and hidden >= rules.levels.hidden * self.shown
        )
        return Fact(self.begin, self.end + SECOND, self.lots, self.ticks, told)

    def as_absorption(self, rules: Rules) -> Fact:
        """Counted where it filled enough out of hiding within the window."""
        most = max(
            (
                sum(b.filled for b in self.refills if a.ts <= b.ts < a.ts + rules.levels.window)
                for a in self.refills
            ),
            default=0,
        )
        told = bool(self.refills) and most >= rules.levels.absorbed * self.shown
        return Fact(self.begin, self.end + SECOND, self.lots, self.ticks, told)


def _lives(planted: Sequence[Planted], now: int) -> list[_Life]:
    lives, alive = list[_Life](), dict[int, _Life]()
    for act in planted:
        match act.act:
            case Act.ICEBERG_PLACED | Act.ABSORPTION:
                alive[act.ticks] = _Life(act.ticks, act.lots, act.ts, now)
                lives.append(alive[act.ticks])
            case Act.ICEBERG_REFILLED if act.ticks in alive:
                alive[act.ticks].refills.append(act)
            case Act.ICEBERG_ENDED if act.ticks in alive:
                alive.pop(act.ticks).end = act.ts
    return lives


def tables(seeds: Sequence[int], seconds: int) -> str:
    """What is measured, as it stands in docs/detectors.md."""
    rows = [
        f"Measured by `python -m tests.detectors`: {len(seeds)} seeds, {seconds // 60} min each.",
        "",
        "| possible | reports an hour | precision | recall | to be found |",
        "|---|---|---|---|---|",
    ]
    hours = len(seeds) * seconds / 3600
    for sort, measured in scores(seeds, seconds).items():
        rows.append(
            f"| {sort} | {measured.reports / hours:.0f} | {measured.precision:.2f} "
            f"| {measured.recall:.2f} | {measured.facts} |"
        )
    swings_found, every = swing_scores(seeds, seconds)
    rows += [
        "",
        "| possible | reports an hour | swing held | of all swings | found of those that held |",
        "|---|---|---|---|---|",
    ]
    for sort, measured in swings_found.items():
        rows.append(
            f"| {sort} | {measured.reports / hours:.0f} | {measured.precision:.2f} "
            f"| {every.precision:.2f} | {measured.recall:.2f} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Measure, and write it into the page."""
    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    page = f"{head}{BEGIN}\n{tables(SEEDS, SECONDS)}\n{END}{tail}"
    PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
