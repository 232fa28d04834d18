"""A run of the real program on its own pace: what it did while it was watched for some seconds."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final

import msgspec

from tui.bench.answering import AnsweringTerminal
from tui.bench.child import (
    Child,
    bare_environ,
    ended,
    processor_seconds,
    require_running,
    tapetop,
)
from tui.bench.throttle import Throttle
from tui.bench.workload import DEFAULT_CAPTURE
from tui.terminal.trace import Line, read_trace

WARM_UP: Final = 5.0
"""Seconds before anything is counted, on a line that nobody notices."""
PATIENCE: Final = 60.0
"""Seconds to wait for the first byte."""
PAST: Final = 150
"""Seconds of a recording played at once."""
SETTLE: Final = 7.0
"""Seconds after which a paused screen has said all it had to say."""
STILL: Final = 3.0
"""Seconds for which a paused screen is watched."""
_PAUSE: Final = b" "


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a run."""

    lines: list[Line]
    """Its trace."""
    line: Throttle
    """What carried its bytes."""
    start: float
    end: float
    """Seconds of the monotonic clock between which figures are taken."""
    processor: float
    """Processor seconds it took in that time."""
    still_bytes: int | None
    """Bytes written in `STILL` seconds of a picture that did not change, where that was tried."""
    stats: dict[str, Any]
    """What it says of itself; typed by whoever reads a field."""


def source(path: Path | None, seconds: float, speed: int = 1) -> list[str]:
    """The words that play a recording at its own pace or faster; without one the simulated market.

    Some of it is played at once, so that the first picture has a past; but for a faster one, which
    needs all there is.
    """
    path = path or (DEFAULT_CAPTURE if DEFAULT_CAPTURE.exists() else None)
    if path is None:
        return ["demo"]
    past = ["--from", f"+{PAST}s"] if seconds < PAST and speed == 1 else []
    return ["replay", str(path), "--speed", str(speed), *past]


def watch(
    words: Sequence[str],
    size: tuple[int, int],
    seconds: float,
    line: Throttle | None = None,
    terminal: AnsweringTerminal | None = None,
    *,
    keys: bytes = b"",
    warm_up: float = WARM_UP,
    pause: bool = False,
) -> Watched:
    """Run the program with these words, watch it, and end it.

    `keys` are typed at the start; with `pause` it is watched standing still too.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trace, stats = folder / "trace.jsonl", folder / "stats.json"
        command = tapetop(*words, "--fresh", "--trace", str(trace), "--stats", str(stats))
        with Child(command, size, line, terminal, bare_environ(folder)) as child:
            child.carry(monotonic() + PATIENCE, lambda: child.line.accepted > 0)
            child.type(keys)
            child.carry_for(warm_up)
            require_running(child)
            start, before = monotonic(), processor_seconds(child.pid)
            child.carry(start + seconds)
            require_running(child)
            end, processor = monotonic(), processor_seconds(child.pid) - before
            still = _still(child) if pause else None
            code = child.end(b"q")
        if code or not stats.exists():
            raise ended(code, child)
        said = msgspec.json.decode(stats.read_bytes())
        return Watched(read_trace(trace), child.line, start, end, processor, still, said)


def _still(child: Child) -> int:
    child.type(_PAUSE)
    child.carry_for(SETTLE)
    before = child.line.accepted
    child.carry_for(STILL)
    return child.line.accepted - before
