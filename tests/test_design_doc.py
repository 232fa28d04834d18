"""docs/design.md names rooms that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "design.md").read_text("utf-8")
ROOMS = TEXT[TEXT.index("| room | files |") : TEXT.index("## How a frame")].splitlines()[2:]


def missing(row: str) -> list[str]:
    """What a row names that is nowhere in its package, the one that stood before last."""
    found, package = [], ""
    for word in re.findall(r"`([^`]+)`", row.split("|")[2]):
        path = word.replace("NAME", "*").replace("KIND", "*").rstrip("/")
        above, slash, rest = path.partition("/")
        package, rest = (above, rest) if slash else (package, path)
        if not any((*(ROOT / package).rglob(f"{rest}.py"), *(ROOT / package).rglob(rest))):
            found.append(word)
    return found


def test_every_room_is_there() -> None:
    rows = [row for row in ROOMS if row.startswith("| ")]
    assert len(rows) > 10
    assert [word for row in rows for word in missing(row)] == []


def test_a_room_that_is_gone_would_be_noticed() -> None:
    assert missing("| x | `tui/panes/KIND`, `canvas`, `ladder*`; `attic` |") == ["attic"]
