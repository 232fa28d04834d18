"""What a user arranges outlives the program, however that ends; and nothing else is touched."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.desks import BTC, ETH, Run, state
from tests.shell import FakeShell
from tests.virtual import in_virtual_time
from tui.bench.child import Child, bare_environ, tapetop
from tui.desk.keeping import MAIN, Keeper, desk_file
from tui.desk.kept import FORMAT, State, parse, written
from tui.desk.layouts import forget_layouts
from tui.desk.monitor import Monitor
from tui.keys import adjust
from tui.launch import Demo, Launch, LiveMarkets
from tui.settings.words import set_one
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for kind in ("STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path))
    forget_layouts()


def test_what_was_arranged_is_there_again() -> None:
    first = Run().arrange()
    assert first.keeper.flush() == ""
    before, after = first.monitor, Run().monitor
    assert after.desk.layout == before.desk.layout
    assert (after.desk.focus, after.desk.zoomed) == (before.desk.focus, True)
    assert after.desk.groups == before.desk.groups != {}
    assert after.desk.models == before.desk.models != {}
    assert after.sizes == before.sizes
    told = [(n, adjust.timeframe(p)) for n, p in sorted(before.desk.panes.items())]
    assert [(n, adjust.timeframe(p)) for n, p in sorted(after.desk.panes.items())] == told
    assert Run().keeper.passed == ""


def test_the_picture_of_a_new_start_is_the_old_one() -> None:
    first = Run().press("full_stop", "tab", "comma", "J", "S", "down", "down", "right", "escape")
    picture = first.picture()
    first.keeper.flush()
    again = Run()
    assert again.picture()[1:-1] == picture[1:-1]


def test_nothing_is_written_where_nothing_changed() -> None:
    Run().keeper.flush()
    assert not desk_file(MAIN).exists()
    Run().press("z").keeper.flush()
    before = desk_file(MAIN).stat().st_mtime_ns, desk_file(MAIN).stat().st_ino
    Run().press("x", "left", "up", "space", "question_mark", "escape").keeper.flush()
    assert (desk_file(MAIN).stat().st_mtime_ns, desk_file(MAIN).stat().st_ino) == before


def test_where_a_pane_looks_is_not_kept() -> None:
    run = Run().press("x", "left", "up", "z")
    run.monitor.desk.change(lambda pane: set_one(pane, "center", "120000"))
    run.keeper.flush()
    assert state().panes == {}


def test_instruments_come_again_live_with_what_belongs_to_them() -> None:
    run = Run(LiveMarkets((BTC, ETH)))
    desk = run.monitor.desk
    run.press("n")
    desk.focus_on("ladder")
    run.press("P")
    desk.panes["ladder"] = set_one(desk.panes["ladder"], "grouping", "20")
    desk.focus_on("tape")
    run.press("G", "a", "N")
    run.keeper.flush()
    live = state().live
    assert live.watched == (BTC, ETH)
    assert (live.shown, live.pins, live.groups) == (ETH, {"ladder": ETH}, {"A": BTC})
    again = Run(LiveMarkets(live.watched)).monitor
    shown = {name: again.instrument_of(name) for name in ("heatmap", "ladder", "tape")}
    assert shown == {"heatmap": ETH, "ladder": ETH, "tape": BTC}
    assert getattr(again.desk.panes["ladder"], "grouping", None) == 20


def test_instruments_of_the_command_line_win_and_prices_of_others_begin_anew() -> None:
    run = Run(LiveMarkets((BTC, ETH)))
    run.monitor.desk.panes["ladder"] = set_one(run.monitor.desk.panes["ladder"], "grouping", "20")
    run.press("tab", "P", "n").keeper.flush()
    other = Run(LiveMarkets(("kraken:BTC/USD",)), given=["instruments"])
    assert other.monitor.instrument == "kraken:BTC/USD"
    assert other.monitor.desk.pins == {}
    assert getattr(other.monitor.desk.panes["ladder"], "grouping", 0) is None
    both = Run(LiveMarkets((BTC, ETH)), given=["instruments"])
    both.monitor.desk.focus_on("heatmap")
    assert both.monitor.instrument == BTC


def test_the_demo_takes_up_the_arrangement_and_leaves_live_instruments_alone() -> None:
    live = Run(LiveMarkets((BTC, ETH))).press("full_stop", "n", "P")
    live.keeper.flush()
    before = state()
    demo = Run()
    assert adjust.timeframe(demo.monitor.desk.panes["heatmap"]) == "5s"
    assert demo.monitor.instrument == "sim:7"
    demo.press("full_stop", "n", "P").keeper.flush()
    after = state()
    assert after.panes["heatmap"] == {"timeframe": "15s"}
    assert after.live == before.live
    assert after.live.watched == (BTC, ETH)


def test_a_live_run_that_turns_to_the_demo_keeps_what_was_live() -> None:
    run = Run(LiveMarkets((BTC, ETH))).press("n")
    run.keeper.flush()
    run.press("d", "down", "enter", "tab")
    assert not run.monitor.session.live
    run.keeper.flush()
    assert (state().live.watched, state().live.shown) == ((BTC, ETH), ETH)


def test_options_win_and_are_not_kept_themselves() -> None:
    Run().press("T", *"Tokyo", "enter", "2", "dollar_sign").keeper.flush()
    before = state()
    assert (before.zone, before.sizes, before.screen.layout) == ("Asia/Tokyo", "quote", "flow")
    run = Run(zone="UTC", layout="depth", theme="light", given=["sizes"])
    monitor = run.monitor
    assert (monitor.zone.name, monitor.desk.layout.name) == ("UTC", "depth")
    assert (monitor.theme, str(monitor.sizes)) == ("light", "base")
    run.press("full_stop").keeper.flush()
    after = state()
    assert after.panes
    assert (after.theme, after.zone, after.sizes, after.screen) == (
        *(before.theme, before.zone, before.sizes),
        before.screen,
    )


def test_another_desk_begins_like_the_main_one_and_is_kept_apart() -> None:
    Run().press("z").keeper.flush()
    Run(name="left").press("full_stop").keeper.flush()
    assert Run(name="left").monitor.desk.zoomed
    assert state().panes == {}
    assert Run(name="left").monitor.desk.panes["heatmap"] != Run().monitor.desk.panes["heatmap"]


def test_the_last_of_two_programs_to_write_wins_whole() -> None:
    one, other = Run().press("z"), Run().press("full_stop", "tab")
    one.keeper.flush()
    other.keeper.flush()
    assert (state().screen.zoomed, state().panes) == (False, {"heatmap": {"timeframe": "5s"}})
    one.keeper.flush()
    assert not state().screen.zoomed, "what one wrote before it need not write again"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"format = 1\n[panes", b"[other]\nx = 1\n"])
def test_a_damaged_or_foreign_file_is_set_aside_and_named(content: bytes) -> None:
    path = desk_file(MAIN)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    run = Run()
    assert run.keeper.said.startswith(f"{path}: ")
    assert run.keeper.said.endswith("set aside as main.toml.bad")
    assert path.with_name("main.toml.bad").read_bytes() == content
    assert not path.exists()
    run.press("z").keeper.flush()
    assert state().screen.zoomed


def test_what_another_version_kept_is_passed_over_and_said() -> None:
    path = desk_file(MAIN)
    path.parent.mkdir(parents=True)
    path.write_text(
        f'format = {FORMAT}\ntheme = "nowhere"\nzone = "Mars/Base"\nsizes = "stones"\nmood = 1\n'
        '[screen]\nlayout = "gone"\n[panes.crystal]\nx = 1\n'
        '[panes.heatmap]\nsmell = "roses"\ntimeframe = "5s"\n[kinds.moon]\n[groups.Z]\n'
    )
    run = Run()
    for word in ("mood", "theme nowhere", "zone Mars/Base", "sizes stones", "layout gone"):
        assert word in run.keeper.said
    for word in ("crystal", "heatmap.smell", "moon", "group Z"):
        assert word in run.keeper.said
    assert adjust.timeframe(run.monitor.desk.panes["heatmap"]) == "5s"
    assert "Heatmap" in run.picture()[1]


def test_a_folder_that_cannot_be_written_is_said_and_stops_nothing(tmp_path: Path) -> None:
    run = Run().press("z")
    (tmp_path / "tapetop").write_text("a file where a folder should be")
    assert "desks/main.toml" in run.keeper.flush()
    assert "Heatmap" in run.picture()[1]


def test_a_file_that_cannot_be_read_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    desk_file(MAIN).mkdir(parents=True)
    run = Run().press("z")
    assert "nothing is kept" in run.keeper.said
    assert run.keeper.flush() == ""
    assert desk_file(MAIN).is_dir()


def test_a_link_in_the_place_of_the_file_stays_one(tmp_path: Path) -> None:
    there = tmp_path / "dotfiles.toml"
    there.write_text(written(State()))
    desk_file(MAIN).parent.mkdir(parents=True)
    desk_file(MAIN).symlink_to(there)
    Run().press("z").keeper.flush()
    assert desk_file(MAIN).is_symlink()
    assert "zoomed = true" in there.read_text()


def test_a_run_without_a_desk_reads_and_writes_nothing() -> None:
    Run().press("full_stop").keeper.flush()
    before = desk_file(MAIN).read_bytes()
    monitor = Monitor(Launch(Demo(7)), FrameClock(Governor(10)), FakeShell(), tip=False)
    keeper = Keeper(None, monitor, lambda task: None)
    assert adjust.timeframe(monitor.desk.panes["heatmap"]) == "1s"
    monitor.desk.zoomed = True
    keeper.touched()
    assert keeper.flush() == ""
    assert desk_file(MAIN).read_bytes() == before


@in_virtual_time
async def test_a_change_is_written_within_a_second_and_not_while_keys_come() -> None:
    run = Run().press("z")
    loop = asyncio.get_running_loop()
    run.keeper.touched()
    run.keeper.touched()
    assert run.tasks == []
    await asyncio.sleep(1.0)
    assert len(run.tasks) == 1, "several changes are one"
    assert not desk_file(MAIN).exists()
    run.keeper.flush()
    run.tasks.pop().close()
    run.keeper.touched()
    await asyncio.sleep(1.0)
    assert run.tasks == [], "nothing changed"
    assert loop.time() > 1.0


def test_the_file_is_written_beside_the_loop_with_what_came_until_then() -> None:
    run = Run().press("z")

    async def write() -> None:
        run.keeper.touched()
        run.keeper._begin()
        run.press("full_stop")
        assert not desk_file(MAIN).exists()
        await run.tasks.pop()

    asyncio.run(write())
    assert state().screen.zoomed
    assert state().panes


WRITES = """
import sys
from pathlib import Path
from tui.desk.kept import State, written
from feeds.filing import write_whole
texts = [written(State(panes={"tape": {"zone": c * 300_000}})) for c in "ab"]
while True:
    for text in texts:
        write_whole(Path(sys.argv[1]), text, lasting=True)
        sys.stdout.write("."); sys.stdout.flush()
