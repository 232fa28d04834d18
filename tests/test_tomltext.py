"""TOML text: a file of the user's that holds something absurd is named, and ends nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.alertfile import load
from feeds.errors import ConfigError
from tui.desk.kept import Foreign, parse
from tui.desk.layouts import parse_layouts
from tui.sketch.file import parse_book
from tui.themefile import parse_theme

ABSURD = {
    "deep": f"order = {'[' * 5000}",
    "long": f"order = {'9' * 5000}",
}


def _alerts(text: str, folder: Path) -> object:
    path = folder / "alerts.toml"
    path.write_text(text, "utf-8")
    return load(path)


@pytest.mark.parametrize("text", ABSURD.values(), ids=ABSURD)
@pytest.mark.parametrize(
    "read",
    [
        _alerts,
        lambda text, _: parse_book("drawings.toml", text),
        lambda text, _: parse_layouts("layouts.toml", text, {}),
        lambda text, _: parse_theme("mine.toml", text),
    ],
    ids=["alerts", "drawings", "layouts", "theme"],
)
def test_what_nobody_would_write_is_a_mistake_in_that_file(
    read: Callable[[str, Path], object], text: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"\.toml: .*too many") as caught:
        read(text, tmp_path)
    assert len(str(caught.value)) < 200 + len(str(tmp_path))


@pytest.mark.parametrize("text", ABSURD.values(), ids=ABSURD)
def test_a_desk_like_that_is_foreign(text: str) -> None:
    with pytest.raises(Foreign, match="too many"):
        parse(text)
