"""The app behind a real terminal line: what the terminal answers decides when frames go out."""

import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

from tui.terminal.driver import FENCE
from tui.terminal.trace import Line, read_trace

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 30.0
ANSWER = b"\x1b[1;1R"


class _Terminal:
    """The other end of the line; it answers questions, or keeps them."""

    def __init__(self, fd: int, *, answers: bool) -> None:
        self._fd, self.answers = fd, answers
        self.asked = 0
        self.answered = 0
        self.read = 0

    def until(self, done: str, count: int) -> None:
        """Read until so many fences (`asked`) or bytes (`read`) came, or `quiet` or `closed`."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if {"asked": self.asked, "read": self.read}.get(done, count - 1) >= count:
                return
            if not select.select([self._fd], [], [], 0.5)[0]:
                if done == "quiet":
                    return
                continue
            try:
                data = os.read(self._fd, 65536)
            except OSError:
                return
            self.read += len(data)
            fences = data.count(FENCE.encode())
            self.asked += fences
            if self.answers:
                self.answer()
        raise AssertionError(f"{self.asked} fences of {count}")

    def answer(self) -> None:
        """Answer all that was asked."""
        os.write(self._fd, ANSWER * (self.asked - self.answered))
        self.answered = self.asked

    def hang_up(self) -> None:
        """End the line."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def press(self, key: bytes) -> None:
        os.write(self._fd, key)


@contextmanager
def _demo(tmp_path: Path, *, answers: bool) -> Iterator[tuple[_Terminal, subprocess.Popen[bytes]]]:
    """The demo at 20 frames a second on a line of its own."""
    master, slave = pty.openpty()
    ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environ = dict(os.environ, TERM="xterm-256color", XDG_STATE_HOME=str(tmp_path))
    command = [sys.executable, "-m", "tui.main", "demo", "--fps", "20"]
    files = ["--trace", str(tmp_path / "trace"), "--stats", str(tmp_path / "stats")]
    process = subprocess.Popen(
        [*command, *files], cwd=ROOT, env=environ, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    terminal = _Terminal(master, answers=answers)
    try:
        yield terminal, process
    finally:
        process.kill()
        process.wait()
        terminal.hang_up()


def _lines(tmp_path: Path) -> list[Line]:
    return read_trace(tmp_path / "trace")


def test_while_the_terminal_has_not_answered_nothing_more_is_written(tmp_path: Path) -> None:
    with _demo(tmp_path, answers=True) as (terminal, process):
        terminal.until("asked", 10)
        terminal.answers = False
        terminal.until("quiet", 0)
        assert terminal.asked - terminal.answered <= 2
        terminal.answer()
        terminal.answers = True
        terminal.until("asked", terminal.asked + 5)
        terminal.press(b"q")
        terminal.until("closed", 0)
        process.wait(PATIENCE)
    stats = json.loads((tmp_path / "stats").read_bytes())
    assert stats["skipped_for"]["link"] >= 1
    frames = [line for line in _lines(tmp_path) if line.kind == "frame"]
    assert all(0 < line.drawn <= line.t for line in frames)
    assert frames == sorted(frames, key=lambda line: line.bytes)


def test_a_terminal_that_never_answers_gets_its_frames_all_the_same(tmp_path: Path) -> None:
    with _demo(tmp_path, answers=False) as (terminal, process):
        terminal.until("asked", 1)
        terminal.until("read", terminal.read + 40_000)
        terminal.press(b"q")
        terminal.until("closed", 0)
        process.wait(PATIENCE)
    assert sum(1 for line in _lines(tmp_path) if line.kind == "frame") > 5
    assert terminal.asked < 10


def test_answers_that_are_still_under_way_are_waited_for_at_the_end(tmp_path: Path) -> None:
    with _demo(tmp_path, answers=True) as (terminal, process):
        terminal.until("asked", 10)
        terminal.answers = False
        terminal.until("asked", terminal.asked + 1)
        terminal.press(b"q")
        # What is typed now must not reach the shell: the app listens until all is answered.
        assert process.poll() is None
        terminal.answer()
        terminal.answers = True
        terminal.until("closed", 0)
        assert process.wait(PATIENCE) == 0


def test_a_terminal_that_is_gone_ends_the_program_even_without_a_signal(tmp_path: Path) -> None:
    with _demo(tmp_path, answers=True) as (terminal, process):
        terminal.until("asked", 5)
        terminal.hang_up()
        assert process.wait(PATIENCE) == 128 + signal.SIGHUP
    assert json.loads((tmp_path / "stats").read_bytes())["frames_drawn"] > 1
