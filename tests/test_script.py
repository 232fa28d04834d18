"""`tapetop script`: a user's functions called with every event there is, from any source."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from feeds.replay import load
from feeds.simulate import events
from market.events import Trade
from service.script import Script
from tests.captures import CAPTURES, needs_captures
from tests.exchange.script import load as scripted
from tests.exchange.server import Exchange
from tests.running import in_loop
from tests.test_plugins import PAGE, SCRIPT
from tests.test_wrong_input import record
from tui.main import run

ROOT = Path(__file__).resolve().parents[1]
USDM = CAPTURES / "binance_usdm" / "btcusdt_20240808.jsonl.gz"
HYPERLIQUID = CAPTURES / "hyperliquid" / "btc_20250126.jsonl.gz"
COUNTING = """
from market.events import Trade
seen = []

def on_start(arguments):
    print("began", *arguments)

def on_events(market, events):
    assert all(event.instrument == market.id for event in events)
    fresh = [event for event in events if isinstance(event, Trade)]
    if fresh:
        newest = market.trades.newest()
        assert newest.ts == max(fresh[-1].ts_event, 0), "the market has taken them"
    seen.extend(fresh)

def on_end(markets):
    print("ended", len(seen), *(f"{market.id} {market.trades.end}" for market in markets))
"""


@pytest.fixture
def counting(tmp_path: Path) -> str:
    path = tmp_path / "counting.py"
    path.write_text(COUNTING)
    return str(path)


def test_the_script_of_the_page_runs_as_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "spikes.py"
    path.write_text(SCRIPT)
    assert run(["script", str(path), "sim:7", "--duration", "65s", "--", "10"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    *told, end = out.splitlines()
    assert all(line.startswith("sim:7 17042") for line in told)
    assert end.startswith("sim:7 ")
    assert " trades, the last at 60" in end


def test_the_page_names_every_function_that_is_called() -> None:
    names = [name for name in vars(Script) if name.startswith("on_")]
    assert len(names) == 3
    assert all(f"| `{name}(" in PAGE.read_text("utf-8") for name in names)


def test_every_trade_of_every_market_is_handed_over(
    counting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["script", counting, "sim:7", "sim:8", "--duration", "30s", "--", "a", "-b"]) == 0
    counts = [sum(isinstance(event, Trade) for event in events(seed, 30.0)) for seed in (7, 8)]
    assert capsys.readouterr().out.splitlines() == [
        "began a -b",
        f"ended {sum(counts)} sim:7 {counts[0]} sim:8 {counts[1]}",
    ]


@needs_captures
def test_a_recording_is_what_the_market_of_it_is(
    counting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["script", counting, str(HYPERLIQUID)]) == 0
    (market,) = load(HYPERLIQUID)
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"ended {market.trades.end} {market.id} {market.trades.end}"
    )


def test_a_span_is_called_for_alone_but_what_was_is_known(
    counting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["script", counting, "sim:7", "--from", "+10s", "--to", "+20s"]) == 0
    _, ended = capsys.readouterr().out.splitlines()
    start = 1_704_204_000_000_000_000
    times = [event.ts_event - start for event in events(7, 20.0) if isinstance(event, Trade)]
    called = sum(10**10 <= time < 2 * 10**10 for time in times)
    all_ = sum(time < 2 * 10**10 for time in times)
    words = ended.split()
    assert int(words[3]) == all_
    assert called <= int(words[1]) <= called + 20, "the 100 ms in which the span begins"


def test_a_damaged_recording_ends_in_order_and_with_4(
    counting: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "cut.jsonl"
    source.write_text("".join(map(record, range(5))) + "garbage\n")
    assert run(["script", counting, str(source)]) == 4
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "ended 5 binance-usdm:BTCUSDT 5"
    assert "line 6" in err


@pytest.mark.parametrize(
    ("text", "says", "code"),
    [
        ("def on_events(market, events):\n    1 / 0\n", ":2: ZeroDivisionError: division by", 1),
        ("def on_end(markets):\n    open('/no/such')\n", ":2: FileNotFoundError: ", 1),
        ("def on_end(markets):\n    raise TimeoutError\n", ":2: TimeoutError", 1),
        ("import nothing_of_the_kind\n", ":1: ModuleNotFoundError: No module named", 1),
        ("def on_events(:\n", ":1: SyntaxError: ", 1),
        ("x = 1\0\n", ":1: SyntaxError: ", 1),
        ("x = 1\n", "it defines neither on_events(market, events) nor on_end(markets)", 2),
    ],
)
def test_a_script_that_fails_is_one_line_with_its_place(
    text: str, says: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text)
    assert run(["script", str(path), "sim:7", "--duration", "1s"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(f"tapetop: {path}:")
    assert says in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("{}/none.py sim:7", "none.py: no such file"),
        ("{} sim:7", "is a directory"),
        ("{}/counting.py sim:7 binance:BTCUSDT", "all simulated or all VENUE:SYMBOL"),
        ("{}/counting.py binance:BTCUSDT --from +1m", "is live: --from and --to are for"),
        ("{}/counting.py binance:BTCUSDT --duration 0", "write more than nothing"),
        ("{}/counting.py nosuch:BTC", 'unknown venue "nosuch"'),
    ],
)
def test_wrong_words_are_one_line(
    counting: str, words: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["script", *words.replace("{}", str(tmp_path)).split()]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


@pytest.fixture
def speaking(tmp_path: Path) -> str:
    """The same, with a line for each call that trades bring."""
    path, line = tmp_path / "speaking.py", 'assert newest.ts == max(fresh[-1].ts_event, 0), "the'
    path.write_text(COUNTING.replace(line, f"print('x', flush=True)\n        {line}"))
    return str(path)


@needs_captures
@in_loop
async def test_a_live_script_ends_in_order_when_it_is_stopped(speaking: str) -> None:
    name, script = "binance-usdm:BTCUSDT", scripted(USDM).cut(0, 2_000)
    async with Exchange(script) as exchange, asyncio.TaskGroup() as group:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tui.main", "script", speaking, name),
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
        said = b""
        while said != b"x\n":
            said = await process.stdout.readline()
            assert said, "it ended before it was called"
        process.send_signal(signal.SIGTERM)
        rest, errors = await process.communicate()
    assert process.returncode == 0, errors
    assert rest.splitlines()[-1].startswith(b"ended ")
    assert errors == b""
