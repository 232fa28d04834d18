"""docs/definitions.md has every definition that code, tests and docs cite, and shows it truly."""

import re
from pathlib import Path

import pytest

from feeds.errors import ConfigError
from tui.panes.footprint import FootprintPane
from tui.registry import PANES, pane_type
from tui.settings.words import set_all

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "definitions.md"
TEXT = PAGE.read_text("utf-8")
HEADS = {int(number) for number in re.findall(r"^## (\d+)\. ", TEXT, re.MULTILINE)}
CITED = re.compile(r"definitions\.md[ \n]+(\d+(?:(?:,| and| to)[ \n]+\d+)*)\b")
SPAN = re.compile(r"`([^`]+)`")


def cited(text: str) -> set[int]:
    """The numbers a text cites; `3 to 5` is 3, 4 and 5."""
    found: set[int] = set()
    for words in CITED.findall(text):
        for first, last in re.findall(r"(\d+)(?:\s+to\s+(\d+))?", words):
            found |= set(range(int(first), int(last or first) + 1))
    return found


def shown() -> list[tuple[int, str, str]]:
    """The settings that are said to show a definition: its number, the pane, the setting."""
    found = []
    for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        number, words = int(part.partition(".")[0]), part.rpartition("Shown: ")[2]
        pane = ""
        for kind, span in re.findall(r"\b([a-z]+)\b|`([^`]+)`", words):
            pane = kind if kind in PANES else pane
            if "=" in span:
                found.append((number, pane, span))
    return found


def test_citations_are_read_as_they_are_written() -> None:
    assert cited("definitions.md 1 to 4 and 6 to 9") == {1, 2, 3, 4, 6, 7, 8, 9}
    assert cited("definitions.md 1, 3, 4 and 6, a trade") == {1, 3, 4, 6}
    assert cited("in definitions.md\n    13. Of 2012") == {13}


def test_every_definition_cited_is_on_the_page() -> None:
    files = [
        file
        for folder in ("docs", "feeds", "market", "service", "tests", "tui")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".md", ".py"} and file.name != "test_definitions_doc.py"
    ]
    numbers = {number for file in files for number in cited(file.read_text("utf-8"))}
    assert {1, 13, 22} < numbers <= HEADS


def test_definitions_are_numbered_without_holes_and_all_say_where_they_are_shown() -> None:
    assert set(range(1, len(HEADS) + 1)) == HEADS
    assert len(re.findall(r"^Shown: ", TEXT, re.MULTILINE)) == len(HEADS)


@pytest.mark.parametrize(("number", "pane", "setting"), shown())
def test_every_setting_named_is_one(number: int, pane: str, setting: str) -> None:
    set_all(pane_type(pane)(), [setting])


def test_a_setting_that_is_none_would_be_noticed() -> None:
    with pytest.raises(ConfigError):
        set_all(FootprintPane(), ["unheard=1"])


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        file, _, anchor = link.partition("#")
        text = (PAGE.parent / file).read_text("utf-8") if file else TEXT
        heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        names = {head.lower().replace(" ", "-").replace(".", "") for head in heads}
        assert not anchor or anchor in names, link
