"""Wrong input to any command: one plain line on stderr, the exit code of its kind, no trace."""

import gzip
import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tui.main import run
from tui.registry import PANES, pane_type
from tui.settings.words import defaults_of

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = [sys.executable, "-m", "tui.main"]
URL = "wss://fstream.binance.com/stream"


def record(number: int, url: str = URL, ts: str | None = None, symbol: str = "BTCUSDT") -> str:
    """One trade in a line of a recording; the frame is hand-made, as no capture has such names."""
    data = {"e": "trade", "E": 1723161256322 + number, "T": 1723161256321 + number}
    data |= {"t": number, "X": "MARKET", "m": False}
    frame = {"stream": "x@trade", "data": data | {"s": symbol, "p": "61800.3", "q": "0.006"}}
    line = {"dir": "in", "conn": "ws1", "url": url, "raw": json.dumps(frame)}
    return f'{{"ts": {ts or 1723161255 + number}, {json.dumps(line)[1:]}\n'


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files of which each is wrong in its own way, but for `good`."""
    folder = tmp_path_factory.mktemp("files")
    good = [record(number) for number in range(3)]
    for name, lines in {
        "good": good,
        "empty": [],
        "words": ["hello\n"],
        "nan": [*good, record(3, ts='"NaN"')],
        "signalling": [*good, record(3, ts='"sNaN"')],
        "broken": [good[0], "garbage\n", *good[1:]],
        "frame": [good[0], good[1].replace("trade", "tra{de"), good[1].replace("data", "d"), *good],
        "foreign": [record(3, "wss://stream.example.org/ws"), *good],
        "strange": [record(3, "wss://stream.example.org/ws")],
        "hostile": [record(0, symbol="A\x1b]0;owned\x07\u202eB\x9b2J\x7f")],
    }.items():
        (folder / f"{name}.jsonl").write_text("".join(lines))
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress("".join(good * 500).encode())[:-40])
    (folder / "stub.jsonl.gz").write_bytes(b"\x1f\x8b\x08")
    return folder


def dead() -> str:
    """An address where nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"binance=http://127.0.0.1:{closed.getsockname()[1]}"


DEAD = "DEAD"
"""Stands for such an address in the table, whose rows every worker must name alike."""

