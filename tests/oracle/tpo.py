"""Time at price reckoned the slow way, from definitions.md 5, a trade at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.profile import Print, poc, value_area


@dataclass
class Letters:
    """Which brackets touched which rows, by low edge in ticks."""

    group: int
    rows: dict[int, list[int]]
    """Numbers of the brackets, from 0 for the first; a row without any is missing."""
    balance: tuple[int, int]

    @property
    def counts(self) -> dict[int, int]:
        return {edge: len(numbers) for edge, numbers in self.rows.items()}

    @property
    def poc(self) -> int:
        return poc(self.counts)

    def value_area(self, share: Fraction) -> tuple[int, int]:
        return value_area(self.counts, self.group, share)

    @property
    def singles(self) -> list[int]:
        """Rows with exactly one letter, not at an extreme."""
        top, bottom = max(self.rows), min(self.rows)
        return sorted(e for e, n in self.rows.items() if len(n) == 1 and e not in (top, bottom))

    @property
    def poor(self) -> tuple[bool, bool]:
        """Two letters or more at the high, at the low."""
        return len(self.rows[max(self.rows)]) >= 2, len(self.rows[min(self.rows)]) >= 2


def letters(trades: Iterable[Print], period: int, group: int) -> Letters:
    """A letter for each bracket of so many ns at every row from its lowest to its highest price."""
    seen: dict[int, tuple[int, int]] = {}
    for trade in trades:
        number = trade.ts // period
        low, high = seen.get(number, (trade.ticks, trade.ticks))
        seen[number] = min(low, trade.ticks), max(high, trade.ticks)
    first = min(seen)
    rows: dict[int, list[int]] = {}
    for number in sorted(seen):
        low, high = seen[number]
        for edge in range(low - low % group, high + 1, group):
            rows.setdefault(edge, []).append(number - first)
    begun = [edges for number, edges in seen.items() if number < first + 2]
    balance = min(low for low, _ in begun), max(high for _, high in begun)
    return Letters(group, rows, balance)
