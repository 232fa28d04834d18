"""The history command, over real sockets: real trades served as venues serve their past."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web

from feeds.recording import records
from feeds.registry import VENUES
from feeds.replay import events, load
from market.basis import TimeBasis
from market.events import Listing
from tests.captures import needs_captures
from tests.running import in_loop
from tests.vault import (
    DAY,
    SPAN,
    SPOT,
    Vault,
    listed,
    replayed,
    stop,
    tapetop,
    told,
    traded,
)
from tui.main import run


@needs_captures
@in_loop
async def test_the_past_by_rest_replays_as_it_was_traded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, trades = traded(SPOT)
    file = tmp_path / "past.jsonl.gz"
    middle = trades[len(trades) // 3].ts_event
    async with Vault("binance", trades, listed(SPOT)).open() as vault:
        words = ["--from", f"{middle / 1e9:.3f}", "--to", f"{DAY}T19:00", "-o", file, "--json"]
        code = await tapetop("history", name, *words, "--endpoint", f"binance={vault.url}")
    out, err = capsys.readouterr()
    assert code == 0, err
    expected = [t for t in trades if t.ts_event >= middle]
    assert 0 < len(expected) < len(trades)
    assert told(replayed(file)) == told(expected)
    summary = json.loads(out)
    assert (summary["rows"], summary["missing"], summary["complete"]) == (len(expected), 0, True)
    assert (summary["first"], summary["last"]) == (middle, trades[-1].ts_event)
    assert {record.url.split("/api/")[0] for record in records(file)} == {VENUES["binance"].rest}
    assert sum(isinstance(event, Listing) for event in events(file)) == 1


@needs_captures
@in_loop
async def test_footprints_of_a_past_day_are_those_of_its_trades(tmp_path: Path) -> None:
    name, trades = traded(SPOT)
    file = tmp_path / "past.jsonl"
    async with Vault("binance", trades, listed(SPOT)).open() as vault:
        assert not await tapetop(
            "history", name, *SPAN, "-o", file, "--endpoint", f"binance={vault.url}"
        )
    minute = TimeBasis(60_000_000_000)
    past, lived = load(file).get(name), load(SPOT).get(name)
    assert past is not None
    assert lived is not None
    ours = past.footprint(minute, 1).last(100)
    theirs = lived.footprint(minute, 1).last(100)
    assert len(ours) == len(theirs) > 1
    assert [one.bar for one in ours] == [one.bar for one in theirs]
    picture = tmp_path / "picture.txt"
    assert not await tapetop("snap", "footprint", file, "-o", picture, "--size", "80x24")
    assert picture.read_text().strip()


@needs_captures
@in_loop
async def test_numbers_that_are_missing_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, trades = traded(SPOT)
    file = tmp_path / "past.jsonl"
    async with Vault("binance", trades[:100] + trades[103:], listed(SPOT)).open() as vault:
        vault.cap = 50
        words = [*SPAN, "-o", file, "--endpoint", f"binance={vault.url}"]
        assert await tapetop("history", name, *words) == 4
    assert "3 are missing" in capsys.readouterr().err
    assert len(replayed(file)) == len(trades) - 3


@needs_captures
@in_loop
async def test_what_was_had_before_a_failure_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, trades = traded(SPOT)
    file = tmp_path / "past.jsonl"
    async with Vault("binance", trades, listed(SPOT)).open() as vault:
        vault.cap = 50
        vault.failures = [None, None, None, None, stop(451)]
        words = [*SPAN, "-o", file, "--endpoint", f"binance={vault.url}"]
        assert await tapetop("history", name, *words) == 3
    assert told(replayed(file)) == told(trades[:200])
    assert "200 rows" in capsys.readouterr().err


@needs_captures
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@in_loop
async def test_a_signal_ends_it_with_a_whole_file(tmp_path: Path, number: signal.Signals) -> None:
    name, trades = traded(SPOT)
    file = tmp_path / "past.jsonl.gz"
    async with Vault("binance", trades, listed(SPOT)).open() as vault:
        vault.cap = 50
        # Then it waits, for as long as it was told to.
        vault.failures = [None, None, stop(429, Retry_After="200")]
        words = ["history", name, *SPAN, "-o", str(file), "--endpoint", f"binance={vault.url}"]
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tui.main", *words, stderr=asyncio.subprocess.PIPE
        )
        assert done.stderr is not None
        assert b"again in 200 s" in await done.stderr.readline()
        done.send_signal(number)
        assert await done.wait() == 130
    assert told(replayed(file)) == told(trades[:100])


@in_loop
async def test_what_a_venue_refuses_is_said_in_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hand-made: the answer of Binance futures to a day that is too old for REST."""
    file = tmp_path / "past.jsonl"
    async with Vault("binance-usdm").open() as vault:
        old = b'{"code":-4166,"msg":"Search window is restricted to recent 1 days only."}'
        vault.failures = [web.Response(status=400, body=old)]
        words = [*SPAN, "-o", file, "--endpoint", f"binance-usdm={vault.url}"]
        assert await tapetop("history", "binance-usdm:BTCUSDT", *words) == 2
    err = capsys.readouterr().err
    assert "Search window is restricted" in err
    assert "--source archive" in err
    assert not file.exists()


@in_loop
async def test_a_span_in_which_nothing_happened_is_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "past.jsonl"
    async with Vault("kraken").open() as vault:
        words = [*SPAN, "-o", file, "--endpoint", f"kraken={vault.url}"]
        assert await tapetop("history", "kraken:BTC/USD", *words) == 2
    assert "none from 2021-04-05T18:00:00" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["binance:BTCUSDT", "--from", "+1h", "--to", "+2h"], "write a date"),
        (["binance:BTCUSDT", "--from", DAY, "--to", "2021-04-04"], "is not after --from"),
        (["binance:BTCUSDT", "--from", "2199-01-01", "--to", "+1h"], "still to come"),
        (["binance:BTCUSDT", "--from", "noon", "--to", "+1h"], "is not a time"),
        (["hyperliquid:BTC", *SPAN], "no past trades"),
        (["okx:BTC-USDT", *SPAN, "--source", "archive"], "no archive"),
        (
            ["binance:BTCUSDT", *SPAN, "--source", "archive", "--channel", "open-interest"],
            "holds trades",
        ),
        (["binance:BTCUSDT", "--from", DAY], "--to"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_at_once(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["history", *words]) == 2
    err = capsys.readouterr().err
    assert reason in err
    assert err.count("\n") == 1


def test_a_file_that_is_there_is_not_replaced_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "past.jsonl"
    file.write_text("mine")
    assert run(["history", "binance:BTCUSDT", *SPAN, "-o", str(file)]) == 2
    assert "--force" in capsys.readouterr().err
    assert file.read_text() == "mine"


def test_the_command_loads_neither_screen_nor_http_until_it_asks() -> None:
    code = (
        "import sys, service.history;"
        "print([name for name in ('aiohttp', 'textual', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
