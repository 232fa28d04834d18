"""Nothing that others wrote reaches a terminal as anything but text, whatever is printed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from feeds.directory import Directory
from feeds.jsonline import json_line
from feeds.line import many_lines, one_line, printable
from feeds.listing import Catalogue, Listed
from feeds.registry import VENUES
from market.instrument import Kind
from service import decode, instruments
from tui.desk.faults import Faults
from tui.doctor import Finding, _print

ROOT = Path(__file__).resolve().parents[1]
EVIL = "A\x1b]0;owned\x07\x7f\x9b2J\u202eB\u2066C\U000e0041"
"""What sets a title, erases the screen and turns the order of letters round."""
VENUE = VENUES["bybit-linear"]


def harmless(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)


def json_of(text: str) -> object:
    assert harmless(text)
    return json.loads(text)


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_means_the_same_and_holds_nothing_that_a_terminal_obeys(value: object) -> None:
    line = json_line(value)
    assert line.endswith(b"\n")
    assert harmless(line.decode())
    assert line.count(b"\n") == 1
    assert json.loads(line) == value


def test_json_leaves_letters_of_all_scripts_as_they_are() -> None:
    assert json_line({"symbol": "漢字 é ▲ 🚀"}) == '{"symbol":"漢字 é ▲ 🚀"}\n'.encode()
    assert json_line("\x7f\x9b\u202e\U000e0041") == b'"\\u007f\\u009b\\u202e\\udb40\\udc41"\n'


@given(st.text())
def test_lines_keep_what_can_be_read_and_their_number(text: str) -> None:
    assert harmless(many_lines(text))
    assert many_lines(text).count("\n") == text.count("\n")
    assert "\n" not in printable(text) + one_line(text)
    assert len(printable(text)) == len(text)


def test_symbols_of_a_list_are_safe_in_the_table_and_whole_in_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    row = Listed(EVIL, Kind.LINEAR, EVIL, "US\nDT", tick=EVIL)
    Directory().save(VENUE, Catalogue(VENUE.name, time.time_ns(), (row,), {}))
    run = CliRunner().invoke
    table = run(instruments.command, [VENUE.name], standalone_mode=False)
    assert harmless(table.output)
    assert len(table.stdout.splitlines()) == 2
    assert "A?]0;owned???2J?B?C?" in table.stdout
    told = run(instruments.command, [VENUE.name, "--json"], standalone_mode=False)
    (found,) = json.loads(told.stdout)["instruments"]
    assert harmless(told.output)
    assert (found["symbol"], found["quote"]) == (EVIL, "US\nDT")


def test_decoded_symbols_are_whole_and_escaped(tmp_path: Path) -> None:
    trade = {"e": "trade", "E": 1723161256322, "T": 1723161256321, "s": EVIL, "t": 1}
    frame = {"stream": "x@trade", "data": trade | {"p": "1", "q": "2", "X": "MARKET", "m": False}}
    path = tmp_path / "capture.jsonl"
    path.write_text(json.dumps(frame))
    done = CliRunner().invoke(decode.command, ["binance-usdm", str(path)], standalone_mode=False)
    row = json_of(done.stdout)
    assert isinstance(row, dict)
    assert row["instrument"] == f"binance-usdm:{EVIL}"


def test_the_doctor_shows_what_the_surroundings_say_without_obeying_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _print([Finding("terminal", False, f"TERM={EVIL}", [f"export TERM={EVIL}"])])
    told = capsys.readouterr().out
    assert EVIL not in told
    assert harmless(click.unstyle(told))


def test_where_a_fault_comes_from_is_told_safely(capsys: pytest.CaptureFixture[str]) -> None:
    faults = Faults()
    try:
        raise ValueError(EVIL)
    except ValueError as error:
        faults.add("tape", error)
    faults.tell(whole=True)
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert harmless(told)


def test_a_trace_of_an_error_nobody_foresaw_is_safe() -> None:
    script = (
        "import sys, tui.main as m; "
        f"m.COMMANDS['demo'] = m.Entry({'no' + EVIL + ':x'!r}, ''); sys.exit(m.run(['demo']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "TAPETOP_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert harmless(done.stderr)
