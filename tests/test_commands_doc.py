"""docs/commands.md is a contract: it names every command, option, field and key there is."""

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from feeds.registry import VENUES
from market.events import FeedState
from service.decode import NAMES
from tui.bench.command import PEERS, SUITES
from tui.main import COMMANDS, LIVE, Entry
from tui.registry import PANES
from tui.stats import Stats

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "commands.md").read_text()


def named(words: list[str]) -> list[str]:
    """Those of the words that the page does not name in code."""
    code = "\n".join(re.findall(r"`[^`]+`|```.*?```", TEXT, re.DOTALL))
    return [word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", code)]


@pytest.mark.parametrize("entry", [LIVE, *COMMANDS.values()], ids=["live", *COMMANDS])
def test_every_option_of_every_command_is_there(entry: Entry) -> None:
    module, _, attribute = entry.target.partition(":")
    command = getattr(import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert (
        named([option for param in command.params for option in param.opts if "-" in option]) == []
    )


def test_every_command_is_there() -> None:
    assert named([f"tapetop {name}" for name in COMMANDS]) == []


def test_every_key_of_the_stats_is_there() -> None:
    assert named(list(Stats.__struct_fields__)) == []


def test_every_line_of_decode_is_there_with_its_fields() -> None:
    for kind, name in NAMES.items():
        assert named([name, *kind.__struct_fields__]) == []  # type: ignore[attr-defined]  # Structs


def test_every_closed_choice_is_there() -> None:
    states = [FeedState.SYNCING, FeedState.LIVE, FeedState.GAP, FeedState.SNAPSHOT_ONLY]
    assert named([*VENUES, *PANES, *SUITES, *PEERS, *states, "IGNORED", "REJECTED", "ERROR"]) == []
