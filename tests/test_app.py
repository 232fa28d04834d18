"""The app in a terminal: keys arrive, the first frame waits for nothing, and it ends cleanly."""

import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.running import in_loop
from tui.app import TapetopApp
from tui.launch import Demo, Launch, LiveMarkets

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 30.0


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the tests' first run apart from the user's."""
    monkeypatch.setattr("tui.app.user_state_path", lambda name: tmp_path / name)


def _rows(app: TapetopApp) -> list[str]:
    return ["".join(chr(g or 32) for g in row) for row in app.view.canvas.glyph.tolist()]


@in_loop
async def test_keys_reach_the_monitor_and_change_the_picture() -> None:
    app = TapetopApp(Launch(Demo(7)))
    async with app.run_test(size=(120, 40)) as pilot:
        assert any("Welcome" in row for row in _rows(app))
        await pilot.press("tab")
        assert not any("Welcome" in row for row in _rows(app))
        assert app.monitor.desk.focus != "heatmap"
        await pilot.press("z")
        assert app.monitor.desk.zoomed
        await pilot.press("question_mark", *"quit", "enter")
    assert app.return_code == 0


@in_loop
async def test_the_first_run_tip_is_remembered() -> None:
    for shown in (True, False):
        app = TapetopApp(Launch(Demo(7)))
        async with app.run_test(size=(80, 24)) as pilot:
            assert any("Welcome" in row for row in _rows(app)) is shown
            await pilot.press("tab")


@in_loop
async def test_a_click_focuses_the_pane_under_it() -> None:
    app = TapetopApp(Launch(Demo(7)))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.click(offset=(190, 38))
        assert app.monitor.desk.focus == "tape"


@in_loop
async def test_pasted_text_goes_into_the_dialog_that_is_open() -> None:
    app = TapetopApp(Launch(Demo(7)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash")
        app.on_paste(_Paste("binance:ETHUSDT"))  # type: ignore[arg-type]  # what is read of one
        assert any("binance:ETHUSDT" in row for row in _rows(app))


@in_loop
async def test_another_size_is_drawn_at_once() -> None:
    app = TapetopApp(Launch(Demo(7)))
    async with app.run_test(size=(120, 40)) as pilot:
        for size in ((40, 12), (20, 5), (200, 50), (1, 1), (80, 24)):
            await pilot.resize_terminal(*size)
            for _ in range(100):
                await pilot.pause()
                if (app.view.canvas.width, app.view.canvas.height) == size:
                    break
            assert (app.view.canvas.width, app.view.canvas.height) == size


@in_loop
async def test_ctrl_c_leaves_with_the_code_of_an_interrupt() -> None:
    app = TapetopApp(Launch(Demo(7)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+c")
    assert app.return_code == 130


@in_loop
async def test_a_dead_endpoint_is_shown_as_a_notice() -> None:
    opening = LiveMarkets(("binance:BTCUSDT",), {"binance": "http://127.0.0.1:9"})
    app = TapetopApp(Launch(opening))
    async with app.run_test(size=(120, 40)) as pilot:
        end = time.monotonic() + PATIENCE
        while not any("cannot be reached" in row for row in _rows(app)):
            assert time.monotonic() < end, "\n".join(_rows(app))
            await pilot.pause(0.02)
        assert any("connection refused" in row for row in _rows(app))


class _Paste:
    """The part of a paste event that is read."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Terminal:
    """The program under a pseudo-terminal of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environ = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "XDG_STATE_HOME": str(folder),
        }
        command = [sys.executable, "-m", "tui.main", *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=slave, stdout=slave, stderr=subprocess.PIPE
        )
        os.close(slave)
        self.output = b""
        self.told = ""

    def wait_for(self, words: bytes) -> None:
        """Read until the program has written this."""
        end = time.monotonic() + PATIENCE
        while words not in self.output:
            assert time.monotonic() < end, self.output[-2000:]
            self._read()

    def end(self) -> int:
        """Read until the program is gone; return its exit code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end
            self._read()
        self._read()
        os.close(self.master)
        assert self.process.stderr is not None
        with self.process.stderr as stderr:
            self.told = stderr.read().decode()
        return self.process.returncode

    def _read(self) -> None:
        if select.select([self.master], [], [], 0.05)[0]:
            try:
                self.output += os.read(self.master, 65536)
            except OSError:
                return


@pytest.mark.parametrize(
    ("stop", "code"),
    [("q", 0), ("\x03", 130), (signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)],
    ids=["q", "ctrl-c", "SIGTERM", "SIGINT", "SIGHUP"],
)
def test_stats_are_written_and_the_terminal_restored_however_it_ends(
    stop: str | signal.Signals, code: int, tmp_path: Path
) -> None:
    stats = tmp_path / "stats.json"
    terminal = _Terminal(tmp_path, "demo", "--stats", str(stats))
    terminal.wait_for(b"UTC")
    terminal.wait_for(b"SIM")
    if isinstance(stop, str):
        os.write(terminal.master, stop.encode())
    else:
        terminal.process.send_signal(stop)
    assert terminal.end() == code
    assert b"\x1b[?1049l" in terminal.output, "the other screen is left"
    assert b"\x1b[?25h" in terminal.output, "the cursor is shown"
    figures = json.loads(stats.read_text())
    assert figures["frames_drawn"] > 0
    assert figures["events_applied"] > 0
    assert 0 < figures["startup_ms"] < PATIENCE * 1e3
    assert figures["bytes_written"] > 10_000
    assert figures["peak_rss_bytes"] > 2**20
    assert figures["frame_ms_p50"] <= figures["frame_ms_p95"] <= figures["frame_ms_p99"]


def test_a_large_order_rings_the_terminals_bell(tmp_path: Path) -> None:
    terminal = _Terminal(tmp_path, "demo", "--pane", "tape", "--bell", "0.001")
    end = time.monotonic() + PATIENCE
    # The same character ends what is said of the pointer.
    while b"\x07" not in re.sub(rb"\x1b\][^\x07]*\x07", b"", terminal.output):
        assert time.monotonic() < end
        terminal._read()
    os.write(terminal.master, b"q")
    assert terminal.end() == 0


def test_the_first_frame_comes_before_anything_that_connects_is_loaded(tmp_path: Path) -> None:
    script = (
        "import sys; from tui.app import TapetopApp; from tui.launch import Launch, LiveMarkets\n"
        "app = TapetopApp(Launch(LiveMarkets(('binance:BTCUSDT',))))\n"
        "app.start = lambda session: (print(*sorted(sys.modules)), app.leave(0))\n"
        "app.run(headless=True, size=(80, 24))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "tui.panes.heatmap" in loaded
    assert not loaded & {"aiohttp", "feeds.live", "feeds.transport"}


def test_a_recording_that_ends_early_is_told_after_the_screen_and_gives_code_4(
    tmp_path: Path,
) -> None:
    damaged = tmp_path / "cut.jsonl"
    line = (
        '{"ts":1700000000.0,"dir":"in","conn":"ws1",'
        '"url":"wss://fstream.binance.com/market/stream",'
        '"raw":"{\\"e\\":\\"aggTrade\\"}"}\n'
    )
    damaged.write_text(line + line[:40])
    terminal = _Terminal(tmp_path, "replay", str(damaged))
    terminal.wait_for(b"ended")
    os.write(terminal.master, b"q")
    assert terminal.end() == 4
    assert terminal.told.startswith("tapetop: ")
    assert "line 2" in terminal.told
