"""docs/commands.md is a contract: it names every command, option, field and key there is."""

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from feeds.registry import VENUES
from market.events import FeedState
from service.decode import NAMES
from tests.scenes import simulated
from tui.bench.command import PEERS, SUITES
from tui.desk.stats import Stats
from tui.main import COMMANDS, LIVE, Entry
from tui.pane import Size
from tui.registry import PANES, pane_type
from tui.scope import Scope, pane_numbers
from tui.settings.words import set_all

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "commands.md").read_text()


MORE = {
    "candles": [
        *("vwap=session", "interest=on", "funding=on", "liquidations=on", "venues=all"),
        *("bollinger=on", "rsi=on", "macd=on"),
    ],
    "heatmap": ["profile=visible"],
    "ladder": ["cross_price=120360", "venues=all"],
    "tape": ["venues=all"],
}
"""Settings with which a pane tells all that it can."""


def named(words: list[str], text: str = TEXT) -> list[str]:
    """Those of the words that a text, the whole page, does not name in code."""
    code = "\n".join(re.findall(r"`[^`]+`|```.*?```", text, re.DOTALL))
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


def keys(told: object) -> set[str]:
    """Every key of an object as JSON has it, those that are an instrument's name left out."""
    match told:
        case dict():
            below = set[str]().union(*map(keys, told.values()))
            return below | {str(key) for key in told if ":" not in str(key)}
        case list():
            return set[str]().union(*map(keys, told))
    return set()


@pytest.mark.parametrize("kind", PANES)
def test_every_key_of_the_numbers_of_a_pane_is_there(kind: str) -> None:
    scope = Scope(simulated(7), (simulated(7), simulated(8)))
    told = pane_numbers(set_all(pane_type(kind)(), MORE.get(kind, [])), scope, Size(120, 40))
    part = TEXT[TEXT.index("| pane | object |") : TEXT.index("## `tapetop decode`")]
    rows = [line for line in part.splitlines() if line.startswith(f"| `{kind}` |")]
    if kind == "events":
        rows.append(part[part.index("### Events as JSON") :])
    found = keys(told)
    assert len(found) > 3
    assert named(sorted(found), "\n".join(rows)) == []
