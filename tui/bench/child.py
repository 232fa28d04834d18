"""A program under a pseudo-terminal, with a line of any width and a terminal at the other end.

The pseudo-terminal is read eagerly into the line, as kernel and ssh do, and what arrives at the far
end is answered from there. The program draws in a process of its own, so that its processor time is
not mixed with that of whoever looks on.
"""

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl
from pathlib import Path
from time import monotonic
from typing import Final, Self

from feeds.errors import ConfigError
from tui.bench.answering import AnsweringTerminal
from tui.bench.throttle import Throttle

UNLIMITED: Final = 1e9
"""Bytes a second of a line that nobody notices."""
_GLANCE: Final = 0.002
"""Seconds after which the line is looked at again."""
_READ: Final = 65536
FAREWELL: Final = 15.0
"""Seconds a program may take to end."""


class Child:
    """A running program, its terminal and the line between them; a context manager that ends it."""

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int],
        line: Throttle | None = None,
        terminal: AnsweringTerminal | None = None,
        environ: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.line = line or Throttle(UNLIMITED, way=0.0)
        self.terminal = terminal or AnsweringTerminal()
        self.master, self.slave = pty.openpty()
        width, height = size
        ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        _count_exactly(self.slave)
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=subprocess.PIPE,
            env=environ,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        self.told = b""
        """What it wrote to standard error; complete once it has ended."""
        self.see: Callable[[bytes], None] = lambda _: None
        """Gets what arrives at the terminal."""
        self.rush = False
        """Let what is on the way arrive at once: the measuring is over."""
        self._answers: deque[tuple[float, bytes]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        os.close(self.slave)
        os.close(self.master)

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def carry(self, until: float, done: Callable[[], bool] = lambda: False) -> None:
        """Carry bytes both ways until a moment, or something is true, or the program ends.

        What arrives goes to the terminal and to `see`.
        """
        while monotonic() < until and self.running and not done():
            self._step()

    def carry_for(self, seconds: float) -> None:
        """The same for so long at most."""
        self.carry(monotonic() + seconds)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def end(self, stop: signal.Signals | bytes = signal.SIGTERM) -> int:
        """Ask it to end by a signal or keys, kill it when it does not; return its exit code."""
        if self.running:
            if isinstance(stop, bytes):
                self.type(stop)
            else:
                self.process.send_signal(stop)
            self.rush = True
            self.carry_for(FAREWELL)
        if self.running:
            self.process.kill()
        code = self.process.wait()
        self.drain()
        if self.process.stderr is not None:
            with self.process.stderr as stderr:
                self.told += stderr.read()
            self.process.stderr = None
        return code

    def drain(self) -> None:
        """Let everything arrive that is still on the way."""
        while select.select([self.master], [], [], 0)[0]:
            self.line.accept(os.read(self.master, _READ), monotonic())
        self._arrive(self.line.rest())

    def _step(self) -> None:
        """Move what can be moved now, or wait a moment for it."""
        room = self.line.room(monotonic())
        watched = [self.master] if room else []
        readable = select.select(watched, [], [], _GLANCE)[0]
        now = monotonic()
        data = os.read(self.master, min(_READ, room)) if readable else b""
        if data:
            self.line.accept(data, now)
        for answer in self._arrive(self.line.rest() if self.rush else self.line.deliver(now)):
            self._answers.append((now + self.line.way, answer))
        while self._answers and self._answers[0][0] <= now:
            os.write(self.master, self._answers.popleft()[1])

    def _arrive(self, data: bytes) -> list[bytes]:
        if data:
            self.see(data)
        return self.terminal.take(data)


def _count_exactly(terminal: int) -> None:
    """Have the system add no carriage returns: every byte carried is one the program wrote."""
    settings = termios.tcgetattr(terminal)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(terminal, termios.TCSANOW, settings)


def tapetop(*arguments: str) -> list[str]:
    """The command line that runs this program's own code."""
    return [sys.executable, "-m", "tui.main", *arguments]


def bare_environ(folder: Path) -> dict[str, str]:
    """The environment of a full-colour terminal and of a user without files of their own."""
    state = folder / "tapetop"
    state.mkdir(parents=True, exist_ok=True)
    (state / "tip-seen").touch()
    left_out = {"COLUMNS", "LINES", "NO_COLOR", "TMUX"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    here = {"XDG_STATE_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return {**kept, **here, "TERM": "xterm-256color", "COLORTERM": "truecolor"}


def require_running(child: Child) -> None:
    """Raise what a program said that has ended before its time."""
    if not child.running:
        raise ended(child.end(), child)


def ended(code: int, child: Child) -> RuntimeError:
    """What to say of a program that did not do what it was started for."""
    last = child.told.decode(errors="replace").strip().rpartition("\n")[2]
    return RuntimeError(f"the program under the pseudo-terminal ended with {code}: {last}")


def processor_seconds(pid: int) -> float:
    """The processor time that a process has taken so far, all its threads together."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError as error:
        raise ConfigError("this benchmark reads /proc, which is not here") from error
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
