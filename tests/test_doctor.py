"""The doctor finds what is wrong and gives the exact lines that mend it."""

import subprocess
import sys
from pathlib import Path

import pytest

from feeds.registry import VENUES
from feeds.transport import Response, Unreachable
from tui.doctor import SAMPLE, TMUX_LINES, Finding, Tmux, glyphs, terminal, tmux, venue

ROOT = Path(__file__).resolve().parents[1]
SPOT = VENUES["binance"]


def _bad(findings: list[Finding]) -> list[str]:
    return [finding.subject for finding in findings if not finding.good]


def _remedies(findings: list[Finding]) -> list[str]:
    return [line for finding in findings for line in finding.remedy]


def test_a_good_terminal_has_nothing_to_mend() -> None:
    environ = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    assert _bad(terminal(environ, (120, 40), True)) == []


@pytest.mark.parametrize(
    ("environ", "size", "is_terminal", "bad"),
    [
        ({"TERM": "dumb"}, (120, 40), True, ["terminal"]),
        ({}, (120, 40), True, ["terminal"]),
        ({"TERM": "xterm"}, (120, 40), False, ["terminal"]),
        ({"TERM": "screen"}, (120, 40), True, ["colours"]),
        ({"TERM": "xterm-256color"}, (60, 20), True, ["size"]),
        ({"TERM": "xterm", "NO_COLOR": "1"}, (120, 40), True, []),
    ],
)
def test_what_is_wrong_with_a_terminal_is_named(
    environ: dict[str, str], size: tuple[int, int], is_terminal: bool, bad: list[str]
) -> None:
    assert _bad(terminal(environ, size, is_terminal)) == bad


def test_wide_glyphs_are_found_by_the_cursor() -> None:
    assert glyphs(len(SAMPLE)).good
    assert glyphs(None).good
    found = glyphs(len(SAMPLE) + 3)
    assert not found.good
    assert "double width" in found.remedy[0]


def test_a_tmux_as_it_comes_is_given_the_three_lines() -> None:
    findings = tmux(Tmux("tmux 3.3a", "screen", "256,bpaste", "500"))
    assert tuple(_remedies(findings)) == TMUX_LINES


def test_a_tmux_that_is_set_up_needs_none() -> None:
    findings = tmux(Tmux("tmux 3.5", "tmux-256color", "256,RGB,sync", "10"))
    assert _bad(findings) == []
    assert _remedies(findings) == []


@pytest.mark.parametrize(("word", "said"), [("off", "allow-passthrough on"), ("on", "passed on")])
def test_a_tmux_that_keeps_notifications_to_itself_is_told_of(word: str, said: str) -> None:
    findings = tmux(Tmux("tmux 3.5", "tmux-256color", "256,RGB", "10", word))
    assert _bad(findings) == []
    assert said in findings[-1].text


def test_a_tmux_that_does_not_answer_is_said() -> None:
    assert _bad(tmux(None)) == ["tmux"]


def test_a_venue_that_refuses_a_region_is_said_in_plain_words() -> None:
    finding = venue(SPOT, Response(451, {}, b""), 0.1, 0.0)
    assert not finding.good
    assert "refuses this region" in finding.text


def test_a_venue_that_does_not_answer_says_why() -> None:
    finding = venue(SPOT, Unreachable("cannot reach it: no route"), 0.1, 0.0)
    assert (finding.good, finding.text) == (False, "cannot reach it: no route")


def test_a_clock_that_is_off_is_found_in_any_answer() -> None:
    headers = {"date": "Thu, 08 Aug 2024 00:00:00 GMT"}
    now = 1_723_075_200.0
    assert "answers in 100 ms" in venue(SPOT, Response(404, headers, b""), 0.1, now).text
    late = venue(SPOT, Response(200, headers, b""), 0.1, now + 90)
    assert late.good
    assert "+90 s" in late.text
    assert late.remedy


def test_the_command_tells_paths_and_versions_without_a_network() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui.main", "doctor", "--offline"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    for word in ("terminal", "themes", "state", "cache", "pictures", "textual"):
        assert word in done.stdout
    assert done.stderr == ""
