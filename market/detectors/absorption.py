"""Absorption: large volume traded at a price that does not give way."""

from collections import defaultdict, deque
from typing import NamedTuple

from market.detectors.found import Absorption, LevelRules
from market.detectors.steps import Step
from market.detectors.store import Store

SAMPLE = 4096
"""Volumes of a price and a window among which one has to be large."""
LEAST = 100
"""Volumes without which nothing can be called large."""
_EVERY = 64
_REST = 10 * 1_000_000_000


class _Look(NamedTuple):
    """What was seen of a level in a step in which it traded or changed."""

    ts: int
    traded: int
    shown: int


class _Spell:
    """A level for as long as it trades, with no rest longer than the window."""

    __slots__ = ("best", "last", "looks", "number")

    def __init__(self) -> None:
        self.looks: deque[_Look] = deque()
        self.last = 0
        self.best = 0
        self.number: int | None = None


class Absorptions:
    """Prices at which much was traded against little shown, and held.

    definitions.md 11: within 2 s one side trades at a price at least 1.5 times the largest size
    shown there, and at least the 95th percentile of what is traded at a price in 2 s, while the
    best price of the level's side moves by at most one tick. The percentile is the nearest rank
    among the last 4096 sums that began on whole multiples of 2 s; below 100 nothing is reported.
    """

    def __init__(self, rules: LevelRules, store: Store[Absorption]) -> None:
        self._rules, self._store = rules, store
        self._spells: dict[int, _Spell] = {}
        self._bests: deque[tuple[int, int | None, int | None]] = deque()
        self._sums: defaultdict[int, int] = defaultdict(int)
        self._sample: deque[int] = deque(maxlen=SAMPLE)
        self._window = self._cleared = 0
        self._due = LEAST
        self._large: int | None = None

    def take(self, step: Step) -> None:
        """Look at one step."""
        self._rank(step)
        if step.first:
            self._spells.clear()
            self._bests.clear()
        self._bests.append((step.ts, step.bid, step.ask))
        begin = step.ts - self._rules.window
        while self._bests[0][0] <= begin:
            self._bests.popleft()
        for key in step.traded.keys() | (self._spells.keys() & step.changed.keys()):
            self._look(key, step, begin)
        if step.ts >= self._cleared + _REST:
            self._cleared = step.ts
            spells = self._spells
            for key in [key for key, spell in spells.items() if spell.last <= begin]:
                del spells[key]

    def _look(self, key: int, step: Step, begin: int) -> None:
        spell, traded = self._spells.get(key), step.traded.get(key, 0)
        if spell is None or spell.last <= begin:
            if not traded:
                return
            spell = self._spells[key] = _Spell()
        now = step.sizes.get(key, 0)
        shown = max(now, step.before.get(key, now))
        looks = spell.looks
        looks.append(_Look(step.ts, traded, shown))
        while looks[0].ts <= begin:
            looks.popleft()
        if traded:
            spell.last = step.ts
            self._judge(key, spell)

    def _judge(self, key: int, spell: _Spell) -> None:
        volume = sum(look.traded for look in spell.looks)
        if self._large is None or volume < self._large or volume <= spell.best:
            return
        shown = max(look.shown for look in spell.looks)
        if shown and volume >= self._rules.absorbed * shown and self._held(key):
            spell.best = volume
            lots = -volume if key & 1 else volume
            found = Absorption(spell.last, spell.looks[0].ts, key >> 1, lots, shown)
            spell.number = self._store.put(found, spell.number)

    def _held(self, key: int) -> bool:
        """Whether the best price of a level's side moved by a tick at most."""
        prices = [ask if key & 1 else bid for _, bid, ask in self._bests]
        known = [price for price in prices if price is not None]
        return len(known) == len(prices) and max(known) - min(known) <= 1

    def _rank(self, step: Step) -> None:
        """Add up what trades at each price, and find anew what is large."""
        window = step.ts // self._rules.window
        if window != self._window:
            self._window = window
            self._sample.extend(self._sums.values())
            self._due -= len(self._sums)
            self._sums.clear()
            if self._due <= 0:
                self._due = _EVERY
                ranked = sorted(self._sample)
                self._large = ranked[-(-95 * len(ranked) // 100) - 1]
        for key, lots in step.traded.items():
            self._sums[key] += lots
