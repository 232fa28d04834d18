"""Timing: every pause and patience of the live feeds in one value, so that tests run in ms."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations in seconds. The defaults are for real venues."""

    answer: float = 10.0
    """How long a host may take to accept a connection."""
    body: float = 20.0
    """How long a REST answer may take; an exchange's list of symbols has megabytes."""
    goodbye: float = 0.5
    """How long a closing handshake may take."""
    tick: float = 0.25
    """How often adapters and watchdogs are given the time."""
    stale: float = 5.0
    """Age of an instrument's book data from which it is shown as STALE."""
    dead: float = 15.0
    """Age of a connection's book data from which it is made anew."""
    silent: float = 60.0
    """The same for a connection that carries no book."""
    path: float = 20.0
    """The same for one that never carried data, where there is another path to try."""
    backoff_first: float = 0.25
    """Upper bound of the first pause before a reconnect; it doubles from there."""
    backoff_most: float = 30.0
    """The bound no pause of our own choice exceeds."""
    steady: float = 5.0
    """A connection that delivered data for so long starts the pauses over."""
    rotate: float = 23.5 * 3600
    """Age at which a connection is renewed of our own accord; venues cut it at 24 h."""
    rotate_spread: float = 0.25 * 3600
    """Random shift of that age either way, so that connections do not go together."""
    overlap: float = 5.0
    """How long two connections are open together where no trade shows that they overlap."""
    overlap_most: float = 30.0
    """The same where trades seem to be missing on the new one, before that is shown as a gap."""
    spread: float = 5.0
    """Longest random delay of a request when many are waiting."""
    slow_down: float = 30.0
    """Pause after HTTP 429 without Retry-After; doubles with each in a row."""
    slow_down_most: float = 300.0
    """Bound of that doubling."""
    banned: float = 300.0
    """Pause after HTTP 418 without Retry-After."""
    refused: float = 600.0
    """Pause after HTTP 403."""
    region: float = inf
    """When to look again at a host that refuses our region: only when somebody asks for it."""

    def backoff(self, attempt: int, draw: float) -> float:
        """Full jitter: a random part of a bound that doubles with each failed attempt, seconds."""
        return draw * min(self.backoff_most, self.backoff_first * 2.0 ** min(attempt, 32))
