"""Measuring how old pictures get on slow links, and what the default layout takes."""

from pathlib import Path

import pytest

from feeds.errors import ConfigError
from tui.bench.asked import Asked
from tui.bench.link import GOALS, Aged, aged, runs, views
from tui.bench.paced import figures
from tui.bench.throttle import Throttle
from tui.bench.watch import Watched, source, watch
from tui.bench.workload import load
from tui.registry import PANES
from tui.terminal.trace import Line

MS = 1_000_000
STATS = {
    "width": 200,
    "height": 50,
    "fps": 20.0,
    "startup_ms": 480.0,
    "frame_ms_p50": 5.0,
    "frame_ms_p95": 6.0,
    "frame_ms_p99": 7.0,
}


def _watched(rate: float) -> Watched:
    """Twenty frames of a thousand bytes in a second, on a line without a way."""
    line = Throttle(rate, way=0.0)
    lines = []
    for number in range(20):
        at = 0.05 * number
        line.accept(b"x" * 1000, at)
        lines.append(Line(round(at * 1e9), "frame", 1000 * (number + 1), 0, drawn=round(at * 1e9)))
    return Watched(lines, line, 0.1, 1.0, 0.09, 0, STATS)


def test_on_a_wide_line_the_age_is_that_of_the_frame_and_on_a_narrow_one_it_grows() -> None:
    wide, narrow = (aged(_watched(rate), "tape", rate / 1e3, "on") for rate in (1e6, 5e3))
    assert wide.age_ms_p50 == pytest.approx(26, abs=6)
    assert wide.age_ms_most < 60
    assert narrow.age_ms_most > 600
    assert wide.frames_a_second == pytest.approx(20, rel=0.1)
    assert wide.bytes_a_frame == 1000


def test_a_goal_is_met_or_missed_and_there_is_none_without_a_governor() -> None:
    good = Aged("tape", 300.0, "on", 190.0, 250.0, 390.0, 1e4, 19.0, 500.0)
    slow = Aged("tape", 300.0, "on", 190.0, 250.0, 410.0, 1e4, 19.0, 500.0)
    assert good.line().endswith("met")
    assert slow.line().endswith("MISSED")
    assert Aged("tape", 300.0, "off", 9e3, 9e3, 9e3, 1e4, 19.0, 500.0).goal is None
    assert set(GOALS) == {30.0, 100.0, 300.0, 1000.0}


def test_every_pane_and_layout_is_shown_or_those_that_are_named() -> None:
    assert set(PANES) < set(views(()))
    assert "layout:default" in views(())
    assert views(("tape", "depth", "layout:tape")) == ["tape", "layout:depth", "layout:tape"]
    with pytest.raises(ConfigError, match='no pane or layout "fow"'):
        views(("fow",))


def test_the_default_layout_comes_to_its_share_of_a_core_and_its_bytes() -> None:
    found = figures(_watched(1e6), "default layout")
    assert found.percent_of_core == pytest.approx(10.0)
    assert (found.bytes, found.most_bytes, found.still_bytes) == (1000, 1000, 0)
    assert found.holds
    assert found.line().endswith("met")


def test_without_a_recording_the_simulated_market_is_watched(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))
    assert source(None, 10.0) == ["demo"]


def test_the_real_program_is_watched_on_a_narrow_line() -> None:
    line = Throttle(300e3)
    seen = watch(["demo", "--pane", "tape"], (60, 20), 0.5, line, warm_up=1.0, pause=False)
    assert seen.stats["frames_drawn"] > 0
    assert any(line.kind == "frame" for line in seen.lines)
    assert seen.stats["bytes_written"] == line.accepted, "bytes of a trace are bytes of the line"
    assert aged(seen, "tape", 300.0, "on").age_ms_p50 > 0


def test_every_view_runs_on_every_link_with_and_without_the_governor() -> None:
    found = [*runs(Asked(lambda: load(None), rates=(300.0, 30.0), only=("tape", "depth")))]
    assert [run[:3] for run in found[:4]] == [
        ("tape", 300.0, "on"),
        ("tape", 300.0, "off"),
        ("tape", 30.0, "on"),
        ("tape", 30.0, "off"),
    ]
    assert len(found) == 8
    pane, layout = found[1].words, found[-1].words
    assert pane[pane.index("--pane") + 1] == "tape"
    assert layout[layout.index("--layout") + 1] == "depth"
    switches = [run.words[run.words.index("--governor") + 1] for run in found[:2]]
    assert switches == ["on", "off"]


def test_more_than_a_link_can_bear_is_the_finest_heatmap_at_ten_times_the_pace() -> None:
    asked = Asked(lambda: load(None), Path("x.jsonl"), rates=(30.0,), only=("fast",))
    run = next(runs(asked))
    assert run.words[:4] == ["replay", "x.jsonl", "--speed", "10"]
    assert run.words[run.words.index("--pane") + 1] == "heatmap"
    assert run.keys.startswith(b",")


def test_a_mute_terminal_is_no_reason_to_switch_the_governor_off() -> None:
    asked = Asked(lambda: load(None), rates=(30.0,), only=("tape",), governors=("mute",))
    (run,) = runs(asked)
    assert run.words[run.words.index("--governor") + 1] == "on"
