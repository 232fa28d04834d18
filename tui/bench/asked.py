"""What the command line asks of a benchmark, and what a benchmark answers with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from tui.bench.workload import Workload


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one run; each benchmark reads those that concern it."""

    workload: Callable[[], Workload]
    """The messages to feed; read when first asked for."""
    path: Path | None = None
    """A recording to use instead of the benchmark's own choice."""
    rounds: int | None = None
    """None is the benchmark's own number."""
    peers: tuple[str, ...] = ()
    seconds: float | None = None
    """How long each run is measured; None is the benchmark's own time."""
    hours: float = 24.0
    """Market time."""
    rates: tuple[float, ...] = ()
    """Links in kilobytes a second; none named is all."""
    only: tuple[str, ...] = ()
    """Panes and layouts; none named is all."""
    governors: tuple[str, ...] = ()
    """Ways to run the governor; none named is on and off."""


class Row(Protocol):
    """One result: a struct for JSON, and a line for people."""

    def line(self) -> str:
        """Return the result as one line of text."""
        ...


Bench: TypeAlias = Callable[[Asked], Iterable[Row]]
"""A benchmark gives its results as they come."""
