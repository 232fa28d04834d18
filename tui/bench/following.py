"""Following: a follower of the stand-in as a running process, with a screen or without one."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, Protocol, Self

import msgspec

from feeds.errors import ConfigError
from tui.bench.child import Child, bare_environ, ended
from tui.bench.followers import INSTRUMENT, VENUE, Taken
from tui.bench.standin import StandIn
from tui.terminal.trace import Line, read_trace

SIZE: Final = (200, 50)
FPS: Final = 20
_RUN: Final = [sys.executable, "-m", "tui.bench.followers"]


class Follower(Protocol):
    """A process that follows the stand-in."""

    @property
    def pid(self) -> int:
        """Process id."""
        ...

    def wait(self, stand_in: StandIn, seconds: float) -> None:
        """Let it run until the stand-in says something, so many seconds at most."""
        ...

    def finish(self) -> Taken:
        """End it; return what it took."""
        ...


class Silent:
    """A follower without a screen; a context manager that ends it."""

    def __init__(self, words: Sequence[str], stand_in: StandIn) -> None:
        self._process = subprocess.Popen(
            [*_RUN, *words], env=stand_in.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def wait(self, stand_in: StandIn, seconds: float) -> None:
        """Let it run until the stand-in says something, so many seconds at most."""
        until = monotonic() + seconds
        while not stand_in.told and monotonic() < until and self._process.poll() is None:
            sleep(0.02)

    def finish(self) -> Taken:
        """End it; return what it took."""
        sleep(0.5)  # what is still on its way
        self._process.send_signal(signal.SIGTERM)
        told, trouble = self._process.communicate(timeout=30)
        try:
            return msgspec.json.decode(told, type=Taken)
        except msgspec.MsgspecError:
            words = trouble.decode(errors="replace").strip().splitlines() or ["without a word"]
            raise ConfigError(f"a follower has ended: {words[-1]}") from None


class Screen:
    """The monitor drawing its default layout on a pseudo-terminal; a context manager too."""

    def __init__(self, stand_in: StandIn, folder: Path) -> None:
        self._log, self._trace, self._stats = (
            folder / name for name in ("taken.json", "trace.jsonl", "stats.json")
        )
        words = [INSTRUMENT, "--endpoint", f"{VENUE}={stand_in.url}", "--fps", str(FPS)]
        words += ["--fresh", "--trace", str(self._trace), "--stats", str(self._stats)]
        trust = {"SSL_CERT_FILE": stand_in.environ["SSL_CERT_FILE"]}
        environ = {**bare_environ(folder), **trust}
        self.child = Child([*_RUN, "app", str(self._log), *words], SIZE, environ=environ)

    def __enter__(self) -> Self:
        self.child.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.child.__exit__(*error)

    @property
    def pid(self) -> int:
        """Process id."""
        return self.child.pid

    def wait(self, stand_in: StandIn, seconds: float) -> None:
        """Carry its bytes until the stand-in says something, so many seconds at most."""
        self.child.carry(monotonic() + seconds, lambda: stand_in.told)

    def finish(self) -> Taken:
        """End it; return what its markets took."""
        self.child.carry_for(0.5)
        code = self.child.end(b"q")
        if code or not self._log.exists():
            raise ended(code, self.child)
        return msgspec.json.decode(self._log.read_bytes(), type=Taken)

    def lines(self) -> list[Line]:
        """Its trace; once it has ended."""
        return read_trace(self._trace)

    def stats(self) -> dict[str, Any]:
        """What it says of itself; typed by whoever reads a field."""
        stats: dict[str, Any] = msgspec.json.decode(self._stats.read_bytes())
        return stats