TABLE: list[tuple[str, int, str]] = [
    # What is asked for is not there: usage.
    ("nosuch:BTC", 2, 'unknown venue "nosuch"; venues: binance'),
    ("binance:", 2, '"binance:" is not VENUE:SYMBOL, such as'),
    ("binance:BTC/USDT", 2, '"BTC/USDT" is not a symbol of binance'),
    ("dmeo", 2, 'did you mean "demo"?'),
    ("--fps 0", 2, "invalid value for '--fps': 0 is not in the range"),
    ("--fps x", 2, "'x' is not a whole number (see tapetop --help)"),
    ("--fps -3", 2, "-3 is not in the range"),
    ("demo --seed -7", 2, "-7 is not in the range"),
    ("demo --seed x", 2, "'x' is not a whole number"),
    ("demo more", 2, "unexpected extra argument (more)"),
    ("demo --stats {}", 2, "is a directory"),
    ("demo --stats {}/no/x.json", 2, "no such folder"),
    ("replay", 2, "missing argument 'FILE' (see tapetop replay --help)"),
    ("replay {}/nothing", 2, "nothing: no such file"),
    ("replay {}", 2, "is a directory"),
    ("replay {}/good.jsonl --speed -1", 2, '--speed "-1": write a number above 0'),
    ("replay {}/good.jsonl --speed nan", 2, '--speed "nan"'),
    ("replay {}/good.jsonl --from -5s", 2, '"-5s" is not a time: expected'),
    ("replay {}/strange.jsonl", 2, "wss://stream.example.org/ws is no known venue's; venues: "),
    ("record", 2, "missing argument 'VENUE:SYMBOL...'"),
    ("record binance:BTCUSDT", 2, "missing option '-o'"),
    ("record binance:BTCUSDT -o {}/good.jsonl", 2, "exists already; --force replaces it"),
    ("record binance:BTCUSDT -o {}/no/x.jsonl", 2, "no such file or directory"),
    ("record binance:BTCUSDT -o {}", 2, "is a directory"),
    ("record binance:BTCUSDT -o {}/x.jsonl --duration 0", 2, "write more than nothing"),
    ("record binance:BTCUSDT -o {}/x.jsonl --duration -5", 2, '"-5" is not a duration'),
    ("snap tape", 2, "missing argument 'SOURCE...'"),
    ("snap nope sim:7", 2, 'unknown pane "nope"; panes: candles'),
    ("snap tape sim:-7", 2, "expected sim:SEED"),
    ("snap tape sim:7 --size -1x5", 2, "expected WIDTHxHEIGHT"),
    ("snap tape sim:7 --set grouping=-10", 2, "must be 1 or more"),
    ("snap tape sim:7 --set until=-1", 2, "must be 0 or more"),
    ("snap candles sim:7 --set center=99999999999999999999", 2, "must be 1000000000000 or less"),
    ("snap candles sim:7 --set timeframe=-1m", 2, '"-1m" is not a timeframe: write'),
    ("snap tape {}/strange.jsonl", 2, "is no known venue's"),
    ("snap tape {}/good.jsonl --instrument nope", 2, "instruments: binance-usdm:BTCUSDT"),
    ("snap tape binance:BTCUSDT --duration 0", 2, "--duration must be more than nothing"),
    ("decode", 2, "missing argument 'VENUE' (see tapetop decode --help)"),
    ("binance:BTCUSDT --endpoint binance=http://[x", 2, "expected an address such as"),
    ("record binance:BTCUSDT -o {}/x.jsonl --endpoint binance=http://[x", 2, "expected an address"),
    ("decode nope {}/good.jsonl", 2, 'unknown venue "nope"'),
    ("decode binance {}/nothing", 2, "nothing: no such file"),
    ("decode binance {}/good.jsonl --book 0", 2, "0 is not in the range"),
    ("bench nope", 2, 'unknown benchmark "nope"'),
    ("bench decode --rounds 0", 2, "0 is not in the range"),
    ("bench pipeline --peer cryptofed", 2, 'did you mean "cryptofeed"?'),
    ("bench decode --peer ccxt --file {}/good.jsonl", 2, "ccxt"),
    ("bench decode --file {}/good.jsonl", 2, "not a Binance session"),
    ("doctor more", 2, "unexpected extra argument (more)"),
    # Nobody answers: network.
    ("record binance:BTCUSDT -o {}/x.jsonl --duration 1s --endpoint " + DEAD, 3, "refused"),
    ("snap tape binance:BTCUSDT --duration 1s --endpoint " + DEAD, 3, "connection refused"),
    # What is there cannot be read: data.
    ("replay {}/empty.jsonl", 4, "empty.jsonl: line 1: the file is empty"),
    ("replay {}/words.jsonl", 4, "words.jsonl: line 1: "),
    ("replay {}/stub.jsonl.gz", 4, "stub.jsonl.gz: line 1: the gzip data is damaged"),
    ("snap tape {}/empty.jsonl", 4, "the file is empty"),
    ("snap tape {}/words.jsonl", 4, "words.jsonl: line 1: "),
    ("snap tape {}/stub.jsonl.gz", 4, "the gzip data is damaged"),
    ("decode binance {}/empty.jsonl", 4, "the file is empty"),
    ("decode binance {}/stub.jsonl.gz", 4, "the gzip data is damaged"),
    ("bench decode --file {}/empty.jsonl", 4, "the file is empty"),
    ("bench decode --file {}/nan.jsonl", 4, "nan.jsonl: line 4: `ts` NaN is no time"),
]


