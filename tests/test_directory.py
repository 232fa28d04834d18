"""Lists of instruments are fetched whole, kept with their age, and never lost to a bad day."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json, structs

from feeds.directory import FRESH, DamagedList, Directory
from feeds.errors import Disconnected, FeedError, MalformedFrame
from feeds.listing import Catalogue, Listed
from feeds.listing_rest import Lister
from feeds.registry import VENUES
from feeds.roundup import gather
from feeds.transport import Response, Unreachable
from market.instrument import Kind
from service.instruments import command
from tests.fakes import FakeTransport
from tui.main import run

NOW = 1_790_000_000_000_000_000
LINEAR = VENUES["bybit-linear"]
INSTRUMENTS = f"{LINEAR.rest}{LINEAR.lists.instruments[0].path}"
TICKERS = f"{LINEAR.rest}{LINEAR.lists.volumes[0].path}"
ROWS = (
    Listed("SOLUSDT", Kind.LINEAR, "SOL", "USDT", "0.01", "0.1", None, 20.0, 20.0),
    Listed("XRPUSDT", Kind.LINEAR, "XRP", "USDT", "0.0001", "1", None, None, None),
)
KEPT = Catalogue("bybit-linear", NOW, ROWS, {"options": 3}, ("a note",))
DEAD = Unreachable("cannot find api.bybit.com: no such host, or no network")


def answer(content: object, status: int = 200) -> Response:
    """A venue's answer."""
    return Response(status, {}, json.encode(content))


def page(symbols: list[str], cursor: str = "") -> Response:
    """A part of Bybit's list (written here: no capture holds two in a row)."""
    rows = [
        {
            "symbol": symbol,
            "baseCoin": symbol.removesuffix("USDT"),
            "quoteCoin": "USDT",
            "status": "Trading",
            "contractType": "LinearPerpetual",
            "priceFilter": {"tickSize": "0.1"},
            "lotSizeFilter": {"qtyStep": "0.001"},
        }
        for symbol in symbols
    ]
    return answer(
        {
            "retCode": 0,
            "retMsg": "OK",
            "result": {"nextPageCursor": cursor, "list": rows},
            "time": 1,
        }
    )


def days(**turnovers: str) -> Response:
    """Bybit's statistics of the day."""
    rows = [
        {
            "symbol": symbol,
            "lastPrice": "2",
            "prevPrice24h": "2",
            "highPrice24h": "3",
            "lowPrice24h": "1",
            "volume24h": "7",
            "turnover24h": turnover,
        }
        for symbol, turnover in turnovers.items()
    ]
    return answer(
        {"retCode": 0, "retMsg": "OK", "result": {"category": "linear", "list": rows}, "time": 1}
    )


def serving(answers: Mapping[str, Response | Unreachable]) -> FakeTransport:
    """A venue that answers each address always in the same way."""
    return FakeTransport((), answers={url: [reply] for url, reply in answers.items()})


def healthy() -> FakeTransport:
    """Bybit with its list in two parts, SOL in the second."""
    return serving(
        {
            INSTRUMENTS: page(["BTCUSDT"], "next"),
            f"{INSTRUMENTS}&cursor=next": page(["SOLUSDT"]),
            TICKERS: days(SOLUSDT="5", BTCUSDT="9"),
        }
    )


def get(transport: FakeTransport) -> Catalogue:
    """Bybit's list as it is fetched."""
    lister = Lister(transport, clock=lambda: NOW, draw=lambda: 0.0)
    return asyncio.run(lister.fetch(LINEAR))


def obtain(
    directory: Directory,
    refresh: bool,
    now: int,
    say: Callable[[str], None],
    transport: FakeTransport,
) -> Catalogue:
    """Bybit's list, kept or fetched."""
    (found,) = asyncio.run(gather([LINEAR], directory, refresh, now, say, transport))
    assert transport.closed
    return found


def test_a_list_is_fetched_to_its_end_with_the_days_volume() -> None:
    transport = healthy()
    catalogue = get(transport)
    assert transport.asked == [INSTRUMENTS, f"{INSTRUMENTS}&cursor=next", TICKERS]
    assert [(row.symbol, row.dollars) for row in catalogue.instruments] == [
        ("BTCUSDT", 9.0),
        ("SOLUSDT", 5.0),
    ]
    assert (catalogue.at, catalogue.notes) == (NOW, ())


