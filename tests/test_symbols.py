"""The symbol search finds offline what the kept lists hold, over all venues."""

import asyncio
from pathlib import Path

import pytest
from msgspec import json

from feeds.directory import FRESH, Directory
from feeds.listing import Catalogue, Listed
from feeds.registry import VENUES
from feeds.transport import Response, Unreachable
from market.instrument import Kind
from tests.fakes import FakeTransport
from tests.shell import FakeShell
from tui.desk.monitor import Monitor, Now
from tui.dialogs.choice import Dialog
from tui.dialogs.frame import Done
from tui.dialogs.symbols import LISTS, Symbols
from tui.keys import actions
from tui.keys.actions import fetch_lists
from tui.launch import Launch, LiveMarkets
from tui.pane import Size
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look

NOW = 1_790_000_000_000_000_000
HOUR = 3600 * 10**9
LOOK = load_look()


def keep(directory: Directory, venue: str, **dollars: float | None) -> None:
    """Keep a list of a venue, three hours old."""
    rows = tuple(
        Listed(symbol, Kind.LINEAR, symbol.removesuffix("USDT"), "USDT", dollars=amount)
        for symbol, amount in dollars.items()
    )
    directory.save(VENUES[venue], Catalogue(venue, NOW - 3 * HOUR, rows, {}))


def opened(directory: Directory, *watched: str, typed: str = "") -> Dialog:
    """The search, with something typed into it."""
    symbols = Symbols(watched, watched[0].partition(":")[0] if watched else "")
    symbols.load(directory, {})
    dialog = symbols.dialog(NOW)
    for character in typed:
        dialog.press(character, character)
    return dialog


def rows(dialog: Dialog, width: int = 76, height: int = 20) -> list[str]:
    """What it looks like."""
    canvas = dialog.draw(Size(width, height), LOOK)
    return ["".join(map(chr, row)) for row in canvas.glyph.tolist()]


def test_before_any_list_popular_symbols_are_offered(tmp_path: Path) -> None:
    dialog = opened(Directory(tmp_path))
    shown = rows(dialog)
    assert any("no venue's list has been fetched yet" in row for row in shown)
    assert any("bybit-linear:BTCUSDT" in row for row in shown)
    assert not any("ETHUSDT" in row for row in shown[:9])


