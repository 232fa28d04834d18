"""Store: findings of one detector in a bounded number, some of which may yet grow."""

from collections.abc import Sequence
from typing import Generic, TypeVar

Found = TypeVar("Found")

KEPT = 512
"""Findings of one sort; the oldest go first."""


class Store(Generic[Found]):
    """Findings in the order in which they were made; one that grows keeps its place."""

    def __init__(self) -> None:
        self.edition = 0
        """How often anything changed."""
        self._found: dict[int, Found] = {}
        self._next = 0

    def put(self, found: Found, number: int | None = None) -> int:
        """Keep a finding, in place of the one with this number where that is still held."""
        if number is None or number not in self._found:
            number, self._next = self._next, self._next + 1
        self._found[number] = found
        self.edition += 1
        if len(self._found) > KEPT:
            del self._found[next(iter(self._found))]
        return number

    def set(self, found: Sequence[Found]) -> None:
        """Keep these and no others."""
        fresh = dict(enumerate(found[-KEPT:]))
        if list(fresh.values()) != list(self._found.values()):
            self._found = fresh
            self.edition += 1

    def all(self) -> list[Found]:
        """Every finding held."""
        return list(self._found.values())
