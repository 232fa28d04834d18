"""By whose clock times are told is one setting of the screen, and every pane follows it."""

import re
from dataclasses import replace

import pytest

from tests.scenes import MINUTE, lines, simulated
from tests.test_heatdesk import Watched
from tui.drawing.zones import Zone
from tui.main import run
from tui.pane import Pane, Size
from tui.panes.candles import Candles
from tui.panes.footprint import FootprintPane
from tui.panes.heatmap import Heatmap
from tui.panes.tape import TapePane
from tui.panes.tpo import TpoPane
from tui.registry import PANES, pane_type
from tui.scope import Scope, draw_pane, pane_numbers
from tui.settings.words import set_one
from tui.themes import load_look

WIDE = Size(160, 45)
NEPAL = Zone("Asia/Kathmandu")
AXES = ("candles", "comparison", "events", "flow", "footprint", "heatmap")
"""Panes that say by whose clock the times below them are."""


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def seen(pane: Pane, zone: Zone, size: Size = WIDE) -> list[str]:
    return lines(draw_pane(pane, Scope.of(simulated()), size, load_look().timed(zone)))


@pytest.mark.parametrize("kind", PANES)
def test_every_pane_tells_times_by_the_clock_of_the_screen(kind: str) -> None:
    until = simulated().clock - 1 * MINUTE
    pane = set_one(pane_type(kind)(), "until", str(until))
    rows = seen(pane, NEPAL)
    told = NEPAL.clock(until, millis=False)
    assert told.startswith("19:4")
    assert any(told in row for row in rows), rows[0]
    text = "\n".join(rows)
    assert not re.search(r"\bUTC\b|14:0[0-5]", text)
    if kind in AXES:
        assert "+0545" in (rows[0] if kind == "events" else "\n".join(rows[-25:]))
    assert pane_numbers(pane, Scope.of(simulated()), WIDE)  # ns, of no zone
    again = "\n".join(seen(pane, Zone()))
    assert "+0545" not in again
    assert Zone().clock(until, millis=False) in again


@pytest.mark.parametrize("pane", [Candles(timeframe="5s"), Heatmap()])
def test_a_crosshair_reads_the_time_by_the_clock_of_the_screen(pane: Candles | Heatmap) -> None:
    at = simulated().clock - 1 * MINUTE
    last = simulated().last
    assert last is not None
    rows = seen(replace(pane, cross_time=at, cross_price=last.ticks), NEPAL)
    at -= at % (5 * 10**9)
    assert sum(f" {NEPAL.clock(at, millis=False)[:6]}" in row for row in rows) >= 2


def test_bars_and_letters_are_those_of_utc_and_dated_by_the_clock_of_the_screen() -> None:
    bars, there = (re.findall(r"\d\d:\d\d", seen(FootprintPane(), z)[-1]) for z in (Zone(), NEPAL))
    ahead = [_minutes(time) - _minutes(bar) for bar, time in zip(bars, there, strict=True)]
    assert set(ahead) == {5 * 60 + 45}
    letters = seen(TpoPane(view="collapsed"), NEPAL)
    assert re.search(r"\b01-02 05:45\b", letters[-1])
    assert re.search(r"\b2024-01-02\b", seen(TpoPane(view="collapsed"), Zone())[-1])
    assert [row[:60] for row in letters[1:-1]] == [
        row[:60] for row in seen(TpoPane(view="collapsed"), Zone())[1:-1]
    ]


def test_a_tape_may_keep_to_a_zone_of_its_own() -> None:
    assert " 19:49:" in seen(TapePane(), NEPAL)[3]
    assert " 23:04:" in seen(TapePane(zone="Asia/Tokyo"), NEPAL)[3]
    assert " 14:04:" in seen(TapePane(zone="UTC"), NEPAL)[3]


def test_a_zone_is_tried_while_it_is_highlighted_and_left_by_escape() -> None:
    watched = Watched("candles")
    assert " UTC" in watched.show().splitlines()[0]
    assert " +0545" in watched.press("T", *"kathmandu").splitlines()[0]
    assert " UTC" in watched.press("escape").splitlines()[0]
    assert watched.monitor.zone == Zone()
    said = watched.press("T", *"kathmandu", "enter")
    assert "times are Asia/Kathmandu" in said
    assert watched.monitor.zone == NEPAL
    assert " +0545" in said.splitlines()[0]
    assert "UTC" not in "".join(said.splitlines()[:-1])
    watched.press("t", "down", "enter")
    assert " +0545" in watched.show().splitlines()[0]


@pytest.mark.parametrize("command", [["demo"], ["snap", "candles", "sim:7"], ["live"]])
def test_a_wrong_zone_is_one_line_and_code_2(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--zone", "Europe/Berln"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert '--zone "Europe/Berln"' in err
    assert 'did you mean "Europe/Berlin"?' in err
