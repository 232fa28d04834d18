"""A venue's archive of past days: proved, kept, gone on with where it broke off, and read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import Disconnected, MalformedFrame
from feeds.history import Past
from feeds.history_archive import Archive, days
from feeds.registry import VENUES
from feeds.transport import Network
from market.events import Side, Trade
from tests.captures import needs_captures
from tests.past import csv
from tests.running import in_loop
from tests.vault import (
    DAY,
    END,
    QUICK,
    SPAN,
    SPOT,
    START,
    USDM,
    Vault,
    listed,
    replayed,
    tapetop,
    told,
    traded,
    zipped,
)


@needs_captures
@pytest.mark.parametrize("header", [False, True])
@in_loop
async def test_an_archive_s_day_is_proved_kept_and_replays(
    header: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    name, trades = traded(USDM)
    symbol = name.partition(":")[2]
    path = f"/data/futures/um/daily/aggTrades/{symbol}/{symbol}-aggTrades-{DAY}.zip"
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    async with Vault("binance-usdm", info=listed(USDM)).open() as vault:
        vault.store(path, zipped(symbol, csv(trades, header=header)))
        words = [name, *SPAN, "--source", "archive", "--endpoint", f"binance-usdm={vault.url}"]
        assert await tapetop("history", *words, "-o", first) == 0, capsys.readouterr().err
        assert await tapetop("history", *words, "-o", second) == 0
        assert vault.asked.count(path) == 1
    assert told(replayed(first)) == told(replayed(second)) == told(trades)


@needs_captures
@in_loop
async def test_a_bad_checksum_is_said_and_the_file_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = f"/data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-{DAY}.zip"
    file = tmp_path / "past.jsonl"
    async with Vault("binance", info=listed(SPOT)).open() as vault:
        vault.store(path, zipped("BTCUSDT", csv(traded(SPOT)[1])), digest="0" * 64)
        words = ["--source", "archive", "-o", file, "--endpoint", f"binance={vault.url}"]
        assert await tapetop("history", "binance:BTCUSDT", *SPAN, *words) == 4
    assert f"BTCUSDT-aggTrades-{DAY}.zip: the checksum" in capsys.readouterr().err
    assert not file.exists()
    assert not [found for found in (tmp_path / "cache").rglob("*") if found.is_file()]


@needs_captures
@in_loop
async def test_a_day_that_is_not_in_the_archive_is_no_use_to_ask_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    async with Vault("binance", info=listed(SPOT)).open() as vault:
        words = ["-o", tmp_path / "x.jsonl", "--endpoint", f"binance={vault.url}"]
        assert await tapetop("history", "binance:X", *SPAN, "--source", "archive", *words) == 2
    assert "is not in the archive" in capsys.readouterr().err


@asynccontextmanager
async def archive(vault: Vault, folder: Path, said: list[str]) -> AsyncIterator[Archive]:
    """The day of the captures, out of a vault's files."""
    network, past = Network(QUICK), Past("BTCUSDT", START, END)
    try:
        yield Archive("binance", past, network, folder, said.append, QUICK, vault.url)
    finally:
        await network.close()


async def rows(walk: Archive) -> int:
    return sum([page.rows async for page in walk.pages()])


DAY_FILE = f"/data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-{DAY}.zip"


@needs_captures
@in_loop
async def test_a_download_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    said: list[str] = []
    content = zipped("BTCUSDT", csv(traded(SPOT)[1]))
    async with Vault("binance").open() as vault:
        vault.store(DAY_FILE, content)
        vault.breaks = 3
        async with archive(vault, tmp_path, said) as walk:
            assert await rows(walk) == len(traded(SPOT)[1])
    assert len(said) == 3
    starts = [int(asked[6:-1]) for asked in vault.ranges if asked]
    assert starts == sorted(set(starts))
    assert len(starts) == 3
    assert (tmp_path / "binance" / DAY_FILE.rpartition("/")[2]).read_bytes() == content