"""


@pytest.mark.parametrize("writes", [1, 4, 9])
def test_a_program_killed_while_it_writes_leaves_a_whole_file(writes: int, tmp_path: Path) -> None:
    path = tmp_path / "main.toml"
    command = [sys.executable, "-c", WRITES, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(writes)
        process.kill()
    zone = parse(path.read_text("utf-8"))[0].panes["tape"]["zone"]
    assert isinstance(zone, str)
    assert zone in {"a" * 300_000, "b" * 300_000}


@pytest.mark.parametrize(
    ("stop", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
)
def test_the_program_keeps_its_desk_however_it_is_asked_to_end(
    stop: signal.Signals, code: int, tmp_path: Path
) -> None:
    path = tmp_path / "tapetop" / "desks" / "main.toml"
    with Child(tapetop("demo"), (100, 30), environ=bare_environ(tmp_path)) as child:
        _wait(child, b"Heatmap")
        child.type(b".z")
        _wait(child, b"5s")
        if stop == signal.SIGKILL:
            child.carry(time.monotonic() + PATIENCE, path.exists)
        assert child.end(stop) == code
    assert parse(path.read_text())[0].panes == {"heatmap": {"timeframe": "5s"}}
    if stop != signal.SIGKILL:
        return
    with Child(tapetop("demo"), (100, 30), environ=bare_environ(tmp_path)) as child:
        _wait(child, b"5s")
        assert child.end(b"q") == 0


def _wait(child: Child, word: bytes) -> None:
    seen = [b""]

    def see(data: bytes) -> None:
        seen[0] += data

    child.see = see
    child.carry(time.monotonic() + PATIENCE, lambda: word in seen[0])
    assert word in seen[0], seen[0][-2000:]
