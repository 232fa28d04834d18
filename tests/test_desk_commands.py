"""What the command line makes of a kept desk: what it begins with, and which options win."""

from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

import pytest

from market.events import Event
from tests.desks import BTC, ETH, Run
from tests.running import in_loop
from tui.desk.keeping import MAIN, desk_file
from tui.desk.kept import Live, State, written
from tui.launch import Demo, Launch, LiveMarkets
from tui.main import run


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Launch]:
    """What a command line launches, without a terminal."""
    taken: list[Launch] = []

    def begin(launch: Launch) -> int:
        taken.append(launch)
        return 0

    monkeypatch.setattr("tui.terminal.terminal.require", lambda environ: None)
    monkeypatch.setattr("tui.app.run", begin)

    def launch(*words: str) -> Launch:
        assert run(list(words)) == 0
        return taken.pop()

    return launch


def watched(launch: Launch) -> tuple[str, ...]:
    assert isinstance(launch.opening, LiveMarkets)
    return launch.opening.instruments


def test_tapetop_alone_opens_what_was_watched_last(launched: Callable[..., Launch]) -> None:
    assert watched(launched()) == ("binance-usdm:BTCUSDT",)
    Run(LiveMarkets((ETH, BTC))).keeper.flush()
    assert watched(launched()) == (ETH, BTC)
    assert watched(launched("--pane", "tape")) == (ETH, BTC)
    assert watched(launched("kraken:BTC/USD")) == ("kraken:BTC/USD",)
    assert watched(launched("--fresh")) == ("binance-usdm:BTCUSDT",)
    assert launched("--fresh").kept is None
    assert isinstance(launched("demo").opening, Demo)


def test_each_window_has_a_desk_and_options_are_known_by_name(
    launched: Callable[..., Launch],
) -> None:
    def kept(*words: str) -> tuple[str, set[str]]:
        found = launched(*words).kept
        assert found is not None
        return found.path.name, set(found.given)

    assert kept("demo") == ("main.toml", set())
    assert kept("--desk", "left") == ("left.toml", set())
    assert kept("demo", "--pane", "tape") == ("tape.toml", {"pane"})
    assert kept("--pane", "tape", "--desk", "left") == ("left.toml", {"pane"})
    assert kept(BTC, "--theme", "dark", "--zone", "UTC", "--sizes", "base", "--layout", "flow") == (
        "main.toml",
        {"instruments", "theme", "zone", "sizes", "layout"},
    )
    assert run(["demo", "--desk", "../x"]) == 2


def test_instruments_that_cannot_be_watched_now_are_left_out_and_said(
    launched: Callable[..., Launch], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state = State(live=Live((BTC, "gone:X", "ccxt:kraken:BTC/USD")))
    desk_file(MAIN).parent.mkdir(parents=True)
    desk_file(MAIN).write_text(written(state))
    assert watched(launched("--record", str(tmp_path / "tapes"))) == (BTC,)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "gone" in told[0]
    assert "cannot be recorded" in told[1]


def test_a_damaged_desk_is_named_in_one_line_before_the_screen_opens(
    launched: Callable[..., Launch], capsys: pytest.CaptureFixture[str]
) -> None:
    path = desk_file(MAIN)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x1b[31m = [")
    assert launched("demo").kept is not None
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tapetop: {path}: ")
    assert line.endswith("set aside as main.toml.bad")
    assert "\x1b" not in line
    launched("demo")
    assert capsys.readouterr().err == ""


def test_pictures_without_a_screen_are_the_same_whatever_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def picture() -> str:
        assert run(["snap", "tape", "sim:7", "--at", "+20s", "--size", "60x12"]) == 0
        return capsys.readouterr().out

    before = picture()
    state = State("light", "Asia/Tokyo", "quote", panes={"tape": {"timeframe": "5s"}})
    desk_file(MAIN).parent.mkdir(parents=True)
    desk_file(MAIN).write_text(written(state))
    assert picture() == before


class _Asked:
    """A source that ends at once, and what was asked of it."""

    label, paused, finished, instruments = "asked", False, False, (BTC,)

    def __init__(self) -> None:
        self.wants: list[tuple[tuple[str, ...], str]] = []

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        self.wants.append((tuple(instruments), interval))

    async def batches(self) -> AsyncGenerator[list[Event]]:
        for batch in list[list[Event]]():
            yield batch


@in_loop
async def test_candles_begin_with_the_length_that_was_kept() -> None:
    first = Run(LiveMarkets((BTC,)))
    first.monitor.desk.focus_on("candles")
    first.press("full_stop", "full_stop", "full_stop")
    first.keeper.flush()
    source = _Asked()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui.desk.session.open_source", lambda _: source)
        await Run(LiveMarkets((BTC,))).monitor.session.run()
    assert source.wants == [((BTC,), "15m")]