@needs_captures
@pytest.mark.parametrize("held", ["whole", "begun", "other"])
@in_loop
async def test_what_an_earlier_run_left_is_used_where_it_is_right(
    tmp_path: Path, held: str
) -> None:
    content = zipped("BTCUSDT", csv(traded(SPOT)[1]))
    part = tmp_path / "binance" / f"BTCUSDT-aggTrades-{DAY}.part"
    part.parent.mkdir()
    left = {"whole": content, "begun": content[:100], "other": b"x" * 100}[held]
    part.write_bytes(left)
    async with Vault("binance").open() as vault:
        vault.store(DAY_FILE, content)
        async with archive(vault, tmp_path, []) as walk:
            if held == "other":
                with pytest.raises(MalformedFrame, match="checksum"):
                    await rows(walk)
                assert not part.exists()
            assert await rows(walk) == len(traded(SPOT)[1])
    assert not part.exists()


@in_loop
async def test_a_host_of_files_that_never_answers_is_given_up(tmp_path: Path) -> None:
    vault = Vault("binance")
    async with vault.open():
        pass
    async with archive(vault, tmp_path, []) as walk:
        with pytest.raises(Disconnected):
            await rows(walk)


@needs_captures
@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (b"1,2,3\n", "not a row"),
        (b"1,a,b,c,d,e,f\n", "invalid literal"),
        (b"names\nnames\n", "not a row"),
        (b"names\n", ""),
        (b"", ""),
    ],
)
@in_loop
async def test_rows_that_are_none_are_named(tmp_path: Path, lines: bytes, reason: str) -> None:
    """Hand-made: files of the archive that no checksum could be wrong about."""
    async with Vault("binance").open() as vault:
        vault.store(DAY_FILE, zipped("BTCUSDT", lines))
        async with archive(vault, tmp_path, []) as walk:
            if not reason:
                assert await rows(walk) == 0
                return
            with pytest.raises(MalformedFrame, match=reason):
                await rows(walk)


@in_loop
async def test_a_file_that_is_no_zip_is_named(tmp_path: Path) -> None:
    async with Vault("binance").open() as vault:
        vault.store(DAY_FILE, b"no zip at all")
        async with archive(vault, tmp_path, []) as walk:
            with pytest.raises(MalformedFrame, match="cannot be unpacked"):
                await rows(walk)


def test_times_of_the_archive_are_milliseconds_or_microseconds() -> None:
    """Hand-made: no capture is of an archive's file."""
    time = 1_735_689_600_012_345_000
    trade = Trade("binance:BTCUSDT", time, 0, "7", 94_000.5, 0.25, Side.SELL)
    parser = VENUES["binance"].parser()
    for micro, stated in ((True, time), (False, time - 345_000)):
        (event,) = parser.parse(csv([trade], micro=micro), 0, DAY_FILE)
        assert isinstance(event, Trade)
        assert (event.ts_event, event.instrument) == (stated, "binance:BTCUSDT")


@pytest.mark.parametrize("word", ["true", "True", "true,true", "True,False"])
def test_rows_of_the_archive_end_in_words_of_any_case(word: str) -> None:
    """Hand-made, in the shapes that files of different years have."""
    row = f"26129,0.01633102,4.70443515,27781,27781,1498793709153,{word}\n"
    (event,) = VENUES["binance"].parser().parse(row, 0, DAY_FILE)
    assert isinstance(event, Trade)
    assert (event.side, event.id, event.size) == (Side.SELL, "26129", 4.70443515)


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["1", "-1", "nan", "inf", "1e400", "", "true", "9" * 20])).map(
        ",".join
    )
)
def test_any_text_of_an_archive_is_sound_trades_or_malformed(text: str) -> None:
    try:
        stated = VENUES["binance-usdm"].adapter().receive_body(DAY_FILE, text.encode(), START)
    except MalformedFrame:
        return
    for event in stated:
        assert isinstance(event, Trade)
        assert 0 < event.price <= 1e15
        assert 0 <= event.size <= 1e15


def test_a_span_has_every_day_it_touches() -> None:
    assert days(Past("X", START, END)) == [DAY]
    assert days(Past("X", START - 1, END + 1)) == ["2021-04-04", DAY, "2021-04-06"]
