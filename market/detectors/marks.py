"""Marks: where findings belong on a chart of time and price."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from market.detectors.findings import RULES, Findings, findings
from market.detectors.found import Divergence, Exhaustion, Finding, Rules
from market.market import Market


class Mark(NamedTuple):
    """One finding at the time and price at which it shows on a chart."""

    ts: int
    ticks: int
    finding: Finding


def marks(market: Market, begin: int, end: int, rules: Rules = RULES) -> Sequence[Mark]:
    """The findings from `begin` up to but not including `end` in market time, oldest first.

    A swing stands at the start of its bar; it was known only when it was confirmed, so what is
    looked at as of an earlier time leaves out those whose `finding.ts` is later.
    """
    found = findings(market, rules)
    every = found.all()
    kept = _PLACED.get(found)
    if kept is None or kept[0] is not every:
        kept = _PLACED[found] = every, sorted(map(_placed, every))
    placed = kept[1]
    return placed[bisect_left(placed, (begin,)) : bisect_left(placed, (end,))]


def _placed(finding: Finding) -> Mark:
    match finding:
        case Divergence():
            ts = finding.at
        case Exhaustion():
            ts = finding.began
        case _:
            ts = finding.ts
    return Mark(ts, finding.ticks, finding)


_PLACED: WeakKeyDictionary[Findings, tuple[Sequence[Finding], list[Mark]]] = WeakKeyDictionary()
