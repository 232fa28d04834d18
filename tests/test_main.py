"""The command line: what it loads, what it says, and the exit code of everything that fails."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.errors import ConfigError, DamagedRecording, Disconnected, MalformedFrame, Rejected
from tui.main import COMMANDS, exit_code

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"textual", "numpy", "aiohttp", "msgspec", "rich"}


def _tapetop(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program without a terminal."""
    command = [sys.executable, "-m", "tui.main", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _complains(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """It said one line, on stderr, with these words in it, and left with this code."""
    lines = done.stderr.splitlines()
    assert done.returncode == code, done.stderr
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("tapetop: ")
    assert done.stdout == ""
    for word in words:
        assert word in lines[0]


def test_help_shows_options_commands_and_examples_and_loads_nothing_heavy() -> None:
    script = (
        "import sys; from tui.main import run; code = run(['--help']);"
        f"print('LOADED', sorted({HEAVY!r} & {{n.split('.')[0] for n in sys.modules}}), code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "LOADED [] 0" in done.stdout
    for word in ("--endpoint VENUE=URL", "--stats FILE", "Examples:", "Exit codes:", *COMMANDS):
        assert word in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name: str) -> None:
    done = _tapetop(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: tapetop {name}")


def test_help_of_the_bare_call_is_found_behind_any_option() -> None:
    done = _tapetop("--fps", "5", "--help")
    assert done.returncode == 0
    assert "VENUE:SYMBOL" in done.stdout


def test_the_version_is_a_word_and_a_number() -> None:
    name, number = _tapetop("--version").stdout.split()
    assert name == "tapetop"
    assert number[0].isdigit()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["binanse:BTCUSDT"], ['unknown venue "binanse"', 'did you mean "binance"?']),
        (["BTCUSDT"], ["VENUE:SYMBOL"]),
        (["binance:btcusdt"], ['did you mean "binance:BTCUSDT"?']),
        (["--fps", "5", "demo"], ['"demo" is a command and comes first']),
        (["--endpoint", "binance"], ["VENUE=URL"]),
        (["--endpoint", "binance=nowhere"], ["binance=http://127.0.0.1:8000"]),
        (["--endpoint", "binanse=http://x"], ['did you mean "binance"?']),
        (["demo", "--theme", "drak"], ['did you mean "dark"?']),
        (["demo", "--layout", "flwo"], ['did you mean "flow"?']),
        (["demo", "--pane", "laddder"], ['did you mean "ladder"?']),
        (["demo", "--fps", "0"], ["--fps", "tapetop demo --help"]),
        (["demo", "--sped", "3"], ["--sped", "--help"]),
        (["demo", "--stats", "/no/such/folder/x.json"], ["no such folder"]),
        (["replay", "/no/such/file.jsonl"], ["/no/such/file.jsonl: no such file"]),
        (["replay", "/"], ["is a directory"]),
        (["attach", "/no/such/file.jsonl"], ["/no/such/file.jsonl: no such file"]),
        (["attach", "docs"], ["docs: holds no recording (.jsonl, .jsonl.gz)"]),
        (["replay", "setup", "--speed", "fast"], ["setup: no such file"]),
        (["replay", "pyproject.toml", "--speed", "0"], ["--speed", "max"]),
        (["replay", "pyproject.toml", "--from", "noon"], ['"noon" is not a time']),
        (["demo"], ["not a terminal", "tapetop snap"]),
        ([], ["not a terminal"]),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_clear_line_and_code_2(
    arguments: list[str], words: list[str]
) -> None:
    _complains(_tapetop(*arguments), 2, *words)


def test_a_terminal_that_cannot_place_text_is_refused_with_a_remedy() -> None:
    master, slave = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tui.main", "demo"],
            cwd=ROOT,
            env={**os.environ, "TERM": "dumb"},
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == 2
    assert "TERM=dumb" in done.stderr
    assert "TERM=xterm-256color" in done.stderr


def test_an_error_nobody_foresaw_is_one_line_and_a_trace_where_asked_for() -> None:
    script = (
        "import sys, tui.main as m; m.COMMANDS['demo'] = m.Entry('no.such.module:x', '');"
        "sys.exit(m.run(['demo']))"
    )
    for debug, traced in (("", False), ("1", True)):
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "TAPETOP_DEBUG": debug},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "ModuleNotFoundError" in done.stderr.splitlines()[-1]
        assert ("Traceback" in done.stderr) is traced


def test_the_type_of_an_error_decides_the_exit_code() -> None:
    assert exit_code(ConfigError("x")) == 2
    assert exit_code(Rejected("binance", "unknown symbol")) == 2
    assert exit_code(Disconnected("binance", "no answer")) == 3
    assert exit_code(MalformedFrame("binance", "not JSON")) == 4
    assert exit_code(DamagedRecording("x.jsonl", 3, "ends early")) == 4


def test_a_hostile_argument_is_not_written_to_the_terminal_as_it_is() -> None:
    done = _tapetop("\x1b]0;owned\x07:X")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr
