"""The alerts command: a line for each firing, and the exit codes."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from feeds.alertfile import default_path
from feeds.replay import events
from market.alerts.grammar import parse_rule
from market.alerts.watch import Watch
from market.markets import Markets
from tests.captures import CAPTURES, needs_captures
from tests.exchange.script import load
from tests.exchange.server import Exchange
from tests.running import in_loop
from tests.test_notifier import Server, serving
from tui.main import run

ROOT = Path(__file__).resolve().parents[1]
USDM = CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz"
NAME = "binance-usdm:BTCUSDT"
Captured = pytest.CaptureFixture[str]


def rows(captured: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.splitlines()]


def test_a_rule_is_tried_on_a_simulated_market(capsys: Captured) -> None:
    assert run(["alerts", "sim:7", "--alert", "delta 1m beyond 30 again 1m"]) == 0
    found = rows(capsys.readouterr().out)
    assert [row["value"] for row in found] == ["-80.755", "30.966", "30.347"]
    assert {row["instrument"] for row in found} == {"sim:7"}
    assert found[0]["text"] == "sim:7 delta -80.755 (delta 1m beyond 30)"


def test_several_simulated_markets_are_heard_side_by_side(capsys: Captured) -> None:
    words = ["--alert", "size > 3 again 1ms", "--alert", "sim:9 feed", "--duration", "30s"]
    assert run(["alerts", "sim:7", "sim:8", *words]) == 0
    told = capsys.readouterr()
    found = rows(told.out)
    assert {row["instrument"] for row in found} == {"sim:7", "sim:8"}
    times = [row["ts_event"] for row in found]
    assert times == sorted(times, key=lambda at: int(str(at)) // 100_000_000)
    assert '"sim:9 feed": nothing came of sim:9 from sim:7, sim:8' in told.err


@needs_captures
def test_a_recording_is_told_of_as_its_events_are(tmp_path: Path, capsys: Captured) -> None:
    rules = ["size >= 5 buy again 1s", "price < 61600"]
    path = tmp_path / "part.jsonl"
    with gzip.open(USDM, "rt") as whole:
        path.write_text("".join(islice(whole, 60_000, 75_000)))
    firings = Watch(map(parse_rule, rules)).apply(Markets(), events(path))
    given = [word for rule in rules for word in ("--alert", rule)]
    assert run(["alerts", str(path), *given]) == 0
    found = rows(capsys.readouterr().out)
    assert [(row["ts_event"], row["text"]) for row in found] == [
        (firing.at, firing.text) for firing in firings
    ]
    assert len(found) > 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sim:7"], "no rule is given"),
        (["sim:7", "--kept"], "alerts.toml has none"),
        (["sim:7", "--alert", "pric > 3"], '--alert "pric > 3": "pric" is nothing'),
        (["sim:7", "--alert", "feed", "--tell", "bel"], '"bel" is no way of telling'),
        (["sim:7", "--alert", "feed", "--player", "x {file}"], "player names {file}"),
        (["sim:7", "--alert", "feed", "--duration", "2d"], "simulated for a day at most"),
        (["sim:7", "--alert", "feed", "--duration", "0s"], "write more than nothing"),
        (["no.jsonl", "--alert", "feed"], "no.jsonl: no such file"),
        (["a.jsonl", "b.jsonl", "--alert", "feed"], "several sources"),
        (["binanse:X", "--alert", "feed"], 'unknown venue "binanse"'),
        ([NAME, "--alert", "binance:ETHUSDT feed"], "binance:ETHUSDT is not watched here"),
    ],
)
def test_wrong_words_are_one_line_and_code_2(
    capsys: Captured, arguments: list[str], words: str
) -> None:
    assert run(["alerts", *arguments]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_a_damaged_recording_is_heard_up_to_there_and_gives_code_4(
    tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_text('{"not a recor')
    assert run(["alerts", str(path), "--alert", "feed"]) == 4
    assert f"{path}: line 1" in capsys.readouterr().err


def test_kept_rules_are_heard_and_told_in_the_ways_of_the_file(
    capsys: Captured, tmp_path: Path
) -> None:
    path, out = default_path(), tmp_path / "played"
    path.parent.mkdir(parents=True, exist_ok=True)
    script = tmp_path / "play.py"
    script.write_text("import sys; open(sys.argv[1], 'w').write(sys.argv[2])")
    text = (
        f'player = "{sys.executable} {script} {out} {{text}}"\n\n'
        '[[alert]]\nrule = "liquidation > 1"\nfired = 2024-01-01T00:00:00Z\nvalue = "2"\n'
    )
    path.write_text(text)
    try:
        assert run(["alerts", "sim:7", "--kept"]) == 0
    finally:
        path.unlink()
    (row,) = rows(capsys.readouterr().out)
    assert out.read_text() == row["text"]
    assert row["note"] == "sell at 60143.0, closes a long"


@in_loop
async def test_a_webhook_is_sent_each_line() -> None:
    server = Server(500, 200)
    async with serving(server) as url:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tui.main", "alerts", "sim:7", "--duration", "60s"),
            *("--alert", "liquidation > 1", "--tell", url, "--tell", "osc9"),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
    assert process.returncode == 0
    assert server.bodies == [json.loads(out)] * 2
    # No terminal, no signals; and what went well in the end is no complaint.
    assert err == b""


@needs_captures
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@in_loop
async def test_a_live_market_is_heard_until_a_signal(stop: signal.Signals) -> None:
    async with Exchange(load(USDM).cut(0, 2_000)) as exchange, asyncio.TaskGroup() as group:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tui.main", "alerts", NAME, "--alert", "spread > 0"),
            *("--endpoint", f"binance-usdm={exchange.url}"),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None

        async def play() -> None:
            await exchange.subscribed({"btcusdt@depth", "btcusdt@trades"})
            await exchange.play()

        group.create_task(play())
        line = await process.stdout.readline()
        process.send_signal(stop)
        _, err = await process.communicate()
    assert json.loads(line)["instrument"] == NAME
    assert process.returncode == 0, err
    assert b"Traceback" not in err


def test_a_venue_out_of_reach_gives_code_3_and_its_reason(capsys: Captured) -> None:
    words = ["--endpoint", "binance-usdm=http://127.0.0.1:9", "--duration", "300ms"]
    assert run(["alerts", NAME, "--alert", "feed", *words]) == 3
    told = capsys.readouterr()
    assert "nothing was received" in told.err
    assert "connection refused" in told.err
    assert told.out == ""


def test_it_loads_no_screen_and_no_network_before_it_needs_one() -> None:
    script = (
        "import sys; from tui.main import run; run(['alerts', 'sim:7', '--alert', 'feed',"
        " '--duration', '1s']); print(sorted(n for n in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.strip("[]\n").replace("'", "").split(", "))
    assert "market.alerts.watch" in loaded
    assert not loaded & {"textual", "rich", "aiohttp"}