def test_without_volumes_the_list_is_good_and_says_so() -> None:
    catalogue = get(serving({INSTRUMENTS: page(["BTCUSDT"]), TICKERS: DEAD}))
    assert [row.symbol for row in catalogue.instruments] == ["BTCUSDT"]
    assert len(catalogue.notes) == 1
    assert "no network" in catalogue.notes[0]


def test_half_a_list_is_no_list() -> None:
    transport = serving(
        {INSTRUMENTS: page(["BTCUSDT"], "next"), f"{INSTRUMENTS}&cursor=next": DEAD}
    )
    with pytest.raises(Disconnected):
        get(transport)


def test_a_list_of_nothing_is_refused() -> None:
    with pytest.raises(MalformedFrame, match="no instrument"):
        get(serving({INSTRUMENTS: page([]), TICKERS: days()}))


@pytest.mark.parametrize(("status", "words"), [(451, "region"), (429, "fewer"), (404, "404")])
def test_a_refusal_is_told_as_that(status: int, words: str) -> None:
    with pytest.raises(Disconnected, match=words):
        get(serving({INSTRUMENTS: answer({}, status)}))


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "lists")
    assert directory.load(LINEAR) is None
    directory.save(LINEAR, KEPT)
    assert directory.load(LINEAR) == KEPT
    assert [path.name for path in directory.folder.iterdir()] == ["bybit-linear.jsonl"]


def test_another_address_has_a_list_of_its_own(tmp_path: Path) -> None:
    directory, moved = Directory(tmp_path), LINEAR.at("http://127.0.0.1:8000")
    directory.save(LINEAR, KEPT)
    assert directory.load(moved) is None
    directory.save(moved, KEPT)
    assert directory.path(moved).name == "bybit-linear@127.0.0.1_8000.jsonl"


