"""Trade ids that are names and not numbers in order: which of them were taken lately."""

from collections import deque
from typing import Final

REMEMBERED: Final = 100_000
"""Ids kept of one symbol; an older one is taken as new. UUIDs take 15 MB."""


class RecentIds:
    """The last ids taken, in no order that matters."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._order: deque[str] = deque()

    def take(self, ident: str) -> bool:
        """Whether this id is new; from now on it is not."""
        taken = self._taken
        if ident in taken:
            return False
        taken.add(ident)
        self._order.append(ident)
        if len(taken) > REMEMBERED:
            taken.remove(self._order.popleft())
        return True
