"""The history command, over real sockets: real trades served as venues serve their past."""

import asyncio
import contextlib
import hashlib
import io
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import Disconnected, MalformedFrame
from feeds.history import Kept, Page, Past
from feeds.history_archive import Archive, days
from feeds.history_rest import Historian
from feeds.history_rows import find_series
from feeds.recording import records
from feeds.registry import VENUES
from feeds.replay import events, load
from feeds.rest import Budget, Rest
from feeds.timing import Timing
from feeds.transport import Network
from market.basis import TimeBasis
from market.events import Listing, Side, Trade
from tests.captures import CAPTURES, needs_captures
from tests.exchange.documents import exchange_info
from tests.exchange.script import load as load_script
from tests.past import answer, csv
from tests.running import in_loop
from tui.main import run

SPOT = CAPTURES / "binance_spot/cf_20210405_120s.jsonl.gz"
USDM = CAPTURES / "binance_usdm/cf_20210405_120s.jsonl.gz"
OKX = CAPTURES / "okx/cf_20210722.jsonl.gz"
QUICK = Timing(backoff_first=0.001, backoff_most=0.01)
DAY = "2021-04-05"
START, END = 1_617_580_800_000_000_000, 1_617_667_200_000_000_000
SPAN = ["--from", f"{DAY}T18:00", "--to", f"{DAY}T19:00"]


@cache
def traded(path: Path) -> tuple[str, list[Trade]]:
    """The instrument of a capture that traded most, and its trades."""
    by_name: dict[str, list[Trade]] = {}
    for event in events(path):
        if isinstance(event, Trade):
            by_name.setdefault(event.instrument, []).append(event)
    name = max(by_name, key=lambda name: len(by_name[name]))
    return name, by_name[name]


@cache
def listed(path: Path) -> bytes:
    return exchange_info(load_script(path))


class Vault:
    """A host that keeps a venue's past: pages by REST, and files with their checksums."""

    def __init__(self, venue: str, trades: Sequence[Trade] = (), info: bytes = b"") -> None:
        self.venue, self.trades, self.info = venue, list(trades), info
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.cap = 1000
        self.failures: list[web.Response | None] = []
        """Answers to the next requests for pages; None is a page."""
        self.breaks = 0
        """How many downloads are cut in the middle."""
        self.url = ""

    def store(self, path: str, content: bytes, digest: str = "") -> None:
        self.files[path] = content
        stated = digest or hashlib.sha256(content).hexdigest()
        self.files[path + ".CHECKSUM"] = f"{stated}  {path.rpartition('/')[2]}\n".encode()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Vault"]:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if request.path.startswith("/data/"):
            return await self._file(request)
        if "exchangeInfo" in request.path or "instruments" in request.path:
            return web.Response(body=self.info, status=200 if self.info else 500)
        if self.failures and (failure := self.failures.pop(0)) is not None:
            return failure
        return web.Response(body=answer(self.venue, self.trades, request.path_qs, self.cap))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        content = self.files.get(request.path)
        if content is None:
            return web.Response(status=404)
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        if start and start >= len(content):
            return web.Response(status=416)
        rest = content[start:]
        if self.breaks and not request.path.endswith("CHECKSUM"):
            self.breaks -= 1
            response = web.StreamResponse(status=206 if start else 200)
            response.content_length = len(rest)
            await response.prepare(request)
            await response.write(rest[: len(rest) // 2])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(status=206 if start else 200, body=rest)


async def tapetop(*words: object) -> int:
    """The program in a thread, beside the host that it asks."""
    return await asyncio.to_thread(run, [str(word) for word in words])


def zipped(name: str, rows: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{name}.csv", rows)
    return packed.getvalue()


def told(trades: Sequence[Trade]) -> list[tuple[object, ...]]:
    """All that a trade says but when it was received."""
    return [(t.instrument, t.id, t.ts_event, t.price, t.size, t.side) for t in trades]


def replayed(path: Path) -> list[Trade]:
    return [event for event in events(path) if isinstance(event, Trade)]


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


class Hours:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = START, list[float]()

    def clock(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * 1e9)


@asynccontextmanager
async def historian(
    vault: Vault,
    venue: str,
    symbol: str,
    hours: Hours,
    said: list[str],
    of: Sequence[Trade] = (),
) -> AsyncIterator[Historian]:
    """A walk over the day of the captures, or over just these trades."""
    network, series = Network(QUICK), find_series(venue, Kept.TRADES)
    budget = Budget(venue, 1000, VENUES[venue].limits.weight_header, QUICK)
    rest = Rest(vault.url, budget, network, QUICK, hours.clock, lambda: 0.0)
    past = Past(symbol, START, END)
    if of:
        past = Past(symbol, of[0].ts_event, of[-1].ts_event + 1)
    try:
        yield Historian(
            VENUES[venue], series, past, rest, said.append, QUICK, hours.clock, hours.sleep
        )
    finally:
        await network.close()


def stop(status: int, **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, headers=named, text="no")


@needs_captures
@in_loop
async def test_a_venue_that_asks_for_a_pause_gets_it_to_the_second() -> None:
    name, trades = traded(SPOT)
    hours, said = Hours(), list[str]()
    async with (
        Vault("binance", trades).open() as vault,
        historian(vault, "binance", name.partition(":")[2], hours, said) as walk,
    ):
        vault.failures = [stop(429, Retry_After="17"), stop(503), stop(429, Retry_After="3")]
        pages = [page async for page in walk.pages()]
    assert sum(page.rows for page in pages) == len(trades)
    assert [pause for pause in hours.slept if pause >= 1] == [17, 3]
    assert len(hours.slept) == 3
    assert "again in 17 s" in said[0]


@needs_captures
@pytest.mark.parametrize("status", [451, 403, 418])
@in_loop
async def test_a_venue_that_refuses_us_is_not_asked_again(status: int) -> None:
    name, trades = traded(SPOT)
    hours = Hours()
    async with (
        Vault("binance", trades).open() as vault,
        historian(vault, "binance", name.partition(":")[2], hours, []) as walk,
    ):
        vault.failures = [stop(status, **({"Retry_After": "7200"} if status == 418 else {}))]
        with pytest.raises(Disconnected):
            [page async for page in walk.pages()]
        assert len(vault.asked) == 1
    assert hours.slept == []


@needs_captures
@pytest.mark.parametrize("failing", [False, True])
@in_loop
async def test_a_past_that_is_told_backwards_is_handed_over_forwards(failing: bool) -> None:
    name, trades = traded(OKX)
    hours, found = Hours(), list[Page]()
    async with (
        Vault("okx", trades).open() as vault,
        historian(vault, "okx", name.partition(":")[2], hours, [], of=trades) as walk,
    ):
        vault.cap = 3
        if failing:
            # After two pages.
            vault.failures = [None, None, stop(451)]
        with pytest.raises(Disconnected) if failing else contextlib.nullcontext():
            async with aclosing(walk.pages()) as pages:
                async for page in pages:
                    found.append(page)
    adapter = VENUES["okx"].adapter()
    outputs = [
        output
        for page in found
        for output in adapter.receive_body(page.path, page.payload, page.last)
    ]
    had = [output for output in outputs if isinstance(output, Trade)]
    expected = trades[-6:] if failing else trades
    assert told(had) == told(expected)


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