def test_a_line_has_exchange_kind_and_volume(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", BTCUSDT=12.3e9, SOLUSDT=4.5e9)
    keep(directory, "mexc-futures", SOLUSDT=7e6, XSOLUSDT=9e9)
    found = [row for row in rows(opened(directory, typed="sol")) if "SOL" in row][:3]
    assert "bybit-linear:SOLUSDT" in found[0]
    assert "linear" in found[0]
    assert "$4.5G" in found[0]
    assert "mexc-futures:SOLUSDT" in found[1]
    assert "$7M" in found[1]


def test_enter_takes_the_likeliest(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", BTCUSDT=12.3e9, SOLUSDT=4.5e9)
    keep(directory, "mexc-futures", SOLUSDT=7e9)
    assert opened(directory, typed="sol").press("enter", None) == Done("mexc-futures:SOLUSDT")
    words = opened(directory, typed="sol bybit")
    assert words.press("enter", None) == Done("bybit-linear:SOLUSDT")


def test_what_is_watched_comes_first(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", BTCUSDT=12.3e9, SOLUSDT=4.5e9)
    dialog = opened(directory, "bybit-linear:SOLUSDT", "sim:7")
    assert dialog.chosen is not None
    assert (dialog.chosen.id, dialog.chosen.group) == ("bybit-linear:SOLUSDT", "watched")
    dialog.press("down", None)
    assert dialog.chosen.id == "sim:7"


def test_the_age_of_the_oldest_list_is_shown(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", BTCUSDT=1.0)
    told = rows(opened(directory))[1]
    assert f"1 instruments of 1 of {len(VENUES)} venues, at most 3h old." in told


def test_a_damaged_list_is_named_and_the_others_are_searched(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", SOLUSDT=1.0)
    directory.path(VENUES["okx"]).write_bytes(b"nonsense")
    dialog = opened(directory, typed="sol")
    assert any("Damaged: okx" in row for row in rows(dialog))
    assert any("bybit-linear:SOLUSDT" in row for row in rows(dialog))


def test_what_no_list_holds_can_be_typed(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", SOLUSDT=1.0)
    dialog = opened(directory, "binance:BTCUSDT", typed="newcoinusdt")
    assert dialog.press("enter", None) == Done("binance:NEWCOINUSDT")


def test_another_address_is_searched_in_its_own_list(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", SOLUSDT=1.0)
    symbols = Symbols((), "")
    symbols.load(directory, {"bybit-linear": "http://127.0.0.1:8000"})
    dialog = symbols.dialog(NOW)
    for character in "bybit-linear:sol":
        dialog.press(character, character)
    assert dialog.chosen is not None
    assert dialog.chosen.note == ""


def test_lists_that_are_missing_or_old_can_be_fetched_from_the_search(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    dialog = opened(directory, "sim:7")
    dialog.press("down", None)
    assert dialog.press("enter", None) == Done(LISTS)
    for name in VENUES:
        keep(directory, name, SOLUSDT=1.0)
    assert not any("fetch the lists" in row for row in rows(opened(directory, "sim:7")))
    symbols = Symbols((), "")
    symbols.load(directory, {})
    assert any("fetch the lists" in row for row in rows(symbols.dialog(NOW + FRESH)))


def test_beside_a_simulated_market_others_are_offered(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", SOLUSDT=1.0)
    shown = [row.strip(" ▏▕▸") for row in rows(opened(directory, "sim:7", "sim:8"))]
    beside = [row for row in shown if "a simulated market beside it" in row]
    assert [row.partition(",")[0] for row in beside] == ["sim:9", "sim:10", "sim:11"]
    assert opened(directory, "sim:7", typed="123").press("enter", None) == Done("sim:123")
    assert opened(directory, "sim:7", typed="sim:8").press("enter", None) == Done("sim:8")
    assert not any("simulated" in row for row in rows(opened(directory, "binance:BTCUSDT")))


def _monitor(shell: FakeShell) -> Monitor:
    """A monitor of venues that are all at an address where nobody is."""
    endpoints = dict.fromkeys(VENUES, "http://127.0.0.1:1")
    opening = LiveMarkets(("binance:BTCUSDT",), endpoints)
    return Monitor(Launch(opening), FrameClock(Governor(10)), shell, tip=False)


def _screen(monitor: Monitor) -> str:
    """All that is on the screen."""
    monitor.frame(Size(120, 40), Now(1.0, NOW), lambda: 0.0)
    assert monitor.canvas is not None
    return "\n".join("".join(map(chr, row)) for row in monitor.canvas.glyph.tolist())


class _OneVenue(FakeTransport):
    """The network of a day on which one venue answers, MEXC's futures."""

    async def get(self, url: str) -> Response:
        """Answer for the one."""
        if "/contract/detail" not in url:
            raise Unreachable("connection refused")
        contract = {"symbol": "SOL_USDT", "baseCoin": "SOL", "quoteCoin": "USDT"}
        contract |= {"settleCoin": "USDT"}
        numbers = {"contractSize": 0.1, "priceUnit": 0.01, "volUnit": 1}
        body = json.encode({"success": True, "code": 0, "data": [contract | numbers]})
        return Response(200, {}, body)

    async def post(self, url: str, body: bytes) -> Response:
        """Answer nothing."""
        raise Unreachable("connection refused")


def test_what_is_fetched_from_the_search_is_found_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shell = FakeShell()
    monitor = _monitor(shell)
    asyncio.run(fetch_lists(monitor, _OneVenue(())))
    assert f"1 instruments of 1 of {len(VENUES)} venues are known" in _screen(monitor)
    actions.run(monitor, "search")
    for character in "sol futures":
        monitor.press(character, character)
    assert "mexc-futures:SOL_USDT" in _screen(monitor)


def test_fetching_without_a_network_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shell = FakeShell()
    monitor = _monitor(shell)
    actions.run(monitor, "search")
    for key in ("down", "enter"):
        monitor.press(key, None)
    (task,) = shell.tasks
    asyncio.run(task)
    assert "no list could be fetched" in _screen(monitor)


@pytest.mark.parametrize("width", [0, 1, 20, 40, 76])
@pytest.mark.parametrize("height", [0, 1, 5, 24])
def test_it_fits_every_size(tmp_path: Path, width: int, height: int) -> None:
    directory = Directory(tmp_path)
    keep(directory, "bybit-linear", SOLUSDT=1.0, BTCUSDT=None)
    canvas = opened(directory, typed="usdt").draw(Size(width, height), LOOK)
    assert (canvas.width, canvas.height) == (width, height)