@given(st.data())
def test_a_file_that_is_cut_anywhere_is_damaged(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = Directory(tmp_path_factory.mktemp("lists"))
    directory.save(LINEAR, KEPT)
    path = directory.path(LINEAR)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole.rstrip()) - 1))
    path.write_bytes(whole[:cut])
    with pytest.raises(DamagedList):
        directory.load(LINEAR)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_damaged(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    directory = Directory(tmp_path_factory.mktemp("lists"))
    directory.path(LINEAR).write_bytes(content)
    with pytest.raises(DamagedList):
        directory.load(LINEAR)


def test_a_new_list_is_used_without_asking(tmp_path: Path) -> None:
    directory, said = Directory(tmp_path), list[str]()
    directory.save(LINEAR, KEPT)
    transport = healthy()
    late = NOW + FRESH - 1
    assert obtain(directory, False, late, said.append, transport) == KEPT
    assert transport.asked == []
    assert said == ["bybit-linear: 2 instruments (left out: 3 options), 23 h ago"]


@pytest.mark.parametrize(("refresh", "passed"), [(True, 0), (False, FRESH), (False, -1)])
def test_an_old_list_is_replaced(tmp_path: Path, refresh: bool, passed: int) -> None:
    directory = Directory(tmp_path)
    directory.save(LINEAR, KEPT)
    listed = obtain(directory, refresh, NOW + passed, lambda _: None, healthy())
    assert [row.symbol for row in listed.instruments] == ["BTCUSDT", "SOLUSDT"]
    assert directory.load(LINEAR) == listed


def test_a_dead_network_leaves_the_kept_list_and_its_age(tmp_path: Path) -> None:
    directory, said = Directory(tmp_path), list[str]()
    directory.save(LINEAR, KEPT)
    dead = serving({INSTRUMENTS: DEAD})
    assert obtain(directory, True, NOW + 3 * FRESH, said.append, dead) == KEPT
    assert any("no network" in line and "3 d ago" in line for line in said)
    assert directory.load(LINEAR) == KEPT


def test_a_damaged_list_is_named_and_fetched_anew(tmp_path: Path) -> None:
    directory, said = Directory(tmp_path), list[str]()
    directory.save(LINEAR, KEPT)
    path = directory.path(LINEAR)
    path.write_bytes(path.read_bytes()[:-20])
    listed = obtain(directory, False, NOW, said.append, healthy())
    assert str(path) in said[0]
    assert "fetched anew" in said[0]
    assert directory.load(LINEAR) == listed


def test_a_damaged_list_stays_where_nothing_better_can_be_had(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    path = directory.path(LINEAR)
    path.write_bytes(b"{")
    with pytest.raises(FeedError):
        obtain(directory, False, NOW, lambda _: None, serving({INSTRUMENTS: DEAD}))
    assert path.read_bytes() == b"{"


def test_a_folder_that_takes_nothing_is_said_and_the_list_shown(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    directory, said = Directory(tmp_path / "file"), list[str]()
    listed = obtain(directory, False, NOW, said.append, healthy())
    assert len(listed.instruments) == 2
    assert any("not kept" in line for line in said)


def test_of_all_venues_those_that_fail_are_named_and_the_others_shown(tmp_path: Path) -> None:
    directory, said = Directory(tmp_path), list[str]()
    directory.save(VENUES["okx"], structs.replace(KEPT, venue="okx"))
    venues = [LINEAR, VENUES["okx"]]
    dead = serving({INSTRUMENTS: DEAD})
    found = asyncio.run(gather(venues, directory, False, NOW, said.append, dead))
    assert [catalogue.venue for catalogue in found] == ["okx"]
    assert any(line.startswith("bybit-linear: ") and "no network" in line for line in said)


def test_markets_of_one_host_share_what_it_allows() -> None:
    inverse = VENUES["bybit-inverse"]
    place = f"{inverse.rest}{inverse.lists.instruments[0].path}"
    slow = Response(429, {"retry-after": "7"}, b"")
    transport = serving({INSTRUMENTS: slow, place: page(["BTCUSD"])})
    lister = Lister(transport, clock=lambda: NOW, draw=lambda: 0.0)
    with pytest.raises(Disconnected):
        asyncio.run(lister.fetch(LINEAR))
    with pytest.raises(Disconnected, match="fewer requests"):
        asyncio.run(lister.fetch(inverse))
    assert transport.asked == [INSTRUMENTS]


def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    """The command with what was kept in a folder just now."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    Directory().save(LINEAR, structs.replace(KEPT, at=time.time_ns()))
    done = CliRunner().invoke(command, words, standalone_mode=False)
    assert done.exception is None, done.exception
    return done


def test_the_table_has_what_the_query_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = invoke(tmp_path, monkeypatch, "bybit-linear", "sol")
    head, row = done.stdout.splitlines()
    assert head.split()[:4] == ["symbol", "kind", "base", "quote"]
    assert row.split() == ["SOLUSDT", "linear", "SOL", "USDT", "0.01", "0.1", "-", "20", "20"]
    assert done.stderr.startswith("bybit-linear: 2 instruments (left out: 3 options), ")
    assert done.stderr.endswith(" ago\n")
    assert invoke(tmp_path, monkeypatch, "bybit-linear", "nothing").stdout == ""


def test_json_states_all_with_its_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.decode(invoke(tmp_path, monkeypatch, "bybit-linear", "--json").stdout)
    assert told["venue"] == "bybit-linear"
    assert told["listed_at"] > 10**18
    assert told["age_seconds"] >= 0
    assert [row["symbol"] for row in told["instruments"]] == ["SOLUSDT", "XRPUSDT"]
    assert set(told["instruments"][1]) == set(Listed.__struct_fields__)
    assert told["left_out"] == {"options": 3}


class _Bybit(BaseHTTPRequestHandler):
    """A venue on this host, with its list in two parts."""

    def do_GET(self) -> None:
        """Answer as the scripted one does."""
        (reply,) = _ANSWERS[LINEAR.rest + self.path]
        self.send_response(reply.status)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


_ANSWERS = {
    INSTRUMENTS: [page(["BTCUSDT"], "next")],
    f"{INSTRUMENTS}&cursor=next": [page(["SOLUSDT"])],
    TICKERS: [days(SOLUSDT="5", BTCUSDT="9")],
}


def test_a_list_from_a_server_serves_when_that_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), _Bybit) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"bybit-linear=http://127.0.0.1:{server.server_port}"
        words = ["instruments", "bybit-linear", "sol", "--refresh", "--endpoint", place]
        assert run(words) == 0
        first = capsys.readouterr()
        server.shutdown()
    assert run(words) == 0
    second = capsys.readouterr()
    assert "SOLUSDT" in first.out
    assert second.out == first.out
    assert first.err == "bybit-linear: 2 instruments, listed now\n"
    assert "connection refused" in second.err
    assert " ago" in second.err


def test_nothing_kept_and_nobody_there_is_a_network_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    nobody = "bybit-linear=http://127.0.0.1:1"
    assert run(["instruments", "bybit-linear", "--endpoint", nobody]) == 3
    assert "connection refused" in capsys.readouterr().err


def test_a_wrong_venue_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["instruments", "bybit-liner"]) == 2
    assert 'did you mean "bybit-linear"?' in capsys.readouterr().err
