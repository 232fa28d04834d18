"""docs/parity.md promises nothing that a reader cannot see: its commands run and its keys exist."""

import re
import shlex
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import click
import pytest

from feeds.errors import ConfigError
from tests.scenes import lines, same, simulated
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.keys.table import COMMANDS as KEYS
from tui.keys.table import matters
from tui.main import COMMANDS, program, run
from tui.registry import PANES, pane_type
from tui.scope import Scope, draw_pane
from tui.settings.words import set_all
from tui.snap import parse_size
from tui.themes import load_look

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "parity.md"
TEXT = PAGE.read_text("utf-8")
WORDS = ("yes", "part", "other way", "no", "not here")
SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """A row of the tables."""

    feature: str
    theirs: str
    ours: str
    commands: tuple[str, ...]
    keys: tuple[str, ...]
    kinds: tuple[str, ...]
    """Panes that the keys are of; none for all."""

    @property
    def word(self) -> str:
        """Its verdict."""
        return self.ours.partition(":")[0]


def rows() -> list[Row]:
    found = []
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5 and cells[0] not in {"feature", "---"}:
            feature, theirs, ours, command, key = cells
            kinds = tuple(SPAN.sub("", key).split())
            spans = tuple(SPAN.findall(command)), tuple(SPAN.findall(key))
            found.append(Row(feature, theirs, ours, *spans, kinds))
    return found


ROWS = rows()
COMMAND_LINES = [*dict.fromkeys(chain.from_iterable(row.commands for row in ROWS))]
SIMULATED = [line for line in COMMAND_LINES if line.startswith("tapetop snap ")]


def parsed(words: list[str]) -> dict[str, object]:
    """The parameters that a command line gives its command, which is not called."""
    name, rest = (words[0], words[1:]) if words[0] in COMMANDS else ("live", words)
    command = program.get_command(click.Context(program), name)
    assert command is not None
    return command.make_context(name, list(rest), resilient_parsing=False).params


def picture(given: dict[str, object], settings: list[str]) -> Canvas:
    """What `snap` draws of its parameters with other settings; the markets are shared."""
    sources, pane, theme = given["sources"], given["pane"], given["theme"]
    assert isinstance(sources, tuple)
    markets = tuple(simulated(int(source.removeprefix("sim:"))) for source in sources)
    size = parse_size(str(given["size"]))
    look = load_look(str(theme), ColorDepth.TRUE)
    return draw_pane(
        set_all(pane_type(str(pane))(), settings), Scope(markets[0], markets), size, look
    )


def test_every_row_has_a_verdict_and_what_is_there_can_be_seen() -> None:
    assert len(ROWS) == len({row.feature for row in ROWS}) > 60
    for row in ROWS:
        assert row.word in WORDS, row
        assert row.theirs, row
        if row.word in {"yes", "part", "other way"}:
            assert row.commands or row.keys, row
        if row.word in {"part", "other way", "not here"}:
            assert row.ours.partition(": ")[2], row


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_every_command_is_understood(line: str) -> None:
    program_name, *words = shlex.split(line)
    if program_name == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        return
    assert program_name == "tapetop"
    parsed(words)


@pytest.mark.parametrize("line", [line for line in SIMULATED if "--at" not in line])
def test_every_setting_of_a_command_changes_its_picture(line: str) -> None:
    given = parsed(shlex.split(line)[1:])
    settings = given["settings"]
    assert isinstance(settings, tuple)
    shown = picture(given, list(settings))
    text = "\n".join(lines(shown))
    assert "waiting for" not in text
    assert "too small" not in text
    for setting in settings:
        # Most of what is switched on is on without being asked for.
        without = [setting.replace("=on", "=off")] if setting.endswith("=on") else []
        others = [other for other in settings if other != setting]
        assert not same(shown, picture(given, others + without)), setting


@pytest.mark.parametrize(
    "line",
    [line for line in COMMAND_LINES if line.startswith("tapetop venues")]
    + [line for line in SIMULATED if "--at" in line],
)
def test_commands_that_cost_little_run_as_they_are(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shlex.split(line)[1:]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


@pytest.mark.parametrize("row", [row for row in ROWS if row.keys], ids=lambda row: row.feature)
def test_every_key_does_something_there(row: Row) -> None:
    by_shown = {shown: command for command in KEYS for shown in command.shown.split()}
    assert row.kinds
    for key in row.keys:
        command = by_shown[key]
        for kind in row.kinds:
            assert not command.kinds if kind == "any" else matters(command, kind), key
            assert kind == "any" or kind in PANES


def test_every_pane_is_shown() -> None:
    assert {parsed(shlex.split(line)[1:])["pane"] for line in SIMULATED} == set(PANES)


def test_every_setting_named_in_words_is_one() -> None:
    named = [
        span
        for row in ROWS
        for span in SPAN.findall(row.ours)
        if re.fullmatch(r"[a-z_]+=\S+", span)
    ]
    for setting in named:
        assert any(accepts(kind, setting) for kind in PANES), setting


def accepts(kind: str, setting: str) -> bool:
    """Whether a pane takes a setting."""
    try:
        set_all(pane_type(kind)(), [setting])
    except ConfigError:
        return False
    return True


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\((?!https)([^)]+)\)", TEXT):
        file, _, anchor = link.partition("#")
        text = (PAGE.parent / file).read_text("utf-8") if file else TEXT
        heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert not anchor or anchor in {head.lower().replace(" ", "-") for head in heads}, link
