"""However the program ends, the terminal is as it was: modes, keyboard and line settings."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tui.bench.child import Child, bare_environ, tapetop
from tui.bench.throttle import Throttle

PATIENCE = 30.0
SIZE = (100, 30)
ON_AT_FIRST = {b"7", b"25"}
"""Modes a terminal begins with: lines wrap and the cursor is seen."""


class _Seen:
    """A program in its terminal, and everything that arrived there."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.output = b""
        self.settings = termios.tcgetattr(child.slave)
        child.see = self._see

    def wait_for(self, words: bytes) -> None:
        """Carry bytes until the program has written this."""
        self.child.carry(time.monotonic() + PATIENCE, lambda: words in self.output)
        assert words in self.output, self.output[-2000:]

    def end(self) -> int:
        """Carry bytes until the program has ended by itself; return its exit code."""
        self.child.carry_for(PATIENCE)
        assert not self.child.running
        self.child.drain()
        return self.child.process.returncode

    def require_restored(self) -> None:
        """Every mode is as a terminal begins, and so are the keyboard and the line."""
        modes = dict(re.findall(rb"\x1b\[\?(\d+)([hl])", self.output))
        assert modes[b"1049"] == b"l", "the other screen is left"
        assert modes[b"25"] == b"h", "the cursor is seen"
        for mode in (b"1000", b"1003", b"1004", b"1006", b"2004"):
            assert mode in modes, "mouse, focus and paste were asked for"
        wrong = {m: s for m, s in modes.items() if s != (b"h" if m in ON_AT_FIRST else b"l")}
        assert not wrong
        pushed = len(re.findall(rb"\x1b\[>\d+u", self.output))
        assert self.output.count(b"\x1b[<u") >= pushed, "the keyboard's own protocol is left"
        assert termios.tcgetattr(self.child.slave) == self.settings

    def _see(self, data: bytes) -> None:
        self.output += data


def _demo(folder: Path, line: Throttle | None = None, *more: str) -> Child:
    return Child(tapetop("demo", *more), SIZE, line, environ=bare_environ(folder))


@pytest.mark.parametrize("rate", [None, 30e3], ids=["wide line", "30 KB/s"])
@pytest.mark.parametrize(
    ("stop", "code"),
    [(b"q", 0), (b"\x03", 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["q", "ctrl-c", "SIGTERM", "SIGHUP"],
)
def test_the_terminal_is_restored(
    stop: bytes | signal.Signals, code: int, rate: float | None, tmp_path: Path
) -> None:
    with _demo(tmp_path, Throttle(rate) if rate else None) as child:
        seen = _Seen(child)
        seen.wait_for(b"SIM")
        if isinstance(stop, bytes):
            child.type(stop)
        else:
            child.process.send_signal(stop)
        assert seen.end() == code
        seen.require_restored()


def test_the_terminal_is_restored_when_it_ends_before_the_first_frame(tmp_path: Path) -> None:
    with _demo(tmp_path) as child:
        seen = _Seen(child)
        seen.wait_for(b"\x1b[?1004h")
        child.process.send_signal(signal.SIGTERM)
        assert seen.end() == 143
        seen.require_restored()


_FAULTS = {
    "a pane": (
        "from tui.registry import pane_type\n"
        "def draw(*_): raise ValueError('out of paper')\n"
        "pane_type('ladder').draw = draw\n"
    ),
    "the app": (
        "from tui.desk.monitor import Monitor\n"
        "frame, count = Monitor.frame, [0]\n"
        "def faulty(*given):\n"
        "    count[0] += 1\n"
        "    if count[0] == 3: raise ValueError('out of paper')\n"
        "    return frame(*given)\n"
        "Monitor.frame = faulty\n"
    ),
}


def _faulty(folder: Path, where: str) -> Child:
    script = _FAULTS[where] + "from tui.main import main\nmain()\n"
    return Child([sys.executable, "-c", script, "demo"], SIZE, environ=bare_environ(folder))


def test_a_pane_that_fails_says_so_in_its_place_and_the_terminal_is_restored(
    tmp_path: Path,
) -> None:
    with _faulty(tmp_path, "a pane") as child:
        seen = _Seen(child)
        seen.wait_for(b"out of paper")
        seen.wait_for(b"SIM")
        child.type(b"q")
        seen.end()
        seen.require_restored()


def test_a_fault_of_the_app_is_told_on_the_restored_terminal(tmp_path: Path) -> None:
    with _faulty(tmp_path, "the app") as child:
        seen = _Seen(child)
        assert seen.end() == 1
        seen.require_restored()
        child.end()
        assert b"out of paper" in child.told


class _Multiplexer:
    """A private tmux server with one session."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "tmux")
        self._environ = bare_environ(folder)

    def run(self, *words: str) -> str:
        """Give a command to the server; return what it prints."""
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *words]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=self._environ, timeout=PATIENCE
        )
        return done.stdout

    def start(self, script: str) -> None:
        """Open a session that runs a shell script and then waits."""
        self.run("new-session", "-d", "-x", "100", "-y", "30", f"sh -c '{script}'")

    def wait_for(self, words: str) -> None:
        """Look at the pane until it shows this."""
        end = time.monotonic() + PATIENCE
        while words not in (shown := self.run("capture-pane", "-p")):
            assert time.monotonic() < end, shown


FLAGS = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{mouse_standard_flag} #{mouse_sgr_flag}"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("key", ["q", "C-c"])
def test_under_tmux_the_pane_is_restored(key: str, tmp_path: Path) -> None:
    tmux, before, after = _Multiplexer(tmp_path), tmp_path / "before", tmp_path / "after"
    program = " ".join(tapetop("demo"))
    tmux.start(
        f"cd {Path.cwd()}; stty -g > {before}; {program}; stty -g > {after};"
        f" tmux -S {tmp_path}/tmux wait-for -S over; cat"
    )
    try:
        tmux.wait_for("SIM")
        tmux.run("send-keys", key)
        tmux.run("wait-for", "over")
        assert tmux.run("display-message", "-p", FLAGS).split() == ["0", "1", "0", "0", "0"]
        assert after.read_text() == before.read_text()
    finally:
        tmux.run("kill-server")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="this system cannot wait for any process")
def test_a_tmux_pane_that_is_closed_ends_the_program(tmp_path: Path) -> None:
    tmux, stats = _Multiplexer(tmp_path), tmp_path / "stats.json"
    program = " ".join(tapetop("demo", "--stats", str(stats)))
    tmux.start(f"cd {Path.cwd()}; exec {program}")
    tmux.wait_for("SIM")
    pid = int(tmux.run("display-message", "-p", "#{pane_pid}"))
    watched = os.pidfd_open(pid)
    tmux.run("kill-server")
    try:
        ended = select.select([watched], [], [], PATIENCE)[0]
        assert ended, "it goes on without a terminal"
        assert json.loads(stats.read_text())["frames_drawn"] > 0
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(watched, signal.SIGKILL)
        os.close(watched)


@pytest.mark.skipif(shutil.which("screen") is None, reason="GNU screen is not installed")
def test_under_screen_the_terminal_is_restored(tmp_path: Path) -> None:
    environ = bare_environ(tmp_path) | {"SCREENDIR": str(tmp_path)}
    tmp_path.chmod(0o700)
    command = ["screen", "-c", "/dev/null", *tapetop("demo")]
    with Child(command, SIZE, environ=environ) as child:
        seen = _Seen(child)
        seen.wait_for(b"SIM")
        child.type(b"q")
        seen.end()
        assert termios.tcgetattr(child.slave) == seen.settings