@pytest.mark.parametrize(("words", "code", "says"), TABLE, ids=[row[0] for row in TABLE])
def test_wrong_input_is_one_line_and_the_exit_code_of_its_kind(
    words: str, code: int, says: str, files: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = words.replace(DEAD, dead())
    assert run([word.replace("{}", str(files)) for word in words.split()]) == code
    out, err = capfd.readouterr()
    line = err.splitlines()[-1]
    assert out == ""
    assert err.count("\n") == 1 or words.startswith("record")
    assert says in line
    assert line.startswith("tapetop: ")
    assert not line.removeprefix("tapetop: ")[0].isupper()


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("nan", 4, "line 4: `ts` NaN is no time in unix seconds"),
        ("signalling", 4, "line 4: `ts` sNaN is no time in unix seconds"),
        ("broken", 4, "line 2: JSON is malformed"),
        ("cut", 4, "the gzip data is damaged"),
        ("frame", 4, "1 of its frames could not be read, the last: line 3: binance-usdm: "),
        ("foreign", 0, "1 of its records passed over: line 1: wss://stream.example.org/ws is"),
    ],
)
def test_what_can_be_read_of_a_recording_is_drawn_and_the_rest_is_said(
    name: str, code: int, says: str, files: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = next(files.glob(f"{name}.*"))
    assert run(["snap", "tape", str(path), "--format", "json"]) == code
    out, err = capfd.readouterr()
    assert json.loads(out)["trades"]
    assert says in err.splitlines()[-1]


def test_a_hostile_symbol_reaches_no_terminal(
    files: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for pane in ("tape", "comparison", "tickers"):
        for form in ("text", "ansi", "svg", "json"):
            run(["snap", pane, str(files / "hostile.jsonl"), "--format", form])
    run(["decode", "binance-usdm", str(files / "hostile.jsonl")])
    out, err = capfd.readouterr()
    for mark in ("\x1b]", "\x07", "\u202e", "\x9b", "\x7f"):
        assert mark not in err
        assert mark not in out
    assert "\\u202e" in out, "JSON says what the symbol is"


def test_help_of_snap_lists_the_settings_of_every_pane(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["snap", "--help"]) == 0
    out = capfd.readouterr().out
    for kind in PANES:
        assert all(word in out for word in (kind, *defaults_of(pane_type(kind)))), kind


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's full disk")
@pytest.mark.parametrize(
    "words", ["--help", "snap tape sim:7 --duration 1s", "decode binance-usdm {}/good.jsonl"]
)
def test_a_full_disk_is_one_line_and_code_1(words: str, files: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        arguments = [word.replace("{}", str(files)) for word in words.split()]
        done = subprocess.run(
            [*PROGRAM, *arguments], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr == b"tapetop: cannot write the output: no space left on device\n"


@pytest.mark.parametrize("words", ["--version", "snap tape sim:7 --duration 1s", "demo"])
def test_a_closed_output_is_said(words: str) -> None:
    shell = f'exec "$0" -m tui.main {words} >&-'
    done = subprocess.run(
        ["sh", "-c", shell, sys.executable], cwd=ROOT, stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"tapetop: standard output is closed")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs owners of files")
def test_a_file_that_may_not_be_read_is_said(files: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    secret = files / "secret.jsonl"
    secret.write_text(record(0))
    secret.chmod(0)
    for words in (["replay"], ["snap", "tape"], ["decode", "binance-usdm"]):
        done = subprocess.run(
            [*PROGRAM, *words, str(secret)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "secret.jsonl: " in done.stderr


def test_an_interrupted_command_says_so_in_one_line_and_leaves_with_130() -> None:
    reader, writer = os.pipe()
    with subprocess.Popen(
        [*PROGRAM, "decode", "binance-usdm", "-"],
        cwd=ROOT,
        stdin=reader,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        # Enough lines for something to come out: then it is known to be at work.
        os.write(writer, b"garbage\n" * 400)
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    os.close(reader)
    os.close(writer)
    assert (process.returncode, err) == (130, b"tapetop: interrupted\n")


def test_leaving_a_venue_that_never_answered_says_why_and_is_code_3(tmp_path: Path) -> None:
    """The screen shows the reason too; a script that waits for the program learns it here."""
    master, slave = pty.openpty()
    stats = tmp_path / "stats.json"
    words = ["binance:BTCUSDT", "--endpoint", dead(), "--stats", str(stats)]
    with subprocess.Popen(
        [*PROGRAM, *words],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path)},
        stdin=slave,
        stdout=slave,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(slave)
        shown, asked = b"", False
        for _ in range(1000):
            if process.poll() is not None:
                break
            if select.select([master], [], [], 0.1)[0]:
                try:
                    shown += os.read(master, 65536)
                except OSError:
                    break
            if not asked and b"refused" in shown:
                asked = os.write(master, b"q") == 1
        process.terminate()
        assert process.stderr is not None
        err = process.stderr.read().decode()
    os.close(master)
    assert process.returncode == 3
    assert err.startswith("tapetop: binance: cannot reach 127.0.0.1")
    assert err.count("\n") == 1
    assert json.loads(stats.read_text())["frames_drawn"] > 0
    assert shown.rfind(b"\x1b[?1049l") > shown.rfind(b"\x1b[?1049h")


def on_terminal(*arguments: str) -> tuple[int, str]:
    """Run on a terminal of its own; the exit code and what stderr got."""
    master, slave = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color"}
    try:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            cwd=ROOT,
            env=environ,
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr
    finally:
        os.close(master)
        os.close(slave)


def test_a_recording_that_cannot_be_played_is_told_without_taking_the_screen(files: Path) -> None:
    for name, code in (("empty.jsonl", 4), ("words.jsonl", 4), ("strange.jsonl", 2)):
        found, err = on_terminal("replay", str(files / name))
        assert found == code
        assert err.count("\n") == 1
        assert name in err
