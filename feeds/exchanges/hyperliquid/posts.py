"""Questions to the info service over the socket, asked no faster than the venue allows.

REST counts weight by address, and answers here count as well. One connection takes a part of it,
since there may be others: what is too much at once waits its turn, and what is not answered is
asked again.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec import json

from feeds.adapter import Send

BUDGET: Final = 360
"""Weight a minute of one connection; an address may spend 1200."""

ANSWER: Final = 20_000_000_000
"""ns after which a question counts as unanswered."""

FIRST_PAUSE: Final = 2_000_000_000
LAST_PAUSE: Final = 120_000_000_000
"""ns before a question is asked again; it doubles with each time."""

_MINUTE = 60_000_000_000


class Question(NamedTuple):
    """What is asked, and its cost."""

    payload: dict[str, object]
    weight: int
    about: str
    """What it is about, for the adapter."""


class Posts:
    """The questions of one connection that wait or are under way."""

    def __init__(self) -> None:
        self._asked = 0
        self._waiting: dict[int, tuple[Question, int, int]] = {}
        """By number: the question, when it is due and the pause after it."""
        self._tokens = float(BUDGET)
        self._at: int | None = None

    def ask(self, question: Question, now: int) -> None:
        """Note a question; `tick` sends it."""
        self._asked += 1
        self._waiting[self._asked] = question, now, FIRST_PAUSE

    def answered(self, number: int) -> Question | None:
        """The question of a number, answered now; None where it was not asked."""
        found = self._waiting.pop(number, None)
        return None if found is None else found[0]

    def refuse(self, number: int, now: int) -> None:
        """The venue is busy: ask again after a pause."""
        if number in self._waiting:
            question, _, pause = self._waiting[number]
            self._waiting[number] = question, now + pause, min(2 * pause, LAST_PAUSE)

    def tick(self, now: int) -> Iterator[Send]:
        """The questions whose turn it is."""
        due = [number for number, (_, when, _) in self._waiting.items() if now >= when]
        if due:
            self._refill(now)
        for number in due:
            question, _, pause = self._waiting[number]
            if self._tokens < question.weight:
                return
            self._tokens -= question.weight
            self._waiting[number] = question, now + ANSWER + pause, min(2 * pause, LAST_PAUSE)
            request = {"type": "info", "payload": question.payload}
            yield Send(json.encode({"method": "post", "id": number, "request": request}).decode())

    def _refill(self, now: int) -> None:
        passed = 0 if self._at is None else max(0, now - self._at)
        self._tokens = min(BUDGET, self._tokens + passed / _MINUTE * BUDGET)
        self._at = now
