"""Stats: what a run drew, skipped, wrote and spent, as JSON for scripts."""

import os
import resource
import sys
from pathlib import Path
from time import perf_counter

import msgspec

_LOADED = perf_counter()


class Stats(msgspec.Struct, frozen=True):
    """The figures of one run."""

    frames_drawn: int
    frames_skipped: int
    skipped_for: dict[str, int]
    """The same by reason: link, budget, behind, late."""
    frame_ms_p50: float
    frame_ms_p95: float
    frame_ms_p99: float
    bytes_written: int
    events_applied: int
    startup_ms: float | None
    """From the start of the process to the first frame; None when none was shown."""
    peak_rss_bytes: int
    seconds: float
    """From the start of the process to now."""
    fps: float
    width: int
    height: int
    depth: str
    source: str

    def write(self, path: Path) -> None:
        """Write the figures as JSON."""
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")


def peak_rss() -> int:
    """Return the most memory this process ever held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def since_start() -> float:
    """Return the seconds since the process was started, the interpreter's own start included."""
    try:
        # Field 22 counts clock ticks since boot; the name before it may hold spaces and brackets.
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return float(Path("/proc/uptime").read_text().split()[0]) - started
    except (OSError, ValueError, IndexError):
        return perf_counter() - _LOADED
